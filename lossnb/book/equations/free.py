"""Which names a formula leaves to the instance, which are random, and what is costly."""

from __future__ import annotations

from typing import Any

from . import tree as t
from .symbols import Scope, Symbol


def names(
    node: t.Node,
    scope: Scope,
    bound: frozenset[str] = frozenset(),
    fixed: frozenset[str] = frozenset(),
) -> dict[str, Symbol]:
    """Every symbol a formula needs, through definitions, with what is known of it.

    Definitions of `fixed` symbols are not followed: the instance gives them a value.
    """
    found: dict[str, Symbol] = {}
    _collect(node, scope, bound, found, {("fixed", name) for name in fixed})
    return found


def needed(node: t.Node, scope: Scope) -> tuple[dict[str, Symbol], frozenset[str]]:
    """The symbols of a formula, and which of those with a definition are free all the same.

    r is ŷ − y where ŷ or y occurs besides; where neither does, it is any number.
    """
    everything = names(node, scope)
    fixed = frozenset(n for n, s in everything.items() if s.domain is not None and s.definition)
    while True:
        found = names(node, scope, fixed=fixed)
        bound_now = set()
        for name in fixed & set(found):
            symbol = found[name]
            assert symbol.definition is not None
            below = names(symbol.definition, symbol.scope or scope)
            if any(n in found and s.drawn and not s.parameters for n, s in below.items()
                   if s.kind in ("real", "vector") and n != name):  # fmt: skip
                bound_now.add(name)
        if not bound_now:
            return found, fixed & set(found)
        fixed -= bound_now


def _collect(
    node: t.Node, scope: Scope, bound: frozenset[str], found: dict[str, Symbol], seen: set[Any]
) -> None:
    if isinstance(node, t.Sym):
        if node.name not in bound:
            _symbol(node.name, scope, bound, found, seen)
        return
    inner = bound
    if isinstance(node, t.Big):
        if node.domain is None and node.var not in bound:
            symbol = scope.lookup(node.var)
            if symbol and symbol.domain is not None and symbol.kind != "vector":
                _collect(symbol.domain, symbol.scope or scope, bound, found, seen)
        elif node.domain is not None:
            _collect(node.domain, scope, bound, found, seen)
        inner = bound | {node.var}
        for part in (node.condition, node.body):
            if part is not None:
                _collect(part, scope, inner, found, seen)
        return
    if isinstance(node, t.Integral):
        inner = bound | {node.variable} if node.variable else bound
        _collect(node.body, scope, inner, found, seen)
        for part in (node.low, node.high, node.measure):
            if part is not None:
                _collect(part, scope, bound, found, seen)
        return
    if isinstance(node, t.At):
        _collect(node.value, scope, bound, found, seen)
        _collect(node.body, scope, bound | {node.variable}, found, seen)
        return
    if isinstance(node, t.Limit):
        inner = bound | {node.variable}
    if isinstance(node, t.Expect) and ("unbound",) in seen:  # it binds its random variables
        return
    if isinstance(node, t.Expect) and node.variable:
        if node.law is not None:
            _collect(node.law, scope, bound, found, seen)
        _collect(node.body, scope, bound | {node.variable}, found, seen)
        return
    if isinstance(node, t.Call):  # the function's own arguments are given, not drawn
        head = node.function
        while isinstance(head, t.Prime | t.Inverse):
            head = head.function
        if isinstance(head, t.Sym) and head.name not in bound:
            symbol = scope.lookup(head.name)
            if symbol:
                _record(symbol, scope, bound, found, seen, bare=False)
        for arg in node.args:
            _collect(arg, scope, bound, found, seen)
        return
    for child in node.children():
        _collect(child, scope, inner, found, seen)


def _symbol(
    name: str, scope: Scope, bound: frozenset[str], found: dict[str, Symbol], seen: set[Any]
) -> None:
    symbol = scope.lookup(name)
    if symbol is not None:
        _record(symbol, scope, bound, found, seen, bare=True)


def _record(
    symbol: Symbol,
    scope: Scope,
    bound: frozenset[str],
    found: dict[str, Symbol],
    seen: set[Any],
    bare: bool,
) -> None:
    key = (symbol.name, bound, bare)
    if key in seen:
        return
    seen.add(key)
    found[symbol.name] = symbol
    home = symbol.scope or scope
    inner = bound | set(symbol.parameters) | ({symbol.index} if symbol.index else set())
    if symbol.index:
        index = home.lookup(symbol.index)
        if index and index.domain is not None:
            _collect(index.domain, index.scope or home, bound, found, seen)
    if symbol.equation is not None:
        inner = inner | {symbol.name}
    if ("fixed", symbol.name) in seen:
        if symbol.domain is not None:
            _collect(symbol.domain, home, bound | {symbol.name}, found, seen)
        return
    for part in (symbol.definition, symbol.equation):
        if part is not None:
            _collect(part, home, inner, found, seen)
    if symbol.domain is not None:
        _collect(symbol.domain, home, bound | {symbol.name}, found, seen)
    if bare and symbol.kind == "function":
        for parameter in symbol.parameters:
            if parameter not in bound and home.lookup(parameter):
                _symbol(parameter, home, bound, found, seen)


def randoms(node: t.Node, scope: Scope) -> list[str]:
    """The random variables of a formula that no expectation inside it binds."""
    found: dict[str, Symbol] = {}
    _collect(node, scope, frozenset(), found, {("unbound",)})
    return sorted(name for name, symbol in found.items() if symbol.kind == "random")


COSTLY = (t.Integral, t.Limit, t.Gradient)


def costly(node: t.Node, scope: Scope) -> bool:
    """Does the formula, or a definition it uses, integrate or search?"""
    seen: set[str] = set()

    def within(part: t.Node, home: Scope) -> bool:
        for inner in part.walk():
            if isinstance(inner, COSTLY) or (isinstance(inner, t.Expect) and _dense(inner, home)):
                return True
            if (
                isinstance(inner, t.Big)
                and inner.op not in ("sum", "prod")
                and _continuous(inner, home)
            ):
                return True
            if isinstance(inner, t.Sym) and inner.name not in seen:
                seen.add(inner.name)
                symbol = home.lookup(inner.name)
                if symbol is None:
                    continue
                if symbol.equation is not None:
                    return True
                if symbol.definition is not None and within(
                    symbol.definition, symbol.scope or home
                ):
                    return True
        return False

    return within(node, scope)


def _dense(node: t.Expect, scope: Scope) -> bool:
    """Does an expectation integrate over a density?"""
    laws = [s.definition for s in names(node, scope).values() if s.kind in ("random", "law")]
    parts = [part for law in laws if law is not None for part in law.walk()]
    dense = ("standard normal", "with density")
    return any(isinstance(part, t.Fun) and part.name in dense for part in parts)


def _continuous(node: t.Big, scope: Scope) -> bool:
    domain = node.domain
    if domain is None:
        symbol = scope.lookup(node.var)
        domain = symbol.domain if symbol else None
    return not isinstance(domain, t.SetOf)
