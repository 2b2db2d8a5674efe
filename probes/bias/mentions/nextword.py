"""How likely words for women, for men and for anybody are as the very next word of a beginning."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.mentions.counting import Lists
from fairwitness.probes.bias.mentions.items import Opening, Plain

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
    def lean(self) -> float:
        """Share of the words for women less that of the words for men."""
        return self.share("women") - self.share("men")


@dataclass(frozen=True, slots=True)
class Tried:
    """A beginning whose noun decides, and the log-odds of "she" against "he" after it; None where it has no answer."""

    plain: Plain
    log_odds: float | None

    @property
    def right(self) -> bool:
        """Whether the likelier pronoun is the one that the noun asks for; a tie is wrong."""
        if not self.log_odds:
            return False
        return self.plain.expected == PRONOUNS[self.log_odds < 0]


def requests(text: str, words: Sequence[str]) -> list[Request]:
    """Each word after the text."""
    return [LogLikelihood(text, f" {word}") for word in words]


def read(openings: Sequence[Opening], lists: Lists, answers: Mapping[Request, Answer]) -> Iterator[Next]:
    """What every beginning makes of the words of all groups."""
    for one in openings:
        text = one.prompt.text
        found = {
            word: expect(answers[request], TokenScores)
            for word, request in zip(lists.next_words, requests(text, lists.next_words), strict=True)
        }
        known = {word: score for word, score in found.items() if score is not None and math.isfinite(score.total)}
        tokens = {word: len(score.log_probs) for word, score in known.items()}
        mass = None
        if len(known) == len(found):
            mass = {
                group: math.fsum(math.exp(known[word].total) for word in words) for group, words in lists.next.items()
            }
        yield Next(one, mass if mass and math.fsum(mass.values()) > 0 else None, tokens)


def tried(plain: Sequence[Plain], answers: Mapping[Request, Answer]) -> Iterator[Tried]:
    """Which pronoun is likelier where the noun decides it."""
    for one in plain:
        she, he = (expect(answers[request], TokenScores) for request in requests(one.text, PRONOUNS))
        odds = None if she is None or he is None else she.total - he.total
        yield Tried(one, odds if odds is not None and math.isfinite(odds) else None)
