"""The card that opens a chapter, made from the class: formula, derivatives, facts, other names.

Nothing on it is typed into the chapter. The formulas are those of `Class.card`, which the checker
of equations compares with the code like any display; the facts come from `instance.facts`; a
constant that depends on a parameter is recognised by its values and printed as a formula.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lossnb
from lossnb.book import pages
from lossnb.book.numbers import Finding
from lossnb.book.seal import joined
from lossnb.information import Information
from lossnb.loss import Formula, Framework

RECORD = "lossnb-card"  # the key in the metadata of the output
LIBRARIES = ("PyTorch", "Keras", "optax", "scikit-learn", "XGBoost")
GREEK = {"delta": "δ", "beta": "β", "tau": "τ", "gamma": "γ", "alpha": "α", "label_smoothing": "ε"}
ESTIMATES = {
    "mean": "the mean of the target",
    "median": "a median of the target",
    "quantile": "a quantile of the target",
    "huber": "the Huber functional of the target, which is neither mean nor median",
    "log-cosh": "the log-cosh functional of the target, which is neither mean nor median",
    "sign": "the more probable sign",
    "log-odds": "the log-odds of the positive class",
    "half log-odds": "half the log-odds of the positive class",
    "zero": "nothing: the score zero is best for every target",
    "focal log-odds": "the log-odds of the positive class, flattened",
    "probabilities": "the probabilities of the classes, through the softmax",
    "smoothed probabilities": "the smoothed probabilities of the classes, through the softmax",
    "focal probabilities": "the probabilities of the classes, flattened, through the softmax",
    "majority class": "the class with more than half of the probability, if there is one",
    "ordered partition": "an ordered partition of the classes",
}
VARIABLES = {  # what the formulas speak of, by the kind of target
    "real": r"; the residual is $r = \hat y - y$",
    "sign": r"; the margin is $m = y z$",
}
# Constants as functions of one parameter: how each is printed, and how it is computed.
CONSTANTS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("{}", lambda p: p),
    ("1/{}", lambda p: 1 / p),
    ("\\max({0}, 1 - {0})", lambda p: max(p, 1 - p)),
    ("\\sqrt{{1 + (1 - {0})^2}}", lambda p: math.sqrt(1 + (1 - p) ** 2)),
)
PROBES = (0.125, 0.375, 0.75)  # parameter values in every domain


@dataclasses.dataclass(frozen=True)
class Shown:
    """A card as the notebook stores it."""

    loss: type[Formula] | Information

    def markdown(self) -> str:
        """The card as MyST, to be read at any width: one thing below the other."""
        card = self.loss.card
        lines = [":::{container} loss-card"]
        for name, tex in (
            ("Value", card.formula),
            ("Gradient", card.gradient),
            ("Second derivative", card.hessian),
        ):
            lines += [f"**{name}**", "", "$$", tex, "$$", ""]
        variable = VARIABLES.get(getattr(self.loss, "targets", ""), "")
        lines += ["**Domain** " + ", ".join(f"${tex}$" for tex in card.domain) + variable, ""]
        if isinstance(self.loss, type):
            lines += [*facts(self.loss), ""]
        lines += ["**Elsewhere**", "", *elsewhere(card.frameworks), ":::"]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Card of lossnb.{self.name}"

    @property
    def name(self) -> str:
        """Its name in the package."""
        return self.loss.__name__ if isinstance(self.loss, type) else self.loss.name

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/markdown": self.markdown(), "text/plain": repr(self)}
        return data, {RECORD: self.name}


def show(loss: type[Formula] | Information) -> Shown:
    """The card of a class or of a function of distributions, as the last line of a cell.

    `card.show(lossnb.Huber)`, `card.show(lossnb.entropy)`.
    """
    return Shown(loss)


def facts(loss: type[Formula]) -> Iterator[str]:
    """What is true of the loss, in the order in which a reader asks."""
    found = loss().facts  # type: ignore[attr-defined]
    yield f"**Estimates** {ESTIMATES.get(found.estimates, found.estimates)}"
    yield ""
    properties = [
        "convex" if found.convex else "not convex",
        bound(loss, "lipschitz", "gradient", "Lipschitz"),
        bound(loss, "smooth", "curvature", "smooth"),
        "value bounded" if found.bounded else "value unbounded",
    ]
    proper = {"strictly": "strictly proper", "yes": "proper", "no": "not proper", None: ""}
    properties.append(proper[found.proper])
    if found.calibrated is not None:
        properties.append("calibrated" if found.calibrated else "not calibrated")
    yield "**Facts** " + "; ".join(filter(None, properties))


def bound(loss: type[Formula], name: str, what: str, adjective: str) -> str:
    """A constant of the facts in words, as a formula in the parameter that it depends on."""
    value = getattr(loss().facts, name)  # type: ignore[attr-defined]
    if value is None:
        return f"{what} bounded, by a number without closed form ({adjective})"
    if math.isinf(value):
        return f"not {adjective}"
    return f"{what} at most ${constant(loss, name)}$ ({adjective})"


def constant(loss: type[Formula], name: str) -> str:
    """The constant as TeX: a number, or a function of one parameter that fits all probes."""
    default = float(getattr(loss().facts, name))  # type: ignore[attr-defined]
    for field in dataclasses.fields(loss):  # type: ignore[arg-type]
        if not isinstance(field.default, float):
            continue
        probed = [getattr(loss(**{field.name: p}).facts, name) for p in PROBES]  # type: ignore
        if None in probed or all(value == default for value in probed):
            continue
        for form, function in CONSTANTS:
            pairs = zip(PROBES, probed, strict=True)
            if all(math.isclose(function(p), value) for p, value in pairs):
                return form.format(field.metadata["symbol"])
        symbol, at = field.metadata["symbol"], field.default
        return f"{number(default)} \\text{{ at }} {symbol} = {number(at)}"
    return number(default)


def number(value: float) -> str:
    """A constant in TeX: a whole number, a simple fraction, a root, or four digits."""
    if value == int(value):
        return str(int(value))
    for bottom in (2, 3, 4, 8):
        if math.isclose(value * bottom, round(value * bottom)):
            return f"{round(value * bottom)}/{bottom}"
    if math.isclose(value**2, round(value**2)):
        return f"\\sqrt{{{round(value**2)}}}"
    return f"{value:.4g}"


def elsewhere(frameworks: tuple[Framework, ...]) -> Iterator[str]:
    """The names of the loss in the frameworks, each with its exact relation to ours."""
    for framework in frameworks:
        yield f"- {framework.library} `{framework.name}`: {relation(framework)}"
    present = {framework.library for framework in frameworks}
    if absent := [library for library in LIBRARIES if library not in present]:
        yield f"- not in {' or '.join(absent)}"


def relation(framework: Framework) -> str:
    """How ours is computed from theirs; a note that says it the other way round is left out."""
    ours = framework.ours.replace("*", "×")
    ours = re.sub(r"[a-z_]+", lambda name: GREEK.get(name[0], name[0]), ours)
    said = ["the same" if ours == "theirs" else f"ours = {ours}"]
    if framework.of == "gradient":
        said.append("gradient and Hessian only")
    if framework.note and "ours" not in framework.note:
        said.append(framework.note)
    return "; ".join(said)


def findings(page: Path) -> list[Finding]:
    """Cards of a page that are not those of their classes."""
    if page.suffix != ".ipynb":
        return []
    found = []
    for number_, cell in enumerate(pages.load(page)["cells"]):
        for output in cell.get("outputs", ()):
            name = output.get("metadata", {}).get(RECORD)
            if name is None:
                continue
            where = f"{pages.shown(page)}: cell {number_}"
            loss = getattr(lossnb, name, None)
            stored = joined(output["data"].get("text/markdown", ""))
            if loss is None:
                found.append(Finding(where, f"the card is of lossnb.{name}, which does not exist"))
            elif stored != show(loss).markdown():
                message = f"the card is not that of lossnb.{name}; run the page again"
                found.append(Finding(where, message))
    return found
