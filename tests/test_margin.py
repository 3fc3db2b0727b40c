"""Losses of the margin: closed-form values, kinks, identities, bounds."""

import numpy as np
import pytest
import torch

import lossnb
from lossnb import Exponential, Hinge, Logistic, Perceptron, SquaredHinge, ZeroOne


def doubles(x):
    return torch.from_numpy(np.array(x))


M = np.linspace(-6, 6, 121)
ALL = [ZeroOne(), Perceptron(), Hinge(), SquaredHinge(), Exponential(), Logistic()]


def test_values():
    at = 0.25
    assert ZeroOne()(at, -1) == 1
    assert ZeroOne()(at, 1) == 0
    assert Perceptron()(at, -1) == 0.25
    assert Hinge()(at, 1) == 0.75
    assert SquaredHinge()(at, -1) == 1.25**2
    assert Exponential()(at, 1) == pytest.approx(np.exp(-0.25))
    assert Logistic()(0.0, 1) == np.log(2)


@pytest.mark.parametrize("kind", [np.array, doubles])
def test_kinks(kind):
    def at(call, *m):
        return np.asarray(call(kind(list(map(float, m))), 1.0)).tolist()

    assert at(ZeroOne(), 0, -0.0, 1e-300) == [1, 1, 0]
    assert at(Perceptron().gradient, 0, -0.0, -1, 1) == [-1, -1, -1, 0]
    assert at(Hinge().gradient, 1, 0.999, 1.001) == [0, -1, 0]
    assert at(SquaredHinge().gradient, 1, 0, 2) == [0, -2, 0]
    assert at(SquaredHinge().hessian, 1, 0.999, 2) == [0, 2, 0]
    for loss in (ZeroOne(), Perceptron(), Hinge()):
        assert at(loss.hessian, -1, 0, 1, 2) == [0, 0, 0, 0]


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_only_the_margin_counts(loss):
    for y in (-1.0, 1.0):
        np.testing.assert_array_equal(loss(y * M, y), loss(M, 1.0))
        np.testing.assert_array_equal(loss.gradient(y * M, y), y * loss.gradient(M, 1.0))
        np.testing.assert_array_equal(loss.hessian(y * M, y), loss.hessian(M, 1.0))
    assert not np.signbit(loss.gradient(np.array([9.0]), -1.0) * 0 + 0.0).any()


def test_no_gradient_is_minus_zero():
    for loss in (ZeroOne(), Perceptron(), Hinge(), SquaredHinge()):
        assert not np.signbit(loss.gradient(np.array([-9.0]), -1)).any()


def test_upper_bounds_and_identities():
    for loss in (Hinge(), SquaredHinge(), Exponential()):
        assert (loss(M, 1) >= ZeroOne()(M, 1)).all()
    assert (Logistic()(M, 1) / np.log(2) >= ZeroOne()(M, 1)).all()
    assert (Logistic()(M, 1) < Exponential()(M, 1)).all()
    np.testing.assert_allclose(Hinge()(M, 1), Perceptron()(M - 1, 1))
    np.testing.assert_allclose(SquaredHinge()(M, 1), Hinge()(M, 1) ** 2)
    np.testing.assert_allclose(Logistic()(M, 1) - Logistic()(-M, 1), -M)
    binary = lossnb.BinaryCrossEntropy()
    np.testing.assert_allclose(Logistic()(M, -1), binary(M, 0))
    np.testing.assert_allclose(Logistic()(M, 1), binary(M, 1))


def test_far_out():
    assert Logistic()(np.float32(-1e30), 1) == np.float32(1e30)
    assert Logistic()(np.float32(50), 1) == pytest.approx(np.exp(-50.0))
    assert Exponential()(-800.0, 1) == np.inf
    assert Logistic().hessian(700.0, 1) == pytest.approx(np.exp(-700.0))
