"""The helpers of the chapter on the squared hinge."""

from __future__ import annotations

import numpy as np
import pytest

import lossnb
from lossnb.book import data, hinges, linear, squared_hinge

TRAIN, CHOOSE, TEST = squared_hinge.thirds(data.wine_pair(), 0)
PENALTY = 0.01


def least(loss: object) -> float:
    w = linear.fit(loss, TRAIN.x, TRAIN.y, penalty=PENALTY, intercept=False)
    return linear.objective(loss, w, TRAIN.x, TRAIN.y, penalty=PENALTY, intercept=False)


def test_thirds_are_disjoint_and_standardised_by_the_first() -> None:
    assert [len(part.y) for part in (TRAIN, CHOOSE, TEST)] == [39, 39, 41]
    np.testing.assert_allclose(TRAIN.x[:, 1:].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(TRAIN.x[:, 1:].std(axis=0), 1)
    assert not np.allclose(TEST.x[:, 1:].mean(axis=0), 0, atol=1e-3)
    rows = np.concatenate([part.x for part in (TRAIN, CHOOSE, TEST)])
    assert len(np.unique(rows, axis=0)) == len(np.unique(data.wine_pair().features, axis=0))


def test_the_hinge_fit_is_a_minimum() -> None:
    w, support = hinges.hinge_fit(TRAIN.x, TRAIN.y, PENALTY)
    here = linear.objective(lossnb.Hinge(), w, TRAIN.x, TRAIN.y, penalty=PENALTY)
    rng = np.random.default_rng(0)
    for step in 1e-2 * rng.normal(size=(50, len(w))):
        there = linear.objective(lossnb.Hinge(), w + step, TRAIN.x, TRAIN.y, penalty=PENALTY)
        assert here <= there
    margins = TRAIN.y * (TRAIN.x @ w)
    assert (margins < 1 - 1e-4).sum() <= support <= (margins < 1 + 1e-4).sum()


def test_errors_counts_a_zero_score_as_wrong() -> None:
    part = squared_hinge.Part(
        np.array([[1.0, 1], [1, -1], [1, 0], [1, 2]]), np.array([1.0, 1, 1, -1])
    )
    assert squared_hinge.errors(np.array([0.0, 1.0]), part) == 75.0


def test_polyak_reaches_the_minimum() -> None:
    loss = lossnb.SquaredHinge()
    excess = squared_hinge.polyak_excess(loss, TRAIN, PENALTY, least(loss), 300)
    assert excess[0] > 1
    assert abs(excess[-1]) < 1e-6
    short = squared_hinge.polyak_excess(loss, TRAIN, PENALTY, least(loss), 300, until=0.1)
    assert short[-1] < 0.1 <= short[-2]
    np.testing.assert_array_equal(short, excess[: len(short)])


def test_dual_passes() -> None:
    loss = lossnb.SquaredHinge()
    goal = least(loss)
    marks = [1e-1, 1e-2, 1e-4]
    passes = squared_hinge.dual_passes("squared_hinge", loss, TRAIN, PENALTY, goal, marks)
    assert passes == sorted(passes)
    assert passes == [
        squared_hinge.dual_passes("squared_hinge", loss, TRAIN, PENALTY, goal, [mark])[0]
        for mark in marks
    ]
    with pytest.raises(ValueError, match="not below"):
        squared_hinge.dual_passes("squared_hinge", loss, TRAIN, PENALTY, goal / 2, marks)
