"""Locations by bisection, and the cost of a bounded pull, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import lossnb
from lossnb.book import location, robust

SAMPLES = np.random.default_rng(0).normal(size=(5, 21))


def test_squared_error_puts_it_at_the_mean() -> None:
    found = location.location(SAMPLES, lossnb.SquaredError())
    assert found == pytest.approx(SAMPLES.mean(axis=1), abs=1e-12)


def test_the_huber_loss_as_by_its_own_bisection() -> None:
    found = location.location(SAMPLES, lossnb.Huber(delta=1.0), scale=0.5)
    assert found == pytest.approx(robust.huber_location(SAMPLES, 0.5), abs=1e-12)
    scaled = location.mad_location(SAMPLES, lossnb.Huber(delta=1.0), 1.345)
    assert scaled == pytest.approx(robust.huber_location(SAMPLES, 1.345, scaled=True), abs=1e-12)


def test_log_cosh_balances_the_hyperbolic_tangents() -> None:
    centre = location.location(SAMPLES, lossnb.LogCosh())
    assert np.tanh(centre[:, None] - SAMPLES).sum(axis=1) == pytest.approx(np.zeros(5), abs=1e-12)


def test_the_cost_of_the_huber_clip_in_closed_form() -> None:
    efficiency, influence, worst = location.bounded_influence(lossnb.Huber(), 1.345, 0.05)
    inside = 2 * robust.normal_cdf(1.345) - 1
    assert efficiency == pytest.approx(0.95, abs=1e-4)
    assert influence == pytest.approx(1.345 / inside, abs=1e-9)
    assert worst == pytest.approx(robust.worst_variance(1.345, 0.05), abs=1e-9)
