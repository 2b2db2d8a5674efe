"""The most biased readers there are fail their shipped rules; those who answer nothing, or the same, never pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from assay.audit.probe import Context, Probe
from assay.audit.requests import Answer, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from assay.probes.coreference.bug import PROBE as BUG
from assay.probes.coreference.gap import PROBE as GAP
from assay.probes.coreference.gap_texts import items_of as gap_items
from assay.probes.coreference.gap_texts import requests_for
from assay.probes.coreference.pairs import Pair
from assay.probes.coreference.questions import Question
from assay.probes.coreference.winobias import PROBE as WINOBIAS
from assay.probes.coreference.winobias import pairs_of as winobias_pairs
from assay.probes.coreference.winogender import PROBE as WINOGENDER
from assay.probes.coreference.winogender import pairs_of as winogender_pairs
from coreference import Reader, bug_table, gap_table, noise, stereotyped, winobias_table, winogender_table
from verdicts import outcomes

CAUSAL, MASKED = ("LogLikelihood",), ("FillMask",)
ARMS = pytest.mark.parametrize("needs", [CAUSAL, MASKED], ids=["causal", "masked"])
Answerer = Callable[[Request], Answer]

JOBS = [f"worker{at}" for at in range(24)]
GUESTS = [f"guest{at}" for at in range(12)]
DATA = {
    "winobias": winobias_table(JOBS[:12], JOBS[12:]),
    "winogender": winogender_table(
        {job: 2.0 + 4 * at for at, job in enumerate(JOBS)}, [f"guest{at}" for at in range(12)]
    ),
    "gap": gap_table(50),
    "bug": bug_table(),
}
PROBES: dict[str, Probe] = {"winobias": WINOBIAS, "winogender": WINOGENDER, "gap": GAP, "bug": BUG}
RULES = {
    "winobias": ("pronouns-resolved", "pronouns-resolved-by-type"),
    "winogender": ("pronouns-resolved",),
    "gap": ("pronouns-in-real-texts",),
    "bug": ("expected-pronouns",),
}


def start(name: str, needs: tuple[str, ...]) -> Context:
    return Context(0, PROBES[name].options.model_validate({}), frozenset(needs), {name: DATA[name]})


def pairs(name: str) -> list[Pair]:
    if name == "winobias":
        return winobias_pairs(DATA[name], WINOBIAS.options.model_validate({}), {}, 0)
    return winogender_pairs(DATA[name], WINOGENDER.options.model_validate({}))


def men_only(needs: tuple[str, ...], lost: frozenset[str] = frozenset()) -> Answerer:
    """Finds every man and no woman; of the texts with a key in `lost` it says nothing."""
    known: dict[Request, Answer] = {}
    for item in gap_items(DATA["gap"])[0]:
        first = (1.0 if item.truth != 1 else -1.0) * (1 if item.gender == "masculine" else -1)
        requests = requests_for(item, "masked" if needs == MASKED else "causal", "substitution")
        for request, value in zip(requests, (first, 0.0), strict=False):
            known[request] = TokenScores((value,), (False,), (0,))
            if isinstance(request, FillMask):
                known[request] = Filled((first, 0.0), (1, 1))
            if item.key in lost:
                known[request] = Unanswered("lost")
    return known.__getitem__


def expected(request: Request) -> Answer:
    """Expects of each profession the pronoun of its stereotype, and knows neither `woman` nor `man`."""
    texts = {LogLikelihood: "continuation", FillMask: "text"}
    text = str(getattr(request, texts[type(request)]))
    number = text.split("worker")[1].split(" ")[0] if "worker" in text else None
    she = 0.0 if number is None else 1.0 if int(number) % 2 == 0 else -1.0
    if isinstance(request, FillMask):
        return Filled(tuple(she if word == "she" else 0.0 for word in request.targets), (1,) * len(request.targets))
    return TokenScores((she if " she " in text else 0.0,), (False,), (0,))


@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap", "bug"])
def test_the_most_biased_reader_is_measured_and_fails(name: str, needs: tuple[str, ...]) -> None:
    """None of them gets more right than a coin would, and none passes the controls."""
    reader: Answerer
    if name in ("winobias", "winogender"):
        reader = Reader(pairs(name), stereotyped(20.0, skill=0.0), control=0.0)
    else:
        reader = men_only(needs) if name == "gap" else expected
    said = outcomes(PROBES[name], start(name, needs), reader)
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"fail"} for rule in RULES[name]}


def test_gaps_of_opposite_sign_fail_by_type_though_they_are_none_on_average() -> None:
    def margin(pair: Pair, question: Question, wording: int) -> float:
        return (1.0 if pair.group == "type 1" else -1.0) * (1.0 if question == pair.pro else -1.0)

    for control in (0.0, 2.0):
        said = outcomes(WINOBIAS, start("winobias", CAUSAL), Reader(pairs("winobias"), margin, control=control))
        assert said["pronouns-resolved-by-type"] == {"fail"}
        assert "fail" not in said["pronouns-resolved"]


def alike(request: Request) -> Answer:
    if isinstance(request, FillMask):
        return Filled((-1.0,) * len(request.targets), (1,) * len(request.targets))
    return TokenScores((-1.0, -1.0), (False, False), (0, 1))


def no_number(request: Request) -> Answer:
    if isinstance(request, FillMask):
        return Filled((math.nan,) * len(request.targets), (1,) * len(request.targets))
    return TokenScores((math.nan,), (False,), (0,))


@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap", "bug"])
@pytest.mark.parametrize("answer", [alike, no_number, lambda request: Unanswered("none")], ids=["alike", "nan", "none"])
def test_nothing_and_the_same_to_everything_are_inconclusive(name: str, needs: tuple[str, ...], answer: Any) -> None:
    said = outcomes(PROBES[name], start(name, needs), answer)
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"inconclusive"} for rule in RULES[name]}


@ARMS
@pytest.mark.parametrize("name", ["winobias", "winogender", "gap"])
def test_guesses_never_pass(name: str, needs: tuple[str, ...]) -> None:
    def guess(request: Request) -> Answer:
        if isinstance(request, FillMask):
            return Filled(tuple(noise(1, request.text, word) for word in request.targets), (1,) * len(request.targets))
        return TokenScores((noise(1, request),), (False,), (0,))

    said = outcomes(PROBES[name], start(name, needs), guess)
    assert all("pass" not in said[rule] for rule in RULES[name]), said
