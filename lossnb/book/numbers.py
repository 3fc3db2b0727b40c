"""Numbers in sentences come from the code: this lint finds the ones that were typed.

A decimal, a percentage or an integer from 100 on in prose, captions, alt texts and tables is a
finding, also when it is dressed as mathematics ($0.95$). Exempt is what is not a result: code,
formulas, citations, years, references to sections and the like, links and labels. The remedy is
`glue`; so the second half checks that each glued value exists in a stored output.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossnb.book import pages
from lossnb.book.prose import HIDDEN, Glued, Typed, figure_texts, read

LEAST_INTEGER = 100  # below it a number is a small count, which words could say as well

# What is no result, and is hidden before numbers are looked for.
_REFERRED = (
    r"sections?|sects?\.|chapters?|chap\.|theorems?|lemmas?|propositions?|corollar(?:y|ies)|"
    r"definitions?|equations?|eqs?\.|tables?|figures?|figs?\.|algorithms?|example|exercise|"
    r"pages?|pp?\.|volumes?|vols?\.|nos?\.|appendix|IEEE|ISO|RFC|PEP|ISBN|BY"
)
_NUMBERING = r"\(?[A-Z]?\d+(?:\.\d+)*(?:[-–]\d+(?:\.\d+)*)?\)?"
EXEMPT = re.compile(
    "|".join(
        [
            r"https?://\S+",
            r"(?:doi:\s*)?\b10\.\d{4,9}/\S+",
            r"arXiv:\s*\d{4}\.\d{4,5}",
            r"\b\d{4}-\d{2}-\d{2}\b",  # a date
            r"\b\d+\s?\(\d+(?:[-–]\d+)?\)\s?[:,]\s?\d+(?:[-–]\d+)?",  # volume(issue): pages
            rf"(?<!\w)(?:{_REFERRED})[\s~\u00a0]*{_NUMBERING}"
            rf"(?:(?:,|,? and| to)\s{_NUMBERING})*(?![\d.]*\s?(?:%|per\s?cent))",
            r"(?:§+|#)\s?\d+(?:\.\d+)*",
            r"(?-i:\b[A-Za-z]*[A-Z][A-Za-z]*)[-‑]\d+\b(?!\.\d)",  # a name: ResNet-101, SHA-256
        ]
    ),
    re.IGNORECASE,
)
YEAR = re.compile(r"(?:1[6-9]|20)\d\d[a-z]?")
_NOT_COUNTED = r"(?!was\b|is\b|this\b|as\b|his\b|its\b|has\b|does\b|thus\b)"
COUNTED = re.compile(rf"\s(?:[a-z]+\s)?{_NOT_COUNTED}[a-z]{{2,}}s\b")  # "2000 repeats"

NUMBER = re.compile(
    r"(?<![\w.,])"  # not inside L1, float32, 3.1.4
    r"(?P<digits>\d{1,3}(?:[,\u2009\u202f\u00a0 ]\d{3})+(?!\d)|\d+)?"
    r"(?P<fraction>\.\d+)?(?P<power>[eE][-+−]?\d+|\s?[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?"
    r"(?P<percent>\s?(?:\\?%|‰|per\s?cent|percent)(?!\w))?"
)


def typed_numbers(text: str) -> Iterator[str]:
    """The numbers of a piece of prose that must not be typed, as they stand there."""
    text = EXEMPT.sub(HIDDEN, text)
    for match in NUMBER.finditer(text):
        digits, fraction, power, percent = match.group("digits", "fraction", "power", "percent")
        if not digits and not fraction:
            continue
        if fraction or power or percent:
            yield match[0].strip()
        elif int(re.sub(r"\D", "", digits)) >= LEAST_INTEGER:
            rest = text[match.end() :]
            if not YEAR.fullmatch(match[0]) or COUNTED.match(rest):
                yield match[0].strip()


# Numbers dressed as mathematics.

_RELATION = (
    r"(?:[=<>∈≤≥≠≈]|\\(?:le|leq|ge|geq|ne|neq|lt|gt|in|notin|ni|approx|sim|simeq|equiv|propto|to|"
    r"mapsto|subset|subseteq|implies|iff|ll|gg|Rightarrow|rightarrow|longrightarrow)(?![A-Za-z]))"
)
_WORDS = re.compile(r"\\(?:text|mathrm|textrm|mbox|mathit|operatorname)\s*\{[^{}]*\}")
_DRESS = re.compile(
    r"\\(?:[,;:!> ]|left|right|[bB]igg?[lr]?|quad|qquad|displaystyle|textstyle|mathbf|boldsymbol|"
    r"mathsf|cdot|times|div|pm|mp|frac|tfrac|dfrac|sqrt|exp|log|ln|approx)(?![A-Za-z])|[{}~()\[\]]"
)
_LAW = re.compile(r"(?:the values?|probabilit(?:y|ies))\s*$")  # "with probabilities $0.3, 0.7$"


def is_formula(tex: str) -> bool:
    """Whether `tex` relates two sides or contains a symbol: then the equation checker reads it."""
    sides = re.split(_RELATION, _WORDS.sub(" ", tex))
    if len(sides) > 1 and all(re.search(r"[\w\\]", side) for side in (sides[0], sides[-1])):
        return True
    bare = _DRESS.sub(" ", re.sub(_RELATION, " ", _WORDS.sub(" ", tex))).replace(r"\%", "%")
    return bool(re.search(r"[^\W\d_]|\\", bare))


def dressed_numbers(tex: str) -> Iterator[str]:
    """The numbers of a formula that is none."""
    if is_formula(tex):
        return
    plain = re.sub(r"\{,\}|\\,(?=\d{3})", ",", tex).replace(r"\%", "%")
    plain = re.sub(r"10\s*\^\s*\{?\s*([-+−]?\d+)\s*\}?", r"1e\1", plain)
    yield from typed_numbers(_DRESS.sub(" ", _WORDS.sub(" ", plain)))


def offending(piece: Typed) -> list[str]:
    """The typed numbers of a stretch of prose or mathematics."""
    if piece.kind == "prose":
        return list(typed_numbers(piece.text))
    if _LAW.search(piece.before):
        return []  # it defines a distribution, which the equation checker computes with
    return list(dressed_numbers(piece.text))


# Pages.


@dataclass(frozen=True)
class Finding:
    """A fault of a page, in one line that says where, what and what to do."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True)
class Text:
    """A text of a page that a reader sees: where it stands, and whether it can hold glue."""

    where: str
    text: str
    plain: bool = False  # an alt text: no MyST, no glue


def texts(page: Path) -> Iterator[Text]:
    """The Markdown, the captions and the alt texts of a page."""
    for block in pages.markdown(page):
        yield Text(block.where, block.text)
    if page.suffix == ".ipynb":
        for number, cell in enumerate(pages.load(page)["cells"]):
            caption, alt = figure_texts(cell)
            where = f"{pages.shown(page)}: cell {number}"
            if caption:
                yield Text(f"{where}: caption", caption)
            if alt:
                yield Text(f"{where}: alt text", alt, plain=True)


def short_name(page: Path) -> str:
    """What the page's labels, keys and claims start with: squared-error for squared_error.ipynb."""
    return page.stem.replace("_", "-")


def typed_findings(page: Path) -> Iterator[Finding]:
    """Numbers typed on a page."""
    for text in texts(page):
        if text.plain:
            pieces = [Typed("prose", text.text, 1)]
            remedy = "an alt text cannot hold a glued value: say the finding in words"
        else:
            pieces = read(text.text).typed
            key = f"{short_name(page)}-…"
            remedy = f'in a cell glue("{key}", value), here {{glue:text}}`{key}`'
        for piece in pieces:
            for number in offending(piece):
                dressed = "" if piece.kind == "prose" else " (dressed as mathematics)"
                where = f"{text.where}, line {piece.line}"
                yield Finding(where, f"the number {number}{dressed} is typed; {remedy}")


GLUE = "application/papermill.record/"


def stored_glue(notebook: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The glued keys of a notebook with their stored text, in order."""
    stored = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            book = output.get("metadata", {}).get("scrapbook")
            if book:
                data = output["data"]
                text = data.get(GLUE + "text/plain", data.get("text/plain", ""))
                stored.append((book["name"], text if isinstance(text, str) else "".join(text)))
    return stored


def literal_findings(page: Path) -> Iterator[Finding]:
    """Calls of `glue` whose value is typed: a detour for a number that no code computed."""
    if page.suffix != ".ipynb":
        return
    for number, cell in enumerate(pages.load(page)["cells"]):
        if cell["cell_type"] != "code":
            continue
        try:
            tree = ast.parse(pages.source(cell))
        except SyntaxError:  # such a cell never ran, which its seal tells
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "glue"):
                continue
            value = node.args[1] if len(node.args) > 1 else None
            if isinstance(value, ast.UnaryOp):
                value = value.operand
            if isinstance(value, ast.Constant) and not isinstance(value.value, str):
                yield Finding(
                    f"{pages.shown(page)}: cell {number}",
                    f"glue stores {value.value!r}, which is typed; glue what the code computed",
                )


def _notebook_of(page: Path, glued: Glued) -> Path:
    return (page.parent / glued.page).resolve() if glued.page else page


def glue_findings(page: Path) -> Iterator[Finding]:
    """Glued values that a page uses and no stored output holds, or that do not fit their format."""
    own = stored_glue(pages.load(page)) if page.suffix == ".ipynb" else []
    for key, count in {key: [k for k, _ in own].count(key) for key, _ in own}.items():
        if count > 1:
            yield Finding(pages.shown(page), f"{key} is glued {count} times; a key has one value")
        if not key.startswith(f"{short_name(page)}-"):
            message = f'the key {key} must start with the page\'s short name, "{short_name(page)}-"'
            yield Finding(pages.shown(page), message)
    for text in texts(page):
        for use in read(text.text).glued if not text.plain else []:
            where = f"{text.where}, line {use.line}"
            source = _notebook_of(page, use)
            if not source.is_file() or source.suffix != ".ipynb":
                yield Finding(where, f"{use.page} is no notebook; write its path with .ipynb")
                continue
            stored = dict(own if source == page else stored_glue(pages.load(source)))
            if use.key not in stored:
                remedy = f'glue("{use.key}", value) in a cell of {pages.shown(source)} and run it'
                yield Finding(where, f"nothing is glued under {use.key}; {remedy}")
            elif complaint := _misfit(stored[use.key], use.spec):
                yield Finding(where, f"{use.key} is {stored[use.key]}: {complaint}")


def _misfit(text: str, spec: str) -> str | None:
    """Why the stored `text` cannot be printed with the format `spec`."""
    if not spec or spec.endswith("s"):
        return None
    try:
        format(int(text) if spec.endswith("d") else float(text), spec)
    except ValueError as error:
        return f"the format {spec} does not fit ({error})"
    return None


def numbers_from_code(page: Path) -> int:
    """How many numbers of the page's sentences, captions and tables are glued."""
    return sum(len(read(text.text).glued) for text in texts(page) if not text.plain)


def findings(page: Path) -> list[Finding]:
    """All that is wrong with the numbers of a page."""
    return [*typed_findings(page), *literal_findings(page), *glue_findings(page)]
