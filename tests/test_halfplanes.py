"""The exact search against a slow one, and what the compared methods promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import lossnb
from lossnb.book import data, halfplanes


def by_linear_programmes(points: np.ndarray, label: np.ndarray) -> int:
    """The least number of errors by trying all subsets, smallest first, for separability."""
    from scipy.optimize import linprog

    x = np.column_stack([np.ones(len(points)), points]).astype(float)
    for wrong in range(len(label) + 1):
        for left_out in itertools.combinations(range(len(label)), wrong):
            kept = np.setdiff1d(np.arange(len(label)), left_out)
            rows = -label[kept, None] * x[kept]
            if not len(kept):
                return wrong
            found = linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(len(kept)), bounds=(None, None))
            if found.status == 0:
                return wrong
    raise AssertionError


@pytest.mark.parametrize("seed", range(40))
def test_least_errors_with_ties_and_points_on_lines(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 2 + seed % 4, size=(8, 2))
    label = rng.choice([-1, 1], size=8)
    assert halfplanes.least_errors(points, label) == by_linear_programmes(points, label)


@pytest.mark.parametrize("seed", range(10))
def test_optima_are_different_and_have_the_least_number_of_errors(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, label = rng.integers(0, 20, size=(15, 2)), rng.choice([-1, 1], size=15)
    splits = halfplanes.optima(points, label)
    assert len(np.unique(splits, axis=0)) == len(splits)
    assert set((splits != label).sum(axis=1)) == {halfplanes.least_errors(points, label)}


@pytest.mark.parametrize("seed", range(5))
def test_the_line_attains_it_and_no_surrogate_beats_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    label = np.repeat([-1.0, 1.0], 20)
    points = rng.integers(0, 100, size=(40, 2)) + 30 * (label[:, None] > 0)
    features = (points - points.mean(axis=0)) / points.std(axis=0)
    ones = np.column_stack([np.ones(40), features])
    least = halfplanes.least_errors(points, label)
    count = lossnb.ZeroOne()
    best = halfplanes.optimum(points, label, features)
    assert count(ones @ best, label).sum() == least
    hinge = halfplanes.least_hinge(ones, label)
    assert count(ones @ hinge, label).sum() >= least
    start = rng.normal(size=3)
    smooth = halfplanes.smoothed_descent(ones, label, start, 0.1)
    assert np.isclose(np.linalg.norm(smooth), 1)
    assert count(ones @ smooth, label).sum() <= count(ones @ start, label).sum()


def test_least_hinge_is_least() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    y = rng.choice([-1.0, 1.0], size=30)
    w, hinge = halfplanes.least_hinge(x, y), lossnb.Hinge()
    around = [hinge(x @ (w + 0.01 * d), y).mean() for d in rng.normal(size=(50, 3))]
    assert hinge(x @ w, y).mean() <= min(around)


def test_constants_and_doubles() -> None:
    one = np.array([[3, 4]] * 5)
    assert halfplanes.least_errors(one, np.array([1, 1, -1, 1, -1])) == 2
    best = halfplanes.optimum(one, np.array([1, 1, -1, 1, -1]), one.astype(float))
    assert best.tolist() == [1.0, 0.0, 0.0]


def test_whole_refuses_to_round() -> None:
    assert halfplanes.whole(np.array([[1.25, 3.0]]), 2).tolist() == [[125, 300]]
    with pytest.raises(ValueError, match="decimals=1"):
        halfplanes.whole(np.array([[1.25, 3.0]]), 1)
    with pytest.raises(ValueError, match="whole numbers"):
        halfplanes.least_errors(np.array([[0.5, 1.0]]), np.array([1]))


def test_contest_on_wine() -> None:
    count, measures = lossnb.ZeroOne(), ("alcohol", "malic_acid")
    clean = halfplanes.split(data.wine_pair(), measures, 2, 60, 0)
    slipped = halfplanes.split(data.wine_pair(), measures, 2, 60, 0, slips=0.1)
    assert (clean.points != slipped.points).any(axis=1).sum() == 6
    assert len(clean.test_label) == 59
    wrong = {
        name: count(clean.features @ weights, clean.label).sum()
        for name, weights in halfplanes.contest(clean).items()
    }
    assert wrong["0-1"] == halfplanes.least_errors(clean.points, clean.label) == min(wrong.values())
