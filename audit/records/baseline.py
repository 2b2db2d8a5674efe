"""What a run is compared with: an earlier run of the same family, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.records.estimates import Estimate, Undefined
from fairwitness.audit.records.metrics import Metric, MetricKey, metric_key
from fairwitness.audit.records.text import Text
from fairwitness.audit.records.verdicts import Outcome

Finding: TypeAlias = Literal[
    "worse", "better", "changed", "no_change_shown", "not_inferior", "equivalent", "not_tested"
]
Scale: TypeAlias = Literal["difference", "factor"]
Pairing: TypeAlias = Literal["paired", "independent"]
Turn: TypeAlias = Literal["new_failure", "only_new", "changed", "only_base", "fixed", "unchanged"]


DISTANCES = ("_rate_gap", "equalized_odds_difference", "abroca", "selection_rate_ratio", "impact_ratio")
"""Endings of metrics that are distances without a sign, whatever probe they are of."""


def is_distance(metric: Metric) -> bool:
    """Whether a metric is a distance without a sign, of which no honest interval of a change can be made.

    A gap of two groups that may lie on either side of none (near zero is better) has one.
    """
    return metric.better != "near_zero" and metric.name.endswith(("_gap", *DISTANCES))


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """What a rule says of a metric in two runs; None where it says nothing in one of them."""

    rule: str
    probe: str
    metric: str
    by: Mapping[str, str] = field(default_factory=dict)
    against: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    before: Outcome | None
    after: Outcome | None
    turn: Turn
    """`new_failure`: it stands in the way of a release now and did not before; `fixed`: it did and passes now."""
    gated: bool
    """Whether the rule can fail a release in one of the runs."""

    @property
    def key(self) -> tuple[str, MetricKey]:
        """The probe and the metric that it speaks of."""
        return self.probe, metric_key(self.metric, self.by, self.against, self.variant)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """A judged metric, or one that moved beyond noise, since the baseline."""

    probe: str
    metric: str
    by: Mapping[str, str]
    against: str | None
    variant: Mapping[str, str]
    before: Estimate | Undefined
    after: Estimate | Undefined
    change: Estimate | Undefined
    """After minus before, or after over before where the scale is a factor."""
    scale: Scale
    pairing: Pairing
    finding: Finding
    reason: Text
    adjusted: float | None
    """The p-value of no change, after Holm's correction; None where nothing was tested."""
    gated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """A metric, or without one a whole probe, that could not be compared with the baseline, and why."""

    probe: str
    metric: str = ""
    by: Mapping[str, str] = field(default_factory=dict)
    against: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipCount:
    """How many items or rows of a probe were answered otherwise than in the baseline, of those that both answered."""

    probe: str
    measure: str
    """The score that tells the answer; empty for decisions."""
    flipped: int
    paired: int
    lost: int
    """Items that the baseline answered and this run did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The run that this one is compared with, and what changed since."""

    folder: str
    sha256: str
    """Hash of the bytes of its document."""
    spec: str
    fingerprint: str
    started: str
    outcome: str
    changes: tuple[MetricChange, ...]
    verdicts: tuple[VerdictChange, ...]
    flips: tuple[FlipCount, ...]
    not_compared: tuple[NotCompared, ...]
    warnings: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompared:
    """Why a run that was to be compared with an earlier one was not."""

    kind: Literal["none", "left_out"]
    """`none`: whoever ran it said why there is none; `left_out`: the one that was named does not fit."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed since a baseline, as the rules of a policy look at it."""

    changes: Mapping[tuple[str, MetricKey], tuple[Estimate | Undefined, Scale]]
    """By probe and metric."""
    missing: Mapping[str, Text]
    """By probe why nothing of it could be compared."""
    unanswered: Mapping[str, tuple[int, int]]
    """By probe how many questions of the baseline stayed unanswered, of how many."""
    gone: Sequence[tuple[str, Metric]] = ()
    """What the baseline measured and this run does not have, with its probe."""
