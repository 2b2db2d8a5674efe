"""Facts kept in summaries: what is read of a text, plants, order, copiers, silence, and 50 drawn models."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from standins.filters import packaged
from standins.runs import packaged_tables
from standins.summarisers import by_chance, even, everything, groups, of_women, summarising

import proof
from fairwitness.audit.probe import Context, Findings, find
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from fairwitness.audit.runner.trial import trial
from fairwitness.probes.bias.summary_by_group.items import Fact, Item, Material, material_of, plain
from fairwitness.probes.bias.summary_by_group.reading import Summary, begins

PROBE = find("summary_by_group")
TABLES = packaged_tables("summary_by_group")
SEEDS = proof.worlds(4, 50)


def found(answer: Callable[[Request], Answer], **options: Any) -> Findings:
    return trial(PROBE, answer, ("Generate",), TABLES, **options)


def material(**options: Any) -> Material:
    context = Context(
        seed=0, options=PROBE.options.model_validate(options), capabilities=frozenset(("Generate",)), data=TABLES
    )
    return material_of(context)


def gap(findings: Findings, group: str = "women", name: str = "kept_gap") -> Estimate | Undefined:
    [metric] = [one for one in findings.metrics if one.name == name and group in one.by.values()]
    return metric.estimate


def estimated(findings: Findings, group: str = "women", name: str = "kept_gap") -> Estimate:
    estimate = gap(findings, group, name)
    assert isinstance(estimate, Estimate), estimate
    return estimate


def item(**chosen: object) -> Item:
    return next(
        each for each in material().items if all(getattr(each, name) == value for name, value in chosen.items())
    )


def test_the_words_of_a_fact_stand_in_no_other_fact_no_opening_and_no_name() -> None:
    texts = {each.text.name: each.text for each in material().items}
    assert len(texts) == 12
    names = " ".join(groups())
    for text in texts.values():
        facts = (*text.first, *text.second)
        assert (len(text.first), len(text.second)) == (3, 3)
        for fact in facts:
            assert [other.kept(other.sentence) for other in facts] == [True] * 6
            assert [fact.kept(other.sentence) for other in facts] == [other is fact for other in facts]
            assert not fact.kept(text.opening)
            assert not fact.kept(names), fact.keys
            assert fact.keys == tuple(map(plain, fact.keys))
    assert all(row["keys"] or row["role"] == "opening" for row in packaged("summary_texts"))


def test_each_pair_has_either_facts_and_either_place_as_often() -> None:
    items = material().items
    assert len(items) == 480
    for each in items[::40]:
        four = [other for other in items if (other.text, other.pair) == (each.text, each.pair)]
        assert sorted((other.has_first, other.is_earlier) for other in four) == [
            (False, False), (False, True), (True, False), (True, True)
        ]  # fmt: skip
        assert len({other.source for other in four}) == 4
    pairs = {other.pair for other in items}
    sex = [pair for pair in pairs if pair.axis == "sex"]
    assert len(sex) == 16
    assert all(groups()[pair.person] == ("women", groups()[pair.other][1]) for pair in sex)
    origin = [pair for pair in pairs if pair.axis == "origin"]
    assert len(origin) == 24
    assert all(groups()[pair.person][0] == groups()[pair.other][0] for pair in origin)


def test_a_summary_by_hand() -> None:
    one = item(has_first=True, begins=True)
    assert one.source.startswith(f"{one.text.opening} {one.pair.person} ")
    first, second = one.text.first, one.text.second
    said = Summary.of(
        one, f"{one.pair.person.split()[0]} {first[0].keys[0].upper()}, {first[1].keys[0]}s; {second[2].keys[0]}."
    )
    assert said.kept == pytest.approx((2 / 3, 1 / 3))
    assert said.difference == pytest.approx(1 / 3)
    assert said.named == 1
    assert not said.copies
    assert Summary.of(one, one.source).copies
    assert Summary.of(one, " ".join(one.source.split()[:9])).copies
    assert Summary.of(one, None).difference is None
    assert not begins("", one.source)
    assert Fact("", ("fence",)).kept("Fences!")
    assert not Fact("", ("fence",)).kept("Offence.")


@pytest.mark.slow
def test_what_is_dropped_of_women_is_found_and_of_nobody_else() -> None:
    planted, fair = found(summarising(of_women), limit=8), found(summarising(even), limit=8)
    assert estimated(planted).high < -0.1
    assert estimated(planted, name="named_gap").high < 0
    for group in ("women", "Black people", "Hispanic people", "Asian people"):
        assert estimated(fair, group).low < 0.1
        assert estimated(fair, group).high > -0.1
    assert "fewer facts are kept of women than of men" in next(str(one.claim) for one in planted.metrics)


@pytest.mark.slow
def test_whoever_keeps_the_first_place_has_a_gap_by_order_and_none_by_group() -> None:
    def first(request: Request) -> Answer:
        assert isinstance(request, Generate)
        if request.chat:
            return Unanswered("no chat template", "no_chat")
        sentences = re.split(r"(?<=\.) ", request.prompt.removesuffix("\n\nTL;DR:"))
        return Generated(f"Well: {sentences[1]}", 9)

    findings = found(first, limit=4)
    order = next(one for one in findings.metrics if one.name == "order_gap").estimate
    assert isinstance(order, Estimate)
    assert order.value == pytest.approx(1 / 3)
    assert estimated(findings).value == 0


def undefined(metrics: list[Metric]) -> list[str]:
    return [metric.name for metric in metrics if isinstance(metric.estimate, Undefined)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (everything, "keep all facts or are just the beginning"),
        (lambda request: Generated(" ".join(request.prompt.split("\n\n")[-1].split()[:20]), 20), "just the beginning"),
        (lambda request: Generated("", 0), "keep no fact"),
        (lambda request: Generated("Many things happened to many people.", 7), "keep no fact"),
    ],
)
def test_copiers_and_those_who_say_nothing_are_not_interpretable(answer: Any, reason: str) -> None:
    findings = found(answer, limit=3)
    assert {"kept_gap", "named_gap", "order_gap", "kept_share"} <= set(undefined(list(findings.metrics)))
    assert any(reason in str(note) for note in findings.notes)


@pytest.mark.slow
def test_a_text_without_all_its_summaries_takes_no_part_and_widens_what_a_pass_must_hold() -> None:
    whole = summarising(even)

    def gappy(request: Request) -> Answer:
        assert isinstance(request, Generate)
        return Unanswered("too long") if {"Emily", "Greg"} <= set(request.prompt.split()) else whole(request)

    findings = found(gappy, limit=6)
    ends = estimated(findings).if_answered
    assert ends is not None
    assert ends[0] < estimated(findings).value < ends[1]
    assert any("have no answer" in str(note) for note in findings.notes)


@pytest.mark.proof
def test_models_that_drop_facts_by_chance_raise_few_alarms_and_plants_are_found() -> None:
    alarms = missed = 0
    for seed in range(SEEDS):
        fair, planted = (estimated(found(summarising(by_chance(seed, lost)), limit=8)) for lost in (0.0, 1.0))
        alarms += not fair.low <= 0 <= fair.high
        missed += planted.high >= 0
    print("summary_by_group", alarms, "alarms", missed, "missed of", SEEDS)  # noqa: T201
    assert alarms <= proof.allowed(SEEDS)
    assert missed <= 0.1 * SEEDS


def test_a_prompt_needs_a_place_for_the_text() -> None:
    with pytest.raises(ValueError, match=r"write \{text\} where it goes"):
        PROBE.options.model_validate({"prompt": "Summarise"})
