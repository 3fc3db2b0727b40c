"""The facts of every loss, tested as properties: none is only declared."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

import lossnb
from tests import support

losses = pytest.mark.parametrize("loss", support.INSTANCES, ids=repr)
HUGE = 1e6  # what is larger counts as infinite
seeds = st.integers(0, 2**32 - 1)


def draw(loss, seed):
    """Hypothesis draws the seed; the sample is of any scale."""
    rng = np.random.default_rng(seed)
    scale = 10 ** rng.uniform(-2, 2)
    classes = None if getattr(loss, "alpha", None) else int(rng.integers(2, 7))
    soft = bool(rng.random() < 0.5)
    return (rng, *support.sample(loss, rng, 20, scale, soft=soft, classes=classes))


def targets_of(loss):
    return {"real": [0.0], "sign": [-1.0, 1.0], "unit": [0.0, 0.3, 1.0], "binary": [0.0, 1.0]}[
        loss.targets]


def candidates(loss):
    """Batches of predictions and targets among which suprema are approached."""
    if not loss._over_axis:
        grid = np.concatenate([np.linspace(-40, 40, 4001), np.geomspace(1e-3, 1e9, 200)])
        grid = np.concatenate([grid, -grid])
        for y in targets_of(loss):
            yield grid, np.full_like(grid, y)
        return
    weights = getattr(loss, "alpha", None)
    for classes in (len(weights),) if weights else (2, 3, 10, 1000):
        one, two = np.eye(classes)[:2]
        sizes = np.concatenate([np.linspace(-12, 12, 97), [-1e9, -60, 60, 1e9]])[:, None]
        z = np.concatenate([sizes * one, sizes * (one + two), sizes * (one - two),
                            60 * (one + two) + sizes * one])
        for y in range(min(classes, 3)):
            yield z, np.full(len(z), y)


def norms(loss, gradient):
    return np.linalg.norm(gradient, axis=-1) if loss._over_axis else abs(gradient)


def steepest(loss):
    """The largest gradient, or difference quotient of the value across a jump."""
    most = max(norms(loss, loss.gradient(z, y)).max() for z, y in candidates(loss))
    if loss._over_axis:
        if getattr(loss, "alpha", None) is None:
            many = loss.gradient(np.zeros((1, 2_000_000)), [0])
            most = max(most, float(np.linalg.norm(many)))
        return most
    return max(most, _quotient(loss, loss))


def _quotient(loss, call):
    """The largest difference quotient over 2e-8 around the tenths, where the kinks are."""
    z = np.arange(-30, 31) / 10
    return max((abs(call(z + 1e-8, np.full_like(z, y)) - call(z - 1e-8, np.full_like(z, y)))).max()
               for y in targets_of(loss)) / 2e-8


def most_curved(loss):
    if not loss._over_axis:
        if (jump := _quotient(loss, loss)) > HUGE:
            return jump  # where the value jumps there is no gradient
        most = max(abs(loss.hessian(z, y)).max() for z, y in candidates(loss))
        return max(most, _quotient(loss, loss.gradient))
    most = 0.0
    for z, y in candidates(loss):
        if z.shape[1] <= 10:
            most = max(most, np.linalg.norm(loss.hessian(z, y), 2, axis=(-2, -1)).max())
    z = np.full((4, 3), [0.0, 0.0, -9.0])
    z[:, 1] = [-1 - 1e-8, -1 + 1e-8, 1 - 1e-8, 1 + 1e-8]
    g = loss.gradient(z, [0, 0, 0, 0])
    return max(most, np.linalg.norm(np.diff(g, axis=0)[::2], axis=-1).max() / 2e-8)


def check_supremum(declared, found):
    if declared is None:
        return
    if declared == np.inf:
        assert found > HUGE
    else:
        assert declared * 0.99 <= found <= declared * (1 + 1e-7)


@losses
def test_the_lipschitz_constant_is_the_supremum(loss):
    check_supremum(loss.facts.lipschitz, steepest(loss))


@losses
def test_the_smoothness_constant_is_the_supremum(loss):
    check_supremum(loss.facts.smooth, most_curved(loss))


@losses
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=seeds)
def test_no_random_input_exceeds_the_constants(loss, seed):
    _, z, y = draw(loss, seed)
    facts = loss.facts
    if facts.lipschitz is not None:
        assert norms(loss, loss.gradient(z, y)).max() <= facts.lipschitz * (1 + 1e-12)
    if facts.smooth is not None:
        hessian = loss.hessian(z, y)
        size = np.linalg.norm(hessian, 2, axis=(-2, -1)) if loss._over_axis else abs(hessian)
        assert size.max() <= facts.smooth * (1 + 1e-12)
    if facts.bounded:
        assert loss(z, y).max() <= 2.0


@losses
@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=seeds)
def test_convexity_along_chords(loss, seed):
    rng, a, y = draw(loss, seed)
    b = a + rng.normal(size=a.shape) * 10 ** rng.uniform(-2, 2)
    share = rng.random()
    left = loss(share * a + (1 - share) * b, y)
    right = share * loss(a, y) + (1 - share) * loss(b, y)
    if loss.facts.convex:
        assert (left <= right + 1e-9 * (1 + abs(right))).all()


@losses
def test_what_is_called_not_convex_has_a_chord_below(loss):
    if loss.facts.convex:
        return
    found = False
    for z, y in candidates(loss):
        for step in (1, 37, 1001):
            if len(z) > step:
                a, b, t = z[:-step], z[step:], y[step:]
                found |= (loss((a + b) / 2, t) > (loss(a, t) + loss(b, t)) / 2 + 1e-6).any()
    assert found


@losses
def test_boundedness(loss):
    most = max(loss(z, y).max() for z, y in candidates(loss))
    assert (most <= 2.0) if loss.facts.bounded else (most > HUGE)


# Functionals


def minimise(risk, low, high):
    """The minimiser of a risk on the line: a fine grid, then golden section around its best."""
    grid = np.linspace(low, high, 4001)
    best = int(np.argmin(risk(grid)))
    around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return optimize.minimize_scalar(
        lambda t: risk(np.array([t]))[0], bounds=around, method="bounded", options={"xatol": 1e-10}
    ).x


def m_estimate(slope):
    return lambda y: optimize.brentq(lambda t: slope(t - y).sum(), y.min(), y.max(), xtol=1e-13)


def functional(loss):
    """The functional of a sample that the fact names, computed apart from the loss."""
    size = getattr(loss, "delta", None) or getattr(loss, "beta", None)
    return {
        "mean": np.mean,
        "median": np.median,
        "quantile": lambda y: np.quantile(y, loss.tau, method="inverted_cdf"),
        "huber": m_estimate(lambda r: r.clip(-size, size)),
        "log-cosh": m_estimate(np.tanh),
    }[loss.facts.estimates]


@pytest.mark.parametrize(
    "loss", [x for x in support.INSTANCES if x.targets == "real"], ids=repr)
def test_the_minimiser_over_a_sample(loss):
    for seed in range(3):
        y = np.random.default_rng(seed).standard_t(2, 23)
        def risk(t, y=y):
            return loss(*np.broadcast_arrays(t[:, None], y)).mean(-1)

        found = minimise(risk, y.min(), y.max())
        assert found == pytest.approx(functional(loss)(y), abs=2e-5)


SCALAR = [x for x in support.INSTANCES if not x._over_axis and x.targets != "real"]


def binary_risk(loss, eta):
    low, high = (-1.0, 1.0) if loss.targets == "sign" else (0.0, 1.0)
    return lambda z: eta * loss(z, high) + (1 - eta) * loss(z, low)


def focal_log_odds(eta, gamma):
    p = np.linspace(1e-6, 1 - 1e-6, 400_001)
    risk = -eta * (1 - p) ** gamma * np.log(p) - (1 - eta) * p**gamma * np.log1p(-p)
    return special.logit(p[np.argmin(risk)])


def expected_score(loss, eta):
    name = loss.facts.estimates
    if name.startswith("weighted "):
        eta = loss.alpha * eta / (loss.alpha * eta + (1 - loss.alpha) * (1 - eta))
        name = name.removeprefix("weighted ")
    return {
        "sign": lambda: np.sign(2 * eta - 1), "zero": lambda: 0.0, "mean": lambda: 2 * eta - 1,
        "log-odds": lambda: special.logit(eta), "half log-odds": lambda: special.logit(eta) / 2,
        "focal log-odds": lambda: focal_log_odds(eta, loss.gamma),
    }[name]()


@pytest.mark.parametrize("loss", SCALAR, ids=repr)
def test_the_best_score(loss):
    scores = []
    for eta in (0.1, 0.3, 0.45, 0.7, 0.95):
        risk = binary_risk(loss, eta)
        found, expected = minimise(risk, -8, 8), expected_score(loss, eta)
        if isinstance(loss, lossnb.ZeroOne):
            assert risk(expected) == pytest.approx(risk(np.linspace(-8, 8, 99)).min())
        else:
            assert found == pytest.approx(expected, abs=2e-3)
        scores.append(expected)
        if loss.facts.calibrated:
            assert np.sign(expected) == np.sign(2 * eta - 1)
    if loss.facts.calibrated is False:
        etas = np.linspace(0.02, 0.98, 49)
        wrong = [np.sign(round(expected_score(loss, e), 9)) != np.sign(e - 0.5)
                 for e in etas if abs(e - 0.5) > 0.005]
        assert any(wrong)
    check_proper(loss, scores)


def check_proper(loss, scores):
    """Strictly proper: the score tells the probability through the link of the fact's name."""
    if loss.facts.proper == "strictly":
        assert loss.facts.estimates in ("log-odds", "half log-odds", "mean")
        assert len({round(float(s), 6) for s in scores}) == len(scores)
    else:
        assert loss.facts.proper == "no"
        assert loss.facts.estimates not in ("log-odds", "half log-odds", "mean")


MULTI = [x for x in support.INSTANCES if x._over_axis]
SMOOTH = [x for x in MULTI if "Hinge" not in type(x).__name__]


def risk_of(loss, t):
    labels = np.arange(len(t))

    def risk(z):
        value, gradient = loss.value_and_gradient(np.tile(z, (len(t), 1)), labels)
        return t @ value, t @ gradient

    return risk


@pytest.mark.parametrize("loss", SMOOTH, ids=repr)
def test_the_best_forecast(loss):
    for t in ([0.6, 0.3, 0.1], [0.4, 0.35, 0.25], [0.2, 0.15, 0.65]):
        t = np.array(t)
        z = optimize.minimize(risk_of(loss, t), np.log(t), jac=True, method="BFGS",
                              options={"gtol": 1e-12}).x
        p, name = special.softmax(z), loss.facts.estimates
        if name.startswith("weighted "):
            t = np.array(loss.alpha) * t / np.dot(loss.alpha, t)
            name = name.removeprefix("weighted ")
        if name == "smoothed probabilities":
            epsilon = loss.label_smoothing
            np.testing.assert_allclose(p, (1 - epsilon) * t + epsilon / 3, atol=1e-6)
        elif name == "focal probabilities":  # Lagrange: t_j d/dp(−(1 − p)^γ log p) is one number
            g = loss.gamma
            slopes = t * (g * (1 - p) ** (g - 1) * np.log(p) - (1 - p) ** g / p)
            np.testing.assert_allclose(slopes, slopes[0], rtol=1e-4)
        else:
            assert name == "probabilities"
            np.testing.assert_allclose(p, t, atol=1e-6)
        if loss.facts.calibrated:
            assert p.argmax() == t.argmax()
    forecasts_truth = loss.facts.estimates == "probabilities"
    assert loss.facts.proper == ("strictly" if forecasts_truth else "no")


def test_unequal_weights_are_not_calibrated():
    loss = lossnb.FocalLoss(alpha=(0.5, 1.0, 2.0))
    assert loss.facts.calibrated is False
    t = np.array([0.4, 0.35, 0.25])
    z = optimize.minimize(risk_of(loss, t), np.zeros(3), jac=True).x
    assert z.argmax() != t.argmax()


def least_hinge_risk(cls, t, lead=None):
    """The least risk of a multiclass hinge by linear programming, z_0 ahead of z_1 by `lead`."""
    pairs = [(y, j) for y in range(3) for j in range(3) if j != y]
    shared = cls is lossnb.CrammerSingerHinge
    slack = [y if shared else k for k, (y, _) in enumerate(pairs)]
    count = 3 + (3 if shared else len(pairs))
    rows = np.zeros((len(pairs), count))
    for k, (y, j) in enumerate(pairs):  # 1 + z_j − z_y ≤ slack
        rows[k, j], rows[k, y], rows[k, 3 + slack[k]] = 1, -1, -1
    bounds = [(-5, 5)] * 3 + [(0, None)] * (count - 3)
    cost = np.zeros(count)
    for k, (y, _) in enumerate(pairs):
        cost[3 + slack[k]] = t[y]
    limits = -np.ones(len(pairs))
    if lead is not None:
        rows = np.vstack([rows, np.eye(count)[1] - np.eye(count)[0]])
        limits = np.append(limits, -lead)
    return optimize.linprog(cost, rows, limits, bounds=bounds).fun


@pytest.mark.parametrize("cls", [lossnb.CrammerSingerHinge, lossnb.WestonWatkinsHinge])
def test_multiclass_hinges_are_not_calibrated(cls):
    """At (0.4, 0.35, 0.25) leading with class 0 costs more than a tie: the argmax is not Bayes'."""
    loss, t = cls(), np.array([0.4, 0.35, 0.25])
    assert loss.facts.calibrated is False
    assert loss.facts.proper == "no"
    least = least_hinge_risk(cls, t)
    assert least_hinge_risk(cls, t, lead=0.1) > least + 1e-3
    best = np.zeros(3) if cls is lossnb.CrammerSingerHinge else np.array([1.0, 1.0, 0.0])
    assert risk_of(loss, t)(best)[0] == pytest.approx(least)
    if cls is lossnb.CrammerSingerHinge:  # with a majority it finds it
        majority = np.array([0.6, 0.3, 0.1])
        assert risk_of(loss, majority)(np.array([1.0, 0, 0]))[0] == pytest.approx(
            least_hinge_risk(cls, majority))


def test_every_estimate_is_tested():
    known = {"mean", "median", "quantile", "huber", "log-cosh", "sign", "zero", "log-odds",
             "half log-odds", "focal log-odds", "probabilities", "focal probabilities",
             "smoothed probabilities", "majority class", "ordered partition"}
    for loss in support.INSTANCES:
        assert loss.facts.estimates.removeprefix("weighted ") in known


def test_facts_of_the_design():
    facts = {type(loss): loss.facts for loss in support.DEFAULTS}
    assert facts[lossnb.Logistic].smooth == 0.25
    assert facts[lossnb.SoftmaxCrossEntropy].lipschitz == 2**0.5
    assert facts[lossnb.SoftmaxCrossEntropy].smooth == 0.5
    assert facts[lossnb.SquaredError].smooth == 2
    assert lossnb.SmoothL1(beta=4).facts.smooth == 0.25
    assert facts[lossnb.BinaryFocalLoss].convex is False
    assert facts[lossnb.BinaryFocalLoss].lipschitz is None
    assert lossnb.BinaryFocalLoss(gamma=0).facts.convex
    assert lossnb.FocalLoss(gamma=0).facts.convex
    assert facts[lossnb.WestonWatkinsHinge].lipschitz == np.inf
    smoothed = lossnb.SoftmaxCrossEntropy(label_smoothing=0.2).facts
    assert smoothed.lipschitz == pytest.approx((1 + 0.8**2) ** 0.5)


@pytest.mark.parametrize(("cls", "change"), [
    (lossnb.Huber, {"lipschitz": 1.02}), (lossnb.Logistic, {"smooth": 0.26}),
    (lossnb.Hinge, {"smooth": 1.0}), (lossnb.Brier, {"bounded": False}),
])
def test_a_wrong_fact_is_seen(cls, change, monkeypatch):
    wrong = dataclasses.replace(cls().facts, **change)
    monkeypatch.setattr(cls, "facts", wrong)
    with pytest.raises(AssertionError):
        check_all(cls())


def check_all(loss):
    for check in (test_the_lipschitz_constant_is_the_supremum,
                  test_the_smoothness_constant_is_the_supremum, test_boundedness):
        check(loss)
