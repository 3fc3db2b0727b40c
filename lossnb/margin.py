"""Losses of the margin m = y·z: a score z and a label y, −1 or +1.

A class here states φ(m), φ′(m) and φ″(m); `Margin` adds what they share. As y² = 1, the derivatives
with respect to the score are y·φ′(m) and φ″(m).
"""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar

from lossnb.arithmetic import Array, namespace, sigmoids, softplus, step
from lossnb.arrays import only_signs
from lossnb.loss import Card, Facts, Framework, Loss

DOMAIN = (r"z \in \mathbb R", r"y \in \{-1, +1\}")


class Margin(Loss):
    """φ(y·z) for a real score z and a label y in {−1, +1} of any real type, of any one shape.

    Raises ValueError where a label is neither −1 nor +1 (for labels in {0, 1} pass 2·label − 1),
    where the shapes differ (a Python number fits any shape), and where a label requires grad; a NaN
    score gives NaN. TypeError for strings, complex numbers, or NumPy mixed with torch.
    """

    targets: ClassVar = "sign"
    _widen: ClassVar = False  # y·z is exact; 1 − m rounds once

    def _check_values(self, *arguments: Array) -> None:
        only_signs("target", arguments[1])

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        score, label = arguments
        return label * score, label

    def _value(self, m: Array, y: Array) -> Array:
        return self._phi(m)

    def _gradient(self, m: Array, y: Array) -> Array:
        return y * self._slope(m) + 0.0  # + 0.0 turns −0 into 0

    def _hessian(self, m: Array, y: Array) -> Array:
        return self._curvature(m)

    def _phi(self, m: Array) -> Array:
        raise NotImplementedError

    def _slope(self, m: Array) -> Array:
        raise NotImplementedError

    def _curvature(self, m: Array) -> Array:
        """0, save where a loss says otherwise."""
        return step(m == m, 0.0, 0.0, m)


@dataclasses.dataclass(frozen=True)
class ZeroOne(Margin):
    """One for a wrong sign, nothing for the right one.

    φ(m) = 1 for m ≤ 0, else 0, m = y·z.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. A score of exactly 0 is
    an error for both labels. Gradient and Hessian are 0 everywhere, so it cannot be trained by
    descent: the other losses of this module stand in for it. Its mean is the error rate.
    Identities: hinge, squared hinge and exponential lie above it, and so does logistic/log 2.
    Errors: see `Margin`. Source: Neyman and Pearson (1933), as the risk of a test.
    """

    card: ClassVar = Card(
        formula=r"\varphi_{01}(m) = \begin{cases} 1 & m \le 0 \\ 0 & m > 0 \end{cases}",
        gradient=r"\varphi_{01}'(m) = 0 \quad\text{for } m \ne 0",
        hessian=r"\varphi_{01}''(m) = 0 \quad\text{for } m \ne 0",
        domain=DOMAIN,
        frameworks=(
            Framework("scikit-learn", "sklearn.metrics.zero_one_loss",
                      "zero_one(target, prediction)", note="of classes, with its mean"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=False, lipschitz=math.inf, smooth=math.inf, bounded=True, estimates="sign",
            proper="no", calibrated=True,
        )

    def _phi(self, m: Array) -> Array:
        return step(m <= 0, 1.0, 0.0, m)

    def _slope(self, m: Array) -> Array:
        return step(m == m, 0.0, 0.0, m)


@dataclasses.dataclass(frozen=True)
class Perceptron(Margin):
    """The size of a wrong score, nothing for a right one.

    φ(m) = max(0, −m), m = y·z.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. φ′(m) is −1 for m ≤ 0,
    at the kink m = 0 too, as in Rosenblatt's rule (with 0 there, training from zero weights would
    never start), else 0; φ″ is 0. Identities: `Hinge` is φ(m − 1). The score 0 costs nothing, so
    the constant score 0 is always a minimiser, and for a noisy label the only one.
    Errors: see `Margin`. Source: Rosenblatt, The perceptron (1958).
    """

    card: ClassVar = Card(
        formula=r"\varphi_{\mathrm{per}}(m) = \max(0, -m)",
        gradient=r"\varphi_{\mathrm{per}}'(m) = \begin{cases} -1 & m < 0 \\ 0 & m > 0 \end{cases}"
        r" \quad\text{for } m \ne 0",
        hessian=r"\varphi_{\mathrm{per}}''(m) = 0 \quad\text{for } m \ne 0",
        domain=DOMAIN,
        frameworks=(
            Framework("optax", "optax.losses.perceptron_loss",
                      "optax.losses.perceptron_loss(prediction, target)",
                      note="slope −½ at m = 0"),
            Framework("scikit-learn", "SGDClassifier(loss='perceptron')",
                      "sklearn_sgd(Hinge(0.0), prediction, target)", note="slope −1 at m = 0"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=math.inf, bounded=False, estimates="zero",
            proper="no", calibrated=False,
        )

    def _phi(self, m: Array) -> Array:
        return 0 - m.clip(None, 0)

    def _slope(self, m: Array) -> Array:
        return step(m <= 0, -1.0, 0.0, m)


@dataclasses.dataclass(frozen=True)
class Hinge(Margin):
    """The shortfall of the margin from one: the loss of the support vector machine.

    φ(m) = max(0, 1 − m), m = y·z.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. φ′(m) is −1 for m < 1,
    else 0, at the kink m = 1 too (torch's `clamp` and margin ranking take −1, optax and Keras −½);
    φ″ is 0. Identities: `Perceptron` of m − 1; an upper bound of `ZeroOne`. Its minimiser is the
    sign of the more frequent label, so its scores are no probabilities.
    Errors: see `Margin`. Source: Cortes and Vapnik, Support-vector networks (1995).
    """

    card: ClassVar = Card(
        formula=r"\varphi_{\mathrm{hinge}}(m) = \max(0, 1 - m)",
        gradient=r"\varphi_{\mathrm{hinge}}'(m) = \begin{cases} -1 & m < 1 \\ 0 & m > 1 \end{cases}"
        r" \quad\text{for } m \ne 1",
        hessian=r"\varphi_{\mathrm{hinge}}''(m) = 0 \quad\text{for } m \ne 1",
        domain=DOMAIN,
        frameworks=(
            Framework("PyTorch", "torch.nn.MarginRankingLoss(margin=1)",
                      "F.margin_ranking_loss(prediction, 0 * prediction, target, 1.0, "
                      "reduction='none')", note="with second score 0; slope −1 at m = 1"),
            Framework("Keras", "keras.losses.Hinge()",
                      "keras.losses.hinge(target[:, None], prediction[:, None])",
                      note="takes labels 0 for −1 too; slope −½ at m = 1"),
            Framework("optax", "optax.losses.hinge_loss",
                      "optax.losses.hinge_loss(prediction, target)", note="slope −½ at m = 1"),
            Framework("scikit-learn", "SGDClassifier(loss='hinge')",
                      "sklearn_sgd(Hinge(1.0), prediction, target)", note="slope −1 at m = 1"),
            Framework("XGBoost", "objective='binary:hinge'",
                      "xgboost_gradient('binary:hinge', prediction, (target + 1) / 2)",
                      note="labels 0 and 1; Hessian taken as 1", of="gradient"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=math.inf, bounded=False, estimates="sign",
            proper="no", calibrated=True,
        )

    def _phi(self, m: Array) -> Array:
        return (1 - m).clip(0, None)

    def _slope(self, m: Array) -> Array:
        return step(m < 1, -1.0, 0.0, m)


@dataclasses.dataclass(frozen=True)
class SquaredHinge(Margin):
    """The squared shortfall of the margin from one.

    φ(m) = max(0, 1 − m)², m = y·z.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. No ½. φ′(m) is
    −2·max(0, 1 − m); φ″(m) is 2 for m < 1, else 0, at m = 1 too. Identities: the square of `Hinge`;
    `SquaredError` of z and y wherever m ≤ 1. Its minimiser is the mean label 2η − 1, from which the
    probability η can be read. Errors: see `Margin`. Source: Mangasarian (1999), Vapnik (1995).
    """

    card: ClassVar = Card(
        formula=r"\varphi_{\mathrm{sq}}(m) = \max(0, 1 - m)^2",
        gradient=r"\varphi_{\mathrm{sq}}'(m) = -2 \max(0, 1 - m)",
        hessian=r"\varphi_{\mathrm{sq}}''(m) = \begin{cases} 2 & m < 1 \\ 0 & m > 1 \end{cases}"
        r" \quad\text{for } m \ne 1",
        domain=DOMAIN,
        frameworks=(
            Framework("Keras", "keras.losses.SquaredHinge()",
                      "keras.losses.squared_hinge(target[:, None], prediction[:, None])",
                      note="takes labels 0 for −1 too"),
            Framework("scikit-learn", "LinearSVC(loss='squared_hinge')",
                      "sklearn_sgd(SquaredHinge(1.0), prediction, target)"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=math.inf, smooth=2.0, bounded=False, estimates="mean",
            proper="strictly", calibrated=True,
        )

    def _phi(self, m: Array) -> Array:
        return (1 - m).clip(0, None) ** 2

    def _slope(self, m: Array) -> Array:
        return -2 * (1 - m).clip(0, None)

    def _curvature(self, m: Array) -> Array:
        return step(m < 1, 2.0, 0.0, m)


@dataclasses.dataclass(frozen=True)
class Exponential(Margin):
    """The exponential of the negative margin: the loss of AdaBoost.

    φ(m) = e^(−m), m = y·z.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. φ′ = −φ, φ″ = φ; a
    result too large for its type is inf. Identities: its minimiser is half the log-odds,
    ½ log(η/(1 − η)); an upper bound of `Logistic`, to which it tends for large m.
    Errors: see `Margin`. Source: Freund and Schapire (1997); Friedman et al. (2000).
    """

    _widen: ClassVar = True

    card: ClassVar = Card(
        formula=r"\varphi_{\mathrm{exp}}(m) = e^{-m}",
        gradient=r"\varphi_{\mathrm{exp}}'(m) = -e^{-m}",
        hessian=r"\varphi_{\mathrm{exp}}''(m) = e^{-m}",
        domain=DOMAIN,
        frameworks=(
            Framework("scikit-learn", "GradientBoostingClassifier(loss='exponential')",
                      "sklearn_loss(ExponentialLoss(), prediction, (target + 1) / 2)",
                      note="labels 0 and 1"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=math.inf, smooth=math.inf, bounded=False,
            estimates="half log-odds", proper="strictly", calibrated=True,
        )

    def _phi(self, m: Array) -> Array:
        return namespace(m).exp(-m)

    def _slope(self, m: Array) -> Array:
        return -self._phi(m)

    def _curvature(self, m: Array) -> Array:
        return self._phi(m)


@dataclasses.dataclass(frozen=True)
class Logistic(Margin):
    """The negative log-likelihood of a label under the probability sigmoid(z): logistic regression.

    φ(m) = log(1 + e^(−m)), m = y·z, with the natural logarithm.

    Score z: real; label y: −1 or +1, of the same shape; so is the result. φ′(m) = −1/(1 + e^m),
    φ″(m) = e^m/(1 + e^m)². At m = 0 it is log 2, not 1: divide by log 2 for an upper bound of
    `ZeroOne`. Identities: `BinaryCrossEntropy` of the label (y + 1)/2; φ(m) − φ(−m) = −m. Its
    minimiser is the log-odds. Errors: see `Margin`. Source: Cox (1958); Berkson (1944).
    """

    _widen: ClassVar = True

    card: ClassVar = Card(
        formula=r"\varphi_{\mathrm{log}}(m) = \log(1 + e^{-m})",
        gradient=r"\varphi_{\mathrm{log}}'(m) = -\frac{1}{1 + e^m}",
        hessian=r"\varphi_{\mathrm{log}}''(m) = \frac{e^m}{(1 + e^m)^2}",
        domain=DOMAIN,
        frameworks=(
            Framework("PyTorch", "torch.nn.SoftMarginLoss()",
                      "F.soft_margin_loss(prediction, target, reduction='none')",
                      note="inf from m = −89 on in float32"),
            Framework("Keras", "keras.losses.BinaryCrossentropy(from_logits=True)",
                      "keras.losses.binary_crossentropy((target[:, None] + 1) / 2, "
                      "prediction[:, None], from_logits=True)", note="labels 0 and 1"),
            Framework("optax", "optax.losses.sigmoid_binary_cross_entropy",
                      "optax.losses.sigmoid_binary_cross_entropy(prediction, (target + 1) / 2)",
                      note="labels 0 and 1"),
            Framework("scikit-learn", "LogisticRegression()",
                      "sklearn_loss(HalfBinomialLoss(), prediction, (target + 1) / 2)",
                      note="labels 0 and 1"),
            Framework("XGBoost", "objective='binary:logistic'",
                      "xgboost_gradient('binary:logistic', prediction, (target + 1) / 2)",
                      note="labels 0 and 1", of="gradient"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=0.25, bounded=False, estimates="log-odds",
            proper="strictly", calibrated=True,
        )

    def _phi(self, m: Array) -> Array:
        return softplus(-m)

    def _slope(self, m: Array) -> Array:
        return -sigmoids(m)[1]  # not sigmoid(m) − 1, which cancels

    def _curvature(self, m: Array) -> Array:
        e = namespace(m).exp(-abs(m))
        return e / (1 + e) ** 2  # not σ(1 − σ), which cancels
