"""The one place that knows autograd: every formula becomes a differentiable torch operation.

One `autograd.Function` returns value and gradient together. The gradient is saved as an output: it
is the backward pass, and, being an output, it is itself differentiable, its derivative being the
closed-form Hessian. So nothing of the formula's intermediate results is kept. A batch of `vmap` is
one more leading dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lossnb import arrays
from lossnb.loss import GRADIENT, HESSIAN, VALUE

if TYPE_CHECKING:
    from lossnb.loss import Formula

Tensors = tuple[torch.Tensor, ...]
FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def run(formula: Formula, orders: tuple[int, ...], arguments: Sequence[Any]) -> Tensors:
    """What `formula` says of these arguments, at least one of which is a tensor."""
    tensors = admit(formula, arguments)
    smooth = [tensors[place] for place in formula._smooth_in]
    differentiated = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in smooth)
    compiling = torch.compiler.is_compiling()
    if compiling and (HESSIAN in orders or not differentiated):
        # torch 2.13 traces such a call as if `forward` took a context; plain operations do as well.
        return formula._compute(orders, *[tensor.detach() for tensor in tensors])
    extra = differentiated and VALUE in orders and GRADIENT not in orders
    once = compiling and extra  # torch.compile knows no second derivative: do not trace it in vain
    results = _apply(formula, (*orders, GRADIENT) if extra else orders, once, *tensors)
    return tuple(results[: len(orders)]) if extra else tuple(results)


def admit(formula: Formula, arguments: Sequence[Any]) -> Tensors:
    """Tensors of one device, of fitting types and shapes, or an error that names the culprit."""
    device = next(x.device for x in arguments if arrays.is_tensor(x))
    tensors = []
    for place, (name, x) in enumerate(zip(formula._names, arguments, strict=True)):
        is_prediction = formula._is_prediction(place)
        tensor = _as_tensor(name, x, device, is_prediction or formula._over_axis)
        if is_prediction:
            if not tensor.is_floating_point():
                tensor = tensor.to(torch.get_default_dtype())
            if tensor.dtype not in FLOATING:
                raise ValueError(f"{name} has type {tensor.dtype}: use one of {FLOATING}")
        elif tensor.requires_grad:
            raise ValueError(
                f"{name} requires grad, but a loss is not differentiable in its {name}: "
                f"pass {name}.detach()"
            )
        tensors.append(tensor)
    spread = [arrays.is_number(x) for x in arguments]
    loose = [not arrays.is_tensor(x) for x in arguments]
    return formula._shapes(tensors, spread, loose)


def _as_tensor(name: str, x: Any, device: torch.device, exact: bool) -> torch.Tensor:
    if not arrays.is_tensor(x):
        if isinstance(x, (np.ndarray, np.generic)):
            raise TypeError(
                f"{name} is a NumPy {type(x).__name__} beside a torch tensor: convert one, for "
                f"instance with torch.from_numpy({name})"
            )
        array = arrays.as_array(name, x)
        return torch.from_numpy(array if exact else arrays.narrowed(array)).to(device)
    tensor: torch.Tensor = x
    if tensor.is_complex():
        raise TypeError(f"{name} is complex ({tensor.dtype}): pass real numbers")
    if tensor.device != device:
        raise ValueError(f"{name} is on {tensor.device}, not on {device}: move it with .to(device)")
    return tensor


def _apply(
    formula: Formula, orders: tuple[int, ...], once: bool, *tensors: torch.Tensor
) -> Tensors:
    results: Tensors = _Bridge.apply(  # type: ignore[no-untyped-call]
        formula, orders, once, *tensors
    )
    return results


class _Bridge(torch.autograd.Function):
    """(formula, orders, once, *tensors) → value, gradients and Hessian as `orders` lists them."""

    @staticmethod
    def forward(
        formula: Formula, orders: tuple[int, ...], once: bool, *tensors: torch.Tensor
    ) -> Tensors:
        if not torch.compiler.is_compiling():  # a graph cannot depend on values
            formula._check_values(*tensors)
        return formula._compute(orders, *tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensors) -> None:
        formula, orders, once, *tensors = inputs
        ctx.formula, ctx.layout, ctx.once = formula, _layout(formula, orders), once
        ctx.set_materialize_grads(False)
        gradients, hessians = (
            [out for out, order in zip(output, ctx.layout, strict=True) if order == wanted]
            for wanted in (GRADIENT, HESSIAN)
        )
        ctx.save_for_backward(*tensors, *gradients)
        ctx.mark_non_differentiable(*hessians)


    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor | None) -> tuple[Any, ...]:
        formula: Formula = ctx.formula
        count = len(formula._names)
        tensors, gradients = ctx.saved_tensors[:count], ctx.saved_tensors[count:]
        if not gradients:  # the value alone was computed, and then differentiated after all
            gradients = _apply(formula, (GRADIENT,), False, *tensors)
        totals: list[torch.Tensor | None] = [None] * len(gradients)
        vectors = []
        for order, cotangent in zip(ctx.layout, cotangents, strict=True):
            if order == GRADIENT:
                vectors.append(cotangent)
            elif order == VALUE and cotangent is not None:
                spread = cotangent.unsqueeze(-1) if formula._over_axis else cotangent
                totals = [_add(total, spread * gradient)
                          for total, gradient in zip(totals, gradients, strict=True)]
        if not ctx.once and any(vector is not None for vector in vectors):
            smooth = [tensors[place] for place in formula._smooth_in]
            filled = [torch.zeros_like(x) if vector is None else vector
                      for vector, x in zip(vectors, smooth, strict=True)]
            products = formula._curve(filled, *tensors)
            totals = [_add(total, product)
                      for total, product in zip(totals, products, strict=True)]
        result: list[Any] = [None] * (3 + count)
        for place, total in zip(formula._smooth_in, totals, strict=True):
            result[3 + place] = total
        return tuple(result)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], formula: Formula, orders: tuple[int, ...],
        once: bool, *tensors: torch.Tensor,
    ) -> tuple[Tensors, tuple[int, ...]]:
        moved = [
            tensor.expand(info.batch_size, *tensor.shape) if dim is None else tensor.movedim(dim, 0)
            for tensor, dim in zip(tensors, in_dims[3:], strict=True)
        ]
        results = _apply(formula, orders, once, *moved)
        return results, (0,) * len(results)


def _layout(formula: Formula, orders: tuple[int, ...]) -> tuple[int, ...]:
    """The order of each output: a formula has a gradient for each argument it is smooth in."""
    places = len(formula._smooth_in)
    return tuple(order for order in orders for _ in range(places if order == GRADIENT else 1))


def _add(total: torch.Tensor | None, term: torch.Tensor) -> torch.Tensor:
    return term if total is None else total + term
