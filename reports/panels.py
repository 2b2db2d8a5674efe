"""Rows by group of one probe: forests of one metric, in panels of what they are split by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Measured, Metric, each
from fairwitness.reports.findings import worst_first
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import Number
from fairwitness.reports.rules import ORDER, UNSETTLED, severity_rank
from fairwitness.reports.scorecard import Block, Judgements, Row, Rows
from fairwitness.reports.text import human

OPEN_ROWS = 12
WORST_ROWS = 5
"""Rows of the one forest that is open; the rest of it is folded."""
MOST_FORESTS = 6
"""Forests of a panel that stand side by side; more are folded by rate."""
FIRST = {"lower": "largest", "none": "largest", "higher": "smallest", "near_zero": "farthest"}
CONTRAST = re.compile(r"(,? difference| ratio| gap|之差|之比|的极差|差距)$")


def _rate(label: str) -> str:
    return CONTRAST.sub("", label)


@dataclass(frozen=True, slots=True)
class Forest:
    """Detail rows of one metric, worst first: `open` of each block are open, the rest is folded."""

    label: str
    blocks: tuple[Block, ...]
    count: int
    role: str
    first: str = "largest"
    """Which values stand first where no rule judges them: `largest`, `smallest`, or `farthest` from no difference."""
    open: int = OPEN_ROWS

    @property
    def rows(self) -> Iterator[Row]:
        """Its rows, block by block."""
        return (row for block in self.blocks for row in block.rows)

    @property
    def judged(self) -> bool:
        """Whether a rule speaks of one of its rows."""
        return any(row.verdicts for row in self.rows)

    @property
    def rate(self) -> str:
        """What its values, differences and ratios are of."""
        return each(self.label, _rate)


@dataclass(frozen=True, slots=True)
class Family:
    """Forests of one rate: its values, differences, ratios and gap. Several families of a panel are folded each."""

    label: str
    forests: tuple[Forest, ...]

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many rows have each verdict, worst first."""
        outcomes = [row.outcome for forest in self.forests for row in forest.rows]
        return tuple((outcome, n) for outcome in ORDER if (n := outcomes.count(outcome)))

    @property
    def open(self) -> bool:
        """Whether some row fails or stays open."""
        return any(outcome in UNSETTLED for outcome, _ in self.tally)

    @property
    def unit(self) -> str:
        """The unit of its first forest, which is said once for all that have it."""
        return self.forests[0].blocks[0].unit if self.forests[0].blocks else ""

    @property
    def reach(self) -> tuple[Number, Number] | None:
        """The lowest and the highest value of its first forest; None where it has none."""
        values = [row.value for row in self.forests[0].rows if row.value]
        ordered = sorted(values, key=lambda value: float(value.exact))
        return (ordered[0], ordered[-1]) if ordered else None


@dataclass(frozen=True, slots=True)
class Panel:
    """Forests that are split by the same groups; several stand side by side as small multiples."""

    by: str
    crossing: bool
    forests: tuple[Forest, ...]
    scored: tuple[Row, ...] = ()
    """Judged rows of the scorecard about the same columns, worst first."""

    @property
    def columns(self) -> frozenset[str]:
        """The columns whose groups its rows are; empty where they are split in other ways alone."""
        first = next(self.forests[0].rows)
        return first.labels.columns if first.labels.groups else frozenset()

    @property
    def small(self) -> bool:
        """Whether there are several."""
        return len(self.forests) > 1

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many rows have each verdict, worst first; those in the scorecard about its columns among them."""
        outcomes = [row.outcome for row in (*self.scored, *(row for forest in self.forests for row in forest.rows))]
        return tuple((outcome, n) for outcome in ORDER if (n := outcomes.count(outcome)))

    @property
    def families(self) -> tuple[Family, ...]:
        """The forests of each rate, those with rows that fail or stay open first; few forests are one family."""
        if len(self.forests) <= MOST_FORESTS:
            return (Family("", self.forests),)
        named: dict[str, list[Forest]] = {}
        for forest in self.forests:
            named.setdefault(forest.rate, []).append(forest)
        made = [Family(label, tuple(members)) for label, members in named.items()]
        return tuple(sorted(made, key=lambda family: not family.open))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Judged rows that are in the section of a probe and not in the scorecard; `anchor` is that of the worst."""

    by: str
    n: int
    anchor: str
    title: str


def elsewhere_of(title: str, panels: Sequence[Panel]) -> tuple[Elsewhere, ...]:
    """One for each panel with judged rows, from the title of the probe and its panels."""
    made = []
    for panel in panels:
        judged = [row for forest in panel.forests for row in forest.rows if row.verdicts]
        if judged:
            worst = min(judged, key=lambda row: ORDER.index(row.verdicts[0].outcome))
            made.append(Elsewhere(panel.by or both("group"), len(judged), worst.anchor, title))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Worst:
    """The one forest of a section that is open, and what it is split by."""

    by: str
    forest: Forest


def panels_of(rows: Rows, result: Measured, metrics: Sequence[Metric], judgements: Judgements) -> tuple[Panel, ...]:
    """Rows of detail by what they are split by, single splits before intersections; in a panel one forest a metric."""
    kinds: dict[tuple[str, bool], dict[str, list[Metric]]] = {}
    for metric in sorted(metrics, key=lambda metric: len(metric.variant) + len(metric.by)):
        labels = Labels.of(metric)
        split_by = (labels.split_by, labels.against is not None)
        kinds.setdefault(split_by, {}).setdefault(metric.name, []).append(metric)
    made: dict[str, list[Forest]] = {}
    crossings = {}
    for (title, _), named in kinds.items():
        for name, members in named.items():
            ranks = {
                id(metric): severity_rank(verdicts[0])[0]
                for metric in members
                if (verdicts := judgements.of(result.probe.name, metric))
            }
            blocks = rows.blocks(result.probe.name, worst_first(members, ranks), bare=True)
            lead = members[0]
            forest = Forest(human(name), blocks, len(members), lead.role, FIRST[lead.better])
            made.setdefault(title, []).append(forest)
            crossings[title] = len(lead.by) > 1
    return tuple(Panel(title, crossings[title], tuple(forests)) for title, forests in made.items())


def with_scored(panels: Sequence[Panel], rows: Sequence[Row]) -> tuple[Panel, ...]:
    """The panels with the judged rows of the scorecard that speak of their columns."""
    judged = sorted((row for row in rows if row.outcome), key=lambda row: ORDER.index(row.outcome))
    by_columns: dict[frozenset[str], list[Row]] = {}
    for row in judged:
        if row.labels.columns:
            by_columns.setdefault(row.labels.columns, []).append(row)
    return tuple(replace(panel, scored=tuple(by_columns.get(panel.columns, ()))) for panel in panels)


def apart(panels: Sequence[Panel], lead: Row | None) -> tuple[Worst | None, tuple[Panel, ...]]:
    """The forest that a reader should meet first, and the panels without it.

    Of groups before crossings, one with rows that fail or stay open; else one of the rate of the row that leads the
    probe; else one that measures the harm that the probe asks for.
    """
    rate = _rate(lead.label) if lead else ""
    places = [(p, forest) for p in panels for forest in p.forests if any(row.value for row in forest.rows)]
    if not places:
        return None, tuple(panels)

    def rank(place: tuple[Panel, Forest]) -> tuple[bool, bool, bool, bool, bool]:
        panel, forest = place
        unsettled = any(row.outcome in UNSETTLED for row in forest.rows)
        led = lead is not None and lead.outcome in UNSETTLED
        column = lead is not None and panel.by in lead.labels.columns
        return (panel.crossing, not unsettled, led and forest.rate != rate, led and not column, forest.role != "bias")

    panel, forest = min(places, key=rank)
    rest = [
        replace(other, forests=tuple(member for member in other.forests if member is not forest)) for other in panels
    ]
    return Worst(panel.by, replace(forest, open=WORST_ROWS)), tuple(other for other in rest if other.forests)
