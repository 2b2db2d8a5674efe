"""Functions from contexts and continuations to log-probabilities."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import fairwitness
from fairwitness.audit.adapters import Scorer
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import LogLikelihood, TokenScores, Unanswered

ASKED = LogLikelihood("She is", " a good nurse.")


def one(returned: Any, request: LogLikelihood = ASKED) -> TokenScores | str:
    (answer,) = Engine(Scorer(lambda contexts, continuations: [returned] * len(contexts), name="model")).answer(
        [request]
    )
    assert isinstance(answer, TokenScores | Unanswered)
    return answer.reason if isinstance(answer, Unanswered) else answer


@pytest.mark.parametrize("returned", [-6.0, np.float32(-6.0), np.array([-6.0]), [-6.0]])
def test_one_number_is_that_of_the_whole_continuation(returned: Any) -> None:
    assert one(returned) == TokenScores((-6.0, 0.0, 0.0), (), (7, 9, 14))


def test_equal_numbers_stay_equal_whatever_the_words() -> None:
    """A third of -0.1, three times, is not -0.1: sharing it out would make preferences of rounding."""
    texts = ["a b c", "a b c d e f g", "word"]
    totals = set()
    for text in texts:
        answer = one(-0.1, LogLikelihood("", text))
        assert isinstance(answer, TokenScores)
        totals.add(answer.total)
    assert totals == {-0.1}


def test_tokens_are_taken_as_they_are() -> None:
    given = {"log_probs": [-1.0, -2.0], "starts": np.array([6, 13]), "greedy": [True, False]}
    assert one(given) == TokenScores((-1.0, -2.0), (True, False), (6, 13))
    assert one({key: given[key] for key in ("log_probs", "starts")}) == TokenScores((-1.0, -2.0), (), (6, 13))


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (0.3, "0.3 where a log-probability is expected, which is never above 0: return the logarithm"),
        (float("-inf"), "-inf where a finite number"),
        (float("nan"), "nan where a finite number"),
        ("-6", "a text where a number"),
        (None, r"nothing \(None\) where a number"),
        ([-1.0, -2.0], "a list of 2 where a number"),
        ({"log_probs": [-1.0, -2.0], "starts": [6]}, "2 log_probs, 1 starts and 0 greedy"),
        ({"log_probs": [-1.0], "starts": [6], "greedy": [True, False]}, "1 log_probs, 1 starts and 2 greedy"),
        ({"log_probs": [-1.0, -2.0], "starts": [13, 6]}, "starts rising from 0 to 20"),
        ({"log_probs": [-1.0], "starts": [21]}, "starts rising from 0 to 20"),
        ({"log_probs": -1.0, "starts": [6]}, "one number for log_probs, not a list"),
        ({"log_probs": [float("nan")], "starts": [6]}, "nan where a finite number"),
    ],
    ids=str,
)
def test_what_is_no_log_probability_is_unanswered(returned: Any, reason: str) -> None:
    told = one(returned)
    assert isinstance(told, str)
    assert re.match(f"model returned (.*, )?{reason}", told), told


def test_a_little_above_zero_is_rounding() -> None:
    assert one(1e-6) == TokenScores((0.0, 0.0, 0.0), (), (7, 9, 14))


def test_what_is_said_to_a_user_is_not_asked() -> None:
    seen: list[str] = []

    def fn(contexts: list[str], continuations: list[str]) -> list[float]:
        seen.extend(continuations)
        return [-1.0] * len(contexts)

    asked = [LogLikelihood("a", " b", chat=True), LogLikelihood("a", " c")]
    first, second = Engine(Scorer(fn)).answer(asked)
    assert isinstance(first, Unanswered)
    assert "no chat template" in first.reason
    assert first.fault == "no_chat"
    assert isinstance(second, TokenScores)
    assert seen == [" c"]


def test_a_scorer_is_asked_plainly_where_a_probe_would_ask_in_a_chat() -> None:
    subject = fairwitness.Scorer(lambda contexts, continuations: [-1.0 for _ in continuations])
    report = fairwitness.run(subject, probes="faithfulness", limit=4, quiet=True)
    [result] = report.audit.results
    assert result.status == "measured", result
