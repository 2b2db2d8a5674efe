"""The texts that a model was to forget and those that it was to keep, and what one pass says of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Request, TokenScores
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.memory.passages import SHORTEST, Passage
from fairwitness.probes.kit.memory.quantities import Quantities, measure, usual_nats
from fairwitness.probes.kit.memory.start import Start
from fairwitness.probes.kit.memory.thresholds import ScoredText
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Set: TypeAlias = Literal["forget", "retain"]
FORGET: Set = "forget"
RETAIN: Set = "retain"
SETS: tuple[Set, Set] = (FORGET, RETAIN)


@dataclass(frozen=True, slots=True)
class Item:
    """A text of one of the sets, by the number of its row; `reason` says why it is not asked, empty where it is."""

    set: Set
    number: int
    passage: Passage
    reason: str = ""

    @property
    def key(self) -> str:
        """What it is called everywhere: nothing of its text."""
        return f"{self.set}, {self.number}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pass said of a text; `reference` is what one over a model that never saw it said, where one is named."""

    item: Item
    text: ScoredText
    reference: Quantities | None = None

    @property
    def hit_rate(self) -> float:
        """Share of its tokens that were the likeliest."""
        return self.text.quantities.hits / self.text.quantities.scored

    @property
    def bits_per_byte(self) -> float:
        """Bits that the model needs for a byte of it."""
        return self.text.quantities.bits_per_byte

    @property
    def known(self) -> bool | None:
        """Whether a run of it is one that no unseen text has; None of a text of which nothing is said."""
        return None if self.text.framed or self.text.undecided else self.text.above

    @property
    def bits_saved(self) -> float | None:
        """Bits for a byte that it takes less than the model that never saw it; None without one."""
        return None if self.reference is None else self.reference.bits_per_byte - self.bits_per_byte


def items_of(data: Mapping[str, Table], limit: int | None, seed: int) -> list[Item]:
    """The texts of both sets; of each at most `limit`, drawn by the seed."""
    items: list[Item] = []
    for name in SETS:
        rows = list(enumerate((row[0] for row in rows_of(data[name], ("text",))), start=1))
        for number, text in spread(rows, limit, seed):
            short = len(text.strip()) < SHORTEST
            reason = WORDS("skipped.short", least=SHORTEST) if short else ""
            items.append(Item(name, number, Passage(f"{name}, {number}", "own", f"{name}, {number}", text), reason))
    return items


def overlap(items: Sequence[Item]) -> int:
    """How many texts that were to be forgotten stand among those to be kept too."""
    kept = {" ".join(item.passage.text.split()) for item in items if item.set == RETAIN}
    return sum(" ".join(item.passage.text.split()) in kept for item in items if item.set == FORGET and not item.reason)


def whole(passage: Passage, answers: Mapping[Request, Answer], start: Start) -> list[TokenScores] | None:
    """The scores of all windows of a text; None where one is missing, not finite, or says nothing of its tokens."""
    scores = []
    for request in passage.requests(start=start.used):
        score = expect(answers[request], TokenScores)
        if score is None or not np.isfinite(score.log_probs).all() or len(score.greedy) < len(score.log_probs):
            return None
        scores.append(score)
    return scores if sum(len(score.log_probs) for score in scores) >= SHORTEST else None


def quantities_of(
    passages: Sequence[Passage], answers: Mapping[Request, Answer], start: Start, usual: float | None = None
) -> dict[Passage, Quantities]:
    """What was read of each text that could be; `usual` as `measure`, of these texts where it is None."""
    read = {passage: scores for passage in passages if (scores := whole(passage, answers, start)) is not None}
    nats = usual_nats(read.values()) if usual is None else usual
    return {passage: measure(passage, scores, (), 0, usual=nats) for passage, scores in read.items()}
