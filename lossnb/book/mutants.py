"""Break every checked equation of the book and see it caught: ``python -m lossnb.book mutants``.

A mutant of a relation is judged where the relation stands. A mutant of a definition is caught if
any relation of its page that uses the symbol fails, or if the code that the symbol is bound to
differs. A mutant that is not caught is a miss, unless it is listed in ``book/mutants.json`` with
the reason why it is a true statement; a person writes that reason, never this program.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lossnb.book import formulas, notation, pages
from lossnb.book.check import NOTATION, key
from lossnb.book.equations import Names, TexError
from lossnb.book.equations import tree as t
from lossnb.book.equations.binding import BindingError, Comparator, Missing
from lossnb.book.equations.mutate import mutants, plain
from lossnb.book.equations.page import Page, verdict_on
from lossnb.book.equations.render import text
from lossnb.book.equations.statements import Reading
from lossnb.book.equations.symbols import Symbol, pretty
from lossnb.book.equations.verdict import judge_definition
from lossnb.book.verdicts import Memory, judged

LISTED = "book/mutants.json"
ENOUGH = 0.99
_PLACE = re.compile(r"(?:cell \d+, )?display \d+")


@dataclass(frozen=True)
class Mutant:
    """One slip in one equation."""

    page: Path
    label: str
    kind: str
    changed: t.Node
    names: Names
    symbol: Symbol | None = None  # its definition is what was changed
    display: int = -1
    bound: bool = False

    @property
    def name(self) -> str:
        """The hash under which a true mutant is listed."""
        of = self.symbol.name if self.symbol else ""
        label = "" if _PLACE.fullmatch(self.label) else self.label  # a place moves, a label stays
        content = f"{key(self.page)}\n{label}\n{of}\n{plain(self.changed)}"
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @property
    def said(self) -> str:
        """The mutant as one line of text."""
        head = f"{pretty(self.symbol.name)} := " if self.symbol else ""
        return f"{head}{text(self.changed)}"

    def __str__(self) -> str:
        return f"{key(self.page)}: {self.label}: {self.kind}: {self.said}"


def of_page(path: Path, root: Path = pages.ROOT) -> Iterator[Mutant]:
    """Every mutant of the checked equations of a page."""
    result = judged(path, root, Memory(root))
    standing = key(path, root) == NOTATION
    for asserted in result.asserted:
        if asserted.label in result.good:
            for kind, changed in mutants(asserted.statement):
                yield Mutant(path, asserted.label, kind, changed, asserted.names)
    for display, label, symbol in result.defined:
        if label in result.good and symbol.definition is not None:
            for kind, changed in mutants(symbol.definition):
                yield Mutant(path, label, kind, changed, Names(), symbol, display)
    for display, label, symbol, names in result.confirmed if standing else ():
        if label in result.good and symbol.definition is not None:
            for kind, changed in mutants(symbol.definition):
                yield Mutant(path, label, kind, changed, names, symbol, display, bound=True)


class _Caught(Exception):
    """A relation that fails because of the mutant."""


def caught(mutant: Mutant, memory: Memory) -> bool:
    """Does the check of the page fail with this mutant in it?"""
    try:
        if mutant.symbol is None:
            assert isinstance(mutant.changed, t.Statement)
            return not verdict_on(mutant.changed, mutant.names, mutant.label).holds
        if mutant.bound:
            symbol = replace(mutant.symbol, definition=mutant.changed)
            names = Names([symbol], mutant.names)
            return not judge_definition(symbol, names, mutant.label, Comparator()).holds
        return _definition_caught(mutant, memory)
    except (TexError, BindingError, Missing):
        return True  # it is no longer a formula that the checker accepts
    except RecursionError:
        return True


def _definition_caught(mutant: Mutant, memory: Memory) -> bool:
    """Run the page again with the definition changed, until a relation fails."""
    assert mutant.symbol is not None
    wanted = mutant.symbol.name

    def mutate(display: int, reading: Reading, names: Names) -> None:
        if display != mutant.display:
            return
        for place, symbol in enumerate(reading.defined):
            if symbol.name == wanted:
                changed = replace(symbol, definition=mutant.changed)
                reading.defined[place] = changed
                names.add(changed)
        # f := a = b is read as the definition f := a and the relation f = a = b; the slip is in a
        reading.statements[:] = [_redefined(s, mutant) for s in reading.statements]

    def judge(statement: t.Statement, names: Names, seed: str) -> object:
        verdict = memory.judge(statement, names, seed)
        if not verdict.holds:
            raise _Caught
        return verdict

    items = _items(mutant.page)
    try:
        page = Page(notation.load().scope(key(mutant.page)), judge, mutate)  # type: ignore[arg-type]
        page.run(items)
    except _Caught:
        return True
    return bool(page.result.findings)


def _redefined(statement: t.Statement, mutant: Mutant) -> t.Statement:
    claim = statement.claim
    assert mutant.symbol is not None
    if (
        isinstance(claim, t.Chain)
        and len(claim.sides) > 1
        and claim.sides[1] == mutant.symbol.definition
    ):
        sides = (claim.sides[0], mutant.changed, *claim.sides[2:])
        return replace(statement, claim=replace(claim, sides=sides))
    return statement


_read: dict[Path, list[formulas.Item]] = {}


def _items(path: Path) -> list[formulas.Item]:
    if path not in _read:
        _read[path] = formulas.of_page(path)
    return _read[path]


def listed(root: Path = pages.ROOT) -> dict[str, dict[str, str]]:
    """The mutants that are true statements, with the reason, by hash."""
    path = root / LISTED
    if not path.is_file():
        return {}
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def enter(names: list[str], reason: str, everything: list[Mutant]) -> int:
    """List mutants as true statements, with the reason that a person gives after reading them."""
    by_name = {mutant.name: mutant for mutant in everything}
    unknown = [name for name in names if name not in by_name]
    if unknown or not reason.strip():
        print("--true takes hashes of mutants and needs --reason: " + " ".join(unknown))
        return 2
    found = listed()
    for name in names:
        mutant = by_name[name]
        label = "" if _PLACE.fullmatch(mutant.label) else mutant.label
        said = f"{mutant.kind}: {mutant.said}"
        entry = {"page": key(mutant.page), "label": label, "mutant": said, "reason": reason}
        found[name] = entry
    content = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (pages.ROOT / LISTED).write_text(content, encoding="utf-8")
    return 0


def main(arguments: list[str]) -> int:
    """Run all mutants, or a seeded sample; 1 if more than one false in a hundred survives."""
    parser = argparse.ArgumentParser(prog="python -m lossnb.book mutants", description=__doc__)
    parser.add_argument("page", nargs="*", help="pages as in _toc.yml; all if none is named")
    parser.add_argument(
        "--sample", type=int, default=0, help="how many, drawn by the seed; 0 is all"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0, help="stop after this time; 0 is never")
    parser.add_argument(
        "--true", nargs="+", default=[], metavar="HASH", help="list as true mutants"
    )
    parser.add_argument("--reason", default="", help="why those of --true are true statements")
    chosen = parser.parse_args(arguments)

    everything = [mutant for path in pages.select(chosen.page) for mutant in of_page(path)]
    if chosen.true:
        return enter(chosen.true, chosen.reason, everything)
    run = list(everything)
    if chosen.sample and chosen.sample < len(run):
        run = random.Random(chosen.seed).sample(run, chosen.sample)
    known = listed()
    killed, true, missed = Counter[str](), Counter[str](), list[Mutant]()
    memory = Memory(enabled=True)
    start = time.monotonic()
    for done, mutant in enumerate(run):
        if chosen.seconds and time.monotonic() - start > chosen.seconds:
            print(f"stopped after {done} of {len(run)} mutants", file=sys.stderr)
            break
        if caught(mutant, memory):
            killed[mutant.kind] += 1
            if mutant.name in known:
                print(f"{mutant} is listed as true and was caught: {mutant.name}")
        elif mutant.name in known:
            true[mutant.kind] += 1
        else:
            missed.append(mutant)
            print(f"missed {mutant.name} {mutant}", flush=True)
    return report(killed, true, missed, everything, chosen.page, known)


def report(
    killed: Counter[str], true: Counter[str], missed: list[Mutant], everything: list[Mutant],
    named: list[str], known: dict[str, dict[str, str]],
) -> int:  # fmt: skip
    """Print the numbers; a listed hash that no equation has any more is said too."""
    kinds = sorted(set(killed) | set(true) | {mutant.kind for mutant in missed})
    misses = Counter(mutant.kind for mutant in missed)
    for kind in kinds:
        print(
            f"{kind:22} caught {killed[kind]:5}  "
            f"true, listed {true[kind]:4}  missed {misses[kind]:4}"
        )
    false = killed.total() + len(missed)
    share = killed.total() / false if false else 1.0
    print(
        f"{killed.total()} of {false} false mutants caught ({share:.2%}), "
        f"{true.total()} true ones listed"
    )
    gone = set() if named else set(known) - {mutant.name for mutant in everything}
    for name in sorted(gone):
        print(f"{LISTED}: {name} is listed and no longer a mutant of any equation; take it out")
    return 1 if share < ENOUGH or gone else 0
