"""Metrics: what was measured, in which unit, of whom, and what may be concluded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fairwitness.audit.records.estimates import Estimate, Undefined
from fairwitness.audit.records.text import Text

Better: TypeAlias = Literal["lower", "higher", "near_zero", "none"]

Role: TypeAlias = Literal["bias", "competence", "description"]

Scope: TypeAlias = Literal["overall", "group", "detail"]

Labels: TypeAlias = tuple[tuple[str, str], ...]

MetricKey: TypeAlias = tuple[str, Labels, str | None, Labels]
"""What tells a metric of one probe from all others: its name, groups, the group compared with, way of measuring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured quantity."""

    name: str
    estimate: Estimate | Undefined
    unit: str
    better: Better
    claim: Text
    """The sentence a reader may conclude."""
    null: float | None = None
    """The value that means no difference, no bias or no more than chance; None where there is no such value."""
    by: Mapping[str, str] = field(default_factory=dict)
    """The group of people that the value speaks of, as the value of each column or category; empty for everybody."""
    against: str | None = None
    """The group that the group of `by` is compared with; of a crossing its values, joined by ` × `."""
    variant: Mapping[str, str] = field(default_factory=dict)
    """The way of measuring or the part of the material, where the probe has several: a scoring, a label, a column."""
    role: Role = "bias"
    """What it is for: the harm or difference that the probe asks for; whether the model can do the task at all; or
    what describes either (rates behind a difference, reliability, how large controls come out)."""
    scope: Scope = "overall"
    """Of everybody and all material; of one group or part, or a comparison of two; or a detail behind others, which
    readers find in the section of the probe alone."""
    joint: bool = False
    """Whether its interval holds together with those of all metrics of its name and group columns: they count once."""
    evidence: tuple[str, ...] = ()
    """Ids of the tables behind it."""
    tags: tuple[str, ...] = ()
    """Free words for the selectors of policies; nothing else decides by them."""

    @property
    def key(self) -> MetricKey:
        """What tells it from the other metrics of its probe."""
        return metric_key(self.name, self.by, self.against, self.variant)


def metric_key(
    name: str, by: Mapping[str, str], against: str | None = None, variant: Mapping[str, str] | None = None
) -> MetricKey:
    """The key of a metric by its parts."""
    return name, tuple(sorted(by.items())), against, tuple(sorted((variant or {}).items()))
