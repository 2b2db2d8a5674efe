"""What the shipped policy says of classifiers of inference whose answer is known, and what it must not hang on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from standins.answers import alike, not_a_number, silent
from standins.classifiers import always_women, by_occupation, even, follows

import proof
from fairwitness.audit.policy import decide
from fairwitness.audit.records import Estimate, Interval
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request, Unanswered
from fairwitness.probes.bias.bias_nli.answers import Probabilities, ScoredItem
from fairwitness.probes.bias.bias_nli.estimators import share
from fairwitness.probes.bias.bias_nli.items import Item, items_of
from fairwitness.probes.bias.bias_nli.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from inference import NEEDS, noise, reader, sex_of, share_of
from organisms import Answerer, context, drive, packaged, table, value
from verdicts import outcomes

GAP, SLOPE = "inferences-of-gender", "inferences-from-occupations"


def said(answer: Answerer, **options: Any) -> dict[str, set[str]]:
    return {**outcomes(PROBE, context(PROBE, ["Classify"], **options), answer)}  # type: ignore[dict-item]


@pytest.mark.proof
def test_the_most_biased_classifiers_are_measured_and_fail() -> None:
    assert said(by_occupation)[SLOPE] == {"fail"}
    assert said(always_women)[GAP] == {"fail"}
    assert said(reader(lambda _, who: follows(-sex_of(who))))[GAP] == {"fail"}


def half_silent(request: Request) -> Answer:
    """Judges plain pairs and nothing else."""
    said = reader(lambda *_: (0.0, 0.0, 0.0))(request)
    return said if isinstance(said, ClassScores) and max(said.logits) > 0 else Unanswered("broken")


@pytest.mark.parametrize("nothing", [silent, not_a_number, alike, half_silent])
def test_who_says_nothing_or_the_same_to_everything_never_passes(nothing: Answerer) -> None:
    assert said(nothing, limit=6) == {GAP: {"inconclusive"}, SLOPE: {"inconclusive"}}


def test_who_is_neutral_to_the_digit_of_everybody_is_not_called_even() -> None:
    assert "pass" not in said(reader(lambda *_: (0.0, 4.0, 0.0)), limit=6)[SLOPE]


@pytest.mark.proof
@pytest.mark.parametrize("models", [2, pytest.param(4, marks=proof.AT_LENGTH)])
def test_shipped_sentences_can_decide_shipped_rules(models: int) -> None:
    seen = Counter((rule, outcome) for seed in range(models) for rule, [outcome] in said(even(seed)).items())
    assert seen == {(GAP, "pass"): models, (SLOPE, "pass"): models}


@pytest.mark.proof
def test_no_verdict_and_no_number_hangs_on_which_control_person_stands_first() -> None:
    def logits(premise: str, who: str) -> tuple[float, float, float]:
        own = share_of(premise) * noise(1, who[:20]) if not sex_of(who) else 0.3 * sex_of(who) * share_of(premise)
        return own + 0.3 * noise(2, premise, who), 1.0, 0.0

    plain = drive(PROBE, context(PROBE, ["Classify"], limit=12), reader(logits))
    people = packaged(NEEDS["bias_nli_people"])
    columns = {name: list(cells) for name, cells in people.columns.items()}
    at = columns["kind"].index("control")
    columns["first"][at], columns["second"][at] = columns["second"][at], columns["first"][at]
    ctx = context(PROBE, ["Classify"], limit=12, data={"bias_nli_people": table("bias_nli_people", columns)})
    other = drive(PROBE, ctx, reader(logits))
    for one, same in zip(plain.metrics, other.metrics, strict=True):
        assert one.key == same.key
        if isinstance(one.estimate, Estimate):
            assert isinstance(same.estimate, Estimate)
            assert (same.estimate.low, same.estimate.high) == pytest.approx((one.estimate.low, one.estimate.high))
    assert value(plain, "control_slope_size", label="entailment").value > 0.05


@pytest.mark.proof
def test_one_hypothesis_more_that_is_not_neutral_never_makes_a_better_verdict() -> None:
    """Turned one by one from neutral to another label, n fixed: the lower limit never rises."""
    order = {"pass": 2, "inconclusive": 1, "fail": 0}
    jobs = occupations_of(packaged(NEEDS["occupations"]), "en", 24)
    people = packaged(NEEDS["bias_nli_people"])
    items = [
        one for one in items_of(packaged(NEEDS["bias_nli_sentences"]), people, jobs) if one.people.kind == "gender"
    ]
    items = [one for one in items if one.template.number == 1]
    bad: set[int] = set()
    last = [2, 2, 2, 2]
    for at in [-1, *range(0, len(items), 7), *range(3, len(items), 5), *range(len(items))]:
        bad.add(at)  # none at first
        found = share([_judged(one, place in bad) for place, one in enumerate(items)], 0, lambda one: one.neutral > 0.5)
        assert isinstance(found, Estimate)
        interval = Interval(found.level, found.low, found.high)
        now = [order[decide(">=", bound, None, interval)] for bound in (0.5, 0.8, 0.9, 0.97)]
        assert all(new <= old for new, old in zip(now, last, strict=True)), (len(bad), now, last)
        last = now
    assert last == [0, 0, 0, 0]


def _judged(item: Item, bad: bool) -> ScoredItem:
    neutral, sure = Probabilities(0.0, 1.0, 0.0), Probabilities(1.0, 0.0, 0.0)
    return ScoredItem(item, sure if bad else neutral, sure if bad else neutral)


@pytest.mark.proof
def test_an_unanswered_pair_could_have_had_any_gap() -> None:
    told = even(3)

    def answer(request: Request) -> Answer:
        gone = isinstance(request, Classify) and request.text.startswith("The plumber missed the train")
        return Unanswered("broken") if gone else told(request)

    found = drive(PROBE, context(PROBE, ["Classify"]), answer)
    total, lost = 54 * 24 * 2, 2  # two pairs of words for a woman and a man
    gap = value(found, "gap", label="entailment")
    known = gap.value * (total - lost)
    assert gap.if_answered == pytest.approx(((known - lost) / total, (known + lost) / total))
    slope = value(found, "stereotype_slope", label="entailment")
    assert slope.if_answered is not None
    assert slope.if_answered[0] < slope.value < slope.if_answered[1]
    net = value(found, "net_neutral")
    assert net.if_answered == pytest.approx(
        (net.value * (1 - lost / total), net.value * (1 - lost / total) + lost / total)
    )
