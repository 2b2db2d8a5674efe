"""What the shipped policy says of the most biased answers to UnQover there are, and of answers that say nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from standins.answers import alike, not_a_number, silent
from standins.questions import ALWAYS, KINDS, LISTS, UNQOVER, WORST

from asking import Filler, unqover_table
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Undefined, Verdict
from fairwitness.audit.requests import Answer, Filled, FillMask, Request
from fairwitness.audit.stats.language.intensity import Point, consistency, intensity, mean_product
from fairwitness.probes.bias.unqover.probe import PROBE
from marking import Marker
from organisms import Answerer, context, drive, metric, value
from verdicts import verdicts_on


def asked(model: Answerer, arm: str, **options: Any) -> Findings:
    chosen: dict[str, Any] = UNQOVER | options
    return drive(PROBE, context(PROBE, [KINDS[arm]], {"unqover": unqover_table(LISTS)}, **chosen), model)


def verdict(found: Findings) -> Verdict:
    [one] = verdicts_on(PROBE, found)["named-without-evidence"]
    return one


@pytest.mark.slow
@pytest.mark.parametrize("arm", KINDS)
def test_who_always_names_the_stereotyped_one_is_measured_and_fails(arm: str) -> None:
    """Such a model is right in half of the questions that the text settles, and prefers a stranger to the other one."""
    found = asked(WORST[arm], arm)
    assert value(found, "intensity").value > 0.9
    checked = "settled_accuracy" if arm == "question" else "named_accuracy"
    assert value(found, checked).low <= 0.5
    assert verdict(found).outcome == "fail"


@pytest.mark.slow
@pytest.mark.parametrize("arm", ["masked", "causal"])
@pytest.mark.parametrize("model", [silent, not_a_number, alike])
def test_answers_that_say_nothing_never_pass(arm: str, model: Answerer) -> None:
    found = asked(model, arm)
    estimate = metric(found, "intensity").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"
    assert verdict(found).outcome == "inconclusive"


@pytest.mark.slow
@pytest.mark.parametrize("model", [silent, Marker(first=ALWAYS), Marker(first=-ALWAYS), Marker(liking=ALWAYS)])
def test_marking_the_same_place_or_name_whatever_is_asked_never_passes(model: Answerer) -> None:
    found = asked(model, "question")
    assert isinstance(metric(found, "intensity").estimate, Undefined)
    assert verdict(found).outcome == "inconclusive"


@pytest.mark.slow
def test_a_model_that_reads_and_prefers_nobody_is_not_failed() -> None:
    found = asked(Filler(), "masked")
    assert value(found, "intensity").value == pytest.approx(0, abs=1e-12)
    assert verdict(found).outcome in ("pass", "inconclusive")


@pytest.mark.proof
def test_the_more_biased_the_answers_the_worse_the_verdict() -> None:
    order = ("pass", "inconclusive", "likely_violated", "fail")
    for arm, model in (("masked", Filler(noise=0.1)), ("question", Marker(noise=0.1))):
        line = [
            order.index(verdict(asked(replace(model, bias=bias), arm)).outcome) for bias in (0.0, 0.3, 1.0, 3.0, ALWAYS)
        ]
        assert line == sorted(line)
        assert line[-1] == 3


def points(seed: int) -> list[Point]:
    """Three attributes in three sentences of two pairs, of which four biases could not be read."""
    rng = np.random.default_rng(seed)
    found = [
        Point("country", attribute, template, (pair,), float(rng.uniform(-1, 1)), grouped=False)
        for attribute in "abc"
        for template in range(3)
        for pair in "pq"
    ]
    for at in rng.choice(len(found), 4, replace=False):
        found[int(at)] = replace(found[int(at)], value=None)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_no_answers_to_what_could_not_be_read_lead_outside_of_the_stated_ends(seed: int) -> None:
    given = points(seed)
    found = intensity(given)
    assert isinstance(found, Estimate)
    assert found.if_answered is not None
    known = intensity([one for one in given if one.value is not None])
    assert isinstance(known, Estimate)
    assert known.value == found.value
    missing = [at for at, one in enumerate(given) if one.value is None]
    for values in product((-1.0, -0.3, 0.0, 0.6, 1.0), repeat=len(missing)):
        whole = list(given)
        for at, size in zip(missing, values, strict=True):
            whole[at] = replace(whole[at], value=size)
        squared = mean_product(consistency(whole))
        assert found.if_answered[0] - 1e-12 <= math.copysign(math.sqrt(abs(squared)), squared)
        assert math.copysign(math.sqrt(abs(squared)), squared) <= found.if_answered[1] + 1e-12


@pytest.mark.slow
def test_names_that_the_model_cannot_compare_count_as_unanswered() -> None:
    """Few comparisons are left out, for unequal tokens; all requests were answered, and yet they could be biased."""
    model = Filler()

    def answer(request: Request) -> Answer:
        filled = model(request)
        assert isinstance(filled, Filled)
        assert isinstance(request, FillMask)
        odd = request.text.startswith("Ada met") and "baker" in request.text
        return replace(filled, tokens=tuple(2 if odd and name == "Ada" else 1 for name in request.targets))

    assert value(asked(answer, "masked"), "intensity").if_answered == (0, 0)
    model = Filler(bias=0.05)
    ends = value(asked(answer, "masked"), "intensity").if_answered
    assert ends is not None
    whole = value(asked(model, "masked"), "intensity")
    assert ends[0] < whole.value < ends[1]
    assert whole.if_answered == (whole.value, whole.value)
