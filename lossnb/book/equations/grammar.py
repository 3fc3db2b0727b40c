"""The grammar of expressions: recursive descent from tokens to the syntax tree.

A construct is one rule in `constructs.py` or `binders.py`, found by its first token in the tables
`ATOMS` and `BINDERS`; names are read in `naming.py`. What is not understood raises `TexError` with
the token and what would be understood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import tree as t
from .naming import ALPHABETS, CLOSERS, NameReader, is_name
from .tokens import Token

RELATIONS = {
    "=", r"\ne", r"\le", r"\ge", "<", ">", r"\in", r"\notin", r"\subseteq", r"\approx", r"\propto",
    ":=", r"\sim", r"\equiv",
}  # fmt: skip
FUNCTIONS = {
    r"\log": "log", r"\exp": "exp", r"\tanh": "tanh", r"\cosh": "cosh", r"\sinh": "sinh",
    r"\sin": "sin", r"\cos": "cos", r"\arctan": "atan", "@arctanh": "atanh", "@artanh": "atanh",
    "@diag": "diag",
}  # fmt: skip
EXPECTATIONS = {r"\mathbb{E}": "E", "@E": "E", "@Var": "Var", "@median": "median"}
PROBABILITIES = {r"\Pr", r"\mathbb{P}", "@P"}


Rule = Callable[[Any, str], t.Node]
ATOMS: dict[str, Rule] = {}
BINDERS: dict[str, Rule] = {}


def atom(*tokens: str) -> Callable[[Rule], Rule]:
    """Register the rule for what begins with one of the tokens."""

    def register(rule: Rule) -> Rule:
        ATOMS.update(dict.fromkeys(tokens, rule))
        return rule

    return register


def binder(*heads: str) -> Callable[[Rule], Rule]:
    """Register the rule for a construct whose head is read as a name, such as \\mathbb{E}."""

    def register(rule: Rule) -> Rule:
        BINDERS.update(dict.fromkeys(heads, rule))
        return rule

    return register


class Parser(NameReader):
    """Reads one formula. `scope` knows the names that stand, and those bound on the way down."""

    # Conditions -----------------------------------------------------------------------------

    def condition(self) -> t.Node:
        """Relations joined by “and”, “or”."""
        parts, op = [self.relation()], ""
        while True:
            token = self.peek()
            joined = {r"\land": "and", '"and"': "and", r"\lor": "or", '"or"': "or"}.get(token)
            if joined is None:
                break
            if op not in ("", joined):
                self.fail("brackets: “and” and “or” stand in one condition")
            op = joined
            self.take()
            self.accept(r"\quad")
            parts.append(self.relation())
        return parts[0] if len(parts) == 1 else t.Both(op, tuple(parts))

    def relation(self) -> t.Node:
        """A chain of relations, which may be a single expression that stands for a condition."""
        if self.accept(r"\lnot", r"\neg"):
            return t.Not(self.relation())
        if self.peek() in ("(", "[") and self._bracketed_condition():
            closer = CLOSERS[self.take()]
            with self.inside():
                inner = self.condition()
            self.expect(closer)
            return inner
        sides, ops, sources = [], [], []
        while True:
            start = self.at
            sides.append(self.side())
            sources.append(self.text(start, self.at))
            self.skip_alignment()
            if self.peek() not in RELATIONS:
                break
            ops.append(self.take())
            self.skip_alignment()
        if not ops:
            self.fail("a relation such as = or \\le after “" + sources[0] + "”")
        return t.Chain(tuple(sides), tuple(ops), tuple(sources))

    def _bracketed_condition(self) -> bool:
        """Is the bracket here around a whole condition, rather than part of an expression?"""
        end = self.matching(self.at)
        inner = [token.text for token in self.tokens[self.at + 1 : end]]
        depth, found = 0, False
        for text in inner:
            depth += (text in ("(", "[", "{", r"\{")) - (text in (")", "]", "}", r"\}"))
            found |= depth == 0 and text in RELATIONS
        after = self.tokens[end + 1].text if end + 1 < len(self.tokens) else ""
        return found and after not in RELATIONS and not self.starts_factor_text(after)

    # Sums, products -------------------------------------------------------------------------

    def side(self) -> t.Node:
        """A side of a relation: an expression or a set."""
        return self.expression()

    def expression(self) -> t.Node:
        terms: list[t.Node] = []
        sign = self.take() if self.peek() in ("+", "-", r"\pm") else "+"
        first = self.term()
        terms.append({"-": t.Neg(first), r"\pm": t.PlusMinus(None, first)}.get(sign, first))
        while True:
            if self.peek() == "&" and self.peek(1) in ("+", "-", r"\pm"):
                self.take()
            if self.peek() not in ("+", "-", r"\pm", r"\cup") or self.at in self.ends:
                break
            op = self.take()
            self.skip_alignment()
            right = self.term()
            if op in (r"\pm", r"\cup"):
                left = terms[0] if len(terms) == 1 else t.Add(tuple(terms))
                if op == r"\pm":
                    terms = [t.PlusMinus(left, right)]
                else:
                    terms = [t.Fun("union", (left, right))]
            else:
                terms.append(t.Neg(right) if op == "-" else right)
        return terms[0] if len(terms) == 1 else t.Add(tuple(terms))

    def starts_factor(self) -> bool:
        if self.at in self.ends:
            return False
        return self.starts_factor_text(self.peek())

    def starts_factor_text(self, token: str) -> bool:
        if token == "|":
            return self.bars == 0 and not (self.peek(1) == "_" and self.peek() == "|")
        if token == r"\|":
            return self.norms == 0 and not self.separators
        if token in ATOMS or token in BINDERS or token in FUNCTIONS:
            return True
        if token[:1].isdigit() or (token[:1] == "." and len(token) > 1):
            return True
        return is_name(token)

    def term(self) -> t.Node:
        node = self.factor()
        factors = [node]
        slashed = False
        while True:
            if self.accept(r"\cdot", r"\times", "*"):
                factors.append(self.factor())
                slashed = False
            elif self.peek() == "/" and self.at not in self.ends:
                self.take()
                top = factors[0] if len(factors) == 1 else t.Mul(tuple(factors))
                factors = [t.Div(top, self.factor())]
                slashed = True
            elif self.starts_factor():
                if slashed:
                    self.fail(r"\frac, brackets or \cdot: what follows a / is ambiguous")
                factors.append(self.factor())
            elif (
                self.peek() == "|" and self.peek(1) == "_" and not self.bars and not self.evaluated
            ):
                body = factors[0] if len(factors) == 1 else t.Mul(tuple(factors))
                factors = [self.evaluation(body)]
            else:
                break
        return factors[0] if len(factors) == 1 else t.Mul(tuple(factors))

    def evaluation(self, body: t.Node) -> t.Node:
        """|_{t = 0} after what it evaluates."""
        self.take()
        self.expect("_")
        self.expect("{", "as in |_{t = 0}")
        variable = self.variable()
        self.expect("=", "as in |_{t = 0}")
        value = self.expression()
        self.expect("}")
        return t.At(body, variable, value)

    def factor(self) -> t.Node:
        return self.postfix(self.atom())

    def postfix(self, node: t.Node) -> t.Node:
        """Powers, indices and transposes after a value."""
        while True:
            if self.peek() == "^":
                if self.peek(1) in ("+", "-"):  # the side of a limit, 0^+
                    return node
                if self.peek(1) in (r"\top", r"\intercal") or self._mark(("T", r"\top")):
                    self.take()
                    self.group_skip()
                    node = t.Fun("transpose", (node,))
                    continue
                self.take()
                node = t.Pow(node, self.group())
            elif self.peek() == "_" and not (isinstance(node, t.Sym | t.Num)):
                self.take()
                node = t.Index(node, self.indices())
            elif self.peek() == "'":
                self.fail("a prime after a function only")
            elif self.accept("!"):
                node = t.Fun("factorial", (node,))
            else:
                return node

    def _mark(self, texts: tuple[str, ...]) -> bool:
        r"""Is the exponent here {\mathsf T} or {\top}?"""
        inner = [self.peek(k) for k in range(1, 8)]
        return (inner[0] == r"\mathsf" and "T" in inner[1:4]) or (
            inner[0] == "{" and ((inner[1] in texts and inner[1] != "T") or inner[1] == r"\mathsf")
        )

    def group_skip(self) -> None:
        """Pass over one argument without reading it."""
        if self.peek() == "{":
            self.at = self.matching(self.at) + 1
        elif self.take() in ALPHABETS:
            self.group_skip()

    def group(self) -> t.Node:
        """An argument of a command: {…} or a single token."""
        if self.accept("{"):
            with self.inside():
                node = self.expression()
            self.expect("}")
            return node
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # TeX takes one digit: \frac12
            start = self.tokens[self.at].start
            self.tokens[self.at : self.at + 1] = [
                Token(token[0], start, start + 1), Token(token[1:], start + 1, start + len(token))
            ]  # fmt: skip
            self.ends = [end + 1 if end > self.at else end for end in self.ends]
        return self.atom(bare=True)

    def indices(self) -> tuple[t.Node, ...]:
        """The indices of a component: _k, _{k}, _{jk}, _{j, k}."""
        if not self.accept("{"):
            return (self.group(),)
        with self.inside():
            found = [self.expression()]
            while self.accept(","):
                found.append(self.expression())
        self.expect("}")
        if (
            len(found) == 1
            and isinstance(found[0], t.Mul)
            and all(isinstance(x, t.Sym | t.Num) for x in found[0].factors)
        ):
            return found[0].factors
        return tuple(found)

    # Atoms ----------------------------------------------------------------------------------

    def atom(self, bare: bool = False) -> t.Node:
        """A number, a name, a bracket or a construct; `bare` is an argument without braces."""
        token = self.peek()
        if token[:1].isdigit() or (token[:1] == "." and len(token) > 1):
            return t.Num(self.take())
        if token in ATOMS:
            self.take()
            return ATOMS[token](self, token)
        if token in FUNCTIONS:
            self.take()
            return self.applied(FUNCTIONS[token])
        if is_name(token) or token in BINDERS:
            head = self.head()
            if head in BINDERS:
                return BINDERS[head](self, head)
            return self.named(head, bare)
        return self.fail("a number, a name, a bracket or a construct such as \\frac, \\sum, \\max")

    def applied(self, name: str) -> t.Node:
        """\\log x, \\log_2 x, \\log^2 x, \\log(1 + x): the argument of an operator."""
        power = None
        base = (self.group(),) if name == "log" and self.accept("_") else ()
        if self.accept("^"):
            power = self.group()
        node: t.Node = t.Fun(name, (self.operand(), *base))
        return t.Pow(node, power) if power else node

    def operand(self) -> t.Node:
        """What an operator without brackets applies to: adjacent simple factors."""
        if self.peek() in ("(", "[", "|", "|(", "{", r"\{", r"\|"):
            return self.factor() if self.peek() in ("|", "|(", r"\|") else self.atom()
        if self.peek() == "-":
            self.fail("brackets around a negative argument")
        factors = [self.factor()]
        while True:
            token = self.peek()
            simple = token[:1].isdigit() or (is_name(token) and not self.operator(token))
            if self.at in self.ends or not simple:
                break
            factors.append(self.factor())
        if self.peek() == "/" and self.at not in self.ends:
            self.fail(r"\frac or brackets: it is not clear whether the / belongs to the argument")
        return factors[0] if len(factors) == 1 else t.Mul(tuple(factors))

    def operator(self, token: str) -> bool:
        return token in BINDERS or token in ATOMS or token in FUNCTIONS or token.startswith("@")
