"""The standing symbols of the book, read from its notation page.

The tables and definitions of `book/notation.md` are the only place where the domain of a symbol and
its name in code are kept: a reader reads them, and so does this module. A section whose address is
``(notation-margin)=`` holds for the pages in ``book/margin``; ``notation-general`` for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lossnb.book import pages
from lossnb.book.equations import Names, Symbol, TexError, binding, read
from lossnb.book.equations import tree as t
from lossnb.book.equations.definitions import heading, kind_in
from lossnb.book.equations.grammar import Parser
from lossnb.book.equations.prose import PHRASES, drawn_from, expression
from lossnb.book.equations.symbols import pretty
from lossnb.book.equations.tokens import tokenize
from lossnb.book.formulas import Display, of_markdown

PAGE = "book/notation.md"
COLUMNS = ("Symbol", "Meaning", "Domain", "In code")
_SECTION = re.compile(r"^\(notation-([a-z]+)\)=\s*$", re.MULTILINE)
_MATH = re.compile(r"\$([^$]+)\$")
_CELL = re.compile(r"(?<!\\)\|")


class NotationError(ValueError):
    """The notation page says something that cannot be read: where, and what to write."""


@dataclass(frozen=True)
class Notation:
    """The standing symbols, general and by part."""

    general: Names
    parts: dict[str, Names] = field(default_factory=dict)

    def scope(self, page: str) -> Names:
        """The symbols that hold on a page, given as a path from the root of the repository."""
        folder = Path(page).parts[-2] if len(Path(page).parts) > 1 else ""
        return self.parts.get(folder, self.general)


def load(root: Path = pages.ROOT) -> Notation:
    """The notation of the book, read once for each state of its page."""
    path = root / PAGE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return parse(text)


@lru_cache(maxsize=8)
def parse(text: str) -> Notation:
    """The notation in the text of its page."""
    general = Names()
    notation = Notation(general)
    for part, section in sections(text):
        names = (
            general if part == "general" else notation.parts.setdefault(part, Names(below=general))
        )
        _Section(part, names).read(section)
    return notation


def sections(text: str) -> list[tuple[str, str]]:
    """The sections of the notation page with the part of the book that each is for."""
    marks = list(_SECTION.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = [("general", text[: marks[0].start()])] if marks else [("general", text)]
    for mark, end in zip(marks, ends, strict=True):
        part = mark[1] if mark[1] != "authors" else "general"
        found.append((part, text[mark.start() : end]))
    return found


class _Section:
    """Reads one section into the names of its part."""

    def __init__(self, part: str, names: Names) -> None:
        self.part, self.names = part, names
        self.codes: dict[tuple[str, int], tuple[binding.Code, str]] = {}

    def read(self, text: str) -> None:
        header: list[str] = []
        later: list[tuple[dict[str, str], str]] = []
        for line in text.split("\n"):
            if not line.startswith("|"):
                header = []
                continue
            cells = [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]
            if not header:
                header = cells
            elif "Symbol" in header and not set(line) <= set("|-: "):
                if len(cells) != len(header):
                    raise NotationError(
                        f"{PAGE}: {line!r} has {len(cells)} cells, {len(header)} are named"
                    )
                later.append((dict(zip(header, cells, strict=True)), line))
        plain = [row for row in later if not _built(row[0])]
        self.rows(plain)
        waiting = []
        for row in [row for row in later if _built(row[0])]:
            try:
                self.row(row[0])
            except TexError:
                waiting.append(row)  # it is built from what the section defines below
        self.definitions(text)
        self.rows(waiting)

    def rows(self, rows: list[tuple[dict[str, str], str]]) -> None:
        for row, line in rows:
            try:
                self.row(row)
            except TexError as error:
                raise NotationError(f"{PAGE}: {line!r}: {error}") from error

    def row(self, row: dict[str, str]) -> None:
        """One row of a table: a symbol, a list of symbols, or a sign that is only explained."""
        domain_text, code_text = row.get("Domain", ""), row.get("In code", "")
        if not domain_text:
            return
        code = binding.parse(code_text)
        for tex in _MATH.findall(row["Symbol"]):
            left, _, right = tex.partition("=")
            tokens = tokenize(left)
            name, parameters, index = heading(tokens, self.names)
            if parameters and code is None and not domain_text.startswith("$\\{"):
                continue  # the definition below the table says the rest
            if parameters and code is not None:
                self.codes[name, len(parameters)] = (code, row["Meaning"])
                continue
            definition = None
            drawn = re.fullmatch(r"drawn from \$([^$]+)\$", domain_text)
            if drawn:
                law = drawn_from(expression(drawn[1], self.names), self.names)
                symbol = Symbol(name, "random", definition=law, scope=self.names, source=PAGE)
                self.names.add(symbol)
                continue
            kind, domain = self.domain(domain_text, parameters)
            if right:
                definition = expression(right, self.names)
            if name in ("\\Phi",) and kind == "law" and domain is None:
                definition = t.Fun("standard normal", ())
            stored = f"{name}_{{·}}" if index else name
            self.names.add(Symbol(
                stored, "vector" if index else kind, domain=domain, parameters=parameters,
                definition=definition, index=index, scope=self.names, source=PAGE,
            ))  # fmt: skip

    def domain(self, text: str, parameters: tuple[str, ...]) -> tuple[str, t.Node | None]:
        """The kind and the set in a cell of the column Domain."""
        if text == "the standard normal distribution":
            return "law", None
        found = _MATH.fullmatch(text)
        if found:
            inner = Names([Symbol(p) for p in parameters], self.names)
            parser = Parser(found[1], inner)
            node = parser.expression()
            if parser.at < len(parser.tokens):
                parser.fail("a set")
            return ("function" if parameters else kind_in(node)), node
        for pattern, kind, node in PHRASES:
            if re.fullmatch(pattern, text):
                return kind, node
        raise TexError(
            f"the domain {text!r}; write a set such as $(0, \\infty)$ or “a distribution”"
        )

    def definitions(self, text: str) -> None:
        """The displays of the section define its functions; a name in code is bound to them."""
        for item in of_markdown(text):
            if not isinstance(item, Display):
                continue
            try:
                read(item.tex, self.names, item.label, standing=True)
            except TexError as error:
                raise NotationError(f"{PAGE}: {item.label}: {error}") from error
        for (name, arity), (code, _) in self.codes.items():
            symbol = self.names.symbols.get(name)
            if symbol and len(symbol.parameters) != arity:
                symbol = self.names.symbols.get(f"{name}⟨{arity}⟩")
            if symbol is None:
                raise NotationError(
                    f"{PAGE}: {pretty(name)} has a name in code, {code.text}, and no definition := "
                    "below its table"
                )
            self.names.add(_bound(symbol, code, self.names))


def _built(row: dict[str, str]) -> bool:
    """Is the symbol one of a family of functions, or given by others, as r = ŷ − y?"""
    return "=" in row["Symbol"] or ("(" in row["Symbol"] and row["Domain"].startswith(r"$\{"))


def _bound(symbol: Symbol, code: binding.Code, names: Names) -> Symbol:
    return Symbol(
        symbol.name, symbol.kind, parameters=symbol.parameters, definition=symbol.definition,
        index=symbol.index, code=code, scope=names, source=symbol.source,
    )  # fmt: skip
