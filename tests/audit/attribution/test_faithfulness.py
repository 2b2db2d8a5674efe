"""Tests of an explanation on models whose every value is known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from attribution_fakes import Fake, Worth, additive

from fairwitness.audit.attribution.coalitions import Rules
from fairwitness.audit.attribution.faithfulness import grounds_of, key_of, with_test
from fairwitness.audit.attribution.hidings import Removed, hidden_by
from fairwitness.audit.attribution.targets import OfClass
from fairwitness.audit.requests import Answer, Attribute, Attribution, ForClass, Hiding, Request, Unanswered

YES = ForClass("yes")
WEIGHTS = {"nurse": 2.0, "was": 0.5, "tired": -1.0}
TEXT = "nurse was tired"


UNDERSCORED = hidden_by("_")


def rules_of(request: Attribute) -> Rules | Unanswered:
    assert isinstance(request.target, ForClass)
    if request.hiding == "drawn":
        return Unanswered("nothing draws words")
    return Rules(OfClass(request.target), UNDERSCORED if request.hiding == "masked" else Removed())


def attribution(values: Sequence[float], text: str = TEXT) -> Attribution:
    words = tuple(text.split())
    return Attribution(words, tuple(map(text.index, words)), tuple(values), 0.0, 1.0, 0.0, 8)


def ground(worth: Worth, values: Sequence[float], *, text: str = TEXT, way: Hiding = "masked") -> Attribution:
    request = Attribute(text, YES, "shap", tested=way)
    fake = Fake(worth, "Classify")
    answer = with_test(request, attribution(values, text), grounds_of([request], rules_of, fake.ask))
    assert isinstance(answer, Attribution)
    return answer


def test_curves_of_a_sum_are_by_hand() -> None:
    found = ground(additive(WEIGHTS), [2.0, 0.5, -1.0])
    assert found.removal == pytest.approx((1.5, -0.5, -1.0, 0.0))
    assert found.kept == pytest.approx((0.0, 2.0, 2.5, 1.5))
    assert found.greedy_removal == found.removal
    assert found.greedy_kept == found.kept
    assert found.single_removal == pytest.approx((-0.5, 1.0, 2.5))
    assert found.random_removal[0] == 1.5
    assert found.random_removal[-1] == 0.0
    assert found.infidelity[0] == pytest.approx(0.0, abs=1e-12)
    assert found.infidelity[1] > 0.1
    assert found.test_evaluations <= 2 ** len(WEIGHTS)


def test_values_turned_round_are_worse_than_chance() -> None:
    found = ground(additive(WEIGHTS), [-2.0, -0.5, 1.0])
    assert found.removal == pytest.approx((1.5, 2.5, 2.0, 0.0))
    assert found.kept == pytest.approx((0.0, -1.0, -0.5, 1.5))
    assert np.mean(found.removal) > np.mean(found.random_removal)
    assert found.infidelity[0] == 1.0 > found.infidelity[1]


def test_greedy_search_finds_what_no_single_order_of_words_alone_shows() -> None:
    """Two words that stand in for each other: hiding one costs nothing, so values of single words say nothing."""

    def either(words: list[str]) -> float:
        return 3.0 * ("nurse" in words or "tired" in words) + 0.5 * ("was" in words)

    found = ground(either, [0.0, 0.5, 0.0])
    assert found.greedy_kept == pytest.approx((0.0, 3.0, 3.5, 3.5))
    assert found.kept == pytest.approx((0.0, 0.5, 3.5, 3.5))


def test_words_are_hidden_in_the_way_of_the_test() -> None:
    """The model reacts to the underscore, which the method's own hiding has not."""

    def startled(words: list[str]) -> float:
        return additive(WEIGHTS)(words) - 5.0 * ("_" in words)

    found = ground(startled, [2.0, 0.5, -1.0])
    assert found.removal == pytest.approx((1.5, -5.5, -6.0, -5.0))
    assert ground(startled, [2.0, 0.5, -1.0], way="removed").removal == pytest.approx((1.5, -0.5, -1.0, 0.0))


def test_a_constant_model_loses_nothing() -> None:
    found = ground(lambda words: 0.25, [2.0, 0.5, -1.0])
    assert found.removal == found.random_removal == found.greedy_removal == (0.25,) * 4
    assert found.infidelity == ()


def test_what_cannot_be_tested_keeps_its_values() -> None:
    values = attribution([2.0, 0.5, -1.0])
    asked = Attribute(TEXT, YES, "shap", tested="masked")
    fake = Fake(additive(WEIGHTS), "Classify")

    def tired(requests: Sequence[Request]) -> list[Answer]:
        return [Unanswered("the model is tired")] * len(requests)

    assert with_test(asked, values, grounds_of([asked], rules_of, tired)) == values
    drawn = replace(asked, tested="drawn")
    assert with_test(drawn, values, grounds_of([drawn], rules_of, fake.ask)) == values
    single = replace(asked, text="nurse")
    assert key_of(single) not in grounds_of([single], rules_of, fake.ask)
    untested = replace(asked, tested="")
    assert grounds_of([untested], rules_of, fake.ask) == {}
    assert with_test(untested, values, {}) == values


def test_methods_of_one_text_share_what_the_test_asks() -> None:
    fake = Fake(additive({f"w{number}": float(number) for number in range(40)}), "Classify")
    text = " ".join(f"w{number}" for number in range(40))
    requests = [Attribute(text, YES, "shap", tested="masked"), Attribute(text, YES, "lime", tested="masked")]
    grounds = grounds_of(requests, rules_of, fake.ask)
    assert len(grounds) == 1
    assert len(fake.asked) == len(set(fake.asked)) <= 2 + 10 * 19 + 2 * sum(range(2, 41, 2))
    found = with_test(requests[0], attribution(range(40), text), grounds)
    assert isinstance(found, Attribution)
    assert len(found.removal) == len(found.greedy_kept) == 21
    assert found.removal == found.greedy_removal
