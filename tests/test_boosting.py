"""The stump booster against exhaustive search, closed forms and scikit-learn's AdaBoost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossnb
from lossnb.book import boosting

RNG = np.random.default_rng


def problem(seed: int, rows: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = RNG(seed)
    features = rng.normal(size=(rows, 3)).round(1)  # rounded: ties within a feature
    noise = rng.normal(size=rows)
    return features, np.where(features[:, 0] + features[:, 1] + noise > 0, 1.0, -1.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_stump_is_the_best_of_all(seed: int) -> None:
    features, label = problem(seed)
    weights = RNG(seed).uniform(size=len(label))
    stump, error = boosting.StumpFinder(features)(label, weights)
    wrong = weights[stump.votes(features) != label].sum() / weights.sum()
    assert error == pytest.approx(wrong, abs=1e-12)
    every = [
        weights[boosting.Stump(k, cut + 0.05, sign).votes(features) != label].sum()
        for k in range(3)
        for cut in np.unique(features[:, k])[:-1]
        for sign in (-1, 1)
    ]
    assert error == pytest.approx(min(every) / weights.sum(), abs=1e-12)


def test_a_constant_feature_is_never_split() -> None:
    features, label = problem(0)
    features[:, 0] = 1.0
    stump, _ = boosting.StumpFinder(features)(label, np.ones(len(label)))
    assert stump.feature != 0


def test_features_that_split_alike_tie_to_the_first() -> None:
    features, label = problem(1)
    twins = np.column_stack([features[:, 0], 2 * features[:, 0]])
    model = boosting.boost(lossnb.Exponential(), twins, label, 10)
    assert {stump.feature for stump in model.stumps} == {0}


@pytest.mark.parametrize("loss", [lossnb.Exponential(), lossnb.Logistic()], ids=str)
def test_the_step_is_where_the_slope_vanishes(loss: lossnb.loss.Loss) -> None:
    features, label = problem(2)
    score = features[:, 2] / 3
    stump, error = boosting.StumpFinder(features)(label, -label * loss.gradient(score, label))
    votes = stump.votes(features)
    step = boosting.line_search(loss, score, votes, label)
    assert votes @ loss.gradient(score + step * votes, label) == pytest.approx(0, abs=1e-10)
    if isinstance(loss, lossnb.Exponential):
        assert step == pytest.approx(0.5 * np.log((1 - error) / error), rel=1e-10)


def test_votes_without_an_error_have_no_best_step() -> None:
    label = np.array([-1.0, 1.0])
    with pytest.raises(ValueError, match="without end"):
        boosting.line_search(lossnb.Logistic(), np.zeros(2), label, label)


def test_adaboost_of_scikit_learn_takes_twice_our_steps() -> None:
    from sklearn.ensemble import AdaBoostClassifier

    features, label = problem(3, rows=200)
    theirs = AdaBoostClassifier(n_estimators=20, random_state=0).fit(features, label)
    weights = np.full(len(label), 1 / len(label))
    for tree, step in zip(theirs.estimators_, theirs.estimator_weights_, strict=True):
        wrong = tree.predict(features) != label
        error = weights[wrong].sum()
        ours = 0.5 * np.log((1 - error) / error)
        assert step == pytest.approx(2 * ours, rel=1e-9)
        weights = weights * np.exp(np.where(wrong, ours, -ours))
        weights /= weights.sum()


def test_rounds_lower_the_loss_by_the_normaliser() -> None:
    features, label = problem(4)
    loss = lossnb.Exponential()
    model = boosting.boost(loss, features, label, 15)
    error = np.array(model.errors)
    mean = loss(model.scores(features), label).mean()
    assert mean == pytest.approx(np.prod(2 * np.sqrt(error * (1 - error))), rel=1e-9)
    path = model.error_path(features, label)
    assert len(path) == 15
    assert path[-1] <= mean
    assert path[-1] == np.mean(model.scores(features) * label <= 0)


def test_it_stops_where_there_is_no_edge_or_no_error() -> None:
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    loss = lossnb.Exponential()
    either = np.array([-1.0, 1.0, 1.0, -1.0])
    assert boosting.boost(loss, corners, either, 10).steps == []
    first = np.array([-1.0, -1.0, 1.0, 1.0])
    assert boosting.boost(loss, corners, first, 10).steps == [1.0]


@pytest.mark.parametrize("draw", [boosting.hastie, boosting.checkerboard, boosting.two_classes])
def test_the_simulated_labels_are_balanced(draw: Callable[..., Any]) -> None:
    features, label = draw(RNG(0), 20_000)
    assert len(features) == len(label) == 20_000
    assert set(label) == {-1.0, 1.0}
    assert abs(label.mean()) < 0.02


def test_the_classes_lie_where_they_are_said_to() -> None:
    features, label = boosting.two_classes(RNG(0), 20_000)
    assert (features * label[:, None]).mean(axis=0) == pytest.approx([1.2, 0.0], abs=0.03)
    features, label = boosting.checkerboard(RNG(0), 100)
    assert np.all(features.prod(axis=1) * label > 0)


def test_a_path_that_stops_early_goes_on_at_its_last_value() -> None:
    features = np.array([[0.0], [1.0], [2.0], [3.0]])
    label = np.array([-1.0, -1.0, 1.0, 1.0])
    model = boosting.boost(lossnb.Exponential(), features, label, 10)
    assert model.error_path(features, label, 5).tolist() == [0.0] * 5
    assert boosting.Boosted().error_path(features, label, 3).tolist() == [1.0] * 3


def test_flips_and_halves() -> None:
    features, label = problem(5, rows=1001)
    turned = boosting.flipped(label, 0.2, RNG(0))
    assert 0.15 < np.mean(turned != label) < 0.25
    parts = boosting.halves(features, label, RNG(0))
    assert [len(part) for part in parts] == [500, 500, 501, 501]
    rejoined = np.concatenate([parts[0], parts[2]])
    assert np.array_equal(np.sort(rejoined, axis=0), np.sort(features, axis=0))
