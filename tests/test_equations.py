# ruff: noqa: E501  (a formula stays on its line)
"""Each construct of the grammar: true statements pass, false ones fail with a counterexample."""

import pytest

from lossnb.book import notation
from lossnb.book.equations.page import Page, Result
from lossnb.book.formulas import of_markdown

BOOK = notation.load()


def judged(text: str, part: str = "regression") -> Result:
    """The verdicts on a piece of a page of a part of the book."""
    return Page(BOOK.parts.get(part, BOOK.general)).run(of_markdown(text))


def display(tex: str, part: str = "regression") -> Result:
    return judged(f"```{{math}}\n:label: here\n{tex}\n```", part)


TRUE = {
    # arithmetic
    "fractions": ("regression", r"\frac12 r + \tfrac{r}{2} = r = 2r/2"),
    "TeX takes one digit": ("regression", r"\frac12 + \frac13 = \frac56"),
    "powers": ("regression", r"x^2 x^{-3} = \frac1x \quad\text{for } x > 0"),
    "roots": ("regression", r"\sqrt{x^2} = |x|, \qquad \sqrt[3]{x^3} = x \quad\text{for } x > 0"),
    "operators without brackets": ("regression", r"\log x^2 = 2\log x \quad\text{for } x > 0"),
    "power of an operator": ("regression", r"\cosh^2 x - \sinh^2 x = 1"),
    "bars by position": ("regression", r"|a| |b| = \lvert a b\rvert"),
    "maximum": ("regression", r"\max(a, b) + \min\{a, b\} = a + b"),
    "plus minus": ("regression", r"r^2 = \delta^2 \iff r = \pm\delta"),
    "decimals": ("regression", r"\sqrt2 \approx 1.414, \qquad \pi \approx 3.14"),
    "indicator": ("regression", r"\mathbf{1}[r > 0] + [r \le 0] = 1"),
    "Kronecker": ("categorical", r"\sum_{k=1}^C \delta_{jk} z_k = z_j"),
    # statements
    "chain": ("regression", r"0 \le \tfrac12 r^2 \le r^2 = |r|^2"),
    "rows": (
        "regression",
        r"\begin{aligned} (a + b)^2 &= a^2 + 2ab + b^2 \\ &\ge 4ab, \\ a - b &< a + 1 - b \end{aligned}",
    ),
    "pairs of columns": ("regression", r"\begin{aligned} a &= a, & b &= b + 0 \end{aligned}"),
    "side condition": ("regression", r"\ell_\delta(r) = \tfrac12 r^2 \quad\text{for } |r| \le \delta"),
    "bracketed condition": ("regression", r"|r| = r \quad (r \ge 0)"),
    "for all": ("regression", r"\forall x > 0: \; \log x \le x - 1"),
    "implication": ("regression", r"|r| < \delta \implies \ell_\delta'(r) = r"),
    "equivalence": ("regression", r"r^2 = 0 \iff r = 0"),
    "membership": ("regression", r"\ell_\delta'(r) \in [-\delta, \delta]"),
    "with equality": ("regression", r"ab \le \tfrac12(a^2 + b^2) \quad\text{with equality for } a = b"),
    "with equality only": (
        "regression",
        r"ab \le \tfrac12(a^2 + b^2) \quad\text{with equality if and only if } a = b",
    ),
    # sums, vectors
    "sums": ("regression", r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}, \quad \prod_{i=1}^n 2 = 2^n"),
    "sum over a standing index": ("regression", r"\sum_i (\hat y_i - y_i) = \sum_i r_i"),
    "sum with a condition": ("categorical", r"\sum_{k \ne y} z_k = \sum_{k=1}^C z_k - z_y"),
    "maximum over an index": ("categorical", r"\max_k z_k \le \operatorname{lse}(z) \le \max_k z_k + \log C"),
    "softmax Jacobian": ("categorical", r"\frac{\partial p_k}{\partial z_j} = p_k(\mathbf{1}[j = k] - p_j)"),
    "Hessian": ("categorical", r"\nabla_z^2 \operatorname{lse}(z) = \operatorname{diag}(p) - p p^\top"),
    "null space": ("categorical", r"(\operatorname{diag}(p) - p p^{\top})\mathbf{1} = 0"),
    "shift": ("categorical", r"\operatorname{softmax}(z + c\mathbf{1}) = \operatorname{softmax}(z)"),
    "inner product": ("categorical", r"z^\top p = \sum_{k=1}^C z_k p_k"),
    "samples of vectors": (
        "margin",
        r"\sum_{i=1}^n y_i w^\top x_i \le \|w\| \left\|\sum_{i=1}^n y_i x_i\right\|",
    ),
    "gradient over a sample": (
        "margin",
        r"\nabla_w \left(\sum_{i=1}^n \varphi_{\mathrm{log}}(y_i w^\top x_i)\right)"
        r" = -\sum_{i=1}^n y_i \sigma(-y_i w^\top x_i)\, x_i",
    ),
    "logarithms to a base": (
        "information",
        r"\log_{10} 100 = 2, \qquad \sum_{k=1}^C p_k \log_2 \frac{p_k}{q_k} = \mathrm{KL}(p \,\|\, q) \log_2 e",
    ),
    "norms": ("information", r"\tfrac12 \lVert p - q\rVert_1^2 \le \mathrm{KL}(p \,\|\, q)"),
    "one letter, two functions": ("information", r"\mathrm{KL}(p \,\|\, q) = H(p, q) - H(p)"),
    "vector premise": ("information", r"H(p) = \log C \quad\text{for } p = \tfrac1C \mathbf{1}"),
    # derivatives
    "prime": ("margin", r"\varphi_{\mathrm{log}}'(m) = -\sigma(-m)"),
    "partial": ("margin", r"\frac{\partial}{\partial z}\log(1 + e^{-yz}) = -\frac{y}{1 + e^{yz}}"),
    "second": ("margin", r"\frac{d^2}{dm^2} \varphi_{\mathrm{log}}(m) = \sigma(m)\,\sigma(-m) \le \tfrac14"),
    "chain rule": ("regression", r"\frac{\partial \ell_\delta}{\partial \hat y} = \ell_\delta'(\hat y - y)"),
    "mixed": ("regression", r"\frac{\partial^2}{\partial a\,\partial b}\, a^2 b^3 = 6ab^2"),
    "evaluated": ("regression", r"\left.\frac{d}{dt} e^{2t}\right|_{t=0} = 2"),
    "subdifferential": (
        "regression",
        r"\partial|r| = \begin{cases} \{\operatorname{sign}(r)\} & r \ne 0, \\ [-1, 1] & r = 0 \end{cases}",
    ),
    # searches
    "minimum": ("regression", r"\ell_\delta(r) = \min_{u} \left\{ \tfrac12 (r - u)^2 + \delta|u| \right\}"),
    "at an end": ("regression", r"\ell_\tau(r) = \max_{u \in [-\tau, 1 - \tau]} u\, r"),
    "over an interval": ("regression", r"\ell_\delta(r) = \max_{-\delta \le u \le \delta} \{ ru - \tfrac12 u^2 \}"),
    "minimiser": ("regression", r"\arg\min_t \mathbb{E}[(t - Y)^2] = \mathbb{E}[Y]"),
    "minimisers": ("regression", r"\arg\min_t \mathbb{E}|t - Y| = \operatorname{median}(Y)"),
    "infimum": (
        "margin",
        r"\inf_{z} \{\eta\, e^{-z} + (1-\eta)\, e^{z}\} = 2\sqrt{\eta(1-\eta)} \quad\text{for } 0.1 < \eta < 0.9",
    ),
    "constrained": (
        "margin",
        r"\inf_{z(2\eta-1) \le 0} \{\eta\,\varphi_{\mathrm{hinge}}(z) + (1-\eta)\,\varphi_{\mathrm{hinge}}(-z)\} = 1",
    ),
    "limit": ("regression", r"\lim_{\beta \to 0^+} \ell_\beta(r) = |r|"),
    "limit at infinity": ("regression", r"\lim_{\delta \to \infty} \ell_\delta(r) = \tfrac12 r^2"),
    # chance
    "expectation": ("regression", r"\mathbb{E}[(t - Y)^2] = \operatorname{Var}(Y) + (t - \mathbb{E}[Y])^2"),
    "probability": ("regression", r"\Pr(Y \le t) + \Pr(Y > t) = 1"),
    "quantile": ("regression", r"\frac{d}{dt} \mathbb{E}[\ell_\tau(t - Y)] = \Pr(Y \le t) - \tau"),
    "law of a class": ("information", r"H(p) = \mathbb{E}[-\log p_Y]"),
    "integral": ("regression", r"\int x^2 \phi(x)\,dx = 1, \quad \int_{-\infty}^{t} \phi(x)\,dx = \Phi(t)"),
    "a number before an integral": ("regression", r"2 \int_0^1 x\,dx = 1, \quad \tfrac12 \int_0^2 x\,dx = 1"),
    "slow exponentials": ("regression", r"\int_0^{\infty} \tau e^{-\tau x}\,dx = 1, \quad \int \frac{1}{2\sigma} e^{-|x|/\sigma}\,dx = 1"),
    "a narrow peak": ("regression", r"\int_{-\infty}^{\infty} \frac1\sigma \phi(x/\sigma)\,dx = 1 \quad\text{for } \sigma > 0.05"),
    "a kink inside": ("regression", r"\int_{-\infty}^{\infty} |r - x| \frac{1}{2\cosh(x)^2}\,dx = \ell_{\mathrm{lc}}(r) + \log 2"),
    "a singular end": ("regression", r"\int_0^{\infty} \frac{1}{\sqrt{2\pi t}} e^{-x^2/(2t)} \cdot \tfrac12 e^{-t/2}\,dt = \tfrac12 e^{-|x|} \quad\text{for } |x| < 5"),
    "a step far from the end": ("regression", r"\int_{-\infty}^{a} \Phi(x)\,dx = a\,\Phi(a) + \phi(a)"),
    "poles near the line": ("regression", r"\int x\, \delta\tanh\left(\frac{x}{\delta}\right) \phi(x)\,dx = \int \frac{\phi(x)}{\cosh(x/\delta)^2}\,dx \quad\text{for } \delta > 0.2"),
    "heavy tail": ("regression", r"\int \frac{1}{\pi(1 + x^2)}\,dx = 1"),
    "a law is all that is free": ("regression", r"\mathbb{E}[e^Y] \ge e^{\mathbb{E}[Y]}"),
    "two conditions in a line": ("regression", r"a = |a| \quad\text{for } a \ge 0, \qquad a = -|a| \quad\text{for } a < 0"),
    "with respect to a law": ("regression", r"\int x^2\,d\Phi(x) = 1, \quad \int \phi^2\,d\Phi > 0"),
    "quantile function": ("regression", r"\Phi(\Phi^{-1}(\tau)) = \tau"),
    "two random variables": ("regression", r"\mathbb{E}[aY + b] = a\,\mathbb{E}[Y] + b"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_a_true_statement_passes(name: str) -> None:
    part, tex = TRUE[name]
    result = display(tex, part)
    assert result.findings == []
    assert (result.checked, result.total) == (1, 1)


FALSE = {
    "sign": ("regression", r"\frac{\partial}{\partial \hat y} \ell_\delta(\hat y - y) = \max(-\delta, \min(\delta, y - \hat y))"),
    "half": ("regression", r"\ell_\delta(r) = r^2 \quad\text{for } |r| \le \delta"),
    "bound": ("margin", r"\log(1 + e^{-m}) \ge \max(0, 1 - m)"),
    "only at the kink": ("regression", r"\ell_\delta''(r) = \mathbf{1}[|r| > \delta]"),
    "a condition that lets the kink in": ("regression", r"\frac{\partial}{\partial \hat y} |\hat y - y| = \operatorname{sign}(\hat y - y) \quad\text{for } \hat y \ne -y"),
    "no condition that keeps the kink out": ("regression", r"\ell_\tau''(r) = 0 \quad\text{for } \tau > \tfrac12"),
    "only at zero": ("margin", r"\varphi_{01}(m) = \mathbf{1}[m < 0]"),
    "strict where equal": ("regression", r"\ell_\delta(r) < \tfrac12 r^2"),
    "a case too few": ("regression", r"|r| = \begin{cases} r & r > 0 \\ -r & r < 0 \end{cases}"),
    "cases that overlap": ("regression", r"|r| = \begin{cases} r & r > -1 \\ -r & r \le 0 \end{cases}"),
    "half an equivalence": ("regression", r"r = \delta \iff r^2 = \delta^2"),
    "last digit": ("regression", r"\sqrt2 \approx 1.415"),
    "tight bound": ("regression", r"\ell_\delta(r) \le \tfrac12 r^2 - 10^{-3} \quad\text{for } |r| > \delta"),
    "open interval": ("regression", r"\ell_\delta'(r) \in (-\delta, \delta)"),
    "minimiser": ("regression", r"\arg\min_t \mathbb{E}[\ell_\delta(t - Y)] = \mathbb{E}[Y]"),
    "a premise to be solved": ("regression", r"\ell_{\mathrm{lc}}(r) = -\tfrac12\log(1 - t^2) \quad\text{for } \tfrac12 t = \tanh r"),
    "maximum at an end": ("regression", r"\ell_\tau(r) = \max_{u \in [-\tau, 1 + \tau]} u\, r"),
    "true at few instances only": ("margin", r"\min_z \{\eta\,\varphi_{\mathrm{hinge}}(z) - (1-\eta)\,\varphi_{\mathrm{hinge}}(-z)\} = 2\min(\eta, 1-\eta)"),
    "interval of minimisers": ("regression", r"\{\mathbb{E}[Y]\} = \operatorname{median}(Y)"),
    "the wrong base": ("information", r"-\sum_{k=1}^C p_k \log_2 p_k = H(p)"),
    "a kink within a sample": ("margin", r"\sum_{i=1}^n |w^\top x_i| = \sum_{i=1}^n y_i w^\top x_i"),
    "limit of a sum": ("categorical", r"\operatorname{lse}(z) = \log \sum_{k=2}^{C} e^{z_k}"),
}  # fmt: skip


@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_fails_with_its_label(name: str) -> None:
    part, tex = FALSE[name]
    result = display(tex, part)
    assert len(result.findings) == 1
    assert result.findings[0].startswith("here: ")
    assert result.checked == 0


def test_a_counterexample_names_relation_instance_and_both_values() -> None:
    (finding,) = display(r"\delta = \delta + 1").findings
    assert finding.startswith(r"here: \delta = \delta + 1 is false: ")
    assert " against " in finding
    assert r"at \delta = " in finding


NOT_UNDERSTOOD = {
    "an unknown command": (r"r \ll \delta", r"\ll"),
    "an unknown symbol": (r"\omega = 1", r"the symbol \omega is unknown; introduce it"),
    "an ambiguous slash": (r"1/2\delta = r", r"ambiguous"),
    "a bracket that never closes": (r"(r + 1 = r", "never closed"),
    "a lone expression": (r"r^2 + 1", "is not a relation"),
    "the wrong number of arguments": (r"\ell_\delta(r, r, r) = 0", "it takes 1"),
    "a missing limit": (r"\sum_{k=1} r = 0", "upper limit"),
    "an integral without d": (r"\int x = 0", r"\,dx"),
    "a case in words": (r"r = \begin{cases} r & \text{mostly} \end{cases}", "otherwise"),
    "what no instance decides": (r"r = 0 \quad\text{for } |r| < 0", "% unchecked: reason"),
    "an empty reason": ("% unchecked:\n" + r"r \to 0", "without a reason"),
    "a vector beside a number": (r"\mathbb{E}[Y] = \operatorname{diag}(r)", "mark it"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_what_is_not_understood_never_passes(name: str) -> None:
    tex, said = NOT_UNDERSTOOD[name]
    result = display(tex)
    assert len(result.findings) == 1
    assert said in result.findings[0]
    assert result.checked == 0


def test_unchecked_counts_against_the_tally_with_its_reason() -> None:
    result = display("% unchecked: a limit theorem\n" + r"\sqrt n\,(T - \theta) \to \Phi")
    assert (result.findings, result.checked, result.total) == ([], 0, 1)
    assert result.unchecked == [{"label": "here", "reason": "a limit theorem"}]


def test_a_symbol_bound_to_code_is_compared_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that drifts from the page by one part in 10¹¹ is seen, in value and in gradient."""
    import lossnb

    assert display(r"\ell_\delta(r) \ge 0").findings == []
    assert display(r"|\ell_\delta'(r)| \le \delta").findings == []

    class Drifted(lossnb.Huber):
        def gradient(self, prediction, target):  # type: ignore[no-untyped-def]
            return super().gradient(prediction, target) * (1 + 1e-11)

    monkeypatch.setattr(lossnb, "Huber", Drifted)
    (finding,) = display(r"|\ell_\delta'(r)| \le \delta").findings
    assert "lossnb.Huber(delta=δ).gradient(" in finding
    assert "the page says" in finding


def test_the_same_page_gets_the_same_verdict_in_the_same_words() -> None:
    first, second = (display(r"\ell_\delta(r) \le r").findings for _ in range(2))
    assert first == second
