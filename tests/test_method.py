"""The page on method shows what it says: each check at work, and what it cannot see."""

import pytest

from lossnb.book import authored, pages, seal, verdicts

PATH = pages.ROOT / "book" / "method.ipynb"


@pytest.fixture(scope="module")
def shown():
    """The stored output of each cell, as text."""
    found = {}
    for cell in pages.load(PATH)["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            text = data.get("text/markdown") or data.get("text/plain") or output.get("text", "")
            found[cell["id"]] = found.get(cell["id"], "") + seal.joined(text)
    return found


def test_the_page_passes_its_own_checks():
    assert [str(finding) for finding in authored.findings(PATH)] == []
    outcome = verdicts.check(PATH)
    assert outcome.findings == []
    assert outcome.tally["equations"]["checked"] == outcome.tally["equations"]["total"] == 1
    assert authored.tally(PATH)["claims"] == 1
    assert authored.tally(PATH)["numbers"] == 4


def test_a_true_equation_passes_and_a_wrong_sign_is_shown_with_its_counterexample(shown):
    assert shown["method-report"] == shown["method-huber"] == "nothing found\n"
    assert "is false" in shown["method-sign"]
    assert "at x = " in " ".join(shown["method-sign"].split())
    assert "is false" in shown["method-half"]
    assert r"at \delta = " in " ".join(shown["method-half"].split())


def test_what_the_equation_checker_cannot_see_is_shown_as_passing(shown):
    for cell in ("method-point", "method-irrelevant", "method-cancel"):
        assert shown[cell] == "nothing found\n"


def test_typed_and_stale_numbers_are_caught_before_the_reader(shown):
    assert shown["method-typed"] == "['950.5', '950.5']"
    assert shown["method-exempt"] == "[]"
    assert shown["method-sealed"] == "nothing found\n"
    assert "changed after the last run" in shown["method-stale"]
    assert "edited after the last run" in shown["method-forged"]


def test_a_claim_is_judged_and_bending_it_is_caught(shown):
    assert "**Verdict: holds when the noise is normal" in shown["method-verdict"]
    bent = " ".join(shown["method-bent"].split())
    assert 'the stored verdict is "holds", but by its rule' in bent
    assert shown["method-goal"] == "False"


def test_each_check_says_what_it_cannot_see():
    text = "\n".join(block.text for block in pages.markdown(PATH))
    assert text.count("cannot see") >= 5
    for label in ("equations", "numbers", "claims", "code", "tally"):
        assert f"(method-{label})=" in text
