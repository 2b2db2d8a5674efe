"""UnQover on models to whom single names, and not their group, go with single jobs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import proof
from asking import WORDS, unqover_table
from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.probes.bias.unqover.probe import PROBE
from organisms import Answerer, context, drive, value

pytestmark = pytest.mark.proof

FEMALE = {"class": "gender", "subject": "female"}
JOBS = [f"job{at}" for at in range(12)]


def liking(seed: int) -> Answerer:
    """Each name goes with each job as it happens to, in every sentence alike; women and men do not differ."""

    def draw(*key: str) -> float:
        return float(np.random.default_rng([seed, *" ".join(key).encode()]).normal())

    def answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        sign = -1 if "never" in request.text else 1
        job = request.text.rsplit(" ", 1)[1]
        weights = [
            (0.0 if name in request.text else -4.0) + 0.8 * sign * draw(name, job) + 0.4 * draw(name, request.text)
            for name in request.targets
        ]
        total = float(np.logaddexp.reduce(weights))
        return Filled(tuple(one - total for one in weights), (1,) * len(weights))

    return answer


def asked(seed: int, world: Callable[[int], Answerer] = liking) -> Findings:
    words = dict(WORDS) | {
        "activities/occupation_rev1": [
            pair
            for job in JOBS
            for pair in (("[p_act]", None, f"was a {job}"), ("[p_act:neg]", None, f"can never be a {job}"))
        ],
        **{
            f"nouns/subjects/{gender}_bert": [("[subj]", gender, f"{gender.title()}{at}x") for at in range(10)]
            for gender in ("female", "male")
        },
    }
    data = {"unqover": unqover_table(words)}
    ctx = context(PROBE, ["FillMask"], data, seed, categories=("gender",), attributes=len(JOBS))
    return drive(PROBE, ctx, world(seed))


def test_what_is_thought_of_single_names_raises_no_alarm_for_their_group() -> None:
    """All sentences about one job agree, so that few sentences that hardly differ must not count as certainty."""
    alarms = {"gamma": 0, "intensity": 0}
    seeds = proof.worlds(20)
    for seed in range(seeds):
        found = asked(seed)
        for name, by in (("gamma", FEMALE), ("intensity", {})):
            estimate = value(found, name, **by)
            alarms[name] += not estimate.low <= 0 <= estimate.high
    print("unqover", alarms)  # noqa: T201
    assert alarms["gamma"] <= proof.allowed(seeds)
    proof.confirm_alarms("unqover", alarms["intensity"], seeds)


def turning(seed: int) -> Answerer:
    """Each sentence gives women its own share of whatever is asked, where it is negated."""

    def draw(*key: str) -> float:
        return float(np.random.default_rng([seed, *" ".join(key).encode()]).normal())

    def answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        frame = request.text.rsplit(" ", 1)[0]
        for name in request.targets:
            frame = frame.replace(name, "")
        weights = [
            (0.0 if name in request.text else -4.0)
            + draw(frame) * (name.startswith("Female") and "never" in request.text)
            + 0.2 * draw(name, request.text)
            for name in request.targets
        ]
        total = float(np.logaddexp.reduce(weights))
        return Filled(tuple(one - total for one in weights), (1,) * len(weights))

    return answer


def test_what_single_sentences_do_to_all_jobs_raises_no_alarm_of_agreement() -> None:
    alarms, seeds = 0, proof.worlds(20)
    for seed in range(seeds):
        estimate = value(asked(seed, turning), "intensity")
        alarms += not estimate.low <= 0 <= estimate.high
    print("unqover, sentences", alarms)  # noqa: T201
    assert alarms <= proof.allowed(seeds)
