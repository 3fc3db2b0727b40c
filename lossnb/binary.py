"""Losses of one logit x and a target 0 or 1: the two-class case of `categorical`."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from lossnb import arrays
from lossnb.arithmetic import Array, namespace, sigmoids, softplus, times
from lossnb.loss import Card, Facts, Framework, Loss
from lossnb.parameters import NON_NEGATIVE, OPEN_UNIT, parameter


class OneLogit(Loss):
    """A loss of one real logit and a target of the same shape, elementwise.

    Raises ValueError where a target is out of its range, where the shapes differ (a Python number
    fits any shape), and where a target requires grad; a NaN logit gives NaN. TypeError for strings,
    complex numbers, or NumPy mixed with torch.
    """

    def _check_values(self, *arguments: Array) -> None:
        arrays.in_unit_interval("target", arguments[1], ends_only=self.targets == "binary")


@dataclasses.dataclass(frozen=True)
class BinaryCrossEntropy(OneLogit):
    """The negative log-likelihood of the target under the probability sigmoid(z).

    −y log p − (1 − y) log(1 − p), p = 1/(1 + e^(−z)), in nats: from the logit, not from p.

    Logit z: real; target y: in [0, 1], of the same shape; so is the result. The gradient is p − y,
    the Hessian p(1 − p). Identities: for y = 0, 1 it is `Logistic` of the label 2y − 1; it is
    `SoftmaxCrossEntropy` of the logits (0, z); for y inside (0, 1) its least value is the entropy
    of y, not 0. Errors: see `OneLogit`. Source: Good, Rational decisions (1952).
    """

    targets: ClassVar = "unit"

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{bce}}(s, q) = -q \log \sigma(s) - (1 - q) \log \sigma(-s)",
        gradient=r"\frac{\partial \ell_{\mathrm{bce}}}{\partial s} = \sigma(s) - q",
        hessian=r"\frac{\partial^2 \ell_{\mathrm{bce}}}{\partial s^2} = \sigma(s)\, \sigma(-s)",
        domain=(r"s \in \mathbb R", r"q \in [0, 1]"),
        frameworks=(
            Framework("PyTorch", "torch.nn.BCEWithLogitsLoss()",
                      "F.binary_cross_entropy_with_logits(prediction, target, reduction='none')"),
            Framework("Keras", "keras.losses.BinaryCrossentropy(from_logits=True)",
                      "keras.losses.binary_crossentropy(target[:, None], prediction[:, None], "
                      "from_logits=True)"),
            Framework("optax", "optax.losses.sigmoid_binary_cross_entropy",
                      "optax.losses.sigmoid_binary_cross_entropy(prediction, target)"),
            Framework("scikit-learn", "LogisticRegression()",
                      "sklearn_loss(HalfBinomialLoss(), prediction, target)"),
            Framework("XGBoost", "objective='binary:logistic'",
                      "xgboost_gradient('binary:logistic', prediction, target)", of="gradient"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=0.25, bounded=False, estimates="log-odds",
            proper="strictly", calibrated=True,
        )

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        return arguments

    def _value(self, z: Array, y: Array) -> Array:
        xp = namespace(z)
        correction = xp.log1p(xp.exp(-abs(z)))
        return correction + times(xp.where(z < 0, y, 1 - y), abs(z))  # two terms, both ≥ 0

    def _gradient(self, z: Array, y: Array) -> Array:
        p, q = sigmoids(z)
        return (1 - y) * p - y * q  # p − y, without cancelling for y = 1

    def _hessian(self, z: Array, y: Array) -> Array:
        p, q = sigmoids(z)
        return p * q


@dataclasses.dataclass(frozen=True)
class BinaryFocalLoss(OneLogit):
    """Binary cross-entropy in which well-classified examples count less.

    α_y (1 − p_y)^γ (−log p_y), with p_1 = 1/(1 + e^(−z)), p_0 = 1 − p_1, in nats.

    Logit z: real; target y: 0 or 1, of the same shape; so is the result. gamma: non-negative.
    alpha: None (α_0 = α_1 = 1), or in (0, 1), then α_1 = alpha and α_0 = 1 − alpha. With p = p_y,
    q = 1 − p, the derivative in the logit of the target's class is −α_y q^γ(γp(−log p) + q).
    Identities: γ = 0 without alpha is `BinaryCrossEntropy`; `alpha=0.5` is half of `alpha=None`.
    Errors: see `OneLogit`. Source: Lin et al., Focal loss for dense object detection (2017).
    """

    gamma: float = parameter(2.0, r"\gamma", NON_NEGATIVE)
    alpha: float | None = parameter(None, r"\alpha", OPEN_UNIT, optional=True)
    targets: ClassVar = "binary"

    card: ClassVar = Card(
        formula=r"\ell_{\gamma,\alpha}(s, b) = \begin{cases} "
        r"-\alpha\, \sigma(-s)^\gamma \log \sigma(s) & b = 1 \\ "
        r"-(1 - \alpha)\, \sigma(s)^\gamma \log \sigma(-s) & b = 0 \end{cases}",
        gradient=r"\frac{\partial \ell_{\gamma,\alpha}}{\partial s} = \begin{cases} "
        r"-\alpha\, \sigma(-s)^\gamma \left(\sigma(-s) - \gamma \sigma(s) \log \sigma(s)\right) "
        r"& b = 1 \\ (1 - \alpha)\, \sigma(s)^\gamma "
        r"\left(\sigma(s) - \gamma \sigma(-s) \log \sigma(-s)\right) & b = 0 \end{cases}",
        hessian=r"\begin{aligned} h(x) &:= \sigma(x)\, \sigma(-x)^\gamma "
        r"\left((2 \gamma + 1)\, \sigma(-x) - \gamma \left((\gamma + 1)\, \sigma(x) - 1\right) "
        r"\log \sigma(x)\right), \\ \frac{\partial^2 \ell_{\gamma,\alpha}}{\partial s^2} &= "
        r"\begin{cases} \alpha\, h(s) & b = 1 \\ (1 - \alpha)\, h(-s) & b = 0 \end{cases} "
        r"\end{aligned}",
        domain=(r"s \in \mathbb R", r"b \in \{0, 1\}", r"\gamma \ge 0", r"0 < \alpha < 1"),
        frameworks=(
            Framework("Keras", "keras.losses.BinaryFocalCrossentropy(gamma=γ, from_logits=True)",
                      "keras.losses.binary_focal_crossentropy(target[:, None], "
                      "prediction[:, None], apply_class_balancing=alpha is not None, "
                      "alpha=alpha or 0.25, gamma=gamma, from_logits=True)",
                      note="alpha counts only with apply_class_balancing=True"),
            Framework("optax", "optax.losses.sigmoid_focal_loss(gamma=γ, alpha=α)",
                      "optax.losses.sigmoid_focal_loss(prediction, target, alpha=alpha, "
                      "gamma=gamma)"),
        ),
    )

    @property
    def facts(self) -> Facts:
        plain, weight = self.gamma == 0, self.alpha
        steepest = 1.0 if weight is None else max(weight, 1 - weight)
        alike = weight in (None, 0.5)
        return Facts(
            convex=plain, lipschitz=steepest if plain else None,
            smooth=steepest / 4 if plain else None, bounded=False,
            estimates=f"{'' if alike else 'weighted '}{'' if plain else 'focal '}log-odds",
            proper="strictly" if plain and alike else "no", calibrated=alike,
        )

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        """s = ±1 for the target's class, its logit s·z, p and q of it, −log p, and α_y q^γ."""
        z, y = arguments
        s = 2 * y - 1
        p, q = sigmoids(s * z)
        scale = q**self.gamma
        if self.alpha is not None:
            scale = scale * (y * self.alpha + (1 - y) * (1 - self.alpha))
        return s, s * z, p, q, softplus(-s * z), scale

    def _value(self, *variables: Array) -> Array:
        *_, surprise, scale = variables
        return times(scale, surprise)

    def _gradient(self, *variables: Array) -> Array:
        s, _, p, q, surprise, scale = variables
        # Both terms have one sign, and there is no q^(γ−1), infinite at q = 0 for γ < 1.
        return -s * scale * (self.gamma * times(p, surprise) + q) + 0.0

    def _hessian(self, *variables: Array) -> Array:
        _, own, p, q, surprise, scale = variables
        bend = self.gamma * surprise * (self.gamma * p - q) + (2 * self.gamma + 1) * q
        # p·bend as √e·bend·√e, e = e^(own) for own < 0: p alone may be subnormal, the product not.
        root = namespace(own).exp(own.clip(None, 0) / 2)
        return scale * (times(root, bend) * sigmoids(abs(own))[0] * root)
