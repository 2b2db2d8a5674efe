"""The highest rate of a partition minus the lowest, beside what chance alone gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Metric, Name, Undefined, quoted
from fairwitness.audit.stats.unanswered import completed
from fairwitness.probes.fairness.group_fairness.ends import gap_ends
from fairwitness.probes.fairness.group_fairness.measures import (
    WORDS,
    GroupMeasure,
    by_chance,
    group_words,
    over_groups,
)
from fairwitness.probes.kit.decisions.counts import Group
from fairwitness.probes.kit.decisions.figures import against
from fairwitness.probes.kit.decisions.naming import OutcomeWords
from fairwitness.probes.kit.decisions.partition import Partition, Rate
from fairwitness.probes.kit.tables import Listing, label, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The largest minus the smallest rate of a partition, and the same if groups did not differ.

    `outcome` names the class that is counted, where each of several is. There is no `null` where people have several
    rows: an exchange of rows would tear people apart.
    """

    part: Partition
    rate: Rate
    estimate: Estimate | Undefined
    highest: Group = ()
    lowest: Group = ()
    rates: tuple[float, float] = (0.0, 0.0)
    """Of the group with the highest and of that with the lowest."""
    null: stats.GapNull | None = None
    adjusted: float | None = None
    outcome: str = ""

    @property
    def title(self) -> str:
        """The rate in words."""
        title = WORDS.labelled(self.rate.name.replace("_", " "))
        return WORDS("part.rate_of_outcome", title=title, outcome=quoted(self.outcome)) if self.outcome else title

    def metric(self, said: OutcomeWords) -> Metric:
        """The gap as a metric; `said` is what is counted."""
        words: dict[str, Any] = {
            **said.names,
            "outcome": WORDS("part.of_outcome", outcome=Name(self.outcome)) if self.outcome else "",
            "highest": group_words(self.part, self.highest),
            "lowest": group_words(self.part, self.lowest),
            "rates": against(*self.rates),
            "chance": by_chance(self.null),
        }
        return gap_measure(self.rate).of(self.part, self.estimate, **words)


def gap_measure(rate: Rate) -> GroupMeasure:
    """The gap of a rate as a measure."""
    return over_groups(rate.name, "gap", "gap", "all_pairs", evidence=("gaps",))


def gaps(rates: Sequence[Rate], parts: Sequence[Partition], seed: int, outcome: str = "") -> list[Gap]:
    """The gap of every compared rate in every partition that has groups."""
    return [_gap(part, rate, seed, outcome) for part in parts if part.columns for rate in rates if rate.compared]


def corrected(gaps: Sequence[Gap]) -> list[Gap]:
    """Gaps with the p-values that Holm's correction over all of them gives."""
    adjusted = iter(stats.holm([null.p_value for gap in gaps if (null := gap.null) is not None]))
    return [gap if gap.null is None else replace(gap, adjusted=next(adjusted)) for gap in gaps]


def between(part: Partition, rate: Rate) -> tuple[Estimate | Undefined, dict[Group, stats.Statistic]]:
    """The largest minus the smallest rate of the groups of a partition that are large enough, and their rates."""
    large, why = part.large(rate)
    ends = gap_ends([part.ends(rate, group) for group in large])
    return why or completed(stats.gap([*large.values()], bounds=(0.0, 1.0)), ends), large


def _gap(part: Partition, rate: Rate, seed: int, outcome: str) -> Gap:
    estimate, large = between(part, rate)
    if isinstance(estimate, Undefined):
        return Gap(part=part, rate=rate, estimate=estimate, outcome=outcome)
    highest = max(large, key=lambda group: large[group].value)
    lowest = min(large, key=lambda group: large[group].value)
    null = None
    if not part.of_people:
        hits, bases = zip(*(part.counted(rate, group) for group in large), strict=True)
        null = stats.gap_null([*hits], [*bases], seed)
    return Gap(
        part=part,
        rate=rate,
        estimate=estimate,
        highest=highest,
        lowest=lowest,
        rates=(large[highest].value, large[lowest].value),
        null=null,
        outcome=outcome,
    )


GAPS: Listing[Gap] = Listing(
    "gaps",
    WORDS,
    label("by", lambda gap: gap.part.name),
    label("rate", lambda gap: gap.title),
    label("highest", lambda gap: " × ".join(gap.highest)),
    label("lowest", lambda gap: " × ".join(gap.lowest)),
    number("gap", lambda gap: gap.estimate.value if isinstance(gap.estimate, Estimate) else None, "share"),
    number("expected by chance", lambda gap: gap.null.expected if gap.null else None, "share"),
    number("p-value", lambda gap: gap.null.p_value if gap.null else None),
    number("p-value, Holm over this table", lambda gap: gap.adjusted),
)
