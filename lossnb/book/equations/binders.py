"""The constructs of the grammar that bind a variable: derivatives, ∫, Σ, max, lim, E."""

from __future__ import annotations

from . import tree as t
from .grammar import EXPECTATIONS, PROBABILITIES, RELATIONS, Parser, atom, binder
from .naming import is_name
from .symbols import Symbol
from .tokens import TexError, shown

BIG = {
    r"\sum": "sum", r"\prod": "prod", r"\max": "max", r"\min": "min", r"\sup": "sup",
    r"\inf": "inf", "@argmin": "argmin", "@argmax": "argmax", r"\argmin": "argmin",
    r"\argmax": "argmax", "@max": "max", "@min": "min", "@sup": "sup", "@inf": "inf",
}  # fmt: skip


# Derivatives ------------------------------------------------------------------------------------


def differential(p: Parser, ahead: int = 0) -> bool:
    r"""Is the token the d of a derivative or an integral: d, \mathrm d, ∂?"""
    return p.peek(ahead) in ("d", "@d", r"\partial", r"\mathrm")


def take_differential(p: Parser) -> None:
    if p.take() == r"\mathrm":
        p.take()


def derivative_fraction(p: Parser) -> t.Node | None:
    r"""\frac{\partial^2 f}{\partial x\,\partial y}, \frac{d}{dx} f."""
    if p.peek() != "{" or not differential(p, 1):
        return None
    end = p.matching(p.at)
    if p.tokens[end + 1].text != "{" or p.tokens[end + 2].text not in ("d", "@d", r"\partial"):
        return None
    p.take()
    take_differential(p)
    order = _order(p)
    body = p.expression() if p.peek() != "}" else None
    p.expect("}")
    p.expect("{")
    variables: list[t.Node] = []
    with p.inside():
        while p.peek() != "}":
            if not differential(p):
                p.fail(r"d or \partial in the denominator of a derivative")
            take_differential(p)
            variables += [derived_by(p)] * _order(p)
    p.expect("}")
    if len(variables) != order:
        raise TexError(f"a derivative of order {order} in {len(variables)} variables")
    if body is None:
        body = p.factor() if p.peek() in ("(", "[", r"\{", "{") else p.term()
    return t.Diff(body, tuple(variables))


def derived_by(p: Parser) -> t.Node:
    """The name, or the component of a vector, in which a derivative is taken."""
    name = p.variable()
    symbol = p.scope.lookup(name)
    if p.accept("_"):
        return t.Index(t.Sym(name), p.indices())
    if symbol is None:
        p.unknown(name)
    return t.Sym(name)


def _order(p: Parser) -> int:
    if not p.accept("^"):
        return 1
    node = p.group()
    if not isinstance(node, t.Num) or not node.text.isdigit():
        p.fail("a whole number as the order of a derivative")
    assert isinstance(node, t.Num)
    return int(node.text)


@atom(r"\partial")
def partial(p: Parser, token: str) -> t.Node:
    r"""\partial_x f is a derivative (a set beside ∈), \partial f the subdifferential."""
    if p.accept("_"):
        braced = p.accept("{")
        variable = derived_by(p)
        if braced:
            p.expect("}")
        return t.Diff(p.factor(), (variable,) * _order(p))
    return t.Subdiff(p.factor(), None)


def _braced_variable(p: Parser) -> str:
    p.expect("{")
    name = p.variable()
    p.expect("}")
    return name


@atom(r"\nabla")
def nabla(p: Parser, token: str) -> t.Node:
    variable, order = None, 1
    for _ in range(2):
        if p.accept("_"):
            variable = p.variable() if p.peek() != "{" else _braced_variable(p)
        elif p.peek() == "^":
            order = _order(p)
    return t.Gradient(p.factor(), variable, order)


# Integrals --------------------------------------------------------------------------------------


@atom(r"\int")
def integral(p: Parser, token: str) -> t.Node:
    low = high = None
    for _ in range(2):
        if p.accept("_"):
            low = p.group() if p.peek() != "-" else p.fail("braces around the limit")
        elif p.accept("^"):
            high = p.group()
    if low is not None and high is None:
        high_missing = isinstance(low, t.Named) and low.name == "R"
        if not high_missing:
            p.fail(r"an upper limit ^ of the integral, or _{\mathbb R}")
        low = None
    place = find_differential(p)
    if place < 0:
        p.fail(r"an integral that ends with \,dx or \,dF")
    at, p.at = p.at, place
    take_differential(p)
    head = p.variable()
    symbol = p.scope.lookup(head)
    p.at = at
    with p.inside():
        p.ends.append(place)
        law = symbol is not None and symbol.kind == "law"
        bound = [] if law else [Symbol(head)]
        variable: str | None = head
        if law:  # ∫ g(x) dF(x) names the variable after the distribution, ∫ψ² dF not at all
            variable = measured(p, place)
            bound = [Symbol(variable)] if variable else []
        with p.binding(*bound):
            body = p.expression()
        p.expect_end(p.ends.pop())  # reading \frac12 may have moved it
        take_differential(p)
        p.variable()
        if law and variable:
            p.at += 3
    return t.Integral(body, variable, low, high, t.Sym(head) if law else None)


def measured(p: Parser, place: int) -> str | None:
    """The x of dF(x), read ahead."""
    at, p.at = p.at, place
    take_differential(p)
    p.variable()
    variable = None
    if p.accept("("):
        variable = p.variable()
        p.expect(")")
    p.at = at
    return variable


def find_differential(p: Parser) -> int:
    """Where the d of this integral stands: the first at its own level, past inner integrals."""
    depth = inner = 0
    for k in range(p.at, len(p.tokens)):
        text = p.tokens[k].text
        depth += (text in ("(", "[", "{", r"\{")) - (text in (")", "]", "}", r"\}"))
        if depth < 0:
            return -1
        if depth == 0 and text == r"\int":
            inner += 1
        if depth == 0 and text in ("d", "@d") and k + 1 < len(p.tokens):
            following = p.tokens[k + 1].text
            if is_name(following) and p.scope.lookup("d") is None:
                if inner == 0:
                    return k
                inner -= 1
    return -1


# Sums, products, extrema ------------------------------------------------------------------------


@binder(*BIG)
@atom(*(token for token in BIG if token.startswith("\\")))
def big(p: Parser, head: str) -> t.Node:
    """Σ_{k=1}^{C} body, max_{j ≠ k} body, arg min_θ body; max(a, b) and min{a, b}."""
    op = BIG[head]
    if p.peek() != "_":
        if op in ("max", "min") and p.peek() in ("(", "[", r"\{"):
            closer = {"(": ")", "[": "]", r"\{": r"\}"}[p.take()]
            with p.inside():
                args = [p.expression()]
                while p.accept(","):
                    args.append(p.expression())
            p.expect(closer)
            return t.Fun(op, tuple(args))
        p.fail(f"a subscript with the variable of {shown(head)}, or {shown(head)}(a, b)")
    p.take()
    variable, domain, condition, low = subscript(p, op)
    if p.accept("^"):
        high = p.group()
        if low is None:
            p.fail("a lower limit such as k = 1 under the sum")
        assert low is not None
        domain = t.SetOf((low, high), run=True)
    elif low is not None:
        p.fail("an upper limit ^ of the sum")
    known = p.scope.lookup(variable)
    kind = known.kind if known and known.kind in ("real", "index", "vector") else "real"
    if op in ("sum", "prod"):
        kind = "index"
    with p.binding(Symbol(variable, kind)):
        body = grouped(p) if p.peek() == r"\{" else p.term()
    return t.Big(op, variable, domain, condition, body)


def grouped(p: Parser) -> t.Node:
    """min_u { … }: the braces are brackets here."""
    p.take()
    with p.inside():
        node = p.expression()
    p.expect(r"\}")
    return node


def subscript(p: Parser, op: str) -> tuple[str, t.Node | None, t.Node | None, t.Node | None]:
    """The variable, its set, a condition, and the lower limit of what stands under Σ."""
    if p.peek() != "{":
        return p.head(), None, None, None
    end = p.matching(p.at)
    p.take()
    start = p.at
    relations = [k for k in range(start, end) if p.tokens[k].text in RELATIONS]
    if len(relations) == 2:  # a ≤ u ≤ b
        p.at = relations[0] + 1
    while not is_name(p.peek()) and p.at < end:
        p.take()
    if p.at >= end:
        p.fail("the variable under the sign")
    variable = p.head()
    if p.at == end:
        p.take()
        return variable, None, None, None
    if p.peek() == r"\in":
        p.take()
        domain = p.expression()
        condition = None
        if p.accept(",", ":"):
            with p.binding(Symbol(variable, "index" if op in ("sum", "prod") else "real")):
                condition = p.condition()
        p.expect("}")
        return variable, domain, condition, None
    if p.peek() == "=" and op in ("sum", "prod", "max", "min"):
        p.take()
        low = p.expression()
        p.expect("}")
        return variable, None, None, low
    p.at = start
    known = p.scope.lookup(variable)
    kind = known.kind if known else "index" if op in ("sum", "prod") else "real"
    with p.inside(), p.binding(Symbol(variable, kind)):
        condition = p.condition()
    p.expect("}")
    if op not in ("sum", "prod"):
        interval = as_interval(condition, variable)
        if interval:
            return variable, interval, None, None
    return variable, None, condition, None


def as_interval(condition: t.Node, variable: str) -> t.Node | None:
    """−δ ≤ u ≤ δ as the interval [−δ, δ]."""
    if not isinstance(condition, t.Chain) or len(condition.ops) > 2:
        return None
    low: t.Node = t.Neg(t.Fun("infinity", ()))
    high: t.Node = t.Fun("infinity", ())
    closed = [False, False]
    place = next((k for k, s in enumerate(condition.sides) if s == t.Sym(variable)), -1)
    if place < 0 or (len(condition.ops) == 2 and place != 1):
        return None
    for k, op in enumerate(condition.ops):
        bound = condition.sides[k + 1] if k == place else condition.sides[k]
        if op not in ("<", ">", r"\le", r"\ge"):
            return None
        if (op in ("<", r"\le")) == (k == place):
            high, closed[1] = bound, op in (r"\le", r"\ge")
        else:
            low, closed[0] = bound, op in (r"\le", r"\ge")
    return t.Interval(low, high, *closed)


@atom(r"\arg")
def arg(p: Parser, token: str) -> t.Node:
    following = p.take()
    if following not in (r"\min", r"\max"):
        p.at -= 1
        p.fail(r"\min or \max after \arg")
    return big(p, r"\argmin" if following == r"\min" else r"\argmax")


@atom(r"\lim")
def limit(p: Parser, token: str) -> t.Node:
    p.expect("_")
    p.expect("{")
    variable = p.variable()
    side = 0
    if not p.accept(r"\to", r"\rightarrow"):
        for arrow, value in ((r"\downarrow", 1), (r"\uparrow", -1), (r"\searrow", 1)):
            if p.accept(arrow):
                side = value
                break
        else:
            p.fail(r"\to after the variable of a limit")
    with p.inside():
        target = p.expression()
        if p.accept("^") or (p.peek() in ("+", "-") and p.peek(1) == "}"):
            side = 1 if p.take() == "+" else -1
    p.expect("}")
    with p.binding(Symbol(variable)):
        body = p.term()
    return t.Limit(body, variable, target, side)


# Expectations, probabilities, indicators --------------------------------------------------------


@binder(*EXPECTATIONS)
def expectation(p: Parser, head: str) -> t.Node:
    """E[f(Y)], E_F[…], E_{Y ∼ F}[…], Var(Y), median(Y)."""
    law, variable = None, None
    bound: list[Symbol] = []
    if p.accept("_"):
        braced = p.accept("{")
        name = p.variable()
        symbol = p.scope.lookup(name)
        if p.accept(r"\sim"):
            law, variable = p.expression(), name
            bound = [Symbol(name, "random")]
        elif symbol and symbol.kind == "law":
            law = t.Sym(name)
        elif not (symbol and symbol.kind == "random"):
            p.fail("a distribution, a random variable, or Y \\sim F under the expectation")
        if braced:
            p.expect("}")
    with p.binding(*bound):
        body = p.factor() if p.peek() in ("(", "[", r"\{") else p.operand()
    return t.Expect(EXPECTATIONS[head], body, law, variable)


@binder(*PROBABILITIES)
def probability(p: Parser, head: str) -> t.Node:
    """P(Y ≤ t)."""
    law = None
    if p.accept("_"):
        law = p.group()
    if p.peek() not in ("(", "[", r"\{"):
        p.fail("a condition in brackets after a probability")
    closer = {"(": ")", "[": "]", r"\{": r"\}"}[p.take()]
    with p.inside():
        condition = p.condition()
    p.expect(closer)
    return t.Expect("P", condition, law, None)


@binder(r"\mathbf{1}", r"\mathbb{1}", r"\mathbb{I}")
def indicator(p: Parser, head: str) -> t.Node:
    """1[condition], 1{condition}, 1_{condition}; alone it is the vector of ones."""
    closer = {"[": "]", "(": ")", r"\{": r"\}"}.get(p.peek())
    if closer:
        p.take()
        with p.inside():
            condition = p.condition()
        p.expect(closer)
        return t.Iverson(condition)
    if p.peek() == "_" and p.peek(1) == "{":
        p.at += 2
        with p.inside():
            condition = p.condition()
        p.expect("}")
        return t.Iverson(condition)
    return t.Fun("ones", ())
