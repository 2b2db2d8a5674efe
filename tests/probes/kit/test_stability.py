"""Items asked in several forms: the forms themselves, and how far a rate moves between them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.design import Moved, design_deviation, moved
from fairwitness.probes.kit import varied
from fairwitness.probes.kit.stability import FACTORS, PLAIN, TYPOS, Form, forms, misspelt
from fairwitness.probes.kit.varied import Varied

QUESTION = "Which doctor should {name} see about the headache?"


def test_forms_are_those_that_the_option_names() -> None:
    assert forms(()) == (PLAIN,)
    assert forms(("typos",)) == (PLAIN, *(Form("typos", number) for number in range(1, TYPOS + 1)))
    of_all = forms(FACTORS, wordings=2, options=3)
    assert len(of_all) == len(set(of_all))
    assert [form.number for form in of_all if form.factor == "paraphrase"] == [1, 2]
    assert not any(form.factor in ("paraphrase", "options") for form in forms(FACTORS))


def test_forms_that_change_no_text_are_none() -> None:
    assert forms(("typos", "casing", "format"), texts=("为什么？",)) == forms(("format",))
    assert forms(("typos", "casing"), texts=("为什么？", "Why so?")) == forms(("casing",))
    assert forms(("typos", "casing"), texts=("Which doctor?",)) == forms(("typos", "casing"))


@pytest.mark.parametrize("number", range(1, TYPOS + 1))
def test_mistakes_leave_what_is_filled_in_and_kept_words_alone(number: int) -> None:
    form = Form("typos", number)
    made = form.text(QUESTION, keep=("headache",))
    assert made != QUESTION
    assert "{name}" in made
    assert "headache" in made
    assert made == form.text(QUESTION, keep=("headache",))  # the same of both texts of a pair
    assert misspelt("Is it so?", number) == "Is it so?"


def test_mistakes_of_other_seeds_are_others() -> None:
    assert len({Form("typos", number).text(QUESTION) for number in range(1, TYPOS + 1)}) == TYPOS


def test_every_factor_changes_what_it_names_alone() -> None:
    assert Form("casing", 1).text("Say {Name} NOW", keep=("NOW",)) == "say {Name} NOW"
    assert Form("casing", 2).text("Say {Name}") == "SAY {Name}"
    assert Form("paraphrase", 1).text("a", ("b",)) == "b"
    assert Form("paraphrase", 2).text("a", ("b",)) == "a"
    assert Form("options", 1).order("abc") == ("c", "b", "a")
    assert Form("options", 2).order("abc") == ("b", "c", "a")
    assert PLAIN.order("abc") == ("a", "b", "c")
    for chat in (False, True):
        framed = {form.framed("Why?", chat=chat) for form in forms(("format",))}
        assert len(framed) == len(forms(("format",)))
    assert PLAIN.framed("Why?", chat=False) == "Question: Why?\nAnswer:"
    assert PLAIN.framed("Why?", chat=True) == "Why?"


def test_the_variances_are_those_of_a_layout_worked_by_hand() -> None:
    """Two items, two forms: 1 0 / 1 1. Rates 1 and 1/2, variance 1/8; item deviations ±1/2 and 0.

    Cluster sums about their mean are ±1/8 in each form: by chance (4/64) x 2/1 / 1 = 1/8, so that nothing is left.
    """
    seen = moved([[1.0, 0.0], [1.0, 1.0]])
    assert isinstance(seen, Moved)
    assert seen.rates.tolist() == [1.0, 0.5]
    assert seen.design == pytest.approx(0.0)
    assert seen.sampling == pytest.approx((0.0 + 0.25) / 2)  # p(1-p)/(n-1) of the second form


def test_a_rate_that_all_items_follow_has_no_chance_between_forms() -> None:
    values = [[item, item - 1.0, item - 2.0] for item in np.random.default_rng(0).normal(size=20)]
    seen = moved(values)
    assert isinstance(seen, Moved)
    assert seen.design == pytest.approx(1.0)  # -1, 0, 1
    found = design_deviation(values)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1.0)


def test_few_and_strange_values_are_undefined() -> None:
    assert isinstance(design_deviation([[1.0], [0.0]]), Undefined)
    assert isinstance(design_deviation([[1.0, 0.0]]), Undefined)
    assert isinstance(design_deviation([[1.0, 0.0], [0.0, 1.0]], ["a", "a"]), Undefined)
    assert isinstance(design_deviation([[1.0, math.nan], [0.0, 1.0]]), Undefined)
    assert isinstance(design_deviation([[1.0, 1.0], [1.0, 1.0]]), Undefined)
    with pytest.raises(ValueError, match="two"):
        design_deviation([1.0, 2.0])


def test_a_rate_that_never_moves_has_an_interval_of_some_width() -> None:
    found = design_deviation(np.ones((40, 4)), bounds=(0.0, 1.0))
    assert isinstance(found, Estimate)
    assert found.value == found.low == 0.0
    assert 0.0 < found.high < 0.1


def _world(rng: np.random.Generator, n: int, count: int, base: float, design: float) -> tuple[np.ndarray, float]:
    """Items that mostly answer alike in all forms, whose rates lie apart by a known standard deviation."""
    apart = np.linspace(-1, 1, count)
    shares = np.clip(base + apart / apart.std(ddof=1) * design, 0, 1)
    own, common = rng.random((n, count)), np.repeat(rng.random((n, 1)), count, axis=1)
    drawn = np.where(rng.random((n, count)) < 0.7, common, own)
    return (drawn < shares).astype(float), float(shares.std(ddof=1))


@pytest.mark.proof
@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "count", "base", "design"), [(100, 6, 0.5, 0.0), (100, 4, 0.1, 0.05), (60, 2, 0.5, 0.1), (100, 6, 0.5, 0.15)]
)
def test_intervals_hold_a_known_design_variance(n: int, count: int, base: float, design: float) -> None:
    rng, worlds = np.random.default_rng(7), 100
    held, true = 0, 0.0
    squares = []
    for seed in range(worlds):
        values, true = _world(rng, n, count, base, design)
        found = design_deviation(values, bounds=(0.0, 1.0), seed=seed)
        assert isinstance(found, Estimate)
        assert found.high > found.low
        held += found.low <= true <= found.high
        squares.append(found.value**2)
    assert held >= 89
    assert np.mean(squares) == pytest.approx(true**2, abs=0.0015 + 0.15 * true**2)


def _rate(values: np.ndarray) -> Varied:
    asked = forms(("typos", "casing"))
    return Varied(
        rate="the refusal rate",
        values={form: dict(enumerate(values[:, place].tolist())) for place, form in enumerate(asked)},
    )


def test_a_rate_is_told_over_all_forms_and_those_of_each_factor() -> None:
    rng = np.random.default_rng(2)
    values = (rng.random((50, 6)) < np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.95])).astype(float)
    rate = _rate(values)
    found = varied.metrics([rate])
    assert [metric.by for metric in found] == [{}, {"factor": "typos"}, {"factor": "casing"}]
    over_all, typos, casing = (metric.estimate for metric in found)
    assert isinstance(over_all, Estimate)
    assert isinstance(typos, Estimate)
    assert isinstance(casing, Estimate)
    assert casing.low > 0.1
    assert typos.low == 0.0
    assert "6 forms of asking, the refusal rate has a standard deviation of" in found[0].claim
    stability, table = varied.tables([rate])
    assert len(stability.rows) == 3
    assert len(table.rows) == 6
    assert table.rows[0][-3:] == (None, None, None)
    change = table.rows[-1][-3]
    assert isinstance(change, float)
    assert change == pytest.approx(values[:, 5].mean() - values[:, 0].mean())


def test_items_that_one_form_leaves_without_an_answer_are_counted_and_too_many_say_nothing() -> None:
    values = np.ones((40, 6))
    rate = _rate(values)
    silent = {item: None if item < 20 else 1.0 for item in range(40)}
    broken = Varied(rate=rate.rate, values={**rate.values, Form("casing", 2): silent})
    over_all, typos, _ = varied.metrics([broken])
    assert isinstance(over_all.estimate, Undefined)
    assert over_all.estimate.kind == "not_interpretable"
    assert "only 20 of 40" in over_all.estimate.reason
    assert isinstance(typos.estimate, Estimate)


def test_a_rate_asked_in_one_form_is_not_varied() -> None:
    alone = Varied(rate="a rate", values={PLAIN: {1: 1.0, 2: 0.0}})
    assert varied.metrics([alone]) == []
    assert varied.tables([alone]) == []
    assert varied.note([alone]) == []


@pytest.mark.parametrize(
    "reason", ["nothing is read", Undefined("nothing is read", "not_interpretable", "validity_check")]
)
def test_of_a_rate_that_means_nothing_it_is_not_told_how_far_it_moves(reason: str | Undefined) -> None:
    rate = replace(_rate(np.zeros((50, 6))), reason=reason)
    for metric in varied.metrics([rate]):
        assert isinstance(metric.estimate, Undefined)
        assert metric.estimate.kind == "not_interpretable"
    stability, _ = varied.tables([rate])
    assert stability.rows[0][-3:] == (None, None, None)
