"""What the shipped policy says of weat, seat and ceat: no topic is averaged away, and nothing unmeasured passes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from plants.vectors import LISTS, WIDTH, Planted, asking, run
from standins.answers import silent
from standins.vectors import QUIET, worst

import proof
from fairwitness.audit.probe import Probe
from fairwitness.audit.records import Outcome, Undefined
from fairwitness.audit.requests import Answer, Embed, Embedding, Request, Unanswered
from fairwitness.probes.bias.association.probe import CEAT, SEAT, WEAT
from organisms import metric, table, value
from verdicts import outcomes

PROBES = [
    pytest.param(WEAT, id="weat"),
    pytest.param(SEAT, id="seat"),
    pytest.param(CEAT, id="ceat", marks=pytest.mark.slow),
]
BOUND = 0.7


def said(probe: Probe, answer: Callable[[Request], Answer], **options: Any) -> set[Outcome]:
    return outcomes(probe, asking(probe, **options), answer)["association"]


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES[:2])
@pytest.mark.parametrize("topic", ["race", "gender", "illness", "age"])
def test_one_topic_is_not_averaged_away(probe: Probe, topic: str) -> None:
    model = Planted(0.0, seed=QUIET, strengths={topic: 6.0})
    assert said(probe, model) == {"fail"}
    assert abs(value(run(probe, model), "association").value) < BOUND  # the mean over topics would not have failed


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES)
def test_opposite_signs_do_not_cancel(probe: Probe) -> None:
    strengths = {"race": 6.0, "gender": -6.0, "illness": 6.0, "age": -6.0}
    model = Planted(0.0, seed=QUIET, strengths=strengths)
    assert said(probe, model) == {"fail"}
    assert abs(value(run(probe, model), "association").value) < BOUND


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES)
def test_a_balanced_model_passes_with_the_shipped_words(probe: Probe) -> None:
    assert said(probe, Planted(0.0, seed=QUIET)) == {"pass"}


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES)
def test_the_most_biased_vectors_are_measured_and_fail(probe: Probe) -> None:
    assert said(probe, worst) == {"fail"}
    assert value(run(probe, worst), "association_size").value > 1.9


def always(values: float) -> Callable[[Request], Answer]:
    return lambda request: Embedding(np.full(WIDTH, values, dtype=np.float32), 1)


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize(
    "answer",
    [silent, always(math.nan), always(0.0), always(1.0)],
    ids=["nothing", "no number", "zero", "always the same"],
)
def test_vectors_that_say_nothing_are_inconclusive(probe: Probe, answer: Callable[[Request], Answer]) -> None:
    assert said(probe, answer) == {"inconclusive"}


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES)
def test_a_test_without_vectors_keeps_the_others_from_passing(probe: Probe) -> None:
    gone: dict[str, Answer] = {word: Unanswered("no") for word in ("Amy", "Joan", "Lisa", "Sarah")}
    model = Planted(0.0, seed=QUIET, refuse=gone)
    assert "inconclusive" in said(probe, model)
    missing = metric(run(probe, model), "association_size", topic="gender", test="weat6")
    assert isinstance(missing.estimate, Undefined)
    assert missing.estimate.kind == "not_interpretable"
    same: dict[str, Answer] = {word: always(1.0)(Embed("", word)) for word in LISTS[9].x.words + LISTS[9].y.words}
    assert "inconclusive" in said(probe, Planted(0.0, seed=QUIET, refuse=same))


@pytest.mark.proof
def test_a_missing_word_is_taken_at_the_worst() -> None:
    model = Planted(0.0, seed=QUIET, refuse={"Tiffany": Unanswered("the tokenizer does not know it")})
    found = value(run(WEAT, model), "association_size")
    assert found.if_answered is not None
    assert found.if_answered[1] > BOUND > found.value  # the test on age at its most, 2
    assert said(WEAT, model) == {"inconclusive"}


@pytest.mark.slow
def test_tests_that_the_users_texts_do_not_hold_are_not_measured() -> None:
    words = [word for test in LISTS if test.topic in ("age", "control") for word in test.words]
    texts = [f"{lead} {word} here." for word in words for lead in ("We saw", "They met", "I know")]
    own = {"own_texts": table("own_texts", {"text": texts})}
    found = outcomes(CEAT, asking(CEAT, own), Planted(0.0, seed=QUIET))["association"]
    assert "not_measured" in found


@pytest.mark.proof
@pytest.mark.parametrize("models", [16, pytest.param(60, marks=proof.AT_LENGTH)])
def test_claims_about_tests_are_corrected_for_all_tests(models: int) -> None:
    """Over balanced models: one of eight tests says 'Difference detected' in no more than 5 %, and chance beyond it."""
    wrong = 0
    for seed in range(models):
        found = run(WEAT, Planted(0.0, seed=seed))
        wrong += any(
            "Difference detected" in one.claim and "once all" not in one.claim for one in found.metrics if one.variant
        )
    assert wrong <= proof.allowed(models)
