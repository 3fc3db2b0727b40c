"""What the prose around the formulas introduces: “let $k > 0$”, “where $x = …$”, “$Y$ takes …”.

A small set of forms, the same as in the notation page's section for authors. Everything else in a
sentence is left to the reader.
"""

from __future__ import annotations

import re

from . import tree as t
from .definitions import declaration, declared, define, kind_in, kind_of, top_level
from .grammar import RELATIONS, Parser
from .symbols import Names, Symbol, pretty
from .tokens import TexError, Token, tokenize

M = "\x00(\\d+)\x00"  # an inline formula
CUE = r"\b(?:let|where|for|with|given|fix|take|choose|every|any|all|each|some|and|whose|suppose)\b"
LIST = r"(?:\x00\d+\x00(?:,| and|, and)\s+(?:let\s+)?)*"  # “where $a = …$ and $b = …$”
VALUE_CUE = re.compile(rf"\b(?:let|where|with|write|put|set)\s+{LIST}$", re.IGNORECASE)
DOMAIN_CUE = re.compile(
    rf"\b(?:let|where|for|with|given|fix|take|choose|every|any|all|each|some|whose|suppose)\s+"
    rf"(?:[a-z-]+\s+){{0,3}}{LIST}$", re.IGNORECASE,
)  # fmt: skip

_R = t.Named("R")
_ZERO, _ONE, _INF = t.Num("0"), t.Num("1"), t.Fun("infinity", ())
PHRASES: list[tuple[str, str, t.Node]] = [
    (r"(?:any |a )?(?:real )?(?:number|parameter|constant)s?", "real", _R),
    (r"(?:a |any )?(?:strictly )?positive (?:real )?(?:number|parameter|constant)s?", "real",
     t.Interval(_ZERO, _INF, False, False)),
    (r"(?:a |any )?non-?negative (?:real )?(?:number|parameter|constant)s?", "real",
     t.Interval(_ZERO, _INF, True, False)),
    (r"(?:a )?probabilit(?:y|ies)", "real", t.Interval(_ZERO, _ONE, True, True)),
    (r"(?:a )?positive integers?", "real", t.SetOf((_ONE, _INF), run=True)),
    (r"(?:an )?integers?", "real", t.Named("Z")),
    (r"(?:a )?labels?", "real", t.SetOf((t.Neg(_ONE), _ONE))),
    (r"(?:a |any )?symmetric (?:probability )?distributions?", "law", t.Named("symmetric laws")),
    (r"(?:a |any )?(?:probability )?distributions?(?! with| on \x00| over)", "law",
     t.Named("laws")),
    (r"(?:a )?random variables?", "random", _R),
]  # fmt: skip

_IS = re.compile(
    rf"{M}(?:\s*(?:,|and)\s*{M})?\s+(?:is|be|are|denotes?)\s+(?P<what>[^\x00.;:]*(?:\x00\d+\x00)?)"
)
_APPOSITION = re.compile(
    r"\b(?P<what>(?:an?|any|every|each|some|one) (?:[a-z-]+ ){0,3}?"
    r"(?:number|parameter|constant|probability|integer|label|distribution|variable))s? "
    r"\x00(?P<name>\d+)\x00"
)
_SOLVES = re.compile(
    rf"{M}\s+(?:solves?|is the (?:positive |only |unique )*(?:solution|root) of|is determined by)"
    rf"\s+{M}"
)
_VALUES = re.compile(rf"{M}\s+takes?\s+the\s+values\s+{M}\s+with\s+probabilit(?:ies|y)\s+{M}")
_DENSITY = re.compile(rf"{M}\s+(?:is|be)\s+the\s+distribution\s+with\s+density\s+{M}")
_DRAWN = re.compile(rf"\blet\s+{M}\s+be\s+drawn\s+from\s+{M}", re.IGNORECASE)
_MEMBER = re.compile(
    r"(?:an? )?(?:vector|element|member|point|index|number|function|one)s? (?:in|of|from) "
    r"\x00(\d+)\x00"
)


def introduced(text: str, inline: list[str], names: Names, source: str) -> list[Symbol]:
    """The symbols that a paragraph introduces; `names` is not changed."""
    found: list[Symbol] = []
    names = names.copy()

    def add(symbols: list[Symbol]) -> None:
        for symbol in symbols:
            found.append(symbol)
            names.add(symbol)

    taken: set[int] = set()
    for match in _APPOSITION.finditer(text):
        name = _only_name(inline[int(match["name"])], names)
        kind, domain = _phrase(match["what"], inline, names)
        if name and domain is not None and names.lookup(name) is None:
            add([Symbol(name, kind, domain=domain, scope=names, source=source)])
    for match in _VALUES.finditer(text):
        name, points, weights = (inline[int(k)] for k in match.groups())
        add([_law(name, points, weights, names, source)])
        taken |= {int(k) for k in match.groups()}
    for match in _DENSITY.finditer(text):
        name, density = (inline[int(k)] for k in match.groups())
        law = t.Fun("with density", (expression(density, names),))
        add([Symbol(_only_name(name, names), "law", definition=law, scope=names, source=source)])
        taken.add(int(match[1]))
    for match in _DRAWN.finditer(text):
        name, whence = (inline[int(k)] for k in match.groups())
        origin = drawn_from(expression(whence, names), names)
        name = _only_name(name, names)
        add([Symbol(name, "random", definition=origin, scope=names, source=source)])
        taken.add(int(match[1]))
    for match in _SOLVES.finditer(text):
        add([_solution(inline[int(match[1])], inline[int(match[2])], names, source)])
        taken |= {int(match[1]), int(match[2])}
    for match in _IS.finditer(text):
        if not re.search(CUE, _sentence(text, match.start()), re.IGNORECASE):
            continue
        members = [int(k) for k in match.groups()[:2] if k and int(k) not in taken]
        kind, domain = _phrase(match["what"], inline, names)
        if domain is None:
            continue
        for k in members:
            taken.add(k)
            name = _only_name(inline[k], names)
            if name:
                add([declaration(name, kind, domain, names, source)])
    for match in re.finditer(M, text):
        k = int(match[1])
        before = text[: match.start()]
        if k in taken or not DOMAIN_CUE.search(before):
            continue
        firm = bool(re.search(rf"\blet\s+{LIST}$", before, re.IGNORECASE))
        add(_relation(inline[k], names, source, firm, value=bool(VALUE_CUE.search(before))))
    return found


def drawn_from(law: t.Node, names: Names) -> t.Node:
    """A law as it is, or of the classes when it is a vector of probabilities."""
    return law if kind_of(law, names) == "law" else t.Fun("classes", (law,))


def _sentence(text: str, end: int) -> str:
    """The sentence before a place, its last sixty characters."""
    start = max(text.rfind(mark, 0, end) for mark in (". ", "; ", ": ", "? "))
    return text[max(start + 1, end - 60) : end]


def _phrase(what: str, inline: list[str], names: Names) -> tuple[str, t.Node | None]:
    what = " ".join(what.split())
    member = _MEMBER.match(what)
    if member:
        domain = expression(inline[int(member[1])], names)
        return kind_in(domain), domain
    what = re.sub(r"^(?:every|each|some|one|another)\b", "a", what)
    for pattern, kind, domain in PHRASES:
        if re.match(rf"{pattern}(?![\w-])", what):
            return kind, domain
    return "", None


def _relation(
    tex: str, names: Names, source: str, firm: bool = False, value: bool = False
) -> list[Symbol]:
    """x := …, x = … with an unknown x, k > 0, ε ∈ [0, 1).

    After “let” (`firm`) a known name gets the domain; a value only if the page introduced it.
    """
    try:
        tokens = tokenize(tex)
        places = top_level(tokens, lambda text: text in RELATIONS)
        if not places or tokens[places[0]].text == ":=":
            return []
        if (
            value
            and tokens[places[0]].text == "="
            and (
                _fresh(tokens[: places[0]], names) or (firm and _own(tex.partition("=")[0], names))
            )
        ):
            symbol = define(tokens[: places[0]], tokens[places[0] + 1 :], names, tex, source)
            return [symbol] if symbol else []
        return declared(tokens, names, source, force=firm)
    except TexError:
        return []  # the formula itself is parsed later and reports what is wrong


def _own(tex: str, names: Names) -> bool:
    """Did this page introduce the name?"""
    name = _only_name(tex, names)
    return bool(name) and name in names.symbols


def _fresh(left: list[Token], names: Names) -> bool:
    """Is the left side an unknown name, or an unknown function of parameters?"""
    parser = Parser(list(left), names)
    try:
        name = parser.head()
        if parser.peek() == "_":
            parser.take()
            inner = parser.raw_group()
            full = f"{name}_{{{inner}}}"
            base = names.lookup(name)
            if names.lookup(full) or (base and base.kind in ("vector", "matrix")):
                return False
            name = full
        if parser.peek() == "^":
            return parser.peek(1) == "*" and names.lookup(name + "^{*}") is None
        closed = parser.at == len(parser.tokens) or parser.peek() == "("
        return closed and names.lookup(name) is None
    except TexError:
        return False


def _only_name(tex: str, names: Names) -> str:
    parser = Parser(tex, names)
    try:
        name = parser.head()
        if parser.accept("_"):
            name += "_{" + parser.raw_group() + "}"
        if parser.peek() == "^" and parser.peek(1) == "*":
            parser.at += 2
            name += "^{*}"
    except TexError:
        return ""
    return name if parser.at == len(parser.tokens) else ""


def expression(tex: str, names: Names) -> t.Node:
    parser = Parser(tex, names)
    node = parser.expression()
    if parser.at < len(parser.tokens):
        parser.fail("the end of the formula")
    return node


def _solution(left: str, relation: str, names: Names, source: str) -> Symbol:
    """“$k > 0$ solves $…$”: k is the root of the equation in its domain."""
    tokens = tokenize(left)
    places = top_level(tokens, lambda text: text in RELATIONS)
    domain: t.Node = _R
    if places:
        symbols = declared(tokens, names, source, force=True)
        if not symbols:
            raise TexError(f"“${left}$ solves”: understood is for instance “$k > 0$ solves $…$”")
        name, found = symbols[0].name, symbols[0].domain
        domain = found if found is not None else _R
    else:
        name = _only_name(left, names)
        known = names.lookup(name)
        if known and known.domain is not None:
            domain = known.domain
    inner = Names([Symbol(name, scope=names)], names)
    parser = Parser(relation, inner)
    chain = parser.relation()
    if not isinstance(chain, t.Chain) or chain.ops != ("=",):
        raise TexError(f"“{pretty(name)} solves” an equation with one =")
    return Symbol(name, "real", domain=domain, equation=chain, scope=names, source=source)


def _law(name: str, points: str, weights: str, names: Names, source: str) -> Symbol:
    """“$Y$ takes the values $-1, 0, 10$ with probabilities $0.30, 0.67, 0.03$.”"""
    sides = [_list(points, names), _list(weights, names)]
    if len(sides[0]) != len(sides[1]):
        raise TexError(f"{len(sides[0])} values with {len(sides[1])} probabilities")
    atoms = tuple(zip(*sides, strict=True))
    return Symbol(
        _only_name(name, names), "random", definition=t.FiniteLaw(atoms), scope=names, source=source
    )


def _list(tex: str, names: Names) -> list[t.Node]:
    parser = Parser(tex.strip().removeprefix(r"\{").removesuffix(r"\}"), names)
    items = [parser.expression()]
    while parser.accept(","):
        items.append(parser.expression())
    if parser.at < len(parser.tokens):
        parser.fail("a list of numbers")
    return items
