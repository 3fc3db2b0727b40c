"""The constructs of the grammar that bind nothing: brackets, sets, cases, fractions."""

from __future__ import annotations

from . import binders
from . import tree as t
from .grammar import RELATIONS, Parser, atom

# Brackets and sets ------------------------------------------------------------------------------


@atom("(", "[")
def bracket(p: Parser, token: str) -> t.Node:
    """(x), an interval (a, b] or a condition [j = k], which is one or zero."""
    with p.inside():
        first = p.expression()
        if p.peek() in RELATIONS:
            return iverson_from(p, token, first)
        if p.accept(","):
            second = p.expression()
            if p.peek() == ",":
                items = [first, second]
                while p.accept(","):
                    items.append(p.expression())
                p.expect(")" if token == "(" else "]")
                return t.Vector(tuple(items))
            closer = p.take()
            if closer not in (")", "]"):
                p.at -= 1
                p.fail("a bracket that closes the interval")
            return t.Interval(first, second, token == "[", closer == "]")
    p.expect(")" if token == "(" else "]")
    return first


def iverson_from(p: Parser, token: str, first: t.Node) -> t.Node:
    """[first = …]: a condition in square brackets."""
    if token != "[":
        p.fail("a closing bracket; a condition as a number stands in [ ] or after \\mathbf 1")
    sides, ops = [first], []
    while p.peek() in RELATIONS:
        ops.append(p.take())
        sides.append(p.side())
    p.expect("]")
    return t.Iverson(t.Chain(tuple(sides), tuple(ops)))


@atom(r"\left.")
def evaluated(p: Parser, token: str) -> t.Node:
    r"""\left. f \right|_{t = 0}."""
    with p.inside():
        p.evaluated = p.bars = 1
        body = p.expression()
    if p.peek() not in ("|", "|)"):
        p.fail(r"\right|_{t = 0} after \left.")
    return p.evaluation(body)


@atom("{")
def braces(p: Parser, token: str) -> t.Node:
    with p.inside():
        node = p.expression()
    p.expect("}")
    return node


@atom(r"\{")
def curly(p: Parser, token: str) -> t.Node:
    r"""\{a, b\}, \{1, …, n\}."""
    with p.inside():
        items = [p.expression()]
        run = False
        while p.accept(","):
            if p.accept(r"\ldots"):
                run = True
                if p.peek() == r"\}":
                    items.append(t.Fun("infinity", ()))
            else:
                items.append(p.expression())
    p.expect(r"\}")
    if run and len(items) > 2:
        items = [items[0], items[-1]]
    return t.SetOf(tuple(items), run)


@atom("|", "|(")
def absolute(p: Parser, token: str) -> t.Node:
    with p.inside():
        p.bars = 1
        node = p.expression()
    if not p.accept("|", "|)"):
        p.fail("| that closes the absolute value")
    return t.Fun("abs", (node,))


@atom(r"\|")
def norm(p: Parser, token: str) -> t.Node:
    with p.inside():
        p.norms = 1
        node = p.expression()
    p.expect(r"\|", "that closes the norm")
    if p.accept("_"):
        kind = p.group()
        if kind == t.Num("1"):
            return t.Fun("norm1", (node,))
        if isinstance(kind, t.Fun) and kind.name == "infinity":
            return t.Fun("norminf", (node,))
        if kind != t.Num("2"):
            p.fail(r"a norm with index 1, 2 or \infty")
    return t.Fun("norm", (node,))


@atom(r"\lfloor")
def floor(p: Parser, token: str) -> t.Node:
    with p.inside():
        node = p.expression()
    p.expect(r"\rfloor")
    return t.Fun("floor", (node,))


@atom(r"\lceil")
def ceiling(p: Parser, token: str) -> t.Node:
    with p.inside():
        node = p.expression()
    p.expect(r"\rceil")
    return t.Fun("ceil", (node,))


@atom(r"\infty")
def infinity(p: Parser, token: str) -> t.Node:
    return t.Fun("infinity", ())


@atom(r"\emptyset", r"\varnothing")
def empty(p: Parser, token: str) -> t.Node:
    return t.SetOf(())


@atom(r"\begin{cases}")
def cases(p: Parser, token: str) -> t.Node:
    rows: list[tuple[t.Node, t.Node | None]] = []
    with p.inside():
        while not p.accept(r"\end{cases}"):
            value = p.expression()
            p.accept(",", ";", r"\quad")
            p.expect("&", "between a case's value and its condition")
            rows.append((value, case_condition(p)))
            p.accept(".", ",", ";")
            if not p.accept(r"\\") and p.peek() != r"\end{cases}":
                p.fail(r"\\ or \end{cases} after a case")
    return t.Cases(tuple(rows))


def case_condition(p: Parser) -> t.Node | None:
    p.accept(r"\quad")
    word = p.peek().strip('"').rstrip(".,") if p.peek().startswith('"') else ""
    if word in ("otherwise", "else", "elsewhere"):
        p.take()
        return None
    if word in ("if", "for", "when", "where"):
        p.take()
    elif word:
        p.fail("“if”, “for”, “when” or “otherwise” as the text of a case")
    condition = p.condition()
    while p.accept(","):  # a comma between conditions says “and”
        if p.peek() in (r"\\", r"\end{cases}"):
            break
        condition = t.Both("and", (condition, p.condition()))
    return condition


@atom(r"\begin{pmatrix}", r"\begin{bmatrix}")
def matrix(p: Parser, token: str) -> t.Node:
    end = token.replace("begin", "end")
    rows: list[list[t.Node]] = [[]]
    with p.inside():
        while not p.accept(end):
            rows[-1].append(p.expression())
            if p.accept(r"\\") and p.peek() != end:
                rows.append([])
            else:
                p.accept("&")
    vectors = tuple(t.Vector(tuple(row)) for row in rows)
    return t.Vector(tuple(v.items[0] for v in vectors)) if len(rows[0]) == 1 else t.Vector(vectors)


# Fractions and roots ----------------------------------------------------------------------------


@atom(r"\frac")
def fraction(p: Parser, token: str) -> t.Node:
    derivative = binders.derivative_fraction(p)
    if derivative:
        return derivative
    top = p.group()
    return t.Div(top, p.group())


@atom(r"\sqrt")
def root(p: Parser, token: str) -> t.Node:
    if p.accept("["):
        order = p.expression()
        p.expect("]")
        return t.Pow(p.group(), t.Div(t.Num("1"), order))
    return t.Fun("sqrt", (p.group(),))


@atom(r"\exp")
def exponential(p: Parser, token: str) -> t.Node:
    return p.applied("exp")
