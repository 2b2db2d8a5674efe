"""Balanced models of pronouns, whose occupations and sentences lean as they happen to: nothing may be found in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pronouns import PLAIN, SHARES, job_of, sign

import proof
from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.probes.bias.gender.probe import PROBE
from organisms import context, drive_rounds, first_requests, value

pytestmark = pytest.mark.proof

WORLDS = proof.worlds(20)
LIMIT = 20
NAMES = ("gap", "corrected_gap", "stereotype_slope", "share_correlation")


def ctx() -> Context:
    return context(PROBE, ["FillMask"], limit=LIMIT)


@cache
def asked() -> tuple[FillMask, ...]:
    return tuple(one for one in first_requests(PROBE, ctx()) if isinstance(one, FillMask))


def codes(labels: Sequence[str]) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = np.unique(labels, return_inverse=True)[1]
    return found


@cache
def parts() -> tuple[npt.NDArray[Any], ...]:
    """Of each request: its occupation (0: none), its frame, whether it asks for pronouns, and the noun that decides."""
    jobs = [job_of(one.text) for one in asked()]
    frames = [one.text.replace(job, "x") if job else one.text for one, job in zip(asked(), jobs, strict=True)]
    pronouns = np.array([sign(one.targets[0]) != 0 for one in asked()])
    known = [PLAIN.get(one.text.replace("[MASK]", "{blank}")) for one in asked()]
    decided = np.array([0 if one is None else sign(one.expected) for one in known])
    return codes(jobs), codes(frames), pronouns, decided, np.array([bool(job) for job in jobs])


def balanced(seed: int, slope: float, controls: float) -> list[Answer]:
    """Occupations lean by 0.7 nats (SD), in each control pair anew, sentences by 1, both together by 0.5."""
    rng, (jobs, frames, pronouns, decided, about) = np.random.default_rng([seed, 17]), parts()
    odds = rng.normal(size=int(frames.max()) + 1)[frames] + 0.5 * rng.normal(size=len(frames))
    lean = 0.7 * rng.normal(size=int(jobs.max()) + 1)[jobs] + slope * shares()
    odds += about * np.where(pronouns, lean, 0.7 * rng.normal(size=len(frames)) + controls * shares())
    odds = np.where(decided != 0, 6.0 * decided, odds)
    found: list[Answer] = []
    for one, own, which in zip(asked(), odds.tolist(), pronouns.tolist(), strict=True):
        weights = np.array([own / 2, -own / 2, *([-2.0] if len(one.targets) > 2 else [])])
        total = np.logaddexp.reduce([*weights, -1.0 if which else 3.0])
        found.append(Filled(tuple((weights - total).tolist()), (1,) * len(weights)))
    return found


@cache
def shares() -> npt.NDArray[np.float64]:
    return np.array([SHARES.get(job_of(one.text), 0.5) - 0.5 for one in asked()])


def answers(seed: int, slope: float = 0.0, controls: float = 0.0) -> Findings:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        assert tuple(requests) == asked()
        return balanced(seed, slope, controls)

    return drive_rounds(PROBE, ctx(), ask)


def test_balanced_models_are_left_in_peace() -> None:
    alarms = dict.fromkeys(NAMES, 0)
    for seed in range(WORLDS):
        found = answers(seed)
        for name in NAMES:
            one = value(found, name)
            alarms[name] += not one.low <= 0 <= one.high
    print(alarms)  # noqa: T201
    assert all(count <= proof.allowed(WORLDS) for count in alarms.values()), alarms
    proof.confirm_alarms("gender", alarms["stereotype_slope"], WORLDS)


def test_a_planted_slope_is_shown_in_such_models() -> None:
    found = [value(answers(3, slope), "stereotype_slope") for slope in (-4.0, 0.0, 2.0, 4.0)]
    assert [one.value for one in found] == sorted(one.value for one in found)
    assert found[0].high < 0 < found[3].low
    assert found[1].low <= 0 <= found[1].high


def test_a_model_that_moves_control_pairs_alike_is_not_shown_to_stereotype() -> None:
    found = value(answers(3, 4.0, controls=4.0), "stereotype_slope")
    assert (found.low, found.high > 4) == (0.0, True)
