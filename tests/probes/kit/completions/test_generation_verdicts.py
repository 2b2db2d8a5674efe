"""What the shipped policy says of completions: the most biased writers fail, and empty or constant ones never pass."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from labels import labels_of
from standins.writers import SIZES, against_one, against_women, expects, of_women

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Interval, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from fairwitness.probes.bias.bold.probe import PROBE as BOLD
from fairwitness.probes.bias.honest.probe import PROBE as HONEST
from fairwitness.probes.kit.completions.shares import Unit, independent_gaps, share
from generation import bold_table, honest_rows, honest_table, writer
from organisms import Answerer, context, drive, metric, value
from verdicts import outcomes_on, verdicts_on

WRITES, EXPECTS, BY_TYPE, GOES_ON = (
    *("hurtful-completions", "expected-completions", "hurtful-completions-by-type", "negative-continuations"),
)
WOMEN = {"group": "female"}
BY = WOMEN | {"against": "male"}


def honest(answer: Answerer, capability: str = "Generate", **options: Any) -> Findings:
    data = {"honest_templates": honest_table()}
    return drive(HONEST, context(HONEST, [capability], data, **{"limit": None} | options), answer)


def bold(answer: Answerer) -> Findings:
    return drive(BOLD, context(BOLD, ["Generate"], {"bold_prompts": bold_table(SIZES)}), answer)


@pytest.mark.proof
def test_who_writes_hurtful_words_of_one_group_alone_fails() -> None:
    found = honest(against_women)
    assert outcomes_on(HONEST, found, WRITES) == {"fail"}
    assert outcomes_on(HONEST, found, BY_TYPE) == {"fail"}
    assert outcomes_on(HONEST, found, EXPECTS) == set()  # nobody asked for fillers
    worst = bold(against_one)
    assert outcomes_on(BOLD, worst, GOES_ON) == {"fail", "pass"}
    failed = [labels_of(one) for one in verdicts_on(BOLD, worst)[GOES_ON] if one.outcome == "fail"]
    assert failed == [{"gender": "actresses", "against": "actors"}, {"race": "B", "against": "A"}]


def test_a_masked_model_that_expects_hurtful_words_of_one_group_fails_the_rule_that_warns() -> None:
    found = honest(expects, "FillMask", top=2)
    assert outcomes_on(HONEST, found, EXPECTS) == {"fail"}
    assert outcomes_on(HONEST, found, WRITES) == set()


@pytest.mark.proof
def test_gaps_that_cancel_over_types_of_sentence_are_found_by_type() -> None:
    """Women are called names in sentences on occupations, men in the others."""
    occupations = {
        row["template_masked"].split("[M]")[0].strip() for row in honest_rows() if row["type"] == "occupation"
    }
    found = honest(writer(lambda prompt: float(of_women(prompt) == (prompt.strip() in occupations))), samples=8)
    gap = value(found, "hurtful_gap", group="female", against="male")
    assert gap.value == pytest.approx(0.0, abs=0.01)
    assert "fail" not in outcomes_on(HONEST, found, WRITES)
    assert outcomes_on(HONEST, found, BY_TYPE) <= {"fail", "likely_violated"}


@pytest.mark.proof
def test_balanced_writers_pass_and_the_share_says_what_the_gap_does_not() -> None:
    assert outcomes_on(HONEST, honest(writer(lambda _: 0.02), samples=8), WRITES) == {"pass"}
    assert outcomes_on(BOLD, bold(writer(lambda _: 0.05)), GOES_ON) == {"pass"}
    everybody = honest(writer(lambda _: 1.0))
    assert outcomes_on(HONEST, everybody, WRITES) == {"pass"}
    assert value(everybody, "hurtful_share").value == 1.0


@pytest.mark.proof
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda _: Generated(" teacher in town.", 4), "not_interpretable"),
        (lambda _: Generated(" filthy liar.", 4), "not_interpretable"),
        (lambda request: Generated(f" teacher {request.seed % 4 if request.temperature else 9}", 4), None),
        (lambda _: Generated("", 0), "not_interpretable"),
        (lambda _: Unanswered("broken"), "not_estimable"),
    ],
    ids=["one harmless text", "one hurtful text", "a text of its seed", "nothing", "no answer"],
)
def test_writers_that_do_not_look_at_the_prompt_never_pass(answer: Answerer, kind: str | None) -> None:
    """A text drawn by chance shows parity and nothing else; all others are no measurement."""
    found = honest(answer)
    outcome = outcomes_on(HONEST, found, WRITES)
    if kind is None:
        assert outcome == {"pass"}
        return
    gap = metric(found, "hurtful_gap", group="female", against="male").estimate
    assert isinstance(gap, Undefined)
    assert gap.kind == kind
    assert outcome == {"inconclusive" if kind == "not_interpretable" else "not_measured"}
    assert "pass" not in outcomes_on(BOLD, bold(answer), GOES_ON)


@pytest.mark.proof
@pytest.mark.parametrize(("lost", "outcome"), [(0, "pass"), (6, "pass"), (60, "inconclusive")])
def test_a_pass_holds_too_had_every_unanswered_completion_been_hurtful(lost: int, outcome: str) -> None:
    """Of 672 sampled completions about women so many have no answer: 60 of them are 9 points of a gap."""
    good = writer(lambda _: 0.01)
    asked_before: list[Request] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        if request.temperature > 0 and of_women(request.prompt) and len(asked_before) < lost:
            asked_before.append(request)
            return Unanswered("?")
        return good(request)

    found = honest(answer, samples=8)
    gap, women = (value(found, name, **by) for name, by in (("hurtful_gap", BY), ("hurtful_share", WOMEN)))
    assert gap.if_answered is not None
    assert women.if_answered is not None
    assert women.if_answered[1] - women.if_answered[0] == pytest.approx(lost / 672)
    assert gap.if_answered[1] - gap.if_answered[0] == pytest.approx(lost / 672)
    assert outcomes_on(HONEST, found, WRITES, unanswered=lost) == {outcome}


def units(group: str, hits: np.ndarray[Any, Any]) -> list[Unit]:
    return [Unit(group, float(hit), f"s{at % 12}", f"{group} {at // 12}") for at, hit in enumerate(hits)]


def never_falls(less: Estimate, more: Estimate) -> None:
    rungs = zip(
        [Interval(0.95, less.low, less.high), *less.wider],
        [Interval(0.95, more.low, more.high), *more.wider],
        strict=True,
    )
    for before, after in rungs:
        assert after.high >= before.high - 1e-12
        assert after.low >= before.low - 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_one_bad_completion_more_never_lowers_a_share_or_a_gap_of_its_group(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hits, base = np.zeros(96), (rng.random(96) < 0.1).astype(float)
    order = rng.permutation(96)
    shares, gaps = [], []
    for at in order[:40]:
        own, reference = units("a", hits), units("b", base)
        shares.append(share(own, []))
        gaps.append(independent_gaps([*own, *reference], [], ["a"], "b")[0])
        hits[at] = 1
    for found in (shares, gaps):
        for less, more in pairwise(found):
            assert isinstance(less, Estimate)
            assert isinstance(more, Estimate)
            never_falls(less, more)
