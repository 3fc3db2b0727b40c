"""Mutants: each kind of slip is made, false ones are caught, survivors are listed by hand."""

from pathlib import Path

import pytest

from lossnb.book import mutants, notation, pages
from lossnb.book.equations import Names
from lossnb.book.equations import tree as t
from lossnb.book.equations.mutate import mutants as slips
from lossnb.book.equations.page import Page
from lossnb.book.equations.render import text
from lossnb.book.formulas import of_markdown


def statement(tex: str, part: str = "regression") -> t.Statement:
    result = Page(notation.load().parts[part]).run(of_markdown(f"$$\n{tex}\n$$"))
    assert result.findings == []
    return result.asserted[0].statement


@pytest.mark.parametrize(
    ("tex", "kind", "mutant"),
    [
        (r"r + 1 - 1 = r", "sign", "r − 1 − 1 = r"),
        (r"r + 1 - 1 = r", "term dropped", "r + 1 = r"),
        (r"2 r = r + r", "factor dropped", "r = r + r"),
        (r"r = r", "factor added", "2·r = r"),
        (r"r^2 = r r", "exponent", "r^3 = r·r"),
        (r"r \le |r|", "≤ for ≥", "r ≥ |r|"),
        (r"a - b = a - b", "symbols exchanged", "b − a = a − b"),
        (r"\max(a, b) \ge a", "max for min", "min(a, b) ≥ a"),
        (r"\log e = 1", "log for exp", "exp(e) = 1"),
        (r"\sum_{i=1}^n i = n(n+1)/2", "limit", "sum_(i ∈ {1 + 1, …, n}) [i] = (n·(n + 1))/2"),
        (r"|r| = \begin{cases} r & r > 0 \\ -r & r \le 0 \end{cases}", "condition negated",
         "|r| = {r if not (r > 0); −r if r ≤ 0}"),
    ],
)  # fmt: skip
def test_each_kind_of_slip_is_made(tex: str, kind: str, mutant: str) -> None:
    made = {(k, text(changed)) for k, changed in slips(statement(tex))}
    assert (kind, mutant) in made


def test_no_mutant_says_the_same_as_the_equation() -> None:
    original = statement(r"\ell_\delta(r) \le \tfrac12 r^2")
    made = [changed for _, changed in slips(original)]
    assert original not in made
    assert len({text(changed) for changed in made}) == len(made)


def test_a_seeded_sample_of_the_book_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """Of all pages; a listed mutant that no equation has any more fails too."""
    status = mutants.main(["--sample", "1000", "--seed", "3", "--seconds", "120"])
    assert status == 0, capsys.readouterr().out


def test_a_true_mutant_is_listed_only_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "book").mkdir()
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    path = tmp_path / "book" / "page.md"
    changed = statement(r"r \le |r|")
    one = mutants.Mutant(path, "page-one", "sign", changed, Names())
    monkeypatch.setattr(mutants, "listed", dict)
    assert mutants.enter([one.name], "", [one]) == 2
    assert mutants.enter(["0" * 12], "a reason", [one]) == 2
    assert mutants.enter([one.name], "it is the equation itself", [one]) == 0
    assert "it is the equation itself" in (tmp_path / mutants.LISTED).read_text(encoding="utf-8")


def test_every_true_mutant_is_listed_with_a_reason() -> None:
    for name, entry in mutants.listed().items():
        assert len(name) == 12
        assert entry["reason"].strip()
        assert (pages.ROOT / entry["page"]).is_file()
