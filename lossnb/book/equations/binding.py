"""Symbols bound to code: ``lossnb.Huber(delta=δ)`` beside ℓ_δ in the notation.

A value of the printed definition is compared with a call of the class, its derivatives with
``.gradient`` and ``.hessian``, at 1e-12 relative; near a root relative to the largest term. Only
arguments that a float64 holds exactly are compared, for both sides must see the same input.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

from . import calculus, values
from . import tree as t
from .symbols import Symbol, pretty
from .values import Undefined, Value, Vec

RELATIVE = mpf("1e-12")
LETTERS = {
    "δ": r"\delta", "β": r"\beta", "τ": r"\tau", "γ": r"\gamma", "α": r"\alpha",
    "ε": r"\varepsilon",
    "η": r"\eta", "λ": r"\lambda", "κ": r"\kappa", "σ": r"\sigma", "θ": r"\theta", "μ": r"\mu",
}  # fmt: skip


class Mismatch(Exception):
    """The code says something else than the page."""


class BindingError(ValueError):
    """A name in code that is not written as the notation asks."""


class Missing(Exception):
    """The notation names a part of lossnb that is not written yet."""


@dataclass(frozen=True)
class Code:
    """A callable of lossnb and the symbols that are its parameters."""

    text: str
    name: str
    keywords: tuple[tuple[str, Any], ...] = ()

    def target(self) -> Any:
        import lossnb

        found = getattr(lossnb, self.name, None)
        if found is None:
            raise Missing(f"lossnb has no {self.name} yet")
        return found

    def part(self) -> str:
        """The module of lossnb that the class belongs to, which says how it is called."""
        found = self.target()
        kind = found if isinstance(found, type) else type(found)
        modules = [str(base.__module__) for base in kind.__mro__]
        return next((m.rpartition(".")[2] for m in modules if m.startswith("lossnb.")), "")


def parse(text: str) -> Code | None:
    """The binding in a cell of the notation, None where it names no part of lossnb."""
    text = text.strip().strip("`")
    if not text.startswith("lossnb."):
        return None
    try:
        node: Any = ast.parse(text, mode="eval").body
        keywords: list[tuple[str, Any]] = []
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                value = keyword.value
                keywords.append(
                    (
                        keyword.arg or "",
                        LETTERS.get(value.id, value.id)
                        if isinstance(value, ast.Name)
                        else ast.literal_eval(value),
                    )
                )
            node = node.func
        return Code(text, node.attr, tuple(keywords))
    except (SyntaxError, ValueError, AttributeError) as error:
        raise BindingError(
            f"{text!r} in the notation; write for instance lossnb.Huber(delta=δ)"
        ) from error


class Comparator:
    """Compares printed values with those of lossnb and counts the comparisons."""

    def __init__(self) -> None:
        self.count = 0
        self.made: dict[Any, Any] = {}

    def compare(
        self,
        symbol: Symbol,
        args: Sequence[Value],
        env: dict[str, Value],
        value: Value,
        order: int,
        ev: Any,
    ) -> None:
        code: Code = symbol.code
        try:
            loss = self._loss(code, env, ev)
        except Missing:
            return  # the definition in the notation says so; relations are checked without
        if loss is None:
            return
        inputs = arguments(code.part(), args)
        method = loss if order == 0 else getattr(loss, ("", "gradient", "hessian")[order], None)
        if inputs is None or method is None:
            return
        what = ("", ".gradient", ".hessian")[order]
        called = f"{code.text}{what}({', '.join(str(x) for x in inputs)})"
        try:
            found = _plain(method(*inputs))
        except ValueError as error:
            raise Mismatch(f"{called} is refused: {error}") from error
        if isinstance(found, Vec) != isinstance(value, Vec):
            return
        self.count += 1
        slack = RELATIVE
        if values.same(value, found, slack):
            return
        bound = slack * self._largest(symbol, args, env, order, ev)
        pairs = list(zip(_flat(value), _flat(found), strict=True))
        bound = max([bound, *(slack * abs(a) for a, _ in pairs)])
        if all(abs(a - b) <= bound for a, b in pairs):
            return
        raise Mismatch(
            f"{called} is {values.shown(found, 15)}, the page says "
            f"{pretty(symbol.name) + chr(39) * order} = {values.shown(value, 15)}"
        )

    def _loss(self, code: Code, env: dict[str, Value], ev: Any) -> Any:
        """The loss at this instance's parameters, None if a float64 does not hold them."""
        parameters = {}
        for keyword, given in code.keywords:
            exact = ev.value(t.Sym(given), env) if isinstance(given, str) else given
            parameters[keyword] = float(exact)
            if parameters[keyword] != exact:
                return None
        key: Any = (code.name, tuple(parameters.items()))
        if key not in self.made:
            target = code.target()
            try:
                self.made[key] = target(**parameters) if isinstance(target, type) else target
            except ValueError as error:
                raise Undefined(str(error)) from error
        return self.made[key]

    def _largest(
        self, symbol: Symbol, args: Sequence[Value], env: dict[str, Value], order: int, ev: Any
    ) -> Any:
        """The largest term of the printed definition, or of its derivative."""
        inner = {**env, **dict(zip(symbol.parameters, args, strict=True))}
        ev = ev.under(symbol.scope)
        largest = mpf(0)
        with ev.quiet():
            for term in _terms(symbol.definition, inner, ev):
                try:
                    if order == 0 or len(args) != 1:
                        found = ev.value(term, inner)
                    else:
                        found = calculus.derivative(_in(term, symbol, inner, ev), args[0], order)
                except Undefined:
                    continue
                if isinstance(found, mpf) and mp.isfinite(found):
                    largest = max(largest, abs(found))
        return largest


def _in(term: t.Node, symbol: Symbol, env: dict[str, Value], ev: Any) -> calculus.Map:
    """A term as a function of the only argument."""
    return lambda s: ev.value(term, {**env, symbol.parameters[0]: s})


def _flat(value: Value) -> list[Any]:
    return [x for item in value for x in _flat(item)] if isinstance(value, Vec) else [value]


def _terms(node: Any, env: dict[str, Value], ev: Any) -> list[t.Node]:
    """The terms that are added, in the case that applies."""
    if isinstance(node, t.Cases):
        for value, condition in node.rows:
            if condition is None or ev.holds(condition, env):
                return _terms(value, env, ev)
    if isinstance(node, t.Add):
        return [inner for term in node.terms for inner in _terms(term, env, ev)]
    if isinstance(node, t.Neg):
        return _terms(node.body, env, ev)
    if isinstance(node, t.Mul):
        whole: list[t.Node] = []
        for place, factor in enumerate(node.factors):
            inner = _terms(factor, env, ev)
            if len(inner) > 1:
                whole += [
                    t.Mul((*node.factors[:place], x, *node.factors[place + 1 :])) for x in inner
                ]
        return whole or [node]
    return [node]


def arguments(part: str, args: Sequence[Value]) -> tuple[Any, ...] | None:
    """Printed arguments as the call in Python takes them, None if they are not exact."""
    plain = [_exact(x) for x in args]
    if any(x is None for x in plain):
        return None
    if part == "regression":
        return (plain[0], 0.0) if len(plain) == 1 else (plain[0], plain[1])
    if part == "margin":
        return (plain[0], 1.0) if len(plain) == 1 else (plain[0], plain[1])
    if part == "categorical" and isinstance(plain[0], list) and len(plain) == 2:
        target = plain[1]  # classes count from one in print, from zero in code
        return (plain[0], int(target) - 1 if not isinstance(target, list) else target)
    return tuple(plain)


def _exact(x: Value) -> Any:
    if isinstance(x, Vec):
        items = [_exact(a) for a in x]
        return None if any(a is None for a in items) else items
    if not isinstance(x, mpf) or not mp.isfinite(x):
        return None
    return float(x) if mpf(float(x)) == x else None


def _plain(found: Any) -> Value:
    """What NumPy returns, as numbers of this evaluator."""
    listed = found.tolist() if hasattr(found, "tolist") else found
    if isinstance(listed, list):
        return Vec(_plain(x) for x in listed)
    return mpf(float(listed))
