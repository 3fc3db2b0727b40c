"""The truth: value, gradient and Hessian of every loss by mpmath, from its definition.

Written apart from lossnb, in forms without cancellation or with digits to spare. A scalar loss maps
(x, y) to (value, slope, curvature); a loss of logits maps (x, y) to (value, [slopes]).
"""

import dataclasses

import mpmath as mp

DIGITS = 60


def scalar(loss, x, y):
    """Value, slope and curvature of an elementwise loss; numbers as the type holds them."""
    with mp.workdps(max(DIGITS, mp.mp.dps)):
        x, y = mp.mpf(x), mp.mpf(y)
        parameters = {
            name: None if getattr(loss, name) is None else mp.mpf(getattr(loss, name))
            for name in (field.name for field in dataclasses.fields(loss))
        }
        return SCALAR[type(loss).__name__](x, y, **parameters)


def of_residual(rho):
    return lambda x, y, **parameters: rho(x - y, **parameters)


def of_margin(phi):
    def apply(x, y):
        value, slope, curvature = phi(x * y)
        return value, y * slope, curvature

    return apply


def huber(r, delta):
    inside = abs(r) <= delta
    value = r * r / 2 if inside else delta * (abs(r) - delta / 2)
    return value, max(-delta, min(delta, r)), mp.mpf(inside)


def smooth_l1(r, beta):
    value, slope, curvature = huber(r, beta)
    return value / beta, slope / beta, curvature / beta


def quantile(r, tau):
    slope = -tau if r < 0 else 1 - tau if r > 0 else mp.mpf(0)
    return slope * r, slope, mp.mpf(0)


def log_cosh(r):
    r2 = 2 * abs(r)
    # log cosh r = ½ log1p(sinh² r): near 0 no digit is lost; far out cosh is e^|r|/2.
    value = mp.log1p(mp.sinh(r) ** 2) / 2 if r2 < 100 else r2 / 2 - mp.log(2)
    if 100 <= r2 < 2000:
        value += mp.log1p(mp.exp(-r2))
    return value, mp.tanh(r), 1 / mp.cosh(r) ** 2 if r2 < 1e5 else 4 * mp.exp(-r2)


def logistic(m):
    e = mp.exp(-abs(m))
    value = mp.log1p(e) + max(-m, 0)
    return value, -(1 if m < 0 else e) / (1 + e), e / (1 + e) ** 2


def exponential(m):
    e = mp.exp(-m)
    return e, -e, e


def hinge(m):
    return max(0, 1 - m), mp.mpf(-1 if m < 1 else 0), mp.mpf(0)


def squared_hinge(m):
    gap = max(0, 1 - m)
    return gap * gap, -2 * gap, mp.mpf(2 if m < 1 else 0)


def perceptron(m):
    return max(0, -m), mp.mpf(-1 if m <= 0 else 0), mp.mpf(0)


def zero_one(m):
    return mp.mpf(1 if m <= 0 else 0), mp.mpf(0), mp.mpf(0)


def binary_cross_entropy(x, y):
    up, down = logistic(x), logistic(-x)
    return y * up[0] + (1 - y) * down[0], y * up[1] - (1 - y) * down[1], up[2]


def binary_focal(x, y, gamma, alpha):
    s = 2 * y - 1
    z = s * x
    e = mp.exp(-abs(z))
    p, q = (1 / (1 + e), e / (1 + e)) if z >= 0 else (e / (1 + e), 1 / (1 + e))
    surprise = logistic(z)[0]
    weight = 1 if alpha is None else alpha if y == 1 else 1 - alpha
    scale = weight * q**gamma
    value = scale * surprise
    slope = -s * scale * (gamma * p * surprise + q)
    bend = gamma * surprise * (gamma * p - q) + (2 * gamma + 1) * q
    return value, slope, scale * p * bend


SCALAR = {
    "SquaredError": of_residual(lambda r: (r * r, 2 * r, mp.mpf(2))),
    "AbsoluteError": of_residual(lambda r: (abs(r), mp.sign(r), mp.mpf(0))),
    "Huber": of_residual(huber),
    "SmoothL1": of_residual(smooth_l1),
    "LogCosh": of_residual(log_cosh),
    "Quantile": of_residual(quantile),
    "ZeroOne": of_margin(zero_one),
    "Perceptron": of_margin(perceptron),
    "Hinge": of_margin(hinge),
    "SquaredHinge": of_margin(squared_hinge),
    "Exponential": of_margin(exponential),
    "Logistic": of_margin(logistic),
    "BinaryCrossEntropy": binary_cross_entropy,
    "BinaryFocalLoss": binary_focal,
}


def softmax(x):
    """p, and for each class 1 − p and −log p, by sums in which nothing cancels."""
    largest = max(x)
    top = x.index(largest)
    e = [mp.exp(v - largest) for v in x]
    others = mp.fsum(v for j, v in enumerate(e) if j != top)
    whole = 1 + others
    p = [v / whole for v in e]
    outside = [others / whole if j == top else (1 - v) for j, v in enumerate(p)]
    surprise = [mp.log1p(others) + (largest - v) for v in x]
    return p, outside, surprise


def logits(loss, x, y):
    """Value and slopes of a loss of logits with a class y; numbers as the type holds them."""
    with mp.workdps(max(DIGITS, mp.mp.dps)):
        x = [mp.mpf(v) for v in x]
        return LOGITS[type(loss).__name__](loss, x, int(y))


def cross_entropy(loss, x, y):
    p, outside, surprise = softmax(x)
    epsilon, count = mp.mpf(loss.label_smoothing), len(x)
    value = (1 - epsilon) * surprise[y]
    if epsilon:
        value += epsilon / count * mp.fsum(surprise)
    slopes = [(v if j != y else -outside[j] + epsilon) - epsilon / count for j, v in enumerate(p)]
    return value, slopes


def focal(loss, x, y):
    p, outside, surprise = softmax(x)
    gamma, q = mp.mpf(loss.gamma), outside[y]
    scale = q**gamma * (1 if loss.alpha is None else mp.mpf(loss.alpha[y]))
    factor = scale * (1 + gamma * p[y] * surprise[y] / q)
    return scale * surprise[y], [factor * (-q if j == y else v) for j, v in enumerate(p)]


def brier(loss, x, y):
    with mp.workdps(DIGITS + 700 if len(x) <= 10 else max(DIGITS, mp.mp.dps)):
        p, outside, _ = softmax(x)
        d = [v if j != y else -outside[j] for j, v in enumerate(p)]
        mean = mp.fdot(p, d)
        return mp.fdot(d, d), [2 * a * (b - mean) for a, b in zip(p, d, strict=True)]


def crammer_singer(loss, x, y):
    best = max(v for j, v in enumerate(x) if j != y)
    value = max(0, 1 + best - x[y])
    tied = [j for j, v in enumerate(x) if j != y and v == best] if value > 0 else []
    slopes = [mp.mpf(j in tied) / len(tied) if tied else mp.mpf(0) for j in range(len(x))]
    slopes[y] = mp.mpf(-1 if tied else 0)
    return value, slopes


def weston_watkins(loss, x, y):
    reach = [max(0, 1 + v - x[y]) if j != y else mp.mpf(0) for j, v in enumerate(x)]
    slopes = [mp.mpf(v > 0) for v in reach]
    slopes[y] = -mp.fsum(slopes)
    return mp.fsum(reach), slopes


LOGITS = {
    "SoftmaxCrossEntropy": cross_entropy,
    "FocalLoss": focal,
    "Brier": brier,
    "CrammerSingerHinge": crammer_singer,
    "WestonWatkinsHinge": weston_watkins,
}


def entropy(a):
    with mp.workdps(max(DIGITS, mp.mp.dps)):
        p, _, surprise = softmax([mp.mpf(v) for v in a])
        value = mp.fdot(p, surprise)
        return value, [v * (s - value) for v, s in zip(p, surprise, strict=True)]


def divergence(name, a, b):
    """Cross-entropy, KL or JS of two rows of logits; 700 digits, as their terms cancel."""
    with mp.workdps(700):
        p, _, from_p = softmax([mp.mpf(v) for v in a])
        q, _, from_q = softmax([mp.mpf(v) for v in b])
        if name == "cross_entropy":
            return mp.fdot(p, from_q), [v - u for u, v in zip(p, q, strict=True)]
        if name == "kl_divergence":
            value = mp.fsum(u * (t - s) for u, s, t in zip(p, from_p, from_q, strict=True))
            return value, [v - u for u, v in zip(p, q, strict=True)]
        mixed = [(u + v) / 2 for u, v in zip(p, q, strict=True)]
        from_m = [-mp.log(m) for m in mixed]
        value = mp.fsum(
            (u * (m - s) + v * (m - t)) / 2
            for u, v, s, t, m in zip(p, q, from_p, from_q, from_m, strict=True)
        )
        slope = [(m - t) / 2 for t, m in zip(from_q, from_m, strict=True)]
        mean = mp.fdot(q, slope)
        return value, [v * (s - mean) for v, s in zip(q, slope, strict=True)]
