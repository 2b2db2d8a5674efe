"""What is said of groups: the largest LPBS of all, which is judged, and LPBS and ILPS of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.probes.bias.fill_mask.metrics import DETAIL, INTRINSIC, OVERALL, estimate_of, metric, signed, surviving
from fairwitness.probes.bias.fill_mask.result import Result, largest
from fairwitness.probes.kit import crossed
from fairwitness.probes.kit.claims import concluded
from fairwitness.probes.kit.crossed import Crossed, Value
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.standing import labelled, parted, standing
from fairwitness.probes.kit.unanswered import Ends, mean_if_answered


def sizes(results: Sequence[Result]) -> list[Metric]:
    """The largest LPBS of a group, whatever its sign: over all categories that can be read, and in each.

    A category without a number stands under the tag of the overall one: what is not known is no small size.
    """
    each = [(one, _size([one])) for one in results]
    readable = [one for one, size in each if isinstance(size, Estimate)]
    overall = _size(readable) if readable else _nothing(results, [size for _, size in each])
    found = [_metric(overall, readable, {}, OVERALL)]
    for one, size in each:
        tags = OVERALL if isinstance(size, Undefined) else INTRINSIC
        found.append(_metric(size, [one], {"category": one.category}, tags))
    return found


def _nothing(results: Sequence[Result], sizes: Sequence[Estimate | Undefined]) -> Undefined:
    """Why no category has a number: not interpretable where that is so of one of them."""
    known = [(one.category, why) for one, why in zip(results, sizes, strict=True) if isinstance(why, Undefined)]
    category, why = next((pair for pair in known if pair[1].kind == "not_interpretable"), known[0])
    return why if len(known) == 1 else Undefined(f"no category could be measured; {category}: {why.reason}", why.kind)


def _size(results: Sequence[Result]) -> Estimate | Undefined:
    for one in results:
        if one.reason is not None:
            return one.reason
    size = largest(value for one in results for value in one.by_group.values())
    return size if isinstance(size, Undefined) else replace(size, if_answered=_ends(results, size))


def _ends(results: Sequence[Result], size: Estimate) -> Ends:
    """From the least to the largest size had the unanswered items been as low or as high as any that was seen."""
    seen = [gap.value for one in results for gap in one.gaps]
    lows, highs = [], []
    for one in results:
        answered = grouped(one.gaps, lambda gap: gap.cell.term.group)
        for group, value in one.by_group.items():
            own = mean_if_answered(estimate_of(value), len(answered[group]), one.missing(group), (min(seen), max(seen)))
            if isinstance(own, Estimate) and own.if_answered is not None:
                low, high = own.if_answered
                lows.append(max(0.0, low, -high))
                highs.append(max(-low, high))
    return min(max(lows), size.value), max(*highs, size.value)


def _metric(
    size: Estimate | Undefined, results: Sequence[Result], by: Mapping[str, str], tags: tuple[str, ...]
) -> Metric:
    values = {group: one.value for own in results for group, one in own.by_group.items() if isinstance(one, Crossed)}
    group = max(values, key=lambda name: abs(values[name]), default="")
    place = f"in {by['category']}" if by else f"over {', '.join(one.category for one in results)}"
    more = "more" if values.get(group, 0.0) > 0 else "less"
    claim = concluded(
        f"The largest LPBS of a group {place}".rstrip(),
        size,
        above=f"Bias detected {place}: unfavourable words move a group by up to {{size}} nats against the reference; "
        f"most of all {group}, which they raise {more}",
        below="",
        unshown=f"Bias not detected at this power {place}: unfavourable words are not shown to move any group against "
        f"the reference; {group} lies furthest from it",
    )
    return Metric(
        name="largest_lpbs",
        estimate=size,
        unit="nats",
        better="lower",
        claim=claim,
        null=0.0,
        **labelled(by),
        evidence=("groups", "examples"),
        tags=tags,
        **standing(tags, "lower", part=parted(by)),
    )


def by_group(results: Sequence[Result]) -> list[Metric]:
    """LPBS of each group against the reference and ILPS of each group by itself, corrected for all groups."""
    keys = [(one, group) for one in results for group in one.by_group]
    values = [one.reason or one.by_group[group] for one, group in keys]
    found = [
        signed("group_lpbs", value, f"for {group}", _by(one, group), DETAIL, among_others=shown)
        for (one, group), value, shown in zip(keys, values, surviving(values), strict=True)
    ]
    names = [(one, group) for one in results for group in dict.fromkeys(term.group for term in one.terms)]
    alone = [one.reason or _ilps(one, group) for one, group in names]
    return found + [
        _alone(value, group, _by(one, group), among_others=shown)
        for (one, group), value, shown in zip(names, alone, surviving(alone), strict=True)
    ]


def _by(one: Result, group: str) -> dict[str, str]:
    return {"category": one.category, "group": group}


def _ilps(result: Result, group: str) -> Crossed | Undefined:
    cells = [one for one in result.cells if one.term.group == group]
    return crossed.mean([Value(cell.template.family, cell.pair.name, cell.contrast) for cell in cells])


def _alone(value: Crossed | Undefined, group: str, by: Mapping[str, str], *, among_others: bool) -> Metric:
    claim = concluded(
        f"The ILPS of {group}",
        estimate_of(value),
        above=f"Unfavourable words raise the terms for {group} by {{size}} nats more than favourable ones",
        below=f"Favourable words raise the terms for {group} by {{size}} nats more than unfavourable ones",
        unshown=f"Neither unfavourable nor favourable words are shown to raise the terms for {group} more",
        among_others=among_others,
    )
    return metric("group_ilps", value, "nats", "none", claim, by, DETAIL)
