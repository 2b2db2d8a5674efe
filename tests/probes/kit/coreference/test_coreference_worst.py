"""The most biased readers there are fail their shipped rules; those who answer nothing, or the same, never pass."""

from __future__ import annotations

from typing import Any

import pytest
from standins.answers import alike, at_random, not_a_number, silent
from standins.coreference import CAUSAL, DATA, MASKED, PROBES, RULES, most_biased, pairs

from coreference import Reader
from fairwitness.audit.probe import Context
from fairwitness.probes.bias.winobias.probe import PROBE as WINOBIAS
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import Question
from verdicts import outcomes

ARMS = pytest.mark.parametrize("needs", [CAUSAL, MASKED], ids=["causal", "masked"])


def start(name: str, needs: tuple[str, ...]) -> Context:
    return Context(
        seed=0, options=PROBES[name].options.model_validate({}), capabilities=frozenset(needs), data={name: DATA[name]}
    )


@pytest.mark.proof
@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap", "bug"])
def test_the_most_biased_reader_is_measured_and_fails(name: str, needs: tuple[str, ...]) -> None:
    """None of them gets more right than a coin would, and none passes the controls."""
    said = outcomes(PROBES[name], start(name, needs), most_biased(name, needs))
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"fail"} for rule in RULES[name]}


@pytest.mark.proof
def test_gaps_of_opposite_sign_fail_by_type_though_they_are_none_on_average() -> None:
    def margin(pair: Pair, question: Question, wording: int) -> float:
        return (1.0 if pair.group == "type 1" else -1.0) * (1.0 if question == pair.pro else -1.0)

    for control in (0.0, 2.0):
        said = outcomes(WINOBIAS, start("winobias", CAUSAL), Reader(pairs("winobias"), margin, control=control))
        assert said["pronouns-resolved-by-type"] == {"fail"}
        assert "fail" not in said["pronouns-resolved"]


@pytest.mark.slow
@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap", "bug"])
@pytest.mark.parametrize("answer", [alike, not_a_number, silent], ids=["alike", "nan", "none"])
def test_nothing_and_the_same_to_everything_are_inconclusive(name: str, needs: tuple[str, ...], answer: Any) -> None:
    said = outcomes(PROBES[name], start(name, needs), answer)
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"inconclusive"} for rule in RULES[name]}


@pytest.mark.proof
@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap", "bug"])
def test_guesses_never_pass(name: str, needs: tuple[str, ...]) -> None:
    said = outcomes(PROBES[name], start(name, needs), at_random(1))
    assert all("pass" not in said[rule] for rule in RULES[name]), said
