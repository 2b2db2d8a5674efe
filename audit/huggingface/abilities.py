"""What a freshly loaded model turned out to be able to do."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import Note


@dataclass(frozen=True, slots=True)
class Abilities:
    """Request kinds that turned out not to work, and notes on them."""

    lacking: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
