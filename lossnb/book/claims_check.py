"""The static check of claims: without running a notebook, is each stored verdict its rule's?

For every claim of a page: the rule on the page is the one that was judged (its hash), it may only
compare statistics, it was stated before the experiment, and applied again to the stored statistics
it gives the stored verdict; the text that the reader sees is the one that this record makes. What
this cannot see is whether the statistics are those of the experiment: for that the gate executes
the notebook again and compares.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossnb.book import pages
from lossnb.book.claims import RECORD, Judgement, seal
from lossnb.book.numbers import Finding, short_name
from lossnb.book.rules import ClaimError, RuleSource, complaint_about, replay, rule_source_of
from lossnb.book.seal import joined
from lossnb.book.seed_claims import SEED

RUN = "run `python -m lossnb.book run` on the page"


@dataclass(frozen=True)
class Stated:
    """A claim as a code cell states it."""

    id: str
    cell: int
    literals: dict[str, str]  # the arguments that are plain strings
    rule: RuleSource | None  # None: declared not testable


@dataclass(frozen=True)
class Stored:
    """A judgement as an output holds it."""

    cell: int
    judgement: Judgement
    shown: str  # the stored text/markdown

    @property
    def id(self) -> str:
        return str(self.judgement.record["id"])


def stored(page: Path) -> list[Stored]:
    """The judgements in the stored outputs of a page, in order."""
    found = []
    for number, cell in _code(page):
        for output in cell.get("outputs", ()):
            record = output.get("metadata", {}).get(RECORD)
            if record:
                shown = joined(output["data"].get("text/markdown", ""))
                found.append(Stored(number, Judgement(record), shown))
    return found


def stated(page: Path) -> list[Stated]:
    """The claims that the code cells of a page state, in order."""
    found = []
    for number, cell in _code(page):
        text = pages.source(cell)
        for node in _tree(text).body:
            if isinstance(node, ast.FunctionDef):
                for call in map(_call, node.decorator_list):
                    if call and _name(call) == "claim":
                        found.append(_stated(call, number, rule_source_of(node, text)))
            elif isinstance(node, ast.Expr | ast.Assign):
                call = _call(node.value)
                if call and _name(call) == "not_testable":
                    found.append(_stated(call, number, None))
    return found


def findings(page: Path) -> list[Finding]:
    """All that is wrong with the claims of a page."""
    if page.suffix != ".ipynb":
        return []
    claims, outputs = stated(page), stored(page)
    by_id = {output.id: output for output in outputs}
    found = list(_unpaired(page, claims, outputs))
    for claim in claims:
        where = f"{pages.shown(page)}: cell {claim.cell}: claim {claim.id}"
        output = by_id.get(claim.id)
        complaints = [*_about_statement(claim, page)]
        if output:
            complaints += _about_order(claim, output, page)
            try:
                complaints += _about_output(claim, output)
            except (KeyError, TypeError, ValueError) as error:
                complaints.append(f"its stored record cannot be read ({error!r}); {RUN}")
        found += [Finding(where, complaint) for complaint in complaints]
    return found


def judged(page: Path) -> int:
    """How many claims of the page carry a verdict."""
    return len(stored(page)) if page.suffix == ".ipynb" else 0


def duplicates(book: Iterable[Path]) -> list[Finding]:
    """Claims that two pages share: an id is an address."""
    seen: dict[str, Path] = {}
    found = []
    for page in book:
        for output in stored(page) if page.suffix == ".ipynb" else ():
            first = seen.setdefault(output.id, page)
            if first != page:
                message = f"claim {output.id} is also judged in {pages.shown(first)}"
                found.append(Finding(f"{pages.shown(page)}: cell {output.cell}", message))
    return found


def _unpaired(page: Path, claims: list[Stated], outputs: list[Stored]) -> Iterator[Finding]:
    """Claims without a verdict, verdicts without a claim, and ids used twice."""
    ids = [claim.id for claim in claims]
    for claim in claims:
        if claim.id not in [output.id for output in outputs]:
            where = f"{pages.shown(page)}: cell {claim.cell}"
            yield Finding(where, f"claim {claim.id} is stated and never judged; judge it and {RUN}")
    for output in outputs:
        where = f"{pages.shown(page)}: cell {output.cell}"
        if output.id not in ids:
            message = f"the verdict on {output.id} has no rule on this page; state it and {RUN}"
            yield Finding(where, message)
    for name in sorted(set(ids)):
        if ids.count(name) > 1 or [output.id for output in outputs].count(name) > 1:
            yield Finding(pages.shown(page), f"claim {name} is stated or judged twice")


def _about_statement(claim: Stated, page: Path) -> Iterator[str]:
    if not claim.id.startswith(f"{short_name(page)}-"):
        yield f'the id must start with the page\'s short name, "{short_name(page)}-"'
    if "says" not in claim.literals:
        yield "write what people say as a plain string"
    if claim.rule and (complaint := complaint_about(claim.rule.node)):
        yield complaint


def _about_output(claim: Stated, output: Stored) -> Iterator[str]:
    """What a stored judgement says that its claim or its own record does not."""
    record = output.judgement.record
    if claim.rule and record["rule"] != claim.rule.hash:
        yield f"the rule was changed after the experiment was judged by it; {RUN}"
        return
    judged_words = {"says": record["says"], "reason": record["verdict"]["words"]}
    for key, text in claim.literals.items():
        if key in judged_words and judged_words[key] != text and judged_words[key] != _bare(text):
            yield f"the {key!r} of the claim is not the one that was judged; {RUN}"
    if unknown := [number for number in record["source"]["seeds"] if number not in SEED]:
        yield f"the notes have no claim {', '.join(unknown)}"
    if claim.rule and not complaint_about(claim.rule.node):
        yield from disagreements(claim.rule, output.judgement)
    if record.get("seal") != seal(record):
        yield f"its stored record was edited by hand; {RUN}"
    if output.shown != output.judgement.markdown():
        yield f"the text that the reader sees is not that of the judgement; {RUN}"


def disagreements(rule: RuleSource, judgement: Judgement) -> list[str]:
    """Where a judgement is not what `rule` says of the statistics in it."""
    try:
        verdict = replay(judgement.record["id"], rule.node, judgement.statistics)
    except ClaimError as error:
        return [f"the rule does not judge the stored statistics: {error}"]
    if verdict == judgement.verdict:
        return []
    return [
        f'the stored verdict is "{judgement.verdict}", but by its rule the stored statistics '
        f'give "{verdict}"; {RUN}'
    ]


def _bare(text: str) -> str:
    return text.strip().rstrip(".")


def _about_order(claim: Stated, output: Stored, page: Path) -> Iterator[str]:
    """A rule comes before its experiment, and the experiment before the verdict."""
    if not claim.rule:
        return
    if output.cell <= claim.cell:
        yield "the rule must be stated in a cell before the one that judges"
        return
    cells = [(number, _tree(pages.source(cell))) for number, cell in _code(page)]
    verdict = dict(cells)[output.cell]
    if _runs_something(verdict):
        return  # the experiment is in the cell that judges
    assigned = {name: number for number, tree in cells for name in _assigned(tree)}
    used = {node.id for node in ast.walk(verdict) if isinstance(node, ast.Name)} & set(assigned)
    if used and max(assigned[name] for name in used) < claim.cell:
        yield "the experiment ran before the rule was stated: move the rule above it"


def _runs_something(tree: ast.Module) -> bool:
    """Whether a cell calls a function of the notebook."""
    called = [node.func.id for node in ast.walk(tree)
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]  # fmt: skip
    return any(not hasattr(builtins, name) for name in called)


def _assigned(tree: ast.Module) -> set[str]:
    """The names that a cell assigns, those that live in a comprehension only left out."""
    inner = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.comprehension)
        for name in _stores(node.target)
    }
    return _stores(tree) - inner


def _stores(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


# Notebook cells as code.


def _code(page: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, cell in enumerate(pages.load(page)["cells"]):
        if cell["cell_type"] == "code":
            yield number, cell


def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:  # the gate executes the cell and says so
        return ast.Module([], [])


def _call(node: ast.AST) -> ast.Call | None:
    return node if isinstance(node, ast.Call) else None


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _stated(call: ast.Call, cell: int, rule: RuleSource | None) -> Stated:
    arguments: Mapping[str, ast.expr] = {
        **dict(zip(("id", "says"), call.args, strict=False)),
        **{keyword.arg: keyword.value for keyword in call.keywords if keyword.arg},
    }
    literals = {
        key: node.value
        for key, node in arguments.items()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return Stated(literals.get("id", ""), cell, literals, rule)
