"""A loss as a framework computes it: value and gradient as NumPy arrays, for any of them alike.

Each function takes the framework's own loss, called with prediction and target and returning one
value per element, and gives back a function of two NumPy arrays. The gradient is the framework's
automatic differentiation. `second` forms give the second derivative the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Loss = Callable[..., Any]
ValueAndGradient = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Second = Callable[[np.ndarray, np.ndarray], np.ndarray]

__all__ = ["by_jax", "by_keras", "by_torch", "release", "second_by_jax", "second_by_torch"]


def release(module: Any) -> str:
    """The version of a framework, without the suffix that names a build (``+cpu``)."""
    return str(module.__version__).split("+")[0]


def by_torch(loss: Loss, **options: Any) -> ValueAndGradient:
    """A loss of PyTorch, called as ``loss(prediction, target, **options)``."""
    import torch

    def run(prediction: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p = torch.tensor(prediction, requires_grad=True)
        value = loss(p, torch.tensor(target), **options)
        (gradient,) = torch.autograd.grad(value.sum(), p)
        return value.detach().numpy(), gradient.numpy()

    return run


def by_keras(loss: Loss, **options: Any) -> ValueAndGradient:
    """A loss of Keras (target first, mean over the last axis), fed one element per row."""
    return by_torch(lambda p, y: loss(y[..., None], p[..., None], **options))


def by_jax(loss: Loss, **options: Any) -> ValueAndGradient:
    """A loss of optax or JAX, called as ``loss(prediction, target, **options)``; float64 is on."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def run(prediction: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p, y = jax.numpy.asarray(prediction), jax.numpy.asarray(target)
        gradient = jax.grad(lambda p: loss(p, y, **options).sum())(p)
        return np.asarray(loss(p, y, **options)), np.asarray(gradient)

    return run


def second_by_torch(loss: Loss, **options: Any) -> Second:
    """The second derivative with respect to each prediction, for a loss of PyTorch."""
    import torch

    def run(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
        p = torch.tensor(prediction, requires_grad=True)
        value = loss(p, torch.tensor(target), **options)
        (slope,) = torch.autograd.grad(value.sum(), p, create_graph=True)
        return torch.autograd.grad(slope.sum(), p)[0].numpy()

    return run


def second_by_jax(loss: Loss, **options: Any) -> Second:
    """The second derivative with respect to each prediction, for a loss of optax or JAX."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def run(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
        p, y = jax.numpy.asarray(prediction), jax.numpy.asarray(target)
        slope = jax.grad(lambda p: loss(p, y, **options).sum())
        return np.asarray(jax.grad(lambda p: slope(p).sum())(p))

    return run
