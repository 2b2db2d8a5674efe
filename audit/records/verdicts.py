"""Verdicts: what rules say of metrics, on what ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.records.estimates import Interval
from fairwitness.audit.records.evidence import Cell
from fairwitness.audit.records.metrics import MetricKey, metric_key
from fairwitness.audit.records.text import Text

Outcome: TypeAlias = Literal["pass", "fail", "likely_violated", "inconclusive", "not_measured", "waived"]

AuditOutcome: TypeAlias = Literal[
    "pass", "fail", "likely_violated", "inconclusive", "reported", "incomplete", "nothing_judged", "nothing_ran"
]

Ground: TypeAlias = Literal[
    "inside",
    "unbreakable",
    "unanswered",
    "across",
    "outside",
    "likely_outside",
    "slightly_outside",
    "no_interval",
    "not_asked",
    "not_estimable",
    "not_interpretable",
    "too_few",
    "no_baseline",
    "no_change_known",
    "no_null_value",
    "not_applicable",
    "cut_off",
    "crashed",
    "no_such_metric",
    "nothing_matches",
    "not_in_run",
    "unused_waiver",
]
"""On what ground a verdict stands: where the interval lies to the limit, why a rule cannot look at the metric, or why
it has none to look at. `unanswered` is inside but for what stayed unanswered; `too_few` is below the rule's `min_n`;
`cut_off` was asked until the budget of the run was spent;
`no_interval` lacks one at the level that so many comparisons need. Of a rule that judges a change, `no_baseline` has no
run to compare with, and `no_change_known` one that cannot be compared in this metric."""
OF_NO_METRIC: frozenset[Ground] = frozenset(
    {"not_applicable", "cut_off", "crashed", "no_such_metric", "nothing_matches", "not_in_run", "unused_waiver"}
)
"""The grounds on which a verdict speaks of no metric: what it names is what its rule asked for."""
Severity: TypeAlias = Literal["error", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule says of one metric, which `metric`, `by`, `against` and `variant` name."""

    rule: str
    outcome: Outcome
    probe: str
    metric: str
    by: Mapping[str, str]
    ground: Ground
    """The reason as one of a closed list."""
    reason: Text
    """The reason as a sentence."""
    severity: Severity
    counts: bool
    """Whether it weighs in the exit code: of severity error, no pass, not waived, and left open by no key of the
    policy."""
    fingerprint: str
    """Stable across runs of one model family."""
    values: Mapping[str, Cell] = field(default_factory=dict)
    """The numbers and names that the sentence is filled with."""
    undecided: Text = ""
    """What an undecided verdict would have needed; empty for others, and where nothing is known of it."""
    against: str | None = None
    variant: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    threshold: float | None = None
    decided: Interval | None = None
    """The interval at the level that the rule used."""
    relative_to: Literal["baseline"] | None = None
    """What the rule judges a change from; threshold and interval are then those of the change, and stand in `values`
    and the reason alone."""
    waiver: str = ""
    asked: bool = True
    """False where the rule speaks of what this run did not ask."""
    waived_from: Outcome | None = None
    """The outcome that a waiver took away."""

    @property
    def metric_key(self) -> MetricKey | None:
        """The key of the metric that it speaks of; None where its rule found none."""
        if self.ground in OF_NO_METRIC:
            return None
        return metric_key(self.metric, self.by, self.against, self.variant)
