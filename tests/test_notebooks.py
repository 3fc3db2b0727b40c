"""The gate over stored notebooks: the book passes it, and each fault is caught."""

import copy
import json
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lossnb.book import execute, gate, pages
from tests import probe

SVG = '<svg viewBox="0 0 1 1"><path d="M 0 0"/></svg>'
SHOWN = {
    "figure": {"caption": "What to learn from it.", "name": "fig-test-curve"},
    "image": {"alt": "A curve that rises from left to right."},
}


@pytest.mark.parametrize("path", pages.notebooks(), ids=pages.shown)
def test_every_notebook_of_the_book_passes(path):
    assert gate.problems(path) == []


@pytest.fixture
def good():
    """A notebook without fault: text, a number, a figure."""
    notebook = new_notebook()
    notebook.cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell("1 + 1", id="sum"),
        new_code_cell("figures.show(figure)", id="figure", metadata={"mystnb": SHOWN}),
    ]
    for count, cell in enumerate(notebook.cells[1:], start=1):
        cell.execution_count = count
    number = new_output("execute_result", data={"text/plain": "2"}, execution_count=1)
    picture = new_output("execute_result", data={"image/svg+xml": SVG}, execution_count=2)
    notebook.cells[1].outputs, notebook.cells[2].outputs = [number], [picture]
    execute.clean(notebook)
    return notebook


def faults(notebook, tmp_path):
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    return gate.problems(path)


def test_the_good_notebook_is_good(good, tmp_path):
    assert faults(good, tmp_path) == []


def never_executed(n):
    n.cells[1].execution_count = None


def out_of_order(n):
    n.cells[1].execution_count, n.cells[2].execution_count = 2, 1


def an_error(n):
    n.cells[1].outputs = [new_output("error", ename="ValueError", evalue="no", traceback=[])]


def a_warning(n):
    n.cells[1].outputs = [new_output("stream", name="stderr", text="RuntimeWarning: divide\n")]


def a_bitmap(n):
    n.cells[2].outputs[0].data = {"image/png": "iVBORw0KGgo="}


def no_caption(n):
    del n.cells[2].metadata["mystnb"]["figure"]["caption"]


def no_alt_text(n):
    n.cells[2].metadata["mystnb"]["image"]["alt"] = "figure.svg"


def no_label(n):
    n.cells[2].metadata["mystnb"]["figure"]["name"] = "Figure 1"


def a_date(n):
    dated = SVG.replace("<path", "<dc:date>2026</dc:date><path")
    n.cells[2].outputs[0].data["image/svg+xml"] = dated


def time_stamps(n):
    n.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


def another_kernel(n):
    n.metadata["kernelspec"]["name"] = "conda-env"


def a_python_version(n):
    n.metadata["language_info"]["version"] = "3.11.7"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (never_executed, "never executed"),
        (out_of_order, "executed as number 2, it stands as number 1"),
        (an_error, "the error ValueError: no"),
        (a_warning, "stderr"),
        (a_bitmap, "image/png"),
        (no_caption, "no caption"),
        (no_alt_text, "no alt text"),
        (no_label, "no label"),
        (a_date, "date"),
        (time_stamps, "time stamps"),
        (another_kernel, "the kernel is 'conda-env'"),
        (a_python_version, "language_info"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_fault_is_caught(good, tmp_path, spoil, message):
    broken = copy.deepcopy(good)
    spoil(broken)
    found = faults(broken, tmp_path)
    assert found
    assert any(message in fault for fault in found), found
    assert all("page.ipynb" in fault for fault in found)


SOURCE = """\
import numpy as np
from lossnb.book import figures
figure, ax = figures.new()
_ = ax.plot(np.arange(4.0), np.arange(4.0) ** 2)
figures.show(figure)"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A real executed notebook: a printed number and a figure of the house."""
    path = tmp_path_factory.mktemp("nbval") / "page.ipynb"
    notebook = new_notebook()
    notebook.cells = [
        new_code_cell("print(round(1 / 3, 4))", id="number"),
        new_code_cell(SOURCE, id="figure", metadata={"mystnb": SHOWN}),
    ]
    nbformat.write(notebook, path)
    execute.execute(path)
    return path


def test_a_second_run_changes_no_byte(executed, tmp_path):
    again = tmp_path / "page.ipynb"
    shutil.copy(executed, again)
    execute.execute(again)
    assert again.read_bytes() == executed.read_bytes()


def test_nbval_passes_what_is_unchanged(executed):
    assert gate.problems(executed) == []
    result = probe.nbval(executed)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [("0.3333", "0.3334"), ("stroke-width: 1.8", "stroke-width: 2.8")],
    ids=["a changed number in an output", "a swapped figure"],
)
def test_nbval_catches(executed, tmp_path, before, after):
    text = executed.read_text()
    assert before in text
    path = tmp_path / "page.ipynb"
    path.write_text(text.replace(before, after, 1))
    result = probe.nbval(path)
    assert result.returncode == 1, result.stdout


def test_nbval_stops_a_slow_cell(tmp_path):
    path = tmp_path / "page.ipynb"
    notebook = new_notebook(cells=[new_code_cell("import time; time.sleep(60)", id="slow")])
    nbformat.write(notebook, path)
    result = probe.nbval(path)
    assert result.returncode == 1
    assert "timeout" in result.stdout.lower() or "timed out" in result.stdout.lower()


def test_a_notebook_that_raises_names_notebook_and_cell(tmp_path):
    path = tmp_path / "page.ipynb"
    cells = [new_code_cell("1", id="fine"), new_code_cell("1 / 0", id="broken")]
    nbformat.write(new_notebook(cells=cells), path)
    with pytest.raises(execute.NotebookError, match=r"page\.ipynb: cell 1 \(broken\)"):
        execute.execute(path)


def test_the_file_is_as_run_writes_it():
    """A notebook edited in Jupyter comes back with the metadata and the order of keys of `run`."""
    for path in pages.notebooks():
        notebook = nbformat.read(path, as_version=4)
        execute.clean(notebook)
        text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
        assert json.loads(text) == json.loads(path.read_text()), pages.shown(path)
