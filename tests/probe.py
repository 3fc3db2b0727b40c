"""A small notebook of the book's kind for the tests of its checks: glue, a claim, a verdict."""

import copy
import subprocess
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lossnb.book import execute, pages, seal

RULE = '''\
@claims.claim("probe-centre", "The mean is zero.", source=claims.seed(2))
def centred(mean):
    """Holds if the whole interval lies within 0.5 of zero."""
    if mean.within(-0.5, 0.5):
        return claims.HOLDS
    if mean.within(-1, 1):
        return claims.holds_when("half a unit does not matter")
    return claims.DOES_NOT_HOLD'''

CELLS = {
    "title": "# Probe\n\nThe mean is {glue:text}`probe-mean:.1f`.",
    "setup": "import numpy as np\n\nfrom lossnb.book import claims, glue",
    "rule": RULE,
    "experiment": "means = np.random.default_rng(0).normal(size=(20, 9)).mean(axis=1)\n"
    'glue("probe-mean", round(float(means.mean()), 2))',
    "verdict": 'centred.judge(mean=claims.over_repeats(means, "mean of nine draws"))',
    "untestable": 'claims.not_testable("probe-taste", "It is nice.", source=claims.seed(15), '
    'reason="nobody says what would be nasty")',
}


def build(cells=None):
    """The notebook, not executed; its cells are found by their id."""
    notebook = new_notebook()
    for name, text in (cells or CELLS).items():
        new = new_markdown_cell if name in ("title", "prose") else new_code_cell
        notebook.cells.append(new(text, id=name))
    return notebook


def executed(path, cells=None):
    """Execute the notebook at `path` as the book does, and return it."""
    nbformat.write(build(cells), path)
    execute.execute(path)
    return sealed(nbformat.read(path, as_version=4))


def sealed(notebook):
    """The notebook as its runner leaves it, for tests that edit one and forge the seal."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata[seal.KEY] = nbformat.from_dict(seal.seal(notebook))
    return notebook


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def saved(notebook, tmp_path, name="probe.ipynb"):
    path = tmp_path / name
    execute.write(notebook, path)
    assert pages.load(path)
    return path


def nbval(path):
    """The gate on one notebook: every cell run again, every output compared."""
    command = [sys.executable, "-m", "pytest", "-p", "lossnb.book.kernels"]
    command += ["--nbval", "--nbval-current-env", "-q"]
    command += ["-p", "no:cacheprovider", "-o", "addopts=", "-o", "filterwarnings=default"]
    command += ["--nbval-cell-timeout", "5", str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=path.parent, check=False)
