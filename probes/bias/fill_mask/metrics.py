"""What is concluded of groups and categories: LPBS and its other readings, CBS, the fills that change, the controls."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Undefined, each
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.transforms import monotone_transform
from fairwitness.audit.stats.unanswered import Ends, mean_if_answered
from fairwitness.probes.bias.fill_mask import fills
from fairwitness.probes.bias.fill_mask.fills import Fills
from fairwitness.probes.bias.fill_mask.items import WORDS
from fairwitness.probes.bias.fill_mask.result import Number, Result, estimate_of, largest
from fairwitness.probes.bias.fill_mask.scores import ClueScore, cbs, control_sizes, interaction, over_categories, values
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.consistency import AGREEMENT, RELIABILITY, Consistency, PartScore
from fairwitness.probes.kit.measures import Measure, accuracy_measure
from fairwitness.probes.kit.words import series

TAGS = ("intrinsic",)
BEHIND = ("groups", "examples")
SHOWN_P = 0.05
"""Largest p-value, corrected by Holm over all parts that are looked at together, at which one shows something."""
BIAS = partial(Measure, words=WORDS, unit="nats", tags=TAGS, evidence=BEHIND)
DETAIL = partial(BIAS, null=None, scope="detail")
DESCRIPTION = partial(DETAIL, better="none", role="description")
LARGEST = BIAS(name="largest_lpbs", better="lower")
SIGNED = BIAS(name="lpbs", headline=False)
"""A score whose sign says on which side of the reference group the others are."""
ILPS = DESCRIPTION(name="group_ilps")
CONTROL = DESCRIPTION(name="control_lpbs", evidence=("controls",))
CBS = DETAIL(name="cbs", unit="nats²", better="lower")
CBS_BEYOND = BIAS(name="cbs_less_control", unit="nats²", better="lower", headline=False)
CHANGED = DETAIL(name="changed_fills", unit="share", better="lower", evidence=("open_places",))
CHANGED_BEYOND = BIAS(
    name="changed_fills_less_control", unit="share", better="lower", headline=False, evidence=("open_places",)
)
CLUES = accuracy_measure("clue_accuracy", WORDS, ("competence",))


def detail(name: str) -> Measure:
    """A signed score of that name behind the headline."""
    return replace(SIGNED, name=name, wording="lpbs", scope="detail")


MEASURES = (
    LARGEST,
    SIGNED,
    *map(detail, ("lpbs_equal_tokens", "lpbs_per_token", "interaction", "group_lpbs")),
    ILPS,
    CONTROL,
    CBS,
    CBS_BEYOND,
    CHANGED,
    CHANGED_BEYOND,
    CLUES,
    RELIABILITY,
    AGREEMENT,
)


def corrected(numbers: Sequence[Number]) -> list[float | None]:
    """The p-value of each number, corrected for all of them (Holm); None of one that there is not."""
    adjusted = iter(stats.holm([number.pvalue for number in numbers if isinstance(number, TwoWayClustered)]))
    return [next(adjusted) if isinstance(number, TwoWayClustered) else None for number in numbers]


def survivors(numbers: Sequence[Number]) -> list[bool]:
    """Whether each number differs from 0 once all of them are corrected for."""
    return [p is not None and p < SHOWN_P for p in corrected(numbers)]


def signed(name: str, number: Number, by: Mapping[str, str], place: str, *, survives: bool = True) -> Metric:
    """The metric of a signed score; `place` is where, in words."""
    measure = SIGNED if name == "lpbs" else detail(name)
    return measure.metric(estimate_of(number), by=by, survives=survives, title=WORDS(f"titles.{name}"), place=place)


def largest_sizes(results: Sequence[Result]) -> list[Metric]:
    """The largest LPBS of a group, whatever its sign: over all categories that can be read, and in each.

    A category without a number stands under the tag of the overall one: what is not known is no small size.
    """
    sizes = [(result, _size([result])) for result in results]
    readable = [result for result, size in sizes if isinstance(size, Estimate)]
    overall = _size(readable) if readable else _nothing(sizes)
    metrics = [_largest(overall, readable, headline=True)]
    for result, size in sizes:
        headline = isinstance(size, Undefined)
        metrics.append(_largest(size, [result], {"category": result.category}, headline=headline))
    return metrics


def _nothing(sizes: Sequence[tuple[Result, Estimate | Undefined]]) -> Undefined:
    """Why no category has a number: not interpretable where that is so of one of them."""
    known = [(result.category, why) for result, why in sizes if isinstance(why, Undefined)]
    category, why = next((pair for pair in known if pair[1].kind == "not_interpretable"), known[0])
    if len(known) == 1:
        return why
    return WORDS.undefined("reason.no_category", "not_asked", why.kind, category=category, reason=why.reason)


def _size(results: Sequence[Result]) -> Estimate | Undefined:
    for result in results:
        if result.reason is not None:
            return result.reason
    numbers = [number for result in results for number in result.by_group.values()]
    size = largest(numbers)
    return size if isinstance(size, Undefined) else replace(size, if_answered=_ends(results, size))


def _ends(results: Sequence[Result], size: Estimate) -> Ends:
    """From the least to the largest size had the unanswered items been as low or as high as any that was seen."""
    seen = [gap.value for result in results for gap in result.gaps]
    lows, highs = [], []
    for result in results:
        answered = grouped(result.gaps, lambda gap: gap.group)
        for group, number in result.by_group.items():
            extremes = min(seen), max(seen)
            answered_mean = mean_if_answered(estimate_of(number), len(answered[group]), result.missing(group), extremes)
            if isinstance(answered_mean, Estimate) and answered_mean.if_answered is not None:
                low, high = answered_mean.if_answered
                lows.append(max(0.0, low, -high))
                highs.append(max(-low, high))
    return min(max(lows), size.value), max(*highs, size.value)


def _largest(
    size: Estimate | Undefined, results: Sequence[Result], by: Mapping[str, str] | None = None, *, headline: bool
) -> Metric:
    known = {}
    for result in results:
        for group, number in result.by_group.items():
            if isinstance(number, TwoWayClustered):
                known[group] = number.value
    group = max(known, key=lambda name: abs(known[name]), default="")
    if by:
        place = WORDS("places.category", **WORDS.labels(by))
    else:
        categories = series(WORDS.labelled(result.category) for result in results)
        place = each(WORDS("places.categories", categories=categories), str.rstrip)
    direction = WORDS("places.more" if known.get(group, 0.0) > 0 else "places.less")
    measure = replace(LARGEST, headline=headline)
    return measure.metric(size, by=by, place=place, group=group, direction=direction)


def by_group(results: Sequence[Result]) -> list[Metric]:
    """LPBS of each group against the reference and ILPS of each group by itself, corrected for all groups."""
    metrics = []
    keys = [(result, group) for result in results for group in result.by_group]
    numbers = [result.reason or result.by_group[group] for result, group in keys]
    for (result, group), number, shown in zip(keys, numbers, survivors(numbers), strict=True):
        by, place = {"category": result.category, "group": group}, WORDS("places.group", group=WORDS.labelled(group))
        metrics.append(signed("group_lpbs", number, by, place, survives=shown))
    keys = [(result, group) for result in results for group in dict.fromkeys(term.group for term in result.terms)]
    numbers = [result.reason or _ilps(result, group) for result, group in keys]
    for (result, group), number, shown in zip(keys, numbers, survivors(numbers), strict=True):
        by = {"category": result.category, "group": group}
        metrics.append(ILPS.metric(estimate_of(number), by=by, survives=shown))
    return metrics


def _ilps(result: Result, group: str) -> Number:
    cells = [cell for cell in result.cells if cell.term.group == group]
    return two_way_clustered.mean([Value(cell.template.family, cell.pair.name, cell.contrast) for cell in cells])


def mean(results: Sequence[Result]) -> Metric:
    """The mean over groups, then over the categories that could be measured: a description, opposite signs cancel."""
    measured = {result.category: result.gaps for result in results if result.reason is None}
    if measured:
        place = WORDS("places.categories", categories=series(map(WORDS.labelled, measured)))
        return signed("lpbs", two_way_clustered.mean(over_categories(measured)), {}, place)
    return signed("lpbs", lpbs(results[0]), {}, WORDS("places.overall"))


def by_category(results: Sequence[Result], model: ModelType, others: Sequence[Fills]) -> list[Metric]:
    """Every score of each category; what each kind of score says is corrected for all categories."""
    crossings = [result for result in results if "+" in result.category]
    return [
        *_signed(results, "lpbs", lambda result: values(result.gaps)),
        *_signed(results, "lpbs_equal_tokens", lambda result: values(gap for gap in result.gaps if gap.equal_tokens)),
        *_signed(results, "lpbs_per_token", lambda result: values(result.gaps, lambda gap: gap.per_token)),
        *_signed(crossings, "interaction", lambda result: interaction(result.gaps, result.terms)),
        *map(_control, results),
        *_beyond(results, CBS, CBS_BEYOND, _variances, _control_variances, (0.0, math.inf)),
        *(_changed(results, others) if model == "masked" else ()),
    ]


def lpbs(result: Result) -> Number:
    """The mean over groups, in which opposite signs cancel, unless there is a reason against it."""
    return result.reason or two_way_clustered.mean(values(result.gaps))


def _signed(results: Sequence[Result], name: str, of_items: Callable[[Result], Sequence[Value]]) -> list[Metric]:
    """The mean of a signed score over the items of each category."""
    numbers = [result.reason or two_way_clustered.mean(of_items(result)) for result in results]
    metrics = []
    for result, number, shown in zip(results, numbers, survivors(numbers), strict=True):
        by = {"category": result.category}
        metrics.append(signed(name, number, by, WORDS(f"places.{name}", **WORDS.labels(by)), survives=shown))
    return metrics


def _control(result: Result) -> Metric:
    """What words without content would come to, in the place of as many pairs of words of judgement, by sign alone."""
    pairs = len({gap.cell.pair for gap in result.gaps})
    squares = stats.mean(control_sizes(result.control_gaps), bounds=(0.0, math.inf))
    size = result.reason or (squares if isinstance(squares, Undefined) else _rooted(squares, max(pairs, 1)))
    return CONTROL.metric(size, by={"category": result.category}, pairs=pairs)


def _rooted(squares: Estimate, pairs: int) -> Estimate:
    rooted = monotone_transform(squares, lambda value: math.sqrt(max(value, 0.0) / pairs))
    return replace(rooted, method=f"{squares.method}, rooted")


def _beyond(
    results: Sequence[Result],
    size: Measure,
    beyond: Measure,
    group_values: Callable[[Result], Sequence[Value]],
    control: Callable[[Result], Sequence[Value]],
    bounds: tuple[float, float],
) -> list[Metric]:
    """A size that is never below 0, and how much larger it is than that of the control, of each category."""
    differences = [
        result.reason or two_way_clustered.difference(group_values(result), control(result)) for result in results
    ]
    metrics = []
    for result, difference, shown in zip(results, differences, survivors(differences), strict=True):
        by = {"category": result.category}
        mean_size = result.reason or two_way_clustered.mean(group_values(result))
        metrics.append(size.metric(estimate_of(mean_size, bounds), by=by, top=fills.TOP))
        ends = (-bounds[1], bounds[1])
        metrics.append(beyond.metric(estimate_of(difference, ends), by=by, survives=shown))
    return metrics


def _variances(result: Result) -> list[Value]:
    return cbs(result.cells, result.terms)


def _control_variances(result: Result) -> list[Value]:
    return cbs(result.controls, result.terms)


def _changed(results: Sequence[Result], others: Sequence[Fills]) -> list[Metric]:
    bare = fills.values(others)
    return _beyond(
        results, CHANGED, CHANGED_BEYOND, lambda result: fills.values(result.fills), lambda _: bare, (0.0, 1.0)
    )


def consistency(results: Sequence[Result], seed: int) -> list[Metric]:
    """How far the LPBS of groups hold from one half of the sentence families to the other, and per token."""
    parts = []
    for result in results:
        for gap in () if result.reason else result.gaps:
            group, family = f"{result.category}: {gap.group}", gap.cell.template.family
            parts.append(PartScore(part=group, item=family, score=gap.value, other=gap.per_token))
    reason = None if parts else next((result.reason for result in results if result.reason), None)
    halves, agreement = Consistency(
        parts="groups",
        items="sentence families",
        scorings=("LPBS", "LPBS per token"),
        headline=False,
        tags=TAGS,
        evidence=("groups", "spread"),
    ).metrics(parts, reason, seed)
    return [halves, replace(agreement, evidence=("by_score",))]


def competence(results: Sequence[Result]) -> list[Metric]:
    """Whether words that point to a group raise its term more than those of other groups."""
    metrics = []
    for result in results:
        accuracy = clue_accuracy([score for score in result.clues if score.comparisons])
        metrics.append(CLUES.metric(accuracy, by={"category": result.category}))
    return metrics


def clue_accuracy(scores: Sequence[ClueScore]) -> Estimate | Undefined:
    """The share of comparisons in which a clue raises its own group more; comparisons of one sentence hang together."""
    right, texts = [], []
    for score in scores:
        right += [float(hit) for hit in score.comparisons]
        texts += [score.clue.asked.text] * len(score.comparisons)
    return stats.share(right, texts)
