"""The syntax tree of a formula: each construct is one class, with a rule in the evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Node:
    """A part of a formula."""

    def children(self) -> Iterator[Node]:
        """The parts directly below, in the order they are written."""
        for field in fields(self):
            yield from _nodes(getattr(self, field.name))

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()

    def changed(self, **parts: Any) -> Node:
        """The same node with some parts replaced."""
        return replace(self, **parts)


def _nodes(part: Any) -> Iterator[Node]:
    if isinstance(part, Node):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from _nodes(item)


# Numbers and names ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Num(Node):
    text: str


@dataclass(frozen=True)
class Sym(Node):
    """A name; `name` is the canonical TeX, for instance ``\\hat{y}`` or ``\\ell_{\\delta}``."""

    name: str


@dataclass(frozen=True)
class Index(Node):
    """A component: z_k, X_{ij}."""

    base: Node
    indices: tuple[Node, ...]


# Arithmetic -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Neg(Node):
    body: Node


@dataclass(frozen=True)
class PlusMinus(Node):
    """±x or a ± x: both values."""

    left: Node | None
    body: Node


@dataclass(frozen=True)
class Add(Node):
    terms: tuple[Node, ...]


@dataclass(frozen=True)
class Mul(Node):
    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Div(Node):
    top: Node
    bottom: Node


@dataclass(frozen=True)
class Pow(Node):
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Fun(Node):
    """A function that everybody knows: log, exp, max, norm …"""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function that the book names, applied."""

    function: Node
    args: tuple[Node, ...]


@dataclass(frozen=True)
class Prime(Node):
    """f′, f″."""

    function: Node
    order: int


@dataclass(frozen=True)
class Inverse(Node):
    """F^{-1} of a function or a distribution: the quantile function."""

    function: Node


@dataclass(frozen=True)
class Cases(Node):
    """\\begin{cases}: values with conditions; None is “otherwise”."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Iverson(Node):
    """1[condition]: one if it holds, else zero."""

    condition: Node


@dataclass(frozen=True)
class Vector(Node):
    items: tuple[Node, ...]


# Constructs that bind a variable ----------------------------------------------------------------


@dataclass(frozen=True)
class Big(Node):
    """Σ, Π, max, min, sup, inf, arg max, arg min over a variable.

    `domain` is a set, or None for the standing domain of the variable; `condition` restricts it.
    """

    op: str
    var: str
    domain: Node | None
    condition: Node | None
    body: Node


@dataclass(frozen=True)
class Diff(Node):
    """Derivative of the body in each variable (a name or a component), one after the other."""

    body: Node
    variables: tuple[Node, ...]


@dataclass(frozen=True)
class Gradient(Node):
    """∇ (order 1) or ∇² (order 2) in a vector variable."""

    body: Node
    variable: str | None
    order: int


@dataclass(frozen=True)
class Subdiff(Node):
    """The subdifferential of a convex function of one variable: an interval."""

    body: Node
    variable: str | None


@dataclass(frozen=True)
class Integral(Node):
    """∫ body d variable, or d measure(variable)."""

    body: Node
    variable: str | None
    low: Node | None
    high: Node | None
    measure: Node | None


@dataclass(frozen=True)
class Expect(Node):
    """E, Var or P (of a condition) over the random variables of the body."""

    op: str
    body: Node
    law: Node | None
    variable: str | None


@dataclass(frozen=True)
class At(Node):
    """The body with a variable set to a value: f|_{t=0}, ℓ_{δ=1}."""

    body: Node
    variable: str
    value: Node


@dataclass(frozen=True)
class Limit(Node):
    body: Node
    variable: str
    target: Node
    side: int


@dataclass(frozen=True)
class FiniteLaw(Node):
    """The distribution with these atoms: pairs of value and probability."""

    atoms: tuple[tuple[Node, Node], ...]


# Sets -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interval(Node):
    low: Node
    high: Node
    closed_low: bool
    closed_high: bool


@dataclass(frozen=True)
class SetOf(Node):
    """{a, b, c}, or {1, …, n} when `run` is set."""

    items: tuple[Node, ...]
    run: bool = False


@dataclass(frozen=True)
class Named(Node):
    """A set with a name: R, N, Z, the simplex, distributions; with its dimension or parameter."""

    name: str
    parameter: Node | None = None


# Conditions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chain(Node):
    """a = b ≤ c: sides and the relations between them."""

    sides: tuple[Node, ...]
    ops: tuple[str, ...]
    sources: tuple[str, ...] = ()  # the TeX of each side, for messages


@dataclass(frozen=True)
class Both(Node):
    """and, or of conditions."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not(Node):
    body: Node


@dataclass(frozen=True)
class Implies(Node):
    """A ⟹ B ⟺ C: conditions and the arrows between them."""

    parts: tuple[Node, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True)
class Statement(Node):
    """What a display asserts: a condition, under which premise, or a definition."""

    claim: Node
    premise: Node | None = None


@dataclass(frozen=True)
class Define(Node):
    """name(parameters) := body; `index` names the index of a vector's components."""

    name: str
    parameters: tuple[str, ...]
    body: Node
    index: str | None = None
    law: bool = False  # Y ~ body
