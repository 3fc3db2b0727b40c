"""Losses of C logits: softmax cross-entropy, focal, Brier, multiclass hinges; and of one logit.

The one-logit losses stand in `binary.py` and are named here too.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from lossnb import arrays
from lossnb.arithmetic import Array, namespace, residue, step, times
from lossnb.binary import BinaryCrossEntropy, BinaryFocalLoss
from lossnb.loss import Card, Facts, Framework, Loss, Targets
from lossnb.parameters import NON_NEGATIVE, UNIT_BELOW_ONE, parameter
from lossnb.softmax import Softmax, classes, diagonal, outer, total

__all__ = [
    "BinaryCrossEntropy", "BinaryFocalLoss", "Brier", "CrammerSingerHinge", "FocalLoss",
    "SoftmaxCrossEntropy", "WestonWatkinsHinge",
]
LOGITS = r"z \in (\mathbb R \cup \{-\infty\})^C,\ C \ge 2"
CLASS = r"y \in \{1, \dots, C\}"


class Categorical(Loss):
    """A loss of C ≥ 2 logits on the last axis, shape (…, C), and a target; values of shape (…).

    The target is a class index 0 … C − 1 of shape (…); where a loss says so it may be a
    distribution of shape (…, C): floating, non-negative, summing to one within 1e-4 (half types
    1e-2). A logit of −inf is a class of probability zero. The Hessian has shape (…, C, C).

    Raises ValueError where the target is none of these (negative indices, −100 too), where the
    shapes differ, or where the target requires grad; NaN logits give NaN. TypeError for strings,
    complex numbers, or NumPy mixed with torch.
    """

    targets: ClassVar[Targets] = "class"
    _over_axis: ClassVar = True

    def _shapes(
        self, given: Sequence[Array], number: Sequence[bool], loose: Sequence[bool]
    ) -> tuple[Array, ...]:
        allowed = self.targets != "class"
        return arrays.fit_classes(given[0], given[1], number[1], loose[1], allowed)

    def _check_values(self, *arguments: Array) -> None:
        logits, target = arguments
        if arrays.is_floating(target):
            arrays.only_distributions("target", target)
        else:
            arrays.only_indices("target", target, logits.shape[-1])

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        """The softmax, and the target: for each class whether it is the one, or its probability."""
        logits, target = arguments
        if not arrays.is_floating(target):
            target = classes(logits) == target[..., None]
        return Softmax(logits), target

    def _products(self, vectors: Sequence[Array], *variables: Array) -> tuple[Array, ...]:
        return ((self._hessian(*variables) * vectors[0][..., None, :]).sum(-1),)


def _of_class(x: Array, is_class: Array) -> Array:
    """The entry of x at the target class, kept as an axis of length one."""
    return total(namespace(x).where(is_class, x, namespace(x).zeros_like(x)))


def _as_distribution(softmax: Softmax, target: Array) -> Array:
    xp = namespace(softmax.p)
    one = xp.ones_like(softmax.p)
    return target if arrays.is_floating(target) else xp.where(target, one, xp.zeros_like(one))


@dataclasses.dataclass(frozen=True)
class SoftmaxCrossEntropy(Categorical):
    """The negative log-likelihood of the target under the softmax of the logits.

    −Σ_c t_c log p_c, p = softmax(z), with t the target, or with label smoothing ε the mixture
    (1 − ε)t + ε/C; for a class y and ε = 0 it is log Σ_j e^(z_j) − z_y. In nats.

    Logits (…, C); target a class (…) or a distribution (…, C). label_smoothing: at least 0, less
    than 1. The gradient is p − t, the Hessian diag(p) − ppᵀ. Identities: adding a number to all
    logits changes nothing; with two classes it is `Logistic` of the difference of the logits.
    Errors: see `Categorical`. Source: Bridle (1990); smoothing: Szegedy et al. (2016).
    """

    label_smoothing: float = parameter(0.0, r"\varepsilon", UNIT_BELOW_ONE)
    targets: ClassVar = "class or distribution"

    card: ClassVar = Card(
        formula=r"\ell_\varepsilon(z, y) = -(1 - \varepsilon) \log p_y "
        r"- \frac{\varepsilon}{C} \sum_{k=1}^{C} \log p_k",
        gradient=r"\frac{\partial \ell_\varepsilon}{\partial z_j} = p_j "
        r"- (1 - \varepsilon) \mathbf 1[j = y] - \frac{\varepsilon}{C}",
        hessian=r"\frac{\partial^2 \ell_\varepsilon}{\partial z_j \partial z_k} = "
        r"p_j \left(\mathbf 1[j = k] - p_k\right)",
        domain=(LOGITS, CLASS + r" \text{ or } t \text{ a distribution}", r"0 \le \varepsilon < 1"),
        frameworks=(
            Framework("PyTorch", "torch.nn.CrossEntropyLoss(label_smoothing=ε)",
                      "F.cross_entropy(prediction, target, reduction='none', "
                      "label_smoothing=label_smoothing)", note="index −100 is skipped"),
            Framework("Keras", "keras.losses.CategoricalCrossentropy(from_logits=True)",
                      "keras.losses.categorical_crossentropy(one_hot(target), prediction, "
                      "from_logits=True, label_smoothing=label_smoothing)"),
            Framework("optax", "optax.losses.softmax_cross_entropy",
                      "optax.losses.softmax_cross_entropy(prediction, "
                      "optax.losses.smooth_labels(one_hot(target), label_smoothing))"),
            Framework("scikit-learn", "LogisticRegression()",
                      "sklearn_loss(HalfMultinomialLoss(n_classes=C), prediction, target)",
                      note="without smoothing", when="label_smoothing == 0"),
            Framework("XGBoost", "objective='multi:softprob'",
                      "xgboost_gradient('multi:softprob', prediction, target)",
                      note="without smoothing; Hessian 2p(1 − p), the diagonal twice",
                      of="gradient", when="label_smoothing == 0"),
        ),
    )

    @property
    def facts(self) -> Facts:
        smoothed = self.label_smoothing > 0
        return Facts(
            convex=True, lipschitz=math.sqrt(1 + (1 - self.label_smoothing) ** 2), smooth=0.5,
            bounded=False, estimates="smoothed probabilities" if smoothed else "probabilities",
            proper="no" if smoothed else "strictly", calibrated=True,
        )

    def _smoothed(self, softmax: Softmax, target: Array) -> Array:
        t = _as_distribution(softmax, target)
        epsilon = self.label_smoothing
        return (1 - epsilon) * t + epsilon / t.shape[-1] if epsilon else t

    def _value(self, softmax: Softmax, target: Array) -> Array:
        t = self._smoothed(softmax, target)
        return (t.sum(-1)) * softmax.log_sum[..., 0] + times(t, softmax.gap).sum(-1)

    def _gradient(self, softmax: Softmax, target: Array) -> Array:
        t = self._smoothed(softmax, target)
        return softmax.minus(t, total(t))

    def _hessian(self, softmax: Softmax, target: Array) -> Array:
        return total(self._smoothed(softmax, target))[..., None] * softmax.jacobian()

    def _products(self, vectors: Sequence[Array], *variables: Array) -> tuple[Array, ...]:
        softmax, target = variables
        return (total(self._smoothed(softmax, target)) * softmax.jacobian_times(vectors[0]),)


@dataclasses.dataclass(frozen=True)
class FocalLoss(Categorical):
    """Cross-entropy in which well-classified examples count less.

    −α_y (1 − p_y)^γ log p_y, p = softmax(z), in nats.

    Logits (…, C); target a class (…). gamma: non-negative; alpha: None, or C non-negative weights.
    With q = 1 − p_y the gradient is α_y q^γ(1 + γ p_y(−log p_y)/q)(p − e_y). Identities: γ = 0 is
    cross-entropy; with two classes it is `BinaryFocalLoss` of the difference of the logits. For
    γ > 0 it is neither convex nor proper: the best forecast is less sure than the truth.
    Errors: see `Categorical`, and for an alpha of another length. Source: Lin et al. (2017).
    """

    gamma: float = parameter(2.0, r"\gamma", NON_NEGATIVE)
    alpha: tuple[float, ...] | None = parameter(
        None, r"\alpha", NON_NEGATIVE, optional=True, several=True
    )

    card: ClassVar = Card(
        formula=r"\ell_\gamma(z, y) = -(1 - p_y)^\gamma \log p_y",
        gradient=r"\frac{\partial \ell_\gamma}{\partial z_j} = (1 - p_y)^\gamma "
        r"\left(1 - \frac{\gamma p_y \log p_y}{1 - p_y}\right) \left(p_j - \mathbf 1[j = y]\right)",
        hessian=r"\begin{aligned} \frac{\partial^2 \ell_\gamma}{\partial z_j \partial z_k} &= "
        r"(1 - p_y)^\gamma \left(1 - \frac{\gamma p_y \log p_y}{1 - p_y}\right) "
        r"p_j \left(\mathbf 1[j = k] - p_k\right) \\ "
        r"&\quad + \gamma p_y (1 - p_y)^{\gamma - 1} "
        r"\left(2 + \log p_y - \frac{(\gamma - 1) p_y \log p_y}{1 - p_y}\right) \\ "
        r"&\qquad \cdot \left(p_j - \mathbf 1[j = y]\right)\left(p_k - \mathbf 1[k = y]\right) "
        r"\end{aligned}",
        domain=(LOGITS, CLASS, r"\gamma \ge 0", r"\alpha_k \ge 0"),
        frameworks=(
            Framework("Keras", "keras.losses.CategoricalFocalCrossentropy(gamma=γ, alpha=α)",
                      "keras.losses.categorical_focal_crossentropy(one_hot(target), prediction, "
                      "alpha=1.0 if alpha is None else np.array(alpha, 'float32'), gamma=gamma, "
                      "from_logits=True)", note="alpha is 0.25 by default; probabilities clipped"),
        ),
    )

    @property
    def facts(self) -> Facts:
        weights = (1.0, 1.0) if self.alpha is None else self.alpha
        plain, alike = self.gamma == 0, min(weights) == max(weights) > 0
        lipschitz = math.sqrt(2) * max(weights) if plain else None
        return Facts(
            convex=plain or not any(weights), smooth=max(weights) / 2 if plain else None,
            lipschitz=lipschitz if any(weights) else 0.0, bounded=not any(weights),
            estimates=f"{'' if alike else 'weighted '}{'' if plain else 'focal '}probabilities",
            proper="strictly" if plain and alike else "no", calibrated=alike,
        )

    def _shapes(
        self, given: Sequence[Array], number: Sequence[bool], loose: Sequence[bool]
    ) -> tuple[Array, ...]:
        logits, target = super()._shapes(given, number, loose)
        if self.alpha is not None and len(self.alpha) != logits.shape[-1]:
            raise ValueError(
                f"alpha has {len(self.alpha)} weights but prediction has {logits.shape[-1]} "
                f"classes: pass one weight per class"
            )
        return logits, target

    def _parts(self, softmax: Softmax, is_class: Array) -> tuple[Array, Array, Array, Array]:
        """p_y, q = 1 − p_y, α_y q^γ, and p_y(−log p_y)/q, whose limit at q = 0 is 1."""
        xp = namespace(softmax.p)
        p, q = _of_class(softmax.p, is_class), _of_class(softmax.outside, is_class)
        surprise = softmax.log_sum + _of_class(softmax.gap, is_class)
        scale = q**self.gamma
        if self.alpha is not None:
            scale = scale * _of_class(_weights(self.alpha, softmax.p), is_class)
        ratio = xp.where(q == 0, xp.ones_like(q), times(p, surprise) / q)
        return p, q, scale, ratio

    def _value(self, softmax: Softmax, is_class: Array) -> Array:
        surprise = softmax.log_sum + _of_class(softmax.gap, is_class)
        return (times(self._parts(softmax, is_class)[2], surprise))[..., 0]

    def _gradient(self, softmax: Softmax, is_class: Array) -> Array:
        _, q, scale, ratio = self._parts(softmax, is_class)
        away = namespace(q).where(is_class, -q, softmax.p)  # p − e_y
        return scale * (1 + self.gamma * ratio) * away

    def _hessian(self, softmax: Softmax, is_class: Array) -> Array:
        xp = namespace(softmax.p)
        p, q, scale, ratio = self._parts(softmax, is_class)
        # (p − e_y)/q is bounded, so that no q^(γ−1) is needed: shares of the mass outside.
        share = xp.where(q == 0, xp.zeros_like(softmax.p), softmax.p / q)
        away = xp.where(is_class, -xp.ones_like(share), share)
        surprise = softmax.log_sum + _of_class(softmax.gap, is_class)
        bend = 2 * p * q - q * times(p, surprise) + (self.gamma - 1) * p * q * ratio
        along = self.gamma * scale * bend
        flat = scale * (1 + self.gamma * ratio)
        return flat[..., None] * softmax.jacobian() + along[..., None] * outer(away, away)


def _weights(alpha: tuple[float, ...], like: Array) -> Array:
    xp = namespace(like)
    if xp.__name__ == "numpy":
        return xp.zeros_like(like) + xp.asarray(alpha, like.dtype)
    return xp.zeros_like(like) + xp.tensor(alpha, dtype=like.dtype, device=like.device)


@dataclasses.dataclass(frozen=True)
class Brier(Categorical):
    """The squared distance of the softmax from the target.

    Σ_c (p_c − y_c)², p = softmax(z), y the target distribution or the indicator of the class.

    Logits (…, C); target a class (…) or a distribution (…, C). Values lie in [0, 2]: twice the
    binary score that scikit-learn computes by default. With d = p − y the gradient is
    2p_j(d_j − Σ_c p_c d_c): it vanishes for a certain forecast, right or wrong. Not convex in z.
    Identities: `SquaredError` of p and y, summed over the classes.
    Errors: see `Categorical`. Source: Brier (1950).
    """

    targets: ClassVar = "class or distribution"

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{brier}}(z, y) = \sum_{k=1}^{C} (p_k - \mathbf 1[k = y])^2",
        gradient=r"\frac{\partial \ell_{\mathrm{brier}}}{\partial z_j} = 2 p_j \left(p_j - "
        r"\mathbf 1[j = y] - \sum_{k=1}^{C} p_k (p_k - \mathbf 1[k = y])\right)",
        hessian=r"\begin{aligned} w_j &:= p_j (2 p_j - \mathbf 1[j = y]), \\ "
        r"\frac{\partial^2 \ell_{\mathrm{brier}}}{\partial z_j \partial z_k} &= "
        r"2 w_j \mathbf 1[j = k] - 2 w_j p_k - 2 p_j w_k + 2 p_j p_k \sum_{i=1}^{C} w_i \\ "
        r"&\quad - 2 p_j (\mathbf 1[j = k] - p_k) \sum_{i=1}^{C} p_i (p_i - \mathbf 1[i = y]) "
        r"\end{aligned}",
        domain=(LOGITS, CLASS + r" \text{ or } t \text{ a distribution}"),
        frameworks=(
            Framework("scikit-learn", "sklearn.metrics.brier_score_loss(scale_by_half=False)",
                      "each_brier(target, prediction)", note="of probabilities; mean"),
            Framework("PyTorch", "torch.nn.MSELoss() of softmax and one-hot target",
                      "F.mse_loss(prediction.softmax(-1), one_hot(target), reduction='none')"
                      ".sum(-1)", note="a sum over the classes, not their mean"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=False, lipschitz=None, smooth=None, bounded=True, estimates="probabilities",
            proper="strictly", calibrated=True,
        )

    def _value(self, softmax: Softmax, target: Array) -> Array:
        return (softmax.minus(_as_distribution(softmax, target)) ** 2).sum(-1)

    def _gradient(self, softmax: Softmax, target: Array) -> Array:
        return 2 * softmax.pull(softmax.minus(_as_distribution(softmax, target)))

    def _hessian(self, softmax: Softmax, target: Array) -> Array:
        p = softmax.p
        weighted = p * softmax.minus(_as_distribution(softmax, target))
        w = p * p + weighted
        curved = diagonal(w) - outer(w, p) - outer(p, w) + total(w)[..., None] * outer(p, p)
        return 2 * (curved - total(weighted)[..., None] * softmax.jacobian())


class MulticlassHinge(Categorical):
    """What the multiclass hinges share: how far each competitor comes within 1 of the class."""

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        logits, target = arguments
        is_class = classes(logits) == target[..., None]
        xp = namespace(logits)
        own = _of_class(logits, is_class)
        nothing = xp.zeros_like(logits) - float("inf")
        # 1 + z_j − z_y with what its two roundings lose, for near the kink nothing else is left.
        apart = logits - own
        near = 1 + apart
        reach = near + (residue(xp.ones_like(apart), -apart) + residue(logits, own))
        masked = is_class | (logits == -float("inf"))
        return xp.where(masked, nothing, reach), is_class

    def _hessian(self, *variables: Array) -> Array:
        reach = variables[0]
        none = step(reach == reach, 0.0, 0.0, reach)
        return total(none)[..., None] + 0 * outer(none, none)


@dataclasses.dataclass(frozen=True)
class CrammerSingerHinge(MulticlassHinge):
    """The hinge of the class's lead over its best competitor.

    max(0, 1 + max_{j≠y} z_j − z_y).

    Logits (…, C); target a class (…). Where positive, the gradient is −1 at y and +1 at the best
    competitor; tied competitors share it; at exactly 0 it is 0. The Hessian is 0. Identities: with
    two classes it is `Hinge` of the difference of the logits; `WestonWatkinsHinge` lies above it.
    Not calibrated: if no class has probability above ½, equal logits can be best.
    Errors: see `Categorical`. Source: Crammer and Singer (2001).
    """

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{cs}}(z, y) = \max\left(0, 1 + \max_{j \ne y} z_j - z_y\right)",
        gradient=r"\frac{\partial \ell_{\mathrm{cs}}}{\partial z_y} = "
        r"-\mathbf 1\left[1 + \max_{j \ne y} z_j - z_y > 0\right]",
        hessian=r"\frac{\partial^2 \ell_{\mathrm{cs}}}{\partial z_j \partial z_k} = 0",
        domain=(LOGITS, CLASS),
        frameworks=(
            Framework("optax", "optax.losses.multiclass_hinge_loss",
                      "optax.losses.multiclass_hinge_loss(prediction, target)"),
            Framework("Keras", "keras.losses.CategoricalHinge()",
                      "keras.losses.categorical_hinge(one_hot(target), prediction)",
                      note="competitors' maximum not below 0: equal where one is positive"),
            Framework("scikit-learn", "LinearSVC(multi_class='crammer_singer')",
                      "each_hinge(target, prediction)", note="sklearn.metrics.hinge_loss; mean"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=math.sqrt(2), smooth=math.inf, bounded=False,
            estimates="majority class", proper="no", calibrated=False,
        )

    def _value(self, reach: Array, is_class: Array) -> Array:
        return namespace(reach).amax(reach, -1).clip(0, None)

    def _gradient(self, reach: Array, is_class: Array) -> Array:
        xp = namespace(reach)
        best = xp.amax(reach, -1)[..., None]
        tied = step((reach == best) & (best > 0), 1.0, 0.0, best + 0 * reach.clip(-1, 1))
        shared = tied / total(tied).clip(1, None)
        return xp.where(is_class, -total(shared), shared)


@dataclasses.dataclass(frozen=True)
class WestonWatkinsHinge(MulticlassHinge):
    """The hinges of the class's lead over each competitor, summed.

    Σ_{j≠y} max(0, 1 + z_j − z_y).

    Logits (…, C); target a class (…). A sum over the competitors, unlike torch's
    `MultiMarginLoss`, which divides it by C. The gradient is +1 at every competitor whose term is
    positive, at y minus their number; a term at exactly 0 contributes 0. The Hessian is 0.
    Identities: with two classes it is `Hinge` of the difference of the logits. Not calibrated.
    Errors: see `Categorical`. Source: Weston and Watkins (1999).
    """

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{ww}}(z, y) = \sum_{j \ne y} \max(0, 1 + z_j - z_y)",
        gradient=r"\frac{\partial \ell_{\mathrm{ww}}}{\partial z_y} = "
        r"-\sum_{j \ne y} \mathbf 1[1 + z_j - z_y > 0]",
        hessian=r"\frac{\partial^2 \ell_{\mathrm{ww}}}{\partial z_j \partial z_k} = 0",
        domain=(LOGITS, CLASS),
        frameworks=(
            Framework("PyTorch", "torch.nn.MultiMarginLoss()",
                      "F.multi_margin_loss(prediction, target, reduction='none')", "C * theirs",
                      "ours divided by C"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=math.inf, smooth=math.inf, bounded=False,
            estimates="ordered partition", proper="no", calibrated=False,
        )

    def _value(self, reach: Array, is_class: Array) -> Array:
        return reach.clip(0, None).sum(-1)

    def _gradient(self, reach: Array, is_class: Array) -> Array:
        positive = step(reach > 0, 1.0, 0.0, reach)
        return namespace(reach).where(is_class, -total(positive), positive)
