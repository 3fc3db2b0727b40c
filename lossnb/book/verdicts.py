"""The equations of a page as a checker, with verdicts remembered between runs."""

from __future__ import annotations

import hashlib
import json
import os
from functools import lru_cache
from pathlib import Path

import mpmath

from lossnb.book import formulas, notation, pages
from lossnb.book.check import NOTATION, Outcome, key
from lossnb.book.equations import Names, Verdict, free
from lossnb.book.equations import tree as t
from lossnb.book.equations.page import Page, Result, verdict_on
from lossnb.book.equations.symbols import Symbol

CACHE = ".cache/equations.json"


def check(path: Path, root: Path = pages.ROOT) -> Outcome:
    """The checker that `check.CHECKERS` names."""
    remembered = Memory(root)
    try:
        result = judged(path, root, remembered)
    except notation.NotationError as error:
        return Outcome([str(error).removeprefix(f"{key(path, root)}: ")])
    remembered.save()
    tally = {"checked": result.checked, "total": result.total, "unchecked": result.unchecked}
    return Outcome(result.findings, {"equations": tally})


def judged(path: Path, root: Path, memory: Memory) -> Result:
    """The verdicts on a page; on the notation page each section is read under its own part."""
    name = key(path, root)
    book = notation.load(root)
    if name != NOTATION:
        return Page(book.scope(name), memory.judge).run(formulas.of_page(path))
    whole = Result()
    for part, text in notation.sections(path.read_text(encoding="utf-8")):
        names = book.general if part == "general" else book.parts[part]
        found = Page(names, memory.judge, standing=True).run(formulas.of_markdown(text))
        whole.findings += found.findings
        whole.unchecked += found.unchecked
        whole.total += found.total
        whole.checked += found.checked
        whole.asserted += found.asserted
        whole.defined += found.defined
        whole.confirmed += found.confirmed
        whole.good |= found.good
    return whole


class Memory:
    """Verdicts by the hash of the statement, of all that it depends on, and of the code."""

    def __init__(self, root: Path = pages.ROOT, enabled: bool = True) -> None:
        self.path = root / CACHE
        self.enabled = enabled
        self.known: dict[str, list[object]] = {}
        self.fresh: dict[str, list[object]] = {}
        if enabled:
            self.known = self.stored()

    def stored(self) -> dict[str, list[object]]:
        """What the file holds; a file that cannot be read is made anew."""
        try:
            found: dict[str, list[object]] = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def judge(self, statement: t.Statement, names: Names, seed: str) -> Verdict:
        name = identity(statement, names, seed)
        if name in self.known:
            holds, message, decided = self.known[name]
            self.fresh[name] = self.known[name]
            return Verdict(bool(holds), str(message), int(str(decided)))
        verdict = verdict_on(statement, names, seed)
        self.known[name] = self.fresh[name] = [verdict.holds, verdict.message, verdict.decided]
        return verdict

    def save(self) -> None:
        """Keep what was asked for in this run, and older entries up to a bound.

        Another run may have written meanwhile: its verdicts are kept too.
        """
        if not self.enabled or not self.fresh:
            return
        others = {k: v for k, v in self.stored().items() if k not in self.fresh}
        kept = dict(list((others | self.fresh).items())[-4000:])
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(self.path)


def identity(statement: t.Statement, names: Names, seed: str) -> str:
    """The hash of a statement and of everything its verdict depends on."""
    digest = hashlib.sha256(f"{engine()}\n{seed}\n{statement!r}\n".encode())
    for symbol in sorted(free.names(statement, names).values(), key=lambda s: s.name):
        digest.update(described(symbol).encode())
    return digest.hexdigest()[:20]


def described(symbol: Symbol) -> str:
    code = symbol.code.text if symbol.code else ""
    parts = (symbol.name, symbol.kind, symbol.domain, symbol.parameters, symbol.definition,
             symbol.equation, symbol.index, code)  # fmt: skip
    return repr(parts) + "\n"


@lru_cache(maxsize=1)
def engine() -> str:
    """The hash of the losses and of the evaluator."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(mpmath.__version__.encode())
    for path in [*sorted(package.glob("*.py")), *sorted((package / "book/equations").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
