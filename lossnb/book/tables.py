"""Tables that a cell prints: plain HTML that the page styles, and the same as text.

Numbers are formatted by the caller's format, so that what is stored is what the reader sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["Table", "table"]


class Table:
    """A finished table: column names, and for each row its name and its cells as text."""

    def __init__(self, columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
        self.columns, self.rows = list(columns), {key: list(cells) for key, cells in rows.items()}

    def __repr__(self) -> str:
        lines = [self.columns, *([name, *cells] for name, cells in self.rows.items())]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.columns))]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if k else cell.ljust(width)
                for k, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>\n"
            for name, cells in self.rows.items()
        )
        return (
            f'<table class="table numbers">\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{body}</tbody>\n</table>"
        )


def table(
    columns: Sequence[str], rows: Mapping[str, Sequence[Any]], *, number: str = ".2f"
) -> Table:
    """A table with one named row per entry of `rows`; the first column name heads the row names.

    Numbers are written with the format `number` and a true minus sign, text as it is.
    """
    for name, cells in rows.items():
        if len(cells) != len(columns) - 1:
            raise ValueError(
                f"row {name!r} has {len(cells)} cells for {len(columns) - 1} columns: {columns[1:]}"
            )
    return Table(
        columns, {name: [_text(cell, number) for cell in cells] for name, cells in rows.items()}
    )


def _text(cell: Any, number: str) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return str(cell).replace("-", "−")
    rounded = format(float(cell), number)
    if float(rounded) == 0:
        rounded = rounded.lstrip("-")
    return rounded.replace("-", "−")
