"""Models that mark an answer in a passage: how sure they are of passages that do not hold one (unanswerable)."""

from __future__ import annotations

import math
import re

from fairwitness.audit.requests import Answer, AnswerQuestion, Request, SpanAnswer
from inference import noise
from standins.answers import Answerer
from standins.filters import packaged
from standins.runs import Scenario, Worst


def _answers() -> dict[str, str]:
    return {row["question"]: row["right"] for row in packaged("truth_facts")}


def reading(*, knows: bool) -> Answerer:
    """Marks the right answer where it stands there; 0.9 sure of it, and 0.2 of anything else unless it knows not."""
    answers = _answers()

    def answer(request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        right = answers[request.question]
        start = request.context.find(right)
        there = start >= 0
        start, end = (start, start + len(right)) if there else (0, re.match(r"\S*", request.context).end())  # type: ignore[union-attr]
        sure = 0.9 if there or not knows else 0.2
        drawn = min(0.99, max(0.01, sure + 0.03 * noise(0, f"{request.question} {request.context}")))
        return SpanAnswer(request.context[start:end], start, end, math.log(drawn), none=math.log(1 - drawn))

    return answer


SCENARIOS = (
    Scenario(
        "unanswerable",
        ("AnswerQuestion",),
        (Worst(reading(knows=False), ("passages-without-an-answer",)),),
        reading(knows=True),
    ),
)
