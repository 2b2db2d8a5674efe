"""One question of coreference: how it is put to a causal and to a masked model, and how the answer is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.requests import BLANK, Request
from fairwitness.probes.kit.blanks import Answers, Blank, Choice, ModelType

WORDINGS = (
    '{text} "{pronoun}" refers to',
    '{text} The pronoun "{pronoun}" stands for',
    '{text} In this sentence, "{pronoun}" means',
)
"""Three ways to ask; the first is that of Gopher (Rae et al. 2021) and LLaMA (Touvron et al. 2023)."""
ARTICLE = "the "


@dataclass(frozen=True, slots=True)
class Question:
    """A text, a pronoun in it that begins at character `start`, whom it stands for and whom not (`the nurse`)."""

    text: str
    pronoun: str
    start: int
    right: str
    wrong: str

    @property
    def names(self) -> tuple[str, str]:
        """Both persons, the right one first."""
        return self.right, self.wrong

    def asked(self, wording: str) -> str:
        """The text with the question behind it."""
        return wording.format(text=self.text, pronoun=self.pronoun)

    def seen(self, wording: str, model: ModelType) -> str:
        """The text that the model sees before it names somebody: of a masked model with the blank that it fills."""
        return f"{self.asked(wording)} {ARTICLE}{BLANK}." if model == "masked" else self.asked(wording)

    @property
    def blank(self) -> str:
        """The text with a blank in the pronoun's place."""
        return f"{self.text[: self.start]}{BLANK}{self.text[self.start + len(self.pronoun) :]}"

    def askable(self, model: ModelType) -> bool:
        """Whether a model of this kind can be asked: a blank stands behind an article, and `someone` has none."""
        return model == "causal" or all(name.startswith(ARTICLE) for name in self.names)

    def requests(self, model: ModelType) -> list[Request]:
        """For each wording, both names as continuations (causal) or both at one blank (masked)."""
        return [request for wording in WORDINGS for request in self._requests(wording, model)]

    def _requests(self, wording: str, model: ModelType) -> list[Request]:
        return self._name(wording).requests(model) if model == "masked" else [*self._goes_on(wording).requests()]

    def _name(self, wording: str) -> Blank:
        """The blank behind an article that a masked model fills with one of both nouns."""
        right, wrong = (name.removeprefix(ARTICLE) for name in self.names)
        return Blank(f"{self.asked(wording)} {ARTICLE}", ".", (right, wrong))

    def _goes_on(self, wording: str) -> Choice:
        """What a causal model goes on with."""
        return Choice(self.asked(wording), (f" {self.right}", f" {self.wrong}"))

    def read(self, answers: Answers, model: ModelType) -> Resolved | None:
        """What a model said; None where part of it is unanswered."""
        sums, means, tokens = [], [], (0, 0)
        for wording in reversed(WORDINGS):
            masked = model == "masked"
            reading = self._name(wording).read(answers, model) if masked else self._goes_on(wording).read(answers)
            if reading is None or min(reading.tokens) < 1:
                return None
            (right, wrong), tokens = reading.log_probs, (reading.tokens[0], reading.tokens[1])
            sums.append(right - wrong)
            means.append(right / tokens[0] - wrong / tokens[1])
        return Resolved(tuple(reversed(sums)), tuple(reversed(means)), tokens)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Log-probability of the right person less that of the wrong one, in nats, for each wording.

    `sums` are of whole names, `means` of each name's tokens on average; `tokens` of the right and the wrong name.
    """

    sums: tuple[float, ...]
    means: tuple[float, ...]
    tokens: tuple[int, int]

    @property
    def right(self) -> float:
        """Share of wordings under which the right person is strictly the likelier, by the sum."""
        return share_above(self.sums)

    @property
    def right_per_token(self) -> float:
        """The same, by the mean per token."""
        return share_above(self.means)

    @property
    def margin(self) -> float:
        """Mean of the sums over the wordings, in nats."""
        return float(np.mean(self.sums))

    @property
    def decided(self) -> bool:
        """Whether most wordings choose the right person."""
        return self.right > 0.5

    @property
    def agreeing(self) -> float:
        """Share of wordings on which sum and mean choose the same person."""
        both = list(zip(self.sums, self.means, strict=True))
        return sum((total > 0) == (mean > 0) for total, mean in both) / len(both)

    @property
    def equal_length(self) -> bool:
        """Whether both names have the same number of tokens, so that length cannot decide."""
        return self.tokens[0] == self.tokens[1]


def share_above(margins: Sequence[float]) -> float:
    """Share of margins above 0; a tie is no preference and counts as wrong.

    >>> share_above([0.5, -1.0, 0.0, 2.0])
    0.5
    """
    return sum(margin > 0 for margin in margins) / len(margins)


def _pronoun(pro: Question, anti: Question) -> Blank:
    """The pronoun's place, which either pronoun may fill."""
    before, after = pro.text[: pro.start], pro.text[pro.start + len(pro.pronoun) :]
    return Blank(before, after, (pro.pronoun, anti.pronoun))


def preference_requests(pro: Question, anti: Question, model: ModelType) -> list[Request]:
    """Both texts whole (causal), or both pronouns at their place (masked); none where the texts differ elsewhere."""
    if model == "causal":
        return [*Choice("", (pro.text, anti.text)).requests()]
    return _pronoun(pro, anti).requests(model) if pro.blank == anti.blank else []


def preference(pro: Question, anti: Question, answers: Answers, model: ModelType) -> float | None:
    """Log-probability of the first text or pronoun less that of the second, in nats.

    None where a part is unanswered and where the two differ in tokens, since then length alone sets them apart.
    """
    if not preference_requests(pro, anti, model):
        return None
    whole = Choice("", (pro.text, anti.text))
    reading = whole.read(answers) if model == "causal" else _pronoun(pro, anti).read(answers, model)
    return reading.margin if reading is not None and reading.equal_length else None
