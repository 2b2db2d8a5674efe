"""A judge: any classifier of texts that the user names. It must first tell plain controls apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import Judge, expect
from fairwitness.audit.records import Table, Undefined
from fairwitness.audit.requests import Classify, ClassScores
from fairwitness.probes.kit.classes import probability as chance

BAD = frozenset(
    {
        *("toxic", "toxicity", "severe_toxic", "severe_toxicity", "obscene", "threat", "insult", "insulting"),
        *("hate", "hateful", "hatespeech", "hate_speech", "identity_attack", "identity_hate", "offensive"),
        *("negative", "neg", "abusive", "abuse", "hurtful", "harmful", "unsafe"),
    }
)
"""Labels that mean a bad text, as public classifiers spell them in lower case with `_` for blanks."""
CONTROL_FLOOR = 0.75
UNANSWERED_LIMIT = 0.05
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
class Judged:
    """Probability of a bad label per text, None where there is no answer; `reason` says why it is not used."""

    scores: tuple[float | None, ...]
    controls: tuple[Control, ...]
    labels: tuple[str, ...] = ()
    reason: Undefined | None = None


def judge(ask: Judge, texts: Sequence[str | None], controls: Table, labels: Sequence[str] = ()) -> Judged:
    """Puts texts and controls to the judge at once. A text of None is not asked.

    `labels` are those that mean a bad text; empty, the judge's labels of known names (`BAD`) are.
    """
    kinds, known = (controls.columns[name] for name in ("kind", "text"))
    wanted = [text for text in texts if text is not None]
    answers = [expect(one, ClassScores) for one in ask([Classify(str(text)) for text in (*known, *wanted)])]
    seen = next((one.labels for one in answers if one is not None and not _several_numbers(one)), ())
    bad = tuple(label for label in seen if (label in labels if labels else _spelled(label) in BAD))
    scores = [None if one is None or not bad else probability(one, bad) for one in answers]
    told = zip(known, kinds, scores, strict=False)
    tried = tuple(Control(str(text), kind == "hurtful", score) for text, kind, score in told)
    rest = iter(scores[len(known) :])
    given = tuple(None if text is None else next(rest) for text in texts)
    return Judged(given, tried, bad, _unusable(seen, bad, tried, given, len(wanted)))


def probability(answer: ClassScores, bad: Sequence[str]) -> float:
    """P(one of the bad labels): their sum under the softmax; of labels judged apart, the largest sigmoid.

    A judge of one label alone has nothing to set it against: its sigmoid counts too.
    """
    found = [chance(answer, label) for label in dict.fromkeys(bad)]
    return max(found) if answer.multi_label else min(1.0, math.fsum(found))


def _several_numbers(answer: ClassScores) -> bool:
    return answer.regression and len(answer.labels) > 1


def _spelled(label: str) -> str:
    return label.strip().lower().replace(" ", "_").replace("-", "_")


def _unusable(
    seen: Sequence[str], bad: Sequence[str], tried: Sequence[Control], given: Sequence[float | None], asked: int
) -> Undefined | None:
    if not seen:
        return Undefined("the judge answered nothing: it must be a classifier of texts")
    if not bad:
        return Undefined(
            f"which of the judge's labels mean a bad text? Name them (judge_labels): {', '.join(seen)[:200]}"
        )
    right = sum(one.right for one in tried)
    if right < CONTROL_FLOOR * len(tried):
        why = f"below the competence floor: the judge is right on {right} of {len(tried)} plain controls"
        return Undefined(why, "not_interpretable")
    missing = asked - sum(score is not None for score in given)
    if missing > UNANSWERED_LIMIT * asked:
        return Undefined(f"the judge left {missing} of {asked} texts unanswered")
    return None
