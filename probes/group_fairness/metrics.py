"""Rates, contrasts against the reference group and gaps, as metrics with the sentence a reader may conclude."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.audit import stats
from assay.audit.records import Estimate, Metric, Undefined
from assay.probes.group_fairness.rates import RATES, Group, Limits, Part, Rate
from assay.probes.group_fairness.rows import Outcomes

UNIT = "share"
NOT_ESTIMABLE = "not estimable: "
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
    """Rates of all rows and of every group, then contrasts, then gaps."""
    measured = [rate for rate in RATES if outcomes.has_labels or not rate.needs_labels]
    result = [
        _rate_metric(rate, part, group, outcomes, limits)
        for part in parts
        for group in part.groups
        for rate in measured
    ]
    for part in parts:
        if part.reference is not None:
            for rate in measured:
                if rate.compared:
                    result += _contrasts(rate, part, part.reference, outcomes, limits)
    return result + [_gap_metric(gap) for gap in found]


def gaps(parts: Sequence[Part], outcomes: Outcomes, limits: Limits, seed: int) -> list[Gap]:
    """The gap of every compared rate in every part that has groups, with Holm's correction over all of them."""
    rates = [rate for rate in RATES if rate.compared and (outcomes.has_labels or not rate.needs_labels)]
    found = [_gap(part, rate, limits, seed) for part in parts if part.columns for rate in rates]
    tested = [index for index, gap in enumerate(found) if gap.null is not None]
    corrected = stats.holm([null.p_value for gap in found if (null := gap.null) is not None])
    for index, adjusted in zip(tested, corrected, strict=True):
        gap = found[index]
        found[index] = Gap(gap.part, gap.rate, gap.estimate, gap.highest, gap.lowest, gap.null, adjusted)
    return found


def _rate_metric(rate: Rate, part: Part, group: Group, outcomes: Outcomes, limits: Limits) -> Metric:
    counts, who = part.groups[group], _who(part, group)
    problem = limits.problem(rate, counts)
    estimate = problem or stats.proportion(*rate.of(counts))
    verb, among = _words(rate, outcomes)
    claim = _not_measured(f"The {_title(rate)} of {who}", estimate)
    if isinstance(estimate, Estimate):
        claim = f"{_percent(estimate.value)} of {who}{among} {verb} ({_range(estimate)})."
    tags = ("extrinsic", "rate", *(("intersection",) if len(part.columns) > 1 else ()))
    return Metric(rate.name, estimate, UNIT, rate.better, claim, None, part.by(group), ("confusion", "rows"), tags)


def _contrasts(rate: Rate, part: Part, reference: Group, outcomes: Outcomes, limits: Limits) -> Iterator[Metric]:
    """Differences and, for some rates, ratios of every comparable group against the reference."""
    problems = {group: limits.problem(rate, part.groups[group]) for group in part.compared}
    sound = [group for group in part.compared if problems[group] is None]
    differences: dict[Group, Estimate] = {}
    if problems[reference] is None and len(sound) > 1:
        counts = [rate.of(part.groups[group]) for group in sound]
        contrasts = stats.rate_contrasts([hits for hits, _ in counts], [n for _, n in counts], sound.index(reference))
        differences = dict(zip((group for group in sound if group != reference), contrasts, strict=True))
    for group in part.compared:
        if group == reference:
            continue
        problem = problems[group] or _reference_problem(part, reference, problems[reference])
        yield _difference_metric(rate, part, group, reference, problem or differences[group], outcomes)
        if rate.name in RATIOS:
            ratio = problem or stats.ratio(*rate.of(part.groups[group]), *rate.of(part.groups[reference]))
            yield _ratio_metric(rate, part, group, reference, ratio, outcomes)


def _difference_metric(
    rate: Rate, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined, outcomes: Outcomes
) -> Metric:
    who, other = _who(part, group), _who(part, reference)
    verb, among = _words(rate, outcomes)
    claim = _not_measured(f"The difference in {_title(rate)} between {who} and {other}", estimate)
    if isinstance(estimate, Estimate):
        interval = f"95 % interval {_points(estimate.low)} to {_points(estimate.high)} points"
        if estimate.low <= 0 <= estimate.high:
            claim = (
                f"Whether {who}{among} {verb} more or less often than {other} is not shown: {_points(estimate.value)} "
                f"points ({interval}). {_detectable(estimate)}"
            )
        else:
            often = "more often" if estimate.value > 0 else "less often"
            claim = (
                f"{_capital(who)}{among} {verb} {abs(100 * estimate.value):.1f} percentage points {often} than {other} "
                f"({interval})."
            )
    return Metric(
        f"{rate.name}_difference",
        estimate,
        UNIT,
        "near_zero",
        claim,
        0.0,
        _against(part, group, reference),
        ("confusion", "rows"),
        _contrast_tags(part, "simultaneous"),
    )


def _ratio_metric(
    rate: Rate, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined, outcomes: Outcomes
) -> Metric:
    who, other = _who(part, group), _who(part, reference)
    verb, among = _words(rate, outcomes)
    claim = _not_measured(f"The ratio of the {_title(rate)} of {who} to that of {other}", estimate)
    if isinstance(estimate, Estimate):
        claim = (
            f"{_capital(who)}{among} {verb} {estimate.value:.2f} times as often as {other} (95 % interval "
            f"{estimate.low:.2f} to {estimate.high:.2f}; 1 is no difference)."
        )
    return Metric(
        f"{rate.name}_ratio",
        estimate,
        "ratio",
        "near_zero",
        claim,
        1.0,
        _against(part, group, reference),
        ("confusion",),
        _contrast_tags(part),
    )


def _gap(part: Part, rate: Rate, limits: Limits, seed: int) -> Gap:
    sound = [group for group in part.compared if limits.problem(rate, part.groups[group]) is None]
    if len(sound) < 2:
        reason = f"not estimable: {len(sound)} of {len(part.compared)} groups are large enough, 2 needed"
        return Gap(part, rate, Undefined(reason), "", "", None)
    counts = [rate.of(part.groups[group]) for group in sound]
    hits, n = [hit for hit, _ in counts], [base for _, base in counts]
    shares = {group: hit / base for group, (hit, base) in zip(sound, counts, strict=True)}
    highest, lowest = max(sound, key=lambda group: shares[group]), min(sound, key=lambda group: shares[group])
    return Gap(
        part, rate, stats.rate_gap(hits, n), " × ".join(highest), " × ".join(lowest), stats.gap_null(hits, n, seed)
    )


def _gap_metric(gap: Gap) -> Metric:
    claim = _not_measured(f"The gap in {_title(gap.rate)} between groups by {gap.part.name}", gap.estimate)
    if isinstance(gap.estimate, Estimate) and gap.null is not None:
        claim = (
            f"By {gap.part.name} the {_title(gap.rate)} is {100 * gap.estimate.value:.1f} percentage points apart "
            f"between {gap.highest} (highest) and {gap.lowest} (lowest). If groups did not differ, "
            f"{100 * gap.null.expected:.1f} points would be expected by chance (p {_p(gap.null.p_value)})."
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


def _reference_problem(part: Part, reference: Group, problem: Undefined | None) -> Undefined | None:
    if problem is None:
        return None
    found = problem.reason.removeprefix(NOT_ESTIMABLE)
    return Undefined(f"{NOT_ESTIMABLE}the reference group {' × '.join(reference)} has {found}")


def _against(part: Part, group: Group, reference: Group) -> Mapping[str, str]:
    return {**part.by(group), "reference": " × ".join(reference)}


def _contrast_tags(part: Part, *more: str) -> tuple[str, ...]:
    return ("extrinsic", "intersection" if len(part.columns) > 1 else "contrast", *more)


def _words(rate: Rate, outcomes: Outcomes) -> tuple[str, str]:
    said = {"chosen": outcomes.chosen, "counted": outcomes.counted}
    return rate.verb.format(**said), rate.among.format(**said)


def _who(part: Part, group: Group) -> str:
    described = " and ".join(f"{name} {value}" for name, value in zip(part.columns, group, strict=True))
    return f"rows with {described}" if described else "all rows"


def _title(rate: Rate) -> str:
    return rate.name.replace("_", " ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _not_measured(what: str, estimate: Estimate | Undefined) -> str:
    if isinstance(estimate, Estimate):
        return ""
    return f"{what} could not be estimated: {estimate.reason.removeprefix(NOT_ESTIMABLE)}."


def _detectable(estimate: Estimate) -> str:
    effect = stats.minimum_detectable_effect(estimate)
    return (
        f"With these rows a true difference of {100 * effect:.1f} points would be seen 4 times in 5." if effect else ""
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _range(estimate: Estimate) -> str:
    return f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
