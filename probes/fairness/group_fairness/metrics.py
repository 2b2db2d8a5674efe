"""Rates, contrasts against the reference group and gaps, as metrics with the sentence a reader may conclude."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.compounds import compounds, compounds_between
from fairwitness.probes.fairness.group_fairness.contrasts import differences, equalized_odds
from fairwitness.probes.fairness.group_fairness.ends import completed, rate_ends
from fairwitness.probes.fairness.group_fairness.gaps import Gap, gap_metric, gaps
from fairwitness.probes.fairness.group_fairness.meaning import Meaning
from fairwitness.probes.fairness.group_fairness.rates import RATES, Group, Limits, Part, Rate
from fairwitness.probes.fairness.group_fairness.ratios import SELECTION, Ratio, pair_ratios, ratio_metrics, ratios
from fairwitness.probes.fairness.group_fairness.rows import Outcomes
from fairwitness.probes.kit.claims import holds_among
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import difference_if_answered

UNIT = "share"


@dataclass(frozen=True, slots=True)
class Compared:
    """What compares groups over all pairs, and what keeps comparisons from meaning anything."""

    gaps: Sequence[Gap]
    ratios: Sequence[Ratio]
    meaning: Meaning

    @classmethod
    def of(cls, outcomes: Outcomes, parts: Sequence[Part], limits: Limits, seed: int) -> Compared:
        """Gaps of all known rates, ratios of selection rates."""
        found = gaps(known_rates(outcomes), parts, limits, seed)
        return cls(found, ratios(parts, limits), Meaning.of(outcomes, parts[0], limits))


def metrics(parts: Sequence[Part], outcomes: Outcomes, limits: Limits, compared: Compared) -> list[Metric]:
    """Rates of all rows and of every group, contrasts, what is made of several rates, then gaps."""
    rates = known_rates(outcomes)
    own = rates_of_groups(rates, parts, outcomes, limits)
    between = [*rate_differences(rates, parts, outcomes, limits), *ratio_metrics(compared.ratios, outcomes)]
    if outcomes.has_labels:
        own += compounds(parts, limits)
        between += compounds_between(parts, limits)
        for part in parts:
            if part.reference is not None:
                between += equalized_odds(part, part.reference, limits)
    between += [gap_metric(gap) for gap in compared.gaps]
    return own + [compared.meaning.of_metric(metric) for metric in between]


def known_rates(outcomes: Outcomes) -> list[Rate]:
    """The rates that can be measured: without true outcomes only some."""
    return [rate for rate in RATES if outcomes.has_labels or not rate.needs_labels]


def of_rates(rates: Sequence[Rate], parts: Sequence[Part], outcomes: Outcomes, limits: Limits) -> list[Metric]:
    """Rates of all rows and of every group, then differences, and ratios of selection rates, to the reference group."""
    own = rates_of_groups(rates, parts, outcomes, limits) + rate_differences(rates, parts, outcomes, limits)
    pairs = [pair for part in parts for pair in pair_ratios(part, limits)] if SELECTION in rates else []
    return [*own, *ratio_metrics(pairs, outcomes)]


def rates_of_groups(rates: Sequence[Rate], parts: Sequence[Part], outcomes: Outcomes, limits: Limits) -> list[Metric]:
    """Rates of all rows and of every group."""
    cells = [(rate, part, group) for part in parts for group in part.groups for rate in rates]
    return [_rate_metric(rate, part, group, outcomes, limits) for rate, part, group in cells]


def rate_differences(
    rates: Sequence[Rate], parts: Sequence[Part], outcomes: Outcomes, limits: Limits, among: int = 1
) -> list[Metric]:
    """The differences of compared rates between every comparable group and the reference group.

    The intervals of a part hold at once; claims are held to a correction for the classes they are looked at `among`.
    """
    found: list[Metric] = []
    for part in parts:
        for rate in rates:
            if rate.compared and part.reference is not None:
                found += _contrasts(rate, part, part.reference, outcomes, limits, among)
    return found


def _rate_metric(rate: Rate, part: Part, group: Group, outcomes: Outcomes, limits: Limits) -> Metric:
    who, sample = words.of_group(part, group), part.sample_of(rate, group, limits)
    estimate = sample if isinstance(sample, Undefined) else sample.estimate("Wilson score", (0.0, 1.0))
    estimate = completed(estimate, rate_ends(part, rate.share, group, labelled=rate.needs_labels))
    verb, among = words.verb(rate, outcomes)
    claim = words.not_measured(f"The {words.title(rate.name)} of {who}", estimate)
    if isinstance(estimate, Estimate):
        claim = f"{words.percent(estimate.value)} of {who}{among} {verb} ({words.span(estimate)})."
    tags = words.group_tags(part, "rate")
    return Metric(
        name=rate.name,
        estimate=estimate,
        unit=UNIT,
        better=rate.better,
        claim=claim,
        null=None,
        by=part.by(group),
        evidence=("confusion", "rows"),
        tags=tags,
        **standing(tags, rate.better, part=bool(part.by(group))),
    )


def _contrasts(
    rate: Rate, part: Part, reference: Group, outcomes: Outcomes, limits: Limits, among: int
) -> Iterator[Metric]:
    """Differences of every comparable group to the reference."""
    samples = {group: part.sample_of(rate, group, limits) for group in part.compared}
    base = rate_ends(part, rate.share, reference, labelled=rate.needs_labels)
    for group, estimate in differences(samples, reference, "Newcombe", (-1.0, 1.0)).items():
        own = rate_ends(part, rate.share, group, labelled=rate.needs_labels)
        if own is not None and base is not None:
            estimate = difference_if_answered(estimate, own, base)
        yield _difference_metric(rate, part, group, reference, estimate, outcomes, among)


def _difference_metric(
    rate: Rate,
    part: Part,
    group: Group,
    reference: Group,
    estimate: Estimate | Undefined,
    outcomes: Outcomes,
    among: int,
) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    verb, within = words.verb(rate, outcomes)
    claim = words.not_measured(f"The difference in {words.title(rate.name)} between {who} and {other}", estimate)
    if isinstance(estimate, Estimate):
        interval = f"95 % interval {words.points(estimate.low)} to {words.points(estimate.high)} points"
        if not holds_among(estimate, among):
            corrected = " once all classes are corrected for" if not estimate.low <= 0 <= estimate.high else ""
            claim = (
                f"Whether {who}{within} {verb} more or less often than {other} is not shown{corrected}: "
                f"{words.points(estimate.value)} points ({interval}). {words.detectable(estimate)}"
            )
        else:
            often = "more often" if estimate.value > 0 else "less often"
            claim = (
                f"{words.capital(who)}{within} {verb} {abs(100 * estimate.value):.1f} percentage points {often} than "
                f"{other} ({interval})."
            )
    return Metric(
        name=f"{rate.name}_difference",
        estimate=estimate,
        unit=UNIT,
        better="near_zero",
        claim=claim,
        null=0.0,
        by=part.by(group),
        against=words.crossing(reference),
        evidence=("confusion", "rows"),
        tags=words.contrast_tags(part, "simultaneous"),
        **standing(words.contrast_tags(part, "simultaneous"), "near_zero", part=True),
    )
