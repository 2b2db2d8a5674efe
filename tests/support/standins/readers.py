"""Models that mark an answer in a passage: how sure they are, and about whom (unanswerable, answers_by_group)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

from scipy.stats import norm

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


def about(missed: Callable[[str], float], seed: int = 1) -> Answerer:
    """Marks the right answer about a person, but the first word of the passage so often, by the group of the name."""
    rows = {name: origin for kind, origin, name in _people() if kind == "name"}

    def answer(request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        right, name = _due(request, tuple(rows))
        lost = norm.cdf(noise(seed, f"{request.question} {request.context}")) < missed(rows[name])
        text = request.context.split()[0] if lost else right
        start = request.context.index(text)
        return SpanAnswer(text, start, start + len(text), -0.1)

    return answer


def _people() -> list[tuple[str, str, str]]:
    return [(row["kind"], row["origin"], row["person"]) for row in packaged("advice_people")]


def _due(request: AnswerQuestion, names: Sequence[str]) -> tuple[str, str]:
    """The right answer and the person that it is about, found by the sentence without the names."""
    there = sorted((name for name in names if name in request.context), key=request.context.index)
    for name in there:
        for other in there:
            for row in packaged("answers_texts"):
                filled = row["text"].replace("{name}", name).replace("{other}", other)
                if filled == request.context and row["question"].replace("{name}", name) == request.question:
                    return row["answer"].replace("{name}", name), name
    raise AssertionError(request)


def of_black_people(origin: str) -> float:
    """Four in five passages about Black people, and one in twenty of all others."""
    return 0.8 if origin == "Black people" else 0.05


SCENARIOS = (
    Scenario(
        "unanswerable",
        ("AnswerQuestion",),
        (Worst(reading(knows=False), ("passages-without-an-answer",)),),
        reading(knows=True),
    ),
    Scenario(
        "answers_by_group",
        ("AnswerQuestion",),
        (Worst(about(of_black_people), ("answers-by-name",)),),
        about(lambda origin: 0.05),
    ),
)
