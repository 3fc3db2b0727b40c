"""Names in a formula: letters with accents, subscripts, stars; functions with arguments."""

from __future__ import annotations

from typing import NoReturn

from . import tree as t
from .reader import Reader
from .symbols import Symbol, pretty
from .tokens import TexError

ACCENTS = {r"\hat", r"\bar", r"\tilde", r"\dot", r"\vec", r"\widehat", r"\widetilde", r"\overline"}
ALPHABETS = {
    r"\mathbf",
    r"\mathcal",
    r"\mathbb",
    r"\mathsf",
    r"\boldsymbol",
    r"\mathfrak",
    r"\mathit",
}
GREEK = {
    "\\" + name
    for name in [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "varrho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
        "ell",
    ]
}
CLOSERS = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", "|(": "|)"}
SETS = {r"\mathbb{R}": "R", r"\mathbb{N}": "N", r"\mathbb{Z}": "Z", r"\Delta": "simplex",
        r"\mathcal{P}": "laws"}  # fmt: skip


class NameReader(Reader):
    """Reads names; expressions within subscripts and arguments are the parser's."""

    def expression(self) -> t.Node:
        raise NotImplementedError

    def group(self) -> t.Node:
        raise NotImplementedError

    def operand(self) -> t.Node:
        raise NotImplementedError

    def indices(self) -> tuple[t.Node, ...]:
        raise NotImplementedError

    def starts_factor(self) -> bool:
        raise NotImplementedError

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
        if (
            symbol is None
            and sequence is None
            and self.peek() == "_"
            and not bare
            and self.scope.family(head)
        ):
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
        return self.unknown(head)

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
