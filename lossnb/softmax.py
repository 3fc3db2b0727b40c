"""The softmax of C logits, in a form from which every multiclass loss is computed stably.

The last axis holds the classes. One maximum and one exponential per logit serve value, gradient and
Hessian of every loss.
"""

from __future__ import annotations

from lossnb.arithmetic import Array, namespace, residue, times
from lossnb.arrays import as_type, type_name


def total(x: Array) -> Array:
    """The sum over the classes, kept as an axis of length one."""
    return x.sum(-1)[..., None]


def classes(x: Array) -> Array:
    """0, …, C − 1, beside x."""
    xp = namespace(x)
    count = x.shape[-1]
    return xp.arange(count) if xp.__name__ == "numpy" else xp.arange(count, device=x.device)


def outer(a: Array, b: Array) -> Array:
    return a[..., :, None] * b[..., None, :]


def diagonal(x: Array) -> Array:
    """x on the diagonal of C×C zeros."""
    xp = namespace(x)
    index = classes(x)
    square = x[..., None]
    return xp.where(index[:, None] == index, square, xp.zeros_like(square))


class Softmax:
    """p_j = e^(x_j − m)/(1 + s) with m the largest logit and s the sum of the *other* exponentials.

    Leaving the largest out of s keeps what the textbook form rounds away: log Σ e^(x_j − m) is
    log1p(s), and the mass outside a class near certainty is s/(1 + s), each exact however small.
    The exponent x_j − m is rounded, at x_j − m = −700 by 500 ULP of its exponential; what it lost
    is kept, with what the sums lost, and corrects each result once. A logit of −inf is a class of
    probability 0; among logits of +inf the mass is shared; all at −inf are no distribution: NaN.
    """

    def __init__(self, x: Array) -> None:
        xp = namespace(x)
        zero = xp.zeros_like(x)
        largest = xp.amax(x, -1)[..., None]
        at_largest = (x == largest) & (largest > -float("inf"))
        below = xp.where(at_largest, zero, x - largest)
        self.top = classes(x) == x.argmax(-1)[..., None]  # one class, also where several tie
        self.gap = -below  # m − x_j ≥ 0
        self.lost = residue(x, largest)  # e^(x_j − m) is e^below·(1 + lost)
        exponential = xp.exp(below)
        others = xp.where(self.top, zero, exponential)
        head = as_type(as_type(others, "float32"), type_name(x))  # float32 adds up exactly
        large, small = total(head), total((others - head) + others * self.lost)
        s = large + small
        s_lost = (large - s) + small
        one = xp.ones_like(s)
        norm = one + s
        self.shrink = -(residue(one, -s) + s_lost) / norm  # 1/(1 + s) is (1 + shrink)/norm
        self.norm = norm
        self.log_sum = xp.log1p(s) + s_lost / norm  # log Σ e^(x_j − m)
        p = exponential / norm
        self.p = p + p * (self.lost + self.shrink)
        outside = s / norm
        outside = outside + (outside * self.shrink + s_lost / norm)
        self.outside = xp.where(self.top, outside, 1 - self.p)  # 1 − p_j

    def minus(self, target: Array, mass: Array | float = 1.0) -> Array:
        """mass·p − target, where the target is one or near one from the masses outside."""
        xp = namespace(target)
        plain = mass * self.p - target
        return xp.where(target > 0.5, (mass - target) - mass * self.outside, plain)

    def jacobian(self) -> Array:
        """∂p_i/∂x_j = p_i([i = j] − p_j), with the diagonal from the mass outside."""
        xp = namespace(self.p)
        index = classes(self.p)
        inside = (self.p * self.outside)[..., None]
        return xp.where(index[:, None] == index, inside, -outer(self.p, self.p))

    def jacobian_times(self, v: Array) -> Array:
        return self.p * (v - total(self.p * v))

    def times(self, x: Array) -> Array:
        """p·x, to the last digit where p alone is subnormal and the product is not."""
        root = namespace(x).exp(-self.gap / 2)
        product = times(root, x) * root / self.norm
        return product + product * (self.lost + self.shrink)

    def pull(self, slope: Array) -> Array:
        """From the derivative in p to that in the logits: p_j(slope_j − Σ_k p_k slope_k).

        Told relative to the most probable class, whose p_j ≈ 1 would cancel: with the differences
        A_k = slope_top − slope_k and S = Σ_k p_k A_k it is p_j(S − A_j), and A_top = 0.
        """
        xp = namespace(slope)
        below = xp.where(self.top, 0 * self.p, total(xp.where(self.top, slope, 0 * self.p)) - slope)
        return times(self.p, total(times(self.p, below)) - below)
