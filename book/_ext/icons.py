"""The theme's icon fonts, cut down to the icons that the book shows.

The theme brings two thousand icons, 270 kB on every page; its pages show about twenty. After the
build the fonts and the style sheet keep those that a page, a script or another style rule names.
"""

import re
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

RULE = re.compile(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"([^"]*)"\}')
PRIVATE = re.compile("[\ue000-\uf8ff]|\\\\[ef][0-9a-f]{3}")


def code_point(text: str) -> int:
    return int(text[1:], 16) if text.startswith("\\") else ord(text)


def shrink(app, error) -> None:
    if error is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    fonts = sorted(static.glob("vendor/fontawesome/webfonts/*.woff2"))
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    css = sheet.read_text(encoding="utf-8")
    others = [p.read_text(encoding="utf-8") for p in static.rglob("*.css") if p != sheet]
    scripts = [
        path.read_text(encoding="utf-8")
        for path in static.glob("scripts/*.js")
        if "awesome" not in path.name
    ]
    pages = [p.read_text(encoding="utf-8") for p in Path(app.outdir).rglob("*.html")]
    names = set(re.findall(r"\bfa-[\w-]+", " ".join(pages + scripts)))

    shown = set()

    def keep(match: re.Match) -> str:
        classes = re.findall(r"\.(fa-[\w-]+)", match.group(1))
        if not names.intersection(classes):
            return ""
        shown.update(map(code_point, PRIVATE.findall(match.group(2))))
        return match.group()

    slim = RULE.sub(keep, css)
    if len(slim) == len(css):
        raise RuntimeError("icons: no icon rule in the theme's style sheet; has its form changed?")
    for text in [RULE.sub("", css), *others]:
        shown.update(map(code_point, PRIVATE.findall(text)))
    sheet.write_text(slim, encoding="utf-8")
    for path in fonts:
        options = Options(flavor="woff2", recalc_timestamp=False)
        font = load_font(path, options)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=shown)
        subsetter.subset(font)
        save_font(font, path, options)


def setup(app):
    app.connect("build-finished", shrink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
