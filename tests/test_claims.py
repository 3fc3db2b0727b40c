"""Claims: rules, intervals, verdicts; and that each way of bending one is caught."""

import copy

import numpy as np
import pytest
from scipy import stats

from lossnb.book import claims, claims_check, ledger, pages, seal
from lossnb.book.claims import DOES_NOT_HOLD, HOLDS, ClaimError, exact, holds_when, over_repeats
from lossnb.book.intervals import RESAMPLES, how
from lossnb.book.rules import apply_rule, complaint_about, rule_source
from lossnb.book.seed_claims import SEED, TOPICS
from tests import probe

# Statistics.


def test_the_t_interval_is_that_of_scipy():
    sample = np.random.default_rng(1).normal(2, 1, 30)
    found = over_repeats(sample, "draws", decimals=6, method="t")
    low, high = stats.t.interval(0.95, 29, loc=sample.mean(), scale=stats.sem(sample))
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)
    assert found.mean == pytest.approx(sample.mean(), abs=1e-6)


def test_the_bootstrap_interval_is_that_of_scipy():
    sample = np.random.default_rng(2).exponential(1, 40)
    found = over_repeats(sample, "draws", decimals=6)
    reference = stats.bootstrap(
        (sample,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(9)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(reference, abs=0.02)  # two sets of resamples
    assert found == over_repeats(sample, "draws", decimals=6)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = [over_repeats(rng.normal(size=20), "", decimals=6, method="t").within(-9, 9) and
            not over_repeats(rng.normal(size=20), "", decimals=6, method="t").excludes(0)
            for _ in range(1000)]  # fmt: skip
    assert 0.93 < np.mean(hits) < 0.97


def test_a_statistic_is_judged_by_the_digits_that_it_shows():
    found = over_repeats([1.0004] * 10, "constant", decimals=2)
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)
    assert not found.above(1.0)
    assert str(exact(-0.0, "x", decimals=1)) == "x: 0.0 (exact: no sampling)"
    assert str(exact(-1.25, "x")) == "x: −1.25 (exact: no sampling)"


def test_what_an_interval_says():
    found = over_repeats(np.linspace(1, 2, 50), "x")
    assert found.above(1)
    assert not found.above(1.5)
    assert found.below(2)
    assert found.within(1, 2)
    assert found.excludes(3)
    assert not found.excludes(1.5)
    assert str(found) == f"x: 1.50 ({found.low:.2f} to {found.high:.2f})"


def test_the_brackets_are_explained_once():
    few, many = over_repeats(range(20), "x"), over_repeats(range(50), "y")
    assert how([few, many, exact(1, "z")]) == (
        "In brackets: 95 % intervals, percentile bootstrap of the mean over 20 or 50 repeats."
    )
    assert how([exact(1, "z")]) == ""


@pytest.mark.parametrize(
    ("sample", "options", "message"),
    [
        ([1.0, 2.0], {}, "one number per repeat, 5 at least"),
        (np.ones((6, 2)), {}, "shape"),
        ([1, 2, 3, 4, np.nan], {}, "not finite"),
        ([1, 2, 3, 4, 5], {"method": "normal"}, "choose one of 'bootstrap', 't'"),
    ],
)
def test_a_bad_sample_is_refused(sample, options, message):
    with pytest.raises(ValueError, match=message):
        over_repeats(sample, "x", **options)


# Rules.


def rule(body, arguments="mean", words='"""Words."""'):
    lines = "\n".join(f"    {line}" for line in [words, *body])
    return rule_source(f"def rule({arguments}):\n{lines}\n")


def test_a_rule_may_compare_its_statistics():
    good = rule(["if mean.above(1) and not mean.mean - 1 > 2:", "    return HOLDS",
                 "return claims.holds_when('the sun shines')"])  # fmt: skip
    assert complaint_about(good.node) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (["if mean.above(threshold):", "    return HOLDS", "return DOES_NOT_HOLD"], "threshold"),
        (["import os", "return HOLDS"], "Import"),
        (["x = 1", "return HOLDS"], "Assign"),
        (["if mean.__class__:", "    return HOLDS", "return DOES_NOT_HOLD"], "__class__"),
        (["if open('x'):", "    return HOLDS", "return DOES_NOT_HOLD"], "open"),
        (["return HOLDS"], "either way"),
        (["if mean.above(1):", "    return HOLDS", "return HOLDS"], "either way"),
        (["while True:", "    return HOLDS", "return DOES_NOT_HOLD"], "While"),
    ],
)
def test_a_rule_may_do_nothing_else(body, message):
    assert message in (complaint_about(rule(body).node) or "")


def test_a_rule_has_words():
    bare = rule(["return DOES_NOT_HOLD"], words="if mean.above(1): return HOLDS")
    assert "docstring" in (complaint_about(bare.node) or "")


def test_a_rule_must_fit_its_statistics_and_reach_a_verdict():
    def silent(mean):
        return HOLDS if mean.above(1) else None

    assert apply_rule("x", silent, {"mean": exact(2, "m")}) == HOLDS
    with pytest.raises(ClaimError, match="no verdict"):
        apply_rule("x", silent, {"mean": exact(0, "m")})
    with pytest.raises(ClaimError, match="judges mean; the experiment gave slope"):
        apply_rule("x", silent, {"slope": exact(0, "m")})
    with pytest.raises(ClaimError, match="is a float"):
        apply_rule("x", silent, {"mean": 1.0})


def test_a_bad_claim_is_refused_where_it_is_stated():
    with pytest.raises(ClaimError, match="numbered 1 to 43"):
        claims.seed(44)
    with pytest.raises(ClaimError, match="say the condition"):
        holds_when(" ")
    with pytest.raises(ClaimError, match="either way"):

        @claims.claim("x-y", "It is so.", source="everybody")
        def always(mean):
            """Always."""
            return HOLDS


def test_a_verdict_follows_from_the_rule():
    @claims.claim("x-y", "It is so.", source=claims.seed(2, "F9"))
    def above(mean):
        """Holds if the interval lies above one."""
        if mean.above(1):
            return HOLDS
        return DOES_NOT_HOLD

    yes = above.judge(mean=exact(2, "m"))
    assert yes.verdict == HOLDS
    assert above.judge(mean=exact(1, "m")).verdict == DOES_NOT_HOLD
    data, metadata = yes._repr_mimebundle_()
    assert "**Verdict: holds.** [In the ledger of claims](#ledger-2)" in data["text/markdown"]
    assert "The rule: Holds if" in data["text/markdown"]
    assert metadata[claims.RECORD]["seal"] == claims.seal(yes.record)


# The stored output.


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The probe, executed once."""
    return probe.executed(tmp_path_factory.mktemp("probe") / "probe.ipynb")


def faults(notebook, tmp_path):
    path = probe.saved(notebook, tmp_path)
    return [str(finding) for finding in claims_check.findings(path)]


def test_an_honest_page_passes(judged, tmp_path):
    assert faults(judged, tmp_path) == []
    path = tmp_path / "probe.ipynb"
    assert seal.findings(path) == []
    assert claims_check.judged(path) == 2
    assert [str(output.judgement.verdict) for output in claims_check.stored(path)] == [
        "holds",
        "not a statement that can be tested: nobody says what would be nasty",
    ]


def record(notebook):
    return probe.cell(notebook, "verdict").outputs[0].metadata[claims.RECORD]


def reseal(notebook):
    """Forge all that can be forged without the rule: the seal and the text of the output."""
    output = probe.cell(notebook, "verdict").outputs[0]
    forged = output.metadata[claims.RECORD]
    forged["seal"] = claims.seal(forged)
    judgement = claims.Judgement(forged)
    output.data["text/markdown"], output.data["text/plain"] = judgement.markdown(), repr(judgement)


def edit_source(notebook, name, old, new):
    cell = probe.cell(notebook, name)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)


def verdict_in_the_text(n):
    data = probe.cell(n, "verdict").outputs[0].data
    data["text/markdown"] = data["text/markdown"].replace(
        "Verdict: holds", "Verdict: does not hold"
    )


def verdict_in_the_record(n):
    record(n)["verdict"] = {"kind": "does not hold", "words": ""}


def verdict_everywhere(n):
    verdict_in_the_record(n)
    reseal(n)


def statistic(n):
    record(n)["statistics"][0]["low"] = -0.01


def statistic_that_the_rule_judges_otherwise(n):
    record(n)["statistics"][0]["low"] = -7.0
    reseal(n)


def threshold(n):
    edit_source(n, "rule", "0.5):", "0.6):")


def words_of_the_rule(n):
    edit_source(n, "rule", "0.5 of zero", "0.6 of zero")


def comment_in_the_rule(n):
    edit_source(n, "rule", "return claims.HOLDS", "return claims.HOLDS  # of course")


def sentence(n):
    edit_source(n, "rule", "The mean is zero", "The mean is nought")


def source_of_the_claim(n):
    edit_source(n, "rule", "seed(2)", "seed(3)")


def reason(n):
    edit_source(n, "untestable", "nasty", "ugly")


def threshold_from_outside(n):
    edit_source(n, "rule", "within(-1, 1)", "within(-1, limit)")


def rule_removed(n):
    n.cells.remove(probe.cell(n, "rule"))


def verdict_removed(n):
    probe.cell(n, "verdict").outputs = []


def judged_twice(n):
    probe.cell(n, "verdict").outputs *= 2


def rule_after_the_experiment(n):
    rule = probe.cell(n, "rule")
    n.cells.remove(rule)
    n.cells.insert(n.cells.index(probe.cell(n, "experiment")) + 1, rule)


def rule_beside_the_verdict(n):
    verdict = probe.cell(n, "verdict")
    verdict.source = f"{probe.cell(n, 'rule').source}\n\n{verdict.source}"
    n.cells.remove(probe.cell(n, "rule"))


def record_broken(n):
    del record(n)["statistics"][0]["low"]


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (verdict_in_the_text, "not that of the judgement"),
        (verdict_in_the_record, 'by its rule the stored statistics give "holds"'),
        (verdict_everywhere, 'by its rule the stored statistics give "holds"'),
        (statistic, "edited by hand"),
        (statistic_that_the_rule_judges_otherwise, 'give "does not hold"'),
        (threshold, "the rule was changed"),
        (words_of_the_rule, "the rule was changed"),
        (comment_in_the_rule, "the rule was changed"),
        (sentence, "the rule was changed"),
        (source_of_the_claim, "the rule was changed"),
        (reason, "the 'reason' of the claim is not the one that was judged"),
        (threshold_from_outside, "limit, which is not one of its statistics"),
        (rule_removed, "has no rule on this page"),
        (verdict_removed, "stated and never judged"),
        (judged_twice, "judged twice"),
        (rule_after_the_experiment, "the experiment ran before the rule was stated"),
        (rule_beside_the_verdict, "in a cell before the one that judges"),
        (record_broken, "cannot be read"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_way_of_bending_a_claim_is_caught(judged, tmp_path, bend, message):
    bent = copy.deepcopy(judged)
    bend(bent)
    found = faults(bent, tmp_path)
    assert any(message in fault for fault in found), found
    assert all("probe.ipynb" in fault for fault in found)


def test_an_experiment_in_the_cell_that_judges_comes_after_the_rule(judged, tmp_path):
    """What it uses may have been set up before the rule, for instance a loss."""
    notebook = copy.deepcopy(judged)
    rule_after_the_experiment(notebook)
    edit_source(notebook, "verdict", "over_repeats(means", "over_repeats(experiment(means)")
    assert faults(notebook, tmp_path) == []


def test_a_number_forged_throughout_is_caught_by_running_the_notebook_again(judged, tmp_path):
    """The rule, the record and the text agree; only the experiment disagrees."""
    forged = copy.deepcopy(judged)
    record(forged)["statistics"][0]["mean"] += 0.01
    reseal(forged)
    forged = probe.sealed(forged)
    assert faults(forged, tmp_path) == []
    assert seal.findings(tmp_path / "probe.ipynb") == []
    run = probe.nbval(tmp_path / "probe.ipynb")
    assert run.returncode == 1, run.stdout
    assert "1 failed, 4 passed" in run.stdout
    assert (
        "dissimilar" in run.stdout
        or "disagrees" in run.stdout
        or "mean of nine draws" in run.stdout
    )


def test_an_id_belongs_to_its_page_and_to_one_page(judged, tmp_path):
    here = probe.saved(judged, tmp_path)
    there = probe.saved(judged, tmp_path, "other_loss.ipynb")
    assert any('"other-loss-"' in str(finding) for finding in claims_check.findings(there))
    assert claims_check.duplicates([here]) == []
    assert "also judged in" in str(claims_check.duplicates([here, there])[0])


# The ledger.


def test_the_ledger_shows_every_claim_of_the_notes_and_links_the_verdicts(judged, tmp_path):
    found = ledger.entries([probe.saved(judged, tmp_path)])
    text = "\n\n".join(ledger.section(topic, found) for topic in TOPICS)
    for number, claim in SEED.items():
        assert text.count(f"(ledger-{number.lower()})=") == 1
        assert claim.english in text
    assert "[Probe](#claim-probe-centre): “The mean is zero.” **Holds.**" in text
    assert text.count("*Not judged yet.*") == len(SEED) - 2
    summary = ledger.section(ledger.SUMMARY, found)
    assert "43 claims and give 9 formulas" in summary
    assert "- 1 holds\n" in summary


def test_the_ledger_lists_claims_of_other_sources(judged, tmp_path):
    other = copy.deepcopy(judged)
    record(other)["source"] = {"seeds": [], "text": "a manual"}
    found = ledger.entries([probe.saved(other, tmp_path)])
    assert "(ledger-probe-centre)=\nSaid by: a manual" in ledger.section(ledger.OTHERS, found)


def test_the_page_of_the_ledger_has_every_section():
    page = pages.ROOT / "book" / "practice" / "claims.md"
    text = page.read_text(encoding="utf-8")
    for section in ledger.SECTIONS:
        assert text.count(f"```{{claims-ledger}} {section}\n") == 1


def test_the_claims_are_numbered_as_the_notes_are():
    assert list(SEED) == [*map(str, range(1, 44)), *(f"F{n}" for n in range(1, 10))]
    assert all(claim.number == number for number, claim in SEED.items())
    assert {claim.topic for claim in SEED.values()} == set(TOPICS)


@pytest.mark.parametrize("page", pages.notebooks(), ids=pages.shown)
def test_every_claim_of_the_book_is_judged_by_its_rule(page):
    assert [str(finding) for finding in claims_check.findings(page)] == []


def test_no_two_pages_share_a_claim():
    assert claims_check.duplicates(pages.notebooks()) == []
