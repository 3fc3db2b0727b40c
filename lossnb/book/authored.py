"""Everything about a page, beside its equations, that can be checked without executing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lossnb.book import card, claims_check, numbers, pages, seal
from lossnb.book.check import Outcome
from lossnb.book.numbers import Finding

CHECKS: tuple[Callable[[Path], list[Finding]], ...] = (
    numbers.findings,
    claims_check.findings,
    card.findings,
    seal.findings,
)
TALLY: dict[str, Callable[[Path], int]] = {
    "numbers": numbers.numbers_from_code,
    "cells": seal.cells_run,
    "claims": claims_check.judged,
}


def check(page: Path, root: Path = pages.ROOT) -> Outcome:
    """What `python -m lossnb.book check` asks of a checker: findings of a page and its tally."""
    name = pages.shown(page)
    lines = [str(finding).removeprefix(f"{name}: ") for finding in findings(page)]
    return Outcome(lines, tally(page))


def findings(page: Path) -> list[Finding]:
    """The faults of a page in its numbers, its claims, its card and its stored outputs."""
    return [*(finding for run in CHECKS for finding in run(page)), *_shared(page)]


def _shared(page: Path) -> Iterator[Finding]:
    """Claims of a page that another page of the book judges under the same id."""
    book = pages.all_pages() if claims_check.judged(page) else []
    if page in book:
        for finding in claims_check.duplicates(book):
            if finding.where.startswith(pages.shown(page)):
                yield finding


def tally(page: Path) -> dict[str, int]:
    """What the foot of the page says: numbers from code, cells re-run, claims judged."""
    return {name: count(page) for name, count in TALLY.items()}
