"""Quantiles, quantile regression and their intervals: the fast forms against the slow ones."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lossnb
from lossnb.book import data, quantiles, robust

LEVELS = (0.05, 0.1, 0.5, 0.75, 0.9)


@given(
    st.lists(st.integers(-5, 5), min_size=1, max_size=8),
    st.sampled_from([0.05, 0.1, 0.25, 0.3, 0.5, 0.6, 0.75, 0.8, 0.9]),
)
def test_the_interval_holds_the_minimisers_of_the_loss_and_nothing_else(
    values: list[int], tau: float
) -> None:
    y = np.array(values, dtype=float)
    low, high = quantiles.interval(y, None, tau)
    loss, grid = lossnb.Quantile(tau=tau), np.arange(-6, 6.25, 0.25)
    risk = np.array([loss(np.full(len(y), t), y).mean() for t in grid])
    best = grid[risk < risk.min() + 1e-9]
    assert (best[0], best[-1]) == (low, high)


def test_the_interval_of_a_law_with_weights() -> None:
    assert quantiles.interval(np.array([10.0, 0.0]), np.array([0.2, 0.8]), 0.8) == (0.0, 10.0)
    assert quantiles.interval(np.array([10.0, 0.0]), np.array([0.2, 0.8]), 0.7) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("probabilities", "tau", "message"),
    [([0.5, 0.6], 0.5, "sum to 1"), ([1.0, 0.0], 0.5, "positive"), ([0.5, 0.5], 1.0, "tau")],
)
def test_the_interval_refuses_what_is_no_law(
    probabilities: list[float], tau: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        quantiles.interval(np.array([0.0, 1.0]), np.array(probabilities), tau)


@pytest.mark.parametrize("tau", LEVELS)
def test_regression_finds_the_best_line_through_two_points(tau: float) -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(15), rng.normal(size=15)])
    y = rng.normal(size=15)
    loss = lossnb.Quantile(tau=tau)
    lines = [np.linalg.solve(x[list(pair)], y[list(pair)]) for pair in combinations(range(15), 2)]
    best = min(lines, key=lambda line: float(loss(x @ line, y).sum()))
    assert quantiles.regression(x, y, tau) == pytest.approx(best, abs=1e-9)


def test_regression_at_one_half_is_least_absolute() -> None:
    homes = data.food_spending()
    ours = quantiles.regression(homes.features, homes.target, 0.5)
    assert ours == pytest.approx(robust.least_absolute(homes.features, homes.target), rel=1e-9)
    assert ours == pytest.approx([81.48225, 0.56018], abs=1e-5)  # R's quantreg and statsmodels


@pytest.mark.parametrize("tau", LEVELS)
def test_the_share_below_the_plane_encloses_the_level(tau: float) -> None:
    homes = data.food_spending()
    x, y = homes.features, homes.target
    above = y - x @ quantiles.regression(x, y, tau)
    on = np.abs(above) < 1e-6
    assert on.sum() == 2
    assert np.sum((above < 0) & ~on) <= tau * len(y) <= np.sum((above < 0) | on)


def test_regression_gives_zero_to_a_column_of_zeros_and_names_a_bad_level() -> None:
    homes = data.food_spending()
    x = np.column_stack([homes.features, np.zeros(len(homes))])
    assert quantiles.regression(x, homes.target, 0.5)[2] == 0
    with pytest.raises(ValueError, match="tau"):
        quantiles.regression(homes.features, homes.target, 0)


def test_the_conformal_margin_covers_the_promised_number() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=100)
    low, high = np.full(100, -1.0), np.full(100, 1.0)
    margin = quantiles.conformal_margin(low, high, y, 0.9)
    assert np.sum((low - margin <= y) & (y <= high + margin)) == 91
    assert quantiles.conformal_margin(low - 9, high + 9, y, 0.9) < 0
    assert quantiles.conformal_margin(low[:5], high[:5], y[:5], 0.9) == float("inf")


def test_a_conformal_interval_covers_new_targets() -> None:
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(2000):
        y = rng.exponential(size=20)
        margin = quantiles.conformal_margin(np.zeros(19), np.zeros(19), y[:19], 0.9)
        inside.append(y[19] <= margin)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)  # 18 of 20 ranks


def test_the_data_sets() -> None:
    men, weeks = data.cps_wages(), data.avocados()
    assert men.features.shape == (28155, 10)
    assert len(men.names) == 10
    assert np.isfinite(men.features).all()
    assert (men.target > 0).all()
    assert men.features[:, 1].mean() == pytest.approx(13.07, abs=0.01)
    assert len(weeks) == 169
    assert weeks.mean() == pytest.approx(5.94, abs=0.01)
