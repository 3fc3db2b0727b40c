"""The sweep: every loss, type and quantity on a grid, with the bounds that the book promises."""

import dataclasses

import numpy as np
import torch

import lossnb
from lossnb.parameters import round_to
from tests import definitions, elsewhere
from tests.accuracy import measure, reference

PLAIN = 4.0
INSTANCES = [  # loss, bound of value, of gradient, of Hessian (None: measured, not promised)
    (lossnb.SquaredError(), PLAIN, PLAIN, PLAIN),
    (lossnb.AbsoluteError(), PLAIN, PLAIN, PLAIN),
    *[(lossnb.Huber(delta=d), PLAIN, PLAIN, PLAIN) for d in (1.0, 0.1, 1.345, 1e-6, 1e6)],
    *[(lossnb.SmoothL1(beta=b), PLAIN, PLAIN, PLAIN) for b in (1.0, 0.1, 3.3, 1e-6, 1e6)],
    (lossnb.LogCosh(), 5.0, 5.0, 5.0),
    *[(lossnb.Quantile(tau=t), PLAIN, PLAIN, PLAIN) for t in (0.5, 0.1, 0.99)],
    (lossnb.ZeroOne(), PLAIN, PLAIN, PLAIN),
    (lossnb.Perceptron(), PLAIN, PLAIN, PLAIN),
    (lossnb.Hinge(), PLAIN, PLAIN, PLAIN),
    (lossnb.SquaredHinge(), PLAIN, PLAIN, PLAIN),
    (lossnb.Exponential(), PLAIN, PLAIN, PLAIN),
    (lossnb.Logistic(), 3.0, 3.0, 5.0),
    (lossnb.BinaryCrossEntropy(), 3.0, 3.0, 5.0),
    (lossnb.BinaryFocalLoss(gamma=0.5), 6.0, 6.0, None),
    (lossnb.BinaryFocalLoss(gamma=2.0), 12.0, 12.0, 12.0),
    (lossnb.BinaryFocalLoss(gamma=2.0, alpha=0.25), 12.0, 12.0, 12.0),
    (lossnb.BinaryFocalLoss(gamma=5.0), 22.0, 22.0, None),
]
LOGITS = [
    (lossnb.SoftmaxCrossEntropy(), 4.0, 4.0),
    (lossnb.SoftmaxCrossEntropy(label_smoothing=0.1), None, None),
    (lossnb.FocalLoss(gamma=0.5), 6.0, 6.0),
    (lossnb.FocalLoss(gamma=2.0), 12.0, 12.0),
    (lossnb.FocalLoss(gamma=5.0), 22.0, 22.0),
    (lossnb.Brier(), 8.0, "two"),  # the gradient is promised for two classes
    (lossnb.CrammerSingerHinge(), PLAIN, PLAIN),
    (lossnb.WestonWatkinsHinge(), PLAIN, PLAIN),
]
INFORMATION = [  # bound of the value's maximum, of its median
    (lossnb.entropy, 8.0, None),
    (lossnb.cross_entropy, None, None),
    (lossnb.kl_divergence, None, 1.0),
    (lossnb.js_divergence, None, None),
]


@dataclasses.dataclass
class Row:
    loss: str
    by: str
    dtype: str
    classes: int
    quantity: str
    bound: float | None
    bound_of: str
    errors: measure.Errors

    @property
    def kept(self):
        """Whether the bound holds; without one (gradients near a root), whether all is finite."""
        if self.bound is None:
            return not self.errors.endless
        found = self.errors.most if self.bound_of == "max" else self.errors.median
        return not self.errors.bad and not self.errors.zeros and found <= self.bound


def to_torch(x, dtype):
    return torch.tensor(np.asarray(x)).to(getattr(torch, dtype))


def back(x):
    return np.asarray(x.double() if isinstance(x, torch.Tensor) else x, np.float64)


def scalar_inputs(rng, loss, count, dtype):
    """Inputs in the type, as NumPy arrays of a type that holds them exactly."""
    grid = "float32" if dtype in ("float16", "bfloat16") else dtype
    if loss.targets == "real":
        x, y = measure.residuals(rng, loss, count, grid)
    else:
        x = measure.scores(rng, count, grid)
        y = rng.choice([-1.0, 1.0] if loss.targets == "sign" else [0.0, 1.0], len(x))
    x, y = np.asarray(x, grid), np.asarray(y, grid)
    if dtype != grid:
        x, y = (to_torch(v, dtype).float().numpy() for v in (x, y))
        keep = np.isfinite(x) & np.isfinite(y)
        x, y = x[keep], y[keep]
    return x, y


def at_type(loss, dtype):
    """The loss with its parameters as the type holds them: they are part of the input."""
    names = [field.name for field in dataclasses.fields(loss)]
    return dataclasses.replace(loss, **{n: round_to(getattr(loss, n), dtype) for n in names})


def scalar_rows(rng, loss, bounds, count, dtype, kinds=("numpy", "torch")):
    x, y = scalar_inputs(rng, loss, count, dtype)
    truths = [reference.scalar(at_type(loss, dtype), a, b)
              for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    for kind in kinds:
        args = (to_torch(x, dtype), to_torch(y, dtype)) if kind == "torch" else (x, y)
        for order, quantity in enumerate(("value", "gradient", "hessian")):
            call = (loss, loss.gradient, loss.hessian)[order]
            bound, chosen = bounds[order], np.ones(len(x), bool)
            if quantity == "hessian" and loss.targets == "real":
                chosen = y == 0  # promised where ŷ − y is exact
            if quantity == "hessian" and isinstance(loss, lossnb.BinaryFocalLoss):
                chosen = _away_from_root(loss, x, y)
            wanted = np.flatnonzero(chosen)
            results = back(call(*args))[wanted]
            yield Row(repr(loss), kind, dtype, 1, quantity, bound, "max", measure.ulps(
                dtype, results, [truths[i][order] for i in wanted],
                lambda i, w=wanted: f"x={x[w[i]]!r} y={y[w[i]]!r}"))


def _away_from_root(loss, x, y):
    """Where the terms of the focal Hessian cancel by less than a factor of two."""
    z = (2 * y - 1.0) * x.astype(np.float64)
    p, q = 1 / (1 + np.exp(-z.clip(-700, 700))), 1 / (1 + np.exp(z.clip(-700, 700)))
    surprise = np.logaddexp(0, -z)
    g = loss.gamma
    plus = g * g * surprise * p + (2 * g + 1) * q
    minus = g * surprise * q
    return abs(plus - minus) > (plus + minus) / 2


def _near_root(loss, x, y, slopes):
    """Where the terms of a gradient cancel to less than a thousandth (half types are not promised
    there)."""
    z = x.astype(np.float64)
    p = np.exp(z - z.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    t = np.eye(x.shape[-1])[y]
    if isinstance(loss, lossnb.Brier):
        terms = 2 * p * (abs(p - t) + abs((p * (p - t)).sum(-1, keepdims=True)))
    elif isinstance(loss, lossnb.SoftmaxCrossEntropy) and loss.label_smoothing:
        terms = p + loss.label_smoothing / x.shape[-1]
    else:
        return np.zeros(slopes.shape, bool)
    return abs(slopes.astype(np.float64)) < 1e-3 * terms


def logit_rows(rng, loss, bounds, count, classes, dtype, kinds=("numpy", "torch")):
    grid = "float32" if dtype in ("float16", "bfloat16") else dtype
    x = measure.rows(rng, count, classes, grid)
    if dtype != grid:
        x = to_torch(x, dtype).float().numpy()
    y = rng.integers(0, classes, count)
    y[rng.random(count) < 0.4] = 0
    truths = [reference.logits(at_type(loss, dtype), a, b)
              for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    for kind in kinds:
        args = (to_torch(x, dtype), torch.tensor(y)) if kind == "torch" else (x, y)
        value, gradient = (back(v) for v in loss.value_and_gradient(*args))
        bound = bounds[1] if bounds[1] != "two" else 8.0 if classes == 2 else None
        yield Row(repr(loss), kind, dtype, classes, "value", bounds[0], "max",
                  measure.ulps(dtype, value, [t[0] for t in truths],
                               lambda i: f"x={x[i].tolist()[:10]} y={y[i]}"))
        slopes = np.array([g for t in truths for g in t[1]], object)
        wanted = np.arange(len(slopes))
        if dtype != grid:
            wanted = np.flatnonzero(~_near_root(loss, x, y, slopes.reshape(gradient.shape)).ravel())
        yield Row(repr(loss), kind, dtype, classes, "gradient", bound, "max",
                  measure.ulps(dtype, gradient.ravel()[wanted], slopes[wanted],
                               lambda i, w=wanted: f"x={x[w[i] // classes].tolist()[:10]} "
                               f"y={y[w[i] // classes]} class {w[i] % classes}"))


def information_rows(rng, function, bounds, count, classes, dtype, kinds=("numpy", "torch")):
    grid = "float32" if dtype in ("float16", "bfloat16") else dtype
    a, b = measure.pairs(rng, count, classes, grid)
    if dtype != grid:
        a, b = (to_torch(v, dtype).float().numpy() for v in (a, b))
    inputs = (a,) if function is lossnb.entropy else (a, b)
    truths = [reference.entropy(u) if function is lossnb.entropy
              else reference.divergence(function.name, u, v)
              for u, v in zip(a.tolist(), b.tolist(), strict=True)]
    for kind in kinds:
        args = [to_torch(v, dtype) for v in inputs] if kind == "torch" else inputs
        value, gradient = (back(v) for v in function.value_and_gradient(*args, logits=True))
        bound, of = (bounds[0], "max") if bounds[0] else (bounds[1], "median")
        yield Row(repr(function), kind, dtype, classes, "value", bound, of,
                  measure.ulps(dtype, value, [t[0] for t in truths],
                               lambda i: f"a={a[i].tolist()[:4]} b={b[i].tolist()[:4]}"))
        yield Row(repr(function), kind, dtype, classes, "gradient", None, "max",
                  measure.ulps(dtype, gradient.ravel(), [g for t in truths for g in t[1]]))


def others(loss, framework, rng, count, classes, dtype):
    """Rows of a framework's version of the loss, or of the textbook's, on the same grid."""
    if classes == 1:
        x, y = scalar_inputs(rng, loss, count, dtype)
        truths = [reference.scalar(at_type(loss, dtype), a, b)[:2]
                  for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        slopes = [t[1] for t in truths]
    else:
        x = measure.rows(rng, count, classes, dtype)
        y = rng.integers(0, classes, count)
        y[rng.random(count) < 0.4] = 0
        truths = [reference.logits(at_type(loss, dtype), a, b)
                  for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        slopes = [g for t in truths for g in t[1]]
    by, value, gradient = _elsewhere(loss, framework, x, y)
    yield Row(repr(loss), by, dtype, classes, "value", None, "max",
              measure.ulps(dtype, back(value), [t[0] for t in truths]))
    if gradient is not None:
        yield Row(repr(loss), by, dtype, classes, "gradient", None, "max",
                  measure.ulps(dtype, back(gradient).ravel(), slopes))


def _elsewhere(loss, framework, x, y):
    with np.errstate(all="ignore"):
        if framework is None:
            z = torch.tensor(x, requires_grad=True)
            value = definitions.define(loss)(z, torch.tensor(y))
            return "textbook", value.detach(), torch.autograd.grad(value.sum(), z)[0]
        value = elsewhere.as_ours(framework, loss, elsewhere.theirs(framework, loss, x, y), x)
        return (f"{framework.library}: {framework.name}", value,
                elsewhere.gradient(framework, loss, x, y))


def of_logits(function):
    """Divergences of logits as they are written with torch and by the textbook."""
    log_softmax, kl_div = torch.nn.functional.log_softmax, torch.nn.functional.kl_div
    textbook = definitions.INFORMATION[function.name]
    found = {"textbook": lambda *x: textbook(*[v.softmax(-1) for v in x])}
    if function is lossnb.entropy:
        found["PyTorch: torch.distributions.Categorical(logits=a).entropy()"] = (
            lambda a: torch.distributions.Categorical(logits=a, validate_args=False).entropy())
    if function is lossnb.kl_divergence:
        found["PyTorch: F.kl_div(log_softmax(b), log_softmax(a), log_target=True)"] = (
            lambda a, b: kl_div(log_softmax(b, -1), log_softmax(a, -1), reduction="none",
                                log_target=True).sum(-1))
    return found


def other_information(function, rng, count, classes, dtype):
    a, b = measure.pairs(rng, count, classes, dtype)
    inputs = (a,) if function is lossnb.entropy else (a, b)
    truths = [reference.entropy(u) if function is lossnb.entropy
              else reference.divergence(function.name, u, v)
              for u, v in zip(a.tolist(), b.tolist(), strict=True)]
    for by, call in of_logits(function).items():
        x = [torch.tensor(v, requires_grad=True) for v in inputs]
        value = call(*x)
        gradient = torch.autograd.grad(value.sum(), x[-1])[0]
        yield Row(repr(function), by, dtype, classes, "value", None, "max",
                  measure.ulps(dtype, back(value.detach()), [t[0] for t in truths]))
        yield Row(repr(function), by, dtype, classes, "gradient", None, "max",
                  measure.ulps(dtype, back(gradient).ravel(), [g for t in truths for g in t[1]]))


SLOW = ("each_", "zero_one", "sklearn_sgd", "xgboost")  # one call an example, or float32 inside


def all_others(rng, size=1.0, dtypes=("float32", "float64"), widths=(2, 10, 1000)):
    """The frameworks' columns, by the cards, and the textbook's."""
    for dtype in dtypes:
        for loss, *_ in INSTANCES:
            for row in (None, *loss.card.frameworks):
                if row is None or not any(word in row.call for word in SLOW):
                    yield from others(loss, row, rng, int(400 * size), 1, dtype)
        for classes in widths:
            count = max(4, int({2: 400, 10: 150}.get(classes, 12) * size))
            for loss, *_ in LOGITS:
                for row in (None, *loss.card.frameworks):
                    if row is None or (elsewhere.exists(row, loss) and not any(
                            word in row.call for word in SLOW)):
                        yield from others(loss, row, rng, count, classes, dtype)
            for function, *_ in INFORMATION:
                yield from other_information(
                    function, rng, max(2, count // (1 if classes <= 10 else 6)), classes, dtype)


def halves(rng, size=1.0, widths=(2, 10, 1000)):
    """float16 and bfloat16, in torch: correctly rounded, or nearly (JS gradients have roots)."""
    for dtype in ("float16", "bfloat16"):
        for loss, *_ in INSTANCES:
            if not any(getattr(loss, n, 1.0) in (1e-6, 1e6) for n in ("delta", "beta")):
                yield from scalar_rows(
                    rng, loss, (1.0, 1.0, None), int(300 * size), dtype, ("torch",))
        for classes in widths:
            count = max(3, int({2: 100, 10: 40}.get(classes, 4) * size))
            for loss, *_ in LOGITS:
                yield from logit_rows(rng, loss, (1.0, 1.0), count, classes, dtype, ("torch",))
            for function, *_ in INFORMATION:
                yield from information_rows(
                    rng, function, (1.0, None), count, classes, dtype, ("torch",))


def ours(rng, size=1.0, dtypes=("float32", "float64"), widths=(2, 10, 1000)):
    """All rows of ours; `size` scales the number of inputs."""
    for dtype in dtypes:
        for loss, *bounds in INSTANCES:
            yield from scalar_rows(rng, loss, bounds, int(400 * size), dtype)
        for classes in widths:
            count = max(4, int({2: 400, 10: 150}.get(classes, 12) * size))
            for loss, *bounds in LOGITS:
                yield from logit_rows(rng, loss, bounds, count, classes, dtype)
            for function, *bounds in INFORMATION:
                few = count if classes <= 10 else max(2, count // 6)
                yield from information_rows(rng, function, bounds, few, classes, dtype)
