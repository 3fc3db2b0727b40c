"""The counted methods reach the minimum that the linear programme finds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lossnb.book import descent, robust

RNG = np.random.default_rng(0)
X = np.column_stack([np.ones(60), RNG.normal(size=(60, 2))])
Y = X @ np.array([0.5, 1.0, -1.0]) + RNG.laplace(size=60)
LEAST = float(np.abs(X @ robust.least_absolute(X, Y) - Y).mean())


@pytest.mark.parametrize("method", [descent.smoothed_steps, descent.subgradient_steps])
def test_finer_accuracy_takes_more_steps_and_is_reached(method: Callable[..., int]) -> None:
    coarse, fine = (method(X, Y, LEAST, accuracy) for accuracy in (0.1, 0.001))
    assert 1 <= coarse < fine < descent.MOST


def test_the_smoothed_method_keeps_to_its_bound() -> None:
    accuracy = 0.01
    distance = np.linalg.norm(robust.least_absolute(X, Y))
    curvature = np.linalg.norm(X, 2) ** 2 / len(Y)
    bound = 2 * distance * np.sqrt(curvature) / accuracy
    assert descent.smoothed_steps(X, Y, LEAST, accuracy) <= bound


def test_an_unreachable_goal_ends_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "MOST", 50)
    assert descent.subgradient_steps(X, Y, LEAST - 1, 0.001) == 50
