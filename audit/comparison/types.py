"""What comparing two runs comes to: one document, from which terminal, page and exit code are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined

Finding: TypeAlias = Literal["worse", "better", "changed", "no_change_shown", "equivalent", "not_tested"]
Scale: TypeAlias = Literal["difference", "factor"]
Pairing: TypeAlias = Literal["paired", "independent"]

FINDINGS: tuple[Finding, ...] = ("worse", "changed", "better", "no_change_shown", "equivalent", "not_tested")
"""Every finding, what needs a look first."""

SCHEMA_VERSION = "2.0"
NO_CHANGE: Mapping[Scale, float] = {"difference": 0.0, "factor": 1.0}
"""The value of a change that means none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change and its p-value, None where nothing was tested, before it is judged among all others."""

    change: Estimate | Undefined
    scale: Scale
    pairing: Pairing
    p_value: float | None = None


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
    """What changed between two runs. `margin` is the change that counts as none, if one was named."""

    base: Side
    new: Side
    changes: tuple[Change, ...]
    unmatched: tuple[Unmatched, ...]
    warnings: tuple[str, ...]
    plots: tuple[Evidence, ...] = ()
    margin: float | None = None
    schema_version: str = SCHEMA_VERSION

    @property
    def tally(self) -> Mapping[Finding, int]:
        """How many metrics came to each finding."""
        return {name: sum(change.finding == name for change in self.changes) for name in FINDINGS}

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
    def exit_code(self) -> int:
        """1 where a gated metric got worse beyond noise or was lost, else 0."""
        return 1 if self.regressed or self.lost else 0
