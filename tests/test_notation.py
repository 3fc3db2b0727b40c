"""The notation page as a program reads it: every symbol with kind, domain and code."""

import pytest

import lossnb
from lossnb.book import notation
from lossnb.book.equations.binding import BindingError
from lossnb.book.equations.binding import parse as bound

TABLE = """(notation-general)=
| Symbol | Meaning | Domain | In code |
|---|---|---|---|
| $x$ | a number | $\\mathbb{{R}}$ | |
{}

(notation-regression)=
| Symbol | Meaning | Domain | In code |
|---|---|---|---|
| $r$ | residual | $\\mathbb{{R}}$ | |
"""


def parsed(row: str = "") -> notation.Notation:
    return notation.parse(TABLE.format(row))


def test_every_loss_stands_in_the_notation_of_the_book() -> None:
    """Whoever adds a loss adds its symbol; here it is missed if not."""
    named = {
        symbol.code.name
        for names in notation.load().parts.values()
        for symbol in names
        if symbol.code is not None
    }
    losses = {loss.__name__ for loss in lossnb.LOSSES}
    assert losses <= named
    assert {"entropy", "cross_entropy", "kl_divergence", "js_divergence"} <= named


def test_a_letter_means_what_the_part_of_the_page_says() -> None:
    book = notation.load()
    kinds = {
        page: book.scope(page).lookup("z").kind  # type: ignore[union-attr]
        for page in ("book/margin/hinge.ipynb", "book/categorical/focal.ipynb")
    }
    assert list(kinds.values()) == ["real", "vector"]
    assert book.scope("book/regression/huber.ipynb").lookup("z") is None
    assert book.scope("book/index.md").lookup("x") is not None


@pytest.mark.parametrize(
    ("row", "name", "kind"),
    [
        (r"| $\lambda$ | penalty | $(0, \infty)$ | |", r"\lambda", "real"),
        (r"| $v$ | vector | $\mathbb{R}^3$ | |", "v", "vector"),
        (r"| $l$ | index | $\{1, \dots, 4\}$ | |", "l", "index"),
        (r"| $G$ | errors | a symmetric distribution | |", "G", "law"),
        (r"| $X$ | feature | a random variable | |", "X", "random"),
        (r"| $g(x)$ | a function | $\{x, x^2\}$ | |", "g", "function"),
        (r"| $q = x + 1$ | derived | $\mathbb{R}$ | |", "q", "real"),
    ],
)
def test_a_row_gives_a_symbol_its_kind(row: str, name: str, kind: str) -> None:
    symbol = parsed(row).general.lookup(name)
    assert symbol is not None
    assert symbol.kind == kind


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (r"| $\lambda$ | penalty | positive somehow | |", "write a set such as"),
        (r"| $\lambda$ | penalty | $(0, \omega)$ | |", r"\omega is unknown"),
        (r"| $\lambda$ | penalty | |", "cells"),
        (r"| $g(x)$ | a loss | $x \in \mathbb{R}$ | `lossnb.Huber()` |", "no definition :="),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, said: str) -> None:
    with pytest.raises(notation.NotationError, match=r"notation\.md") as caught:
        parsed(row)
    assert said in str(caught.value)


def test_code_names_its_class_and_parameters() -> None:
    code = bound("`lossnb.BinaryFocalLoss(gamma=γ, alpha=0.25)`")
    assert code is not None
    assert code.name == "BinaryFocalLoss"
    assert code.keywords == (("gamma", r"\gamma"), ("alpha", 0.25))
    assert bound("`prediction`") is None
    with pytest.raises(BindingError, match="write for instance"):
        bound("lossnb.Huber(delta=)")


def test_the_notation_page_agrees_with_lossnb(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Definition, gradient and Hessian of every loss, from the page that defines the symbols."""
    from lossnb.book.pages import ROOT
    from lossnb.book.verdicts import Memory, judged

    result = judged(ROOT / notation.PAGE, ROOT, Memory(ROOT))
    assert result.findings == []
    assert result.checked == result.total
