# ruff: noqa: E501  (a formula stays on its line)
"""What a page introduces, in formulas and in sentences, and where its formulas are found."""

import pytest

from lossnb.book import notation
from lossnb.book.equations.page import UNUSED, Page, Result
from lossnb.book.formulas import Display, Paragraph, of_markdown

BOOK = notation.load()


def judged(text: str, part: str = "regression") -> Result:
    return Page(BOOK.parts[part]).run(of_markdown(text))


INTRODUCED = {
    "a definition": "$$g(x) := x^2$$\n\n$$g'(x) = 2x$$",
    "in the text": "The share is $g := \\frac14$ here.\n\n$$4 g = 1$$",
    "where, after the display": "$$\\delta g = \\delta r$$\n\nwhere $g = r$.",
    "where, in the display": r"$$g = r + 1 \quad\text{where } g := 1 + r$$",
    "a domain": "Let $k > 0$ be given.\n\n$$|k| = k$$",
    "a set": "For $k \\in [0, 1)$ we have\n\n$$k^2 \\le k$$",
    "two bounds": "with $0 < k \\le 1$\n\n$$\\log k \\le 0$$",
    "a number in apposition": "Take a positive number $k$.\n\n$$\\sqrt{k^2} = k$$",
    "a probability": "where $k$ is a probability\n\n$$0 \\le k \\le 1$$",
    "a distribution": "Let $H$ be a symmetric distribution.\n\n$$\\int x\\,dH(x) = 0$$",
    "a density": "$$g(x) := \\tfrac12 e^{-|x|}$$\n\nLet $G$ be the distribution with density $g$.\n\n$$\\int |x|\\,dG(x) = 1$$",
    "a mixture": "Let $H$ be a distribution.\n\n$$G := \\tfrac12\\Phi + \\tfrac12 H, \\qquad G(t) \\le \\tfrac12 \\Phi(t) + \\tfrac12$$",
    "a law": "Let $Y$ take the values $-1, 0, 10$ with probabilities $0.30, 0.67, 0.03$.\n\n$$\\mathbb{E}[Y] = 0$$",
    "a law in a formula": "$$\\Pr(Y = -1) := \\tfrac14, \\quad \\Pr(Y = 1) := \\tfrac34$$\n\n$$\\mathbb{E}[Y] = \\tfrac12$$",
    "drawn from a law": "Let $X$ be drawn from $\\Phi$.\n\n$$\\mathbb{E}[X] = 0, \\qquad \\operatorname{Var}(X) = 1$$",
    "a root": "where $k > 0$ solves $k^2 = \\delta$\n\n$$k = \\sqrt\\delta$$",
    "one unknown among terms": "$$1 - g := \\tfrac13, \\qquad g = \\tfrac23$$",
    "the later first": r"$$g := \frac{1}{h}, \qquad h := 4, \qquad g = \tfrac14$$",
    "a functional": "$$V(\\psi, F) := \\int \\psi(x)^2\\,dF(x)$$\n\n$$V(\\psi, \\Phi) \\ge 0$$",
    "a function by its derivative": "$$g := \\ell_\\delta', \\qquad g(r) = \\max(-\\delta, \\min(\\delta, r))$$",
    "a component": "$$w_i := r_i^2, \\qquad \\sum_{i=1}^n w_i = \\sum_{i=1}^n (\\hat y_i - y_i)^2$$",
    "a sequence": "Let $c_i \\in (0, 1)$.\n\n$$\\sum_{i=1}^n c_i \\le n$$",
    "a starred name": "$$t^* := \\arg\\min_t \\mathbb{E}[(t - Y)^2], \\qquad t^* = \\mathbb{E}[Y]$$",
    "a family at another parameter": "$$g_a(x) := a x, \\qquad g_3(x) = 3x, \\qquad g_{2b}(x) = 2bx$$",
    "a standing family": r"$$\ell_{\delta=1}(r) = \ell_\delta(r) \quad\text{for } \delta = 1$$",
    "a scaled parameter": r"$$\ell_{c\delta}(c r) = c^2 \ell_\delta(r) \quad\text{for } c > 0$$",
}  # fmt: skip


@pytest.mark.parametrize("name", INTRODUCED)
def test_an_introduced_symbol_is_used_by_a_checked_relation(name: str) -> None:
    result = judged(INTRODUCED[name])
    assert result.findings == []
    assert result.checked == result.total > 0


def test_a_definition_that_nothing_uses_is_not_checked() -> None:
    result = judged("$$g(x) := x^2$$")
    assert (result.checked, result.total) == (0, 1)
    assert result.unchecked == [{"label": "", "reason": UNUSED}]


@pytest.mark.parametrize("words", ["$c_i \\in (0, 1)$", "$c_i$ be a number in $(0, 1)$"])
def test_a_declared_name_with_an_index_is_a_sequence_and_not_one_number(words: str) -> None:
    result = judged(f"Let {words}.\n\n$$\\sum_{{i=1}}^n c_i = n c_1$$")
    (found,) = result.findings
    assert "is false" in found


def test_a_standing_definition_is_not_made_anew() -> None:
    assert judged(r"$$\ell_\beta(r) := \frac{1}{\beta}\ell_\beta(r)\,\beta$$").findings == []
    (finding,) = judged(r"$$\ell_{\mathrm{sq}}(r) := \tfrac12 r^2$$").findings
    assert "is false" in finding


def test_where_with_a_standing_symbol_is_a_claim() -> None:
    """“where r = ŷ + y” is wrong, whatever the display before it says."""
    assert judged(r"$$r^2 \ge 0 \quad\text{where } r = \hat y - y$$").findings == []
    (finding,) = judged(r"$$r^2 \ge 0 \quad\text{where } r = \hat y + y$$").findings
    assert "is false" in finding


def test_inline_mathematics_is_parsed_and_evaluated_when_closed() -> None:
    assert (
        judged(r"For $\tfrac{19}{20} \cdot 1000 + \tfrac{1}{20} \cdot 10 = 950.5$.").findings == []
    )
    (wrong,) = judged(r"So $2 \cdot 3 = 7$.").findings
    assert "is false: 6 against 7" in wrong
    (unknown,) = judged(r"The size $\omega$ matters.").findings
    assert r"\omega is unknown" in unknown


@pytest.mark.parametrize(
    "tex",
    [r"r \to \infty", r"\pm\delta", r"-1, 0, 10", r"\delta > 0", r"\psi", r"1/|r|^3", r"\ell_\delta / \delta",
     r"(a, b]", r"x \mapsto x^2", r"\mathbb{E}[\,\cdot\,]", r"0/0", r"\le \delta"],
)  # fmt: skip
def test_pieces_of_mathematics_in_a_sentence(tex: str) -> None:
    assert judged(f"Think of ${tex}$ here.").findings == []


def test_an_inline_symbol_may_be_introduced_further_down() -> None:
    assert judged("What is $g$?\n\n$$g(x) := x^2$$\n\n$$g(2) = 4$$").findings == []


# Where formulas are found ------------------------------------------------------------------------


def test_displays_in_directives_of_any_nesting() -> None:
    text = """
`````{prf:theorem} A title with $a = a$
:label: thm

Some prose.

````{prf:proof}
```{math}
:label: inner
a = a
```
$$
b = b
$$ (dollars)
````
`````

:::{note}
$$c = c$$
:::

```python
x = "$$not = math$$"
```

`$not$` and `` $$ `not` $$ ``
"""
    items = list(of_markdown(text))
    shown = [(item.tex, item.label) for item in items if isinstance(item, Display)]
    assert shown == [("a = a", "inner"), ("b = b", "dollars"), ("c = c", "")]
    assert [tex for item in items if isinstance(item, Paragraph) for tex in item.inline] == [
        "a = a"
    ]


def test_a_directive_after_another_is_not_taken_for_code() -> None:
    """The fence that closes the first must not open a block that the second one's closes."""
    block = "````{prf:proof}\n```{math}\n:label: L\na = a\n```\n````\n\nText.\n\n"
    items = list(of_markdown(block.replace("L", "one") + block.replace("L", "two") + "$$b = b$$"))
    assert [item.label for item in items if isinstance(item, Display)] == ["one", "two", ""]


def test_a_bar_in_a_table_and_a_dollar_that_is_money() -> None:
    items = list(of_markdown("| loss | $\\|r\\|$ |\n|---|---|\n\nIt costs \\$5 and $x$ more."))
    found = [tex for item in items if isinstance(item, Paragraph) for tex in item.inline]
    assert found == ["|r|", "x"]
