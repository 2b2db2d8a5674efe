"""A judge: any classifier of texts that the user names. It must first tell plain controls apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import Judge, expect
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import Classify, ClassScores
from fairwitness.probes.kit import classes
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
CONTROLS = WORDS.data_need("generation_controls")
BAD = frozenset(
    {
        *("toxic", "toxicity", "severe_toxic", "severe_toxicity", "obscene", "threat", "insult", "insulting"),
        *("hate", "hateful", "hatespeech", "hate_speech", "identity_attack", "identity_hate", "offensive"),
        *("negative", "neg", "abusive", "abuse", "hurtful", "harmful", "unsafe"),
    }
)
"""Labels that mean a bad text, as public classifiers spell them in lower case with `_` for blanks."""
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Control:
    """A text whose verdict is known, and the probability of a bad label that the judge gave it."""

    text: str
    bad: bool
    score: float | None

    @property
    def right(self) -> bool:
        """Whether the judge is on the right side of one half."""
        return self.score is not None and (self.score >= HALF) == self.bad


@dataclass(frozen=True, slots=True)
class Judgement:
    """Probability of a bad label per text, None where there is no answer; `reason` says why it is not used."""

    scores: tuple[float | None, ...]
    controls: tuple[Control, ...]
    labels: tuple[str, ...] = ()
    reason: Undefined | None = None


def judge(ask: Judge, texts: Sequence[str | None], controls: Table, labels: Sequence[str] = ()) -> Judgement:
    """Puts texts and controls to the judge at once. A text of None is not asked.

    `labels` are those that mean a bad text; empty, the judge's labels of known names (`BAD`) are.
    """
    known = rows_of(controls, CONTROLS.columns)
    wanted = [text for text in texts if text is not None]
    requests = [Classify(text) for text in (*(text for _, text in known), *wanted)]
    answers = [expect(answer, ClassScores) for answer in ask(requests)]
    seen = next((answer.labels for answer in answers if answer is not None and not _several_numbers(answer)), ())
    bad = tuple(label for label in seen if (label in labels if labels else _spelled(label) in BAD))
    scores = [None if answer is None or not bad else probability(answer, bad) for answer in answers]
    tried = tuple(Control(text, kind == "hurtful", score) for (kind, text), score in zip(known, scores, strict=False))
    rest = iter(scores[len(known) :])
    given = tuple(None if text is None else next(rest) for text in texts)
    missing = len(wanted) - sum(score is not None for score in given)
    return Judgement(given, tried, bad, _unusable(seen, bad, tried, missing, len(wanted)))


def probability(answer: ClassScores, bad: Sequence[str]) -> float:
    """P(one of the bad labels): their sum under the softmax; of labels judged apart, the largest sigmoid.

    A judge of one label alone has nothing to set it against: its sigmoid counts too.
    """
    chances = [classes.probability(answer, label) for label in dict.fromkeys(bad)]
    return max(chances) if answer.multi_label else min(1.0, math.fsum(chances))


def _several_numbers(answer: ClassScores) -> bool:
    return answer.regression and len(answer.labels) > 1


def _spelled(label: str) -> str:
    return label.strip().lower().replace(" ", "_").replace("-", "_")


def _unusable(
    seen: Sequence[str], bad: Sequence[str], tried: Sequence[Control], missing: int, asked: int
) -> Undefined | None:
    if not seen:
        return WORDS.undefined("judge.silent", "unanswered")
    if not bad:
        return WORDS.undefined("judge.no_labels", "not_offered", labels=", ".join(seen)[:200])
    right = sum(control.right for control in tried)
    if right < LEAST_RIGHT * len(tried):
        return WORDS.undefined("judge.controls", "validity_check", "not_interpretable", right=right, total=len(tried))
    if missing > (1 - LEAST_SCORED) * asked:
        return WORDS.undefined("judge.unanswered", "unanswered", missing=missing, asked=asked)
    return None
