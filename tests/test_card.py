"""Cards: true of their classes, and caught where they are not."""

import copy
import dataclasses

import pytest

import lossnb
from lossnb.book import authored, card, formulas, notation, pages
from lossnb.book.equations.page import Page
from lossnb.book.formulas import Display
from tests import probe

CELLS = {
    "title": "# Probe",
    "setup": "import lossnb\nfrom lossnb.book import card",
    "card": "card.show(lossnb.Huber)",
}
DISTRIBUTIONS = (
    lossnb.entropy, lossnb.cross_entropy, lossnb.kl_divergence, lossnb.js_divergence,
)  # fmt: skip
PARTS = {"binary": "categorical"}  # where a module and its part of the book differ in name


def part(loss):
    module = getattr(loss, "__module__", type(loss).__module__).rpartition(".")[2]
    return PARTS.get(module, module)


def name(loss):
    return getattr(loss, "__name__", None) or loss.name


named = pytest.mark.parametrize("loss", lossnb.LOSSES, ids=lambda loss: loss.__name__)
WRITTEN = {path.parent.name for path in (pages.ROOT / "book").glob("*/*.ipynb")}
in_the_book = pytest.mark.parametrize(
    "loss",
    [loss for loss in (*lossnb.LOSSES, *DISTRIBUTIONS) if part(loss) in WRITTEN],
    ids=name,
)


def checked(loss, markdown):
    """What the checker of equations makes of a card, in the notation of the loss's chapter."""
    names = notation.load().scope(f"book/{part(loss)}/page")
    return Page(names).run(formulas.of_markdown(markdown))


@in_the_book
def test_the_formulas_of_a_card_are_those_of_the_code(loss):
    result = checked(loss, card.show(loss).markdown())
    assert result.findings == []
    assert result.checked == result.total == 3


@pytest.mark.parametrize("line", ["formula", "gradient", "hessian"])
@in_the_book
def test_a_card_with_a_wrong_formula_is_caught(loss, line, monkeypatch):
    right = getattr(loss.card, line)
    left, relation, _ = right.partition("=")
    wrong = dataclasses.replace(loss.card, **{line: f"{left}{relation} 7 + \\theta^2"})
    monkeypatch.setattr(loss if isinstance(loss, type) else type(loss), "card", wrong)
    assert len(checked(loss, card.show(loss).markdown()).findings) == 1


@pytest.mark.parametrize("loss", DISTRIBUTIONS, ids=name)
def test_a_function_of_distributions_has_a_card(loss):
    text = card.show(loss).markdown()
    assert loss.card.formula in text
    assert "**Facts**" not in text
    assert len([item for item in formulas.of_markdown(text) if isinstance(item, Display)]) == 3


def test_a_lost_sign_on_a_card_is_caught(monkeypatch):
    gradient = lossnb.Huber.card.gradient.replace(r"\max(-", r"\max(")
    monkeypatch.setattr(
        lossnb.Huber, "card", dataclasses.replace(lossnb.Huber.card, gradient=gradient)
    )
    (found,) = checked(lossnb.Huber, card.show(lossnb.Huber).markdown()).findings
    assert "is false" in found


@named
def test_a_card_says_all_there_is_to_say(loss):
    text = card.show(loss).markdown()
    for tex in (loss.card.formula, loss.card.gradient, loss.card.hessian, *loss.card.domain):
        assert tex in text
    for framework in loss.card.frameworks:
        assert f"{framework.library} `{framework.name}`" in text
    assert loss().facts.estimates in card.ESTIMATES
    assert len([item for item in formulas.of_markdown(text) if isinstance(item, Display)]) == 3


@named
def test_a_constant_on_a_card_is_that_of_the_facts(loss):
    """Read back as a formula in the parameter, it gives the fact at parameters not probed."""
    for field in dataclasses.fields(loss):
        if not isinstance(field.default, float):
            continue
        for value in (0.2, 0.9):
            found = loss(**{field.name: value}).facts
            for name in ("lipschitz", "smooth"):
                fact = getattr(found, name)
                if fact is None or fact == float("inf"):
                    continue
                tex = card.constant(loss, name)
                symbol = field.metadata["symbol"]
                forms = {form.format(symbol): function for form, function in card.CONSTANTS}
                if tex in forms:
                    assert forms[tex](value) == pytest.approx(fact)
                else:
                    assert symbol not in tex
                    assert card.number(fact) == tex


def test_constants_are_printed_as_formulas():
    assert card.constant(lossnb.Huber, "lipschitz") == r"\delta"
    assert card.constant(lossnb.Huber, "smooth") == "1"
    assert card.constant(lossnb.SquaredError, "smooth") == "2"
    assert [card.number(x) for x in (0.25, 2**0.5, 1 / 3, 0.7)] == [
        "1/4",
        r"\sqrt{2}",
        "1/3",
        "0.7",
    ]


def test_a_relation_is_said_once():
    framework = lossnb.Framework
    assert card.relation(framework("optax", "f", "")) == "the same"
    assert card.relation(framework("optax", "f", "", "delta * theirs", "half of ours")) == (
        "ours = δ × theirs"
    )
    assert card.relation(framework("XGBoost", "f", "", "2 * theirs", "the Hessian is 1", "gradient")
    ) == "ours = 2 × theirs; gradient and Hessian only; the Hessian is 1"  # fmt: skip


# On a page.


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return probe.executed(tmp_path_factory.mktemp("card") / "probe.ipynb", CELLS)


def faults(path):
    return [str(finding) for finding in authored.findings(path)]


def test_a_stored_card_passes_while_it_agrees_with_its_class(page, tmp_path):
    assert faults(probe.saved(page, tmp_path)) == []


def test_a_class_that_changed_is_caught_without_running_the_page(page, tmp_path, monkeypatch):
    path = probe.saved(page, tmp_path)
    facts = dataclasses.replace(lossnb.Huber().facts, convex=False)
    monkeypatch.setattr(lossnb.Huber, "facts", facts)
    assert any("the card is not that of lossnb.Huber" in fault for fault in faults(path))


def test_a_class_that_went_is_caught(page, tmp_path, monkeypatch):
    path = probe.saved(page, tmp_path)
    monkeypatch.delattr(lossnb, "Huber")
    assert any("lossnb.Huber, which does not exist" in fault for fault in faults(path))


def test_an_edited_card_is_caught_statically_and_by_running_the_page(page, tmp_path):
    edited = copy.deepcopy(page)
    (output,) = probe.cell(edited, "card").outputs
    output.data["text/markdown"] = output.data["text/markdown"].replace("convex", "not convex")
    path = probe.saved(probe.sealed(edited), tmp_path)
    assert any("the card is not that of lossnb.Huber" in fault for fault in faults(path))
    run = probe.nbval(path)
    assert run.returncode == 1, run.stdout
    assert "1 failed, 1 passed" in run.stdout


@pytest.mark.parametrize("path", pages.notebooks(), ids=pages.shown)
def test_the_cards_of_the_book_are_those_of_their_classes(path):
    assert card.findings(path) == []
