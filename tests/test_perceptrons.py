"""The fast rule makes the steps of descent on the loss; the widest margin is the SVM's."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.svm import SVC

import lossnb
from lossnb.book import data, perceptrons

DIGITS = data.digit_pair(3, 8)


@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_the_steps_are_those_of_descent_on_the_loss(rate):
    loss, order = lossnb.Perceptron(), perceptrons.orders(len(DIGITS), 2, seed=3)
    x, y, w, kept = DIGITS.features, DIGITS.target, np.zeros(DIGITS.features.shape[1]), []
    for i in order.ravel():
        w = w - rate * loss.gradient(x[i] @ w, y[i]) * x[i]
        kept.append(w)
    run = perceptrons.train(x, y, order, rate=rate)
    np.testing.assert_array_equal(run.weights, w)
    np.testing.assert_allclose(run.average, np.mean(kept, axis=0), rtol=1e-12)


def test_the_steps_are_those_of_scikit_learn():
    order = np.tile(np.arange(len(DIGITS)), (3, 1))
    run = perceptrons.train(DIGITS.features, DIGITS.target, order)
    model = Perceptron(shuffle=False, tol=None, max_iter=3)
    model.fit(DIGITS.features[:, 1:], DIGITS.target)
    np.testing.assert_allclose(run.weights, [*model.intercept_, *model.coef_[0]], atol=1e-9)


def test_the_average_is_that_of_scikit_learn():
    order = np.tile(np.arange(len(DIGITS)), (3, 1))
    run = perceptrons.train(DIGITS.features, DIGITS.target, order)
    steady = {"learning_rate": "constant", "eta0": 1, "penalty": None}
    model = SGDClassifier(
        loss="perceptron", average=True, shuffle=False, tol=None, max_iter=3, **steady
    )
    model.fit(DIGITS.features[:, 1:], DIGITS.target)
    np.testing.assert_allclose(run.average, [*model.intercept_, *model.coef_[0]], atol=1e-9)


def test_a_run_ends_with_its_first_pass_without_a_mistake():
    order = perceptrons.orders(len(DIGITS), 1000, seed=0)
    run = perceptrons.train(DIGITS.features, DIGITS.target, order)
    assert run.clean
    assert run.mistakes[-1] == 0
    assert 0 not in run.mistakes[:-1]
    assert np.all(DIGITS.target * (DIGITS.features @ run.weights) > 0)
    again = perceptrons.train(DIGITS.features, DIGITS.target, order, start=run.weights)
    assert again.mistakes == (0,)


def test_orders_are_permutations_that_differ():
    order = perceptrons.orders(50, 4, seed=1)
    assert np.all(np.sort(order) == np.arange(50))
    assert len({tuple(once) for once in order}) == 4


def test_the_widest_margin_is_that_of_a_hard_support_vector_machine():
    # SVC leaves its intercept free, so both classes are mirrored: then the best one is zero
    x = np.vstack([DIGITS.features, -DIGITS.features])
    y = np.append(DIGITS.target, -DIGITS.target)
    model = SVC(kernel="linear", C=1e8, tol=1e-8).fit(x, y)
    u, margin = perceptrons.widest(DIGITS.features, DIGITS.target)
    assert margin == pytest.approx(1 / np.linalg.norm(model.coef_), rel=1e-5)
    assert np.linalg.norm(u) == pytest.approx(1)
    assert (DIGITS.target * (DIGITS.features @ u)).min() == pytest.approx(margin)


def test_no_margin_is_an_error():
    with pytest.raises(ValueError, match="do not separate"):
        perceptrons.widest(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([1.0, -1.0]))


def test_on_a_sparse_matrix_scikit_learn_slows_the_intercept():
    order = np.tile(np.arange(len(DIGITS)), 3)
    loss, x, w = lossnb.Perceptron(), DIGITS.features, np.zeros(DIGITS.features.shape[1])
    slow = np.append(0.01, np.ones(len(w) - 1))
    for i in order:
        w = w - slow * loss.gradient(x[i] @ w, DIGITS.target[i]) * x[i]
    model = Perceptron(shuffle=False, tol=None, max_iter=3)
    model.fit(sparse.csr_array(x[:, 1:]), DIGITS.target)
    np.testing.assert_allclose(w, [*model.intercept_, *model.coef_[0]], atol=1e-9)
