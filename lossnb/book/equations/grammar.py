"""The grammar of expressions: recursive descent from tokens to the syntax tree.

A construct is one method, found by its first token in the tables `ATOMS` and `BINDERS`
(`binders.py`, for what binds a variable). What is not understood raises `TexError` with the token
and what would be understood.
"""

from __future__ import annotations

from contextlib import contextmanager
from collections.abc import Callable, Iterator
from typing import NoReturn

from . import tree as t
from .symbols import Names, Scope, Symbol, pretty
from .tokens import TexError, Token, shown, tokenize

RELATIONS = {
    "=", r"\ne", r"\le", r"\ge", "<", ">", r"\in", r"\notin", r"\subseteq", r"\approx", r"\propto",
    ":=", r"\sim", r"\equiv",
}  # fmt: skip
FUNCTIONS = {
    r"\log": "log", r"\exp": "exp", r"\tanh": "tanh", r"\cosh": "cosh", r"\sinh": "sinh",
    r"\sin": "sin", r"\cos": "cos", r"\arctan": "atan", "@arctanh": "atanh", "@artanh": "atanh",
    "@diag": "diag",
}  # fmt: skip
ACCENTS = {r"\hat", r"\bar", r"\tilde", r"\dot", r"\vec", r"\widehat", r"\widetilde", r"\overline"}
ALPHABETS = {r"\mathbf", r"\mathcal", r"\mathbb", r"\mathsf", r"\boldsymbol", r"\mathfrak", r"\mathit"}
GREEK = {
    "\\" + name
    for name in (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu "
        "xi pi rho varrho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi "
        "Sigma Upsilon Phi Psi Omega ell"
    ).split()
}
CLOSERS = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", "|(": "|)"}
EXPECTATIONS = {r"\mathbb{E}": "E", "@E": "E", "@Var": "Var", "@median": "median"}
PROBABILITIES = {r"\Pr", r"\mathbb{P}", "@P"}
SETS = {r"\mathbb{R}": "R", r"\mathbb{N}": "N", r"\mathbb{Z}": "Z", r"\Delta": "simplex",
        r"\mathcal{P}": "laws"}  # fmt: skip


class Parser:
    """Reads one formula. `scope` knows the standing names; `locals` those bound on the way down."""

    def __init__(self, tex: str | list[Token], scope: Scope, source: str = "") -> None:
        self.tokens = tokenize(tex) if isinstance(tex, str) else list(tex)
        self.tex = tex if isinstance(tex, str) else source
        self.scope = Names(below=scope)
        self.at = 0
        self.bars = 0  # open |
        self.norms = 0  # open ‖
        self.separators = False  # in the arguments of a call, ‖ and | separate
        self.ends: list[int] = []  # where the d of an integral stands
        self.evaluated = 0  # inside \left. … \right|_{…}

    # Tokens ---------------------------------------------------------------------------------

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place].text if place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *texts: str) -> bool:
        if self.peek() in texts and self.peek():
            self.at += 1
            return True
        return False

    def expect(self, text: str, what: str = "") -> None:
        if not self.accept(text):
            self.fail(f"{shown(text)} {what}".strip())

    def expect_end(self, place: int) -> None:
        """The body of an integral ends at its d."""
        if self.at != place:
            self.fail("a body that ends before the d of the integral")

    def fail(self, understood: str) -> NoReturn:
        token = self.peek()
        near = "".join(shown(x.text) for x in self.tokens[max(0, self.at - 6) : self.at + 3])
        found = f"the token {shown(token)}" if token else "the end of the formula"
        raise TexError(f"{found} near “{near}”; understood here: {understood}")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Within brackets, bars and integrals of the outside are out of sight."""
        saved = self.bars, self.norms, self.separators, self.evaluated
        self.bars = self.norms = self.evaluated = 0
        self.separators = False
        yield
        self.bars, self.norms, self.separators, self.evaluated = saved

    @contextmanager
    def binding(self, *symbols: Symbol) -> Iterator[None]:
        """Names bound within a construct."""
        outer = self.scope
        self.scope = Names(symbols, outer)
        yield
        self.scope = outer

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

    def skip_alignment(self) -> None:
        while self.accept("&"):
            pass

    def text(self, start: int, end: int) -> str:
        """The source between two tokens."""
        real = [token for token in self.tokens[start:end] if token.end]
        if not self.tex or not real:
            return ""
        return " ".join(self.tex[real[0].start : real[-1].end].replace("&", " ").split())

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
        if token in ("(", "[", r"\{", "|(", r"\begin{cases}", r"\frac", r"\sqrt", r"\infty", "{"):
            return True
        if token == "|":
            return self.bars == 0 and not (self.peek(1) == "_" and self.peek() == "|")
        if token == r"\|":
            return self.norms == 0 and not self.separators
        if token in (r"\lfloor", r"\lceil", r"\binom") or token in BINDERS or token in FUNCTIONS:
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
            elif self.peek() == "|" and self.peek(1) == "_" and not self.bars and not self.evaluated:
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
            inner[0] == "{" and (inner[1] in texts and inner[1] != "T" or inner[1] == r"\mathsf")
        )

    def group_skip(self) -> None:
        """Pass over one argument without reading it."""
        if self.peek() == "{":
            self.at = self.matching(self.at) + 1
        elif self.take() in ALPHABETS:
            self.group_skip()

    def matching(self, place: int) -> int:
        """The position of the bracket that closes the one at `place`."""
        opens, depth = ("(", "[", "{", r"\{"), 0
        for k in range(place, len(self.tokens)):
            text = self.tokens[k].text
            depth += (text in opens) - (text in (")", "]", "}", r"\}"))
            if depth == 0:
                return k
        raise TexError(f"a bracket {shown(self.tokens[place].text)} that is never closed")

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
        if len(found) == 1 and isinstance(found[0], t.Mul) and all(
            isinstance(x, t.Sym | t.Num) for x in found[0].factors
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
        self.fail("a number, a name, a bracket or a construct such as \\frac, \\sum, \\max")

    def applied(self, name: str) -> t.Node:
        """\\log x, \\log^2 x, \\log(1 + x): the argument of an operator."""
        power = None
        if self.accept("^"):
            power = self.group()
        node: t.Node = t.Fun(name, (self.operand(),))
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

    # Names ----------------------------------------------------------------------------------

    def head(self) -> str:
        """A name without its index: a letter, a Greek letter, an accented or roman one."""
        token = self.take()
        if token in ACCENTS or token in ALPHABETS:
            braced = self.accept("{")
            inner = self.take() if self.peek() == "1" else self.head()
            if braced:
                self.expect("}", "after the letter")
            token = {r"\widehat": r"\hat", r"\widetilde": r"\tilde", r"\overline": r"\bar"}.get(
                token, token
            )
            return f"{token}{{{inner}}}"
        if not is_name(token):
            self.at -= 1
            self.fail("a name")
        return token

    def raw_group(self) -> str:
        """The canonical text of a subscript."""
        if self.peek() != "{":
            return self.head() if is_name(self.peek()) else self.take()
        end = self.matching(self.at)
        text = "".join(
            token.text.replace("|(", "|") for token in self.tokens[self.at + 1 : end]
        ).replace('"', "@")
        self.at = end + 1
        return text[:-1] if text.endswith("@") else text

    def full_name(self, head: str) -> str:
        """The longest known name that begins here: with subscript, with star."""
        best, place = head, self.at
        name = head
        for _ in range(2):
            saved = self.at
            if self.peek() == "_":
                self.take()
                name += "_{" + self.raw_group() + "}"
            elif self.peek() == "^" and (
                self.peek(1) == "*" or [self.peek(k) for k in (1, 2, 3)] == ["{", "*", "}"]
            ):
                self.at += 2 if self.peek(1) == "*" else 4
                name += "^{*}"
            else:
                self.at = saved
                break
            if self.scope.lookup(name):
                best, place = name, self.at
        self.at = place
        return best

    def variable(self) -> str:
        """A name that is being bound or derived by."""
        return self.full_name(self.head())

    def named(self, head: str, bare: bool = False) -> t.Node:
        """A known name with its indices, primes and arguments."""
        name = head if bare else self.full_name(head)
        symbol = self.scope.lookup(name)
        if symbol is None and head == "e":
            return t.Fun("e", ())
        if symbol is None and head == r"\pi":
            return t.Fun("pi", ())
        if symbol is None and head in SETS:
            return self.named_set(SETS[head])
        if head == r"\delta" and self.peek() == "_" and name == head and not bare:
            self.take()
            pair = self.indices()
            if len(pair) == 2:
                return t.Iverson(t.Chain(pair, ("=",)))
            self.fail(r"two indices for Kronecker's delta, as in \delta_{jk}")
        sequence = self.scope.lookup(head + "_{·}") if name == head else None
        if symbol is None and sequence is None and self.peek() == "_" and not bare and self.scope.family(head):
            return self.parametric(head)
        if self.peek() == "_" and not bare and name == head:
            sequence = self.scope.lookup(head + "_{·}")
            if sequence and (symbol is None or symbol.kind not in ("vector", "matrix")):
                self.take()
                return t.Index(t.Sym(sequence.name), self.indices())
        if symbol is None:
            self.unknown(head)
        if self.peek() == "_" and not bare and name == head:
            if symbol.kind in ("vector", "matrix") or symbol.index:
                self.take()
                return t.Index(t.Sym(name), self.indices())
            if self.scope.family(head):
                return self.parametric(head)
            self.unknown(head)
        return self.with_arguments(symbol) if symbol.callable and not bare else t.Sym(name)

    def unknown(self, head: str) -> NoReturn:
        name = head
        if self.peek() == "_":
            self.take()
            name += "_{" + self.raw_group() + "}"
        raise TexError(
            f"the symbol {pretty(name)} is unknown; introduce it with “{pretty(name)} := …” or "
            f"“where ${pretty(name)} = …$” or “let ${pretty(name)} \\in …$” on this page, or in "
            "book/notation.md"
        )

    def parametric(self, head: str) -> t.Node:
        r"""A family at another parameter: \ell_{\delta=1}, or \psi_{2} where only ψ_k is known."""
        start = self.at
        self.expect("_")
        family = [s for s in self.scope.family(head) if self._parameter(s)]
        if self.peek() == "{":
            inner = self.at + 1
            self.at = inner
            if is_name(self.peek()):
                parameter = self.variable()
                if self.accept("="):
                    value = self.expression()
                    self.expect("}")
                    for symbol in family:
                        if self._parameter(symbol) == parameter:
                            return t.At(self.with_arguments(symbol), parameter, value)
                    self.fail(f"a known family {pretty(head)}_{{{pretty(parameter)}}}")
            self.at = inner - 1
        if len(family) > 1:  # ℓ_{cδ}: the family whose parameter stands in the subscript
            end = self.matching(self.at) if self.peek() == "{" else self.at
            inside = {token.text for token in self.tokens[self.at : end + 1]}
            family = [s for s in family if self._parameter(s) in inside]
        if len(family) == 1:
            value = self.group()
            return t.At(self.with_arguments(family[0]), self._parameter(family[0]), value)
        self.at = start
        self.unknown(head)

    def _parameter(self, symbol: Symbol) -> str:
        """The number in the subscript of a family's name."""
        inner = symbol.name.partition("_{")[2][:-1]
        found = self.scope.lookup(inner)
        return inner if found and found.kind in ("real", "index") else ""

    def with_arguments(self, symbol: Symbol) -> t.Node:
        """A function with primes, powers, and its arguments in brackets or after it."""
        function: t.Node = t.Sym(symbol.name)
        primes = 0
        while self.accept("'"):
            primes += 1
        if self.peek() == "^" and self.peek(1) == "{" and self.peek(2) == r"\prime":
            self.at += 2
            while self.accept(r"\prime"):
                primes += 1
            self.expect("}")
        if primes:
            function = t.Prime(function, primes)
        power = None
        if self.peek() == "^":
            texts = [self.peek(k) for k in range(1, 5)]
            if texts == ["{", "-", "1", "}"]:
                self.at += 5
                function = t.Inverse(function)
            elif self.peek(1) not in (r"\top",):
                self.take()
                power = self.group()
        node = function
        if self.peek() in ("(", "[") and self.at not in self.ends:
            node = t.Call(function, self.arguments(CLOSERS[self.take()]))
            node = self.spread(symbol, node)
        elif symbol.name.startswith("@") and symbol.parameters and self.starts_factor():
            node = t.Call(function, (self.operand(),))
        return t.Pow(node, power) if power else node

    def arguments(self, closer: str) -> tuple[t.Node, ...]:
        with self.inside():
            self.separators = True
            found = [self.expression()]
            while self.accept(",", ";", r"\|", r"\mid", "|"):
                found.append(self.expression())
        self.expect(closer, "after the arguments")
        return tuple(found)

    def spread(self, symbol: Symbol, call: t.Call) -> t.Node:
        """ℓ(ŷ, y) for a loss of the residual r = ŷ − y, φ(z, y) for one of the margin m = y z."""
        wanted = len(symbol.parameters)
        if symbol.kind == "law" or len(call.args) == wanted:
            return call
        other = self.scope.lookup(f"{symbol.name}⟨{len(call.args)}⟩")
        if other and isinstance(call.function, t.Sym):
            return t.Call(t.Sym(other.name), call.args)
        if wanted == 1 and len(call.args) == 2:
            first, second = call.args
            if symbol.parameters[0] == "r":
                return t.Call(call.function, (t.Add((first, t.Neg(second))),))
            if symbol.parameters[0] == "m":
                return t.Call(call.function, (t.Mul((second, first)),))
        raise TexError(
            f"{pretty(symbol.name)} with {len(call.args)} arguments; it takes {wanted}: "
            f"{pretty(symbol.name)}({', '.join(map(pretty, symbol.parameters))})"
        )

    def named_set(self, name: str) -> t.Node:
        r"""\mathbb R, \mathbb R^C, \Delta_C, \mathcal P(\mathbb R)."""
        if name == "laws":
            if self.accept("("):
                self.expression()
                self.expect(")")
            return t.Named("laws")
        if self.peek() in ("^", "_"):
            self.take()
            return t.Named(name, self.group())
        return t.Named(name)


def is_name(token: str) -> bool:
    """Can a name begin with this token?"""
    return (
        (len(token) == 1 and token.isalpha() and token.isascii())
        or token in GREEK
        or token in ACCENTS
        or token in ALPHABETS
        or token.startswith("@")
        or token == r"\Pr"
    )


Rule = Callable[[Parser, str], t.Node]
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
