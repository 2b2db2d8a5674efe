"""The scenarios of all probes."""

from __future__ import annotations

from standins import (
    classifiers,
    coreference,
    decisions,
    explanations,
    memorization,
    pronouns,
    questions,
    sentences,
    vectors,
    writers,
)
from standins.runs import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *pronouns.SCENARIOS,
    *classifiers.SCENARIOS,
    *questions.SCENARIOS,
    *coreference.SCENARIOS,
    *sentences.SCENARIOS,
    *vectors.SCENARIOS,
    *writers.SCENARIOS,
    *decisions.SCENARIOS,
    *memorization.SCENARIOS,
    *explanations.SCENARIOS,
)
