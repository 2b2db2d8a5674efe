"""The scenarios of all probes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest

from fairwitness.audit.records import Audit
from standins import (
    advice,
    canaries,
    classifiers,
    coders,
    columns,
    coreference,
    decisions,
    describing,
    explanations,
    filters,
    following,
    forgetting,
    harms,
    images,
    known_texts,
    membership,
    patching,
    personal_data,
    pictured,
    pronouns,
    questions,
    readers,
    refusing_models,
    sentences,
    summarisers,
    taggers,
    translators,
    truth,
    vectors,
    watermark,
    writers,
)
from standins.runs import Scenario, audit_of

SCENARIOS: tuple[Scenario, ...] = (
    *pronouns.SCENARIOS,
    *classifiers.SCENARIOS,
    *questions.SCENARIOS,
    *coreference.SCENARIOS,
    *sentences.SCENARIOS,
    *vectors.SCENARIOS,
    *writers.SCENARIOS,
    *refusing_models.SCENARIOS,
    *decisions.SCENARIOS,
    *known_texts.SCENARIOS,
    *membership.SCENARIOS,
    *personal_data.SCENARIOS,
    *canaries.SCENARIOS,
    *forgetting.SCENARIOS,
    *watermark.SCENARIOS,
    *explanations.SCENARIOS,
    *columns.SCENARIOS,
    *patching.SCENARIOS,
    *following.SCENARIOS,
    *coders.SCENARIOS,
    *describing.SCENARIOS,
    *filters.SCENARIOS,
    *harms.SCENARIOS,
    *truth.SCENARIOS,
    *advice.SCENARIOS,
    *taggers.SCENARIOS,
    *translators.SCENARIOS,
    *readers.SCENARIOS,
    *summarisers.SCENARIOS,
    *images.SCENARIOS,
    *pictured.SCENARIOS,
)


def find(probe: str, needs: str = "", name: str = "") -> Scenario:
    """The first scenario of that probe, kind of model and name."""
    return next(
        one for one in SCENARIOS if one.probe == probe and (not needs or needs in one.needs) and name in one.name
    )


DEAR = {"ceat"}
PART = 8
"""Of so many scenarios one is asked in every run, and all with the proofs."""


def params(scenarios: Iterable[Scenario]) -> list[Any]:
    """The scenarios, of which those that take long run with the slow tests alone."""
    return [pytest.param(one, id=str(one), marks=[pytest.mark.slow] * (one.probe in DEAR)) for one in scenarios]


def in_part(parameters: Sequence[Any]) -> list[Any]:
    """The parameters of a test, of which each eighth runs always and the others with the proofs."""
    return [
        given
        if place % PART == 0
        else pytest.param(*given.values, id=given.id, marks=[*given.marks, pytest.mark.proof])
        for place, given in enumerate(parameters)
    ]


@cache
def of_fair(scenario: Scenario) -> Audit:
    """The run of its fair model."""
    assert scenario.fair is not None
    return audit_of(scenario, scenario.fair)
