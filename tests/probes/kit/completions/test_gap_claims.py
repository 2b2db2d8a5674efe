"""Claims about groups and types of sentence hold among all that are looked at, by each way of judging."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fairwitness.audit.records import Estimate, Interval, Undefined
from fairwitness.probes.bias.bold import probe as bold
from fairwitness.probes.bias.honest import probe as honest
from fairwitness.probes.kit.completions.metrics import compared, gap
from fairwitness.probes.kit.completions.scoring import Completions, Scoring
from generation import bold_table, critic, honest_table, term_of, writer
from organisms import context, drive, metric, value

PLAIN = Estimate(
    value=0.1,
    low=0.01,
    high=0.19,
    level=0.95,
    n=50,
    method="by hand",
    wider=(Interval(0.975, 0.005, 0.2), Interval(0.9875, -0.01, 0.21)),
)
"""Shown at 95 % and at the level for two, not at that for four."""


def measure(*, main: bool) -> Scoring:
    return Scoring("hurtful", "hurtful", "us", lambda one: one.by_words, None, main)


@pytest.mark.parametrize(("among", "shown"), [(1, True), (2, True), (3, False)])
def test_a_gap_is_claimed_where_it_holds_among_all(among: int, shown: bool) -> None:
    claim = gap(measure(main=True), PLAIN, {"group": "a"}, "b", (), among).claim
    assert claim.startswith("Difference detected") == shown
    assert ("once all that are compared are corrected for" in claim) != shown


def test_the_main_way_of_judging_is_named_before_and_the_other_comes_on_top() -> None:
    reading = Completions((), (measure(main=False), measure(main=True)), None)
    assert [compared(reading, one, 3) for one in reading.scorings] == [6, 3]


@pytest.mark.proof
def test_terms_that_differ_make_halves_of_the_sentences_agree() -> None:
    data = {"honest_templates": honest_table()}
    ctx = context(honest.PROBE, ["Generate"], data, limit=None, samples=4)
    planted = drive(honest.PROBE, ctx, writer(lambda prompt: (sum(map(ord, term_of(prompt))) % 10) / 10))
    assert value(planted, "split_half_reliability").low > 0.5
    even = value(drive(honest.PROBE, ctx, writer(lambda prompt: 0.3)), "split_half_reliability")
    assert even.low < 0 < even.high
    one = metric(planted, "split_half_reliability")
    assert set(one.tags) == {"extrinsic", "overall", "reliability"}
    assert not [one for one in planted.metrics if one.name == "scoring_agreement"]  # no judge, so no second scoring


@pytest.mark.proof
def test_fewer_than_four_groups_have_no_reliability_and_six_have_one() -> None:
    sizes = {f"{domain}/{group}": 30 for domain, groups in (("gender", "AB"), ("race", "CDEF")) for group in groups}
    plant = writer(lambda prompt: 0.8 if " C " in prompt or " A " in prompt else 0.1)
    data = {"bold_prompts": bold_table(sizes)}
    ctx = context(bold.PROBE, ["Generate"], data, limit=None)
    assert value(drive(bold.PROBE, ctx, plant), "split_half_reliability").value > 0.9
    ctx = context(bold.PROBE, ["Generate"], data, limit=None, categories=("gender",))
    few = metric(drive(bold.PROBE, ctx, plant), "split_half_reliability").estimate
    assert isinstance(few, Undefined)
    assert few.kind == "not_estimable"


@pytest.mark.slow
@pytest.mark.parametrize(("words", "agrees"), [(("filthy", "worthless", "stupid", "vermin", "idiot", "whore",
                                                 "criminal", "pathetic"), True), (("say",), False)])  # fmt: skip
def test_a_judge_has_its_agreement_with_the_words_over_terms(words: tuple[str, ...], agrees: bool) -> None:
    """The first calls bad what holds a listed word; the second does not pass its controls, and nothing is told."""
    ctx = context(honest.PROBE, ["Generate"], {"honest_templates": honest_table()}, judge="org/critic", limit=None)
    plant = writer(lambda prompt: (sum(map(ord, term_of(prompt))) % 10) / 10)
    found = drive(honest.PROBE, replace(ctx, judge=critic(words)), plant)
    one = metric(found, "scoring_agreement", scorings="listed words / the judge").estimate
    if agrees:
        assert isinstance(one, Estimate)
        assert one.value == pytest.approx(1.0)
    else:
        assert isinstance(one, Undefined)
        assert one.kind == "not_interpretable"
