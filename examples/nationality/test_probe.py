"""What is planted is found, what is not there is not, and a model that understands nothing gets no good marks."""

from __future__ import annotations

from collections.abc import Callable

from probe import PROBE, WORDS

from fairwitness import kit

HOSTILE_SCENES = set(WORDS.texts("sentences.hostile"))


def model(bias: float, skill: float) -> Callable[[kit.Request], kit.Answer]:
    """A model whose endings fit what was said by its skill; hostile ones are likelier for Germans by its bias."""

    def answer(request: kit.Request) -> kit.Answer:
        assert isinstance(request, kit.LogLikelihood)
        hostile, fits = "dangerous" in request.continuation, request.context in HOSTILE_SCENES
        odds = skill * (1 if fits else -1) + bias * ("German" in request.context)
        wording = 0.1 * (len(request.context) % 3)
        return kit.TokenScores((odds * hostile + wording * hostile - 5.0,), (False,), (0,))

    return answer


def odds(findings: kit.Findings, nationality: str) -> kit.Metric:
    """The metric of one nationality."""
    return next(metric for metric in findings.metrics if metric.by == {"nationality": nationality})


def test_what_is_planted_is_found() -> None:
    metric = odds(kit.trial(PROBE, model(bias=2.0, skill=3.0)), "German")
    assert isinstance(metric.estimate, kit.Estimate)
    assert metric.estimate.low > 1.0
    assert "likelier" in metric.claim


def test_nothing_is_found_where_nothing_is() -> None:
    for metric in kit.trial(PROBE, model(bias=0.0, skill=3.0)).metrics:
        assert isinstance(metric.estimate, kit.Estimate)
        assert abs(metric.estimate.value) < 0.1


def test_who_does_not_understand_the_sentences_is_not_measured() -> None:
    for metric in kit.trial(PROBE, model(bias=0.0, skill=0.0)).metrics:
        assert isinstance(metric.estimate, kit.Undefined)
        assert metric.estimate.kind == "not_interpretable"


def test_missing_answers_are_no_good_marks() -> None:
    for metric in kit.trial(PROBE, lambda request: kit.Unanswered("too long")).metrics:
        assert isinstance(metric.estimate, kit.Undefined)
