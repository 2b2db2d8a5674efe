"""Answers of classifiers that do not decide one class of several, read as decisions."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Name
from fairwitness.audit.requests import Answer, ClassScores, Prediction
from fairwitness.probes.kit import classes
from fairwitness.probes.kit.decisions.categorical import UNNAMED, outcome
from fairwitness.probes.kit.decisions.counted import is_rule
from fairwitness.probes.kit.decisions.words import WORDS


def as_decisions(
    answers: Sequence[Answer], favourable: str, threshold: float | None, *, numbers: bool = False
) -> list[Answer]:
    """The answers, with decisions in place of the outputs of regressions and of labels that are judged apart.

    A number is a decision as it is, where a threshold, a rule or `numbers` (true outcomes that are numbers) say what to
    do with it. A label that stands alone is decided at a probability of one half; of several the favourable one.
    Raises DoesNotApply where nothing says what is decided.
    """
    scores = next((answer for answer in answers if isinstance(answer, ClassScores)), None)
    if scores is None or not (scores.regression or scores.multi_label):
        return list(answers)
    if scores.regression:
        if len(scores.labels) > 1:
            raise WORDS.does_not_apply("unfit.regression", "model_lacks", count=len(scores.labels))
        if threshold is None and not is_rule(favourable) and not numbers:
            raise WORDS.does_not_apply("unfit.number", "option_unfit")
        return [_number(answer) for answer in answers]
    place = _label_decided(scores, favourable)
    return [_yes_or_no(answer, place) for answer in answers]


def _number(answer: Answer) -> Answer:
    if not isinstance(answer, ClassScores):
        return answer
    return Prediction(repr(float(answer.logits[0])), float(answer.logits[0]))


def _label_decided(scores: ClassScores, favourable: str) -> int:
    if len(scores.labels) == 1:
        return 0
    names = [outcome(label) or label for label in scores.labels]
    wanted = outcome(favourable)
    if wanted is None or wanted not in names:
        labels = Name(", ".join(scores.labels[:20]))
        raise WORDS.does_not_apply("unfit.labels_apart", "option_unfit", count=len(names), labels=labels)
    return names.index(wanted)


def _yes_or_no(answer: Answer, place: int) -> Answer:
    """The label, or that it is not; 1 or 0 for the one label of a model that nobody named."""
    if not isinstance(answer, ClassScores):
        return answer
    label = answer.labels[place]
    unnamed = len(answer.labels) == 1 and UNNAMED.fullmatch(label) is not None
    yes, no = ("1", "0") if unnamed else (outcome(label) or label, f"not {outcome(label) or label}")
    chance = classes.ranked(classes.sigmoid(answer.logits[place]))
    return Prediction(yes if chance >= 0.5 else no, scores=((yes, chance), (no, 1 - chance)))
