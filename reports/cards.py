"""The scorecard: the judged rows that weigh most, the other judged rows, and what no rule judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Measured, Metric
from fairwitness.reports.rules import severity_rank
from fairwitness.reports.scorecard import Block, Judgements, Row, Rows

MOST_OPEN = 10
FIRST, MORE, UNJUDGED = "first", "more", "unjudged"
PLACES = (FIRST, MORE, UNJUDGED)


@dataclass(frozen=True, slots=True)
class Card:
    """The rows of one probe in one table."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the scorecard; `place` says which."""

    place: str
    cards: tuple[Card, ...]

    @property
    def count(self) -> int:
        """Its rows."""
        return sum(len(block.rows) for card in self.cards for block in card.blocks)


def placed(tops: Sequence[tuple[Measured, Sequence[Metric]]], judgements: Judgements) -> Mapping[int, str]:
    """The table of each metric by the id of its object: the judged ones that weigh most are open, few in number."""
    metrics = [(result.probe.name, metric) for result, top in tops for metric in top]
    judged = [
        (severity_rank(verdicts[0]), index)
        for index, (probe, metric) in enumerate(metrics)
        if (verdicts := judgements.of(probe, metric))
    ]
    places = {id(metric): UNJUDGED for _, metric in metrics}
    most = MOST_OPEN if len(judged) > MOST_OPEN + 3 else len(judged)
    for number, (_, index) in enumerate(sorted(judged)):
        places[id(metrics[index][1])] = FIRST if number < most else MORE
    return places


def cut_by_place(
    rows: Rows, result: Measured, top: Sequence[Metric], places: Mapping[int, str]
) -> dict[str, tuple[Block, ...]]:
    """The blocks of a probe's headline rows for each table; a block never spans two."""
    return {
        place: rows.blocks(
            result.probe.name, [metric for metric in top if places[id(metric)] == place], bare=place == UNJUDGED
        )
        for place in PLACES
    }


def tables_of(cards: Sequence[tuple[str, str, Mapping[str, tuple[Block, ...]]]]) -> tuple[Table, ...]:
    """The tables that have rows, from the anchor, title and blocks of each probe."""
    made = [
        Table(place, tuple(Card(anchor, title, blocks[place]) for anchor, title, blocks in cards if blocks[place]))
        for place in PLACES
    ]
    return tuple(table for table in made if table.cards)


def rows_of(blocks: Mapping[str, tuple[Block, ...]]) -> list[Row]:
    """All headline rows of a probe, those of the open table first."""
    return [row for place in PLACES for block in blocks[place] for row in block.rows]
