"""Texts that nobody has seen, and what a model has right of them: they set the threshold of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from fairwitness.audit import stats
from fairwitness.audit.records import DataNeed, Estimate, Table, Undefined
from fairwitness.probes.kit.memory.passages import Passage, TextKind
from fairwitness.probes.kit.memory.predictors import Form
from fairwitness.probes.kit.memory.quantities import USUAL, Quantities, hit_rate
from fairwitness.probes.kit.memory.thresholds import LEAST_HIT_RATE, Calibration, calibrations, held_out
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

ALLOWED = 0.01
"""Where more unseen texts are shown to be above the threshold that others of them set, it says nothing."""
FRESH: DataNeed = Words.beside(__file__).data_need("memorization_texts")


def fresh_texts(table: Table) -> list[Passage]:
    """The texts of the packaged table that were written for this project."""
    return [text for text in packaged_texts(table) if text.kind == "written"]


def packaged_texts(table: Table) -> list[Passage]:
    """All texts of the packaged table. Raises ValueError on a kind that none of them has."""
    registers = table.columns.get("register", ("",) * len(table))
    halves = table.columns.get("half", (0,) * len(table))
    rows = rows_of(table, ("id", "kind", "title", "text"))
    return [
        Passage(key, packaged_kind(kind), title, text, str(register or ""), int(str(half or 0)))
        for (key, kind, title, text), register, half in zip(rows, registers, halves, strict=True)
    ]


def packaged_kind(text: str) -> TextKind:
    """The kind of a packaged text."""
    if text not in ("public_domain", "written", "predictable"):
        raise ValueError(f"kind {text!r} is none of public_domain, written, predictable")
    return cast(TextKind, text)


@dataclass(frozen=True)
class Fresh:
    """What a model has right of texts that nobody has seen."""

    texts: Sequence[Quantities]
    calibrations: Mapping[Form, Calibration] = field(repr=False)
    usual: float = USUAL
    """Nats that a token of them takes."""
    least: float = LEAST_HIT_RATE

    @classmethod
    def of(cls, texts: Sequence[Quantities], usual: float = USUAL) -> Fresh:
        """With the thresholds that these texts set."""
        return cls(texts, calibrations(texts), usual)

    @property
    def hit_rate(self) -> float:
        """Share of tokens that were the likeliest, over all texts."""
        return hit_rate(self.texts)

    @property
    def incompetent(self) -> bool:
        """Whether the model has too little right in plain texts for its runs to say anything."""
        return self.hit_rate < self.least

    @cached_property
    def above(self) -> tuple[int, int]:
        """How many of these texts are above the threshold that the other half of them sets, and of how many."""
        texts = held_out(self.texts)
        return sum(text.above for text in texts), len(texts)

    @property
    def unseen(self) -> Estimate | Undefined:
        """The share of these texts that is above the threshold that others of them set."""
        return stats.proportion(*self.above)

    @property
    def exceeded(self) -> bool:
        """Whether so many of these texts are above the threshold that it says nothing (`exceeds`)."""
        return exceeds(self.unseen)


def exceeds(unseen: Estimate | Undefined) -> bool:
    """Whether plainly more unseen texts are above the threshold than should be, so that it does not hold.

    Texts that set it and texts that check it are then of different kinds to this model, or runs go on otherwise than in
    other models.
    """
    return isinstance(unseen, Estimate) and unseen.low > ALLOWED
