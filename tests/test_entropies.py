"""The classifier that is trained on entropies: what it descends, and that its seeds pair up."""

import numpy as np
import pytest

from lossnb.book import entropies


@pytest.fixture(scope="module")
def labels_only():
    return entropies.fit(5, 0.0, seeds=3)


def test_labels_alone_teach_the_digits(labels_only):
    assert labels_only.probabilities.shape == (3, entropies.HELD_OUT, entropies.CLASSES)
    np.testing.assert_allclose(labels_only.probabilities.sum(-1), 1)
    assert labels_only.accuracy.min() > 0.75
    assert labels_only.entropy.shape == (3, entropies.HELD_OUT)


def test_entropy_alone_makes_every_prediction_sure_and_the_same():
    fitted = entropies.fit(0, 1.0, seeds=3, start=0.1)
    assert fitted.entropy.max() < 0.1
    for guesses in fitted.probabilities.argmax(-1):
        assert len(set(guesses.tolist())) == 1


def test_entropy_beside_labels_lowers_the_entropy_and_keeps_the_split(labels_only):
    both = entropies.fit(5, 1.0, seeds=3)
    assert np.array_equal(both.labels, labels_only.labels)
    assert np.all(both.entropy.mean(-1) < labels_only.entropy.mean(-1))


def test_seeds_do_not_depend_on_how_many_there_are(labels_only):
    alone = entropies.fit(5, 0.0, seeds=1)
    np.testing.assert_allclose(alone.probabilities[0], labels_only.probabilities[0], rtol=1e-9)
    third = entropies.fit(5, 0.0, seeds=1, first=2)
    np.testing.assert_allclose(third.probabilities[0], labels_only.probabilities[2], rtol=1e-9)


def test_without_a_step_nothing_is_known():
    fitted = entropies.fit(2, 1.0, seeds=2, steps=0)
    np.testing.assert_allclose(fitted.probabilities, 1 / entropies.CLASSES)
    assert fitted.right.shape == (2, entropies.HELD_OUT)
