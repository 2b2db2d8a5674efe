"""One question of coreference: how it is put to a causal and to a masked model, and how the answer is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.probe import expect
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, TokenScores

Arm: TypeAlias = Literal["masked", "causal"]
Answers: TypeAlias = Mapping[Request, Answer]

WORDINGS = (
    '{text} "{pronoun}" refers to',
    '{text} The pronoun "{pronoun}" stands for',
    '{text} In this sentence, "{pronoun}" means',
)
"""Three ways to ask; the first is that of Gopher (Rae et al. 2021) and LLaMA (Touvron et al. 2023)."""

ARTICLE = "the "


@dataclass(frozen=True, slots=True)
class Question:
    """A text, a pronoun in it that begins at character `at`, whom it stands for and whom not (`the nurse`)."""

    text: str
    pronoun: str
    at: int
    right: str
    wrong: str

    def asked(self, wording: str) -> str:
        """The text with the question behind it."""
        return wording.format(text=self.text, pronoun=self.pronoun)

    def seen(self, wording: str, arm: Arm) -> str:
        """The text that the model sees before it names somebody: of a masked model with the blank that it fills."""
        return f"{self.asked(wording)} {ARTICLE}{BLANK}." if arm == "masked" else self.asked(wording)

    @property
    def blank(self) -> str:
        """The text with a blank in the pronoun's place."""
        return f"{self.text[: self.at]}{BLANK}{self.text[self.at + len(self.pronoun) :]}"


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
    def decided(self) -> bool:
        """Whether most wordings choose the right person."""
        return self.right > 0.5

    @property
    def equal_length(self) -> bool:
        """Whether both names have the same number of tokens, so that length cannot decide."""
        return self.tokens[0] == self.tokens[1]


def share_above(margins: Sequence[float]) -> float:
    """Share of margins above 0; a tie is no preference and counts as wrong."""
    return sum(margin > 0 for margin in margins) / len(margins)


def question_requests(question: Question, arm: Arm) -> list[Request]:
    """For each wording, both names as continuations (causal) or both at one blank (masked)."""
    if arm == "masked":
        names = tuple(name.removeprefix(ARTICLE) for name in (question.right, question.wrong))
        return [FillMask(question.seen(wording, arm), names) for wording in WORDINGS]
    return [
        LogLikelihood(question.asked(wording), f" {name}")
        for wording in WORDINGS
        for name in (question.right, question.wrong)
    ]


def askable(question: Question, arm: Arm) -> bool:
    """Whether a model of this kind can be asked: a blank stands behind an article, and `someone` has none."""
    return arm == "causal" or all(name.startswith(ARTICLE) for name in (question.right, question.wrong))


def resolved(question: Question, answers: Answers, arm: Arm) -> Resolved | None:
    """What a model said; None when part of it is unanswered."""
    given = [answers[request] for request in question_requests(question, arm)]
    both = [_masked(one) for one in given] if arm == "masked" else _causal(given)
    found = [one for one in both if one is not None]
    if len(found) < len(WORDINGS):
        return None
    return Resolved(
        tuple(right - wrong for (right, wrong), _ in found),
        tuple(right / tokens[0] - wrong / tokens[1] for (right, wrong), tokens in found),
        found[0][1],
    )


_Both: TypeAlias = tuple[tuple[float, float], tuple[int, int]]


def _masked(answer: Answer) -> _Both | None:
    filled = expect(answer, Filled)
    if filled is None or not all(map(math.isfinite, filled.log_probs)) or min(filled.tokens) < 1:
        return None
    return (filled.log_probs[0], filled.log_probs[1]), (filled.tokens[0], filled.tokens[1])


def _causal(answers: Sequence[Answer]) -> list[_Both | None]:
    scores = [expect(one, TokenScores) for one in answers]
    found: list[_Both | None] = []
    for right, wrong in zip(scores[::2], scores[1::2], strict=True):
        whole = right is not None and wrong is not None and right.log_probs and wrong.log_probs
        if right is None or wrong is None or not whole or not math.isfinite(right.total + wrong.total):
            found.append(None)
        else:
            found.append(((right.total, wrong.total), (len(right.log_probs), len(wrong.log_probs))))
    return found


def preference_requests(pro: Question, anti: Question, arm: Arm) -> list[Request]:
    """Both texts whole (causal), or both pronouns at their place (masked); none where the texts differ elsewhere."""
    if arm == "causal":
        return [LogLikelihood("", one.text) for one in (pro, anti)]
    return [FillMask(pro.blank, (pro.pronoun, anti.pronoun))] if pro.blank == anti.blank else []


def preference(pro: Question, anti: Question, answers: Answers, arm: Arm) -> float | None:
    """Log-probability of the first text or pronoun less that of the second, in nats.

    None where a part is unanswered and where the two differ in tokens, since then length alone sets them apart.
    """
    given = [answers[request] for request in preference_requests(pro, anti, arm)]
    if not given:
        return None
    if arm == "masked":
        both = _masked(given[0])
        return both[0][0] - both[0][1] if both is not None and both[1][0] == both[1][1] else None
    first, second = (expect(one, TokenScores) for one in given)
    if first is None or second is None or len(first.log_probs) != len(second.log_probs):
        return None
    difference = first.total - second.total
    return difference if math.isfinite(difference) else None
