"""The command that checks pages: findings, exit status, results, hashes, cache."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lossnb.book import check, pages, verdicts

GOOD = "# A page\n\n```{math}\n:label: page-sum\n(r + 1)^2 = r^2 + 2r + 1\n```\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book of one page, with the notation of the real one."""
    folder = tmp_path / "book" / "regression"
    folder.mkdir(parents=True)
    shutil.copy(pages.ROOT / check.NOTATION, tmp_path / check.NOTATION)
    (folder / "page.md").write_text(GOOD, encoding="utf-8")
    return tmp_path


@pytest.fixture(autouse=True)
def equations_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "CHECKERS", [("lossnb.book.verdicts", "check")])


def page(book: Path) -> Path:
    return book / "book" / "regression" / "page.md"


def run(book: Path) -> int:
    return check.main([str(page(book))], book)


def test_a_true_page_passes_and_its_tally_is_written(book: Path) -> None:
    assert check.stale(page(book), book)
    assert run(book) == 0
    entry = check.results(book)["book/regression/page.md"]
    assert entry["equations"] == {"checked": 1, "total": 1, "unchecked": []}
    assert not check.stale(page(book), book)


def test_a_flipped_sign_is_one_line_and_exit_status_1(book: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    page(book).write_text(GOOD.replace("+ 2r", "- 2r"), encoding="utf-8")
    assert run(book) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("book/regression/page.md: page-sum: (r + 1)^2 = r^2 - 2r + 1 is false: ")
    assert " at r = " in line


def test_a_page_with_findings_is_never_fresh(book: Path) -> None:
    page(book).write_text(GOOD.replace("+ 2r", "- 2r"), encoding="utf-8")
    run(book)
    assert check.stale(page(book), book)


@pytest.mark.parametrize("changed", ["page", "notation"])
def test_a_change_makes_the_results_stale(book: Path, changed: str) -> None:
    run(book)
    path = page(book) if changed == "page" else book / check.NOTATION
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    assert check.stale(page(book), book)


def test_a_change_of_the_code_makes_the_results_stale(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(book)
    monkeypatch.setattr(check, "code_hash", lambda: "other")
    assert check.stale(page(book), book)


def test_a_page_without_anything_to_check_needs_no_entry(book: Path) -> None:
    bare = page(book).with_name("bare.md")
    bare.write_text("# Words only\n", encoding="utf-8")
    assert not check.stale(bare, book)


def test_results_are_the_same_to_the_byte(book: Path) -> None:
    run(book)
    first = (book / check.RESULTS).read_bytes()
    run(book)
    assert (book / check.RESULTS).read_bytes() == first
    assert json.loads(first)["book/regression/page.md"]["hash"]


def test_a_remembered_verdict_is_not_computed_again(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(book)
    monkeypatch.setattr(verdicts, "verdict_on", lambda *_: pytest.fail("computed again"))
    assert run(book) == 0


def test_a_false_verdict_is_remembered_with_its_message(book: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    page(book).write_text(GOOD.replace("+ 2r", "- 2r"), encoding="utf-8")
    run(book)
    first = capsys.readouterr().out
    run(book)
    assert capsys.readouterr().out == first


def test_a_memory_that_cannot_be_read_is_made_anew(book: Path) -> None:
    (book / ".cache").mkdir()
    (book / verdicts.CACHE).write_text("{", encoding="utf-8")
    assert run(book) == 0


def test_notation_that_cannot_be_read_is_a_finding(book: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    path = book / check.NOTATION
    text = path.read_text(encoding="utf-8").replace(r"| $\delta$ |", r"| $\delta$ | | |")
    path.write_text(text, encoding="utf-8")
    assert run(book) == 1
    assert "notation.md" in capsys.readouterr().out


def test_stored_outputs_that_show_mathematics_are_read(book: Path) -> None:
    output = {"output_type": "display_data", "data": {"text/markdown": "$$\nr = r + 1\n$$"}}
    cell = {"cell_type": "code", "source": "card", "outputs": [output]}
    path = page(book).with_suffix(".ipynb")
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    assert "cell 0, display 1: r = r + 1 is false" in verdicts.check(path, book).findings[0]


def test_importing_check_is_cheap() -> None:
    """The build asks for tallies: it must not wait for mpmath or NumPy's friends."""
    code = "import sys, lossnb.book.check; print('mpmath' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_the_pages_of_the_book_pass_now() -> None:
    """All equations of the book, with remembered verdicts where nothing changed."""
    findings = [
        f"{check.key(path)}: {line}"
        for path in pages.all_pages()
        for line in verdicts.check(path).findings
    ]
    assert findings == []


def test_at_least_95_in_a_hundred_equations_are_checked() -> None:
    tallies = [verdicts.check(path).tally["equations"] for path in pages.all_pages()]
    checked, total = (sum(tally[key] for tally in tallies) for key in ("checked", "total"))
    assert checked >= 0.95 * total
