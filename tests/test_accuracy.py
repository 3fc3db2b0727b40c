"""A seeded sample of the accuracy sweep: every bound of the book's table, on a fresh grid."""

import json

import numpy as np
import pytest

import lossnb
from lossnb import arithmetic
from tests.accuracy import __main__ as whole
from tests.accuracy import reference, sweep


def check(rows):
    broken = [f"{row.loss} {row.by} {row.dtype} C={row.classes} {row.quantity}: "
              f"{row.errors.most:.3g} ULP, median {row.errors.median:.2g}, {row.errors.bad} bad, "
              f"{row.errors.zeros} zeros; bound {row.bound} at {row.errors.worst}"
              for row in rows if not row.kept]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sample_keeps_the_bounds(dtype):
    check(sweep.ours(np.random.default_rng(77), 0.4, (dtype,)))


def test_half_types_are_correctly_rounded():
    check(sweep.halves(np.random.default_rng(78), 0.3))


def test_every_loss_is_swept():
    swept = {type(loss) for loss, *_ in (*sweep.INSTANCES, *sweep.LOGITS)}
    assert swept == set(lossnb.LOSSES), "give it a bound in tests/accuracy/sweep.py"


@pytest.mark.parametrize("change", [
    lambda r: np.log(np.cosh(r)), lambda r: np.logaddexp(r, -r) - np.log(2),
    lambda r: np.where(abs(r) < 1e-3, 0, arithmetic.log_cosh(r)),
])
def test_a_textbook_formula_is_seen(change, monkeypatch):
    monkeypatch.setattr(lossnb.LogCosh, "_value", lambda self, r: change(r))
    rows = sweep.scalar_rows(np.random.default_rng(1), lossnb.LogCosh(), (5.0, 5.0, 5.0), 200,
                             "float64", ("numpy",))
    with pytest.raises(AssertionError, match=r"LogCosh\(\) numpy float64 C=1 value"):
        check(rows)


def test_a_cancelling_gradient_is_seen(monkeypatch):
    def textbook(self, softmax, target):
        return softmax.p - target

    monkeypatch.setattr(lossnb.SoftmaxCrossEntropy, "_gradient", textbook)
    rows = sweep.logit_rows(np.random.default_rng(1), lossnb.SoftmaxCrossEntropy(), (4.0, 4.0), 100,
                            2, "float64", ("numpy",))
    with pytest.raises(AssertionError, match="gradient"):
        check(rows)


def test_the_reference_is_the_definition():
    """The forms without cancellation against the printed definitions, with digits to spare."""
    import mpmath as mp

    with mp.workdps(120):
        for m in (-700, -3, -1e-20, 0, 1e-30, 2.5, 40):
            m = mp.mpf(m)
            value, slope, curvature = reference.logistic(m)
            assert mp.almosteq(value, mp.log(1 + mp.exp(-m)), 1e-40)
            assert mp.almosteq(slope, -1 / (1 + mp.exp(m)), 1e-40)
            assert mp.almosteq(curvature, mp.exp(m) / (1 + mp.exp(m)) ** 2, 1e-40)
            if m:
                assert mp.almosteq(reference.log_cosh(m)[0], mp.log(mp.cosh(m)), 1e-40)
        x = [mp.mpf(v) for v in (3.5, -40, 2, 3.5)]
        p, outside, surprise = reference.softmax(x)
        whole_sum = mp.fsum(mp.exp(v) for v in x)
        for j, v in enumerate(x):
            assert mp.almosteq(p[j], mp.exp(v) / whole_sum, 1e-40)
            assert mp.almosteq(outside[j], 1 - mp.exp(v) / whole_sum, 1e-40)
            assert mp.almosteq(surprise[j], mp.log(whole_sum) - v, 1e-40)


def test_the_kept_table_is_whole_and_keeps_every_bound():
    table = json.loads(whole.TABLE.read_text(encoding="utf-8"))
    ours = [row for row in table["rows"] if row["by"] in ("numpy", "torch")]
    expected = {repr(loss) for loss, *_ in (*sweep.INSTANCES, *sweep.LOGITS, *sweep.INFORMATION)}
    assert {row["loss"] for row in ours} == expected
    for row in ours:
        if "bound" in row:
            assert not row["bad"]
            assert not row["zeros"]
            assert row[{"max": "max", "median": "median"}[row["of"]]] <= row["bound"], row
    assert {row["by"].split(":")[0] for row in table["rows"]} >= {
        "PyTorch", "Keras", "optax", "scikit-learn", "textbook"}
