"""From a display to what it asserts: rows, side conditions, implications, definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import tree as t
from .definitions import (
    WRAPPERS,
    declared,
    define,
    names_in,
    plain_head,
    standing_symbol,
    top_level,
)
from .grammar import PROBABILITIES, RELATIONS, Parser
from .naming import is_name
from .symbols import Names, Symbol
from .tokens import TexError, Token, shown, tokenize

CONDITIONAL = {
    "if", "for", "for all", "for every", "for any", "for each", "when", "whenever", "where", "with",
    "with equality for", "with equality if", "with equality when", "with equality at",
    "with equality if and only if", "with equality only if", "with equality only for",
    "with equality exactly when", "provided", "provided that", "as soon as", "on", "and where",
    "for some", "in which", "at",
}  # fmt: skip
JOINING = {"and", "so", "so that", "hence", "thus", "therefore", "that is", "or equivalently",
           "but", "while", "and also", "then", "and hence", "and therefore"}  # fmt: skip
ARROWS = (r"\implies", r"\iff")
UNCHECKED = re.compile(r"%\s*unchecked\s*:?([^\n]*)")


@dataclass
class Reading:
    """What a display says."""

    statements: list[t.Statement] = field(default_factory=list)
    defined: list[Symbol] = field(default_factory=list)
    declared: list[Symbol] = field(default_factory=list)
    confirmed: list[Symbol] = field(default_factory=list)  # standing symbols, printed with :=
    restated: list[t.Statement] = field(default_factory=list)  # the statements that these make
    unchecked: str | None = None


@dataclass
class _Piece:
    tokens: list[Token]
    word: str = ""


def unchecked_reason(tex: str) -> str | None:
    """The reason after “% unchecked:”, None where the display carries no such mark."""
    found = UNCHECKED.search(tex)
    return found.group(1).strip() if found else None


def read(tex: str, names: Names, label: str = "", standing: bool = False) -> Reading:
    """Parse a display; what it defines is added to `names`.

    A name that stands in the notation with a definition is not defined anew: the page must agree
    with it. `standing` reads the notation itself.
    """
    reading = Reading(unchecked=unchecked_reason(tex))
    if reading.unchecked is not None:
        if not reading.unchecked:
            raise TexError("% unchecked without a reason; say why no instance can decide it")
        return reading
    tokens = tokenize(tex)
    balanced(tokens)
    reader = _Reader(tex, names, label, reading, standing)
    waiting = [(row, "") for row in rows(tokens)]
    while waiting:  # a row may use what a later one defines
        again: list[tuple[list[Token], str]] = []
        for row, _ in waiting:
            done = len(reading.statements), len(reading.confirmed)
            try:
                reader.row(row)
            except TexError as error:
                del reading.statements[done[0] :], reading.confirmed[done[1] :]
                if "unknown" not in str(error):
                    raise
                again.append((row, str(error)))
        if len(again) == len(waiting):
            raise TexError(again[0][1])
        waiting = again
    if not (reading.statements or reading.defined or reading.declared):
        raise TexError("no relation in this display; understood is for instance a = b")
    return reading


def balanced(tokens: list[Token]) -> None:
    """Every bracket is closed, an interval's by the other kind if need be."""
    kinds = {"(": "(", "[": "(", ")": "(", "]": "(", "{": "{", "}": "{", r"\{": r"\{", r"\}": r"\{"}
    opened: list[Token] = []
    for token in tokens:
        if token.text in ("(", "[", "{", r"\{"):
            opened.append(token)
        elif token.text in (")", "]", "}", r"\}"):
            if not opened or kinds[opened[-1].text] != kinds[token.text]:
                raise TexError(f"the bracket {token.text} that was never opened")
            opened.pop()
    if opened:
        raise TexError(f"the bracket {opened[-1].text} that is never closed")


def rows(tokens: list[Token]) -> list[list[Token]]:
    """The rows of an aligned display; one that begins with & continues the row above."""
    tokens = [token for token in tokens if token.text not in WRAPPERS]
    breaks = top_level(tokens, lambda text: text == r"\\")
    found: list[list[Token]] = []
    for start, end in zip([0, *(b + 1 for b in breaks)], [*breaks, len(tokens)], strict=True):
        row = tokens[start:end]
        continues = bool(row) and row[0].text in ("&", r"\quad") and bool(found)
        while row and row[0].text in ("&", r"\quad"):
            row = row[1:]
        columns = top_level(row, lambda text: text == "&")
        wide = set(columns[1::2])  # columns come in pairs: every second & parts two statements
        row = [
            Token(r"\quad", token.start) if place in wide else token
            for place, token in enumerate(row)
            if place in wide or place not in columns
        ]
        if not row:
            continue
        starts_with_relation = row[0].text in RELATIONS or row[0].text in ARROWS
        if found and (continues or starts_with_relation):
            found[-1] += row
        else:
            found.append(row)
    return found


def pieces(row: list[Token]) -> list[_Piece]:
    """A row cut at wide spaces, commas and joining words."""
    found = [_Piece([])]

    def separates(text: str) -> bool:
        word = text.strip('"').strip(" ,.;:")
        return text in (r"\quad", ",", ";") or (
            text.startswith('"') and (word in CONDITIONAL or word in JOINING or word == "")
        )

    cuts = set(top_level(row, separates))
    for place, token in enumerate(row):
        if place in cuts:
            word = token.text.strip('"').strip(" ,.;:") if token.text.startswith('"') else ""
            if found[-1].tokens or (found[-1].word and word):
                found.append(_Piece([], word))
            elif word:
                found[-1].word = word
            continue
        found[-1].tokens.append(token)
    found = [piece for piece in found if piece.tokens]
    joined: list[_Piece] = []
    for piece in found:
        before = joined[-1] if joined else None
        first = piece.tokens[0].text
        last = before.tokens[-1].text if before else ""
        if (
            before
            and not piece.word
            and (first in RELATIONS or first in ARROWS or last in ARROWS or last in RELATIONS)
        ):
            before.tokens += piece.tokens
        else:
            joined.append(piece)
    if joined:
        while joined[-1].tokens and joined[-1].tokens[-1].text == ".":
            joined[-1].tokens.pop()
    return [piece for piece in joined if piece.tokens]


class _Reader:
    """Reads the rows of one display into statements."""

    def __init__(
        self, tex: str, names: Names, label: str, reading: Reading, standing: bool
    ) -> None:
        self.tex, self.names, self.label, self.reading = tex, names, label, reading
        self.standing = standing

    def row(self, row: list[Token]) -> None:
        quantified: list[_Piece] = []
        if row and row[0].text == r"\forall":
            stops = top_level(row, lambda text: text in (":", ",", r"\quad"))
            if not stops:
                raise TexError(r"\forall without “:” after its condition")
            quantified = [_Piece(row[1 : stops[0]], "for all")]
            row = row[stops[0] + 1 :]
        always: list[t.Node] = []
        for piece in quantified:
            always += self.conditions(piece)
        for plain, conditional in self.groups(pieces(row)):
            premises = list(always)
            equality: list[tuple[str, t.Node]] = []
            for piece in conditional:  # what introduces a name comes first, wherever it stands
                if piece.word.startswith("with equality"):
                    equality += [(piece.word, condition) for condition in self.conditions(piece)]
                else:
                    premises += self.conditions(piece)
            self.statements(self.defining_first(plain), premises)
            for word, condition in equality:
                self.with_equality(word, condition, premises)

    def groups(self, parts: list[_Piece]) -> list[tuple[list[_Piece], list[_Piece]]]:
        """Statements with the conditions after them: “A for x > 0, B for x < 0” is two groups."""
        found: list[tuple[list[_Piece], list[_Piece]]] = [([], [])]
        introduces: list[_Piece] = []
        for piece in parts:
            conditional = piece.word in CONDITIONAL or self._bracketed(piece)
            if conditional and any(token.text == ":=" for token in piece.tokens):
                introduces.append(piece)
            elif conditional:
                found[-1][1].append(piece)
            elif found[-1][1] and found[-1][0]:
                found.append(([piece], []))
            else:
                found[-1][0].append(piece)
        found[0][1][:0] = introduces
        return found

    def statements(self, plain: list[_Piece], premises: list[t.Node]) -> None:
        shared: list[Token] = []
        for piece in plain:
            if not top_level(piece.tokens, lambda text: text in RELATIONS):
                shared += [*piece.tokens, Token(",", 0)]
                continue
            if shared:
                raise TexError(
                    f"“{''.join(shown(x.text) for x in shared[:-1])}” without a relation; write "
                    "one relation for each"
                )
            self.piece(piece.tokens, premises)
        if shared:
            raise TexError(
                f"“{''.join(shown(x.text) for x in shared[:-1])}” is not a relation; understood is "
                "for instance a = b"
            )

    def defining_first(self, plain: list[_Piece]) -> list[_Piece]:
        """f := … Z …, Z := … : what a piece needs comes before it."""
        ordered: list[_Piece] = []
        for piece in plain:
            place = len(ordered)
            if any(token.text == ":=" for token in piece.tokens):
                head = plain_head(piece.tokens)
                for k, before in enumerate(ordered):
                    if (
                        head
                        and head in names_in(before.tokens)
                        and head != plain_head(before.tokens)
                    ):
                        place = k
                        break
            ordered.insert(place, piece)
        return ordered

    def with_equality(self, word: str, condition: t.Node, premises: list[t.Node]) -> None:
        """a ≤ b with equality for c: under c the two sides are equal."""
        chain = self.reading.statements[-1].claim if self.reading.statements else None
        if not isinstance(chain, t.Chain):
            raise TexError(f"“{word}” that does not follow an inequality")
        equal: t.Node = t.Chain(chain.sides[-2:], ("=",), chain.sources[-2:])
        if "only" in word or "exactly" in word:
            equal = t.Implies((condition, equal), (r"\iff",))
            condition = premises[0] if premises else None  # type: ignore[assignment]
        elif premises:
            condition = t.Both("and", (condition, *premises))
        self.reading.statements.append(t.Statement(equal, condition))

    def _bracketed(self, piece: _Piece) -> bool:
        """(x > 0) after a wide space is a condition."""
        texts = [token.text for token in piece.tokens]
        if texts[0] != "(" or texts[-1] != ")" or piece.word:
            return False
        inner = piece.tokens[1:-1]
        return bool(top_level(inner, lambda text: text in RELATIONS))

    def conditions(self, piece: _Piece) -> list[t.Node]:
        """The premises in a piece; a relation on an unknown name declares it instead."""
        tokens = piece.tokens
        if self._bracketed(_Piece(tokens)):
            tokens = tokens[1:-1]
        found: list[t.Node] = []
        for symbol in self.declaration(tokens):
            self.names.add(symbol)
            self.reading.declared.append(symbol)
        if not top_level(tokens, lambda text: text in RELATIONS):
            Parser(tokens, self.names, self.tex).expression()
            return found
        if self.definition(tokens) is not None:
            return found
        parser = Parser(tokens, self.names, self.tex)
        condition = parser.condition()
        self.finished(parser)
        if piece.word in ("where", "and where") and self.given(condition):
            self.reading.statements.append(t.Statement(condition))
        else:
            found.append(condition)
        return found

    def given(self, condition: t.Node) -> bool:
        """“where r = ŷ − y” of a symbol that stands with a definition is a claim, no premise."""
        if not isinstance(condition, t.Chain) or condition.ops != ("=",):
            return False
        left = condition.sides[0]
        known = self.names.lookup(left.name) if isinstance(left, t.Sym) else None
        return known is not None and known.definition is not None and not known.parameters

    def declaration(self, tokens: list[Token]) -> list[Symbol]:
        """k > 0, a ∈ S, 0 < x ≤ 1 with an unknown name: the name and its domain."""
        return declared(tokens, self.names, self.label)

    def piece(self, tokens: list[Token], premises: list[t.Node]) -> None:
        confirmed = len(self.reading.confirmed)
        rest = self.definition(tokens)
        if rest is not None:
            tokens = rest
            if not tokens:
                return
        parser = Parser(tokens, self.names, self.tex)
        parts, ops = [parser.condition()], []
        while parser.peek() in ARROWS:
            ops.append(parser.take())
            parts.append(parser.condition())
        self.finished(parser)
        claim: t.Node = t.Implies(tuple(parts), tuple(ops)) if ops else parts[0]
        premise: t.Node | None = None
        if premises:
            premise = premises[0] if len(premises) == 1 else t.Both("and", tuple(premises))
        statement = t.Statement(claim, premise)
        self.reading.statements.append(statement)
        if len(self.reading.confirmed) > confirmed:
            self.reading.restated.append(statement)

    def finished(self, parser: Parser) -> None:
        if parser.at < len(parser.tokens):
            parser.fail("an operator, a relation, or the end of the statement")

    # Definitions ----------------------------------------------------------------------------

    def definition(self, tokens: list[Token]) -> list[Token] | None:
        """Read name(parameters) := body; what remains to check, None if it is no definition."""
        assigned = top_level(tokens, lambda text: text in (":=", r"\sim"))
        place = assigned[0] if assigned else -1
        if place < 0:
            relations = top_level(tokens, lambda text: text in RELATIONS)
            if not relations or tokens[relations[0]].text != "=" or not self.unknown_head(tokens):
                return None
            return None  # an unknown name before “=” is reported by the parser, with the remedy
        left = tokens[:place]
        if left and left[0].text in (r"\Pr", r"\mathbb", "@P"):
            self.atom(left, tokens[place + 1 :])
            return []
        more = top_level(tokens[place + 1 :], lambda text: text in RELATIONS)
        end = place + 1 + more[0] if more else len(tokens)
        body = tokens[place + 1 : end]
        known = define(
            left, body, self.names, self.tex, self.label,
            law=tokens[place].text == r"\sim", standing=self.standing,
        )  # fmt: skip
        if known is None:  # a standing symbol is not defined anew: the page must agree with it
            self.reading.confirmed.append(standing_symbol(left, self.names))
            equals = Token("=", tokens[place].start)
            return [*left, equals, *tokens[place + 1 :]]
        self.names.add(known)
        self.reading.defined.append(known)
        return [*left, Token("=", tokens[place].start), *tokens[place + 1 :]] if more else []

    def unknown_head(self, tokens: list[Token]) -> bool:
        parser = Parser(tokens, self.names, self.tex)
        return is_name(parser.peek()) and self.names.lookup(parser.variable()) is None

    def atom(self, left: list[Token], right: list[Token]) -> None:
        """P(Y = a) := w: one atom of the law of Y."""
        parser = Parser(left, self.names, self.tex)
        head = parser.head()
        if head not in PROBABILITIES:
            parser.fail(r"\Pr(Y = a) := w")
        parser.expect("(")
        condition = parser.condition()
        parser.expect(")")
        first = condition.sides[0] if isinstance(condition, t.Chain) else None
        if (
            not isinstance(condition, t.Chain)
            or condition.ops != ("=",)
            or not isinstance(first, t.Sym)
        ):
            raise TexError(r"the law of a random variable is given as \Pr(Y = a) := w")
        name = first.name
        weights = Parser(right, self.names, self.tex)
        weight = weights.expression()
        self.finished(weights)
        before = next((s for s in self.reading.defined if s.name == name), None)
        atoms = (
            before.definition.atoms if before and isinstance(before.definition, t.FiniteLaw) else ()
        )
        symbol = Symbol(
            name, "random", definition=t.FiniteLaw((*atoms, (condition.sides[1], weight))),
            scope=self.names, source=self.label,
        )  # fmt: skip
        self.reading.defined = [s for s in self.reading.defined if s.name != name] + [symbol]
        self.names.add(symbol)
