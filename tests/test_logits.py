"""The helpers of the chapter on the logistic loss."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import lossnb
from lossnb.book import logits


def test_the_reference_is_the_loss_to_many_digits():
    values, slopes = logits.reference(np.array([-2.0, 0.0, 40.0]))
    assert [float(value) for value in values] == pytest.approx(
        lossnb.Logistic()(np.array([-2.0, 0.0, 40.0]), np.ones(3))
    )
    assert slopes[1] == mpmath.mpf("-0.5")


def test_the_nearest_point_of_a_segment_and_of_a_corner():
    across = np.array([[1.0, 1.0], [1.0, -1.0], [3.0, 0.0]])
    assert logits.nearest_to_zero(across) == pytest.approx([1.0, 0.0])
    corner = np.array([[1.0, 1.0], [2.0, 1.0], [1.0, 3.0]])
    assert logits.nearest_to_zero(corner) == pytest.approx([1.0, 1.0])


def test_the_nearest_point_has_the_largest_margin():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 2)) + np.array([4.0, 0.0])
    nearest = logits.nearest_to_zero(points)
    margin = float(np.linalg.norm(nearest))
    angles = np.linspace(0, 2 * np.pi, 4001)
    best = (points @ np.array([np.cos(angles), np.sin(angles)])).min(axis=0).max()
    assert best == pytest.approx(margin, rel=1e-4)


def test_the_drift_is_gradient_descent():
    signed = np.random.default_rng(1).normal(size=(2, 9, 2)) + 1.0
    kept = logits.drift(signed, [0, 1, 3])
    for one, weights in zip(signed, kept[3], strict=True):
        step = 4 / np.linalg.eigvalsh(one.T @ one / 9)[-1]
        w = np.zeros(2)
        for _ in range(3):
            w = w - step * one.T @ lossnb.Logistic().gradient(one @ w, 1.0) / 9
        assert weights == pytest.approx(w)
    assert not kept[0].any()


def test_a_loss_rises_when_the_step_is_too_long():
    x, y = np.ones((2, 1)), np.array([1.0, -1.0])
    squared = lossnb.SquaredHinge()
    assert logits.rises(squared, x, y, np.array([0.9]), step=0.4, steps=20) == 0
    assert logits.rises(squared, x, y, np.array([0.9]), step=1.5, steps=20) > 0
    assert logits.rises(lossnb.Exponential(), x, y, np.array([9.0]), step=1.0, steps=5) == 100


def test_separable_data_are_recognised():
    x = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 3.0]])
    assert logits.separable(x, np.array([-1.0, -1.0, 1.0, 1.0]))
    assert not logits.separable(x, np.array([-1.0, 1.0, -1.0, 1.0]))


def test_data_that_touch_are_separable_too():
    x = np.column_stack([np.ones(4), [0.0, 1.0, 1.0, 2.0]])
    y = np.array([-1.0, -1.0, 1.0, 1.0])
    assert logits.separable(x, y)


def test_the_way_left_is_all_at_first_and_none_in_the_end():
    x, y = np.ones((3, 1)), np.array([1.0, 1.0, -1.0])
    start = np.array([3.0])
    assert logits.way_left(lossnb.Logistic(), x, y, start, step=4.0, steps=0) == 100
    assert logits.way_left(lossnb.Logistic(), x, y, start, step=4.0) < 1e-9


def test_halves_are_disjoint_and_thinned():
    label = np.repeat([1.0, -1.0], [20, 100])
    train, test = logits.thinned_halves(label, np.random.default_rng(0), positives=6)
    assert not set(train) & set(test)
    assert (label[train] > 0).sum() == (label[test] > 0).sum() == 3
    assert len(train) == len(test) == 53



def test_a_loss_of_score_and_label_becomes_one_of_the_margin():
    both = logits.both_labels("ours", lossnb.Logistic().value_and_gradient, -1.0)
    m = np.array([-2.0, 3.0])
    for run in both.values():
        value, slope = run(m, np.zeros(2))
        assert value == pytest.approx(np.log1p(np.exp(-m)))
        assert slope == pytest.approx(-1 / (1 + np.exp(m)))


def test_rows_that_agree_are_merged():
    found = {
        "a, b = 1": ["≤ 1", "≤ 20"], "a, b = 0": ["≤ 4", "≤ 1000"],
        "c, b = 1": ["≤ 4", "> 1000"], "c, b = 0": ["> 1000", "≤ 4"],
    }  # fmt: skip
    assert logits.coarse(found) == {
        "a": ["≤ 4", "≤ 1000"],
        "c, b = 1": ["≤ 4", "> 1000"],
        "c, b = 0": ["> 1000", "≤ 4"],
    }
