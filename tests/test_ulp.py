"""Errors in units in the last place."""

import mpmath
import numpy as np
import pytest

from lossnb.book import ulp


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_spacing_is_one(dtype):
    x = np.array([1.5, 3.0], dtype=dtype)
    off = np.nextafter(x, dtype(10))
    assert ulp.worst(x, [mpmath.mpf(1.5), mpmath.mpf(3)], dtype) == 0
    assert ulp.worst(off, [mpmath.mpf(1.5), mpmath.mpf(3)], dtype) == 1


def test_not_finite_is_infinitely_wrong():
    assert ulp.worst(np.array([np.nan]), [mpmath.mpf(1)], np.float64) == float("inf")


@pytest.mark.parametrize(
    ("error", "dtype", "name"),
    [
        (0.5, np.float32, "≤ 1"),
        (3.0, np.float32, "≤ 4"),
        (20.0, np.float64, "≤ 20"),
        (999.0, np.float64, "≤ 1000"),
        (5e4, np.float32, "> 1000"),
        (1.7e7, np.float32, "all digits lost"),
        (1.7e7, np.float64, "> 1000"),
        (float("inf"), np.float64, "all digits lost"),
    ],
)
def test_classes(error, dtype, name):
    assert ulp.classify(error, dtype) == name


def test_reference_is_the_definition():
    values, slopes = ulp.huber(np.array([0.5, -3.0]), delta=1)
    assert [float(v) for v in values] == [0.125, 2.5]
    assert [float(s) for s in slopes] == [0.5, -1]


def test_compare_sees_a_cancelling_gradient():
    def good(prediction, target):
        r = prediction - target
        return r**2 / 2, r

    def cancelling(prediction, target):
        r = prediction - target
        one = r.dtype.type(1)
        return r**2 / 2, (r - one) + one

    residuals = np.geomspace(1e-9, 1e-2, 50)
    rows = ulp.compare(
        {"good": good, "cancelling": cancelling}, residuals, lambda r: ulp.huber(r, delta=1)
    )
    assert rows["good"] == ["≤ 1", "≤ 1", "≤ 1", "≤ 1"]
    assert rows["cancelling"] == ["≤ 1", "all digits lost", "≤ 1", "> 1000"]
