"""The ψ-transform by brute force, and the laws on which surrogates are tried."""

import numpy as np
import pytest

import lossnb
from lossnb.book import data, hinges, linear, surrogates

U = np.linspace(0, 1, 41)
SMOOTH = [lossnb.SquaredHinge(), lossnb.Exponential(), lossnb.Logistic()]


def entropy(u):
    return -sum(p * np.log(np.where(p > 0, p, 1)) for p in ((1 + u) / 2, (1 - u) / 2))


CLOSED = [
    (lossnb.ZeroOne(), U),
    (lossnb.Perceptron(), 0 * U),
    (lossnb.Hinge(), U),
    (lossnb.SquaredHinge(), U**2),
    (lossnb.Exponential(), 1 - np.sqrt(1 - U**2)),
    (lossnb.Logistic(), np.log(2) - entropy(U)),
]


@pytest.mark.parametrize(("loss", "closed"), CLOSED)
def test_psi_is_the_closed_form(loss, closed):
    assert np.allclose(surrogates.psi(loss, U), closed, atol=1e-12)


def test_psi_of_a_loss_with_a_kink_at_zero():
    def bent(z, y):
        return np.maximum(0, np.maximum(1 - 2 * y * z, 1 - y * z / 2))

    assert np.allclose(surrogates.psi(bent, U), np.maximum(0, 2.5 * U - 1.5), atol=1e-12)


@pytest.mark.parametrize("eta", [0.2, 0.5, 0.9])
def test_the_minimiser_is_the_link(eta):
    odds = np.log(eta / (1 - eta))
    for loss, best in zip(SMOOTH, (2 * eta - 1, odds / 2, odds), strict=True):
        assert surrogates.minimiser(loss, np.array([eta]))[0] == pytest.approx(best, abs=1e-6)


def test_the_wrong_sign_is_wrong():
    eta = np.array([0.1, 0.4, 0.6, 0.9])
    score = surrogates.minimiser(lossnb.Logistic(), eta, wrong=True)
    assert (score * (2 * eta - 1) <= 0).all()
    risk = surrogates.least_risk(lossnb.Logistic(), eta, wrong=True)
    assert np.allclose(risk, np.log(2))


def test_the_lower_hull_is_convex_and_touches():
    x = np.linspace(0, 1, 201)
    y = np.sin(9 * x) + x**2
    hull = surrogates.lower_hull(x, y)
    assert (hull <= y + 1e-15).all()
    assert (np.diff(hull, 2) >= -1e-12).all()
    assert hull[0] == y[0]
    assert hull[-1] == y[-1]
    corners = np.flatnonzero(np.diff(hull, 2) > 1e-9) + 1
    assert np.array_equal(hull[corners], y[corners])
    with pytest.raises(ValueError, match="increasing"):
        surrogates.lower_hull(x[::-1], y)


def test_long_and_servedio():
    features, label = surrogates.long_servedio(0.05, one_in=10)
    assert (features @ [1.0, 0.0] > 0).all()
    assert np.mean(label < 0) == 0.1
    blocks = [features[k] for k in (0, 10, 20, 30)]
    assert np.allclose(blocks, [[1, 0], [0.05, 0.25], [0.05, -0.05], [0.05, -0.05]])
    for loss in (*SMOOTH, lossnb.Hinge()):
        w = surrogates.fit(loss, features, label, intercept=False)
        assert np.mean(features @ w <= 0) == 0.5


def test_the_turn_of_the_squared_hinge():
    for gamma, wrong in ((1 / 12 - 1e-6, 0.5), (1 / 12 + 1e-6, 0.0)):
        features, label = surrogates.long_servedio(gamma)
        w = surrogates.fit(lossnb.SquaredHinge(), features, label, intercept=False)
        assert np.mean(features @ w <= 0) == wrong


def test_the_hinge_as_a_programme_and_by_its_dual():
    rng = np.random.default_rng(0)
    features = np.column_stack([np.ones(60), rng.normal(size=(60, 2))])
    label = np.where(features[:, 1] + rng.normal(size=60) > 0, 1.0, -1.0)
    hinge = lossnb.Hinge()
    by_programme = hinge(features @ surrogates.fit(hinge, features, label), label).mean()
    w = surrogates.fit(hinge, features, label, penalty=1e-6)
    assert by_programme == pytest.approx(hinge(features @ w, label).mean(), abs=1e-4)
    assert np.array_equal(w, hinges.support(features, label, penalty=1e-6).weights)


def test_random_laws():
    weights, eta, score = surrogates.random_laws(np.random.default_rng(0), laws=50, points=4)
    assert weights.shape == eta.shape == score.shape == (50, 4)
    assert np.allclose(weights.sum(axis=1), 1)
    assert ((eta >= 0) & (eta <= 1)).all()


def test_a_split_flips_training_labels_only():
    wines = data.wine_pair()
    train, test = surrogates.split(wines, seed=3)
    noisy, same = surrogates.split(wines, seed=3, flipped=0.1)
    assert len(train.label) + len(test.label) == len(wines)
    assert np.sum(train.label != noisy.label) == round(0.1 * len(train.label))
    assert np.array_equal(test.label, same.label)
    assert np.allclose(train.features[:, 1:].mean(axis=0), 0)
    assert np.allclose(wines.target, data.wine_pair().target)


def test_held_out_is_what_a_fit_of_its_own_gives():
    wines, losses = data.wine_pair(), [lossnb.Hinge(), lossnb.Logistic()]
    error, risk = surrogates.held_out(losses, wines, seed=0)
    train, test = surrogates.split(wines, seed=0)
    k = surrogates.PENALTIES.index(0.1)
    w = linear.fit(losses[1], train.features, train.label, penalty=0.1)
    assert risk[1, k] == pytest.approx(losses[1](test.features @ w, test.label).mean())
    assert error[1, k] == 100 * test.errors(w) / len(test.label)
    assert error.shape == risk.shape == (2, len(surrogates.PENALTIES))


def test_agreement():
    assert surrogates.agreement(np.array([1.0, 2, 3]), np.array([1, 2, 3])) == 100
    assert surrogates.agreement(np.array([1.0, 2, 3]), np.array([2, 2, 1])) == 0
    assert surrogates.agreement(np.array([1.0, 2]), np.array([4, 4])) is None


def test_the_hinge_with_a_penalty_that_the_interior_point_refuses(monkeypatch):
    train, _ = surrogates.split(data.wine_pair(), seed=0)
    exact = surrogates.fit(lossnb.Hinge(), train.features, train.label, penalty=0.1)

    def refuse(*args, **options):
        raise hinges.NotSolved("not solved")

    monkeypatch.setattr(hinges, "support", refuse)
    other = surrogates.fit(lossnb.Hinge(), train.features, train.label, penalty=0.1)
    assert np.allclose(other, exact, atol=1e-4)
    with pytest.raises(hinges.NotSolved, match="not solved"):
        surrogates.fit(lossnb.Hinge(), train.features, train.label, penalty=0.1, intercept=False)


def test_a_bad_penalty_is_not_taken_for_one_that_is_hard_to_solve():
    train, _ = surrogates.split(data.wine_pair(), seed=0)
    with pytest.raises(ValueError, match="penalty must be positive, got"):
        surrogates.fit(lossnb.Hinge(), train.features, train.label, penalty=-0.1)
