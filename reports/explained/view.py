"""What an explanation holds: words with their values by method, the cards of the methods, what is missing and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Audit, Cell, Column, Evidence, Failed, Measured, NotApplicable, ProbeResult
from fairwitness.reports.pictures.paired_words import PairedStrip, strips_beside
from fairwitness.reports.strips import Strip, strips
from fairwitness.reports.text import line

FIRST, SECOND = "strip-1", "strip-2"
"""Ids of the strips of the text, and of the one that it is compared with."""
CARDS = ("card", "checks")
"""Tables that say what a method is worth, the one that is looked at first in front."""


@dataclass(frozen=True, slots=True)
class Strips:
    """One text: what is explained of it, and a strip for each method."""

    id: str
    caption: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an explanation holds. `why_not` says why there is none; then nothing else is there."""

    model: str
    kind: str
    texts: tuple[Strips, ...]
    differences: tuple[PairedStrip, ...]
    """Of two texts, word by word, the first less the second."""
    totals: tuple[Evidence, ...]
    """Evidence that goes from one total to another, value by value."""
    cards: tuple[Evidence, ...]
    unjudged: bool
    """Whether no check of the methods over several texts could run: then nothing says what they are worth here."""
    notes: tuple[str, ...]
    limits: tuple[str, ...]
    why_not: str
    crashed: bool


def explanation(audit: Audit) -> Explanation:
    """The explanation that a run of one probe is."""
    result = audit.results[0]
    subject = audit.manifest.subject
    evidence = result.evidence if isinstance(result, Measured) else ()
    return Explanation(
        model=line(subject.spec),
        kind=line(subject.architecture or subject.kind),
        texts=tuple(Strips(piece.id, line(piece.caption), strips(piece)) for piece in _of_kind(evidence, "tokens")),
        differences=() if (pair := pair_of(evidence)) is None else strips_beside(*pair),
        totals=tuple(piece for piece in _of_kind(evidence, "dots") if goes_between(piece)),
        cards=_cards(evidence),
        unjudged=_unjudged(evidence),
        notes=tuple(map(line, result.notes)) if isinstance(result, Measured) else (),
        limits=tuple(map(line, result.probe.limits)),
        why_not=why_not(result),
        crashed=isinstance(result, Failed) and result.code == "crashed",
    )


def pair_of(evidence: Sequence[Evidence]) -> tuple[Evidence, Evidence] | None:
    """The strips of the two texts, where two were explained."""
    strips_of = {piece.id: piece for piece in _of_kind(evidence, "tokens")}
    return (strips_of[FIRST], strips_of[SECOND]) if FIRST in strips_of and SECOND in strips_of else None


def why_not(result: ProbeResult) -> str:
    """Why nothing is explained; empty where something is."""
    match result:
        case NotApplicable(reason=reason) | Failed(reason=reason):
            return line(reason)
        case Measured():
            return ""


def goes_between(piece: Evidence) -> bool:
    """Whether dots lead from one total to another: flagged rows are totals."""
    return any(is_flagged(piece, row) for row in piece.rows)


def is_flagged(piece: Evidence, row: Sequence[Cell]) -> bool:
    """Whether a flag of the row is up."""
    return any(cell is True for cell, column in zip(row, piece.columns, strict=True) if column.role == "flag")


def _of_kind(evidence: Sequence[Evidence], kind: str) -> Iterator[Evidence]:
    return (piece for piece in evidence if piece.kind == kind and piece.rows)


def _cards(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    named = {piece.id: piece for piece in evidence}
    above = " ".join(str(piece.caption) for piece in evidence if piece.kind == "tokens")
    kept = (name for name in CARDS if name in named and named[name].rows)
    return tuple(_trimmed(named[name], above) for name in kept if name != CARDS[0] or not _unjudged(evidence))


def _unjudged(evidence: Sequence[Evidence]) -> bool:
    """Whether the card has rows, and no check in it has a number of its own: the column after the outcome is empty."""
    card = next((piece for piece in evidence if piece.id == CARDS[0] and piece.rows), None)
    if card is None or any(is_flagged(card, row) for row in card.rows):
        return False
    first = next((place for place, column in enumerate(card.columns) if column.role == "number"), None)
    return first is not None and all(row[first] is None for row in card.rows)


def _trimmed(card: Evidence, above: str) -> Evidence:
    """The card without columns that say in all rows the same as what stands above it, and without empty ones."""
    kept = [place for place, column in enumerate(card.columns) if not _said_above(card, place, column, above)]
    rows = tuple(tuple(row[place] for place in kept) for row in card.rows)
    return replace(card, columns=tuple(card.columns[place] for place in kept), rows=rows)


def _said_above(card: Evidence, place: int, column: Column, above: str) -> bool:
    """Whether a column only repeats the text or what is explained of it. A result of a check never does."""
    cells = {row[place] for row in card.rows}
    if column.role == "flag" or len(cells) > 1:
        return False
    (cell,) = cells
    return cell in (None, "") or (isinstance(cell, str) and column.role in ("prompt", "label") and cell in above)
