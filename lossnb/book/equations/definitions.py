"""What a display introduces: name(parameters) := body, and the domains that relations declare."""

from __future__ import annotations

from collections.abc import Callable

from . import constructs  # noqa: F401  (registers the rules of the grammar)
from . import tree as t
from .evaluate import HIDDEN
from .grammar import RELATIONS, Parser
from .naming import is_name
from .symbols import Names, Scope, Symbol
from .tokens import Token

WRAPPERS = {r"\begin{aligned}", r"\end{aligned}", r"\begin{gathered}", r"\end{gathered}",
            r"\begin{split}", r"\end{split}"}  # fmt: skip


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


def names_in(tokens: list[Token]) -> set[str]:
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


def plain_head(tokens: list[Token]) -> str:
    """The name that a piece begins with, with its subscript."""
    parser = Parser(list(tokens), Names())
    if not is_name(parser.peek()):
        return ""
    name = parser.head()
    if parser.accept("_"):
        name += "_{" + parser.raw_group() + "}"
    return name


def define(
    left: list[Token],
    body: list[Token],
    names: Names,
    tex: str,
    label: str,
    law: bool = False,
    standing: bool = False,
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
    return Symbol(
        name, kind, parameters=parameters, definition=node, index=index, scope=names, source=label
    )


def standing_symbol(left: list[Token], names: Names) -> Symbol:
    """The symbol that the left side of a definition names, H(p, q) apart from H(p)."""
    name, parameters, _ = heading(left, names)
    symbol = names.lookup(f"{name}⟨{len(parameters)}⟩") or names.lookup(name)
    assert symbol is not None
    if len(symbol.parameters) != len(parameters):
        symbol = names.lookup(name)
        assert symbol is not None
    return symbol


def solved(left: list[Token], body: list[Token], names: Names) -> tuple[list[Token], list[Token]]:
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
        if (
            known
            and known.kind == "index"
            and not called
            and names.lookup(f"{name}_{{{inner}}}") is None
        ):
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
    """The kind of what a definition without parameters defines."""
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
        fresh = [
            n for n in heads if (force or names.lookup(n) is None) and not _component(n, names)
        ]
        if not heads or not fresh or (position == 0 and ops[0] in ("=", ":=")):
            continue
        domain, kind = _domain_from(sides, ops, position, names)
        if domain is None:
            return []
        return [declaration(n, kind, domain, names, source) for n in fresh]
    return []


def declaration(name: str, kind: str, domain: t.Node, names: Names, source: str) -> Symbol:
    """A name, or with an index for its subscript a sequence: y_i is one number for every i."""
    base, _, subscript = name.rstrip("}").partition("_{")
    known = names.lookup(subscript) if subscript else None
    if (
        known is None or known.kind != "index" or known.domain is None
        or kind not in ("real", "vector") or _component(name, names)
    ):  # fmt: skip
        return Symbol(name, kind, domain=domain, scope=names, source=source)
    return Symbol(
        base + "_{·}", "vector", domain=domain, index=subscript, scope=names, source=source
    )


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
