"""Every row of every card, executed: the frameworks agree with ours by the relation stated."""

import numpy as np
import pytest

from tests import elsewhere, support

ROWS = [(loss, row) for loss in support.INSTANCES for row in loss.card.frameworks
        if elsewhere.exists(row, loss)]


def tolerance(row):
    """Keras and XGBoost compute in float32."""
    return {"rtol": 3e-6, "atol": 3e-6} if row.library in ("Keras", "XGBoost") else {
        "rtol": 1e-9, "atol": 1e-12}


@pytest.mark.parametrize(("loss", "row"), ROWS, ids=lambda x: getattr(x, "name", repr(x)))
def test_losses(loss, row):
    z, y = support.sample(loss, np.random.default_rng(2), 6, scale=1.5)
    if row.name == "keras.losses.CategoricalHinge()":
        z = z + 5  # where a competitor is positive, as the note says
    found = elsewhere.as_ours(row, loss, elsewhere.theirs(row, loss, z, y), z)
    if row.of == "gradient":
        np.testing.assert_allclose(found, loss.gradient(z, y), **tolerance(row))
        return
    np.testing.assert_allclose(found, loss(z, y), **tolerance(row))
    slope = elsewhere.gradient(row, loss, z, y)
    if slope is not None:
        np.testing.assert_allclose(slope, loss.gradient(z, y), **tolerance(row))


@pytest.mark.parametrize(
    ("function", "row"), [(f, row) for f in support.INFORMATION for row in f.card.frameworks],
    ids=lambda x: getattr(x, "name", repr(x)))
def test_information(function, row):
    rng = np.random.default_rng(4)
    inputs = [rng.dirichlet(np.ones(4), 5) for _ in function._names]
    np.testing.assert_allclose(
        elsewhere.theirs(row, function, *inputs), function(*inputs), rtol=1e-6, atol=1e-7)


def test_a_wrong_relation_is_seen():
    """The check itself: half of ours is not ours."""
    import dataclasses

    loss = support.DEFAULTS[0]
    row = dataclasses.replace(loss.card.frameworks[0], ours="theirs / 2")
    with pytest.raises(AssertionError):
        test_losses(loss, row)
