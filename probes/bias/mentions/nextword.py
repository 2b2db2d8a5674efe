"""How likely words for women, for men and for anybody are as the very next word of a beginning."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.mentions.counting import Lists
from fairwitness.probes.bias.mentions.items import Control, Opening
from fairwitness.probes.kit.blanks import Answers, Choice

PRONOUNS = ("she", "he")


@dataclass(frozen=True, slots=True)
class Next:
    """Probability of each group's words after a beginning, and each word's tokens; None where a word has no answer."""

    opening: Opening
    mass: Mapping[str, float] | None
    tokens: Mapping[str, int]

    def share(self, group: str) -> float:
        """The group's part of the probability of all groups together. Raises ValueError without an answer."""
        if self.mass is None:
            raise ValueError("the beginning has no answer")
        return self.mass[group] / math.fsum(self.mass.values())

    @property
    def preference(self) -> float:
        """Share of the words for women less that of the words for men."""
        return self.share("women") - self.share("men")


@dataclass(frozen=True, slots=True)
class ControlScore:
    """A beginning whose noun decides, and the log-odds of "she" against "he" after it; None where it has no answer."""

    control: Control
    log_odds: float | None

    @property
    def right(self) -> bool:
        """Whether the likelier pronoun is the one that the noun asks for; a tie is wrong."""
        return bool(self.log_odds) and self.control.expected == PRONOUNS[(self.log_odds or 0.0) < 0]


def requests(text: str, words: Sequence[str]) -> list[Request]:
    """Each word after the text."""
    return [LogLikelihood(text, f" {word}") for word in words]


def read(openings: Sequence[Opening], lists: Lists, answers: Answers) -> Iterator[Next]:
    """What every beginning makes of the words of all groups."""
    for opening in openings:
        known: dict[str, TokenScores] = {}
        asked = requests(opening.prompt.text, lists.next_words)
        for word, request in zip(lists.next_words, asked, strict=True):
            score = expect(answers[request], TokenScores)
            if score is not None and math.isfinite(score.total):
                known[word] = score
        mass: dict[str, float] = {}
        if len(known) == len(set(lists.next_words)):
            for group, words in lists.next.items():
                mass[group] = math.fsum(math.exp(known[word].total) for word in words)
        tokens = {word: len(score.log_probs) for word, score in known.items()}
        yield Next(opening, mass if math.fsum(mass.values()) > 0 else None, tokens)


def read_controls(controls: Sequence[Control], answers: Answers) -> Iterator[ControlScore]:
    """Which pronoun is likelier where the noun decides it."""
    for control in controls:
        reading = Choice(control.text, (" she", " he")).read(answers)
        yield ControlScore(control, None if reading is None else reading.margin)
