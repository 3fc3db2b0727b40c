"""The contract that every loss keeps: calls, parameters, facts, cards.

A loss is a frozen dataclass. It brings three formulas, `_value`, `_gradient` and `_hessian`,
written once for NumPy and torch, and its family says what they speak of: the residual r = ŷ − y,
the margin m = y·z, the softmax of C logits. Everything else stands here: who calls
`huber(prediction, target)` gets the inputs checked, the formula evaluated in the working type, and
one rounding at the end.

The working type is the next wider one (float16 and bfloat16 in float32, float32 in float64), so
that float32 results are correctly rounded; float64 has none wider, so every formula is stable in
its own type.

Under torch.compile the loss is built outside the compiled function, and values (labels,
probabilities) are not checked, only shapes, types and parameters: a graph cannot depend on values.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np

from lossnb import arrays
from lossnb.arithmetic import Array
from lossnb.parameters import TYPES, check_parameter, round_to

VALUE, GRADIENT, HESSIAN = 0, 1, 2
Targets = Literal["real", "sign", "unit", "binary", "class", "class or distribution"]


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is true of a loss at its parameters, with respect to the prediction.

    Norms are Euclidean; suprema run over all valid targets and all numbers of classes.

    convex: whether the value is convex.
    lipschitz: the supremum of the gradient's norm; inf if there is none, None without closed form.
    smooth: the least Lipschitz constant of the gradient; inf and None likewise.
    bounded: whether the value has a finite supremum.
    estimates: the functional of the target's distribution that the best prediction is.
    proper: whether forecasting the true probability, through the link, is best; None where the
        prediction is no forecast of a probability.
    calibrated: whether the best prediction classifies as Bayes' rule does; None without classes.
    """

    convex: bool
    lipschitz: float | None
    smooth: float | None
    bounded: bool
    estimates: str
    proper: Literal["strictly", "yes", "no"] | None = None
    calibrated: bool | None = None


@dataclasses.dataclass(frozen=True)
class Framework:
    """The same loss elsewhere.

    `call` is the Python expression that computes it per example from `prediction` and `target` (of
    a divergence: `p` and `q`) and the loss's parameters; `ours` is ours in terms of that result,
    `theirs`, and of the parameters. With `of="gradient"` both speak of the gradient. `when` is the
    condition on the parameters under which the framework has it at all. The tests execute all.
    """

    library: Literal["PyTorch", "Keras", "optax", "scikit-learn", "XGBoost"]
    name: str
    call: str
    ours: str = "theirs"
    note: str = ""
    of: Literal["value", "gradient"] = "value"
    when: str = "True"


@dataclasses.dataclass(frozen=True)
class Card:
    """What the head of a chapter shows: display equations in TeX, domains, names elsewhere."""

    formula: str
    gradient: str
    hessian: str
    domain: tuple[str, ...]
    frameworks: tuple[Framework, ...] = ()


class Formula:
    """What a loss and a divergence share: arrays in, checked; the formula; the same kind out.

    Names of the arguments, `_names`; `_lead` is the place of the one that sets the result's dtype;
    `_smooth_in` the places of those in which the value is differentiable. `_widen` is False where
    + − × ÷ of the type itself lose nothing.
    """

    card: ClassVar[Card]
    _in_type: dict[str, Self | str]
    _names: ClassVar[tuple[str, ...]] = ("prediction", "target")
    _lead: ClassVar[int] = 0
    _smooth_in: ClassVar[tuple[int, ...]] = (0,)
    _widen: ClassVar[bool] = True
    _over_axis: ClassVar[bool] = False  # whether the last axis holds classes, one value for all

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = check_parameter(field, getattr(self, field.name))
            object.__setattr__(self, field.name, value)
        object.__setattr__(self, "_in_type", {name: self._rounded(name) for name in TYPES})

    def _rounded(self, dtype: str) -> Self | str:
        """This formula with its parameters rounded to the type, or why that is impossible."""
        twin = copy.copy(self)
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            near = round_to(value, dtype)
            try:
                check_parameter(field, near, f"{field.name}={value!r}, rounded to {dtype},")
            except ValueError as error:
                return f"{error}; or convert the prediction to float64"
            object.__setattr__(twin, field.name, near)
        return twin

    def _at(self, dtype: str) -> Self:
        """This formula with its parameters rounded to the type, as the array's entries are."""
        twin = self._in_type[dtype]
        if isinstance(twin, str):
            raise ValueError(twin)
        return twin

    def _run(self, orders: tuple[int, ...], *arguments: Any) -> tuple[Array, ...]:
        """Value, gradient, Hessian, as `orders` asks, of arguments as the caller gave them."""
        if any(arrays.is_tensor(argument) for argument in arguments):
            from lossnb import torch_bridge

            return torch_bridge.run(self, orders, arguments)
        admitted = arrays.admit(self, arguments)
        keeps_zero_axes = getattr(arguments[self._lead], "ndim", 1) == 0 and isinstance(
            arguments[self._lead], np.ndarray
        )
        with np.errstate(all="ignore"):  # overflow to inf, and 0·inf in branches not taken
            self._check_values(*admitted)
            results = self._compute(orders, *admitted)
        return tuple(out if keeps_zero_axes else out[()] for out in map(np.asarray, results))

    def _compute(self, orders: tuple[int, ...], *arguments: Array) -> tuple[Array, ...]:
        """The formulas in the working type, rounded once; order 1 gives every gradient."""
        formula = self._at(arrays.type_name(arguments[self._lead]))
        variables = formula._variables(*arrays.widened(self, arguments))
        lead = arguments[self._lead]
        results: list[Array] = []
        for order in orders:
            if order == VALUE:
                results.append(arrays.cast(formula._value(*variables), lead))
            elif order == GRADIENT:
                results += formula._like_smooth(formula._gradients(*variables), arguments)
            else:
                results.append(arrays.cast(formula._second(*variables), lead))
        return tuple(results)

    def _curve(self, vectors: Sequence[Array], *arguments: Array) -> list[Array]:
        """The second derivative times vectors, one for each argument in `_smooth_in`."""
        formula = self._at(arrays.type_name(arguments[self._lead]))
        working = arrays.widened(self, arguments)
        variables = formula._variables(*working)
        wide = [arrays.as_type(v, arrays.type_name(working[self._lead])) for v in vectors]
        return formula._like_smooth(formula._products(wide, *variables), arguments)

    def _like_smooth(self, results: Sequence[Array], arguments: Sequence[Array]) -> list[Array]:
        places = self._smooth_in
        return [arrays.cast(x, arguments[at]) for x, at in zip(results, places, strict=True)]

    # What a family brings.

    def _is_prediction(self, place: int) -> bool:
        """Whether the argument at this place must be a floating array (and may need a gradient)."""
        return place in self._smooth_in

    def _shapes(
        self, given: Sequence[Array], number: Sequence[bool], loose: Sequence[bool]
    ) -> tuple[Array, ...]:
        """The arguments in fitting shapes, or a ValueError.

        `number` says which had no shape of their own, `loose` which were numbers or lists.
        """
        return arrays.fit(self._names, given, number)

    def _check_values(self, *arguments: Array) -> None:
        """A ValueError where a target or a probability is impossible."""
        raise NotImplementedError

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        """What the formulas speak of."""
        raise NotImplementedError

    def _gradients(self, *variables: Array) -> tuple[Array, ...]:
        raise NotImplementedError

    def _products(self, vectors: Sequence[Array], *variables: Array) -> tuple[Array, ...]:
        """The second derivative times one vector for each argument in `_smooth_in`."""
        raise NotImplementedError

    def _value(self, *variables: Array) -> Array:
        raise NotImplementedError

    def _second(self, *variables: Array) -> Array:
        raise NotImplementedError


class Loss(Formula):
    """A loss of a prediction and a target: one value per example, no reduction."""

    targets: ClassVar[Targets]

    @property
    def facts(self) -> Facts:
        """What is true of this loss at these parameters."""
        raise NotImplementedError

    def __call__(self, prediction: Any, target: Any) -> Any:
        """The value per example, without a reduction: write `.mean()` yourself."""
        return self._run((VALUE,), prediction, target)[0]

    def gradient(self, prediction: Any, target: Any) -> Any:
        """The derivative of the value with respect to the prediction."""
        return self._run((GRADIENT,), prediction, target)[0]

    def hessian(self, prediction: Any, target: Any) -> Any:
        """The second derivative; C×C per example for C logits."""
        return self._run((HESSIAN,), prediction, target)[0]

    def value_and_gradient(self, prediction: Any, target: Any) -> tuple[Any, Any]:
        """Value and gradient of one pass."""
        value, gradient = self._run((VALUE, GRADIENT), prediction, target)
        return value, gradient

    def _gradients(self, *variables: Array) -> tuple[Array, ...]:
        return (self._gradient(*variables),)

    def _second(self, *variables: Array) -> Array:
        return self._hessian(*variables)

    def _products(self, vectors: Sequence[Array], *variables: Array) -> tuple[Array, ...]:
        return (self._hessian(*variables) * vectors[0],)

    def _gradient(self, *variables: Array) -> Array:
        raise NotImplementedError

    def _hessian(self, *variables: Array) -> Array:
        raise NotImplementedError


__all__ = ["Card", "Facts", "Formula", "Framework", "Loss"]
