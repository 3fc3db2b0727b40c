"""The ledger of claims: what the notes say, and what the chapters found, as MyST for the page.

It reads the stored outputs of the notebooks each time the page is built, so that it cannot be
older than they are. The words of the notes stand in `seed_claims`; verdicts stand nowhere but in
the chapters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from lossnb.book import claims_check, pages
from lossnb.book.claims import Judgement
from lossnb.book.seed_claims import ARTICLES, FORMULAS, SEED, TOPICS, SeedClaim

SUMMARY, OTHERS, SOURCES = "summary", "others", "articles"
SECTIONS = (SUMMARY, SOURCES, OTHERS, *TOPICS)
KINDS = {  # in the order of the summary
    "holds": ("holds", "hold"),
    "holds when": ("holds under a condition", "hold under a condition"),
    "does not hold": ("does not hold", "do not hold"),
    "not testable": ("cannot be tested", "cannot be tested"),
}


@dataclass(frozen=True)
class Entry:
    """A judgement and the chapter that reached it."""

    chapter: str
    judgement: Judgement

    @property
    def id(self) -> str:
        return str(self.judgement.record["id"])


def entries(book: Iterable[Path]) -> list[Entry]:
    """The judgements of all notebooks, in the order of the book."""
    return [
        Entry(title(page), output.judgement)
        for page in book
        if page.suffix == ".ipynb"
        for output in claims_check.stored(page)
    ]


def title(page: Path) -> str:
    """The first heading of a page."""
    for block in pages.markdown(page):
        if heading := re.search(r"^# +(.+)$", block.text, re.MULTILINE):
            return heading[1].strip()
    return page.stem


def section(name: str, found: Sequence[Entry]) -> str:
    """One section of the ledger: a topic of the notes, the summary, or claims of other sources."""
    if name == SUMMARY:
        return summary(found)
    if name == SOURCES:
        return "\n".join(f"- [{text}]({url})" for text, url in ARTICLES)
    if name == OTHERS:
        return others(found)
    claims = [claim for claim in SEED.values() if claim.topic == name]
    return "\n\n".join(seed_entry(claim, _on(claim, found)) for claim in claims)


def seed_entry(claim: SeedClaim, found: Sequence[Entry]) -> str:
    """A claim of the notes: translation, original, and each verdict with a link to its chapter."""
    lines = [f"(ledger-{claim.number.lower()})=", f"**{claim.number}.** {claim.english}", ""]
    if claim.topic == FORMULAS:
        lines += [f"${claim.chinese}$", ""]
    else:
        lines += [f'<span lang="zh-Hans">{_with_math(claim.chinese)}</span>', ""]
    lines += [verdict_line(entry) for entry in found] or ["- *Not judged yet.*"]
    return "\n".join(lines)


def verdict_line(entry: Entry) -> str:
    """The verdict on a claim as the ledger shows it."""
    verdict = str(entry.judgement.verdict)
    says = entry.judgement.record["says"]
    link = f"[{entry.chapter}](#claim-{entry.id})"
    return f"- {link}: “{says}” **{verdict[0].upper()}{verdict[1:]}.**"


def others(found: Sequence[Entry]) -> str:
    """The claims that come from elsewhere, each with its source."""
    foreign = [entry for entry in found if not entry.judgement.source.seeds]
    blocks = [
        f"(ledger-{entry.id})=\nSaid by: {entry.judgement.source}\n\n{verdict_line(entry)}"
        for entry in foreign
    ]
    return "\n\n".join(blocks) or "*None is judged yet.*"


def summary(found: Sequence[Entry]) -> str:
    """How many claims there are, how many are judged, and with which verdicts."""
    judged = {number for entry in found for number in entry.judgement.source.seeds}
    formulas = sum(claim.topic == FORMULAS for claim in SEED.values())
    lines = [
        f"The notes make {len(SEED) - formulas} claims and give {formulas} formulas; the chapters "
        f"written so far have judged {len(judged)} of these, and reached {len(found)} verdicts:",
        "",
    ]
    for kind, (one, many) in KINDS.items():
        count = sum(entry.judgement.verdict.kind == kind for entry in found)
        lines.append(f"- {count} {one if count == 1 else many}")
    return "\n".join(lines)


def _on(claim: SeedClaim, found: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in found if claim.number in entry.judgement.source.seeds]


def _with_math(chinese: str) -> str:
    r"""The notes' \(…\) as the book's $…$; the rest as HTML."""
    parts = re.split(r"\\\((.*?)\\\)", chinese)
    return "".join(f"${part}$" if n % 2 else escape(part) for n, part in enumerate(parts))
