"""What comparing two runs comes to: one document, from which terminal, page and exit code are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records import (
    Estimate,
    Evidence,
    Finding,
    Metric,
    Pairing,
    Scale,
    Turn,
    Undefined,
    VerdictChange,
)

Answered: TypeAlias = Literal["decision", "yes_no", "sign"]
"""What a flip is: another decision, a yes for a no, or a number on the other side of 0."""

FINDINGS: tuple[Finding, ...] = (
    "worse",
    "changed",
    "better",
    "no_change_shown",
    "not_inferior",
    "equivalent",
    "not_tested",
)
"""Every finding, what needs a look first."""
TURNS: tuple[Turn, ...] = ("new_failure", "only_new", "changed", "only_base", "fixed", "unchanged")
"""Everything that a verdict can do from one run to the next, what needs a look first."""

SCHEMA_VERSION = "2.1"
NO_CHANGE: Mapping[Scale, float] = {"difference": 0.0, "factor": 1.0}
"""The value of a change that means none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change and its p-value, None where nothing was tested, before it is judged among all others."""

    change: Estimate | Undefined
    scale: Scale
    pairing: Pairing
    p_value: float | None = None
    still: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs, as its document describes it."""

    folder: str
    spec: str
    fingerprint: str
    fairwitness_version: str
    started: str
    status: str
    outcome: str
    policy: str
    policy_sha256: str
    seed: int


@dataclass(frozen=True, slots=True)
class Change:
    """One metric in both runs. `change` is after minus before, or after over before where `scale` is a factor.

    `p_value` is that of no change, `adjusted` the same after Holm's correction over `compared` comparisons; both are
    None where nothing was tested. `gated`: a rule that can fail a release speaks of the metric in one of the runs.
    """

    probe: str
    metric: Metric
    before: Estimate | Undefined
    after: Estimate | Undefined
    change: Estimate | Undefined
    scale: Scale
    pairing: Pairing
    gated: bool
    p_value: float | None = None
    adjusted: float | None = None
    compared: int = 0
    finding: Finding = "not_tested"
    reason: str = ""
    still: Estimate | None = None
    """Where the same was answered everywhere, how far the change could lie from none all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """An item or a row that was answered otherwise, with both answers and what it belongs to."""

    item: str
    labels: Mapping[str, str]
    before: str | float
    after: str | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """What was answered otherwise, item by item, among those that both runs answered."""

    probe: str
    measure: str
    """The score that tells the answer; empty for decisions."""
    kind: Answered
    paired: int
    """Items that both runs answered."""
    flips: tuple[Flip, ...]
    lost: tuple[str, ...]
    """Items that BASE answered and NEW did not."""
    gained: tuple[str, ...]
    """Items that NEW answered and BASE did not."""

    @property
    def ways(self) -> Mapping[tuple[str | float, str | float], int]:
        """How many went from which answer to which, the most frequent first; of numbers there are two ways."""
        counted = Counter(
            (_side(flip.before), _side(flip.after)) if self.kind == "sign" else (flip.before, flip.after)
            for flip in self.flips
        )
        return dict(sorted(counted.items(), key=lambda way: (-way[1], str(way[0]))))


def _side(value: str | float) -> str:
    return "> 0" if isinstance(value, int | float) and value > 0 else "< 0"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A metric, or without one a whole probe, that could not be compared. `side`: where it stands."""

    probe: str
    metric: Metric | None
    side: Literal["base", "new", "both"]
    reason: str
    gated: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two runs.

    `margin` is the change that counts as none, if one was named, and `min_effect` the least that counts as worse or
    better. `verdicts` are those of either run, `flips` whose answers are others now.
    """

    base: Side
    new: Side
    changes: tuple[Change, ...]
    unmatched: tuple[Unmatched, ...]
    warnings: tuple[str, ...]
    plots: tuple[Evidence, ...] = ()
    margin: float | None = None
    min_effect: float | None = None
    verdicts: tuple[VerdictChange, ...] = ()
    flips: tuple[Flips, ...] = ()
    schema_version: str = SCHEMA_VERSION

    @property
    def tally(self) -> Mapping[Finding, int]:
        """How many metrics came to each finding."""
        return {name: sum(change.finding == name for change in self.changes) for name in FINDINGS}

    @property
    def turned(self) -> tuple[VerdictChange, ...]:
        """The verdicts that are not what they were, what needs a look first."""
        turned = [verdict for verdict in self.verdicts if verdict.turn != "unchanged"]
        return tuple(sorted(turned, key=lambda verdict: (TURNS.index(verdict.turn), not verdict.gated)))

    def verdicts_on(self, change: Change) -> tuple[VerdictChange, ...]:
        """What rules say of a metric, those that can fail a release first."""
        key = change.probe, change.metric.key
        return tuple(verdict for verdict in self.verdicts if verdict.key == key)

    @property
    def regressed(self) -> tuple[Change, ...]:
        """Gated metrics that got worse beyond noise."""
        return tuple(change for change in self.changes if change.gated and change.finding == "worse")

    @property
    def lost(self) -> tuple[Change | Unmatched, ...]:
        """Gated metrics that BASE measured and that could not be compared: absence is never success."""
        undefined = [
            change
            for change in self.changes
            if change.gated and isinstance(change.before, Estimate) and isinstance(change.after, Undefined)
        ]
        gone = [missing for missing in self.unmatched if missing.gated and missing.side != "new"]
        return (*undefined, *gone)

    @property
    def broken(self) -> tuple[VerdictChange, ...]:
        """Gated verdicts that newly fail on metrics whose change has no interval, so that none can say it is noise."""
        tested = {(change.probe, change.metric.key) for change in self.changes if change.finding != "not_tested"}
        return tuple(
            verdict
            for verdict in self.verdicts
            if verdict.turn == "new_failure" and verdict.gated and verdict.key not in tested
        )

    @property
    def exit_code(self) -> int:
        """1 where a gated metric got worse beyond noise, was lost or newly fails without a tested change, else 0.

        1 too where NEW did not come to its end: what it did not ask is no success.
        """
        stopped = self.new.outcome == "incomplete"
        return 1 if self.regressed or self.lost or self.broken or stopped else 0
