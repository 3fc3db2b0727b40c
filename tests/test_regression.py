"""Losses of the residual: closed-form values, kinks, identities, limits."""

import numpy as np
import pytest
import torch

import lossnb
from lossnb import AbsoluteError, Huber, LogCosh, Quantile, SmoothL1, SquaredError


def doubles(x):
    return torch.from_numpy(np.array(x))


R = np.linspace(-5, 5, 101)


def test_values():
    assert SquaredError()(3.0, 1.0) == 4
    assert AbsoluteError()(3.0, 5.0) == 2
    assert Huber(delta=1.5)(1.0, 0.0) == 0.5
    assert Huber(delta=1.5)(-3.0, 0.0) == 1.5 * (3 - 0.75)
    assert SmoothL1(beta=2)(1.0, 0.0) == 0.25
    assert SmoothL1(beta=2)(4.0, 0.0) == 3
    assert Quantile(tau=0.9)(1.0, 3.0) == pytest.approx(1.8)
    assert Quantile(tau=0.9)(3.0, 1.0) == pytest.approx(0.2)
    assert LogCosh()(1.0, 0.0) == pytest.approx(np.log(np.cosh(1)))
    assert LogCosh()(1e300, 0.0) == 1e300


@pytest.mark.parametrize("kind", [np.array, doubles])
def test_kinks(kind):
    def at(call, *r):
        return np.asarray(call(kind(list(map(float, r))), 0.0)).tolist()

    assert at(AbsoluteError().gradient, 0, -2, 2) == [0, -1, 1]
    assert at(AbsoluteError().hessian, 0, 1) == [0, 0]
    assert at(Quantile(tau=0.25).gradient, 0, -2, 2) == [0, -0.25, 0.75]
    assert at(Quantile(tau=0.25).hessian, 0, 1) == [0, 0]
    assert at(Huber(delta=2).gradient, 2, -2, 3, -3, 1) == [2, -2, 2, -2, 1]
    assert at(Huber(delta=2).hessian, 2, -2, 2.0000001, 0) == [1, 1, 0, 1]
    assert at(SmoothL1(beta=2).hessian, 2, -2, 2.0000001, 0) == [0.5, 0.5, 0, 0.5]


def test_identities():
    np.testing.assert_array_equal(Huber(delta=2)(R, 0.0), 2 * SmoothL1(beta=2)(R, 0.0))
    np.testing.assert_array_equal(2 * Quantile(tau=0.5)(R, 0.0), AbsoluteError()(R, 0.0))
    np.testing.assert_allclose(Quantile(tau=0.3)(R, 1.0), Quantile(tau=0.7)(np.ones(101), R))
    np.testing.assert_array_equal(Huber(delta=1e9)(R, 0.0), SquaredError()(R, 0.0) / 2)
    np.testing.assert_allclose(Huber(delta=1e-12)(R, 0.0) / 1e-12, abs(R), atol=1e-11)
    np.testing.assert_allclose(SmoothL1(beta=1e-12)(R, 0.0), abs(R), atol=1e-11)
    np.testing.assert_allclose(LogCosh()(R, 0.0), np.logaddexp(0, 2 * R) - R - np.log(2))
    assert (LogCosh()(R, 0.0) <= abs(R)).all()
    assert (LogCosh()(R, 0.0) >= abs(R) - np.log(2)).all()


def test_huber_is_the_infimal_convolution():
    r, u = np.meshgrid(np.linspace(-4, 4, 17), np.linspace(-6, 6, 4801), indexing="ij")
    infimum = (1.5 * abs(r - u) + u**2 / 2).min(1)
    np.testing.assert_allclose(Huber(delta=1.5)(r[:, 0], 0.0), infimum, atol=1e-5)


def test_where_the_frameworks_lose_their_digits():
    tiny = np.float32(1e-5)
    assert LogCosh()(tiny, 0.0) == pytest.approx(0.5e-10, rel=1e-6)
    assert SmoothL1(beta=1e-20)(np.float32(1e-25), 0.0) == pytest.approx(0.5e-30, rel=1e-6)
    assert Huber().gradient(np.float32(1e-9), 0.0) == np.float32(1e-9)
    assert np.isfinite(LogCosh()(np.float32(1000), 0.0))


def test_the_target_keeps_its_own_precision():
    z, y = np.array([1.0], np.float32), np.array([1.0 + 1e-9])
    assert AbsoluteError()(z, y)[0] == np.float32(abs(1.0 - y[0]))
    assert AbsoluteError()(torch.tensor(z), torch.tensor(y)).item() == np.float32(abs(1.0 - y[0]))
    assert AbsoluteError()(np.float32([16777216]), np.array([16777217]))[0] == 1


def test_the_part_and_the_book_agree_on_names():
    assert [cls.__module__ for cls in lossnb.LOSSES[:6]] == ["lossnb.regression"] * 6
