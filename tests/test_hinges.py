"""The exact fits of hinge losses: certificates, references, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import lossnb
from lossnb.book import data, hinges


@pytest.fixture(scope="module")
def cancer() -> data.Table:
    return data.standardised(data.breast_cancer())


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("penalty", [1.0, 1e-2, 1e-4])
def test_the_gap_certifies_the_minimum(cancer: data.Table, penalty: float, intercept: bool) -> None:
    fit = hinges.support(cancer.features, cancer.target, penalty=penalty, intercept=intercept)
    assert -1e-12 <= fit.gap <= 1e-9
    assert np.all((fit.dual >= 0) & (fit.dual <= 1))
    if intercept:
        assert abs(fit.dual @ cancer.target) < 1e-6
    score = cancer.features @ fit.weights
    shrunk = fit.weights[1:] if intercept else fit.weights
    value = lossnb.Hinge()(score, cancer.target).mean() + penalty / 2 * shrunk @ shrunk
    assert value == pytest.approx(fit.primal_value, rel=1e-12)


def test_no_neighbour_is_better(cancer: data.Table) -> None:
    fit = hinges.support(cancer.features, cancer.target, penalty=0.01)
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-1):
        for _ in range(20):
            w = fit.weights + size * rng.normal(size=len(fit.weights))
            value = lossnb.Hinge()(cancer.features @ w, cancer.target).mean()
            assert value + 0.005 * w[1:] @ w[1:] >= fit.primal_value - 1e-12


def test_hard_margin_of_two_points() -> None:
    features = np.array([[1.0, 0.0, 0.0], [1.0, 3.0, 4.0]])
    fit = hinges.support(features, np.array([-1.0, 1.0]), penalty=1e-3)
    assert 1 / np.linalg.norm(fit.weights[1:]) == pytest.approx(2.5, rel=1e-6)
    assert features @ fit.weights == pytest.approx([-1, 1], abs=1e-6)


def test_scikit_learn_finds_the_same(cancer: data.Table) -> None:
    svm = pytest.importorskip("sklearn.svm")
    n, penalty = len(cancer), 0.01
    model = svm.SVC(kernel="linear", C=1 / (n * penalty), tol=1e-8)
    model.fit(cancer.features[:, 1:], cancer.target)
    ours = hinges.support(cancer.features, cancer.target, penalty=penalty).weights
    assert ours[1:] == pytest.approx(model.coef_[0], abs=1e-5)
    assert ours[0] == pytest.approx(model.intercept_[0], abs=1e-5)


def test_all_competitors_of_two_classes_is_the_hinge(cancer: data.Table) -> None:
    target = (cancer.target > 0).astype(int)
    many = hinges.all_competitors(cancer.features, target, penalty=0.02)
    both = hinges.support(cancer.features, cancer.target, penalty=0.01, intercept=False)
    assert many[:, 1] - many[:, 0] == pytest.approx(both.weights, abs=1e-3)
    assert many.sum(axis=1) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("fit", "loss"),
    [
        (hinges.all_competitors, lossnb.WestonWatkinsHinge()),
        (hinges.best_competitor, lossnb.CrammerSingerHinge()),
        (hinges.softmax, lossnb.SoftmaxCrossEntropy()),
    ],
)
def test_the_least_of_its_loss(fit: hinges.Fit, loss: lossnb.Loss) -> None:
    wine = hinges.many_classes()["wine"]

    def value(w: np.ndarray) -> float:
        return float(loss(wine.features @ w, wine.target).mean() + 0.005 * (w**2).sum())

    best = fit(wine.features, wine.target, penalty=0.01)
    rng = np.random.default_rng(0)
    for size in (1e-2, 1e-1):
        for _ in range(10):
            assert value(best + size * rng.normal(size=best.shape)) > value(best)


def test_against_the_rest_has_a_hinge_for_each_class() -> None:
    wine = hinges.many_classes()["wine"]
    w = hinges.against_rest(wine.features, wine.target, penalty=0.01)
    for k in range(wine.classes):
        label = np.where(wine.target == k, 1.0, -1.0)
        one = hinges.support(wine.features, label, penalty=0.01, intercept=False)
        assert w[:, k] == pytest.approx(one.weights, abs=1e-3)


def test_errors_of_a_fit_and_of_a_guess() -> None:
    wine = hinges.many_classes()["wine"]
    assert hinges.errors(wine, hinges.against_rest, penalty=0.01, seed=0) < 10
    learn, test = wine.split(0)
    shares = [np.mean(wine.target[test] == k) for k in range(3)]
    most = np.bincount(wine.target[learn]).argmax()
    assert hinges.guess_errors(wine, seed=0) == pytest.approx(100 - 100 * shares[most])


def test_ties_share_the_point() -> None:
    scores = np.array([[0.0, 0.0, -1.0], [0.0, 1e-6, 0.0], [0.0, 0.0, 2.0]])
    assert hinges.share_right(scores, np.array([0, 1, 2])) == pytest.approx((1 / 2 + 1 / 3 + 1) / 3)


def test_data_and_splits() -> None:
    sets = hinges.many_classes()
    assert {name: (t.classes, len(t.target)) for name, t in sets.items()} == {
        "digits": (10, 1797), "wine": (3, 178), "parties": (7, 944),
    }  # fmt: skip
    learn, held_out = sets["wine"].split(0)
    assert len(learn) == 90
    assert sorted([*learn, *held_out]) == list(range(178))


def test_a_penalty_is_needed(cancer: data.Table) -> None:
    with pytest.raises(ValueError, match="penalty must be positive"):
        hinges.support(cancer.features, cancer.target, penalty=0.0)


def test_what_is_not_solved_is_refused(cancer: data.Table) -> None:
    with pytest.raises(ValueError, match="not solved: penalty 1e-09 leaves a gap"):
        hinges.support(cancer.features, cancer.target, penalty=1e-9)
