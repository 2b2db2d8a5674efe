"""A probe's own part of the page: what it found, its worst groups, and folded behind them all the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.reasons import CHECK
from fairwitness.audit.records import Measured, Metric, ProbeSpec
from fairwitness.reports.evidence import Exhibit
from fairwitness.reports.law import bearing
from fairwitness.reports.methods import MethodsRow
from fairwitness.reports.panels import Panel, Worst, apart, with_scored
from fairwitness.reports.pictures import Drawn, caveat
from fairwitness.reports.rules import ORDER, UNSETTLED
from fairwitness.reports.scorecard import Row
from fairwitness.reports.text import line

FIRST_SAID = 2
"""Sentences that stand open of a probe; one more where it is the last."""
DRAWN_TOGETHER = ("curves", "matrix", "tokens")
"""Kinds of evidence of which several share a fold."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Exhibits under one fold: a single one, or all drawings of one kind."""

    kind: str
    exhibits: tuple[Exhibit, ...]

    @property
    def several(self) -> bool:
        """Whether it holds more than one."""
        return len(self.exhibits) > 1


@dataclass(frozen=True, slots=True)
class Section:
    """What the page shows of one probe. `first` are the notes on the user's data, which stay open."""

    anchor: str
    spec: ProbeSpec
    outcome: str
    tally: tuple[tuple[str, int], ...]
    said: tuple[Row, ...]
    more: tuple[Row, ...]
    worst: Worst | None
    panels: tuple[Panel, ...]
    bundles: tuple[Bundle, ...]
    first: tuple[str, ...]
    notes: tuple[str, ...]
    methods: MethodsRow
    pictures: tuple[Drawn, ...] = ()
    """What is drawn under the question; empty where there is nothing to draw."""
    bearing: tuple[tuple[str, str], ...] = ()
    """The rows of laws and frameworks that it is evidence for: each regime with the ids of its rows."""
    caveat: str = ""
    """Why what is drawn cannot be interpreted; empty where it can."""


def section_of(
    result: Measured,
    methods: MethodsRow,
    shown: Sequence[Row],
    panels: Sequence[Panel],
    exhibits: Sequence[Exhibit],
    pictures: tuple[Drawn, ...],
) -> Section:
    """The section of a probe from its headline rows, its rows by group and its evidence."""
    rows = [*shown, *(row for panel in panels for forest in panel.forests for row in forest.rows)]
    outcomes = [verdict.outcome for row in rows for verdict in row.verdicts]
    tally = tuple((outcome, n) for outcome in ORDER if (n := outcomes.count(outcome)))
    said = _said(shown)
    few = len(said) if len(said) <= FIRST_SAID + 1 else FIRST_SAID
    worst, rest = apart(panels, min(shown, key=_said_first, default=None))
    if worst and any(worst.forest.label in picture.names for picture in pictures):
        worst, rest = None, tuple(panels)
    notes = [line(note) for note in result.notes]
    return Section(
        anchor=methods.anchor,
        spec=result.probe,
        outcome=tally[0][0] if tally else "",
        tally=tally,
        said=tuple(said[:few]),
        more=tuple(said[few:]),
        worst=worst,
        panels=with_scored(rest, shown),
        bundles=_bundles(exhibits),
        first=tuple(note for note in notes if note.startswith(CHECK)),
        notes=tuple(note for note in notes if not note.startswith(CHECK)),
        methods=methods,
        pictures=pictures,
        bearing=bearing(result.probe.name),
        caveat=caveat(result) if pictures else "",
    )


def with_metrics(result: Measured, section_rows: Sequence[Row]) -> list[tuple[Row, Metric]]:
    """Rows with the metrics that they show."""
    known = {metric.key: metric for metric in result.metrics}
    return [(row, known[row.key]) for row in section_rows]


def _said(rows: Sequence[Row]) -> list[Row]:
    """The rows with a value, and of those judged without one the first for each reason."""
    kept, reasons = [], set()
    for row in sorted(rows, key=_said_first):
        if row.value is None and (not row.verdicts or not row.claim or row.undefined in reasons):
            continue
        reasons.add(row.undefined)
        kept.append(row)
    return kept


def _bundles(exhibits: Sequence[Exhibit]) -> tuple[Bundle, ...]:
    """Each table by itself; drawings of one kind together, where the first of them stands."""
    made: dict[str, list[Exhibit]] = {}
    for exhibit in exhibits:
        made.setdefault(exhibit.kind if exhibit.kind in DRAWN_TOGETHER else exhibit.anchor, []).append(exhibit)
    return tuple(Bundle(members[0].kind, tuple(members)) for members in made.values())


def _said_first(row: Row) -> tuple[int, bool]:
    """What fails or stays open first, then what is judged, what measures the harm, and the rest."""
    if row.outcome in UNSETTLED:
        return UNSETTLED.index(row.outcome), False
    return (10 if row.outcome else 11 if row.role == "bias" else 12), bool(row.group)
