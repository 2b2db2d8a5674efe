"""Selection rates as ratios: the lower over the higher of two groups, and the lowest over the highest of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.probes.fairness.group_fairness import words
from fairwitness.probes.fairness.group_fairness.ends import completed, quotient_ends, rate_ends, ratio_ends
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, RATES, Group, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Outcomes
from fairwitness.probes.kit.standing import standing

SELECTION = next(rate for rate in RATES if rate.name == "selection_rate")
RATIO, TO_REFERENCE, IMPACT = "selection_rate_ratio", "selection_rate_ratio_to_reference", "impact_ratio"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The lowest over the highest selection rate of several groups, in rising order of their rates.

    `pair` is a group and the reference group, None where the ratio is over all comparable groups of the part.
    """

    part: Part
    groups: tuple[Group, ...]
    estimate: Estimate | Undefined
    pair: tuple[Group, Group] | None = None

    @property
    def lowest(self) -> Group:
        """The group with the lowest rate."""
        return self.groups[0]

    @property
    def highest(self) -> Group:
        """The group with the highest rate."""
        return self.groups[-1]


def ratios(parts: Sequence[Part], limits: Limits) -> list[Ratio]:
    """Of every comparable group and the reference of its part, then over all comparable groups of each part."""
    found: list[Ratio] = []
    for part in parts:
        if not part.columns:
            continue
        found += [*pair_ratios(part, limits), over_all(part, limits)]
    return found


def over_all(part: Part, limits: Limits) -> Ratio:
    """The lowest over the highest rate of all groups of a part that are large enough."""
    problems = {group: _problem(part, group, limits) for group in part.compared}
    large = tuple(group for group, problem in problems.items() if problem is None)
    why = part.too_few_large(SELECTION, len(large)) if len(large) < 2 else part.unheard(SELECTION, limits)
    rising = large if why else _rising(part, large)
    return Ratio(part, rising, why or _lowest(part, rising))


def pair_ratios(part: Part, limits: Limits) -> list[Ratio]:
    """Of every comparable group and the reference; none without a reference."""
    if part.reference is None:
        return []
    base = _of_reference(part.reference, _problem(part, part.reference, limits))
    others = [group for group in part.compared if group != part.reference]
    return [_of(part, (group, part.reference), [_problem(part, group, limits), base]) for group in others]


def _problem(part: Part, group: Group, limits: Limits) -> Undefined | None:
    sample = part.sample_of(SELECTION, group, limits)
    return sample if isinstance(sample, Undefined) else None


def _of_reference(reference: Group, problem: Undefined | None) -> Undefined | None:
    if problem is None:
        return None
    why = problem.reason.removeprefix(NOT_ESTIMABLE)
    return Undefined(f"{NOT_ESTIMABLE}the reference group {' × '.join(reference)} has {why}", problem.kind)


def _of(part: Part, pair: tuple[Group, Group], problems: Sequence[Undefined | None]) -> Ratio:
    why = next((problem for problem in problems if problem is not None), None)
    rising = pair if why else _rising(part, pair)
    return Ratio(part, rising, why or _lowest(part, rising), pair)


def _rising(part: Part, groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda group: _rate(part, group)))


def _rate(part: Part, group: Group) -> float:
    hits, rows = part.counted(SELECTION.share, group, labelled=False)
    return hits / rows


def _lowest(part: Part, groups: Sequence[Group]) -> Estimate | Undefined:
    counted = [part.counted(SELECTION.share, group, labelled=False) for group in groups]
    found = stats.lowest_over_highest([hits for hits, _ in counted], [rows for _, rows in counted])
    ends = [rate_ends(part, SELECTION.share, group, labelled=False) for group in groups]
    return completed(found, ratio_ends(ends))


def ratio_metrics(found: Sequence[Ratio], outcomes: Outcomes) -> Iterator[Metric]:
    """Each ratio; that to a reference also as it stands to it, which no rule reads."""
    for ratio in found:
        if ratio.pair is None:
            yield _impact(ratio, outcomes)
        else:
            signed = _to_reference(ratio.part, ratio.pair, ratio.estimate)
            yield _pair(ratio, ratio.pair, signed, outcomes)
            yield _signed(ratio.part, ratio.pair, signed, outcomes)


def _to_reference(part: Part, pair: tuple[Group, Group], ratio: Estimate | Undefined) -> Estimate | Undefined:
    if isinstance(ratio, Undefined):
        return ratio
    (hits, rows), (of, among) = (part.counted(SELECTION.share, each, labelled=False) for each in pair)
    own, base = (rate_ends(part, SELECTION.share, each, labelled=False) for each in pair)
    return completed(stats.ratio(hits, rows, of, among), quotient_ends(own, base))


def _pair(ratio: Ratio, pair: tuple[Group, Group], signed: Estimate | Undefined, outcomes: Outcomes) -> Metric:
    part, estimate = ratio.part, ratio.estimate
    verb, _ = words.verb(SELECTION, outcomes)
    low, high = (words.of_group(part, each) for each in (ratio.lowest, ratio.highest))
    claim = words.not_measured(f"The lower over the higher selection rate of {low} and {high}", estimate)
    if isinstance(estimate, Estimate):
        claim = (
            f"{words.capital(low)} {verb} {estimate.value:.2f} times as often as {high}, the lower over the higher "
            f"rate (95 % interval {estimate.low:.2f} to {estimate.high:.2f}; 1 is no difference)."
        )
        claim += "" if isinstance(signed, Undefined) else words.detectable_ratio(signed)
    by, tags = part.by(pair[0]), words.contrast_tags(part)
    return Metric(
        name=RATIO,
        estimate=estimate,
        unit="ratio",
        better="higher",
        claim=claim,
        null=1.0,
        by=by,
        against=words.crossing(pair[1]),
        evidence=("confusion", "ratios"),
        tags=tags,
        **standing(tags, "higher", part=bool(by)),
    )


def _signed(part: Part, pair: tuple[Group, Group], estimate: Estimate | Undefined, outcomes: Outcomes) -> Metric:
    verb, _ = words.verb(SELECTION, outcomes)
    who, other = (words.of_group(part, each) for each in pair)
    claim = words.not_measured(f"The selection rate of {who} over that of {other}", estimate)
    if isinstance(estimate, Estimate):
        claim = (
            f"{words.capital(who)} {verb} {estimate.value:.2f} times as often as {other} (95 % interval "
            f"{estimate.low:.2f} to {estimate.high:.2f})."
        )
    by, tags = part.by(pair[0]), ("extrinsic", "detail", "description")
    return Metric(
        name=TO_REFERENCE,
        estimate=estimate,
        unit="ratio",
        better="near_zero",
        claim=claim,
        null=1.0,
        by=by,
        against=words.crossing(pair[1]),
        evidence=("confusion",),
        tags=tags,
        **standing(tags, "near_zero", part=bool(by)),
    )


def _impact(ratio: Ratio, outcomes: Outcomes) -> Metric:
    part, estimate = ratio.part, ratio.estimate
    verb, _ = words.verb(SELECTION, outcomes)
    claim = words.not_measured(f"The lowest over the highest selection rate by {part.name}", estimate)
    if isinstance(estimate, Estimate):
        low, high = (words.of_group(part, each) for each in (ratio.lowest, ratio.highest))
        claim = (
            f"By {part.name} {low} (lowest rate) {verb} {estimate.value:.2f} times as often as {high} (highest rate; "
            f"95 % interval {estimate.low:.2f} to {estimate.high:.2f} over all pairs of {len(ratio.groups)} groups at "
            "once; 1 is no difference)."
        )
    tags = words.contrast_tags(part, "all_pairs")
    return Metric(
        name=IMPACT,
        estimate=estimate,
        unit="ratio",
        better="higher",
        claim=claim,
        null=1.0,
        variant={"groups": part.name},
        evidence=("ratios",),
        tags=tags,
        **standing(tags, "higher", part=True),
    )


def ratio_table(found: Sequence[Ratio]) -> Evidence:
    """Which group has the lower and which the higher rate, pair by pair and over all."""
    columns = (
        Column("by"),
        Column("compared"),
        Column("lowest"),
        Column("selection rate, lowest", "number", "share"),
        Column("highest"),
        Column("selection rate, highest", "number", "share"),
        Column("ratio", "number", "ratio"),
        Column("from", "number", "ratio"),
        Column("to", "number", "ratio"),
    )
    rows = tuple(_row(ratio, ratio.estimate) for ratio in found if isinstance(ratio.estimate, Estimate))
    caption = (
        "The lower over the higher selection rate, of each group and the reference and over all groups of a column"
    )
    return Evidence("ratios", caption, "table", columns, rows, len(rows))


def _row(ratio: Ratio, estimate: Estimate) -> tuple[Cell, ...]:
    rates = {group: _rate(ratio.part, group) for group in (ratio.lowest, ratio.highest)}
    compared = f"all {len(ratio.groups)} groups" if ratio.pair is None else "with the reference"
    named: Mapping[Group, str] = {group: " × ".join(group) for group in rates}
    return (
        ratio.part.name,
        compared,
        named[ratio.lowest],
        rates[ratio.lowest],
        named[ratio.highest],
        rates[ratio.highest],
        estimate.value,
        estimate.low,
        estimate.high,
    )
