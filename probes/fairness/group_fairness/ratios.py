"""Selection rates as ratios: the lower over the higher of two groups, and the lowest over the highest of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.unanswered import completed
from fairwitness.probes.fairness.group_fairness.ends import quotient_ends, ratio_ends
from fairwitness.probes.fairness.group_fairness.measures import (
    WORDS,
    GroupMeasure,
    detectable_ratio,
    group_words,
)
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import against
from fairwitness.probes.kit.decisions.naming import OutcomeWords, capital
from fairwitness.probes.kit.decisions.partition import RATE, Partition
from fairwitness.probes.kit.tables import Listing, interval, label, number

SELECTION = RATE["selection_rate"]
RATIO = GroupMeasure(
    name="selection_rate_ratio",
    title="selection_rate",
    unit="ratio",
    better="higher",
    null=1.0,
    about="contrast",
    sentence="ratio",
    evidence=("confusion", "ratios"),
)
TO_REFERENCE = replace(
    RATIO,
    name="selection_rate_ratio_to_reference",
    better="near_zero",
    sentence="ratio_to_reference",
    compares=False,
    role="description",
    scope="detail",
    evidence=("confusion",),
)
IMPACT = replace(
    RATIO, name="impact_ratio", about="column", sentence="impact", tags=("all_pairs",), evidence=("ratios",)
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The lowest over the highest selection rate of several groups, in rising order of their rates.

    `pair` is a group and the reference group, None where the ratio is over all comparable groups of the partition;
    `signed` is then the rate of the group over that of the reference.
    """

    part: Partition
    groups: tuple[Group, ...]
    estimate: Estimate | Undefined
    pair: tuple[Group, Group] | None = None
    signed: Estimate | Undefined | None = None

    def metrics(self, said: OutcomeWords) -> Iterator[Metric]:
        """The ratio; that to a reference also as it stands to it, which no rule reads. `said` is what is counted."""
        low, high = (group_words(self.part, group) for group in (self.lowest, self.highest))
        words: dict[str, Any] = {"low": low, "high": high, "Low": capital(low), "count": len(self.groups), **said.names}
        if isinstance(self.estimate, Estimate):
            words["rates"] = against(*(_rate(self.part, group) for group in (self.lowest, self.highest)))
        if self.pair is None or self.signed is None:
            yield IMPACT.of(self.part, self.estimate, **words)
            return
        told_apart = ""
        if isinstance(self.signed, Estimate):
            told_apart = detectable_ratio(self.signed, self.part.naming.rows)
            words["beside"] = against(*(_rate(self.part, group) for group in self.pair))
        yield RATIO.of(self.part, self.estimate, self.pair[0], told_apart=told_apart, **words)
        yield TO_REFERENCE.of(self.part, self.signed, self.pair[0], **words | {"rates": words.get("beside", "")})

    @property
    def lowest(self) -> Group:
        """The group with the lowest rate."""
        return self.groups[0] if self.groups else ()

    @property
    def highest(self) -> Group:
        """The group with the highest rate."""
        return self.groups[-1] if self.groups else ()


def ratios(parts: Sequence[Partition]) -> list[Ratio]:
    """Of every comparable group and the reference of its partition, then over all comparable groups of each."""
    ratios: list[Ratio] = []
    for part in parts:
        if part.columns:
            ratios += [*pair_ratios(part), over_all(part)]
    return ratios


def over_all(part: Partition) -> Ratio:
    """The lowest over the highest rate of all groups of a partition that are large enough."""
    large, why = part.large(SELECTION)
    groups = tuple(large) if why else _ascending(part, [*large])
    return Ratio(part, groups, why or _lowest(part, groups))


def pair_ratios(part: Partition) -> list[Ratio]:
    """Of every comparable group and the reference; none without a reference."""
    if part.reference is None:
        return []
    problems = part.incomparable({group: part.judged(SELECTION, group) for group in part.compared})
    compared = []
    for group in part.others:
        pair = group, part.reference
        if (why := problems.get(group)) is not None:
            compared.append(Ratio(part, pair, why, pair, why))
        else:
            groups = _ascending(part, pair)
            compared.append(Ratio(part, groups, _lowest(part, groups), pair, _to_reference(part, pair)))
    return compared


def _rate(part: Partition, group: Group) -> float:
    hits, rows = part.counted(SELECTION, group)
    return hits / rows


def _ascending(part: Partition, groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda group: _rate(part, group)))


def _lowest(part: Partition, groups: Sequence[Group]) -> Estimate | Undefined:
    hits, rows = zip(*(part.counted(SELECTION, group) for group in groups), strict=True)
    ends = ratio_ends([part.ends(SELECTION, group) for group in groups])
    return completed(stats.lowest_over_highest([*hits], [*rows]), ends)


def _to_reference(part: Partition, pair: tuple[Group, Group]) -> Estimate | Undefined:
    counted = [part.counted(SELECTION, group) for group in pair]
    reach, base = (part.ends(SELECTION, group) for group in pair)
    return completed(stats.ratio(*counted[0], *counted[1]), quotient_ends(reach, base))


def _compared(ratio: Ratio) -> str:
    return "all_groups" if ratio.pair is None else "with_reference"


RATIOS: Listing[Ratio] = Listing(
    "ratios",
    WORDS,
    label("by", lambda ratio: ratio.part.name),
    label("compared", lambda ratio: WORDS(f"part.{_compared(ratio)}", count=len(ratio.groups))),
    label("lowest", lambda ratio: " × ".join(ratio.lowest)),
    number("selection rate, lowest", lambda ratio: _rate(ratio.part, ratio.lowest), "share"),
    label("highest", lambda ratio: " × ".join(ratio.highest)),
    number("selection rate, highest", lambda ratio: _rate(ratio.part, ratio.highest), "share"),
    interval(("ratio", "from", "to"), lambda ratio: ratio.estimate, "ratio"),
)


def ratio_table(ratios: Sequence[Ratio]) -> Evidence:
    """Which group has the lower and which the higher rate, pair by pair and over all."""
    return RATIOS.of([ratio for ratio in ratios if isinstance(ratio.estimate, Estimate)])
