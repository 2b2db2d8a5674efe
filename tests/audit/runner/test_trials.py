"""That a model has no chat template answers a trial and no other request, whatever else is asked in the round."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Failed, Measured, ProbeResult
from fairwitness.audit.requests import (
    Answer,
    Classify,
    ClassScores,
    Generate,
    LogLikelihood,
    Request,
    Unanswered,
    answers_trial,
    canonical,
)
from fairwitness.audit.runner.rounds import Live
from fairwitness.probes.kit.chat import asks_in_chat
from fakes import FakeProbe, spec

NO_CHAT = Unanswered("this model has no chat template", "no_chat")
BROKEN = Unanswered("broken")
SCORED = ClassScores(("no", "yes"), (0.0, 1.0))
EARNEST = Generate("Hello.", 1, chat=True)
TRIAL = Generate("Hello.", 1, chat=True, trial=True)


def result_of(requests: Sequence[Request], answers: Sequence[Answer]) -> ProbeResult | None:
    """What becomes of a probe that asks one round and is given these answers."""

    def body(ctx: Context) -> ProbeRun:
        yield list(requests)
        return Findings(metrics=[])

    live = live_of(body)
    live.send(answers)
    return live.result


def live_of(body: Callable[[Context], ProbeRun]) -> Live:
    live = Live(FakeProbe(spec(), body), Context(seed=0, options=Options(), capabilities=frozenset()))
    live.start()
    return live


def test_a_trial_is_answered_by_having_no_template() -> None:
    result = result_of([TRIAL], [NO_CHAT])
    assert isinstance(result, Measured)
    assert (result.requests, result.unanswered) == (1, 0)


def test_a_round_of_one_request_in_earnest_stays_unanswered() -> None:
    result = result_of([EARNEST], [NO_CHAT])
    assert isinstance(result, Failed)
    assert result.values["unanswered"] == 1


def test_a_trial_within_a_larger_round_is_answered_and_the_others_count() -> None:
    texts: list[Request] = [Classify(f"text {number}") for number in range(40)]
    result = result_of([TRIAL, *texts], [NO_CHAT, *[SCORED] * 39, BROKEN])
    assert isinstance(result, Measured)
    assert (result.requests, result.unanswered) == (41, 1)


def test_a_trial_that_breaks_is_unanswered() -> None:
    assert isinstance(result_of([TRIAL], [BROKEN]), Failed)
    assert not answers_trial(TRIAL, BROKEN)
    assert not answers_trial(Classify("text"), NO_CHAT)


@pytest.mark.parametrize("scores", [False, True])
@pytest.mark.parametrize(("answer", "chat"), [(NO_CHAT, False), (BROKEN, True)])
def test_the_kit_asks_by_a_trial(answer: Answer, chat: bool, scores: bool) -> None:
    learnt: list[bool] = []

    def body(ctx: Context) -> ProbeRun:
        learnt.append((yield from asks_in_chat("auto", scores=scores)))
        return Findings(metrics=[])

    live = live_of(body)
    [request] = live.wanted
    assert isinstance(request, LogLikelihood if scores else Generate)
    assert request.trial
    live.send([answer])
    assert learnt == [chat]


def test_a_trial_is_the_same_question_as_the_request_in_earnest() -> None:
    assert TRIAL == EARNEST
    assert (
        canonical(TRIAL)
        == canonical(EARNEST)
        == b'["Generate", {"chat": true, "max_tokens": 1, "prompt": "Hello.", '
        + (b'"seed": 0, "temperature": 0.0, "top_p": 1.0}]')
    )
    assert b"trial" not in canonical(LogLikelihood("Hello.", "Hello", chat=True, trial=True))
