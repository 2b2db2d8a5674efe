"""Rates, contrasts against the reference group and gaps, as metrics with the sentence a reader may conclude."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assay.audit import stats
from assay.audit.records import Estimate, Metric, Undefined
from assay.probes.group_fairness import words
from assay.probes.group_fairness.compounds import compounds
from assay.probes.group_fairness.contrasts import differences, equalized_odds
from assay.probes.group_fairness.rates import RATES, Group, Limits, Part, Rate
from assay.probes.group_fairness.rows import Outcomes

UNIT = "share"
RATIOS = ("selection_rate",)
"""Rates of which the ratio to the reference group is given too."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest minus the smallest rate of a part, and the same if groups did not differ."""

    part: Part
    rate: Rate
    estimate: Estimate | Undefined
    highest: str
    lowest: str
    null: stats.GapNull | None
    adjusted: float | None = None


def metrics(parts: Sequence[Part], outcomes: Outcomes, limits: Limits, found: Sequence[Gap]) -> list[Metric]:
    """Rates of all rows and of every group, contrasts, what is made of several rates, then gaps."""
    result = of_rates(known_rates(outcomes), parts, outcomes, limits)
    if outcomes.has_labels:
        result += compounds(parts, limits)
        for part in parts:
            if part.reference is not None:
                result += equalized_odds(part, part.reference, limits)
    return result + [gap_metric(gap) for gap in found]


def known_rates(outcomes: Outcomes) -> list[Rate]:
    """The rates that can be measured: without true outcomes only some."""
    return [rate for rate in RATES if outcomes.has_labels or not rate.needs_labels]


def of_rates(rates: Sequence[Rate], parts: Sequence[Part], outcomes: Outcomes, limits: Limits) -> list[Metric]:
    """Rates of all rows and of every group, then their contrasts."""
    result = [
        _rate_metric(rate, part, group, outcomes, limits) for part in parts for group in part.groups for rate in rates
    ]
    for part in parts:
        if part.reference is not None:
            for rate in rates:
                if rate.compared:
                    result += _contrasts(rate, part, part.reference, outcomes, limits)
    return result


def gaps(rates: Sequence[Rate], parts: Sequence[Part], limits: Limits, seed: int) -> list[Gap]:
    """The gap of every compared rate in every part that has groups, with Holm's correction over all of them."""
    found = [_gap(part, rate, limits, seed) for part in parts if part.columns for rate in rates if rate.compared]
    tested = [index for index, gap in enumerate(found) if gap.null is not None]
    corrected = stats.holm([null.p_value for gap in found if (null := gap.null) is not None])
    for index, adjusted in zip(tested, corrected, strict=True):
        found[index] = replace(found[index], adjusted=adjusted)
    return found


def _sample(rate: Rate, part: Part, group: Group, limits: Limits) -> stats.Sample | Undefined:
    return part.sample_of(rate, group, limits)


def _rate_metric(rate: Rate, part: Part, group: Group, outcomes: Outcomes, limits: Limits) -> Metric:
    who, sample = words.of_group(part, group), _sample(rate, part, group, limits)
    estimate = sample if isinstance(sample, Undefined) else sample.estimate("Wilson score", (0.0, 1.0))
    verb, among = words.verb(rate, outcomes)
    claim = words.not_measured(f"The {words.title(rate.name)} of {who}", estimate)
    if isinstance(estimate, Estimate):
        claim = f"{words.percent(estimate.value)} of {who}{among} {verb} ({words.span(estimate)})."
    tags = words.group_tags(part, "rate")
    return Metric(rate.name, estimate, UNIT, rate.better, claim, None, part.by(group), ("confusion", "rows"), tags)


def _contrasts(rate: Rate, part: Part, reference: Group, outcomes: Outcomes, limits: Limits) -> Iterator[Metric]:
    """Differences and, for some rates, ratios of every comparable group against the reference."""
    samples = {group: _sample(rate, part, group, limits) for group in part.compared}
    for group, estimate in differences(samples, reference, "Newcombe", (-1.0, 1.0)).items():
        yield _difference_metric(rate, part, group, reference, estimate, outcomes)
        if rate.name in RATIOS:
            ratio = estimate if isinstance(estimate, Undefined) else _ratio(rate, part, group, reference)
            yield _ratio_metric(rate, part, group, reference, ratio, outcomes)


def _ratio(rate: Rate, part: Part, group: Group, reference: Group) -> Estimate | Undefined:
    one, other = (part.counted(rate.share, each, labelled=rate.needs_labels) for each in (group, reference))
    return stats.ratio(*one, *other)


def _difference_metric(
    rate: Rate, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined, outcomes: Outcomes
) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    verb, among = words.verb(rate, outcomes)
    claim = words.not_measured(f"The difference in {words.title(rate.name)} between {who} and {other}", estimate)
    if isinstance(estimate, Estimate):
        interval = f"95 % interval {words.points(estimate.low)} to {words.points(estimate.high)} points"
        if estimate.low <= 0 <= estimate.high:
            claim = (
                f"Whether {who}{among} {verb} more or less often than {other} is not shown: "
                f"{words.points(estimate.value)} points ({interval}). {words.detectable(estimate)}"
            )
        else:
            often = "more often" if estimate.value > 0 else "less often"
            claim = (
                f"{words.capital(who)}{among} {verb} {abs(100 * estimate.value):.1f} percentage points {often} than "
                f"{other} ({interval})."
            )
    return Metric(
        f"{rate.name}_difference",
        estimate,
        UNIT,
        "near_zero",
        claim,
        0.0,
        words.against_by(part, group, reference),
        ("confusion", "rows"),
        words.contrast_tags(part, "simultaneous"),
    )


def _ratio_metric(
    rate: Rate, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined, outcomes: Outcomes
) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    verb, among = words.verb(rate, outcomes)
    claim = words.not_measured(f"The ratio of the {words.title(rate.name)} of {who} to that of {other}", estimate)
    if isinstance(estimate, Estimate):
        claim = (
            f"{words.capital(who)}{among} {verb} {estimate.value:.2f} times as often as {other} (95 % interval "
            f"{estimate.low:.2f} to {estimate.high:.2f}; 1 is no difference).{words.detectable_ratio(estimate)}"
        )
    return Metric(
        f"{rate.name}_ratio",
        estimate,
        "ratio",
        "near_zero",
        claim,
        1.0,
        words.against_by(part, group, reference),
        ("confusion",),
        words.contrast_tags(part),
    )


def _gap(part: Part, rate: Rate, limits: Limits, seed: int) -> Gap:
    sampled = {group: _sample(rate, part, group, limits) for group in part.compared}
    sound = {group: sample for group, sample in sampled.items() if isinstance(sample, stats.Sample)}
    if len(sound) < 2:
        return Gap(part, rate, part.too_few_large(rate, len(sound)), "", "", None)
    highest, lowest = (pick(sound, key=lambda group: sound[group].value) for pick in (max, min))
    estimate = stats.gap([*sound.values()], bounds=(0.0, 1.0))
    counted = [part.counted(rate.share, group, labelled=rate.needs_labels) for group in sound]
    null = stats.gap_null([hits for hits, _ in counted], [base for _, base in counted], seed)
    return Gap(part, rate, estimate, " × ".join(highest), " × ".join(lowest), null)


def gap_metric(gap: Gap) -> Metric:
    """The gap as a metric."""
    rate = words.title(gap.rate.name)
    claim = words.not_measured(f"The gap in {rate} between groups by {gap.part.name}", gap.estimate)
    if isinstance(gap.estimate, Estimate) and gap.null is not None:
        claim = (
            f"By {gap.part.name} the {rate} is {100 * gap.estimate.value:.1f} percentage points apart "
            f"between {gap.highest} (highest) and {gap.lowest} (lowest). If groups did not differ, "
            f"{100 * gap.null.expected:.1f} points would be expected by chance (p {words.p(gap.null.p_value)})."
        )
    return Metric(
        f"{gap.rate.name}_gap",
        gap.estimate,
        UNIT,
        "lower",
        claim,
        None,
        {"groups": gap.part.name},
        ("gaps",),
        ("extrinsic", "gap", *(("intersection",) if len(gap.part.columns) > 1 else ())),
    )
