"""What a subject answered, looked at before it is taken: as many as were asked, of their kinds, all values finite."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from fairwitness.audit import codec
from fairwitness.audit.requests import Answer, Prediction, Request, RowAttribution, Unanswered
from fairwitness.audit.verbs import VERBS

_NOT_FINITE = "the model gave a value that is not a finite number"


class BrokenSubject(TypeError):
    """A subject broke its protocol: a bug in its code, not a mistake of the user."""


def finite_row(answer: Answer) -> Answer:
    """A decision or its explanation as it is; Unanswered where one of its numbers is not finite."""
    if isinstance(answer, RowAttribution) and not all(map(isfinite, (*answer.values, answer.base, answer.residual))):
        return Unanswered(_NOT_FINITE)
    if isinstance(answer, Prediction):
        score = answer.score
        if (score is not None and not isfinite(score)) or not all(isfinite(share) for _, share in answer.scores):
            return Unanswered(_NOT_FINITE)
    return answer


def check(requests: Sequence[Request], answers: Sequence[Answer]) -> None:
    """Raises BrokenSubject where there are more or fewer answers than requests, or one is of another kind."""
    if len(answers) != len(requests):
        raise BrokenSubject(f"{len(requests)} requests, {len(answers)} answers")
    for request, answer in zip(requests, answers, strict=True):
        expected = VERBS[type(request)].answer
        if not isinstance(answer, (expected, Unanswered)):
            raise BrokenSubject(
                f"{type(request).__name__} was answered by {type(answer).__name__}, not {expected.__name__}"
            )


def as_cached(answers: list[Answer]) -> list[Answer]:
    """The answers as the cache gives them back; those with a value that is not finite become Unanswered."""
    try:
        return codec.decode(codec.encode(answers))
    except ValueError:
        return [_finite(answer) for answer in answers]


def _finite(answer: Answer) -> Answer:
    try:
        return codec.decode(codec.encode([answer]))[0]
    except ValueError:
        return Unanswered(_NOT_FINITE)
