"""The figure style: the same bytes each time, colours for both themes, panels to stack."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lossnb.book import figures

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import inlinesvg  # noqa: E402

X = np.linspace(-3, 3, 61)
PAIR = {"squared error": (np.square, lambda r: 2 * r), "absolute error": (np.abs, np.sign)}


def standard():
    return figures.show(figures.loss_and_gradient(PAIR, X, xlabel="residual r = ŷ − y")).svg


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes():
    """The figure colours of the style sheet, light and dark."""
    css = (ROOT / "book/_static/lossnb.css").read_text()
    blocks = re.findall(r"html(?:\[data-theme=\"dark\"\])? \{(.*?)\}", css, re.DOTALL)[:2]
    return [dict(re.findall(r"--fig-(\w+): (#[0-9a-f]{6})", block)) for block in blocks]


def test_the_same_bytes_in_another_process():
    code = "from tests.test_figures import standard; import sys; sys.stdout.write(standard())"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert other.stdout == standard()


def test_it_is_well_formed_and_rounded():
    svg = standard()
    ElementTree.fromstring(svg)
    assert not re.search(r"<[^>]*\d\.\d{3,}[^>]*>", svg)
    assert "2026" not in svg
    assert "<style" not in svg


def test_every_colour_is_a_variable_of_the_style_sheet():
    svg = standard()
    bare = re.sub(r"var\(--fig-\w+, #[0-9a-f]{6}\)", "", svg)
    assert re.findall(r"#[0-9a-f]{6}\b", bare) == []
    light, dark = themes()
    assert light == figures.COLOURS
    assert dark.keys() == figures.COLOURS.keys()


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["blue", "orange", "green", "pink", "sky", "ink", "muted"])
def test_lines_and_text_stand_out_from_the_page(theme, name):
    colours = themes()[theme]
    least = 7 if name == "ink" else 3  # WCAG: graphics 3, text enhanced 7
    assert contrast(colours[name], colours["paper"]) >= least


def test_lines_differ_in_more_than_colour():
    assert len({str(dash) for dash in figures.DASHES}) == 5


def test_a_jump_of_the_gradient_is_a_gap():
    broken = figures._break_jumps(np.sign(X))
    assert np.isnan(broken).sum() == 2  # before and after the zero of the sign
    assert not np.isnan(figures._break_jumps(2 * X)).any()


def test_tex_in_a_figure_is_refused():
    figure, ax = figures.new()
    ax.set_xlabel(r"$\hat y$")
    with pytest.raises(ValueError, match="write it in Unicode"):
        figures.show(figure)


def test_a_bitmap_in_a_figure_is_refused():
    figure, ax = figures.new()
    ax.imshow(np.eye(3))
    with pytest.raises(ValueError, match="pcolormesh"):
        figures.show(figure)


def test_the_page_splits_the_panels():
    html = inlinesvg.render(standard(), 'A "quoted" finding.', "figure-1")
    assert html.count("<svg ") == 2
    assert 'aria-label="A &quot;quoted&quot; finding."' in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for reference in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', html):
        assert (reference[0] or reference[1]) in ids
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        ElementTree.fromstring(svg)
    assert html.count("residual r") == 2


def test_a_single_panel_stays_whole():
    figure, ax = figures.new()
    ax.plot(X, X**2, marker="o")
    html = inlinesvg.render(figures.show(figure).svg, "A parabola opens upwards.", "figure-2")
    assert html.count("<svg ") == 1
    ElementTree.fromstring(html)
