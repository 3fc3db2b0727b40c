"""What the theme's pages need to be light, self-contained and accessible.

The template book/_templates/layout.html does what templates can; here stands the rest: scripts and
styles that a page does not use, the description, and labels that the theme leaves out.
"""

import re
import subprocess
from html import escape

from docutils import nodes

# A style or script, and what a page must contain to need it.
NEEDED_BY = {
    "clipboard": "highlight",
    "copybutton": "highlight",
    "togglebutton": "dropdown",
    "design-tabs": "sd-tab",
    "sphinx-design": "sd-",
    "proof": "proof",
    "exercise": "exercise",
    "mystnb": "cell",
    "katex": "katex",
    "thebe": None,  # names another host
}


def needed(file, body: str) -> bool:
    attributes = getattr(file, "attributes", {})
    text = f"{getattr(file, 'filename', '') or ''} {attributes.get('body', '')}"
    if "toggle" in text:
        text += " togglebutton"
    if "THEBE" in text:
        return False
    for name, mark in NEEDED_BY.items():
        if name in text:
            return mark is not None and mark in body
    return True


def lighten(app, pagename, templatename, context, doctree) -> None:
    body = context.get("body", "")
    for kind in ("css_files", "script_files"):
        seen: set = set()
        kept = []
        for file in context[kind]:
            identity = (str(getattr(file, "filename", file)), str(getattr(file, "attributes", "")))
            if identity not in seen and needed(file, body):
                seen.add(identity)
                kept.append(file)
        context[kind] = kept
    context["has_math"] = 'class="katex"' in body
    context["description"] = describe(doctree, context)
    if body:
        context["body"] = accessible(body)


def describe(doctree, context) -> str:
    """The first paragraph of the page: what a search engine shows."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree is not None else ():
        text = " ".join(paragraph.astext().split())
        if len(text) > 60:
            return text if len(text) <= 200 else text[:197].rsplit(" ", 1)[0] + "…"
    return f"{context.get('title', '')}: {context.get('project', 'The Loss Notebook')}"


def accessible(body: str) -> str:
    """Boxes that can be wider than a phone scroll by keyboard, and say what they are."""
    body = re.sub(
        r'<div class="highlight"><pre>',
        '<div class="highlight"><pre tabindex="0" role="group" aria-label="code">',
        body,
    )
    body = re.sub(
        r'(<div class="output[^"]*"[^>]*>\s*<div class="highlight-[a-z]+ notranslate">\s*'
        r'<div class="highlight"><pre tabindex="0" role="group" aria-label=")code"',
        r'\1output"',
        body,
    )
    # Roles of Sphinx's lists of references that ARIA has since withdrawn.
    body = body.replace(' role="doc-biblioentry"', "")
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    # The theme labels the fold of a code cell with other words than those it shows.
    return body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def wrap_tables(app, doctree, docname) -> None:
    """A wide table scrolls in a box of its own; the page never scrolls sideways."""
    for table in list(doctree.findall(nodes.table)):
        title = table.next_node(nodes.title)
        label = escape(title.astext() if title is not None else "table", quote=True)
        opening = f'<div class="table-scroll" tabindex="0" role="group" aria-label="{label}">'
        parent = table.parent
        at = parent.index(table)
        parent.insert(at, nodes.raw("", opening, format="html"))
        parent.insert(at + 2, nodes.raw("", "</div>", format="html"))


def name_commit(app, config) -> None:
    """The foot of every page names the commit that it was built from, where there is one."""
    git = ["git", "-C", str(app.srcdir), "rev-parse", "HEAD"]
    try:
        commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return
    address = f"{config.html_theme_options['repository_url']}/commit/{commit}"
    config.html_theme_options["extra_footer"] = (
        f'<p>Built from commit <a href="{address}">{commit[:7]}</a>.</p>'
    )


def without_thebe(app, config) -> None:
    for listeners in app.events.listeners.values():
        listeners[:] = [x for x in listeners if x.handler.__module__ != "sphinx_thebe"]


def setup(app):
    app.connect("config-inited", without_thebe, priority=1)
    app.connect("config-inited", name_commit, priority=1)
    app.connect("doctree-resolved", wrap_tables)
    app.connect("html-page-context", lighten, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
