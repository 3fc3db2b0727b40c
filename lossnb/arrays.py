"""What a caller may pass: NumPy arrays, torch tensors, numbers and lists; their types and shapes.

Every error names the argument, what it was, and what to do.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lossnb.arithmetic import Array

if TYPE_CHECKING:
    from lossnb.loss import Formula

WIDER = {
    "float16": "float32", "bfloat16": "float32", "float32": "float64", "float64": "float64",
}
EXACT_IN_FLOAT32 = {"float16", "bfloat16", "float32", "bool", "int8", "uint8", "int16", "uint16"}


def is_tensor(x: Any) -> bool:
    """Whether x is a torch tensor, without importing torch to ask."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def is_number(x: Any) -> bool:
    """Whether x has no shape of its own: it then fits every shape."""
    return isinstance(x, (bool, int, float, np.generic))


def type_name(x: Array) -> str:
    """The type's name, as "float32", the same for both kinds of array."""
    return str(x.dtype).removeprefix("torch.")


def is_floating(x: Array) -> bool:
    return "float" in type_name(x)


def as_array(name: str, x: Any) -> np.ndarray[Any, Any]:
    """x as a NumPy array of native byte order and a real type, or an error that names it."""
    if isinstance(x, np.ma.MaskedArray):
        raise ValueError(f"{name} is a masked array, whose mask would be lost: fill or compress it")
    first = x
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if is_tensor(first):
        raise TypeError(f"{name} is a {type(x).__name__} of tensors: join them with torch.stack")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise ValueError(f"{name} is not a rectangular array: {error}") from None
    if array.dtype.kind == "c":
        raise TypeError(f"{name} is complex ({array.dtype}): pass real numbers")
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} has type {array.dtype}, from {_short(x)}: pass an array of real numbers"
        )
    if array.size == 0 and not hasattr(x, "dtype"):
        array = array.astype(np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "…"


def admit(formula: Formula, arguments: Sequence[Any]) -> tuple[Array, ...]:
    """NumPy arrays of fitting types and shapes."""
    arrays = []
    for place, (name, x) in enumerate(zip(formula._names, arguments, strict=True)):
        array = as_array(name, x)
        if not formula._over_axis and not formula._is_prediction(place) and not hasattr(x, "dtype"):
            array = narrowed(array)
        if formula._is_prediction(place):
            if array.dtype.kind in "biu":
                array = array.astype(np.float64)
            elif array.dtype not in (np.float32, np.float64):
                raise ValueError(
                    f"{name} has type {array.dtype}: NumPy arrays must be float32 or float64; "
                    f"convert with .astype(np.float32)"
                )
        arrays.append(array)
    spread = [is_number(x) for x in arguments]
    loose = [not hasattr(x, "dtype") for x in arguments]
    return formula._shapes(arrays, spread, loose)


def fit(
    names: Sequence[str], arrays: Sequence[Array], spread: Sequence[bool]
) -> tuple[Array, ...]:
    """The arrays in one shape: a number takes the other's, all else must agree exactly."""
    shapes = [tuple(array.shape) for array in arrays]
    if len(set(shapes)) == 1:
        return tuple(arrays)
    for place, number in enumerate(spread):
        if number and not shapes[place]:
            other = shapes[1 - place]
            return tuple(
                broadcast(array, other) if at == place else array for at, array in enumerate(arrays)
            )
    raise ValueError(
        f"{names[1]} has shape {shapes[1]} but {names[0]} has shape {shapes[0]}: shapes must agree "
        f"exactly, nothing is broadcast; reshape one, for instance with .reshape({shapes[0]})"
    )


def broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(x, shape) if isinstance(x, np.ndarray) else x.expand(shape)


def widened(formula: Formula, arguments: Sequence[Array]) -> list[Array]:
    """The arguments in the working type; class indices stay integers."""
    lead = arguments[formula._lead]
    indices = [not is_floating(x) and formula._over_axis for x in arguments]
    work = type_name(lead)
    if formula._widen or work not in ("float32", "float64"):
        work = WIDER[work]
    exact = [index or type_name(x) in EXACT_IN_FLOAT32
             for x, index in zip(arguments, indices, strict=True)]
    if not all(exact):
        work = "float64"
    if is_tensor(lead) and lead.device.type == "mps":  # Apple's GPU has no float64
        work = "float32"
    return [
        x if index else as_type(x, work) for x, index in zip(arguments, indices, strict=True)
    ]


def as_type(x: Array, name: str) -> Array:
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(name, copy=False)
    return x.to(getattr(sys.modules["torch"], name))


def first_where(bad: Array, x: Array) -> Any:
    """The first offending entry, for the error, as a Python number."""
    return x[bad].reshape(-1)[0].item()


def cast(x: Array, like: Array) -> Array:
    """x in the type of `like`: the one rounding at the end."""
    if isinstance(like, (np.ndarray, np.generic)):
        return np.asarray(x).astype(like.dtype, copy=False)
    return x.to(like.dtype)


def narrowed(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Numbers and lists as float32 where that is exact, lest they widen the prediction's type."""
    with np.errstate(over="ignore"):
        short = x.astype(np.float32)
    return short if np.array_equal(short, x, equal_nan=True) else x


def no_nan(name: str, x: Array) -> None:
    """A ValueError where x holds NaN: there is no loss against an unknown target."""
    if is_floating(x) and bool((x != x).any()):
        raise ValueError(f"{name} holds nan: drop or impute these examples")


def only_signs(name: str, x: Array) -> None:
    """A ValueError where a label is neither −1 nor +1."""
    bad = (x != 1) & ((x != -1) | (x > 0))  # torch takes an unsigned 255 for −1
    if bool(bad.any()):
        label = first_where(bad, x)
        remedy = (
            f"; for labels 0 and 1 pass 2 * {name} - 1" if label == 0 else ": drop or recode it"
        )
        raise ValueError(f"{name} holds {label}, but a label is -1 or +1{remedy}")


def fit_classes(
    logits: Array, target: Array, number: bool, loose: bool, distribution: bool
) -> tuple[Array, Array]:
    """Logits (…, C) and a target: indices (…) or, where allowed, a distribution (…, C)."""
    shape = tuple(logits.shape)
    if len(shape) == 0 or shape[-1] < 2:
        raise ValueError(
            f"prediction has shape {shape}: its last axis must hold the logits of two or more "
            f"classes; for one logit use BinaryCrossEntropy or BinaryFocalLoss"
        )
    found = tuple(target.shape)
    if number and not found:
        target, found = broadcast(target, shape[:-1]), shape[:-1]
    if loose and found == shape and distribution and not is_floating(target):
        target = as_type(target, "float64")
    elif loose and found == shape[:-1] and is_floating(target) and bool((target % 1 == 0).all()):
        target = as_type(target, "int64")
    if is_floating(target) and found == shape and distribution:
        return logits, target
    if found != shape[:-1] or "int" not in type_name(target):
        expected = f"integer class indices of shape {shape[:-1]}"
        if distribution:
            expected += f", or a floating distribution of shape {shape}"
        remedy = "; convert it with .astype(int) or .long()" if found == shape[:-1] else ""
        raise ValueError(
            f"target has shape {found} and type {type_name(target)}, but for a prediction of shape "
            f"{shape} it must hold {expected}{remedy}"
        )
    return logits, as_type(target, "int64")  # lest a comparison wrap around in uint8


def only_indices(name: str, x: Array, count: int) -> None:
    """A ValueError where an index is not 0 … count − 1."""
    bad = (x < 0) | (x >= count)
    if bool(bad.any()):
        raise ValueError(
            f"{name} holds {first_where(bad, x)}, but a class index is 0 to {count - 1}: drop "
            f"ignored examples, and count classes from 0"
        )


def only_distributions(name: str, x: Array) -> None:
    """A ValueError where the last axis is not non-negative with sum one."""
    no_nan(name, x)
    if bool((x < 0).any()):
        raise ValueError(f"{name} holds {first_where(x < 0, x)}: probabilities are non-negative")
    wide = as_type(x, "float64" if type_name(x) == "float64" else "float32")
    sums = wide.sum(-1)
    slack = 1e-2 if type_name(x) in ("float16", "bfloat16") else 1e-4
    bad = ~(abs(sums - 1) <= slack)
    if bool(bad.any()):
        raise ValueError(
            f"{name} sums to {first_where(bad, sums):.6g} over its last axis, not to 1 within "
            f"{slack:g}: normalise it (for logits take their softmax first)"
        )


def in_unit_interval(name: str, x: Array, ends_only: bool) -> None:
    """A ValueError where a target is not in [0, 1], or neither 0 nor 1."""
    no_nan(name, x)
    bad = (x != 0) & (x != 1) if ends_only else (x < 0) | (x > 1)
    if bool(bad.any()):
        found = first_where(bad, x)
        remedy = f"; for labels -1 and +1 pass ({name} + 1) / 2" if found == -1 else ""
        allowed = "0 or 1" if ends_only else "between 0 and 1"
        raise ValueError(f"{name} holds {found}, but must be {allowed}{remedy}")
