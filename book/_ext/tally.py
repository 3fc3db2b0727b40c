"""What was checked, at the foot of each page and summed on the front page.

The figures come from the committed results of `python -m lossnb.book check`. The build only
compares hashes: a page that changed after its check is a warning, so the strict build fails.
"""

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lossnb.book import check

log = logging.getLogger(__name__)
NOTHING = {"checked": 0, "total": 0, "unchecked": []}


class tally_sum(nodes.General, nodes.Element):
    """Where the front page shows the sum over all pages."""


class TallySum(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [tally_sum()]


def line(entry: dict) -> str:
    """The figures of a page in one line; what the page has none of is left out."""
    equations = entry.get("equations", NOTHING)
    parts = []
    if equations["total"]:
        parts.append(f"{equations['checked']} of {equations['total']} equations checked")
    for key, one, many in (
        ("numbers", "number from code", "numbers from code"),
        ("cells", "cell re-run", "cells re-run"),
        ("claims", "claim judged", "claims judged"),
    ):
        if entry.get(key):
            parts.append(f"{entry[key]} {one if entry[key] == 1 else many}")
    return " · ".join(parts)


def box(entry: dict) -> nodes.Node:
    html = f'<aside class="tally" aria-label="What was checked on this page"><p>{line(entry)}</p>'
    unchecked = entry.get("equations", NOTHING)["unchecked"]
    if unchecked:
        items = "".join(f"<li>{named(item)}{escape(item['reason'])}</li>" for item in unchecked)
        html += f"<details><summary>Not checked by machine</summary><ul>{items}</ul></details>"
    return nodes.raw("", html + "</aside>", format="html")


def named(item: dict) -> str:
    label = item.get("label")
    if not label:
        return ""
    return f'<a href="#equation-{escape(label)}">{escape(label)}</a>: '


def total(entries: list[dict]) -> dict:
    """The sum over pages; the reasons stay on the pages."""
    equations = [entry.get("equations", NOTHING) for entry in entries]
    counts = {
        key: sum(entry.get(key, 0) for entry in entries) for key in ("numbers", "cells", "claims")
    }
    checked, all_of_them = (sum(e[key] for e in equations) for key in ("checked", "total"))
    return {"equations": {"checked": checked, "total": all_of_them, "unchecked": []}, **counts}


def show(app, doctree, docname: str) -> None:
    root = Path(app.srcdir)
    path = Path(app.env.doc2path(docname))
    results = check.results(root)
    page = path.relative_to(root).as_posix()
    if check.stale(path, root):
        log.warning(
            "%s has changed since it was checked; run `python -m lossnb.book check %s`",
            page, page, location=docname, type="tally",
        )  # fmt: skip
    entry = results.get(page, {})
    for node in list(doctree.findall(tally_sum)):
        summed = line(total(list(results.values())))
        html = (
            '<aside class="tally" aria-label="What was checked in the book">'
            f"<p>The book so far: {summed}.</p></aside>"
        )
        node.replace_self(nodes.raw("", html, format="html"))
        return
    if line(entry):
        section = next(doctree.findall(nodes.section), doctree)
        section.append(box(entry))


def setup(app):
    app.add_node(tally_sum)
    app.add_directive("tally", TallySum)
    app.connect("doctree-resolved", show, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
