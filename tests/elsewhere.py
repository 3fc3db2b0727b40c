"""The losses of other libraries, run from the cards: each `call` of a card, executed."""

import dataclasses
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import warnings

import numpy as np

import lossnb


def names_of(loss):
    """The names of its parameters."""
    return [f.name for f in dataclasses.fields(loss)] if dataclasses.is_dataclass(loss) else []


def parameters(loss):
    return {name: getattr(loss, name) for name in names_of(loss)}


def exists(framework, loss):
    return bool(eval(framework.when, parameters(loss)))


def theirs(framework, loss, *arguments):
    """What the framework says, as a NumPy array; arguments are NumPy arrays."""
    result = _call(framework, loss, [_convert(framework.library, x) for x in arguments])
    return np.asarray(result.detach() if hasattr(result, "detach") else result)


def gradient(framework, loss, *arguments):
    """The framework's automatic derivative in the prediction (of a divergence, in q)."""
    lead = loss._lead
    converted = [_convert(framework.library, x) for x in arguments]
    if framework.library in ("PyTorch", "Keras"):
        import torch

        converted[lead].requires_grad_()
        value = eval(framework.ours, {**parameters(loss), **_classes(arguments, lead),
                                      "theirs": _call(framework, loss, converted)})
        return torch.autograd.grad(value.sum(), converted[lead])[0].numpy()
    if framework.library == "optax":
        import jax

        def total(x):
            converted[lead] = x
            value = _call(framework, loss, converted)
            return eval(framework.ours, {**parameters(loss), **_classes(arguments, lead),
                                         "theirs": value}).sum()

        return np.asarray(jax.grad(total)(converted[lead]))
    return None


def as_ours(framework, loss, result, prediction):
    names = {"theirs": result, "C": prediction.shape[-1] if prediction.ndim else 0}
    return eval(framework.ours, {**parameters(loss), **names})


def _classes(arguments, lead):
    return {"C": arguments[lead].shape[-1]}


def _call(framework, loss, arguments):
    names = dict(zip(("p", "q") if isinstance(loss, lossnb.information.Information) else
                     ("prediction", "target"), arguments, strict=False))
    names |= parameters(loss)
    names["C"] = arguments[loss._lead].shape[-1] if arguments[loss._lead].ndim else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(framework.call, {**_library(framework.library), **names})


def _convert(library, x):
    x = np.array(x)
    if library in ("PyTorch", "Keras"):
        import torch

        return torch.tensor(x)
    if library == "optax":
        import jax

        jax.config.update("jax_enable_x64", True)
        return jax.numpy.asarray(x)
    return x


def _library(library):
    if library in ("PyTorch", "Keras"):
        import torch
        import torch.nn.functional as F

        names = {"torch": torch, "F": F, "np": np}
        if library == "Keras":
            import keras

            names["keras"] = keras

        return _with_one_hot(names, lambda t, c: F.one_hot(t, c).to(torch.float64))
    if library == "optax":
        import jax
        import optax

        names = {"optax": optax, "jnp": jax.numpy}
        return _with_one_hot(names, lambda t, c: jax.nn.one_hot(t, c))
    if library == "scikit-learn":
        return _sklearn()
    return {"xgboost_gradient": xgboost_gradient, "xgboost_metric": xgboost_metric}


def _with_one_hot(names, make):
    def one_hot(target):
        import inspect

        frame = inspect.currentframe().f_back
        return make(target, frame.f_globals["C"])

    return names | {"one_hot": one_hot}


def _sklearn():
    from sklearn import metrics
    from sklearn._loss import loss as sk
    from sklearn.linear_model import _sgd_fast as sgd

    def sklearn_loss(loss, raw, y):
        raw, y = np.ascontiguousarray(raw), np.ascontiguousarray(y, raw.dtype)
        return loss.loss(y_true=y, raw_prediction=raw)

    def sklearn_sgd(loss, raw, y):
        return np.array([loss.py_loss(float(a), float(b)) for a, b in zip(raw, y, strict=True)])

    def each(metric, target, prediction, **options):
        pairs = zip(target, prediction, strict=True)
        return np.array([metric([t], [p], **options) for t, p in pairs])

    def zero_one(target, prediction):
        return each(metrics.zero_one_loss, target, np.sign(prediction))

    def each_brier(target, z):
        p = np.exp(z - z.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        labels = np.arange(z.shape[-1])
        return np.array([
            metrics.brier_score_loss([t], [row], labels=labels, scale_by_half=False)
            for t, row in zip(target, p, strict=True)
        ])

    def each_hinge(target, z):
        labels = np.arange(z.shape[-1])
        return np.array([metrics.hinge_loss([t], [row], labels=labels)
                         for t, row in zip(target, z, strict=True)])

    names = {name: getattr(sk, name) for name in dir(sk) if name[0].isupper()}
    return names | {
        "sklearn_loss": sklearn_loss, "sklearn_sgd": sklearn_sgd, "zero_one": zero_one,
        "each_brier": each_brier, "each_hinge": each_hinge, "Hinge": sgd.Hinge,
        "SquaredHinge": sgd.SquaredHinge,
    }


def xgboost_gradient(objective, prediction, target):
    """−(leaf value)·(sum of Hessians) of one tree, grown on every example alone."""
    import xgboost as xgb

    rows = []
    for z, y in zip(np.atleast_2d(prediction.T).T, target, strict=True):
        data = xgb.DMatrix(np.zeros((1, 1)), label=[y])
        data.set_base_margin(z.astype(np.float32)[None] if len(z) > 1 else z.astype(np.float32))
        options = {"objective": objective, "eta": 1.0, "lambda": 0.0, "min_child_weight": 0.0,
                   "base_score": 0.5, "nthread": 1}
        if len(z) > 1:
            options["num_class"] = len(z)
        frame = xgb.train(options, data, num_boost_round=1).trees_to_dataframe()
        rows.append(-frame.Gain.to_numpy() * frame.Cover.to_numpy())
    return np.array(rows).reshape(prediction.shape)


def xgboost_metric(metric, prediction, target, **options):
    """The evaluation metric of every example alone."""
    import xgboost as xgb

    results = []
    for z, y in zip(prediction, target, strict=True):
        data = xgb.DMatrix(np.zeros((1, 1)), label=[y])
        data.set_base_margin([z])
        booster = xgb.Booster({"objective": "reg:squarederror", "base_score": 0.0, "nthread": 1,
                               "eval_metric": metric, **options}, [data])
        results.append(float(booster.eval(data).split(":")[-1]))
    return np.array(results)
