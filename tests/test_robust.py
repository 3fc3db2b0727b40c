"""The robust fits against closed forms, published values and slower ways."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossnb
from lossnb.book import data, robust

UNIT = lambda residuals: 1.0  # noqa: E731  a scale that leaves the residuals alone


def test_stack_loss_is_the_published_m_estimate():
    plant = data.stack_loss()
    fit = robust.m_estimate(plant.features, plant.target, lossnb.Huber(delta=1.345))
    # R 4: MASS::rlm(stack.loss ~ ., stackloss); statsmodels: RLM with HuberT
    assert np.round(fit.coefficients, 4).tolist() == [-41.0265, 0.8294, 0.9261, -0.1278]
    assert (np.flatnonzero(fit.weights < 1) + 1).tolist() == [3, 4, 21]


def test_least_absolute_passes_through_as_many_points_as_coefficients():
    plant = data.stack_loss()
    fit = robust.least_absolute(plant.features, plant.target)
    residuals = plant.features @ fit - plant.target
    assert np.sum(np.abs(residuals) < 1e-8) >= 4
    # R: quantreg::rq(stack.loss ~ ., data = stackloss)
    assert np.round(fit, 4).tolist() == [-39.6899, 0.8319, 0.5739, -0.0609]


def test_squared_error_has_unit_weights_after_halving_and_gives_least_squares():
    plant = data.stack_loss()
    fit = robust.m_estimate(plant.features, plant.target, lossnb.SquaredError())
    assert np.allclose(fit.coefficients, robust.least_squares(plant.features, plant.target))


def test_no_step_raises_the_sum():
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(40), rng.normal(size=40)])
    y = x @ [1.0, 2.0] + rng.standard_t(1, size=40)
    loss = lossnb.Huber(delta=0.5)
    beta, sums = robust.least_squares(x, y), []
    for _ in range(30):
        residuals = x @ beta - y
        sums.append(loss(residuals, np.zeros(40)).sum())
        root = np.sqrt(robust.weights(loss, residuals))
        beta = robust.least_squares(x * root[:, None], y * root)
    assert all(b <= a + 1e-12 for a, b in pairwise(sums))


def test_weight_at_zero_is_the_limit():
    loss = lossnb.Huber(delta=0.7)
    assert robust.weights(loss, np.array([0.0, 1e-12, 0.7, 1.4])).tolist() == [1, 1, 1, 0.5]


def test_perfect_fit_has_no_scale():
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    with pytest.raises(ValueError, match="scale is 0"):
        robust.m_estimate(x, np.zeros(5), lossnb.Huber(delta=1.0))


def test_no_convergence_is_said():
    plant = data.stack_loss()
    with pytest.raises(ValueError, match="no convergence in 2 steps"):
        robust.m_estimate(plant.features, plant.target, lossnb.Huber(delta=1.0), most_steps=2)


@pytest.mark.parametrize(
    ("values", "shares", "delta", "ends"),
    [
        ([1000, 10], [0.95, 0.05], 1.0, (1000 - 1 / 19,) * 2),
        ([1000, 10], [0.95, 0.05], 940.5, (950.5, 950.5)),
        ([1000, 10], [0.95, 0.05], 5000.0, (950.5, 950.5)),
        ([-1, 0, 10], [0.30, 0.67, 0.03], 1.0, (-27 / 97,) * 2),
        ([-1, 1], None, 0.5, (-0.5, 0.5)),
        ([-1, 1], None, 2.0, (0.0, 0.0)),
        ([0, 0, 0, 0, 10], None, 8.0, (2.0, 2.0)),
        ([7.0], None, 1.0, (7.0, 7.0)),
    ],
)
def test_minimiser_in_closed_form(values, shares, delta, ends):
    assert robust.huber_interval(np.array(values), shares, delta) == pytest.approx(ends, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=12),
    st.floats(0.01, 50),
)
def test_minimiser_is_a_minimum_of_the_loss(values, delta):
    y = np.array(values)
    low, high = robust.huber_interval(y, None, delta)
    loss = lossnb.Huber(delta=delta)

    def risk(theta):
        return loss(np.full(len(y), theta), y).mean()

    best = risk((low + high) / 2)
    slack = 1e-9 * (1 + abs(best))
    assert low <= high + 1e-9
    assert risk(low) == pytest.approx(risk(high), abs=1e-7 * (1 + best))
    for step in (1e-3, 0.1, 3.0):
        assert risk(low - step) >= best - slack
        assert risk(high + step) >= best - slack


def test_bisection_agrees_with_the_exact_minimiser():
    samples = np.random.default_rng(1).standard_t(2, size=(50, 11))
    exact = [np.mean(robust.huber_interval(row, None, 0.8)) for row in samples]
    assert np.allclose(robust.huber_location(samples, 0.8), exact, atol=1e-9)


def test_scaled_location_goes_with_the_unit():
    samples = np.random.default_rng(3).standard_t(2, size=(20, 31))
    once = robust.huber_location(samples, 1.345, scaled=True)
    assert np.allclose(robust.huber_location(100 * samples, 1.345, scaled=True), 100 * once)
    for row, theta in zip(samples, once, strict=True):
        unit = robust.mad(row - np.median(row))
        assert theta == pytest.approx(float(robust.huber_location(row, 1.345 * unit)), abs=1e-9)


def test_probabilities_must_be_probabilities():
    with pytest.raises(ValueError, match="sum to 1"):
        robust.huber_interval(np.array([0.0, 1.0]), [0.5, 0.6], 1.0)


def test_efficiency_is_95_per_cent_at_1345():
    loss = lossnb.Huber(delta=1.345)
    variance = robust.asymptotic_variance(loss, robust.normal_density, kinks=(1.345,))
    assert 1 / variance == pytest.approx(0.95, abs=1e-6)
    assert robust.worst_variance(1.345, 0.0) == pytest.approx(variance, rel=1e-9)


def test_variance_of_the_mean_is_the_variance():
    laplace = lambda x: math.exp(-abs(x)) / 2  # noqa: E731
    assert robust.asymptotic_variance(lossnb.SquaredError(), laplace) == pytest.approx(2, rel=1e-7)


def test_minimax_delta_is_hubers_table():
    # Huber (1981), Robust Statistics, the table of k against ε
    for epsilon, k in ((0.01, 1.945), (0.05, 1.399), (0.1, 1.140), (0.2, 0.862), (0.5, 0.436)):
        assert robust.minimax_delta(epsilon) == pytest.approx(k, abs=1.5e-3)


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.4])
def test_minimax_delta_minimises_the_worst_variance(epsilon):
    best = robust.minimax_delta(epsilon)
    assert robust.contamination(best) == pytest.approx(epsilon, abs=1e-9)
    least = robust.worst_variance(best, epsilon)
    for other in (0.5 * best, 0.95 * best, 1.05 * best, 2 * best):
        assert robust.worst_variance(other, epsilon) > least
    inside = 2 * robust.normal_cdf(best) - 1
    assert least == pytest.approx(1 / ((1 - epsilon) * inside), rel=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -0.1, math.nan])
def test_share_outside_0_1(epsilon):
    with pytest.raises(ValueError, match="epsilon must lie between 0 and 1"):
        robust.minimax_delta(epsilon)


def test_mad_is_sigma_at_the_normal():
    sample = 3 * np.random.default_rng(2).normal(size=200_000)
    assert robust.mad(sample) == pytest.approx(3, rel=0.01)


def test_scale_can_be_switched_off():
    x, y = np.ones((5, 1)), np.array([0.0, 0, 0, 0, 10])
    fit = robust.m_estimate(x, y, lossnb.Huber(delta=1.0), scale=UNIT)
    assert fit.coefficients == pytest.approx([0.25])
    assert fit.scale == 1


@pytest.mark.parametrize("epsilon", [1.1, 1.35, 2.0, 10.0])
def test_joint_scale_solves_its_equation(epsilon):
    sigma = robust.joint_scale(epsilon)
    z = np.abs(np.linspace(-12, 12, 400_001)) / sigma
    mean = np.trapezoid(np.minimum(z, epsilon) ** 2 * robust.normal_density(z * sigma)) * 24 / 4e5
    assert mean == pytest.approx(1, abs=1e-6)


def test_joint_scale_is_that_of_scikit_learn():
    regressor = pytest.importorskip("sklearn.linear_model").HuberRegressor
    rng = np.random.default_rng(0)
    feature, noise = rng.normal(size=(20_000, 1)), rng.normal(size=20_000)
    model = regressor(epsilon=1.35, alpha=0).fit(feature, noise)
    assert robust.joint_scale(1.35) == pytest.approx(model.scale_, rel=0.02)


def test_joint_scale_needs_an_epsilon_above_1():
    with pytest.raises(ValueError, match="exceed 1"):
        robust.joint_scale(1.0)


SAMPLES = np.random.default_rng(0).normal(size=(5, 21))


def test_squared_error_puts_it_at_the_mean() -> None:
    found = robust.location(SAMPLES, lossnb.SquaredError())
    assert found == pytest.approx(SAMPLES.mean(axis=1), abs=1e-12)


def test_log_cosh_balances_the_hyperbolic_tangents() -> None:
    centre = robust.location(SAMPLES, lossnb.LogCosh())
    assert np.tanh(centre[:, None] - SAMPLES).sum(axis=1) == pytest.approx(np.zeros(5), abs=1e-12)


def test_the_cost_of_the_huber_clip_in_closed_form() -> None:
    efficiency, influence, worst = robust.bounded_influence(lossnb.Huber(), 1.345, 0.05)
    inside = 2 * robust.normal_cdf(1.345) - 1
    assert efficiency == pytest.approx(0.95, abs=1e-4)
    assert influence == pytest.approx(1.345 / inside, abs=1e-9)
    assert worst == pytest.approx(robust.worst_variance(1.345, 0.05), abs=1e-9)
