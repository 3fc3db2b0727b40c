"""Losses of logits: closed-form values, identities, kinks, the textbook's failures."""

import numpy as np
import pytest
import torch

from lossnb import (
    BinaryCrossEntropy,
    BinaryFocalLoss,
    Brier,
    CrammerSingerHinge,
    FocalLoss,
    Hinge,
    Logistic,
    SoftmaxCrossEntropy,
    SquaredError,
    WestonWatkinsHinge,
    cross_entropy,
)
from tests import support


def doubles(x):
    return torch.from_numpy(np.array(x))


X = np.linspace(-7, 7, 29)
TWO = np.stack([np.zeros_like(X), X], -1)
MULTI = [x for x in support.INSTANCES if x._over_axis]


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_values():
    z = np.log([[0.2, 0.3, 0.5]])
    assert SoftmaxCrossEntropy()(z, 1) == pytest.approx(-np.log(0.3))
    assert FocalLoss()(z, 1) == pytest.approx(-(0.7**2) * np.log(0.3))
    assert FocalLoss(alpha=(1, 2, 3))(z, 2) == pytest.approx(-3 * 0.25 * np.log(0.5))
    assert Brier()(z, 0) == pytest.approx(0.64 + 0.09 + 0.25)
    assert CrammerSingerHinge()([1.0, 3.0, 2.5], 2) == 1.5
    assert WestonWatkinsHinge()([1.0, 3.0, 2.5], 2) == 1.5
    assert WestonWatkinsHinge()([2.0, 3.0, 2.5], 2) == 2
    assert BinaryCrossEntropy()(0.0, 0.3) == pytest.approx(np.log(2))


def test_two_classes_are_one_logit():
    one = np.ones(len(X), int)
    for many, single, label in [
        (SoftmaxCrossEntropy(), Logistic(), 1), (CrammerSingerHinge(), Hinge(), 1),
        (WestonWatkinsHinge(), Hinge(), 1), (SoftmaxCrossEntropy(), BinaryCrossEntropy(), 1),
        (FocalLoss(gamma=3.0), BinaryFocalLoss(gamma=3.0), 1),
    ]:
        np.testing.assert_allclose(many(TWO, one), single(X, label), rtol=1e-14)
        np.testing.assert_allclose(many.gradient(TWO, one)[:, 1], single.gradient(X, label))
        np.testing.assert_allclose(many.hessian(TWO, one)[:, 1, 1], single.hessian(X, label))


def test_special_cases(rng):
    z, y = rng.normal(size=(9, 4)), rng.integers(0, 4, 9)
    np.testing.assert_allclose(FocalLoss(gamma=0.0)(z, y), SoftmaxCrossEntropy()(z, y))
    np.testing.assert_allclose(FocalLoss(alpha=(2,) * 4)(z, y), 2 * FocalLoss()(z, y))
    t = X > 0
    np.testing.assert_allclose(BinaryFocalLoss(gamma=0)(X, t), BinaryCrossEntropy()(X, t))
    np.testing.assert_allclose(BinaryFocalLoss(alpha=0.5)(X, t), BinaryFocalLoss()(X, t) / 2)
    quarter = BinaryFocalLoss(alpha=0.25)
    np.testing.assert_allclose(quarter(X, 1), BinaryFocalLoss()(X, 1) / 4)
    np.testing.assert_allclose(quarter(X, 0), BinaryFocalLoss()(X, 0) * 3 / 4)
    smooth = SoftmaxCrossEntropy(label_smoothing=0.2)
    soft = 0.8 * np.eye(4)[y] + 0.05
    np.testing.assert_allclose(smooth(z, y), SoftmaxCrossEntropy()(z, soft))
    np.testing.assert_allclose(smooth.gradient(z, y), SoftmaxCrossEntropy().gradient(z, soft))
    p = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    np.testing.assert_allclose(SoftmaxCrossEntropy()(z, soft), cross_entropy(soft, p))
    np.testing.assert_allclose(Brier()(z, soft), SquaredError()(p, soft).sum(-1))
    assert (CrammerSingerHinge()(z, y) <= WestonWatkinsHinge()(z, y)).all()


@pytest.mark.parametrize("loss", MULTI, ids=repr)
def test_shifts_and_permutations(loss, rng):
    z, y = support.sample(loss, rng, 7)
    np.testing.assert_allclose(loss(z + 3, y), loss(z, y), rtol=1e-13)
    np.testing.assert_allclose(loss.gradient(z, y).sum(-1), 0, atol=1e-14)
    np.testing.assert_allclose(loss.hessian(z, y).sum(-1), 0, atol=1e-14)
    np.testing.assert_allclose(loss.hessian(z, y), np.swapaxes(loss.hessian(z, y), -1, -2),
                               atol=1e-16)
    if getattr(loss, "alpha", None) is None:
        order = rng.permutation(z.shape[1])
        np.testing.assert_allclose(loss(z[:, order], np.argsort(order)[y]), loss(z, y), rtol=1e-13)


@pytest.mark.parametrize("kind", [np.array, doubles])
def test_kinks_and_ties_of_the_hinges(kind):
    def at(loss, z, y):
        return np.asarray(loss.gradient(kind([z]), kind([y])))[0].tolist()

    crammer, weston = CrammerSingerHinge(), WestonWatkinsHinge()
    assert at(crammer, [2.0, 2.0, 0.0, -5.0], 2) == [0.5, 0.5, -1, 0]
    assert at(crammer, [1.0, 0.0, -1.0], 0) == [0, 0, 0]
    assert at(crammer, [1.0, 0.1, -1.0], 0) == [-1, 1, 0]
    assert at(weston, [1.0, 0.0, 0.5], 0) == [-1, 0, 1]
    assert at(weston, [0.0, 0.0, 0.0], 0) == [-2, 1, 1]
    assert at(crammer, [0.0, 0.0, 0.0], 0) == [-1, 0.5, 0.5]


def test_confident_predictions_keep_value_and_gradient():
    z = np.float32([[20.0, 0.0, 0.0]])
    assert SoftmaxCrossEntropy()(z, 0)[0] == pytest.approx(2 * np.exp(-20), rel=1e-6)
    assert SoftmaxCrossEntropy().gradient(z, 0)[0, 0] == pytest.approx(-2 * np.exp(-20), rel=1e-6)
    assert torch.nn.functional.cross_entropy(torch.tensor(z), torch.tensor([0])) == 0
    sure = np.float64([[600.0, 0.0]])
    assert SoftmaxCrossEntropy()(sure, 0)[0] == pytest.approx(np.exp(-600.0))
    assert SoftmaxCrossEntropy()(sure, [[1.0, 0.0]])[0] == pytest.approx(np.exp(-600.0))
    assert BinaryCrossEntropy()(np.float32(-40), 0) == pytest.approx(np.exp(-40.0), rel=1e-6)
    assert BinaryCrossEntropy().gradient(700.0, 1.0) == pytest.approx(-np.exp(-700.0))
    assert Brier()(np.float32([[30.0, 0.0]]), 0)[0] == pytest.approx(2 * np.exp(-60.0), rel=1e-5)


def test_focal_gradients_are_finite_for_small_gamma():
    for gamma in (0.1, 0.5, 1.0):
        z = np.array([-1e3, -1, 0, 1, 1e3])
        for y in (0, 1):
            assert np.isfinite(BinaryFocalLoss(gamma=gamma).gradient(z, y)).all()
            assert np.isfinite(BinaryFocalLoss(gamma=gamma).hessian(z, y)).all()
        two = np.stack([z, 0 * z], -1)
        assert np.isfinite(FocalLoss(gamma=gamma).gradient(two, 0)).all()
        assert np.isfinite(FocalLoss(gamma=gamma).hessian(two, 0)).all()


def test_soft_targets_of_binary_cross_entropy():
    t = np.linspace(0, 1, 11)[1:-1]
    best = np.log(t / (1 - t))
    np.testing.assert_allclose(BinaryCrossEntropy().gradient(best, t), 0, atol=1e-16)
    np.testing.assert_allclose(
        BinaryCrossEntropy()(best, t), -t * np.log(t) - (1 - t) * np.log(1 - t))
