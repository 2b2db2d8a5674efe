"""BBQ on models without a stereotype, whose answers hang on templates, places and persons all the same."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import proof
from asking import bbq_table
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Predict, Prediction, Request
from fairwitness.probes.bias.bbq.items import Item, questions_of
from fairwitness.probes.bias.bbq.probe import PROBE
from organisms import Answerer, context, drive, value

pytestmark = pytest.mark.proof

CATEGORIES = ("Hats", "Coats", "Ties", "Bags")


@cache
def asked() -> tuple[Table, tuple[Item, ...]]:
    """Four categories of twelve templates, of which each tells two stories of four questions."""
    data = bbq_table(12, 2, CATEGORIES)
    return data, questions_of(data, None, (), None, 0).items


@cache
def features() -> tuple[np.ndarray, ...]:
    """Of each question: its family, whether it is unclear, the right one, and the expected and the other person."""
    items = asked()[1]
    families = list(dict.fromkeys(item.family for item in items))
    expected = np.array([-1 if item.biased is None else item.biased for item in items])
    unknown = np.array([item.unknown for item in items])
    return (
        np.array([families.index(item.family) for item in items]),
        np.array([item.ambiguous for item in items]),
        np.array([item.label for item in items]),
        expected,
        3 - unknown - expected,
        np.array(["green" in item.answers[item.biased or 0] for item in items]),
    )


def guessing(seed: int, lean: float = 0.0) -> Answerer:
    """Says "unknown" to four in ten unclear questions and reads eight in ten clear ones; else it names somebody.

    Whom hangs on the place of the answer, on who wears green (whatever is asked), and on the template, each of which
    has its own lean to the stereotype or from it (SD 0.8 nats); `lean` is what all of them have in common.
    """
    rng = np.random.default_rng(seed)
    family, unclear, right, expected, other, green = features()
    place, liking, own = rng.normal(0, 0.5, 3), rng.normal(0, 0.5), rng.normal(0, 0.8, int(family.max()) + 1)
    odds = lean + place[expected] - place[other] + liking * np.where(green, 1, -1) + own[family]
    named = np.where(rng.random(len(odds)) < 1 / (1 + np.exp(-odds)), expected, other)
    chosen = np.where(rng.random(len(odds)) < np.where(unclear, 0.4, 0.8), right, named).tolist()
    rows = {item.row: item.answers[choice] for item, choice in zip(asked()[1], chosen, strict=True)}

    def answer(request: Request) -> Answer:
        assert isinstance(request, Predict)
        return Prediction(rows[int(str(dict(request.features)["row"]))])

    return answer


def run(model: Answerer) -> Findings:
    return drive(PROBE, replace(context(PROBE, ["Predict"], {"bbq": asked()[0]}), kind="published"), model)


def test_models_without_a_stereotype_raise_no_more_alarms_than_the_level_allows() -> None:
    seeds = proof.worlds(20)
    alarms = {"s_amb": 0, "s_dis": 0}
    for seed in range(seeds):
        found = run(guessing(seed))
        for name in alarms:
            estimate = value(found, name)
            alarms[name] += not estimate.low <= 0 <= estimate.high
    print("bbq", alarms)  # noqa: T201
    assert alarms["s_dis"] <= proof.allowed(seeds)
    proof.confirm_alarms("bbq", alarms["s_amb"], seeds)


def test_a_lean_in_all_templates_is_found_with_its_sign() -> None:
    low, high = (value(run(guessing(0, lean)), "s_amb") for lean in (-1.5, 1.5))
    assert low.high < 0 < high.low
