"""What nbval does not see in a notebook: cells not run or run out of order, errors, warnings,
pictures it cannot compare, figures without words, metadata that changes from run to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lossnb.book import pages, seal

BITMAPS = ("image/png", "image/jpeg", "image/gif", "image/webp")
SVG = "image/svg+xml"
REMEDY = "run `python -m lossnb.book run` on the page"


def problems(path: Path) -> list[str]:
    """One line for each fault of the notebook; an empty list if there is none."""
    notebook = pages.load(path)
    found = list(_file(notebook))
    code = [(n, cell) for n, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"]
    for expected, (number, cell) in enumerate(code, start=1):
        name = f"cell {number} ({cell.get('id', 'no id')})"
        found += [f"{name}: {fault}" for fault in _cell(cell, expected)]
    return [f"{pages.shown(path)}: {fault}" for fault in found]


def _file(notebook: dict[str, Any]) -> Iterator[str]:
    kernel = notebook["metadata"].get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield f"the kernel is {kernel!r}; it must be 'python3'; {REMEDY}"
    if set(notebook["metadata"]) - {"kernelspec", "language_info", seal.KEY}:
        yield f"metadata other than kernelspec, language_info and the seal of its run; {REMEDY}"
    if set(notebook["metadata"].get("language_info", {})) - {"name"}:
        yield f"language_info holds the version of one machine; {REMEDY}"
    ids = [cell.get("id") for cell in notebook["cells"]]
    for twice in sorted({str(i) for i in ids if ids.count(i) > 1}):
        yield f"cell id {twice!r} is used more than once; give each cell its own"


def _cell(cell: dict[str, Any], expected: int) -> Iterator[str]:
    count = cell["execution_count"]
    if count is None:
        yield f"never executed; {REMEDY}"
    elif count != expected:
        yield f"executed as number {count}, it stands as number {expected}; {REMEDY}"
    if "execution" in cell["metadata"]:
        yield f"time stamps in its metadata; {REMEDY}"
    for output in cell["outputs"]:
        yield from _output(output, cell["metadata"])


def _output(output: dict[str, Any], metadata: dict[str, Any]) -> Iterator[str]:
    kind = output["output_type"]
    if kind == "error":
        yield f"its output is the error {output.get('ename', '')}: {output.get('evalue', '')}"
    elif kind == "stream" and output.get("name") == "stderr":
        text = "".join(output["text"]).strip().splitlines()
        yield f"it writes to stderr: {text[-1] if text else ''!r}; a page shows no warnings"
    data = output.get("data", {})
    for mime in BITMAPS:
        if mime in data:
            yield f"its output is {mime}, which nbval never compares; end with figures.show(figure)"
    if SVG in data:
        yield from _figure("".join(data[SVG]), metadata)


def _figure(svg: str, metadata: dict[str, Any]) -> Iterator[str]:
    shown = metadata.get("mystnb", {})
    figure, alt = shown.get("figure", {}), shown.get("image", {}).get("alt", "")
    if not figure.get("caption", "").strip():
        yield "the figure has no caption; write it in metadata mystnb.figure.caption"
    if not re.fullmatch(r"fig-[a-z0-9-]+", figure.get("name", "")):
        yield "the figure has no label; write fig-… in metadata mystnb.figure.name"
    if len(alt.split()) < 4:
        yield "the figure has no alt text that says what it shows; write it in mystnb.image.alt"
    if "<dc:date>" in svg or "<image" in svg:
        yield "the SVG holds a date or a bitmap; draw it with figures.new and end with figures.show"
