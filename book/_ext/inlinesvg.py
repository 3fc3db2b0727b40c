"""Figures of the notebooks, inlined into the page, so that they follow its theme.

The notebook stores one SVG a figure, with CSS variables for its colours (lossnb.book.figures) and,
for panels side by side, their edges in `data-panels`. On the page each panel becomes an SVG of its
own, so that a phone shows them one below the other.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

AXES = re.compile(r'<g id="axes_(\d+)">')


def inline(app, doctree) -> None:
    for image in list(doctree.findall(nodes.image)):
        path = Path(app.srcdir, image["uri"].lstrip("/"))
        if path.suffix != ".svg" or "jupyter_execute" not in path.parts:
            continue
        alt = image.get("alt", "")
        prefix = f"figure-{app.env.new_serialno('inlinesvg')}"
        html = render(path.read_text(encoding="utf-8"), alt, prefix)
        image.replace_self(nodes.raw("", html, format="html"))


def render(svg: str, alt: str, prefix: str) -> str:
    """The figure as HTML: one labelled box with one SVG a panel."""
    head = re.match(r"\s*(?:<\?xml.*?\?>)?\s*(?:<!DOCTYPE.*?>)?\s*<svg([^>]*)>", svg, re.DOTALL)
    if head is None:
        raise ExtensionError(f"figure {prefix}: the output is not an SVG")
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', head.group(1)).groups()
    spans = re.search(r'data-panels="([^"]*)"', head.group(1))
    body = svg[head.end() : svg.rindex("</svg>")]
    edges = [span.split(",") for span in spans.group(1).split()] if spans else [("0", width)]
    panels = split(body, len(edges))
    out = []
    for number, (content, (left, right)) in enumerate(zip(panels, edges, strict=True)):
        wide = float(right) - float(left)
        out.append(
            f'<svg viewBox="{left} 0 {wide:.1f} {height}" '
            f'style="max-width: {wide * 4 / 3:.0f}px" aria-hidden="true" focusable="false">'
            f"{unique(content, f'{prefix}-{number}')}</svg>"
        )
    return f'<div class="figure-panels" role="img" aria-label="{escape(alt)}">{"".join(out)}</div>'


def split(body: str, count: int) -> list[str]:
    """The content of each panel, each with the definitions that all of them share."""
    if count == 1:
        return [body]
    starts = [m.start() for m in AXES.finditer(body)]
    if len(starts) != count:
        raise ExtensionError(f"the figure names {count} panels and has {len(starts)} axes")
    tail = body.rindex("</g>\n<defs>")  # the end of the figure; the clip paths follow
    clips = body[tail + len("</g>") :]
    symbols = "".join(re.findall(r"<defs>.*?</defs>", body[:tail], re.DOTALL))
    parts = []
    for start, end in zip(starts, [*starts[1:], tail], strict=True):
        own = re.sub(r"<defs>.*?</defs>", "", body[start:end], flags=re.DOTALL)
        used = set(re.findall(r"#([\w.-]+)", own))
        paths = re.findall(r'(<path id="([^"]+)"[^>]*/>)', symbols)
        shared = "".join(text for text, name in paths if name in used)
        parts.append(f"<defs>{shared}</defs>{own}{clips}")
    return parts


def unique(content: str, prefix: str) -> str:
    """Identifiers that no other figure of the page has; those nothing refers to are dropped."""
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', content))

    def rename(match: re.Match) -> str:
        return f' id="{prefix}-{match.group(1)}"' if match.group(1) in used else ""

    content = re.sub(r' id="([^"]+)"', rename, content)
    content = re.sub(r"url\(#", f"url(#{prefix}-", content)
    content = re.sub(r'xlink:href="#', f'href="#{prefix}-', content)
    return content.replace("\n", " ")


def setup(app):
    app.connect("doctree-read", inline, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
