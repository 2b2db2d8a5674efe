"""The highest rate of a part minus the lowest, beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit import stats
from fairwitness.audit.records import Column, Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.ends import completed, gap_ends, rate_ends
from fairwitness.probes.fairness.group_fairness.rates import Group, Limits, Part, Rate
from fairwitness.probes.kit.standing import standing


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest minus the smallest rate of a part, and the same if groups did not differ.

    `outcome` names the class that is counted, where each of several is. There is no `null` where people have several
    rows: an exchange of rows would tear people apart.
    """

    part: Part
    rate: Rate
    estimate: Estimate | Undefined
    highest: str
    lowest: str
    null: stats.GapNull | None
    adjusted: float | None = None
    outcome: str = ""


def gaps(rates: Sequence[Rate], parts: Sequence[Part], limits: Limits, seed: int) -> list[Gap]:
    """The gap of every compared rate in every part that has groups, with Holm's correction over all of them."""
    return corrected(uncorrected(rates, parts, limits, seed))


def uncorrected(
    rates: Sequence[Rate], parts: Sequence[Part], limits: Limits, seed: int, outcome: str = ""
) -> list[Gap]:
    """The same before the correction."""
    return [
        _gap(part, rate, limits, seed, outcome) for part in parts if part.columns for rate in rates if rate.compared
    ]


def corrected(found: Sequence[Gap]) -> list[Gap]:
    """Gaps with the p-values that Holm's correction over all of them gives."""
    adjusted = iter(stats.holm([null.p_value for gap in found if (null := gap.null) is not None]))
    return [gap if gap.null is None else replace(gap, adjusted=next(adjusted)) for gap in found]


def between(part: Part, rate: Rate, limits: Limits) -> tuple[Estimate | Undefined, dict[Group, stats.Sample]]:
    """The largest minus the smallest rate of the groups of a part that are large enough, and their rates."""
    sampled = {group: part.sample_of(rate, group, limits) for group in part.compared}
    sound = {group: sample for group, sample in sampled.items() if isinstance(sample, stats.Sample)}
    if len(sound) < 2:
        return part.too_few_large(rate, len(sound)), sound
    if (why := part.unheard(rate, limits)) is not None:
        return why, sound
    ends = [rate_ends(part, rate.share, group, labelled=rate.needs_labels) for group in sound]
    return completed(stats.gap([*sound.values()], bounds=(0.0, 1.0)), gap_ends(ends)), sound


def _gap(part: Part, rate: Rate, limits: Limits, seed: int, outcome: str) -> Gap:
    estimate, sound = between(part, rate, limits)
    if isinstance(estimate, Undefined):
        return Gap(part, rate, estimate, "", "", None, outcome=outcome)
    highest, lowest = (pick(sound, key=lambda group: sound[group].value) for pick in (max, min))
    counted = [part.counted(rate.share, group, labelled=rate.needs_labels) for group in sound]
    null = None if part.people else stats.gap_null([hits for hits, _ in counted], [base for _, base in counted], seed)
    return Gap(part, rate, estimate, " × ".join(highest), " × ".join(lowest), null, outcome=outcome)


def gap_metric(gap: Gap) -> Metric:
    """The gap as a metric."""
    rate, part = _title(gap), gap.part
    claim = words.not_measured(f"The gap in {rate} between groups by {part.name}", gap.estimate)
    if isinstance(gap.estimate, Estimate):
        low, high = 100 * gap.estimate.low, 100 * gap.estimate.high
        claim = (
            f"By {part.name} the {rate} is {100 * gap.estimate.value:.1f} percentage points apart between "
            f"{gap.highest} (highest) and {gap.lowest} (lowest; 95 % interval {low:.1f} to {high:.1f} over all pairs "
            f"at once). {_by_chance(gap.null)}"
        )
    tags = words.contrast_tags(part, "gap", "all_pairs")
    name = f"{gap.rate.name}_gap"
    return Metric(
        name=name,
        estimate=gap.estimate,
        unit="share",
        better="lower",
        claim=claim,
        null=None,
        variant={"groups": part.name},
        evidence=("gaps",),
        tags=tags,
        **standing(tags, "lower", part=True),
    )


def _by_chance(null: stats.GapNull | None) -> str:
    if null is None:
        return "It is not tested by exchanging groups over rows, for people have several rows."
    return (
        f"If groups did not differ, {100 * null.expected:.1f} points would be expected by chance (p "
        f"{words.p(null.p_value)})."
    )


def _title(gap: Gap) -> str:
    rate = words.title(gap.rate.name)
    return f"{rate} of the outcome {gap.outcome!r}" if gap.outcome else rate


def gap_table(found: Sequence[Gap]) -> Evidence:
    """The largest gap of each rate beside what chance alone gives."""
    columns = (
        Column("by"),
        Column("rate"),
        Column("highest"),
        Column("lowest"),
        Column("gap", "number", "share"),
        Column("expected by chance", "number", "share"),
        Column("p-value", "number"),
        Column("p-value, Holm over this table", "number"),
    )
    rows = tuple(
        (
            gap.part.name,
            _title(gap),
            gap.highest,
            gap.lowest,
            gap.estimate.value if isinstance(gap.estimate, Estimate) else None,
            gap.null.expected if gap.null else None,
            gap.null.p_value if gap.null else None,
            gap.adjusted,
        )
        for gap in found
    )
    caption = "The highest rate minus the lowest, beside the gap that exchanging groups over rows gives on average"
    return Evidence("gaps", caption, "table", columns, rows, len(rows))
