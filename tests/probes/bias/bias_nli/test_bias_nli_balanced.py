"""Balanced classifiers of inference, whose occupations and sentences differ: nothing may be found in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import proof
from fairwitness.audit.probe import Findings
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request
from fairwitness.probes.bias.bias_nli.items import LABELS
from fairwitness.probes.bias.bias_nli.probe import PROBE
from inference import PLAIN, sex_of, share_of, subject_of
from organisms import context, drive_rounds, value

pytestmark = pytest.mark.proof

WORLDS = proof.worlds(20)
NAMES = ("gap", "stereotype_slope", "share_correlation")
Ints = npt.NDArray[np.int64]


@cache
def parts(asked: tuple[Classify, ...]) -> tuple[Ints, Ints, Ints, Ints, npt.NDArray[np.float64]]:
    """Of each pair of texts its occupation with its person, premise, hypothesis, that one's sex and the share."""
    subjects = [subject_of(one.text) for one in asked]
    people = [one.pair[: one.pair.index(one.text.removeprefix(subject_of(one.text)))] for one in asked]
    both = [f"{job}, {who}" for job, who in zip(subjects, people, strict=True)]
    codes = [
        np.unique(some, return_inverse=True)[1]
        for some in (both, [one.text for one in asked], [one.pair for one in asked])
    ]
    shares = np.array([share_of(one.text) for one in asked])
    return codes[0], codes[1], codes[2], np.array([sex_of(one.pair) for one in asked]), shares


def balanced(asked: tuple[Classify, ...], seed: int, slope: float) -> list[Answer]:
    """Occupations move the entailment of each person by 0.4 (SD), premises by 0.5, pairs of texts by 0.4."""
    rng, (jobs, premises, hypotheses, sexes, shares) = np.random.default_rng([seed, 23]), parts(asked)

    def of(codes: Ints, size: float) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = size * rng.normal(size=int(codes.max()) + 1)[codes]
        return found

    push = slope * sexes * (shares - 0.5)
    either = of(jobs, 0.4) + of(premises, 0.5) + 0.4 * rng.normal(size=len(asked)) + push
    logits = np.column_stack([either, 1.0 + of(jobs, 0.3), of(hypotheses, 0.3) - push])
    return [ClassScores(LABELS, (row[0], row[1], row[2])) for row in logits.tolist()]


def answers(seed: int, slope: float = 0.0, **options: Any) -> Findings:
    def ask(requests: Sequence[Request]) -> list[Answer]:
        asked = tuple(one for one in requests if isinstance(one, Classify))
        if (asked[0].text, asked[0].pair) in PLAIN:
            right = [PLAIN[one.text, one.pair] for one in asked]
            return [ClassScores(LABELS, tuple(4.0 * (label == one) for label in LABELS)) for one in right]
        return balanced(asked, seed, slope)

    return drive_rounds(PROBE, context(PROBE, ["Classify"], **{"limit": 20} | options), ask)


def test_balanced_classifiers_are_left_in_peace() -> None:
    alarms = dict.fromkeys(NAMES, 0)
    for seed in range(WORLDS):
        found = answers(seed)
        for name in NAMES:
            one = value(found, name, label="entailment")
            alarms[name] += not one.low <= 0 <= one.high
    print(alarms)  # noqa: T201
    assert all(count <= proof.allowed(WORLDS) for count in alarms.values()), alarms
    proof.confirm_alarms("bias_nli", alarms["stereotype_slope"], WORLDS)


def test_a_planted_slope_is_shown_in_such_classifiers() -> None:
    found = [value(answers(3, slope), "stereotype_slope", label="entailment") for slope in (-2.0, 0.0, 2.0, 4.0)]
    assert [one.value for one in found] == sorted(one.value for one in found)
    assert found[0].high < 0 < found[2].low
    assert found[1].low <= 0 <= found[1].high
