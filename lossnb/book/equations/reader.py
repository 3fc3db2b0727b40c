"""Reading tokens: where the parser stands, what it accepts, what it says when it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from .symbols import Names, Scope, Symbol
from .tokens import TexError, Token, shown, tokenize


class Reader:
    """The tokens of one formula and the names that are known."""

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

    def skip_alignment(self) -> None:
        while self.accept("&"):
            pass

    def text(self, start: int, end: int) -> str:
        """The source between two tokens."""
        real = [token for token in self.tokens[start:end] if token.end]
        if not self.tex or not real:
            return ""
        return " ".join(self.tex[real[0].start : real[-1].end].replace("&", " ").split())

    def matching(self, place: int) -> int:
        """The position of the bracket that closes the one at `place`."""
        opens, depth = ("(", "[", "{", r"\{"), 0
        for k in range(place, len(self.tokens)):
            text = self.tokens[k].text
            depth += (text in opens) - (text in (")", "]", "}", r"\}"))
            if depth == 0:
                return k
        raise TexError(f"a bracket {shown(self.tokens[place].text)} that is never closed")
