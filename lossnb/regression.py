"""Losses of the residual r = ŷ − y: squared, absolute, Huber, smooth L1, log-cosh, quantile.

A class here states ρ(r), ρ′(r) and ρ″(r); `Regression` adds what they share.
"""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar

from lossnb.arithmetic import Array, log_cosh, namespace, sign, step
from lossnb.arrays import no_nan
from lossnb.loss import Card, Facts, Framework, Loss
from lossnb.parameters import OPEN_UNIT, POSITIVE, parameter


class Regression(Loss):
    """ρ(ŷ − y) for a real prediction ŷ and a real target y, of any one shape.

    Raises ValueError where the shapes differ (a Python number fits any shape), where a target is
    NaN (a NaN prediction gives NaN) or requires grad, and where a parameter is out of range;
    TypeError for strings, complex numbers, or NumPy mixed with torch.
    """

    targets: ClassVar = "real"
    _widen: ClassVar = False  # sums, products and comparisons of r lose at most an ULP each

    def _check_values(self, *arguments: Array) -> None:
        no_nan("target", arguments[1])

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        prediction, target = arguments
        return (prediction - target,)

    def _value(self, r: Array) -> Array:
        raise NotImplementedError

    def _gradient(self, r: Array) -> Array:
        raise NotImplementedError

    def _hessian(self, r: Array) -> Array:
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class SquaredError(Regression):
    """The square of the residual.

    r², r = ŷ − y.

    Prediction ŷ and target y: real, of one shape; so is the result. No ½, as in torch's `MSELoss`;
    scikit-learn's and XGBoost's squared error is half of it. Its gradient is 2r, its Hessian 2.
    Identities: Σ(ŷ − yᵢ)² is least at the mean; `Huber(delta)` tends to half of it as δ → ∞.
    Errors: see `Regression`. Source: Legendre (1805), Gauss (1809).
    """

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{sq}}(r) = r^2",
        gradient=r"\ell_{\mathrm{sq}}'(r) = 2r",
        hessian=r"\ell_{\mathrm{sq}}''(r) = 2",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R"),
        frameworks=(
            Framework("PyTorch", "torch.nn.MSELoss()",
                      "F.mse_loss(prediction, target, reduction='none')"),
            Framework("Keras", "keras.losses.MeanSquaredError()",
                      "keras.losses.mean_squared_error(target[:, None], prediction[:, None])"),
            Framework("optax", "optax.losses.squared_error",
                      "optax.losses.squared_error(prediction, target)"),
            Framework("scikit-learn", "SGDRegressor(loss='squared_error')",
                      "sklearn_loss(HalfSquaredError(), prediction, target)", "2 * theirs",
                      "half of ours"),
            Framework("XGBoost", "objective='reg:squarederror'",
                      "xgboost_gradient('reg:squarederror', prediction, target)", "2 * theirs",
                      "half of ours", "gradient"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(convex=True, lipschitz=math.inf, smooth=2.0, bounded=False, estimates="mean")

    def _value(self, r: Array) -> Array:
        return r * r

    def _gradient(self, r: Array) -> Array:
        return 2 * r

    def _hessian(self, r: Array) -> Array:
        return step(r == r, 2.0, 2.0, r)


@dataclasses.dataclass(frozen=True)
class AbsoluteError(Regression):
    """The size of the residual.

    |r|, r = ŷ − y.

    Prediction ŷ and target y: real, of one shape; so is the result. The gradient is the sign of r,
    and at the kink r = 0 it is 0, the subgradient of least norm (jax takes +1, scikit-learn −1);
    the Hessian is 0 everywhere, at the kink too (scikit-learn and XGBoost put 1 in its place).
    Identities: twice `Quantile(tau=0.5)`; `Huber(delta)`/δ tends to it as δ → 0. Least at the
    median. Errors: see `Regression`. Source: Boscovich (1757), Laplace (1774).
    """

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{abs}}(r) = |r|",
        gradient=r"\ell_{\mathrm{abs}}'(r) = \operatorname{sign}(r) \quad\text{for } r \ne 0",
        hessian=r"\ell_{\mathrm{abs}}''(r) = 0 \quad\text{for } r \ne 0",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R"),
        frameworks=(
            Framework("PyTorch", "torch.nn.L1Loss()",
                      "F.l1_loss(prediction, target, reduction='none')"),
            Framework("Keras", "keras.losses.MeanAbsoluteError()",
                      "keras.losses.mean_absolute_error(target[:, None], prediction[:, None])"),
            Framework("scikit-learn", "HistGradientBoostingRegressor(loss='absolute_error')",
                      "sklearn_loss(AbsoluteError(), prediction, target)",
                      note="gradient −1 at r = 0; Hessian taken as 1"),
            Framework("XGBoost", "objective='reg:absoluteerror'",
                      "xgboost_metric('mae', prediction, target)", note="Hessian taken as 1"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=math.inf, bounded=False, estimates="median"
        )

    def _value(self, r: Array) -> Array:
        return abs(r)

    def _gradient(self, r: Array) -> Array:
        return sign(r)

    def _hessian(self, r: Array) -> Array:
        return step(r == r, 0.0, 0.0, r)


@dataclasses.dataclass(frozen=True)
class Huber(Regression):
    """Quadratic for small residuals, linear for large ones.

    ½r² for |r| ≤ δ, else δ(|r| − ½δ), r = ŷ − y.

    Prediction ŷ and target y: real, of one shape; so is the result. delta: positive, in the unit of
    the target. The gradient is r, clipped to [−δ, δ]; the Hessian is 1 for |r| ≤ δ (the kinks
    included), else 0. The ½ is Huber's own. Identities: δ → ∞ gives half the squared error; divided
    by δ it is `SmoothL1(beta=delta)`, and tends to the absolute error as δ → 0.
    Errors: see `Regression`. Source: Huber, Robust estimation of a location parameter (1964).
    """

    delta: float = parameter(1.0, r"\delta", POSITIVE)

    card: ClassVar = Card(
        formula=r"\ell_\delta(r) = \begin{cases} \tfrac12 r^2 & |r| \le \delta \\ "
        r"\delta\left(|r| - \tfrac12\delta\right) & |r| > \delta \end{cases}",
        gradient=r"\ell_\delta'(r) = \max(-\delta, \min(\delta, r))",
        hessian=r"\ell_\delta''(r) = \begin{cases} 1 & |r| \le \delta \\ "
        r"0 & |r| > \delta \end{cases}",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R", r"\delta > 0"),
        frameworks=(
            Framework("PyTorch", "torch.nn.HuberLoss(delta=δ)",
                      "F.huber_loss(prediction, target, reduction='none', delta=delta)"),
            Framework("PyTorch", "torch.nn.SmoothL1Loss(beta=δ)",
                      "F.smooth_l1_loss(prediction, target, reduction='none', beta=delta)",
                      "delta * theirs", "ours divided by δ"),
            Framework("Keras", "keras.losses.Huber(delta=δ)",
                      "keras.losses.huber(target[:, None], prediction[:, None], delta=delta)"),
            Framework("optax", "optax.losses.huber_loss(delta=δ)",
                      "optax.losses.huber_loss(prediction, target, delta=delta)"),
            Framework("scikit-learn", "SGDRegressor(loss='huber', epsilon=δ)",
                      "sklearn_loss(HuberLoss(delta=delta), prediction, target)",
                      note="HuberRegressor also estimates the scale"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=self.delta, smooth=1.0, bounded=False, estimates="huber"
        )

    def _value(self, r: Array) -> Array:
        size = abs(r)
        xp = namespace(r)
        return xp.where(size <= self.delta, r * r / 2, self.delta * (size - self.delta / 2))

    def _gradient(self, r: Array) -> Array:
        return r.clip(-self.delta, self.delta)

    def _hessian(self, r: Array) -> Array:
        return step(abs(r) <= self.delta, 1.0, 0.0, r)


@dataclasses.dataclass(frozen=True)
class SmoothL1(Regression):
    """The absolute error with its kink rounded off.

    ½r²/β for |r| ≤ β, else |r| − ½β, r = ŷ − y.

    Prediction ŷ and target y: real, of one shape; so is the result. beta: positive, in the unit of
    the target. The gradient is r/β, clipped to [−1, 1]; the Hessian is 1/β for |r| ≤ β (the kinks
    included), else 0. Identities: `Huber(delta=beta)` divided by β; the absolute error as β → 0,
    which torch takes at `beta=0` and we do not. As β → ∞ it vanishes, unlike `Huber`.
    Errors: see `Regression`. Source: Girshick, Fast R-CNN (2015), with β = 1.
    """

    beta: float = parameter(1.0, r"\beta", POSITIVE)

    card: ClassVar = Card(
        formula=r"\ell_\beta(r) = \begin{cases} \frac{r^2}{2\beta} & |r| \le \beta \\ "
        r"|r| - \tfrac12\beta & |r| > \beta \end{cases}",
        gradient=r"\ell_\beta'(r) = \max\left(-1, \min\left(1, \frac{r}{\beta}\right)\right)",
        hessian=r"\ell_\beta''(r) = \begin{cases} \frac{1}{\beta} & |r| \le \beta \\ "
        r"0 & |r| > \beta \end{cases}",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R", r"\beta > 0"),
        frameworks=(
            Framework("PyTorch", "torch.nn.SmoothL1Loss(beta=β)",
                      "F.smooth_l1_loss(prediction, target, reduction='none', beta=beta)"),
            Framework("PyTorch", "torch.nn.HuberLoss(delta=β)",
                      "F.huber_loss(prediction, target, reduction='none', delta=beta)",
                      "theirs / beta", "β times ours"),
            Framework("Keras", "keras.losses.Huber(delta=β)",
                      "keras.losses.huber(target[:, None], prediction[:, None], delta=beta)",
                      "theirs / beta", "β times ours"),
            Framework("optax", "optax.losses.huber_loss(delta=β)",
                      "optax.losses.huber_loss(prediction, target, delta=beta)",
                      "theirs / beta", "β times ours"),
            Framework("scikit-learn", "SGDRegressor(loss='huber', epsilon=β)",
                      "sklearn_loss(HuberLoss(delta=beta), prediction, target)", "theirs / beta",
                      "β times ours"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(
            convex=True, lipschitz=1.0, smooth=1 / self.beta, bounded=False, estimates="huber"
        )

    def _value(self, r: Array) -> Array:
        size = abs(r)
        # r·(r/β), not r²/β: the square underflows where the quotient is still a normal number.
        inside = r * (r / self.beta) / 2
        return namespace(r).where(size <= self.beta, inside, size - self.beta / 2)

    def _gradient(self, r: Array) -> Array:
        return (r / self.beta).clip(-1, 1)

    def _hessian(self, r: Array) -> Array:
        return step(abs(r) <= self.beta, 1 / self.beta, 0.0, r)


@dataclasses.dataclass(frozen=True)
class LogCosh(Regression):
    """A smooth function between half the square and the size of the residual.

    log cosh r, r = ŷ − y, with the natural logarithm.

    Prediction ŷ and target y: real, of one shape; so is the result. No parameter: the scale is 1 in
    the unit of the target. The gradient is tanh r, the Hessian 1 − tanh² r. Identities: it lies
    between |r| − log 2 and |r|, tends to ½r² for small r and to |r| − log 2 for large r; it is the
    logistic loss of 2r, shifted: log(1 + e^(2r)) − r − log 2.
    Errors: see `Regression`. Source: Green, Bayesian reconstructions using a modified EM (1990).
    """

    _widen: ClassVar = True

    card: ClassVar = Card(
        formula=r"\ell_{\mathrm{lc}}(r) = \log\cosh(r)",
        gradient=r"\ell_{\mathrm{lc}}'(r) = \tanh(r)",
        hessian=r"\ell_{\mathrm{lc}}''(r) = 1 - \tanh^2(r)",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R"),
        frameworks=(
            Framework("Keras", "keras.losses.LogCosh()",
                      "keras.losses.log_cosh(target[:, None], prediction[:, None])",
                      note="loses its digits near r = 0"),
            Framework("optax", "optax.losses.log_cosh",
                      "optax.losses.log_cosh(prediction, target)",
                      note="loses its digits near r = 0"),
        ),
    )

    @property
    def facts(self) -> Facts:
        return Facts(convex=True, lipschitz=1.0, smooth=1.0, bounded=False, estimates="log-cosh")

    def _value(self, r: Array) -> Array:
        return log_cosh(r)

    def _gradient(self, r: Array) -> Array:
        return namespace(r).tanh(r)

    def _hessian(self, r: Array) -> Array:
        e = namespace(r).exp(-2 * abs(r))
        return 4 * e / (1 + e) ** 2  # not 1 − tanh², which cancels as tanh → 1


@dataclasses.dataclass(frozen=True)
class Quantile(Regression):
    """The tilted absolute error, also pinball or check loss, whose minimiser is a quantile.

    τ·max(y − ŷ, 0) + (1 − τ)·max(ŷ − y, 0).

    Prediction ŷ and target y: real, of one shape; so is the result. tau: strictly between 0 and 1;
    under-prediction costs τ a unit, over-prediction 1 − τ. In r = ŷ − y the gradient is −τ for
    r < 0, 1 − τ for r > 0, and 0 at the kink (scikit-learn −τ, a mean of both in jax); the Hessian
    is 0 everywhere. Identities: `tau=0.5` is half the absolute error; exchanging ŷ and y exchanges
    τ and 1 − τ. Errors: see `Regression`. Source: Koenker and Bassett, Regression quantiles (1978).
    """

    tau: float = parameter(0.5, r"\tau", OPEN_UNIT)

    card: ClassVar = Card(
        formula=r"\ell_\tau(r) = \tau \max(-r, 0) + (1 - \tau) \max(r, 0)",
        gradient=r"\ell_\tau'(r) = \begin{cases} -\tau & r < 0 \\ 1 - \tau & r > 0 \end{cases} "
        r"\quad\text{for } r \ne 0",
        hessian=r"\ell_\tau''(r) = 0 \quad\text{for } r \ne 0",
        domain=(r"\hat y \in \mathbb R", r"y \in \mathbb R", r"0 < \tau < 1"),
        frameworks=(
            Framework("scikit-learn", "QuantileRegressor(quantile=τ)",
                      "sklearn_loss(PinballLoss(quantile=tau), prediction, target)",
                      note="gradient −τ at r = 0; Hessian taken as 1"),
            Framework("XGBoost", "objective='reg:quantileerror', quantile_alpha=τ",
                      "xgboost_metric('quantile', prediction, target, quantile_alpha=tau)",
                      note="Hessian taken as 1"),
        ),
    )

    @property
    def facts(self) -> Facts:
        steepest = max(self.tau, 1 - self.tau)
        return Facts(
            convex=True, lipschitz=steepest, smooth=math.inf, bounded=False, estimates="quantile"
        )

    def _value(self, r: Array) -> Array:
        return namespace(r).where(r < 0, -self.tau * r, (1 - self.tau) * r)

    def _gradient(self, r: Array) -> Array:
        xp = namespace(r)
        return xp.where(r < 0, step(r < 0, -self.tau, 0.0, r), step(r > 0, 1 - self.tau, 0.0, r))

    def _hessian(self, r: Array) -> Array:
        return step(r == r, 0.0, 0.0, r)
