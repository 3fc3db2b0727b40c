"""The built pages in a real browser: light and dark, on a desktop and on a phone."""

import gzip
import http.server
import threading
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

import pytest

from lossnb.book import pages
from tests.conftest import CHROMIUM

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build" / "html"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
NAMES = [
    *(str(path.relative_to(ROOT).with_suffix(".html")) for path in pages.all_pages()),
    "search.html",
    "genindex.html",
]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BUDGET = 450 * 1024  # bytes transferred for a page, compressed, apart from image files
SHIFT = 0.05  # cumulative layout shift

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="browser checks (axe, other hosts, bytes, layout shift, width): no Chromium found; "
        "get it with: apt-get install chromium",
    ),
]


class Site(http.server.SimpleHTTPRequestHandler):
    """Serves the book compressed, as a web host does, and counts what each page costs."""

    sent: ClassVar = defaultdict(int)

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body, kind = path.read_bytes(), self.guess_type(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith("text/") or "javascript" in kind or "json" in kind or "svg" in kind:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        if not kind.startswith("image/"):
            self.sent[path] = len(body)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def server():
    handler = lambda *args: Site(*args, directory=str(SITE))  # noqa: E731
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/"
        httpd.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, server):
    """Open a page; what was requested, logged and shifted comes with it."""
    contexts = []

    def go(name, size, theme):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme
        )
        contexts.append(context)
        context.add_init_script(
            "window.shift = 0; new PerformanceObserver(list => { "
            "for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value; })"
            ".observe({type: 'layout-shift', buffered: true});"
        )
        page = context.new_page()
        page.requested, page.problems = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
        Site.sent.clear()
        page.goto(server + name, wait_until="networkidle")
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_page(visit, server, name, size, theme):
    page = visit(name, size, theme)

    assert page.problems == [], "errors in the console"
    others = [url for url in page.requested if not url.startswith((server, "data:", "blob:"))]
    assert others == [], "requests to other hosts"
    assert page.evaluate("document.documentElement.dataset.theme") == theme

    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0], f"the page scrolls sideways: {width} px wide"

    if name not in ("search.html", "genindex.html"):
        assert sum(Site.sent.values()) <= BUDGET, f"{sum(Site.sent.values()) / 1024:.0f} KiB"

    height = page.evaluate("document.documentElement.scrollHeight")
    for y in range(0, height, 2 * SIZES[size][1]):  # a reader scrolls; fonts and figures come late
        page.evaluate(f"window.scrollTo(0, {y})")
        page.wait_for_timeout(20)
    assert page.evaluate("window.shift") <= SHIFT, "layout shift"

    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.wait_for_timeout(500)  # what unfolds fades in; its contrast counts when it is there
    page.add_script_tag(path=str(AXE))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    found = [
        f"{v['id']}: {v['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for v in result["violations"]
        for node in v["nodes"][:2]
    ]
    assert not found, "\n".join(found)


def test_a_page_reads_without_script(browser, server):
    """Mathematics, figures and text stand in the HTML."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server + NAMES[0])
    assert page.locator("h1").first.is_visible()
    context.close()
