"""The linear classifiers reach what scikit-learn reaches."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

import lossnb
from lossnb.book import data, linear

WINE = data.standardised(data.wine_pair())


@pytest.mark.parametrize("penalty", [1.0, 0.01])
def test_logistic_regression(penalty):
    table = data.standardised(data.breast_cancer())
    model = LogisticRegression(C=1 / (penalty * len(table)), tol=1e-10, max_iter=10_000)
    model.fit(table.features[:, 1:], table.target)
    w = linear.fit(lossnb.Logistic(), table.features, table.target, penalty=penalty)
    assert np.allclose(w, [*model.intercept_, *model.coef_[0]], atol=1e-6)


def test_linear_svc_penalises_its_intercept():
    model = LinearSVC(C=1.0, tol=1e-10, dual=False, max_iter=100_000)
    model.fit(WINE.features[:, 1:], WINE.target)
    options = {"penalty": 1 / len(WINE), "intercept": False}
    w = linear.fit(lossnb.SquaredHinge(), WINE.features, WINE.target, **options)
    # LinearSVC minimises ½‖w‖² + C Σ φ
    assert np.allclose(w, [*model.intercept_, *model.coef_[0]], atol=1e-6)


@pytest.mark.parametrize("loss", [lossnb.SquaredHinge(), lossnb.Exponential(), lossnb.Logistic()])
def test_the_gradient_vanishes(loss):
    w = linear.fit(loss, WINE.features, WINE.target, penalty=0.1)
    slope = WINE.features.T @ loss.gradient(WINE.features @ w, WINE.target) / len(WINE)
    slope[1:] += 0.1 * w[1:]
    assert abs(slope).max() < 1e-12


def test_no_minimum_is_said():
    with pytest.raises(ValueError, match=r"no minimum within steps=12.*need a positive penalty"):
        linear.fit(lossnb.Logistic(), WINE.features, WINE.target, steps=12)
    x, y = np.array([[1.0, -1.0], [1, 0], [1, 0], [1, 1]]), np.array([-1.0, -1, 1, 1])
    for loss in (lossnb.Logistic(), lossnb.Exponential()):  # separated but for the two at 0
        with pytest.raises(ValueError, match="separated, if only in part"):
            linear.fit(loss, x, y)
    with pytest.raises(ValueError, match="penalty must be 0 or positive, got -1"):
        linear.fit(lossnb.Logistic(), WINE.features, WINE.target, penalty=-1)
    with pytest.raises(ValueError, match=r"no curvature to step by, got Hinge\(\)"):
        linear.fit(lossnb.Hinge(), WINE.features, WINE.target, penalty=0.1)


def test_the_objective_is_the_mean_and_half_the_square():
    w = np.array([3.0, 1.0, 2.0])
    x, y = np.array([[1.0, 0.0, 0.0], [1.0, -2.0, 0.0]]), np.array([1.0, -1.0])
    assert linear.objective(lossnb.Hinge(), w, x, y, penalty=2.0) == (0 + 2) / 2 + 5
    assert linear.objective(lossnb.Hinge(), w, x, y, penalty=2.0, intercept=False) == 1 + 14
