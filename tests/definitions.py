"""Every loss as its textbook prints it, in torch operations: the slow and obvious version.

Autograd of these is what the closed forms must agree with on moderate inputs.
"""

import dataclasses

import torch

maximum = torch.clamp_min


def one_hot(z, y):
    return y if y.is_floating_point() else torch.nn.functional.one_hot(y, z.shape[-1]).to(z.dtype)


def of(x, y):
    return x.gather(-1, y[..., None])[..., 0]


def huber(r, d):
    return torch.where(abs(r) <= d, r**2 / 2, d * (abs(r) - d / 2))


def focal(p, gamma, weight):
    return -weight * (1 - p) ** gamma * torch.log(p)


def binary_focal(z, y, gamma, alpha):
    p = torch.sigmoid(z)
    weight = 1.0 if alpha is None else y * alpha + (1 - y) * (1 - alpha)
    return focal(y * p + (1 - y) * (1 - p), gamma, weight)


def competitors(z, y):
    return z - of(z, y)[..., None] + 1 - 1e9 * one_hot(z, y)


def smoothed(z, y, epsilon):
    return (1 - epsilon) * one_hot(z, y) + epsilon / z.shape[-1]


DEFINITIONS = {
    "SquaredError": lambda z, y: (z - y) ** 2,
    "AbsoluteError": lambda z, y: abs(z - y),
    "Huber": lambda z, y, delta: huber(z - y, delta),
    "SmoothL1": lambda z, y, beta: huber(z - y, beta) / beta,
    "LogCosh": lambda z, y: torch.log(torch.cosh(z - y)),
    "Quantile": lambda z, y, tau: tau * maximum(y - z, 0) + (1 - tau) * maximum(z - y, 0),
    "ZeroOne": lambda z, y: (y * z <= 0).to(z.dtype) + 0 * z,
    "Perceptron": lambda z, y: maximum(-y * z, 0),
    "Hinge": lambda z, y: maximum(1 - y * z, 0),
    "SquaredHinge": lambda z, y: maximum(1 - y * z, 0) ** 2,
    "Exponential": lambda z, y: torch.exp(-y * z),
    "Logistic": lambda z, y: torch.log(1 + torch.exp(-y * z)),
    "BinaryCrossEntropy": lambda z, y: -y * torch.log(torch.sigmoid(z))
    - (1 - y) * torch.log(1 - torch.sigmoid(z)),
    "BinaryFocalLoss": binary_focal,
    "SoftmaxCrossEntropy": lambda z, y, label_smoothing: -(
        smoothed(z, y, label_smoothing) * torch.log(z.softmax(-1))
    ).sum(-1),
    "FocalLoss": lambda z, y, gamma, alpha: focal(
        of(z.softmax(-1), y), gamma, 1.0 if alpha is None else torch.tensor(alpha)[y]
    ),
    "Brier": lambda z, y: ((z.softmax(-1) - one_hot(z, y)) ** 2).sum(-1),
    "CrammerSingerHinge": lambda z, y: maximum(competitors(z, y).amax(-1), 0),
    "WestonWatkinsHinge": lambda z, y: maximum(competitors(z, y), 0).sum(-1),
}


def kl(p, q):
    return (p * torch.log(p / q)).sum(-1)


INFORMATION = {
    "entropy": lambda p: -(p * torch.log(p)).sum(-1),
    "cross_entropy": lambda p, q: -(p * torch.log(q)).sum(-1),
    "kl_divergence": kl,
    "js_divergence": lambda p, q: kl(p, (p + q) / 2) / 2 + kl(q, (p + q) / 2) / 2,
}


def define(loss):
    """The definition of this instance, a function of prediction and target."""
    parameters = {f.name: getattr(loss, f.name) for f in dataclasses.fields(loss)}
    textbook = DEFINITIONS[type(loss).__name__]
    return lambda z, y: textbook(z, y, **parameters)
