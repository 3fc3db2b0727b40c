"""The strict build and its pages: each fault stops the build, each link leads somewhere."""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from lossnb.book import check

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"  # `make unit` builds it before the tests run
PAGES = sorted(set(SITE.rglob("*.html")) - set((SITE / "_static").rglob("*.html")))
SMALL = """\
# A page

Its first paragraph names an equation, {eq}`page-one`, and a paper, {cite:t}`paper`.

```{math}
:label: page-one
\\frac{1}{2} + \\frac{1}{2} = 1
```

[A link to the equation](#page-one) and {ref}`a label <here>`.

(here)=
## Section

```{bibliography}
```
"""
TALLY = {
    "equations": {
        "checked": 1, "total": 2, "unchecked": [{"label": "page-one", "reason": "a limit"}],
    },
    "numbers": 3,
    "cells": 1,
}  # fmt: skip
BIB = "@article{paper, author={A. Author}, title={T}, journal={J}, year={1964}}\n"


def write(folder, text):
    """The page, as if its author had checked it."""
    page = folder / "book/index.md"
    page.write_text(text)
    entry = {"hash": check.fingerprint(page, folder), **TALLY}
    check.write({"book/index.md": entry}, folder)


def build(folder):
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", ".", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def small(tmp_path):
    """A book of one page with the real settings, extensions and styles."""
    for name in ("_config.yml", "book/_ext", "book/_static", "book/_templates"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    (tmp_path / "book/references.bib").write_text(BIB)
    write(tmp_path, SMALL)
    return tmp_path


def test_a_sound_page_builds(small):
    code, text = build(small)
    assert code == 0, text
    html = (small / "_build/html/book/index.html").read_text()
    assert "(Index 1)" in html, "an equation number carries the name of its page"
    assert "<annotation" not in html
    assert "1 of 2 equations checked · 3 numbers from code · 1 cell re-run</p>" in html
    assert '<a href="#equation-page-one">page-one</a>: a limit' in html


def test_the_front_page_shows_the_sum(small):
    write(small, SMALL + "\n```{tally}\n```\n")
    assert build(small)[0] == 0
    html = (small / "_build/html/book/index.html").read_text()
    assert "The book so far: 1 of 2 equations checked · 3 numbers from code · 1 cell" in html


def test_an_unchecked_equation_says_so(small):
    write(small, SMALL.replace(r"\frac{1}{2} +", "% unchecked: a <limit>\n" + r"\frac{1}{2} +"))
    assert build(small)[0] == 0
    html = (small / "_build/html/book/index.html").read_text()
    assert "Not checked by machine: a &lt;limit&gt;" in html


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (r"\frac{1}{2} +", r"\farc{1}{2} +", "KaTeX"),
        ("`page-one`", "`page-two`", "page-two"),
        ("`a label <here>`", "`a label <gone>`", "gone"),
        ("(#page-one)", "(#page-gone)", "page-gone"),
        ("`paper`", "`paper1965`", "paper1965"),
        ("## Section", "![](picture.svg)", "picture.svg"),
        ("## Section", "{glue:text}`other.ipynb::x:.1f`", "other"),
        ("## Section", "[](other.md)", "other.md"),
    ],
    ids=[
        "a typo in a TeX command", "a dead equation reference", "a dead label",
        "a dead link target", "a citation of nothing", "a missing picture",
        "a glued number of no page", "a link to no page",
    ],
)  # fmt: skip
def test_each_fault_stops_the_build(small, before, after, message):
    assert before in SMALL
    write(small, SMALL.replace(before, after, 1))
    code, text = build(small)
    assert code != 0, text
    assert message in text


def test_a_page_that_changed_after_its_check_stops_the_build(small):
    (small / "book/index.md").write_text(SMALL.replace("= 1", "= 2"))
    code, text = build(small)
    assert code != 0, text
    assert "has changed since it was checked" in text


class Links(HTMLParser):
    """What a page links to, what it loads, and the anchors it has."""

    def __init__(self):
        super().__init__()
        self.hrefs, self.loads, self.ids = [], [], set()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.hrefs.append(values["href"])
        if tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.loads.append(values["src"])
        if tag == "link" and values.get("href") and values.get("rel") not in ("canonical",):
            self.loads.append(values["href"])


@pytest.fixture(scope="module")
def site():
    assert PAGES, "no built pages; run `make book` (make test does so by itself)"
    parsed = {}
    for path in PAGES:
        parsed[path.resolve()] = links = Links()
        links.feed(path.read_text(encoding="utf-8"))
    return parsed


def test_every_internal_link_leads_to_a_page_and_an_anchor(site):
    dead = []
    for path, links in site.items():
        for href in [*links.hrefs, *links.loads]:
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = site[target].ids if target in site else {unquote(parts.fragment)}
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                dead.append((path.name, href))
    assert dead == []


def test_no_page_loads_anything_from_another_host(site):
    for path, links in site.items():
        assert [x for x in links.loads if urlsplit(x).netloc] == [], path.name
        assert not re.search(r"unpkg|cdn\.|jsdelivr|googleapis", path.read_text(encoding="utf-8"))
    for style in SITE.rglob("*.css"):
        found = re.findall(r"url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8"))
        assert found == [], style.name


def test_no_page_carries_the_heavy_scripts(site):
    for path, links in site.items():
        names = " ".join(links.loads)
        assert "fontawesome.js" not in names, path.name
        assert "thebe" not in names, path.name
        if path.name != "search.html":
            assert "searchindex.js" not in names, path.name


def test_every_page_has_a_description_and_a_title(site):
    for path in site:
        html = path.read_text(encoding="utf-8")
        if 'http-equiv="Refresh"' in html:
            continue
        assert re.search(r'<meta name="description" content="[^"]{20,}"', html), path.name
        assert re.search(r"<title>[^<]{3,}</title>", html), path.name


def test_html_validate_finds_nothing(site):
    pages = [str(path) for path in site if path.name != "index.html" or path.parent != SITE]
    command = [str(ROOT / "node_modules/.bin/html-validate"), *pages]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:3000]


def test_a_page_is_cited_by_the_name_that_its_equation_numbers_carry(site):
    cited = 0
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"cited by page and number, as \(([^)]+) 3\)", text):
            assert f"({name} 1)" in text, f"{path.name} has no equation ({name} 1)"
            cited += 1
    assert cited > 10


def test_figures_are_inlined(site):
    for path in site:
        assert "jupyter_execute" not in path.read_text(encoding="utf-8"), path.name
