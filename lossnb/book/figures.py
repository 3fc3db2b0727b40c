"""The one style of the book's figures: SVG, the same to the byte on every machine, for both themes.

A figure is drawn with Matplotlib in the colours below and handed to `show`, which writes it as SVG
whose colours are CSS variables with the light theme as fallback. The page inlines the SVG and sets
the variables, so that a figure follows the reader's theme; in Jupyter the fallbacks hold. Panels
side by side are marked in the SVG, so that the page can stack them on a phone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, pairwise
from typing import Any
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.figure import Figure
from numpy.typing import NDArray

# After Okabe and Ito, darkened until each has a contrast of 3 to 1 on white. The dark theme's
# values stand in book/_static/lossnb.css under the same names; a test holds the two lists together.
BLUE, ORANGE, GREEN, PINK, SKY = "#0072b2", "#c4500b", "#00795a", "#a8497f", "#3a8fc0"
INK, MUTED, FAINT, PAPER = "#24292f", "#6b7280", "#d5d9de", "#ffffff"
COLOURS = {
    "blue": BLUE, "orange": ORANGE, "green": GREEN, "pink": PINK, "sky": SKY,
    "ink": INK, "muted": MUTED, "faint": FAINT, "paper": PAPER,
}  # fmt: skip
DASHES: Sequence[Any] = ["-", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (9, 3))]

PANEL = (3.5, 2.7)  # inches: a panel fills a phone, two fill the column of a desktop
SINGLE = (4.8, 3.1)

STYLE: dict[str, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "lossnb",
    "font.family": "DejaVu Sans", "font.size": 9.0,
    "axes.labelsize": 9.0, "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.fontsize": 8.5,
    "text.color": INK, "axes.labelcolor": INK, "axes.titlecolor": INK, "axes.edgecolor": MUTED,
    "xtick.color": MUTED, "ytick.color": MUTED, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8,
    "axes.grid": True, "grid.color": FAINT, "grid.linewidth": 0.6, "axes.axisbelow": True,
    "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "legend.frameon": False, "lines.linewidth": 1.8, "lines.markersize": 5.0,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, PINK, SKY], linestyle=DASHES),
    "figure.constrained_layout.use": True,
}  # fmt: skip
mpl.rcParams.update(STYLE)  # for every figure of the process: this module is the book's one style


def new(rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """A figure in the style of the book and its axes, as `plt.subplots` gives them."""
    width, height = SINGLE if columns == 1 else (PANEL[0] * columns, PANEL[1])
    figure = Figure(figsize=(width, height * rows))
    return figure, figure.subplots(rows, columns, **options)


def loss_and_gradient(
    losses: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]],
    x: NDArray[np.float64],
    *,
    xlabel: str,
    ylabels: tuple[str, str] = ("loss", "gradient"),
) -> Figure:
    """The standard picture: each loss on the left, its gradient on the right, over the same `x`.

    `losses` maps a label to the pair (value, gradient), two functions of `x`. A jump of the
    gradient is drawn as a gap, not as a steep line.
    """
    figure, axes = new(1, 2)
    colours, dashes = cycle([BLUE, ORANGE, GREEN, PINK, SKY]), cycle(DASHES)
    for (label, pair), colour, dash in zip(losses.items(), colours, dashes, strict=False):
        for panel, (ax, function) in enumerate(zip(axes, pair, strict=True)):
            y = np.array(function(x), dtype=float)
            if panel == 1:
                y = _break_jumps(y)
            ax.plot(x, y, color=colour, linestyle=dash, label=label)
    for ax, ylabel in zip(axes, ylabels, strict=True):
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        ax.axhline(0, color=MUTED, linewidth=0.8, linestyle="-", zorder=0)
    if len(losses) > 1:
        axes[0].legend(loc="best")
    return figure


def _break_jumps(y: NDArray[np.float64]) -> NDArray[np.float64]:
    step = np.abs(np.diff(y))
    jump = step > 20 * np.median(step) + 0.2 * np.ptp(y)
    y = y.copy()
    y[1:][jump] = np.nan
    return y


class Picture:
    """A finished figure: what a cell shows and the notebook stores."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def __repr__(self) -> str:
        return "<figure>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg, "text/plain": repr(self)}


def show(figure: Figure) -> Picture:
    """The figure as the notebook stores it. The caption and the alt text stand in the cell's
    metadata; a title in the picture would say it twice."""
    for text in figure.findobj(mpl.text.Text):
        if "$" in text.get_text():
            raise ValueError(
                f"text {text.get_text()!r} in a figure contains '$'; write it in Unicode "
                "(ŷ, δ, ½): the page sets it in its own font, which has no TeX"
            )
    if any(ax.images for ax in figure.axes):
        raise ValueError("the figure contains an image (imshow); draw it as vectors (pcolormesh)")
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    return Picture(_theme(buffer.getvalue(), _panels(figure)))


def _panels(figure: Figure) -> list[tuple[float, float]]:
    """Left and right edge, in points, of the columns of a one-row figure."""
    axes = [ax for ax in figure.axes if ax.get_subplotspec() is not None]
    if len(axes) < 2 or any(ax.get_subplotspec().rowspan != range(1) for ax in axes):  # type: ignore[union-attr]
        return []
    if axes[0].get_subplotspec().get_gridspec().nrows != 1:  # type: ignore[union-attr]
        return []
    boxes = [box for ax in axes if (box := ax.get_tightbbox()) is not None]
    scale = 72.0 / figure.dpi
    inner = [(a.x1 + b.x0) / 2 * scale for a, b in pairwise(boxes)]
    edges = [0.0, *inner, figure.get_figwidth() * 72.0]
    return list(pairwise(edges))


def _theme(svg: str, panels: list[tuple[float, float]]) -> str:
    svg = svg[svg.index("<svg") :]
    names = {value: f"var(--fig-{name}, {value})" for name, value in COLOURS.items()}

    def tag(match: re.Match[str]) -> str:
        text = re.sub(r"-?\d+\.\d{3,}", _round, match.group())
        text = re.sub(r"#[0-9a-f]{6}\b", lambda m: names.get(m.group(), m.group()), text)
        return re.sub(r"'DejaVu Sans'[^;\"]*", "var(--fig-font, sans-serif)", text)

    svg = re.sub(r"<[^>]*>", tag, svg)
    svg = re.sub(r"<(g|path|use|text)\b[^>]*>", _attributes, svg)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # A style sheet inside an inlined SVG would reach the whole page: its one rule as attributes.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, count=1, flags=re.DOTALL)
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" stroke-linecap="butt" ', 1)
    svg = re.sub(r"\n\s*", "\n", svg)
    if panels:
        spans = " ".join(f"{a:.1f},{b:.1f}" for a, b in panels)
        svg = svg.replace("<svg ", f"<svg data-panels={quoteattr(spans)} ", 1)
    return svg.strip() + "\n"


def _attributes(match: re.Match[str]) -> str:
    """`fill: #24292f` as an attribute cannot hold a variable; in a style it can."""
    return re.sub(
        r'(style="[^"]*")|\b(fill|stroke)="(var\([^"]*\))"',
        lambda m: m.group(1) or f'style="{m.group(2)}: {m.group(3)}"',
        match.group(),
    )


def _round(match: re.Match[str]) -> str:
    text = f"{float(match.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
