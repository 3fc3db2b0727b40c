"""From a display to what it asserts: rows, side conditions, implications, definitions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import constructs  # noqa: F401  (registers the rules of the grammar)
from . import tree as t
from .evaluate import HIDDEN
from .grammar import PROBABILITIES, RELATIONS, Parser, is_name
from .symbols import Names, Scope, Symbol, pretty
from .tokens import TexError, Token, shown, tokenize

WRAPPERS = {r"\begin{aligned}", r"\end{aligned}", r"\begin{gathered}", r"\end{gathered}",
            r"\begin{split}", r"\end{split}"}  # fmt: skip
CONDITIONAL = {
    "if", "for", "for all", "for every", "for any", "for each", "when", "whenever", "where", "with",
    "with equality for", "with equality if", "with equality when", "with equality at",
    "with equality if and only if", "with equality only if", "with equality only for",
    "with equality exactly when", "provided", "provided that", "as soon as", "on", "and where", "for some", "in which", "at",
}  # fmt: skip
JOINING = {"and", "so", "so that", "hence", "thus", "therefore", "that is", "i.e.", "or equivalently",
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
    reader = _Reader(tex, names, label, reading, standing)
    waiting = [(row, "") for row in rows(tokenize(tex))]
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


def top_level(tokens: list[Token], wanted: Callable[[str], bool]) -> list[int]:
    """Positions outside all brackets and environments."""
    depth, found = 0, []
    for place, token in enumerate(tokens):
        text = token.text
        if text in ("(", "[", "{", r"\{") or (text.startswith(r"\begin") and text not in WRAPPERS):
            depth += 1
        elif text in (")", "]", "}", r"\}") or (text.startswith(r"\end") and text not in WRAPPERS):
            depth -= 1
        elif depth == 0 and wanted(text):
            found.append(place)
    return found


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
        if before and not piece.word and (first in RELATIONS or first in ARROWS or last in ARROWS or last in RELATIONS):
            before.tokens += piece.tokens
        else:
            joined.append(piece)
    if joined:
        while joined[-1].tokens and joined[-1].tokens[-1].text == ".":
            joined[-1].tokens.pop()
    return [piece for piece in joined if piece.tokens]


class _Reader:
    """Reads the rows of one display into statements."""

    def __init__(self, tex: str, names: Names, label: str, reading: Reading, standing: bool) -> None:
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
        parts = pieces(row) + quantified
        plain: list[_Piece] = []
        premises: list[t.Node] = []
        equality: list[tuple[str, t.Node]] = []
        for piece in parts:  # what introduces a name comes first, wherever it stands
            if piece.word.startswith("with equality"):
                equality += [(piece.word, condition) for condition in self.conditions(piece)]
            elif piece.word in CONDITIONAL or self._bracketed(piece):
                premises += self.conditions(piece)
            else:
                plain.append(piece)
        shared: list[Token] = []
        plain = self.defining_first(plain)
        for piece in plain:
            if not top_level(piece.tokens, lambda text: text in RELATIONS):
                shared += [*piece.tokens, Token(",", 0)]
                continue
            if shared:
                raise TexError(
                    f"“{''.join(shown(x.text) for x in shared[:-1])}” without a relation; write one "
                    "relation for each"
                )
            self.piece(piece.tokens, premises)
        for word, condition in equality:
            self.with_equality(word, condition, premises)
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
                head = _plain_head(piece.tokens)
                for k, before in enumerate(ordered):
                    if head and head in _names_in(before.tokens) and head != _plain_head(before.tokens):
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
        if self.definition(tokens):
            return found
        parser = Parser(tokens, self.names, self.tex)
        condition = parser.condition()
        self.finished(parser)
        found.append(condition)
        return found

    def declaration(self, tokens: list[Token]) -> list[Symbol]:
        """k > 0, a ∈ S, 0 < x ≤ 1 with an unknown name: the name and its domain."""
        return declared(tokens, self.names, self.label)

    def piece(self, tokens: list[Token], premises: list[t.Node]) -> None:
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
        self.reading.statements.append(t.Statement(claim, premise))

    def finished(self, parser: Parser) -> None:
        if parser.at < len(parser.tokens):
            parser.fail("an operator, a relation, or the end of the statement")

    # Definitions ----------------------------------------------------------------------------

    def definition(self, tokens: list[Token]) -> list[Token] | None:
        """Read name(parameters) := body; what remains to be checked, None if it is no definition."""
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
        good = isinstance(condition, t.Chain) and condition.ops == ("=",)
        if not good or not isinstance(condition.sides[0], t.Sym):  # type: ignore[attr-defined]
            raise TexError(r"the law of a random variable is given as \Pr(Y = a) := w")
        assert isinstance(condition, t.Chain)
        name = condition.sides[0].name  # type: ignore[attr-defined]
        weights = Parser(right, self.names, self.tex)
        weight = weights.expression()
        self.finished(weights)
        before = next((s for s in self.reading.defined if s.name == name), None)
        atoms = before.definition.atoms if before and isinstance(before.definition, t.FiniteLaw) else ()
        symbol = Symbol(
            name, "random", definition=t.FiniteLaw((*atoms, (condition.sides[1], weight))),
            scope=self.names, source=self.label,
        )  # fmt: skip
        self.reading.defined = [s for s in self.reading.defined if s.name != name] + [symbol]
        self.names.add(symbol)


def _names_in(tokens: list[Token]) -> set[str]:
    """Every name, with its subscript, that stands among the tokens."""
    parser = Parser(list(tokens), Names())
    found: set[str] = set()
    while parser.at < len(parser.tokens):
        if not is_name(parser.peek()):
            parser.take()
            continue
        name = parser.head()
        found.add(name)
        if parser.peek() == "_":
            place = parser.at
            parser.take()
            found.add(f"{name}_{{{parser.raw_group()}}}")
            parser.at = place
    return found


def _plain_head(tokens: list[Token]) -> str:
    """The name that a piece begins with, with its subscript."""
    parser = Parser(list(tokens), Names())
    if not is_name(parser.peek()):
        return ""
    name = parser.head()
    if parser.accept("_"):
        name += "_{" + parser.raw_group() + "}"
    return name


def define(
    left: list[Token], body: list[Token], names: Names, tex: str, label: str,
    law: bool = False, standing: bool = False,
) -> Symbol | None:
    """The symbol that `left := body` introduces, None if it stands already with a definition."""
    left, body = solved(left, body, names)
    name, parameters, index = heading(left, names)
    known = names.lookup(name)
    if known and parameters and len(known.parameters) not in (0, len(parameters)):
        name = f"{name}⟨{len(parameters)}⟩"  # H(p) and H(p, q): one letter, two functions
        known = names.lookup(name)
    if known and known.definition is not None and not standing and name not in names.symbols:
        return None
    bound = [_parameter(p, names) for p in parameters]
    if index:
        bound.append(names.lookup(index) or Symbol(index, "index"))
    parser = Parser(body, names, tex)
    with parser.binding(*bound):
        node = parser.expression()
        scope = parser.scope
    if parser.at < len(parser.tokens):
        parser.fail("an operator or the end of the definition")
    kind = "random" if law else "function" if parameters else kind_of(node, scope)
    if index:
        kind = "function" if parameters else "vector"
    if kind == "function" and not parameters:
        parameters = (HIDDEN,)
    return Symbol(name, kind, parameters=parameters, definition=node, index=index, scope=names, source=label)


def standing_symbol(left: list[Token], names: Names) -> Symbol:
    """The symbol that the left side of a definition names, H(p, q) apart from H(p)."""
    name, parameters, _ = heading(left, names)
    symbol = names.lookup(f"{name}⟨{len(parameters)}⟩") or names.lookup(name)
    assert symbol is not None
    if len(symbol.parameters) != len(parameters):
        symbol = names.lookup(name)
        assert symbol is not None
    return symbol


def solved(
    left: list[Token], body: list[Token], names: Names
) -> tuple[list[Token], list[Token]]:
    """1 − x := a defines x := 1 − (a): a left side with one unknown name among its terms."""
    places = top_level(left, lambda text: text in ("+", "-"))
    if not places or (places == [0] and len(left) > 1 and not is_name(left[1].text)):
        return left, body
    starts = places if places[0] == 0 else [-1, *places]
    terms = [(left[a].text if a >= 0 else "+", left[a + 1 : b])
             for a, b in zip(starts, [*starts[1:], len(left)], strict=True)]  # fmt: skip
    unknown = [k for k, (_, term) in enumerate(terms) if _single_unknown(term, names)]
    if len(unknown) != 1:
        return left, body
    sign, name = terms.pop(unknown[0])
    rest = [Token("{", 0)]
    for op, term in terms:
        rest += [Token(op, 0), *term]
    rest.append(Token("}", 0))
    whole = [Token("{", 0), *body, Token("}", 0)]
    if len(rest) == 2:
        return name, [Token("-", 0), *whole] if sign == "-" else whole
    return name, [*rest, Token("-", 0), *whole] if sign == "-" else [*whole, Token("-", 0), *rest]


def _single_unknown(term: list[Token], names: Names) -> bool:
    parser = Parser(list(term), names)
    if not is_name(parser.peek()):
        return False
    name = parser.head()
    if parser.accept("_"):
        name += "_{" + parser.raw_group() + "}"
    return parser.at == len(parser.tokens) and names.lookup(name) is None


def _parameter(name: str, names: Scope) -> Symbol:
    known = names.lookup(name)
    if known and known.kind in ("function", "law", "vector", "matrix", "index"):
        parameters = (HIDDEN,) if known.kind == "function" else known.parameters
        return Symbol(name, known.kind, parameters=parameters)
    return Symbol(name)


def heading(left: list[Token], names: Names) -> tuple[str, tuple[str, ...], str | None]:
    """The left side of a definition: its name, its parameters, the index of a component."""
    parser = Parser(left, names)
    if not is_name(parser.peek()):
        parser.fail("a name on the left of :=")
    name = parser.head()
    index = None
    if parser.peek() == "_":
        parser.take()
        inner = parser.raw_group()
        known = names.lookup(inner)
        called = parser.peek() == "("
        if known and known.kind == "index" and not called and names.lookup(f"{name}_{{{inner}}}") is None:
            index = inner
        else:
            name += "_{" + inner + "}"
    if parser.peek() == "^" and parser.peek(1) in ("*", "{"):
        parser.take()
        if parser.raw_group() != "*":
            parser.fail("a name on the left of :=")
        name += "^{*}"
    parameters: list[str] = []
    if parser.accept("("):
        parameters.append(parser.variable())
        while parser.accept(",", ";", r"\|", r"\mid"):
            parameters.append(parser.variable())
        parser.expect(")", "after the parameters")
        if parser.accept("_"):
            index = parser.raw_group()
    if parser.at < len(parser.tokens):
        parser.fail("a name or name(parameters) on the left of :=")
    return name, tuple(parameters), index


def kind_of(node: t.Node, scope: Scope) -> str:
    """What a definition without parameters defines: a number, a vector, a function, a distribution, a set."""
    if isinstance(node, t.Interval | t.SetOf | t.Named):
        return "set"
    if isinstance(node, t.Sym):
        symbol = scope.lookup(node.name)
        return symbol.kind if symbol else "real"
    if isinstance(node, t.Vector):
        return "matrix" if node.items and isinstance(node.items[0], t.Vector) else "vector"
    if isinstance(node, t.Gradient):
        return "vector" if node.order == 1 else "matrix"
    if isinstance(node, t.Prime):
        return "function"
    if isinstance(node, t.FiniteLaw):
        return "law"
    if isinstance(node, t.Call):
        head = node.function
        symbol = scope.lookup(head.name) if isinstance(head, t.Sym) else None
        return "vector" if symbol and symbol.index else "real"
    if isinstance(node, t.Fun) and node.name in ("diag", "transpose", "ones", "union"):
        return {"diag": "matrix", "union": "set"}.get(node.name, "vector")
    if isinstance(node, t.Add | t.Mul | t.Neg | t.Div | t.Pow):
        kinds = [kind_of(child, scope) for child in node.children()]
        for kind in ("law", "function", "matrix", "vector"):
            if kind in kinds:
                if isinstance(node, t.Mul) and kind == "vector" and kinds.count("vector") > 1:
                    last = node.factors[-1]
                    outer = isinstance(last, t.Fun) and last.name == "transpose"
                    return "matrix" if outer else "real"
                return kind
    return "real"


def declared(tokens: list[Token], names: Names, source: str, force: bool = False) -> list[Symbol]:
    """The names that a relation such as k > 0 or 0 < a, b ≤ 1 declares, with their domains.

    Only unknown names are declared, or with `force` every name that stands alone between relations.
    """
    places = top_level(tokens, lambda text: text in RELATIONS)
    if not places:
        return []
    sides: list[list[Token]] = []
    for start, end in zip([0, *(p + 1 for p in places)], [*places, len(tokens)], strict=True):
        sides.append(tokens[start:end])
    ops = [tokens[p].text for p in places]
    for position, side in enumerate(sides):
        heads = _listed(side)
        fresh = [n for n in heads if (force or names.lookup(n) is None) and not _component(n, names)]
        if not heads or not fresh or (position == 0 and ops[0] in ("=", ":=")):
            continue
        domain, kind = _domain_from(sides, ops, position, names)
        if domain is None:
            return []
        return [Symbol(n, kind, domain=domain, scope=names, source=source) for n in fresh]
    return []


def _component(name: str, names: Names) -> bool:
    """Is p_k a component of a known vector or sequence?"""
    base = name.partition("_{")[0]
    known = names.lookup(base)
    vector = known is not None and known.kind in ("vector", "matrix")
    return base != name and (vector or names.lookup(base + "_{·}") is not None)


def _listed(side: list[Token]) -> list[str]:
    """The names in “a, b” when the side consists of nothing else."""
    parser = Parser(list(side), Names())
    found: list[str] = []
    while is_name(parser.peek()):
        name = parser.head()
        if parser.accept("_"):
            name += "_{" + parser.raw_group() + "}"
        found.append(name)
        if not parser.accept(","):
            break
    return found if parser.at == len(parser.tokens) else []


def _domain_from(
    sides: list[list[Token]], ops: list[str], position: int, names: Names
) -> tuple[t.Node | None, str]:
    def parsed(side: list[Token]) -> t.Node:
        parser = Parser(list(side), names)
        node = parser.side()
        if parser.at < len(parser.tokens):
            parser.fail("the end of the bound")
        return node

    low: t.Node = t.Neg(t.Fun("infinity", ()))
    high: t.Node = t.Fun("infinity", ())
    closed_low = closed_high = False
    if position < len(ops):
        op = ops[position]
        if op == r"\in":
            domain = parsed(sides[position + 1])
            return domain, kind_in(domain)
        bound = parsed(sides[position + 1])
        if op in ("<", r"\le"):
            high, closed_high = bound, op == r"\le"
        elif op in (">", r"\ge"):
            low, closed_low = bound, op == r"\ge"
        else:
            return None, ""
    if position > 0:
        op, bound = ops[position - 1], parsed(sides[position - 1])
        if op in ("<", r"\le"):
            low, closed_low = bound, op == r"\le"
        elif op in (">", r"\ge"):
            high, closed_high = bound, op == r"\ge"
        else:
            return None, ""
    return t.Interval(low, high, closed_low, closed_high), "real"


def kind_in(domain: t.Node) -> str:
    """The kind of an element of a set."""
    if isinstance(domain, t.Named):
        if domain.name in ("laws", "symmetric laws"):
            return "law"
        if domain.name in ("N", "Z"):
            return "real"
        return "vector" if domain.parameter is not None or domain.name == "simplex" else "real"
    if isinstance(domain, t.SetOf) and domain.run:
        return "index"
    if isinstance(domain, t.SetOf) and domain.items:
        first = domain.items[0]
        return "function" if isinstance(first, t.Prime) else "real"
    return "real"
