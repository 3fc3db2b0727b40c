"""Executes notebooks in place, so that a second run changes no byte.

What a run leaves that is not its result is removed: time stamps, the version of the machine's
Python. An error names the notebook and the cell.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from lossnb.book import kernels, pages, seal

TIMEOUT = 60  # seconds a cell, as in the gate


class NotebookError(Exception):
    """A notebook that does not run to its end."""


def execute(path: Path) -> None:
    """Run every cell of one notebook in its own folder and write it back, cleaned."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        config=kernels.config(),
        coalesce_streams=True,  # what a cell prints is one output, however its messages arrive
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its notices are not the author's
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise NotebookError(f"{pages.shown(path)}: {_failed_cell(notebook)}: {error}") from None
    clean(notebook)
    write(notebook, path)


def _failed_cell(notebook: nbformat.NotebookNode) -> str:
    code = [(n, cell) for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for number, cell in code:
        if any(output.output_type == "error" for output in cell.outputs):
            return f"cell {number} ({cell.get('id', 'no id')})"
    ran = [item for item in code if item[1].execution_count is not None]
    number, cell = (ran or code)[-1]
    return f"cell {number} ({cell.get('id', 'no id')}), or the one after it"


def clean(notebook: nbformat.NotebookNode) -> None:
    """Remove what differs from run to run and from machine to machine, and seal the rest."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                output.metadata = nbformat.from_dict(
                    {key: value for key, value in output.metadata.items() if value}
                )
    notebook.metadata[seal.KEY] = nbformat.from_dict(seal.seal(notebook))


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write the notebook as `nbformat` orders it, with one newline at its end."""
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=4)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def main(names: list[str]) -> int:
    """`python -m lossnb.book run [PAGE …]`."""
    for path in pages.notebooks(names):
        start = time.monotonic()
        try:
            execute(path)
        except NotebookError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{pages.shown(path)}: executed in {time.monotonic() - start:.0f} s")
    return 0
