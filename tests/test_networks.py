"""The small networks: gradients, pairing of seeds, standardisation, the wage table."""

import numpy as np
import pytest

import lossnb
from lossnb.book import data, networks
from lossnb.book.data import Table


def line(n: int = 200) -> Table:
    x = np.linspace(-1, 1, n)
    return Table(np.column_stack([np.ones(n), x]), 5 + 3 * x, ("one", "x"), "y", "made up")


def test_a_network_learns_a_line() -> None:
    table = line()
    spread = np.abs(table.target - np.median(table.target)).mean()
    for loss in (lossnb.AbsoluteError(), lossnb.SquaredError()):
        errors = networks.train(table, loss, 0.1, annealed=True, seeds=5)
        assert np.all(errors.held_out < 0.1 * spread)


def test_shapes_and_repeatability() -> None:
    first = networks.train(line(), lossnb.AbsoluteError(), 0.1, annealed=False, seeds=3, steps=20)
    again = networks.train(line(), lossnb.AbsoluteError(), 0.1, annealed=False, seeds=3, steps=20)
    assert first.training.shape == first.held_out.shape == (3,)
    assert np.array_equal(first.held_out, again.held_out)


def test_no_step_gives_the_start_whatever_the_loss() -> None:
    starts = [
        networks.train(line(), loss, 0.0, annealed=annealed, seeds=3, steps=5).held_out
        for loss in (lossnb.AbsoluteError(), lossnb.SquaredError())
        for annealed in (True, False)
    ]
    for start in starts[1:]:
        assert np.array_equal(start, starts[0])


def test_errors_carry_the_unit_of_the_target() -> None:
    table = line()
    large = Table(table.features, 1000 * table.target, table.names, "y", "made up")
    small_error = networks.train(table, lossnb.AbsoluteError(), 0.1, annealed=True, seeds=3)
    large_error = networks.train(large, lossnb.AbsoluteError(), 0.1, annealed=True, seeds=3)
    assert large_error.held_out == pytest.approx(1000 * small_error.held_out, rel=1e-6)


def test_training_lowers_the_error_and_longer_steps_lower_it_more() -> None:
    table, absolute = data.diabetes(), lossnb.AbsoluteError()
    runs = [
        networks.train(table, absolute, rate, annealed=False, seeds=20, steps=200).training.mean()
        for rate in (0.0, 1e-3, 3e-3)
    ]
    assert runs[0] > runs[1] > runs[2]


def test_wages() -> None:
    table = data.mid_atlantic_wages()
    assert table.features.shape == (3000, 8)
    assert len(table.names) == 8
    assert np.isfinite(table.features).all()
    assert np.all(table.target > 0)
    assert set(np.unique(table.features[:, 3])) == {1, 2, 3, 4, 5}
    for column in (4, 5, 6, 7):
        assert set(np.unique(table.features[:, column])) == {0, 1}
