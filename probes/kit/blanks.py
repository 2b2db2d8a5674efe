"""A sentence around one blank, as masked and causal models are asked it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.requests import BLANK, Request, TokenScores

Arm: TypeAlias = Literal["masked", "causal"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text around one blank, as the model is asked. `at` counts the blanks before it."""

    before: str
    after: str
    fillers: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text with the blank marked."""
        return f"{self.before}{BLANK}{self.after}"

    @property
    def at(self) -> int:
        """Number of blanks before the one that is asked."""
        return self.before.count(BLANK)

    def filled(self, filler: str) -> str:
        """The text with a filler in the blank."""
        return f"{self.before}{filler}{self.after}"


def tokens_in(score: TokenScores, asked: Sentence, filler: str) -> int:
    """Tokens that begin within the filler, the space before it counted in."""
    start = len(asked.before)
    first = start - 1 if asked.before.endswith(" ") else start
    return sum(first <= begin < start + len(filler) for begin in score.starts)


def unique(requests: Iterable[Request]) -> list[Request]:
    """The requests without repetitions, in order."""
    return list(dict.fromkeys(requests))
