"""The static checks of the pages: ``python -m lossnb.book check [PAGE …]``.

Each checker looks at one page and returns its findings, one line each, and its part of the page's
tally. The tallies go to one small committed file, ``book/checks.json``, under the hash of what they
depend on; the build reads them from there and only compares hashes. Verdicts on equations are kept
in ``.cache`` by the hash of TeX, notation and code, so that a second run is quick.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lossnb.book import pages

RESULTS = "book/checks.json"
NOTATION = "book/notation.md"

# Where the checkers are: module and function (page, root) -> Outcome. They are imported when used.
CHECKERS = [
    ("lossnb.book.verdicts", "check"),
    ("lossnb.book.authored", "check"),
]


@dataclass
class Outcome:
    """What a checker says of a page: its findings and its entries in the tally."""

    findings: list[str] = field(default_factory=list)
    tally: dict[str, Any] = field(default_factory=dict)


def main(names: list[str], root: Path = pages.ROOT) -> int:
    """Check the pages named, or all; print the findings; write the results. 1 if there are any."""
    chosen = pages.select(names)
    found = results(root)
    count = 0
    for path in chosen:
        outcome = check(path, root)
        for line in outcome.findings:
            print(f"{key(path, root)}: {line}")
        count += len(outcome.findings)
        found[key(path, root)] = {"hash": fingerprint(path, root), **outcome.tally}
        if outcome.findings:  # a page with findings is never fresh: the build must not pass over it
            found[key(path, root)]["hash"] = ""
    if not names:
        kept = {key(path, root) for path in chosen}
        found = {name: entry for name, entry in found.items() if name in kept}
    write(found, root)
    print(summary([found[key(path, root)] for path in chosen], count), file=sys.stderr)
    return 1 if count else 0


def check(path: Path, root: Path = pages.ROOT) -> Outcome:
    """All checkers on one page."""
    whole = Outcome()
    for module, name in CHECKERS:
        checker: Callable[[Path, Path], Outcome] = getattr(import_module(module), name)
        outcome = checker(path, root)
        whole.findings += outcome.findings
        whole.tally |= outcome.tally
    return whole


def summary(entries: list[dict[str, Any]], findings: int) -> str:
    """One line at the end: how much was checked."""
    equations = [entry.get("equations", {}) for entry in entries]
    checked = sum(entry.get("checked", 0) for entry in equations)
    total = sum(entry.get("total", 0) for entry in equations)
    return f"{len(entries)} pages, {checked} of {total} equations checked, {findings} findings"


# Results ----------------------------------------------------------------------------------------


def results(root: Path = pages.ROOT) -> dict[str, dict[str, Any]]:
    """The committed results, by page."""
    path = root / RESULTS
    if not path.is_file():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(found: dict[str, dict[str, Any]], root: Path = pages.ROOT) -> None:
    """Write the results, the same to the byte for the same content."""
    path = root / RESULTS
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def stale(path: Path, root: Path = pages.ROOT) -> bool:
    """Has the page, the notation or the code changed since the page was checked without finding?"""
    entry = results(root).get(key(path, root))
    if entry is None:
        return (
            path.suffix == ".ipynb"
            or "$" in (text := path.read_text(encoding="utf-8"))
            or "{math}" in text
        )
    return bool(entry["hash"] != fingerprint(path, root))


def key(path: Path, root: Path = pages.ROOT) -> str:
    """The name of a page in the results: its path from the root."""
    path, root = path.resolve(), root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def fingerprint(path: Path, root: Path = pages.ROOT) -> str:
    """The hash of what the checks of a page depend on: the page, the notation, the code."""
    digest = hashlib.sha256(code_hash().encode())
    for part in (path, root / NOTATION):
        digest.update(part.read_bytes() if part.is_file() else b"")
    return digest.hexdigest()[:16]


@lru_cache(maxsize=1)
def code_hash() -> str:
    """The hash of the losses and of everything that checks pages."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
