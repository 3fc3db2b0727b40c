"""The small convolutional network: its gradients, its windows, its bookkeeping."""

import numpy as np
import pytest

import lossnb
from lossnb.book import digits

squared = lossnb.SquaredError()


def weights(rng: np.random.Generator, seeds: int = 2) -> list[np.ndarray]:
    width = digits.FILTERS * digits.SIDE**2 // 4
    return [
        rng.normal(size=(seeds, 9, digits.FILTERS)),
        rng.normal(size=(seeds, 1, digits.FILTERS)),
        rng.normal(size=(seeds, width, digits.CLASSES)),
        rng.normal(size=(seeds, 1, digits.CLASSES)),
    ]


def test_windows_are_those_of_the_images() -> None:
    from sklearn.datasets import load_digits

    x, labels = digits.patches()
    image = load_digits().images[3] / 16
    assert x.shape == (1797, 36, 9)
    assert np.array_equal(x[3, 7].reshape(3, 3), image[1:4, 1:4])  # window 7: row 1, column 1
    assert set(labels) == set(range(10))


def test_outputs_are_those_of_the_slow_obvious_network() -> None:
    from sklearn.datasets import load_digits

    kernel, bias, head, offset = weights(np.random.default_rng(0))
    image = load_digits().images[5] / 16
    active = np.empty((6, 6, digits.FILTERS))
    for row in range(6):
        for column in range(6):
            window = image[row : row + 3, column : column + 3].ravel()
            active[row, column] = np.maximum(window @ kernel[1] + bias[1, 0], 0)
    blocks = [
        active[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].mean(axis=(0, 1))
        for row in range(3)
        for column in range(3)
    ]
    slow = np.concatenate(blocks) @ head[1] + offset[1, 0]
    x = np.broadcast_to(digits.patches()[0][5], (2, 1, 36, 9))
    assert digits._forward(x, kernel, bias, head, offset)[-1][1, 0] == pytest.approx(slow)


def test_gradients_are_those_of_differences() -> None:
    rng = np.random.default_rng(1)
    arrays = weights(rng)
    x = digits.patches()[0][rng.integers(1797, size=(2, 4))]
    target = np.eye(10)[rng.integers(10, size=(2, 4))]

    def total() -> float:
        return float(squared(digits._forward(x, *arrays)[-1], target).sum())

    slopes = digits._backward(squared.gradient, x, target, *arrays)
    for array, slope in zip(arrays, slopes, strict=True):
        assert array.shape == slope.shape
        for _ in range(5):
            place = tuple(rng.integers(n) for n in array.shape)
            array[place] += 1e-5
            above = total()
            array[place] -= 2e-5
            below = total()
            array[place] += 1e-5
            assert slope[place] == pytest.approx((above - below) / 2e-5, rel=1e-4, abs=1e-4)


def test_training_learns_and_repeats_and_pairs() -> None:
    first = digits.accuracies(squared.gradient, 0.08, seeds=range(3), epochs=2)
    again = digits.accuracies(squared.gradient, 0.08, seeds=range(1, 2), epochs=2)
    assert first.shape == (14, 3)
    assert np.mean(first[-1]) > 0.5
    assert np.allclose(first[:, 1], again[:, 0])  # a seed's run does not depend on the others


def test_first_passage() -> None:
    accuracy = np.array([[0.1, 0.9], [0.5, 0.4], [0.6, 0.9]])
    assert digits.first_passage(accuracy, 0.5).tolist() == [2, 1]
    assert digits.first_passage(accuracy, 0.95).tolist() == [4, 4]
