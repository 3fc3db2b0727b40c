"""The batched networks: gradients against differences, seeds apart, losses fitted."""

from __future__ import annotations

import numpy as np
import pytest

import lossnb
from lossnb.book.nets import Nets, train

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=40)


@pytest.mark.parametrize("part", ["inner", "outer"])
def test_gradient_agrees_with_differences(part: str) -> None:
    nets, loss, h = Nets.start(2, 3, units=4), lossnb.SmoothL1(beta=0.5), 1e-6
    slope = dict(zip(("inner", "outer"), nets.gradient(X, Y, loss), strict=True))[part]
    index = (1, 2, 0)
    values = []
    for step in (h, -h):
        moved = Nets(nets.inner.copy(), nets.outer.copy())
        getattr(moved, part)[index] += step
        values.append(loss(moved.predict(X)[1], Y).mean())
    assert slope[index] == pytest.approx((values[0] - values[1]) / (2 * h), abs=1e-7)


def test_every_net_is_trained_as_if_alone() -> None:
    assert Nets.start(3, 3).copies(2).predict(X).shape == (6, 40)
    together = train(Nets.start(3, 3), X, Y, lossnb.Huber(), rate=[0.1, 0.01, 0.1], steps=20)
    alone = Nets.start(3, 3)
    alone = Nets(alone.inner[1:2], alone.outer[1:2])
    alone = train(alone, X, Y, lossnb.Huber(), rate=0.01, steps=20)
    assert together.predict(X)[1] == pytest.approx(alone.predict(X)[0], abs=1e-12)


@pytest.mark.parametrize("adam", [False, True])
def test_training_lowers_the_loss_and_decay_the_weights(adam: bool) -> None:
    nets, loss = Nets.start(2, 3), lossnb.SquaredError()
    rate = 0.01 if adam else 0.05
    trained = train(nets, X, Y, loss, rate=rate, steps=300, adam=adam)
    small = train(nets, X, Y, loss, rate=rate, steps=300, adam=adam, decay=0.1)
    before, after = (((n.predict(X) - Y) ** 2).mean() for n in (nets, trained))
    assert after < 0.9 * before
    assert (small.inner**2).sum() < (trained.inner**2).sum()
