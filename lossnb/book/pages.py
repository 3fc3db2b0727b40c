"""The pages of the book: which there are, in which order, and what an author wrote on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".ipynb", ".md")


@dataclass(frozen=True)
class Block:
    """A piece of Markdown that an author wrote: a page, or a Markdown cell of a notebook."""

    page: Path
    cell: int | None  # position in the notebook, from 0; None in a Markdown page
    text: str

    @property
    def where(self) -> str:
        return shown(self.page) if self.cell is None else f"{shown(self.page)}: cell {self.cell}"


def shown(path: Path) -> str:
    """The path as a reader of a message knows it: from the root of the repository."""
    path = path.resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def all_pages() -> list[Path]:
    """Every page in the order of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [resolve(name) for name in _files(toc)]


def _files(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key in ("root", "file"):
            if key in node:
                yield node[key]
        for key in ("parts", "chapters", "sections", "entries", "subtrees"):
            yield from _files(node.get(key, []))
    elif isinstance(node, list):
        for item in node:
            yield from _files(item)


def resolve(name: str | Path) -> Path:
    """The file of a page given as in _toc.yml or as a path, with or without its suffix."""
    for base in (Path.cwd(), ROOT):
        path = base / name
        if path.suffix in SUFFIXES and path.is_file():
            return path.resolve()
        for suffix in SUFFIXES:
            if path.with_name(path.name + suffix).is_file():
                return path.with_name(path.name + suffix).resolve()
    raise FileNotFoundError(
        f"page {str(name)!r}: no such file; name a page as in _toc.yml, for instance "
        "book/regression/huber"
    )


def select(names: Sequence[str]) -> list[Path]:
    """The pages named, or all of them."""
    return [resolve(name) for name in names] if names else all_pages()


def notebooks(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks among the pages named, or among all."""
    return [path for path in select(names) if path.suffix == ".ipynb"]


def load(path: Path) -> dict[str, Any]:
    """A notebook as plain data."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def source(cell: dict[str, Any]) -> str:
    """The text of a cell, whether the file stores it as lines or as one string."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def markdown(path: Path) -> list[Block]:
    """What an author wrote in Markdown on a page, in order."""
    if path.suffix == ".md":
        return [Block(path, None, path.read_text(encoding="utf-8"))]
    return [
        Block(path, number, source(cell))
        for number, cell in enumerate(load(path)["cells"])
        if cell["cell_type"] == "markdown"
    ]
