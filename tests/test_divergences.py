"""Densities on a grid, and the fits of the chapter on KL divergence."""

import numpy as np
import pytest

import lossnb
from lossnb.book import divergences as d


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (3.0, 0.5), (-2.0, 2.0)])
def test_the_grid_integrates_what_has_a_closed_form(mean: float, sd: float) -> None:
    log_p, log_q = d.log_normal(1.0, 1.5), d.log_normal(mean, sd)
    assert d.divergence(log_p, log_q) == pytest.approx(
        d.normal_divergence(1.0, 1.5, mean, sd), rel=1e-9
    )


def test_jensen_shannon_is_symmetric_and_at_most_log_2() -> None:
    near, far = d.log_normal(0.0), d.log_normal(20.0)
    assert d.jensen_shannon(near, far) == pytest.approx(np.log(2), rel=1e-12)
    assert d.jensen_shannon(near, d.log_normal(1.0)) == pytest.approx(
        d.jensen_shannon(d.log_normal(1.0), near)
    )


def test_a_mixture_integrates_to_one() -> None:
    mixed = d.log_mixture(d.log_normal(np.array([-4.0, 4.0])))
    assert np.exp(mixed).sum() * d.STEP == pytest.approx(1)


def test_the_best_normal_for_a_normal_is_itself() -> None:
    mean, sd, least = d.best_normal(d.log_normal(2.0, 1.3), starts=[0.0, 2.0])
    assert (mean, sd) == (pytest.approx(2.0, abs=1e-5), pytest.approx(1.3, abs=1e-5))
    assert least == pytest.approx(0, abs=1e-9)


def test_the_best_normal_takes_a_mode_when_the_modes_are_far_apart() -> None:
    far = d.log_mixture(d.log_normal(np.array([-4.0, 4.0])))
    close = d.log_mixture(d.log_normal(np.array([-2.0, 2.0])))
    assert abs(d.best_normal(far, starts=[0.01, 4.0])[0]) == pytest.approx(4, abs=0.01)
    assert d.best_normal(close, starts=[0.01, 2.0])[0] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("reverse", [False, True])
def test_one_centre_is_found_in_either_direction(reverse: bool) -> None:
    found = d.fit_centres(d.log_normal(3.0), np.array([[-1.0], [8.0]]), reverse=reverse)
    assert found == pytest.approx(np.full((2, 1), 3.0), abs=1e-9)


def test_the_slope_of_fit_centres_is_the_derivative() -> None:
    log_p = d.log_mixture(d.log_normal(np.array([-4.0, 4.0])))
    start = np.array([[-1.0, 2.0]])
    for reverse in (False, True):

        def value(centres: np.ndarray, reverse: bool = reverse) -> float:
            log_q = d.log_mixture(d.log_normal(centres))
            pair = (log_q, log_p) if reverse else (log_p, log_q)
            return float(d.divergence(*pair))

        step = start - d.fit_centres(log_p, start, reverse=reverse, rate=1.0, steps=1)
        for k in range(2):
            shift = np.eye(2)[k] * 1e-5
            slope = (value(start[0] + shift) - value(start[0] - shift)) / 2e-5
            assert step[0, k] == pytest.approx(slope, abs=1e-6)


def test_the_reference_agrees_with_the_code() -> None:
    gaps = np.array([-30.0, -1.0, 1e-6, 2.0])
    a = np.broadcast_to([1.0, 0.0], (4, 2))
    b = np.stack([np.ones(4), gaps], -1)
    values, slopes = d.reference(gaps)
    value, slope = lossnb.kl_divergence.value_and_gradient(a, b, logits=True)
    assert value == pytest.approx(np.array([float(x) for x in values]), rel=1e-12)
    assert slope[:, 1] == pytest.approx(np.array([float(x) for x in slopes]), rel=1e-12)
