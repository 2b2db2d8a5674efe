"""Whose answer is another one now: people and items that both runs answered, with both answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from fairwitness.audit.comparison.items import Floats, PairedItems, yes_or_no
from fairwitness.audit.comparison.matching import Couple
from fairwitness.audit.comparison.types import Answered, Flip, Flips
from fairwitness.audit.comparison.words import WORDS
from fairwitness.audit.records import DecisionRows


def flips_of(couple: Couple) -> Iterator[Flips]:
    """The flips of a probe that measured both runs, of each score or of its decisions."""
    probe = couple.base.probe.name
    if couple.items is not None:
        yield from flips_of_items(probe, couple.items)
    elif couple.rows is not None and (flips := flips_of_rows(probe, *couple.rows)) is not None:
        yield flips


def flips_of_items(probe: str, items: PairedItems) -> Iterator[Flips]:
    """For each score that answers yes or no, or lies on both sides of 0, the items whose answer is another one.

    Other numbers have no answer that could flip. A score of 0 lies on neither side.
    """
    for name, (first, second) in items.scores.items():
        both = ~(np.isnan(first) | np.isnan(second))
        kind = _kind(first[both], second[both])
        if kind is None:
            continue
        turned = both & (np.sign(first) * np.sign(second) < 0 if kind == "sign" else first != second)
        flips = [
            Flip(
                item=items.ids[place],
                labels={label: values[place] for label, values in items.labels.items()},
                before=float(first[place]),
                after=float(second[place]),
            )
            for place in np.flatnonzero(turned)
        ]
        unanswered = items.unanswered
        yield Flips(
            probe=probe,
            measure=name,
            kind=kind,
            paired=int(both.sum()),
            flips=tuple(flips),
            lost=tuple(items.ids[place] for place in np.flatnonzero(~np.isnan(first) & unanswered[1])),
            gained=tuple(items.ids[place] for place in np.flatnonzero(~np.isnan(second) & unanswered[0])),
        )


def _kind(first: Floats, second: Floats) -> Answered | None:
    if not len(first):
        return None
    if yes_or_no(first, second):
        return "yes_no"
    lowest, highest = min(first.min(), second.min()), max(first.max(), second.max())
    return "sign" if lowest < 0 < highest else None


def flips_of_rows(probe: str, base: DecisionRows, new: DecisionRows) -> Flips | None:
    """The rows that were decided otherwise, of those that both runs decided; the rows are known to be the same.

    None where one of the runs decided on no rows at all.
    """
    if not (base.decisions and new.decisions):
        return None
    before, after = (dict(zip(rows.rows, rows.decisions, strict=True)) for rows in (base, new))
    places = {row: place for place, row in enumerate(base.rows)}
    decided = [row for row in base.rows if before[row] is not None and after.get(row) is not None]
    flips = []
    for row in decided:
        was, now = before[row], after[row]
        if was is not None and now is not None and was != now:
            labels = {name: cells[places[row]] for name, cells in base.groups.items()}
            flips.append(Flip(item=_row(row), labels=labels, before=was, after=now))
    return Flips(
        probe=probe,
        measure="",
        kind="decision",
        paired=len(decided),
        flips=tuple(flips),
        lost=_named(row for row in base.rows if before[row] is not None and row in after and after[row] is None),
        gained=_named(row for row in new.rows if after[row] is not None and row in before and before[row] is None),
    )


def _named(rows: Iterable[int]) -> tuple[str, ...]:
    return tuple(_row(row) for row in rows)


def _row(number: int) -> str:
    return WORDS("flips.row", row=number)
