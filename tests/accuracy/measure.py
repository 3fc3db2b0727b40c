"""ULP of a result, and the grids of inputs: magnitudes 1e-30 to 1e30, dense at 0 and at kinks."""

import dataclasses

import mpmath as mp
import numpy as np

FORMATS = {  # bits of the significand, exponent of the least normal number, largest number
    "float16": (11, -14, 65504.0),
    "bfloat16": (8, -126, 3.3895313892515355e38),
    "float32": (24, -126, float(np.finfo(np.float32).max)),
    "float64": (53, -1022, float(np.finfo(np.float64).max)),
}


@dataclasses.dataclass
class Errors:
    """ULP over many results; `bad` are NaN or inf, `zeros` 0, where the truth is normal.

    `bad` are also results far above a truth that is subnormal or 0; `endless` are NaN or inf alone.
    """

    most: float = 0.0
    median: float = 0.0
    count: int = 0
    bad: int = 0
    zeros: int = 0
    endless: int = 0
    worst: str = ""


def ulps(dtype, results, truths, where=None):
    """The errors of results against mpmath truths.

    Below the normal numbers the type has fewer digits: there only a result that is itself a normal
    number counts, as bad. A truth too large for the type must give inf or the largest number.
    """
    bits, least, most = FORMATS[dtype]
    errors, found = [], Errors()
    for place, (result, truth) in enumerate(zip(np.asarray(results).tolist(), truths, strict=True)):
        exponent = mp.mag(truth) - 1 if truth else least - 1  # truth = ±1.b… · 2^exponent
        error = 0.0
        if exponent < least:
            bad = not abs(result) <= (0.0 if not truth else 2.0 ** (least + 1))
        elif abs(truth) >= mp.mpf(most) * (1 + mp.ldexp(1, -bits - 1)):
            bad = not abs(result) >= most
        else:
            bad = not np.isfinite(result) and abs(truth) < most
            found.zeros += result == 0
            if np.isfinite(result):
                spacing = mp.ldexp(1, exponent - bits + 1)
                error = abs(float((mp.mpf(result) - truth) / spacing))
        found.bad += bad
        found.endless += bad and not np.isfinite(result)
        if not bad:
            errors.append(error)
        if bad or error > found.most or not found.worst:
            found.worst = where(place) if where else str(place)
        found.most = max(found.most, error)
    found.count = len(truths)
    found.median = float(np.median(errors)) if errors else 0.0
    return found


def magnitudes(rng, count):
    """Both signs of 10^u, u uniform in [−30, 30], and half of them of moderate size."""
    wide = 10 ** rng.uniform(-30, 30, count // 2)
    usual = 10 ** rng.uniform(-4, 3, count - count // 2)
    return np.concatenate([wide, usual]) * rng.choice([-1.0, 1.0], count)


def near(rng, point, count, dtype):
    """Neighbours of a point: by single spacings, and by relative distances down to one."""
    type_ = np.dtype(dtype).type
    spacing = float(np.spacing(type_(abs(point) or np.finfo(dtype).tiny)))
    steps = point + spacing * np.arange(-count // 4, count // 4)
    close = point + (abs(point) or 1.0) * 10 ** rng.uniform(-16, 0, count // 2) * rng.choice(
        [-1.0, 1.0], count // 2)
    return np.concatenate([steps, close])


def residuals(rng, loss, count, dtype):
    """Predictions and targets for a loss of the residual: exact at target 0, and with rounding."""
    kinks = [0.0] + [getattr(loss, name) for name in ("delta", "beta") if hasattr(loss, name)]
    r = [magnitudes(rng, count)]
    for kink in kinks:
        r += [near(rng, kink, count // 4, dtype), near(rng, -kink, count // 4, dtype)]
    r = np.concatenate(r)
    target = np.where(rng.random(len(r)) < 0.5, 0.0, magnitudes(rng, len(r)))
    prediction = np.where(rng.random(len(r)) < 0.7, r + target, r)
    return prediction.astype(dtype), target.astype(dtype)


def scores(rng, count, dtype, kinks=(0.0, 1.0)):
    """Scores of every magnitude, dense up to 1000 and at 0 and ±1."""
    parts = [magnitudes(rng, count), rng.uniform(-110, 110, count),
             rng.uniform(-800, 800, count // 2)]
    for kink in kinks:
        parts += [near(rng, kink, count // 4, dtype), near(rng, -kink, count // 4, dtype)]
    return np.concatenate(parts).astype(dtype)


def rows(rng, count, classes, dtype):
    """Logits of scale 0.1 to 1000, some with one class far ahead, some with ties."""
    scale = 10 ** rng.uniform(-1, 3, (count, 1))
    z = rng.normal(size=(count, classes)) * scale
    ahead = rng.random(count) < 0.3
    z[ahead, 0] += 10 ** rng.uniform(0, 2.5, ahead.sum())
    tied = rng.random(count) < 0.05
    z[tied, 1] = z[tied, 0]
    return z.astype(dtype)


def pairs(rng, count, classes, dtype):
    """Two rows of logits each: unrelated, or at a relative distance of 1e-12 to 1."""
    a = rows(rng, count, classes, dtype).astype(np.float64)
    apart = 10 ** rng.uniform(-12, 0, (count, 1)) * rng.normal(size=a.shape)
    b = np.where(rng.random((count, 1)) < 0.6, a + apart * np.maximum(1, abs(a) * 0.1),
                 rows(rng, count, classes, dtype))
    return a.astype(dtype), b.astype(dtype)
