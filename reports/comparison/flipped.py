"""Whose answer is another one now, as a reader sees it: how many, which way, and each with both answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.comparison import Comparison, Flip, Flips
from fairwitness.audit.records import Name, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.numbers import compact
from fairwitness.reports.text import line

LISTED = 200
"""Flips of one score that a page lists; the record has all."""
LABELS_SHOWN = 3
"""Labels of an item that stand beside it: the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How many answers went from one to another."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One item with both answers and what it belongs to."""

    item: str
    labels: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flipped:
    """What was answered otherwise by one score of one probe; `kind` is a key of the catalogues."""

    probe: str
    measure: str
    kind: str
    flipped: int
    paired: int
    ways: tuple[Turn, ...]
    answers: tuple[Answers, ...]
    more: int
    lost: int
    gained: int


def flipped(comparison: Comparison, listed: int = LISTED) -> tuple[Flipped, ...]:
    """Every score with answers that flipped, were lost or gained; most flips first. What all agrees in is left out."""
    moved = [flips for flips in comparison.flips if flips.flips or flips.lost or flips.gained]
    return tuple(_shown(flips, listed) for flips in sorted(moved, key=lambda flips: -len(flips.flips)))


def unflipped(comparison: Comparison) -> tuple[Flipped, ...]:
    """Every score of which all answers are what they were."""
    still = [flips for flips in comparison.flips if not (flips.flips or flips.lost or flips.gained)]
    return tuple(_shown(flips, 0) for flips in still)


def _shown(flips: Flips, listed: int) -> Flipped:
    return Flipped(
        probe=line(flips.probe),
        measure=line(flips.measure),
        kind=flips.kind,
        flipped=len(flips.flips),
        paired=flips.paired,
        ways=tuple(
            Turn(before=answer(was), after=answer(now), count=count) for (was, now), count in flips.ways.items()
        ),
        answers=tuple(map(_answers, flips.flips[:listed])),
        more=max(0, len(flips.flips) - listed),
        lost=len(flips.lost),
        gained=len(flips.gained),
    )


def _answers(flip: Flip) -> Answers:
    labels: Sequence[tuple[str, str]] = [(name, value) for name, value in flip.labels.items() if value]
    return Answers(
        item=line(flip.item),
        labels=joined(both("comma"), [Name(f"{line(name)}={line(value)}") for name, value in labels[:LABELS_SHOWN]]),
        before=answer(flip.before),
        after=answer(flip.after),
    )


def answer(value: str | float) -> str:
    """An answer on one line: a decision or a number, the same in every language."""
    return Name(line(value) if isinstance(value, str) else compact(value))
