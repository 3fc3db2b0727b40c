"""What a name means: its kind, the set it is drawn from, its definition, its name in code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from .tokens import shown
from .tree import Node

# What a symbol can be. An index is a whole number that selects a component; a law is a distribution
# on the line, and calling it gives its distribution function.
KINDS = ("real", "index", "vector", "matrix", "function", "law", "random", "set")


@dataclass(frozen=True)
class Symbol:
    """A name and all that is known of it."""

    name: str
    kind: str = "real"
    domain: Node | None = None
    parameters: tuple[str, ...] = ()  # of a function: the names of its arguments
    definition: Node | None = None
    equation: Node | None = None  # the symbol is the root of this relation in its domain
    index: str | None = None  # the definition gives the component with this index
    code: Any = None  # a binding.Code
    scope: Scope | None = field(default=None, compare=False, repr=False)
    source: str = ""  # the label of the display that defines it, or where it was introduced

    @property
    def callable(self) -> bool:
        return self.kind in ("function", "law")

    @property
    def drawn(self) -> bool:
        """Does an instance choose its value, unless a definition is at hand?"""
        return self.domain is not None


class Scope(Protocol):
    """Where names are looked up."""

    def lookup(self, name: str) -> Symbol | None: ...

    def family(self, base: str) -> list[Symbol]:
        """The functions base_{parameter}, for instance ψ_k."""


class Names:
    """A scope made of a dictionary, above another scope."""

    def __init__(self, symbols: Iterable[Symbol] = (), below: Scope | None = None) -> None:
        self.symbols = {symbol.name: symbol for symbol in symbols}
        self.below = below

    def lookup(self, name: str) -> Symbol | None:
        found = self.symbols.get(name)
        return found if found or self.below is None else self.below.lookup(name)

    def copy(self) -> Names:
        """The same names; what is added to the copy does not reach definitions made before."""
        return Names(self.symbols.values(), self.below)

    def add(self, symbol: Symbol) -> None:
        self.symbols[symbol.name] = symbol

    def family(self, base: str) -> list[Symbol]:
        below = self.below.family(base) if self.below else []
        mine = [s for s in self.symbols.values() if s.name.startswith(base + "_{") and s.callable]
        return mine + [s for s in below if s.name not in self.symbols]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self.symbols.values())


def pretty(name: str) -> str:
    """A canonical name as an author writes it."""
    name = re.sub(r"⟨\d+⟩", "", name).replace("_{·}", "_i")
    out, at = "", 0
    while at < len(name):
        if name[at] == "@":
            end = at + 1
            while end < len(name) and name[end] not in "_^{}":
                end += 1
            out += shown(name[at:end])
            at = end
        else:
            out += name[at]
            at += 1
    return out
