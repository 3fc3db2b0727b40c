"""Mutants of a formula: each differs from it by one slip that an author or a typist might make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

from . import tree as t

EXCHANGED = {"log": "exp", "exp": "log", "max": "min", "min": "max", "sup": "inf", "inf": "sup",
             "argmin": "argmax", "argmax": "argmin"}  # fmt: skip
TURNED = {r"\le": r"\ge", r"\ge": r"\le", "<": ">", ">": "<"}
_ZERO, _ONE, _TWO = t.Num("0"), t.Num("1"), t.Num("2")
_HALF = t.Div(_ONE, _TWO)
PAIRS = 3  # exchanges of two symbols within one side


def mutants(node: t.Node) -> Iterator[tuple[str, t.Node]]:
    """Every mutant of a statement or a definition's body, with the kind of slip."""
    seen = {plain(node)}
    for kind, changed in _everywhere(node):
        name = plain(changed)
        if name not in seen:
            seen.add(name)
            yield kind, changed


def plain(node: t.Node) -> str:
    """The tree as text, without the TeX it came from: what a mutant's hash is made of."""
    return repr(_bare(node))


def _bare(part: Any) -> Any:
    if isinstance(part, t.Node):
        values = {f.name: _bare(getattr(part, f.name)) for f in fields(part) if f.name != "sources"}
        return (type(part).__name__, tuple(values.items()))
    if isinstance(part, tuple):
        return tuple(_bare(item) for item in part)
    return part


def _everywhere(node: t.Node) -> Iterator[tuple[str, t.Node]]:
    """Mutants at this node and at every node below."""
    yield from _here(node)
    for field in fields(node):
        if field.name == "sources":
            continue
        for kind, part in _within(getattr(node, field.name)):
            yield kind, replace(node, **{field.name: part})


def _within(part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, t.Node):
        yield from _everywhere(part)
    elif isinstance(part, tuple):
        for place, item in enumerate(part):
            for kind, changed in _within(item):
                yield kind, (*part[:place], changed, *part[place + 1 :])


def _here(node: t.Node) -> Iterator[tuple[str, t.Node]]:
    """The slips at one node."""
    match node:
        case t.Add(terms=terms):
            for place, term in enumerate(terms):
                flipped = term.body if isinstance(term, t.Neg) else t.Neg(term)
                yield "sign", t.Add((*terms[:place], flipped, *terms[place + 1 :]))
                rest = (*terms[:place], *terms[place + 1 :])
                yield "term dropped", rest[0] if len(rest) == 1 else t.Add(rest)
        case t.Neg(body=body):
            yield "sign", body
        case t.Mul(factors=factors):
            for place, factor in enumerate(factors):
                if factor in (_TWO, _HALF):
                    rest = (*factors[:place], *factors[place + 1 :])
                    yield "factor dropped", rest[0] if len(rest) == 1 else t.Mul(rest)
        case t.Pow(base=base, exponent=t.Num(text=digits)) if digits.isdigit():
            for other in (int(digits) + 1, int(digits) - 1):
                yield "exponent", t.Pow(base, t.Num(str(other)))
        case t.Fun(name=name) if name in EXCHANGED:
            yield f"{name} for {EXCHANGED[name]}", replace(node, name=EXCHANGED[name])
        case t.Big(op=op):
            if op in EXCHANGED:
                yield f"{op} for {EXCHANGED[op]}", replace(node, op=EXCHANGED[op])
            yield from _limits(node)
        case t.Cases(rows=rows):
            for place, (value, condition) in enumerate(rows):
                if condition is not None:
                    row = (value, t.Not(condition))
                    yield "condition negated", t.Cases((*rows[:place], row, *rows[place + 1 :]))
        case t.Chain():
            yield from _chain(node)


def _limits(node: t.Big) -> Iterator[tuple[str, t.Node]]:
    """A limit of a sum, one further or one less."""
    domain = node.domain
    if isinstance(domain, t.SetOf) and domain.run:
        low, high = domain.items
        yield "limit", replace(node, domain=t.SetOf((t.Add((low, _ONE)), high), run=True))
        yield "limit", replace(node, domain=t.SetOf((low, t.Add((high, t.Neg(_ONE)))), run=True))


def _chain(node: t.Chain) -> Iterator[tuple[str, t.Node]]:
    for place, op in enumerate(node.ops):
        if op in TURNED:
            yield (
                "≤ for ≥",
                replace(node, ops=(*node.ops[:place], TURNED[op], *node.ops[place + 1 :])),
            )
    for place, side in enumerate(node.sides):
        if not node.ops or isinstance(side, t.Interval | t.SetOf | t.Named | t.Cases):
            continue

        def with_side(changed: t.Node, place: int = place) -> t.Node:
            return replace(node, sides=(*node.sides[:place], changed, *node.sides[place + 1 :]))

        beside_zero = any(
            node.ops[k] == "=" and node.sides[k + 1 if k == place else k] == _ZERO
            for k in (place - 1, place)
            if 0 <= k < len(node.ops)
        )
        if side != _ZERO and not beside_zero:  # −a = 0 and 2a = 0 say what a = 0 says
            yield "sign", with_side(side.body if isinstance(side, t.Neg) else t.Neg(side))
            yield "factor added", with_side(t.Mul((_TWO, side)))
            yield "factor added", with_side(t.Mul((_HALF, side)))
        names = sorted({n.name for n in side.walk() if isinstance(n, t.Sym)} - _heads(side))
        for first, second in list(combinations(names, 2))[:PAIRS]:
            yield "symbols exchanged", with_side(exchanged(side, first, second))


def _heads(node: t.Node) -> set[str]:
    """Names of functions: exchanging one with a number makes no formula."""
    found: set[str] = set()
    for part in node.walk():
        if isinstance(part, t.Call):
            found |= {n.name for n in part.function.walk() if isinstance(n, t.Sym)}
        elif isinstance(part, t.Prime | t.Integral):
            inner = part.function if isinstance(part, t.Prime) else part.measure
            found |= {n.name for n in inner.walk() if isinstance(n, t.Sym)} if inner else set()
        elif isinstance(part, t.Index):
            found |= {n.name for n in part.walk() if isinstance(n, t.Sym)}
        elif isinstance(part, t.Diff):
            found |= {n.name for v in part.variables for n in v.walk() if isinstance(n, t.Sym)}
    return found


def exchanged(node: t.Node, first: str, second: str) -> t.Node:
    """Two names exchanged throughout."""
    other = {first: second, second: first}

    def change(part: Any) -> Any:
        if isinstance(part, t.Sym):
            return t.Sym(other.get(part.name, part.name))
        if isinstance(part, t.Node):
            return replace(part, **{f.name: change(getattr(part, f.name)) for f in fields(part)})
        if isinstance(part, tuple):
            return tuple(change(item) for item in part)
        return part

    changed: t.Node = change(node)
    return changed
