"""The seal of an executed notebook: does it still hold the code and the outputs of its last run?

`run` writes the hashes of all code cells and of all outputs into the notebook's metadata. So a
check that executes nothing sees that code was edited and not run again, or that an output (a glued
value, a figure, a card, a verdict) was edited by hand. It guards against slips, not against
forgers: whoever recomputes the hashes is caught by the gate, which executes the notebook again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossnb.book import pages
from lossnb.book.numbers import Finding
from lossnb.book.rules import fingerprint

KEY = "lossnb"


def seal(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The hashes of a notebook's code and of its outputs."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [[_plain(output) for output in cell["outputs"]] for cell in code]
    return {
        "code": fingerprint(json.dumps([joined(cell["source"]) for cell in code])),
        "outputs": fingerprint(json.dumps(outputs, sort_keys=True)),
    }


def changes(notebook: Mapping[str, Any]) -> list[str]:
    """What of a notebook is not as its last run left it."""
    then = notebook["metadata"].get(KEY)
    if not then:
        return ["it was not executed by the book's runner"]
    now = seal(notebook)
    said = {
        "code": "a code cell was changed after the last run",
        "outputs": "a stored output was edited after the last run",
    }
    return [message for part, message in said.items() if now[part] != then.get(part)]


def findings(page: Path) -> list[Finding]:
    """What was changed on a page since its last run."""
    if page.suffix != ".ipynb":
        return []
    remedy = "run `python -m lossnb.book run` on the page"
    found = changes(pages.load(page))
    return [Finding(pages.shown(page), f"{change}; {remedy}") for change in found]


def cells_run(page: Path) -> int:
    """How many code cells of a page carry the mark of an execution."""
    if page.suffix != ".ipynb":
        return 0
    return sum(
        cell["cell_type"] == "code" and cell["execution_count"] is not None
        for cell in pages.load(page)["cells"]
    )


def _plain(output: Mapping[str, Any]) -> dict[str, Any]:
    """An output with its texts in one piece, as nbformat may store them either way."""
    plain = {key: value for key, value in output.items() if key != "data"}
    if "text" in plain:
        plain["text"] = joined(plain["text"])
    for key, value in output.get("data", {}).items():
        plain[key] = value if key.endswith("json") else joined(value)
    return plain


def joined(text: str | list[str]) -> str:
    """A text that a notebook stores as one string or as its lines."""
    return text if isinstance(text, str) else "".join(text)
