"""The formulas of a page: displays and inline mathematics, with the prose around them.

Displays are ``{math}`` directives and ``$$ … $$``, in Markdown pages, in the Markdown cells of
notebooks, within directives of any nesting, and in stored outputs that are Markdown or LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lossnb.book import pages

_FENCE = re.compile(
    r"^\s*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?:\{(?P<name>[\w:+-]+)\}\s*(?P<title>.*)|(?P<info>[^`]*))$"
)
_OPTION = re.compile(r"^\s*:[\w-]+:")
_LABEL = re.compile(r"^\s*:(?:label|name):\s*(\S+)\s*$")
_CODE = (
    "code",
    "code-block",
    "code-cell",
    "literalinclude",
    "raw",
    "sourcecode",
    "mermaid",
    "bibliography",
)
_DOLLARS = re.compile(
    r"(?<!\\)\$\$(?P<tex>.+?)(?<!\\)\$\$(?:[ \t]*\((?P<label>[\w:-]+)\))?", re.DOTALL
)
_ROLE = re.compile(r"\{math\}(`+)(.+?)\1", re.DOTALL)
_SPAN = re.compile(r"(?P<math>\{math\})?(?<!`)(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`)", re.DOTALL)
_INLINE = re.compile(r"(?<![\\$])\$(?![\s$])((?:[^$\\]|\\.)+?)(?<!\s)\$(?!\d)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
MARK = "\x00{}\x00"
MARKED = re.compile("\x00(\\d+)\x00")


@dataclass(frozen=True)
class Display:
    """A display equation: its TeX, its label ("" if it has none), the cell it stands in."""

    tex: str
    label: str
    cell: int | None = None


@dataclass
class Paragraph:
    """A paragraph of prose in which each inline formula is replaced by its number between marks."""

    text: str
    inline: list[str] = field(default_factory=list)
    cell: int | None = None


Item = Display | Paragraph


def of_page(path: Path) -> list[Item]:
    """The formulas of a page in their order."""
    if path.suffix == ".md":
        return list(of_markdown(path.read_text(encoding="utf-8")))
    found: list[Item] = []
    for number, cell in enumerate(pages.load(path)["cells"]):
        if cell["cell_type"] == "markdown":
            found += of_markdown(pages.source(cell), number)
        elif cell["cell_type"] == "code":
            for text in _outputs(cell):
                found += of_markdown(text, number)
    return found


def _outputs(cell: dict[str, object]) -> Iterator[str]:
    """Stored outputs that show mathematics: Markdown, or LaTeX with its dollars."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data", {})
        for kind in ("text/markdown", "text/latex"):
            if kind in data:
                text = data[kind]
                yield text if isinstance(text, str) else "".join(text)
                break


def of_markdown(text: str, cell: int | None = None) -> Iterator[Item]:
    """The formulas of a piece of Markdown."""
    prose: list[str] = []
    lines = _COMMENT.sub("", text).split("\n")
    opened: list[str] = []  # the fences of the directives that are open
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            prose.append(_table_row(lines[at]))
            at += 1
            continue
        name, mark = fence["name"], fence["fence"]
        bare = name is None and not (fence["info"] or "").strip()
        if bare and any(_closes(mark, other) for other in opened):
            while not _closes(mark, opened.pop()):
                pass
            prose.append("")
            at += 1
            continue
        if name == "math" or name in _CODE or name is None:
            end = _closing(lines, at, mark) or len(lines)
            if name == "math":
                yield from _flush(prose, cell)
                yield _directive(lines[at + 1 : end], fence["title"], cell)
            at = end + 1
            continue
        opened.append(mark)
        prose.append("")  # the content of another directive is read as prose
        if fence["title"]:
            prose += [fence["title"], ""]
        at += 1
        while at < len(lines) and _OPTION.match(lines[at]):
            at += 1
    yield from _flush(prose, cell)


def _closes(mark: str, opened: str) -> bool:
    return mark[0] == opened[0] and len(mark) >= len(opened)


def _table_row(line: str) -> str:
    r"""In a table, \| is how Markdown writes |; its cells are separate paragraphs."""
    return line.replace(r"\|", "|") if line.lstrip().startswith("|") else line


def _closing(lines: list[str], start: int, mark: str) -> int:
    """The line that closes the fence, 0 if there is none."""
    pattern = re.compile(rf"^\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
    return next((k for k in range(start + 1, len(lines)) if pattern.match(lines[k])), 0)


def _directive(lines: list[str], title: str | None, cell: int | None) -> Display:
    label = ""
    body = [title] if title else []
    for line in lines:
        found = _LABEL.match(line)
        if found:
            label = found.group(1)
        elif not (_OPTION.match(line) and not any(part.strip() for part in body)):
            body.append(line)
    return Display("\n".join(body).strip(), label, cell)


def _flush(prose: list[str], cell: int | None) -> Iterator[Item]:
    text = _SPAN.sub(lambda span: span[0] if span["math"] else " `…` ", "\n".join(prose))
    prose.clear()
    at = 0
    for found in _DOLLARS.finditer(text):
        yield from _paragraphs(text[at : found.start()], cell)
        yield Display(found["tex"].strip(), found["label"] or "", cell)
        at = found.end()
    yield from _paragraphs(text[at:], cell)


def _paragraphs(text: str, cell: int | None) -> Iterator[Paragraph]:
    for part in re.split(r"\n[ \t]*\n", text):
        if not part.strip():
            continue
        formulas: list[str] = []

        def keep(match: re.Match[str], formulas: list[str] = formulas) -> str:
            formulas.append(" ".join(match.group(match.lastindex or 1).split()))
            return MARK.format(len(formulas) - 1)

        plain = _INLINE.sub(keep, _ROLE.sub(keep, part))
        yield Paragraph(" ".join(plain.split()), formulas, cell)
