"""The rules of claims: what they may say, what they may return, and how they are replayed.

A rule is a function of statistics that compares them and nothing else. So its source is all there
is to know about it: its hash tells whether it was changed, and a check can apply it again to the
stored statistics without running the notebook.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from lossnb.book.intervals import Statistic


class ClaimError(ValueError):
    """A claim that is not well stated or not judged by its rule."""


@dataclass(frozen=True)
class Verdict:
    """What a rule returns: one of four kinds, and for two of them the words that complete it."""

    kind: str  # "holds", "holds when", "does not hold", "not testable"
    words: str = ""

    def __str__(self) -> str:
        if self.kind == "not testable":
            return f"not a statement that can be tested: {self.words}"
        return f"{self.kind} {self.words}".rstrip()


HOLDS = Verdict("holds")
DOES_NOT_HOLD = Verdict("does not hold")


def holds_when(condition: str) -> Verdict:
    """The claim holds under `condition`, which continues the words "holds when"."""
    if not condition.strip():
        raise ClaimError("holds_when: say the condition")
    return Verdict("holds when", condition.strip().rstrip("."))


def fingerprint(text: str) -> str:
    """A short hash of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def apply_rule(name: str, rule: Callable[..., Any], statistics: Mapping[str, Statistic]) -> Verdict:
    """The verdict of `rule`, which must take exactly these statistics and must reach one."""
    wanted = list(inspect.signature(rule).parameters)
    if sorted(wanted) != sorted(statistics):
        raise ClaimError(
            f"{name}: the rule judges {', '.join(wanted)}; "
            f"the experiment gave {', '.join(statistics) or 'nothing'}"
        )
    for key, value in statistics.items():
        if not isinstance(value, Statistic):
            kind = type(value).__name__
            raise ClaimError(f"{name}: {key} is a {kind}; use claims.over_repeats or claims.exact")
    verdict = rule(**statistics)
    if not isinstance(verdict, Verdict):
        measured = "; ".join(map(str, statistics.values()))
        raise ClaimError(
            f"{name}: the rule reaches no verdict for {measured}: "
            "run more repeats, or let the rule say what such an interval means"
        )
    return verdict


@dataclass(frozen=True)
class RuleSource:
    """A rule as it stands in a cell: its syntax tree, its words, its hash (decorators included)."""

    node: ast.FunctionDef
    words: str
    hash: str


def rule_source(text: str) -> RuleSource:
    """The first function of `text`."""
    text = textwrap.dedent(text)
    node = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return rule_source_of(node, text)


def rule_source_of(node: ast.FunctionDef, text: str) -> RuleSource:
    """The rule `node` of the cell `text`; an edit of its lines, even a comment, shows in `hash`."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = [line.rstrip() for line in text.splitlines()[first - 1 : node.end_lineno]]
    words = " ".join((ast.get_docstring(node) or "").split())
    return RuleSource(node, words, fingerprint("\n".join(lines)))


NAMES: dict[str, Any] = {
    "HOLDS": HOLDS, "DOES_NOT_HOLD": DOES_NOT_HOLD, "holds_when": holds_when,
    "abs": abs, "min": min, "max": max,
}  # fmt: skip
ATTRIBUTES = {"above", "below", "within", "excludes", "mean", "low", "high", "repeats", *NAMES}
ALLOWED = (
    ast.If, ast.Return, ast.Expr, ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword,
    ast.Compare, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.cmpop, ast.Load,
)  # fmt: skip


def complaint_about(node: ast.FunctionDef) -> str | None:
    """Why `node` is no rule: what it has beyond comparisons of its own statistics."""
    if not ast.get_docstring(node):
        return "the rule has no docstring; say it in words for the reader"
    if node.args.defaults or node.args.kw_defaults or node.args.vararg or node.args.kwarg:
        return "the rule takes its statistics by name, without defaults"
    known = {argument.arg for argument in node.args.args} | set(NAMES) | {"claims"}
    returned = set()
    for part in (part for statement in node.body for part in ast.walk(statement)):
        if not isinstance(part, ALLOWED):
            return f"the rule contains {type(part).__name__}; it may only compare its statistics"
        if isinstance(part, ast.Name) and part.id not in known:
            return f"the rule uses {part.id}, which is not one of its statistics: write the value"
        if isinstance(part, ast.Attribute) and part.attr not in ATTRIBUTES:
            return f"the rule uses .{part.attr}; a statistic has .{', .'.join(sorted(ATTRIBUTES))}"
        if isinstance(part, ast.Return):
            returned.add(ast.unparse(part))
    if len(returned) < 2:
        return "the rule has one possible verdict; a rule must be able to go either way"
    return None


def replay(name: str, node: ast.FunctionDef, statistics: Mapping[str, Statistic]) -> Verdict:
    """Apply the rule `node`, which has passed `complaint_about`, to stored statistics."""
    bare = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(bare, ast.FunctionDef)
    bare.decorator_list, bare.returns = [], None
    for argument in bare.args.args:
        argument.annotation = None
    space = {"__builtins__": {}, "claims": SimpleNamespace(**NAMES), **NAMES}
    exec(compile(ast.Module([bare], []), f"<rule of {name}>", "exec"), space)
    return apply_rule(name, space[node.name], statistics)
