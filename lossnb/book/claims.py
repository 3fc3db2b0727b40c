"""Claims: a sentence as people say it, a rule fixed in advance, an experiment, a verdict.

A notebook states the claim and its rule in one cell, runs the experiment, and judges in a later
cell:

    @claims.claim("huber-outliers", "Huber's loss is robust to outliers.", source=claims.seed(2))
    def robust(slope):
        \"\"\"Holds if the whole interval of the slope lies within 0.1 of the true slope, 2.\"\"\"
        if slope.within(1.9, 2.1):
            return claims.HOLDS
        return claims.DOES_NOT_HOLD

    robust.judge(slope=claims.over_repeats(slopes, "fitted slope", decimals=2))

The rule is a closed function of its statistics: it may compare them and nothing else, so that its
source is all there is to know about it. The stored output carries the statistics, the verdict and
the hash of that source; `claims_check` recomputes all of it without running the notebook.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from lossnb.book.intervals import Statistic, exact, how, over_repeats
from lossnb.book.rules import (
    DOES_NOT_HOLD,
    HOLDS,
    ClaimError,
    RuleSource,
    Verdict,
    apply_rule,
    complaint_about,
    fingerprint,
    holds_when,
    rule_source,
)
from lossnb.book.seed_claims import ARTICLES, SEED, SeedClaim

__all__ = [
    "ARTICLES", "DOES_NOT_HOLD", "HOLDS", "RECORD", "SEED", "Claim", "ClaimError", "Judgement",
    "SeedClaim", "Source", "Statistic", "Verdict", "claim", "exact", "holds_when", "not_testable",
    "over_repeats", "seed",
]  # fmt: skip

RECORD = "lossnb-claim"  # the key of the record in the metadata of the output


@dataclass(frozen=True)
class Source:
    """Who says so: sentences of the seed notes by their numbers, or any other source in MyST."""

    seeds: tuple[str, ...] = ()
    text: str = ""

    def __str__(self) -> str:
        numbers = [f"[{number}](#ledger-{number.lower()})" for number in self.seeds]
        notes = (
            f"the notes this book began with, claim{'s' * (len(numbers) > 1)} {', '.join(numbers)}"
        )
        return "; ".join(part for part in (notes if numbers else "", self.text) if part)


def seed(*numbers: int | str) -> Source:
    """The claims of the seed notes under these numbers: 1 to 43 and "F1" to "F9"."""
    unknown = [number for number in numbers if str(number) not in SEED]
    if unknown or not numbers:
        raise ClaimError(f"seed{numbers}: the notes' claims are numbered 1 to 43 and F1 to F9")
    return Source(seeds=tuple(map(str, numbers)))


@dataclass(frozen=True)
class Claim:
    """A claim with its rule, stated and not yet judged."""

    id: str
    says: str
    source: Source
    rule: Callable[..., Verdict]
    written: RuleSource  # the rule as it stands in the cell

    def judge(self, **statistics: Statistic) -> Judgement:
        """Apply the rule to what the experiment measured."""
        verdict = apply_rule(self.id, self.rule, statistics)
        return Judgement.of(self.id, self.says, self.source, self.written, statistics, verdict)


def claim(id: str, says: str, *, source: Source | str) -> Callable[[Callable[..., Verdict]], Claim]:
    """Decorate the rule of a claim. `id` starts with the page's short name and is permanent."""

    def decorate(rule: Callable[..., Verdict]) -> Claim:
        function = rule_source(inspect.getsource(rule))
        complaint = complaint_about(function.node)
        if complaint:
            raise ClaimError(f"{id}: {complaint}")
        return Claim(id, says, _source(source), rule, function)

    return decorate


def not_testable(id: str, says: str, *, source: Source | str, reason: str) -> Judgement:
    """A sentence that no experiment could decide, with the reason; there is no rule to state."""
    verdict = Verdict("not testable", reason.strip().rstrip("."))
    return Judgement.of(id, says, _source(source), None, {}, verdict)


def _source(source: Source | str) -> Source:
    return source if isinstance(source, Source) else Source(text=source)


# The judgement as output.


@dataclass(frozen=True)
class Judgement:
    """A judged claim, as the notebook stores it. `record` is all of it, for a program."""

    record: dict[str, Any]

    @classmethod
    def of(
        cls,
        id: str,
        says: str,
        source: Source,
        rule: RuleSource | None,
        statistics: dict[str, Statistic],
        verdict: Verdict,
    ) -> Judgement:
        """The judgement with its seal."""
        record = {
            "id": id,
            "says": says,
            "source": {"seeds": [*source.seeds], "text": source.text},
            "words": rule.words if rule else "",
            "rule": rule.hash if rule else "",
            "statistics": [{"name": key, **asdict(value)} for key, value in statistics.items()],
            "verdict": asdict(verdict),
        }
        return cls({**record, "seal": seal(record)})

    @property
    def verdict(self) -> Verdict:
        return Verdict(**self.record["verdict"])

    @property
    def source(self) -> Source:
        stored = self.record["source"]
        return Source(tuple(stored["seeds"]), stored["text"])

    @property
    def statistics(self) -> dict[str, Statistic]:
        stored = [dict(statistic) for statistic in self.record["statistics"]]
        return {statistic.pop("name"): Statistic(**statistic) for statistic in stored}

    def markdown(self) -> str:
        """What the reader of the chapter sees, as MyST."""
        kind = self.verdict.kind.replace(" ", "-")
        ledger = self.source.seeds[0].lower() if self.source.seeds else self.record["id"]
        lines = [
            f":::{{admonition}} Claim: {self.record['says']}",
            f":class: claim verdict-{kind}",
            f":name: claim-{self.record['id']}",
            "",
            f"Said by: {self.source}",
            "",
        ]
        if self.record["words"]:
            lines += [f"The rule: {self.record['words']}", ""]
        lines += [f"- {statistic}" for statistic in self.statistics.values()]
        if brackets := how(self.statistics.values()):
            lines += ["", brackets]
        lines += [
            "",
            f"**Verdict: {self.verdict}.** [In the ledger of claims](#ledger-{ledger})",
            ":::",
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Claim {self.record['id']}: {self.verdict}"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/markdown": self.markdown(), "text/plain": repr(self)}
        return data, {RECORD: self.record}


def seal(record: dict[str, Any]) -> str:
    """The hash of everything in a record but the seal itself."""
    body = {key: value for key, value in record.items() if key != "seal"}
    return fingerprint(json.dumps(body, sort_keys=True, ensure_ascii=False))
