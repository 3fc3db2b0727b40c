"""Numbers in sentences: typed ones are found, honest ones pass, glued ones exist."""

import copy

import pytest

from lossnb.book import authored, check, numbers, pages, seal
from lossnb.book.prose import read
from tests import probe


def typed(markdown):
    """The numbers that the lint finds in a piece of MyST."""
    return [number for piece in read(markdown).typed for number in numbers.offending(piece)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The mean is 950.5 here", "950.5"),
        ("one of .95", ".95"),
        ("a value of −0.278.", "0.278"),
        ("from 1.9 to 2", "1.9"),
        ("an error of 1e-12", "1e-12"),
        ("an error of 10⁻⁸", "10⁻⁸"),
        ("5 % of the targets", "5 %"),
        ("5% of the targets", "5%"),
        ("the other 5 per cent", "5 per cent"),
        ("the 95 % interval", "95 %"),
        ("all 100 rows", "100"),
        ("10,000 borrowers", "10,000"),
        ("10 000 borrowers", "10 000"),
        ("one-in-1000 events", "1000"),
        ("450KiB", "450"),
        ("2000 repeats", "2000"),
        ("2000 random repeats", "2000"),
        ("**0.5** of it", "0.5"),
        ("# A heading with 0.5", "0.5"),
        ("- a list with 0.5", "0.5"),
        ("> a quotation with 0.5", "0.5"),
        ("| a |\n|---|\n| 0.5 |", "0.5"),
        ("Term\n: defined as 0.5", "0.5"),
        ("a note[^n]\n\n[^n]: of 0.5", "0.5"),
        ("[a link of 0.5](https://example.org)", "0.5"),
        ("![an alt text of 0.5](a.svg)", "0.5"),
        ("<b>0.5</b>", "0.5"),
        ('<img alt="0.5">', "0.5"),
        ("<div>\n0.5\n</div>", "0.5"),
        (":::{note}\n0.5\n:::", "0.5"),
        (":::{admonition} about 0.5\ntext\n:::", "0.5"),
        ("```{figure} a.svg\n:alt: up to 0.5\n\ncaption\n```", "0.5"),
        ("```{figure} a.svg\n---\nalt: up\n---\n0.5\n```", "0.5"),
        ("```{list-table}\n* - 0.5\n```", "0.5"),
        ("::::{exercise}\n:::{note}\n0.5\n:::\n::::", "0.5"),
        ("{ref}`a target at 0.5 <label>`", "0.5"),
        ("$0.95$", "0.95"),
        ("{math}`0.95`", "0.95"),
        (r"$\approx 0.95$", "0.95"),
        ("$= 0.95$", "0.95"),
        (r"$95\,\%$", "95 %"),
        (r"$\mathbf{0.95}$", "0.95"),
        (r"$10^{-8}$", "1e-8"),
        (r"$1\,000$", "1,000"),
        ("$$\n950.5\n$$", "950.5"),
        ("```{math}\n:label: a\n950.5\n```", "950.5"),
    ],
)
def test_a_typed_number_is_found(text, found):
    assert typed(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "The mean is {glue:text}`huber-mean:.1f` here.",
        "Two of 12 points",
        "the L1 loss in float32 on x86-64 with SHA-256 and ResNet-101",
        "`0.95` and `x = 0.5`",
        "```python\nx = 0.5\n```",
        "```{code-block} python\nx = 0.5\n```",
        "Huber (1964) and, in 1973, Huber again; since 1964 he",
        "Huber 1964a; 1964–1973",
        "Section 3.2, Theorem 4.1 and eq. (2.3), pp. 73–101, table 10.1, §4.2",
        "Annals 35(1), 73–101.",
        "doi:10.1214/aoms/1177703732 or https://doi.org/10.1214/aoms/1177703732",
        "arXiv:1708.02002",
        "<https://example.org/0.5>",
        "[a link](https://example.org/0.5)",
        "{cite:p}`huber1964` and {eq}`huber-0.5`",
        "(huber-0.5)=\n# Title",
        "% a comment of 0.5",
        "<!-- 0.5 -->",
        "the licence CC BY 4.0, IEEE 754, pytorch#2259",
        "on 2026-11-24",
        r"$\delta = 1.345$",
        r"$0.95 \cdot 1000 + 0.05 \cdot 10 = 950.5$",
        r"$1000 - \delta/19$ and $e^{-0.5}$",
        r"$\tfrac12$, $2$ and $[-1, 1]$",
        "Let $Y$ take the values $-1, 0, 10$ with probabilities $0.30, 0.67, 0.03$.",
        "```{math}\n:label: a-100\nx = 0.5\n```",
        "```{literalinclude} ../a.py\n:lines: 100-200\n```",
        "```{figure} a.svg\n:width: 450\n:name: fig-0.5\n\ncaption\n```",
        "```{bibliography}\n:filter: 0.5\n```",
    ],
)
def test_what_is_no_result_passes(text):
    assert typed(text) == []


def test_the_place_is_named_and_the_remedy(tmp_path):
    page = tmp_path / "mean.md"
    page.write_text("# Mean\n\nIt is\n\n:::{note}\n\nabout 950.5\n:::\n", encoding="utf-8")
    (found,) = numbers.findings(page)
    assert str(found) == (
        f"{page}, line 7: the number 950.5 is typed; "
        'in a cell glue("mean-…", value), here {glue:text}`mean-…`'
    )


# Notebooks.


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return probe.executed(tmp_path_factory.mktemp("probe") / "probe.ipynb")


def faults(notebook, tmp_path):
    path = probe.saved(notebook, tmp_path)
    return [str(finding) for finding in authored.findings(path)]


def test_an_honest_page_passes_and_is_counted(page, tmp_path):
    assert faults(page, tmp_path) == []
    counted = authored.tally(tmp_path / "probe.ipynb")
    assert counted == {"numbers": 1, "cells": 5, "claims": 2}


def a_typed_number_for_a_glued_one(n):
    title = probe.cell(n, "title")
    title.source = title.source.replace("{glue:text}`probe-mean:.1f`", "0.1")


def an_unknown_key(n):
    title = probe.cell(n, "title")
    title.source = title.source.replace("probe-mean", "probe-median")


def an_unknown_page(n):
    title = probe.cell(n, "title")
    title.source = title.source.replace("probe-mean", "other.ipynb::probe-mean")


def a_format_that_does_not_fit(n):
    title = probe.cell(n, "title")
    title.source = title.source.replace(":.1f", ":d")


def a_key_of_another_page(n):
    glue_output(n).metadata["scrapbook"]["name"] = "mean"


def a_key_glued_twice(n):
    probe.cell(n, "experiment").outputs *= 2


def a_number_in_a_caption(n):
    probe.cell(n, "setup").metadata["mystnb"] = {"figure": {"caption": "Up to 0.5.", "name": "fig"}}


def a_number_in_an_alt_text(n):
    probe.cell(n, "setup").metadata["mystnb"] = {"image": {"alt": "Up to 0.5."}}


def an_altered_value(n):
    glue_output(n).data[numbers.GLUE + "text/plain"] = "0.77"


def a_typed_value_in_glue(n):
    cell = next(c for c in n.cells if "glue(" in c.source and c.cell_type == "code")
    cell.source += '\nglue("probe-typed", -0.95)'


def altered_code(n):
    probe.cell(n, "experiment").source += "  # changed"


def no_seal(n):
    del n.metadata[seal.KEY]


def glue_output(n):
    (output,) = probe.cell(n, "experiment").outputs
    return output


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (a_typed_number_for_a_glued_one, "cell 0, line 3: the number 0.1 is typed"),
        (an_unknown_key, "nothing is glued under probe-median"),
        (an_unknown_page, "other.ipynb is no notebook"),
        (a_format_that_does_not_fit, "the format d does not fit"),
        (a_key_of_another_page, 'must start with the page\'s short name, "probe-"'),
        (a_key_glued_twice, "glued 2 times"),
        (a_number_in_a_caption, "caption, line 1: the number 0.5 is typed"),
        (a_number_in_an_alt_text, "an alt text cannot hold a glued value"),
        (a_typed_value_in_glue, "glue stores 0.95, which is typed"),
        (an_altered_value, "a stored output was edited"),
        (altered_code, "a code cell was changed after the last run"),
        (no_seal, "not executed by the book's runner"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_fault_is_caught(page, tmp_path, spoil, message):
    spoiled = copy.deepcopy(page)
    spoil(spoiled)
    found = faults(spoiled, tmp_path)
    assert any(message in fault for fault in found), found


def test_the_command_of_an_author_runs_these_checks(page, tmp_path):
    """`python -m lossnb.book check` fails on a typed number and counts the glued ones."""
    outcome = check.check(probe.saved(page, tmp_path))
    assert outcome.findings == []
    assert outcome.tally["numbers"] == 1
    spoiled = copy.deepcopy(page)
    a_typed_number_for_a_glued_one(spoiled)
    outcome = check.check(probe.saved(spoiled, tmp_path))
    assert any("the number 0.1 is typed" in line for line in outcome.findings)


def test_a_glued_value_altered_with_its_seal_is_caught_by_running_the_notebook(page, tmp_path):
    forged = copy.deepcopy(page)
    an_altered_value(forged)
    assert faults(probe.sealed(forged), tmp_path) == []
    run = probe.nbval(tmp_path / "probe.ipynb")
    assert run.returncode == 1, run.stdout
    assert "1 failed, 4 passed" in run.stdout
    assert "0.77" in run.stdout


def test_a_glued_value_of_another_page_is_found(page, tmp_path):
    probe.saved(page, tmp_path)
    other = tmp_path / "other.md"
    other.write_text("# O\n\n{glue:text}`probe.ipynb::probe-mean:.1f` here\n", encoding="utf-8")
    assert numbers.findings(other) == []
    assert numbers.numbers_from_code(other) == 1


@pytest.mark.parametrize("path", pages.all_pages(), ids=pages.shown)
def test_the_pages_of_the_book_have_no_typed_number(path):
    assert [str(finding) for finding in numbers.findings(path)] == []
