"""All formulas of a page, in order: what it introduces, what it asserts, and the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lossnb.book.formulas import Display, Item, Paragraph

from . import free
from . import tree as t
from .binding import BindingError, Comparator, Missing
from .definitions import top_level
from .grammar import RELATIONS, Parser
from .prose import introduced
from .statements import ARROWS, Reading, read, unchecked_reason
from .symbols import Names, Symbol
from .tokens import TexError, tokenize
from .verdict import Verdict, judge, judge_definition

UNUSED = "a definition that no checked relation on this page uses"
Judge = Callable[[t.Statement, Names, str], Verdict]


@dataclass
class Asserted:
    """A statement of a display, with the names that hold there."""

    label: str
    display: int
    statement: t.Statement
    names: Names


@dataclass
class Result:
    """What came of a page."""

    findings: list[str] = field(default_factory=list)
    total: int = 0
    checked: int = 0
    unchecked: list[dict[str, str]] = field(default_factory=list)
    asserted: list[Asserted] = field(default_factory=list)
    defined: list[tuple[int, str, Symbol]] = field(default_factory=list)
    confirmed: list[tuple[int, str, Symbol, Names]] = field(default_factory=list)
    good: set[str] = field(default_factory=set)  # the labels of checked displays, nameless ones too


class Page:
    """Reads and judges the formulas of a page.

    `judge` may be replaced by one that remembers; `mutate` changes a display after it was read, for
    the mutants of its definitions.
    """

    def __init__(
        self,
        names: Names,
        judge: Judge | None = None,
        mutate: Callable[[int, Reading, Names], None] | None = None,
        standing: bool = False,
    ) -> None:
        self.names = Names(below=names)
        self.judge = judge or verdict_on
        self.mutate = mutate
        self.standing = standing  # the notation page: its definitions are checked against code only
        self.result = Result()
        self.waiting: list[tuple[int, Display, str]] = []
        self.later: list[tuple[str, str]] = []  # inline formulas that use what comes further down
        self.used: set[str] = set()
        self.good: dict[int, bool] = {}
        self.labels: dict[int, str] = {}
        self.definitions: dict[int, list[Symbol]] = {}
        self.places: dict[int | None, int] = {}
        self.nameless: set[int] = set()

    def run(self, items: Iterable[Item]) -> Result:
        number = 0
        for item in items:
            if isinstance(item, Display):
                self.labels[number] = item.label or self.place(item)
                if not item.label:
                    self.nameless.add(number)
                self.display(number, item, last=False)
                number += 1
            else:
                self.paragraph(item)
                waiting, self.waiting = self.waiting, []
                for index, display, _ in waiting:
                    self.display(index, display, last=True)
        for index, _, message in self.waiting:
            self.fail(index, message)
        self.extend(self.bound())
        for tex, where in self.later:
            try:
                self.inline(tex, where)
            except (TexError, BindingError) as error:
                self.result.findings.append(f"{where}: ${tex}$: {error}")
        self.count()
        return self.result

    def bound(self) -> list[Symbol]:
        """The variables that displays bind, as o in min_{o ∈ R}: the text may speak of them."""
        found: set[str] = set()
        for asserted in self.result.asserted:
            for node in asserted.statement.walk():
                if isinstance(node, t.Big):
                    found.add(node.var)
                elif isinstance(node, t.Integral | t.Limit | t.At) and node.variable:
                    found.add(node.variable)
        return [
            Symbol(name, domain=t.Named("R"), scope=self.names)
            for name in sorted(found)
            if self.names.lookup(name) is None
        ]

    def place(self, item: Display) -> str:
        self.places[item.cell] = self.places.get(item.cell, 0) + 1
        where = "display" if item.cell is None else f"cell {item.cell}, display"
        return f"{where} {self.places[item.cell]}"

    def shown(self, number: int) -> str:
        """The label that the page links to, empty where there is none."""
        return "" if number in self.nameless else self.labels[number]

    def fail(self, number: int, message: str) -> None:
        self.good[number] = False
        self.result.findings.append(f"{self.labels[number]}: {message}")

    # Prose ----------------------------------------------------------------------------------

    def paragraph(self, item: Paragraph) -> None:
        where = "text" if item.cell is None else f"cell {item.cell}"
        try:
            symbols = introduced(item.text, item.inline, self.names, where)
        except TexError as error:
            self.result.findings.append(f"{where}: {error}")
            symbols = []
        self.extend(symbols)
        ordered = [tex for tex in item.inline if ":=" in tex] + [
            tex for tex in item.inline if ":=" not in tex
        ]
        for tex in ordered:
            try:
                self.inline(tex, where)
            except (TexError, BindingError) as error:
                if "unknown" in str(error):
                    self.later.append((tex, where))
                else:
                    self.result.findings.append(f"{where}: ${tex}$: {error}")

    def extend(self, symbols: list[Symbol]) -> None:
        if symbols:
            self.names = self.names.copy()
            for symbol in symbols:
                self.names.add(symbol)

    def inline(self, tex: str, where: str) -> None:
        """Its symbols must be known; a relation without free symbols must be true."""
        names = self.names.copy()
        try:
            reading = read(tex, names)
        except TexError as error:
            try:
                fragments(tex, self.names)
            except TexError as second:
                raise (error if "unknown" in str(error) else second) from None
            return
        self.extend(reading.defined)
        for statement in reading.statements:
            if closed(statement, names):
                verdict = self.judge(statement, names, tex)
                if not verdict.holds:
                    self.result.findings.append(f"{where}: ${tex}$: {verdict.message}")

    # Displays -------------------------------------------------------------------------------

    def display(self, number: int, item: Display, last: bool) -> None:
        """Read a display; if a name is unknown, the paragraph after it may introduce it."""
        names = self.names.copy()
        try:
            reading = read(item.tex, names, self.labels[number])
        except TexError as error:
            if "unknown" in str(error) and not last:
                self.waiting.append((number, item, str(error)))
            else:
                self.fail(number, str(error))
            return
        if reading.unchecked is not None:
            entry = {"label": self.shown(number), "reason": reading.unchecked}
            self.result.unchecked.append(entry)
            self.good[number] = False
            return
        if self.mutate:
            self.mutate(number, reading, names)
        self.names = names
        self.good[number] = True
        self.definitions[number] = list(reading.defined)
        for symbol in reading.defined:
            self.result.defined.append((number, self.labels[number], symbol))
        for symbol in reading.confirmed:
            self.confirm(number, symbol, names)
        for statement in reading.statements:
            restated = self.standing and any(statement is other for other in reading.restated)
            self.claimed(number, statement, names, restated)

    def confirm(self, number: int, symbol: Symbol, names: Names) -> None:
        """A standing symbol printed with its definition: compare it with its code."""
        if symbol.code is None:
            if self.standing:
                self.definitions[number].append(symbol)
            return
        self.result.confirmed.append((number, self.labels[number], symbol, names))
        arguments = tuple(t.Sym(p) for p in symbol.parameters)
        call = t.Call(t.Sym(symbol.name), arguments)
        marker = t.Statement(t.Chain((call,), (), (f"definition of {symbol.name}",)))
        self.settle(number, marker, names)

    def claimed(self, number: int, statement: t.Statement, names: Names, restated: bool) -> None:
        """`restated` is a standing definition on the page where it stands: it proves nothing."""
        only = restated and isinstance(statement.claim, t.Chain) and len(statement.claim.ops) == 1
        if not only:
            self.result.asserted.append(Asserted(self.labels[number], number, statement, names))
        self.settle(number, statement, names, counts=not only)

    def settle(
        self, number: int, statement: t.Statement, names: Names, counts: bool = True
    ) -> None:
        try:
            verdict = self.judge(statement, names, self.labels[number])
        except (TexError, BindingError) as error:
            self.fail(number, str(error))
            return
        except Missing as error:
            self.lacking(number, str(error))
            return
        except RecursionError:
            self.fail(number, "it is nested too deeply, or defined in a circle")
            return
        if not verdict.holds:
            self.fail(number, verdict.message)
            return
        if counts:
            self.used |= set(free.names(statement, names))

    def lacking(self, number: int, reason: str) -> None:
        """What cannot be checked yet counts against the tally."""
        self.good[number] = False
        label = self.shown(number)
        before = next((e for e in self.result.unchecked if e["label"] == label), None)
        if before is None:
            self.result.unchecked.append({"label": label, "reason": reason})
        elif reason not in before["reason"]:
            before["reason"] += "; " + reason

    def count(self) -> None:
        """The tally: a display counts as checked when all that it says is."""
        self.result.total = len(self.labels)
        for number in self.labels:
            if not self.good.get(number):
                continue
            if all(symbol.name in self.used for symbol in self.definitions.get(number, [])):
                self.result.checked += 1
                self.result.good.add(self.labels[number])
            else:
                self.result.unchecked.append({"label": self.shown(number), "reason": UNUSED})
                self.good[number] = False


def verdict_on(statement: t.Statement, names: Names, seed: str) -> Verdict:
    """The verdict on a statement, or on the definition of a symbol bound to code."""
    claim = statement.claim
    comparator = Comparator()
    if isinstance(claim, t.Chain) and not claim.ops:
        call = claim.sides[0]
        assert isinstance(call, t.Call)
        assert isinstance(call.function, t.Sym)
        symbol = names.lookup(call.function.name)
        assert symbol is not None
        return judge_definition(symbol, names, seed, comparator)
    return judge(statement, names, seed, comparator)


def closed(statement: t.Statement, names: Names) -> bool:
    """Has the statement no free symbol?"""
    found, fixed = free.needed(statement, names)
    return not any(
        (s.domain is not None and (s.definition is None or n in fixed)) or s.kind == "random"
        for n, s in found.items()
    )


def fragments(tex: str, names: Names) -> None:
    """A piece of mathematics in a sentence: every part of it must be readable."""
    tokens = tokenize(tex)
    if unchecked_reason(tex) is not None:
        raise TexError("% unchecked belongs into a display")
    cut = {",", ";", ":", "&", r"\to", r"\mapsto", r"\ldots", r"\quad", *RELATIONS, *ARROWS}
    places = top_level(tokens, lambda text: text in cut or text.startswith('"'))
    starts = [0, *(place + 1 for place in places)]
    for start, end in zip(starts, [*places, len(tokens)], strict=True):
        piece = tokens[start:end]
        texts = [token.text for token in piece]
        if not piece or texts[-2:-1] == [r"\cdot"]:  # nothing, or E[·]
            continue
        if texts in ([r"\pm"], [r"\le"], ["d"], ["+"], ["-"]):
            continue
        parser = Parser(piece, names, tex)
        parser.expression()
        if parser.at < len(parser.tokens):
            parser.fail("an operator, a relation, a comma, or the end of the formula")
