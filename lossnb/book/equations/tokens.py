"""TeX as a list of tokens: what is only for the eye (spacing, size of brackets) is gone."""

from __future__ import annotations

import re
from dataclasses import dataclass


class TexError(Exception):
    """The TeX is not understood: which token, and what would be."""


@dataclass(frozen=True)
class Token:
    """A token and where it stood in the source."""

    text: str
    start: int = 0
    end: int = 0


# Commands that change how a formula looks and nothing of what it says.
IGNORED = {
    r"\,", r"\;", r"\:", r"\!", r"\>", r"\ ", "~", r"\left", r"\right", r"\middle",
    r"\displaystyle",
    r"\textstyle", r"\big", r"\bigl", r"\bigr", r"\bigm", r"\Big", r"\Bigl", r"\Bigr", r"\Bigm",
    r"\bigg", r"\biggl", r"\biggr", r"\Bigg", r"\Biggl", r"\Biggr", r"\nolimits", r"\limits",
    r"\nonumber", r"\notag", r"\thinspace", r"\allowbreak",
}  # fmt: skip

# Two ways of writing one thing become one.
SAME = {
    r"\leq": r"\le", r"\leqslant": r"\le", r"\geq": r"\ge", r"\geqslant": r"\ge", r"\neq": r"\ne",
    r"\coloneqq": ":=", r"\coloneq": ":=", r"\Longrightarrow": r"\implies",
    r"\Rightarrow": r"\implies", r"\Longleftrightarrow": r"\iff", r"\Leftrightarrow": r"\iff",
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac", r"\ln": r"\log",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[", r"\rbrack": "]", r"\parallel": r"\|",
    r"\Vert": r"\|", r"\lVert": r"\|", r"\rVert": r"\|", r"\wedge": r"\land", r"\vee": r"\lor",
    r"\dots": r"\ldots", r"\cdots": r"\ldots", r"\dotsc": r"\ldots",
    r"\qquad": r"\quad", r"\mathbbm": r"\mathbb", r"\bm": r"\boldsymbol", r"\symbf": r"\mathbf",
    r"\gt": ">", r"\lt": "<", r"\colon": ":", r"\vert": "|", r"\star": "*", r"\ast": "*",
    r"\sgn": r"\sign", "−": "-",
}  # fmt: skip

WORDS = (r"\text", r"\mathrm", r"\operatorname*", r"\operatorname", r"\textrm", r"\mbox")

_TOKEN = re.compile(
    r"""(?P<space>\s+|%[^\n]*\n?)
      | (?P<word>\\(?:text|textrm|mbox|mathrm|operatorname\*?)\s*\{(?P<inner>[^{}]*)\})
      | (?P<evaluation>\\left\s*\.) | (?P<nothing>\\right\s*\.)
      | (?P<environment>\\(?:begin|end)\{[a-z]+\*?\})
      | (?P<break>\\\\(?:\[[^\]]*\])?)
      | (?P<command>\\[A-Za-z]+|\\[,;:!>{}|\ \#%&_$])
      | (?P<number>\d+(?:\.\d+)?|\.\d+)
      | (?P<assign>:=)
      | (?P<other>[A-Za-z]|[-+*/=<>^_{}()\[\]|&,;:.!'~−])""",
    re.VERBOSE,
)


def tokenize(tex: str) -> list[Token]:
    """The tokens of a formula; roman words (\\text, \\mathrm, \\operatorname) become one token."""
    tokens: list[Token] = []
    at = 0
    while at < len(tex):
        match = _TOKEN.match(tex, at)
        if match is None:
            raise TexError(
                f"the character {tex[at]!r} in “{tex[max(0, at - 12) : at + 12]}”; write it as a "
                "TeX command"
            )
        at = match.end()
        kind, text = match.lastgroup, match.group()
        if match["word"]:
            kind, text = "word", _word(match["word"], match["inner"])
        if kind in ("space", "nothing") or text in IGNORED:
            continue
        if text == r"\lvert":
            text = "|("  # an opening bar, however it is followed
        elif text == r"\rvert":
            text = "|)"
        elif kind == "evaluation":
            text = r"\left."
        elif kind == "break":
            text = r"\\"
        tokens.append(Token(SAME.get(text, text), match.start(), match.end()))
    return tokens


def _word(command: str, inner: str) -> str:
    """A roman word: prose in \\text keeps its spaces, an operator's name loses its spacing."""
    plain = re.sub(r"\\[,;:! ]|~", "", inner).strip()
    if command.startswith((r"\text", r"\mbox")):
        return '"' + " ".join(inner.replace("~", " ").split()) + '"'
    return "@" + plain.replace(" ", "")


def shown(token: str) -> str:
    """A token as an author knows it, for a message."""
    if token.startswith("@"):
        return rf"\mathrm{{{token[1:]}}}"
    if token.startswith('"'):
        return rf"\text{{{token[1:-1]}}}"
    return {"|(": r"\lvert", "|)": r"\rvert"}.get(token, token)
