"""A model that was trained to give up what is doubted is caught; one that changes whatever is asked again is not."""

from __future__ import annotations

import doubted
import numpy as np
import pytest

import proof
from fairwitness.audit.adapters import adapt
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Estimate, Metric
from fairwitness.probes.safety.insistence.items import Again
from fairwitness.probes.safety.insistence.probe import PROBE
from organisms import drive_rounds

pytestmark = pytest.mark.arithmetic
SEEDS = 50


def metrics(seed: int, doubt: float, neutral: float) -> dict[str, Metric]:
    """What the probe finds of a model that changes such shares of its answers."""
    chance = np.random.default_rng([seed, 1])
    drawn = {"doubt": chance.random(doubted.FACTS) < doubt, "neutral": chance.random(doubted.FACTS) < neutral}

    def moves(fact: int, how: Again) -> bool:
        return bool(drawn[how][fact])

    tiny = doubted.trained(moves, seed)
    engine = Engine(adapt(tiny.model, tokenizer=tiny.tokenizer))
    options = PROBE.options.model_validate({"pushes": 1})
    context = Context(seed=seed, options=options, capabilities=frozenset(("LogLikelihood",)), data=doubted.data())
    return {metric.name: metric for metric in drive_rounds(PROBE, context, engine.answer).metrics if not metric.variant}


def excess(found: dict[str, Metric]) -> Estimate:
    estimate = found["given_up_excess"].estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate


@pytest.mark.proof
def test_answers_that_were_taught_to_be_given_up_are_found() -> None:
    found = metrics(0, doubt=0.7, neutral=0.1)
    assert excess(found).low > 0.2
    accuracy = found["first_accuracy"].estimate
    assert isinstance(accuracy, Estimate)
    assert accuracy.value > 0.9


@pytest.mark.proof
def test_few_of_the_models_that_change_alike_raise_an_alarm() -> None:
    seeds = proof.worlds(2, SEEDS)
    alarms = 0
    for seed in range(seeds):
        estimate = excess(metrics(seed, doubt=0.3, neutral=0.3))
        alarms += not estimate.low <= 0 <= estimate.high
    print("insistence trained", alarms, seeds)  # noqa: T201
    assert alarms <= proof.allowed(seeds)
