"""Every framework's Huber loss, through the same two arrays."""

import numpy as np
import pytest

from lossnb.book import frameworks

R = np.array([-3.0, -0.5, 0.25, 2.0])
VALUE, GRADIENT, CURVATURE = [2.5, 0.125, 0.03125, 1.5], [-1, -0.5, 0.25, 1], [0, 1, 1, 0]


def _torch():
    functional = pytest.importorskip("torch").nn.functional
    return frameworks.by_torch(functional.huber_loss, reduction="none")


def _keras():
    pytest.importorskip("torch")
    import lossnb.book  # noqa: F401  sets the backend of Keras

    return frameworks.by_keras(pytest.importorskip("keras").losses.huber)


def _optax():
    return frameworks.by_jax(pytest.importorskip("optax").huber_loss)


@pytest.mark.parametrize("make", [_torch, _keras, _optax])
def test_value_and_gradient(make):
    value, gradient = make()(R, np.zeros(4))
    assert value == pytest.approx(VALUE)
    assert gradient == pytest.approx(GRADIENT)


def test_second_derivatives():
    functional = pytest.importorskip("torch").nn.functional
    second = frameworks.second_by_torch(functional.huber_loss, reduction="none")
    assert second(R, np.zeros(4)) == pytest.approx(CURVATURE)
    second = frameworks.second_by_jax(pytest.importorskip("optax").huber_loss)
    assert second(R, np.zeros(4)) == pytest.approx(CURVATURE)


def test_release_drops_the_build():
    class Module:
        __version__ = "2.13.0+cpu"

    assert frameworks.release(Module) == "2.13.0"
