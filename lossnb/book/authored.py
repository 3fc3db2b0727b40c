"""Everything about a page, beside its equations, that can be checked without executing it."""

from __future__ import annotations

from pathlib import Path

from lossnb.book import claims_check, numbers, seal
from lossnb.book.numbers import Finding

CHECKS = (numbers.findings, claims_check.findings, seal.findings)
TALLY = {
    "numbers": numbers.numbers_from_code,
    "cells": seal.cells_run,
    "claims": claims_check.judged,
}


def findings(page: Path) -> list[Finding]:
    """The faults of a page in its numbers, its claims, its card and its stored outputs."""
    return [finding for check in CHECKS for finding in check(page)]


def tally(page: Path) -> dict[str, int]:
    """What the foot of the page says: numbers from code, cells re-run, claims judged."""
    return {name: count(page) for name, count in TALLY.items()}
