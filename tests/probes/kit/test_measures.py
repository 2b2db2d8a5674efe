"""A measure says what its interval allows, in words that it may share with others."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined, languages
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.words import Words

WORDS = Words(
    {
        "measure": {
            "preference": {
                "name": "The preference ({what})",
                "above": "more {what}, by {size}",
                "below": "less {what}, by {size}",
                "not_shown": "no difference of {what} detected",
                "too_wide": "not enough evidence of {what}",
            }
        }
    }
)
MEASURE = Measure(name="gap", words=WORDS, unit="share", wording="preference", wide=0.5)


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (0.1, 0.3, "more tea, by 20 percentage points (95 % interval 10 to 30 points)."),
        (-0.1, 0.3, "no difference of tea detected (20 points, 95 % interval −10 to 30 points)."),
        (-0.25, 0.3, "not enough evidence of tea (20 points, 95 % interval −25 to 30 points)."),
        (0.1, 0.9, "more tea, by 20 percentage points (95 % interval 10 to 90 points)."),
    ],
)
def test_an_interval_that_is_too_wide_says_so_where_it_shows_nothing(low: float, high: float, claim: str) -> None:
    metric = MEASURE.metric(Estimate(value=0.2, low=low, high=high, level=0.95, n=8, method="t"), what="tea")
    assert (metric.name, metric.claim) == ("gap", claim)


def test_a_claim_that_does_not_survive_the_others_is_as_weak_as_its_interval_is_wide() -> None:
    narrow = MEASURE.metric(
        Estimate(value=0.2, low=0.1, high=0.3, level=0.95, n=8, method="t"), survives=False, what="tea"
    )
    wide = MEASURE.metric(
        Estimate(value=0.6, low=0.1, high=1.1, level=0.95, n=8, method="t"), survives=False, what="tea"
    )
    assert narrow.claim.startswith("no difference of tea detected, once all that are compared are corrected for")
    assert wide.claim.startswith("not enough evidence of tea, once all that are compared are corrected for")


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (0.1, 0.3, "more tea, by 20 points (95 % interval 10 to 30 points)."),
        (-0.1, 0.3, "not enough evidence of tea (20 points, 95 % interval −10 to 30 points)."),
        (-0.02, 0.1, "no difference of tea detected (4 points, 95 % interval −2 to 10 points)."),
    ],
)
def test_differences_of_shares_are_said_in_points_and_none_twice(low: float, high: float, claim: str) -> None:
    words = Words(
        {"measure": {"gap": {**WORDS.tree["measure"]["preference"], "above": "more {what}, by {points} points"}}}
    )
    estimate = Estimate(value=0.2 if high > 0.2 else 0.04, low=low, high=high, level=0.95, n=8, method="t")
    assert Measure(name="gap", words=words, unit="share").metric(estimate, what="tea").claim == claim


def test_a_sentence_stands_behind_what_shows_nothing_and_behind_nothing_else() -> None:
    tree = {"gap": {**WORDS.tree["measure"]["preference"], "then": "Read on."}}
    measure = Measure(name="gap", words=Words({"measure": tree}), unit="share")
    for low, read_on in ((-0.1, True), (0.05, False)):
        estimate = Estimate(value=0.1, low=low, high=0.15, level=0.95, n=8, method="t")
        assert measure.metric(estimate, what="tea").claim.endswith("Read on.") is read_on


def test_shares_are_said_in_per_cent() -> None:
    words = Words({"measure": {"known": {"name": "what is known", "says": "{percent} are known"}}})
    estimate = Estimate(value=0.264, low=0.21, high=0.32, level=0.95, n=80, method="t")
    measure = Measure(name="known", words=words, unit="share", null=None)
    assert measure.metric(estimate).claim == "26 % are known (95 % interval 21 to 32 %)."


def test_without_words_of_its_own_a_measure_cannot_say_anything() -> None:
    with pytest.raises(KeyError, match="gap"):
        replace(MEASURE, wording="").metric(Estimate(value=0.2, low=0.1, high=0.3, level=0.95, n=8, method="t"))


def test_what_is_said_of_each_holds_a_correction_for_all_and_speaks_of_its_own() -> None:
    """Holm over two: the smaller p needs 0.025, which an interval gives that leaves out 0.5 at two steps of halving."""

    def leaving(steps: int) -> Estimate:
        """An interval that leaves out 0, and 0.5 at the levels 0.95, 0.975, 0.9875 ... as far as `steps`."""

        def interval(level: float) -> tuple[float, float]:
            step = round(math.log2(0.05 / (1 - level)))
            return (0.6 if step < steps else 0.4), 2.0 + step

        return stats.estimate(1.0, interval, n=9, method="planted")

    measure = replace(MEASURE, null=0.5)
    alone = measure.of_each({"tea": leaving(1)}, lambda drink: {"by": {"drink": drink}, "what": drink})
    assert [metric.claim.startswith("more tea") for metric in alone] == [True]
    estimates: dict[str, Estimate | Undefined] = {"tea": leaving(1), "milk": Undefined("none"), "rum": leaving(1)}
    metrics = measure.of_each(estimates, lambda drink: {"by": {"drink": drink}, "what": drink})
    assert [metric.by["drink"] for metric in metrics] == ["tea", "milk", "rum"]
    assert not any("more" in metric.claim for metric in metrics)
    metrics = measure.of_each(estimates | {"tea": leaving(2)}, lambda drink: {"what": drink})
    assert [metric.claim.startswith(f"more {drink}") for drink, metric in zip(estimates, metrics, strict=True)] == [
        True,
        False,
        True,
    ]


def test_a_group_of_several_words_is_a_name_and_a_plain_phrase_is_english() -> None:
    english, chinese = ({"measure": {"gap": {"says": text}}} for text in ("{land}, {what}", "{land}，{what}"))
    measure = Measure(name="gap", words=Words(english, {"zh": chinese}), unit="share")
    estimate = Estimate(value=0.2, low=0.1, high=0.3, level=0.95, n=8, method="t")
    named = measure.metric(estimate, by={"land": "Sri Lanka"}, what="tea")
    assert languages(named.claim)["zh"].startswith("Sri Lanka，tea")
    assert "zh" not in languages(measure.metric(estimate, by={"land": "Sri Lanka"}, what="all of tea").claim)
