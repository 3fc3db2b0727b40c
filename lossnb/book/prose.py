"""What an author typed and a reader reads: the prose and the mathematics of a piece of MyST.

Markdown is read by the book's own parser, so that what counts as code, as a link or as a label is
what the page makes of it. Whatever is unknown counts as prose: a check then sees too much, never
too little.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from lossnb.book.pages import ROOT

HIDDEN = "\ufffc"  # stands for code, citations, labels and glued values in the prose around them

CODE = {
    "bibliography", "claims-ledger", "code", "code-block", "code-cell", "contents", "eval-rst",
    "include", "literalinclude", "mermaid", "parsed-literal", "raw", "sourcecode",
    "tableofcontents", "toctree",
}  # fmt: skip
WITH_PATH = {"figure", "image", "literalinclude"}  # their argument is a path, not a title
VISIBLE_OPTIONS = {"alt", "caption", "title"}
TITLED = re.compile(r"^(?P<title>.*\S)\s*<[^<>]+>$", re.DOTALL)  # {ref}`title <target>`
SHOWN_ROLES = {"abbr", "abbreviation", "sub", "sup", "subscript", "superscript"}


@dataclass(frozen=True)
class Typed:
    """A stretch of text: prose (with HIDDEN for the rest), or one formula with the words before."""

    kind: str  # "prose", "math" (inline), "display"
    text: str
    line: int  # from 1, within the piece of Markdown
    before: str = ""


@dataclass(frozen=True)
class Glued:
    """A use of a glued value: {glue:text}`key:format`, or with the page it comes from."""

    page: str
    key: str
    spec: str
    line: int


@dataclass(frozen=True)
class Reading:
    """All that a piece of Markdown shows."""

    typed: list[Typed]
    glued: list[Glued]


@cache
def _parser() -> MarkdownIt:
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(settings["parse"]["myst_enable_extensions"])
    config = MdParserConfig(enable_extensions=extensions, dmath_double_inline=True)
    return create_md_parser(config, RendererHTML)


def read(text: str, line: int = 1) -> Reading:
    """Read a piece of MyST whose first line is number `line`."""
    reading = Reading([], [])
    for token in _parser().parse(text):
        _block(token, line + (token.map[0] if token.map else 0), reading)
    return reading


def _block(token: Token, line: int, reading: Reading) -> None:
    if token.type == "inline":
        _inline(token.children or [], line, reading)
    elif token.type in ("math_block", "math_block_label", "amsmath"):
        reading.typed.append(Typed("display", token.content, line))
    elif token.type == "html_block":
        reading.typed.append(Typed("prose", _without_tags(token.content), line))
    elif token.type in ("fence", "colon_fence"):
        _fence(token, line, reading)


def _inline(tokens: Sequence[Token], line: int, reading: Reading) -> None:
    prose = ""
    autolink = False
    for token in tokens:
        if token.type == "link_open":
            autolink = token.info == "auto" or token.markup in ("linkify", "autolink")
        elif token.type == "link_close":
            autolink = False
        elif token.type in ("softbreak", "hardbreak"):
            prose += " "
        elif token.type == "text":
            prose += HIDDEN if autolink else token.content
        elif token.type == "image":
            reading.typed.append(Typed("prose", token.content, line))
        elif token.type == "html_inline":
            prose += _without_tags(token.content)
        elif token.type.startswith("math_inline"):
            kind = "display" if token.type == "math_inline_double" else "math"
            reading.typed.append(Typed(kind, token.content, line, before=prose))
            prose += HIDDEN
        elif token.type == "myst_role":
            prose += _role(token.meta["name"], token.content, line, prose, reading)
        elif token.content:
            prose += HIDDEN  # code, a footnote's mark, a substitution
    reading.typed.append(Typed("prose", prose, line))


def _role(name: str, content: str, line: int, before: str, reading: Reading) -> str:
    """What of a role is prose; a glued value and a formula are noted on the way."""
    if name.startswith("glue:"):
        reading.glued.append(glued(name, content, line))
    elif name == "math":
        reading.typed.append(Typed("math", content, line, before))
    elif name in SHOWN_ROLES:
        return content
    elif titled := TITLED.match(content):
        return titled["title"]
    return HIDDEN


def glued(role: str, content: str, line: int) -> Glued:
    """The parts of {glue:…}`page::key:format`, cut as myst-nb cuts them."""
    key, spec = content, ""
    if role in ("glue:text", "glue:md"):
        head, colon, tail = content.rpartition(":")
        if colon and not head.endswith(":"):
            key, spec = head, tail
    page, _, key = key.rpartition("::")
    return Glued(page, key, spec, line)


def _fence(token: Token, line: int, reading: Reading) -> None:
    match = re.match(r"\{(?P<name>[^}]+)\}\s*(?P<argument>.*)", token.info, re.DOTALL)
    if not match:
        return  # plain code
    name, argument = match["name"], match["argument"].strip()
    options, body, offset = split_options(token.content)
    if name.startswith("glue:"):
        reading.glued.append(glued(name, argument, line))
    elif argument and name not in CODE | WITH_PATH | {"math"}:
        _nested(argument, line, reading)
    for key, value in options:
        if key in VISIBLE_OPTIONS:
            _nested(value, line, reading)
    if name == "math":
        reading.typed.append(Typed("display", body, line + 1 + offset))
    elif name not in CODE:
        _nested(body, line + 1 + offset, reading)


def _nested(text: str, line: int, reading: Reading) -> None:
    inner = read(text, line)
    reading.typed.extend(inner.typed)
    reading.glued.extend(inner.glued)


def split_options(content: str) -> tuple[list[tuple[str, str]], str, int]:
    """The options of a directive, its body, and the number of lines before the body."""
    lines = content.split("\n")
    if lines[0].strip() == "---" and "---" in (rest := [line.strip() for line in lines[1:]]):
        end = rest.index("---") + 1
        pairs = (line.partition(":") for line in lines[1:end])
        return [(key.strip(), value.strip()) for key, _, value in pairs], _join(lines, end + 1), end
    options = list(_leading_options(lines))
    return options, _join(lines, len(options)), len(options)


def _leading_options(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        option = re.match(r":(?P<key>[\w-]+):(?P<value>.*)$", line)
        if not option:
            return
        yield option["key"], option["value"].strip()


def _join(lines: Sequence[str], start: int) -> str:
    return "\n".join(lines[start:])


def _without_tags(text: str) -> str:
    """The words of a piece of HTML, its alt texts among them."""
    text = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    alts = re.findall(r'\balt="([^"]*)"', text)
    return html.unescape(" ".join([re.sub(r"<[^>]*>", "", text), *alts]))


def figure_texts(cell: dict[str, Any]) -> tuple[str, str]:
    """Caption (MyST) and alt text (plain) in the metadata of a cell, empty where there is none."""
    settings = cell.get("metadata", {}).get("mystnb", {})
    return settings.get("figure", {}).get("caption", ""), settings.get("image", {}).get("alt", "")
