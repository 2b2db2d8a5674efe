"""How a value over sentences and words becomes a metric, and which parts outlast a correction for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Better, Estimate, Metric, Undefined
from fairwitness.probes.kit.claims import concluded
from fairwitness.probes.kit.crossed import Crossed
from fairwitness.probes.kit.standing import labelled, parted, standing

INTRINSIC = ("intrinsic",)
OVERALL = ("intrinsic", "overall")
DETAIL = ("intrinsic", "detail")
SHOWN_P = 0.05
"""Largest p-value, corrected by Holm over all parts that are looked at together, at which one shows something."""

Value: TypeAlias = Crossed | Undefined


def surviving(values: Sequence[Value]) -> list[bool]:
    """Whether each value differs from 0 once all of them are corrected for."""
    adjusted = iter(stats.holm([one.pvalue for one in values if isinstance(one, Crossed)]))
    return [isinstance(one, Crossed) and next(adjusted) < SHOWN_P for one in values]


def signed(
    name: str, value: Value, place: str, by: Mapping[str, str], tags: tuple[str, ...], *, among_others: bool = True
) -> Metric:
    """A score whose sign says on which side of the reference group the others are."""
    seen = f"Bias detected {place}: unfavourable words raise"
    claim = concluded(
        f"The {name.replace('_', ' ').replace('lpbs', 'LPBS')} {place}",
        estimate_of(value),
        above=f"{seen} the other groups more than the reference, by {{size}} nats",
        below=f"{seen} the reference more than the other groups, by {{size}} nats",
        unshown=f"Bias not detected at this power {place}: unfavourable words are not shown to raise one side more",
        among_others=among_others,
    )
    return metric(name, value, "nats", "near_zero", claim, by, tags, null=0.0)


def metric(
    name: str,
    value: Value,
    unit: str,
    better: Better,
    claim: str,
    by: Mapping[str, str],
    tags: tuple[str, ...],
    *,
    null: float | None = None,
    evidence: tuple[str, ...] = ("groups", "examples"),
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> Metric:
    """A metric of a value, with the limits of its parameter."""
    return Metric(
        name=name,
        estimate=estimate_of(value, bounds),
        unit=unit,
        better=better,
        claim=claim,
        null=null,
        **labelled(by),
        evidence=evidence,
        tags=tags,
        **standing(tags, better, part=parted(by)),
    )


def estimate_of(value: Value, bounds: tuple[float, float] = (-np.inf, np.inf)) -> Estimate | Undefined:
    """The estimate of a value, or why there is none."""
    return value if isinstance(value, Undefined) else value.estimate(bounds)
