"""What the tests of the losses share: instances of every loss, and inputs for each, by discovery.

A loss says through its fields which parameters it has and where they may lie, and through `targets`
what it is called with; so a new class in `lossnb.LOSSES` is tested by being there.
"""

import dataclasses

import numpy as np
import torch

import lossnb

CANDIDATES = (0.3, 0.5, 1.0, 2.5)
INFORMATION = (
    lossnb.entropy, lossnb.cross_entropy, lossnb.kl_divergence, lossnb.js_divergence,
)


def variants(cls):
    """The default instance, and one for each admissible candidate of each parameter."""
    found = [cls()]
    for field in dataclasses.fields(cls):
        if field.metadata["several"]:
            found.append(cls(**{field.name: (0.5, 1.0, 2.0)}))
        else:
            found += [cls(**{field.name: value}) for value in CANDIDATES
                      if field.metadata["domain"].contains(value)]
    return list(dict.fromkeys(found))


INSTANCES = [loss for cls in lossnb.LOSSES for loss in variants(cls)]
DEFAULTS = [cls() for cls in lossnb.LOSSES]


def classes_of(loss, default=4):
    return len(getattr(loss, "alpha", None) or ()) or default if loss._over_axis else 1


def sample(loss, rng, count=8, scale=2.0, soft=False, classes=None):
    """Predictions and targets as float64 (class targets as integers, or soft ones if asked)."""
    shape = (count,)
    if loss.targets == "real":
        return rng.normal(size=shape) * scale, rng.normal(size=shape)
    if loss.targets == "sign":
        return rng.normal(size=shape) * scale, rng.choice([-1.0, 1.0], shape)
    if loss.targets == "unit" and soft:
        return rng.normal(size=shape) * scale, rng.random(shape)
    if loss.targets in ("unit", "binary"):
        return rng.normal(size=shape) * scale, rng.choice([0.0, 1.0], shape)
    wide = classes or classes_of(loss)
    logits = rng.normal(size=(count, wide)) * scale
    if soft and loss.targets == "class or distribution":
        return logits, rng.dirichlet(np.ones(wide), count)
    return logits, rng.integers(0, wide, count)


def tensors(*arrays, dtype=torch.float64):
    """The arrays as tensors; floating ones in the type asked for."""
    return [torch.tensor(x).to(dtype) if np.asarray(x).dtype.kind == "f" else torch.tensor(x)
            for x in arrays]


def name(x):
    return repr(x)
