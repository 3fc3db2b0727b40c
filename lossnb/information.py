"""Entropy, cross-entropy, KL and Jensen-Shannon divergence of distributions, in nats.

The arguments stand as in print: `kl_divergence(p, q)` is KL(p‖q), over the last axis. With
`logits=True` every argument is an array of logits, p = softmax(a), q = softmax(b). What the
divergences speak of is p, q and the log-ratio D = log q − log p, which decides every digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from lossnb import arrays
from lossnb.arithmetic import (
    LOG2,
    Array,
    excess,
    log_cosh,
    log_mean_exp,
    namespace,
    residue,
    sigmoids,
    times,
)
from lossnb.loss import GRADIENT, VALUE, Card, Formula, Framework
from lossnb.softmax import Softmax, total

SIMPLEX = r"p \in \mathbb R^C,\ p_c \ge 0,\ \textstyle\sum_c p_c = 1"
SIMPLEX_Q = SIMPLEX.replace("p", "q")


class Information(Formula):
    """A function of distributions, non-negative and summing to one over a last axis of any length.

    Shapes (…, C), the same for both arguments; the value has shape (…). Sums may differ from one by
    1e-4 (half types 1e-2); nothing is normalised. Zeros in p are fine, 0 log 0 = 0; q = 0 < p gives
    inf. `.gradient` differentiates with respect to the last argument, its entries taken as free
    variables; torch differentiates both.

    Raises ValueError where an argument is no distribution (`logits=True` takes any logits, −inf for
    a class of probability zero, and gives NaN for NaN), or where the shapes differ; TypeError for
    strings, complex numbers, or NumPy mixed with torch.
    """

    _names: ClassVar[tuple[str, ...]] = ("p", "q")
    _lead: ClassVar = -1
    _smooth_in: ClassVar[tuple[int, ...]] = (0, 1)
    _over_axis: ClassVar = True

    def __init__(self, logits: bool = False) -> None:
        self.logits = logits
        self.of_logits = self if logits else type(self)(logits=True)

    def __repr__(self) -> str:
        return f"lossnb.{self.name}"

    @property
    def name(self) -> str:
        """The name under which lossnb exports it."""
        return {
            "Entropy": "entropy", "CrossEntropy": "cross_entropy", "KLDivergence": "kl_divergence",
            "JSDivergence": "js_divergence",
        }[type(self).__name__]

    def _form(self, logits: bool) -> Information:
        return self.of_logits if logits else self

    def __call__(self, p: Any, q: Any, *, logits: bool = False) -> Any:
        """The value per distribution."""
        return self._form(logits)._run((VALUE,), p, q)[0]

    def gradient(self, p: Any, q: Any, *, logits: bool = False) -> Any:
        """The derivative of the value with respect to q, or to its logits."""
        return self._form(logits)._run((GRADIENT,), p, q)[-1]

    def value_and_gradient(self, p: Any, q: Any, *, logits: bool = False) -> tuple[Any, Any]:
        """Value and gradient of one pass."""
        results = self._form(logits)._run((VALUE, GRADIENT), p, q)
        return results[0], results[-1]

    def _at(self, dtype: str) -> Self:
        return self

    def _shapes(
        self, given: Sequence[Array], number: Sequence[bool], loose: Sequence[bool]
    ) -> tuple[Array, ...]:
        for name, x in zip(self._names, given, strict=True):
            if not x.shape or x.shape[-1] == 0:
                raise ValueError(
                    f"{name} has shape {tuple(x.shape)}: its last axis must hold a distribution"
                )
        return arrays.fit(self._names, given, number)

    def _check_values(self, *arguments: Array) -> None:
        if not self.logits:
            for name, x in zip(self._names, arguments, strict=True):
                arrays.only_distributions(name, x)

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        """p and q, as `Softmax` of logits, and D = log q − log p."""
        if self.logits:
            a, b = arguments
            p, q = Softmax(a), Softmax(b)
            return p, q, _log_ratio_of_logits(a, b, p, q)
        p, q = arguments
        return p, q, _log_ratio(p, q)


def _log_ratio(p: Array, q: Array) -> Array:
    """D = log q − log p, from their difference where they are close; 0 where both are 0."""
    xp = namespace(p)
    relative = (q - p) / p
    close = abs(relative) < 0.5
    ratio = xp.where(close, xp.log1p(xp.where(close, relative, 0 * p)), xp.log(q) - xp.log(p))
    return xp.where((p == 0) & (q == 0), 0 * p, ratio)


def _log_ratio_of_logits(a: Array, b: Array, p: Softmax, q: Softmax) -> Array:
    """D = log q − log p of two softmaxes, exact to first order however close they are.

    Subtracting two log-probabilities loses what they share. Let d = b − a, less its value at a's
    largest logit (with the residues of both subtractions). Then D = d − log Σ p eᵈ, and that sum is
    one plus Σ p(eᵈ − 1), small where the distributions are close. Elsewhere the gaps are far enough
    apart to be subtracted.
    """
    xp = namespace(a)
    zero = xp.zeros_like(a)
    absent = (a == -float("inf")) & (b == -float("inf"))
    raw = xp.where(absent, zero, b - a)
    lost = xp.where(absent, zero, residue(b, a))
    at_top, lost_at_top = (total(xp.where(p.top, x, zero)) for x in (raw, lost))
    d = (raw - at_top) + ((lost - lost_at_top) + residue(raw, at_top + zero))
    d = xp.where(absent, zero, d)
    most = 0.85 * math.log(float(xp.finfo(a.dtype).max))  # eᵈ stays finite
    bounded = d.clip(-most, most)
    growth = xp.where(abs(d) <= 1, d + excess(d.clip(-1, 1)), xp.exp(bounded) - 1)
    change = total(p.times(growth))
    close = (abs(change) <= 0.5) & (xp.amax(abs(d), -1)[..., None] < most)
    near = d - xp.log1p(change.clip(-0.9, None))
    far = (p.gap - q.gap) + (p.log_sum - q.log_sum)
    return xp.where(absent, zero, xp.where(close, near, far))


def _pull_change(p: Array, p_dot: Array, slope: Array, slope_dot: Array) -> Array:
    """The change of p_j(slope_j − Σ p·slope) as p and slope change."""
    weighted_dot = times(p_dot, slope) + p * slope_dot
    return weighted_dot - p_dot * total(times(p, slope)) - p * total(weighted_dot)


class Entropy(Information):
    """The mean surprise of a draw from a distribution.

    H(p) = −Σ_c p_c log p_c. `entropy(p)`, or `entropy(a, logits=True)` with p = softmax(a).

    Shape (…, C) to (…). In nats: divide by log 2 for bits. Between 0, for a certain outcome, and
    log C, for a uniform one. The gradient is −log p − 1, and p_c(−log p_c − H) in a logit.
    Identities: `cross_entropy(p, p)`; log C − KL(p‖uniform). Errors: see `Information`.
    Source: Shannon, A mathematical theory of communication (1948).
    """

    _names: ClassVar = ("p",)
    _smooth_in: ClassVar = (0,)

    card: ClassVar = Card(
        formula=r"H(p) = -\sum_{c=1}^{C} p_c \log p_c",
        gradient=r"\frac{\partial H(p)}{\partial p_j} = -\log p_j - 1",
        hessian=r"\frac{\partial^2 H(p)}{\partial p_j \partial p_k} = "
        r"-\frac{\mathbf 1[j = k]}{p_j}",
        domain=(SIMPLEX,),
        frameworks=(
            Framework("PyTorch", "torch.distributions.Categorical(p).entropy()",
                      "torch.distributions.Categorical(p).entropy()"),
        ),
    )

    def __call__(self, p: Any, *, logits: bool = False) -> Any:  # type: ignore[override]
        """The value per distribution."""
        return self._form(logits)._run((VALUE,), p)[0]

    def gradient(self, p: Any, *, logits: bool = False) -> Any:  # type: ignore[override]
        """The derivative of the value with respect to p, or to its logits."""
        return self._form(logits)._run((GRADIENT,), p)[0]

    def value_and_gradient(  # type: ignore[override]
        self, p: Any, *, logits: bool = False
    ) -> tuple[Any, Any]:
        """Value and gradient of one pass."""
        value, gradient = self._form(logits)._run((VALUE, GRADIENT), p)
        return value, gradient

    def _variables(self, *arguments: Array) -> tuple[Array, ...]:
        return (Softmax(arguments[0]) if self.logits else arguments[0],)

    def _value(self, p: Any) -> Array:
        if self.logits:  # −log p_c = log_sum + gap_c, both ≥ 0: nothing cancels
            return p.log_sum[..., 0] + p.times(p.gap).sum(-1)
        return times(p, -namespace(p).log(p)).sum(-1)

    def _gradients(self, p: Any) -> tuple[Array, ...]:
        return (p.pull(p.gap) if self.logits else -namespace(p).log(p) - 1,)

    def _products(self, vectors: Sequence[Array], p: Any) -> tuple[Array, ...]:
        (along,) = vectors
        if not self.logits:
            return (-along / p,)
        drift = along - total(p.p * along)
        return (_pull_change(p.p, p.p * drift, p.gap, -drift),)


class CrossEntropy(Information):
    """The mean surprise of a draw from p to who believes q.

    H(p, q) = −Σ_c p_c log q_c. `cross_entropy(p, q)`; `logits=True` applies to both.

    Shapes (…, C) to (…). In nats. Here p stands first, as in print; `SoftmaxCrossEntropy` takes the
    prediction first, and logits against probabilities. The gradient in q is −p/q, in its logits
    q − p. Identities: H(p) + KL(p‖q); least, at q = p, where it is H(p), not 0.
    Errors: see `Information`. Source: Kerridge, Inaccuracy and inference (1961).
    """

    card: ClassVar = Card(
        formula=r"H(p, q) = -\sum_{c=1}^{C} p_c \log q_c",
        gradient=r"\frac{\partial H(p, q)}{\partial q_j} = -\frac{p_j}{q_j}",
        hessian=r"\frac{\partial^2 H(p, q)}{\partial q_j \partial q_k} = "
        r"\frac{p_j}{q_j^2} \mathbf 1[j = k]",
        domain=(SIMPLEX, SIMPLEX_Q),
        frameworks=(
            Framework("PyTorch", "torch.nn.CrossEntropyLoss()",
                      "F.cross_entropy(q.log(), p, reduction='none')",
                      note="takes logits of q first, probabilities p second"),
            Framework("Keras", "keras.losses.CategoricalCrossentropy()",
                      "keras.losses.categorical_crossentropy(p, q)",
                      note="normalises q and clips it at 1e-7"),
            Framework("optax", "optax.losses.softmax_cross_entropy",
                      "optax.losses.softmax_cross_entropy(jnp.log(q), p)",
                      note="takes logits of q"),
        ),
    )

    def _value(self, p: Any, q: Any, ratio: Array) -> Array:
        if self.logits:
            return q.log_sum[..., 0] + times(p.p, q.gap).sum(-1)
        return times(p, -namespace(q).log(q)).sum(-1)

    def _gradients(self, p: Any, q: Any, ratio: Array) -> tuple[Array, ...]:
        if self.logits:
            return p.pull(q.gap), _difference(p, q, ratio)
        return -namespace(q).log(q), -_over(p, q)

    def _products(
        self, vectors: Sequence[Array], p: Any, q: Any, ratio: Array
    ) -> tuple[Array, ...]:
        along_p, along_q = vectors
        if not self.logits:
            return -along_q / q, _over(p, q) / q * along_q - along_p / q
        p_drift, q_drift = along_p - total(p.p * along_p), along_q - total(q.p * along_q)
        p_dot, q_dot = p.p * p_drift, q.p * q_drift
        return _pull_change(p.p, p_dot, q.gap, -q_drift), q_dot - p_dot


class KLDivergence(Information):
    """The surprise that believing q costs in excess of the entropy of p.

    KL(p‖q) = Σ_c p_c log(p_c/q_c). `kl_divergence(p, q)`; `logits=True` applies to both.

    Shapes (…, C) to (…). In nats. Not symmetric: q = 0 < p costs inf, p = 0 < q nothing. torch's
    `KLDivLoss` takes log q first and p second. The gradient in q is −p/q, in its logits q − p.
    Identities: H(p, q) − H(p); never negative (of distributions that sum to one); 0 at p = q only.
    Errors: see `Information`. Source: Kullback and Leibler, On information and sufficiency (1951).
    """

    card: ClassVar = Card(
        formula=r"\mathrm{KL}(p \| q) = \sum_{c=1}^{C} p_c \log \frac{p_c}{q_c}",
        gradient=r"\frac{\partial \mathrm{KL}(p \| q)}{\partial q_j} = -\frac{p_j}{q_j}",
        hessian=r"\frac{\partial^2 \mathrm{KL}(p \| q)}{\partial q_j \partial q_k} = "
        r"\frac{p_j}{q_j^2} \mathbf 1[j = k]",
        domain=(SIMPLEX, SIMPLEX_Q),
        frameworks=(
            Framework("PyTorch", "torch.nn.KLDivLoss(reduction='none')",
                      "F.kl_div(q.log(), p, reduction='none').sum(-1)",
                      note="takes log q first; the default divides by all entries"),
            Framework("Keras", "keras.losses.KLDivergence()",
                      "keras.losses.kl_divergence(p, q)", note="clips at 1e-7"),
            Framework("optax", "optax.losses.kl_divergence",
                      "optax.losses.kl_divergence(jnp.log(q), p)",
                      note="takes log q first"),
        ),
    )

    def _value(self, p: Any, q: Any, ratio: Array) -> Array:
        # Σ p(eᴰ − 1 − D): as Σ p(eᴰ − 1) = Σ q − Σ p = 0, no term is negative, nothing cancels.
        left_out = 0.0 if self.logits else (p - q).sum(-1)
        p, q = _entries(p), _entries(q)
        xp = namespace(p)
        far = q - times(p, 1 + ratio)
        near = p * excess(ratio.clip(-1, 1))
        terms = xp.where(abs(ratio) <= 1, near, xp.where(p == 0, q, far))
        return terms.sum(-1) + left_out

    def _gradients(self, p: Any, q: Any, ratio: Array) -> tuple[Array, ...]:
        if self.logits:
            return p.pull(-ratio), _difference(p, q, ratio)
        return 1 - ratio, -_over(p, q)

    def _products(
        self, vectors: Sequence[Array], p: Any, q: Any, ratio: Array
    ) -> tuple[Array, ...]:
        along_p, along_q = vectors
        if not self.logits:
            return along_p / p - along_q / q, _over(p, q) / q * along_q - along_p / q
        p_drift, q_drift = along_p - total(p.p * along_p), along_q - total(q.p * along_q)
        p_dot, q_dot = p.p * p_drift, q.p * q_drift
        return _pull_change(p.p, p_dot, -ratio, p_drift - q_drift), q_dot - p_dot


class JSDivergence(Information):
    """How well a draw tells from which of two distributions it came: the symmetric divergence.

    JS(p, q) = ½KL(p‖m) + ½KL(q‖m), m = ½(p + q). `js_divergence(p, q)`; `logits=True` for both.

    Shapes (…, C) to (…). In nats, between 0 and log 2, for distributions without common support.
    The gradient in q is ½ log(q/m). Identities: symmetric; H(m) − ½H(p) − ½H(q); its root is a
    metric, which SciPy's `jensenshannon` returns in its place.
    Errors: see `Information`. Source: Lin, Divergence measures based on Shannon entropy (1991).
    """

    card: ClassVar = Card(
        formula=r"\mathrm{JS}(p, q) = \tfrac12 \mathrm{KL}\left(p \,\|\, \tfrac12(p + q)\right)"
        r" + \tfrac12 \mathrm{KL}\left(q \,\|\, \tfrac12(p + q)\right)",
        gradient=r"\frac{\partial \mathrm{JS}(p, q)}{\partial q_j} = "
        r"\frac12 \log \frac{2 q_j}{p_j + q_j}",
        hessian=r"\frac{\partial^2 \mathrm{JS}(p, q)}{\partial q_j \partial q_k} = "
        r"\frac{p_j}{2 q_j (p_j + q_j)} \mathbf 1[j = k]",
        domain=(SIMPLEX, SIMPLEX_Q),
    )

    def _value(self, p: Any, q: Any, ratio: Array) -> Array:
        # With w = D/2 a term is ½(p + q)(w tanh w − log cosh w), and ½(p + q) log 2 at most.
        xp = namespace(ratio)
        w = abs(ratio) / 2
        small = w.clip(None, 1)
        near = small * xp.tanh(small) - log_cosh(small)
        e = xp.exp(-2 * w)
        far = LOG2 - times(2 * e / (1 + e), w) - xp.log1p(e)
        return ((_entries(p) + _entries(q)) * xp.where(w < 1, near, far)).sum(-1) / 2

    def _slopes(self, ratio: Array) -> tuple[Array, Array]:
        """½ log(p/m) and ½ log(q/m)."""
        return -log_mean_exp(ratio) / 2, -log_mean_exp(-ratio) / 2

    def _gradients(self, p: Any, q: Any, ratio: Array) -> tuple[Array, ...]:
        in_p, in_q = self._slopes(ratio)
        return (p.pull(in_p), q.pull(in_q)) if self.logits else (in_p, in_q)

    def _products(
        self, vectors: Sequence[Array], p: Any, q: Any, ratio: Array
    ) -> tuple[Array, ...]:
        along_p, along_q = vectors
        share_q, share_p = sigmoids(ratio)  # q/(p + q), p/(p + q)
        if not self.logits:
            return (
                (share_q * along_p / p - along_q / (p + q)) / 2,
                (share_p * along_q / q - along_p / (p + q)) / 2,
            )
        p_drift, q_drift = along_p - total(p.p * along_p), along_q - total(q.p * along_q)
        in_p, in_q = self._slopes(ratio)
        apart = (p_drift - q_drift) / 2
        return (
            _pull_change(p.p, p.p * p_drift, in_p, share_q * apart),
            _pull_change(q.p, q.p * q_drift, in_q, -share_p * apart),
        )


def _entries(p: Any) -> Array:
    return p.p if isinstance(p, Softmax) else p


def _over(p: Array, q: Array) -> Array:
    """p/q, 0 where p is 0."""
    xp = namespace(p)
    return xp.where(p == 0, 0 * p, p / q)


def _difference(p: Softmax, q: Softmax, ratio: Array) -> Array:
    """q − p, from the log-ratio where they are close."""
    near = ratio.clip(-1, 1)
    close = p.p * (near + excess(near))
    return namespace(ratio).where(abs(ratio) <= 1, close, q.p - p.p)


entropy = Entropy()
cross_entropy = CrossEntropy()
kl_divergence = KLDivergence()
js_divergence = JSDivergence()
