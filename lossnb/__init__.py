"""The losses of the Loss Notebook, in the order of the book.

A loss is called with prediction and target and gives one value per example; `.gradient` and
`.hessian` are its derivatives with respect to the prediction, `.facts` what is true of it.
"""

from lossnb.categorical import (
    BinaryCrossEntropy,
    BinaryFocalLoss,
    Brier,
    CrammerSingerHinge,
    FocalLoss,
    SoftmaxCrossEntropy,
    WestonWatkinsHinge,
)
from lossnb.information import cross_entropy, entropy, js_divergence, kl_divergence
from lossnb.loss import Card, Facts, Framework, Loss
from lossnb.margin import Exponential, Hinge, Logistic, Perceptron, SquaredHinge, ZeroOne
from lossnb.regression import AbsoluteError, Huber, LogCosh, Quantile, SmoothL1, SquaredError

__version__ = "0.1.0"

LOSSES: tuple[type[Loss], ...] = (
    # residual
    SquaredError, AbsoluteError, Huber, SmoothL1, LogCosh, Quantile,
    # margin
    ZeroOne, Perceptron, Hinge, SquaredHinge, Exponential, Logistic,
    # logits
    SoftmaxCrossEntropy, FocalLoss, Brier, CrammerSingerHinge, WestonWatkinsHinge,
    BinaryCrossEntropy, BinaryFocalLoss,
)
"""All loss classes, in the order of the book."""

__all__ = [
    "LOSSES", "AbsoluteError", "BinaryCrossEntropy", "BinaryFocalLoss", "Brier", "Card",
    "CrammerSingerHinge", "Exponential", "Facts", "FocalLoss", "Framework", "Hinge", "Huber",
    "LogCosh", "Logistic", "Loss", "Perceptron", "Quantile", "SmoothL1", "SoftmaxCrossEntropy",
    "SquaredError", "SquaredHinge", "WestonWatkinsHinge", "ZeroOne",
    "cross_entropy", "entropy", "js_divergence", "kl_divergence",
]
