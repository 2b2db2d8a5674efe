"""What a probe of items asked and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from fairwitness.audit.probe import Context
from fairwitness.probes.kit.blanks import ModelType

I = TypeVar("I")  # noqa: E741
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Items(Generic[I]):
    """What is asked: the items, control items whose answer is known, and notes on what the data hold."""

    items: Sequence[I]
    controls: Sequence[I] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Results(Generic[I, S]):
    """What was asked and read: a score for each item, None where it has no whole answer."""

    items: tuple[I, ...]
    scores: tuple[S | None, ...]
    controls: tuple[I, ...]
    control_scores: tuple[S | None, ...]
    ctx: Context
    model: ModelType
    all: Results[I, S] | None = None

    @property
    def whole(self) -> Results[I, S]:
        """The results of all items, of which these may be a part."""
        return self.all or self

    @property
    def scored(self) -> list[S]:
        """The scores that there are, in the order of the items."""
        return [score for score in self.scores if score is not None]

    @property
    def pairs(self) -> list[tuple[I, S]]:
        """Every item that has a score, with it."""
        return [(item, score) for item, score in zip(self.items, self.scores, strict=True) if score is not None]

    @property
    def unscored(self) -> int:
        """Number of items without a score."""
        return len(self.items) - len(self.scored)

    @property
    def control_pairs(self) -> list[tuple[I, S]]:
        """Every control item that has a score, with it."""
        pairs = zip(self.controls, self.control_scores, strict=True)
        return [(item, score) for item, score in pairs if score is not None]

    def where(self, keep: Callable[[I], bool]) -> Results[I, S]:
        """The results of some of the items, with all controls."""
        kept = [place for place, item in enumerate(self.items) if keep(item)]
        items = tuple(self.items[place] for place in kept)
        scores = tuple(self.scores[place] for place in kept)
        return replace(self, items=items, scores=scores, all=self.whole)
