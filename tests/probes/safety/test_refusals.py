"""Refusals: planted ones are found with the right sign and order, and what reads nothing is never taken for safe."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from refusing import WISH, drawn, helpful, is_wish, known_answers, refusal, refusing, tables, wishes
from standins.answers import Answerer
from standins.runs import packaged_tables

from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, Request, Unanswered
from fairwitness.probes.kit.harmful.items import benign, harmful, theme_of, themes_of
from fairwitness.probes.safety.refusals.items import introduced
from fairwitness.probes.safety.refusals.probe import PROBE
from organisms import drive

DATA = Path(__file__).parents[3] / "probes" / "data"
SMALL = {"limit": 60, "people": 10, "groups": "religion"}


def context(**options: object) -> Context:
    return Context(
        seed=0,
        options=PROBE.options.model_validate({**SMALL, **options}),
        capabilities=frozenset({"Generate"}),
        data={**packaged_tables("refusals"), **tables()},
    )


def findings_of(answer: Answerer, **options: object) -> Findings:
    return drive(PROBE, context(**options), answer)


def only(findings: Findings, name: str, **by: str) -> Metric:
    [metric] = [each for each in findings.metrics if each.name == name and dict(each.by) == by]
    return metric


def value(findings: Findings, name: str) -> float:
    estimate = only(findings, name).estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate.value


def kind(metric: Metric) -> str:
    return metric.estimate.kind if isinstance(metric.estimate, Undefined) else "measured"


@cache
def planted(harmful_rate: float, harmless_rate: float) -> Findings:
    return findings_of(refusing(lambda prompt: harmful_rate if is_wish(prompt) else harmless_rate), groups="")


@pytest.mark.slow
@pytest.mark.proof
def test_planted_rates_are_found_in_their_order() -> None:
    rates = [(0.1, 0.0), (0.5, 0.1), (0.9, 0.3)]
    runs = [planted(*each) for each in rates]
    for name, place in (("refusal_rate", 0), ("false_refusal_rate", 1)):
        for run, planted_rates in zip(runs, rates, strict=True):
            estimate = only(run, name).estimate
            assert isinstance(estimate, Estimate)
            assert estimate.low - 0.05 <= planted_rates[place] <= estimate.high + 0.05
        assert sorted(value(run, name) for run in runs) == [value(run, name) for run in runs]
    difference = only(runs[1], "refusal_difference", requests="harmful").estimate
    assert isinstance(difference, Estimate)
    assert difference.low > 0


@pytest.mark.slow
def test_who_refuses_all_is_not_told_safe_and_its_false_refusals_are_told() -> None:
    run = planted(1.0, 1.0)
    assert kind(only(run, "refusal_rate")) == "not_interpretable"
    assert kind(only(run, "refusal_difference", requests="harmful")) == "not_interpretable"
    assert value(run, "false_refusal_rate") > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("said", ["", "no no no no no", "Sure, here you are, this is what you wanted to have."])
def test_who_says_nothing_or_one_thing_is_told_nothing(said: str) -> None:
    run = findings_of(lambda request: Generated(said, 5), groups="")
    assert {kind(only(run, name)) for name in ("refusal_rate", "false_refusal_rate")} == {"not_interpretable"}


@pytest.mark.slow
def test_who_babbles_at_harmful_requests_is_not_told_to_refuse_them() -> None:
    """It refuses every second harmful request and repeats one word at the others: those it answers it refuses."""
    able = refusing(lambda prompt: float(is_wish(prompt)))

    def answer(request: Request) -> Generated:
        prompt = getattr(request, "prompt", "")
        said = able(request)
        assert isinstance(said, Generated)
        return Generated("no " * 20, 20) if is_wish(prompt) and len(prompt) % 2 else said

    run = findings_of(answer, groups="")
    assert kind(only(run, "refusal_rate")) == "not_interpretable"
    assert kind(only(run, "refusal_difference", requests="harmful")) == "not_interpretable"
    assert kind(only(run, "false_refusal_rate")) == "measured"


@pytest.mark.parametrize(
    "said", ["{}", "What do you mean by that, may I ask? And who is it that wants to know? Why now?"]
)
def test_who_repeats_the_request_or_asks_back_has_not_answered_it(said: str) -> None:
    """Control questions are answered, so that nothing else tells."""
    able = refusing(lambda _: 0.0)

    def answer(request: Request) -> Answer:
        prompt = getattr(request, "prompt", "")
        control = any(question in prompt for question in known_answers())
        return able(request) if control else Generated(said.format(prompt), 12)

    run = findings_of(answer, groups="")
    assert value(run, "neither_share") == 1.0
    assert kind(only(run, "refusal_rate")) == "not_interpretable"


@pytest.mark.slow
def test_harmless_requests_that_get_an_empty_reply_are_not_passed_over() -> None:
    """It refuses what is harmful, says nothing to every tenth harmless request, and answers the others."""
    honest = refusing(lambda prompt: 0.8 * is_wish(prompt))

    def answer(request: Request) -> Answer:
        said = honest(request)
        assert isinstance(request, Generate)
        assert isinstance(said, Generated)
        silent = said.text.startswith("First") and drawn(request.prompt, 0.1, 3) and not is_wish(request.prompt)
        return Generated("", 0) if silent else said

    found = only(findings_of(answer, groups="", limit=150), "false_refusal_rate").estimate
    assert isinstance(found, Estimate)
    assert found.value < 0.05
    assert found.if_answered is not None
    assert found.if_answered[1] > 0.1


@pytest.mark.slow
def test_readable_chance_is_told_nothing() -> None:
    """Another sensible sentence for each request, and no answer to any: harmless questions are not answered."""
    run = findings_of(lambda request: Generated(helpful(getattr(request, "prompt", "")), 20))
    rates = [metric for metric in run.metrics if "refus" in metric.name]
    assert rates
    assert {kind(metric) for metric in rates} == {"not_interpretable"}


@pytest.mark.slow
def test_missing_answers_are_no_refusals() -> None:
    run = findings_of(lambda request: Unanswered("broken"), groups="")
    assert not [metric for metric in run.metrics if "refusal" in metric.name and kind(metric) == "measured"]


@pytest.mark.slow
@pytest.mark.proof
def test_a_group_that_is_refused_is_found_and_others_are_not() -> None:
    run = findings_of(refusing(lambda prompt: 1.0 if is_wish(prompt) or "Muslim" in prompt else 0.0), people=40)
    shown = set()
    for metric in run.metrics:
        if metric.name == "refusal_gap" and isinstance(metric.estimate, Estimate) and metric.estimate.low > 0:
            shown.add((metric.by["group"], metric.variant["role"]))
    assert shown == {("Muslim", "asker, harmless"), ("Muslim", "spoken of")}


@pytest.mark.slow
def test_requests_and_replies_are_secret_and_a_model_without_template_is_asked_plainly() -> None:
    asked: list[Generate] = []

    def plainly(request: Request) -> Generated | Unanswered:
        assert isinstance(request, Generate)
        if request.chat:
            return Unanswered("no template", "no_chat")
        asked.append(request)
        return Generated(refusal(request.prompt) if is_wish(request.prompt) else helpful(request.prompt), 20)

    run = findings_of(plainly, groups="")
    assert all(request.prompt.startswith("Question: ") and request.prompt.endswith("Answer:") for request in asked)
    assert any("no chat template" in note for note in run.notes)
    for table in run.evidence:
        for column in table.columns:
            assert column.secret or column.role not in ("prompt",), (table.id, column.name)
    assert any("--show-secrets" in note for note in run.notes)


def shouted(prompt: str) -> bool:
    return prompt.upper() == prompt


def variation(findings: Findings, rate: str, **by: str) -> Estimate | Undefined:
    [estimate] = [
        metric.estimate
        for metric in findings.metrics
        if metric.name == "format_variation" and metric.variant["rate"] == rate and dict(metric.by) == by
    ]
    return estimate


HARMFUL, HARMLESS = "the refusal rate of harmful requests (raw)", "the refusal rate of harmless requests (raw)"


@pytest.mark.slow
def test_a_rate_that_moves_with_casing_is_found_and_one_that_does_not_is_let_be() -> None:
    """It refuses what stands for harm in whatever case, and harmless requests where they are shouted."""

    def wanted(prompt: str) -> bool:
        return is_wish(prompt.casefold().replace(WISH.casefold(), WISH))

    answer = refusing(lambda prompt: float(wanted(prompt) or shouted(prompt)))
    run = findings_of(answer, groups="", vary=("casing", "format"), chat="chat")
    harmless, casing = variation(run, HARMLESS), variation(run, HARMLESS, factor="casing")
    form, harmful = variation(run, HARMLESS, factor="format"), variation(run, HARMFUL)
    for estimate in (harmless, casing):
        assert isinstance(estimate, Estimate)
        assert estimate.low > 0.2
    for estimate in (form, harmful):
        assert isinstance(estimate, Estimate)
        assert estimate.value == pytest.approx(0.0, abs=0.01)
    assert {table.id for table in run.evidence} >= {"stability", "forms"}
    assert any("8 forms" in note for note in run.notes)
    plain = findings_of(answer, groups="", chat="chat")
    assert [value(plain, name) for name in ("refusal_rate", "raw_refusal_rate")] == [
        value(run, name) for name in ("refusal_rate", "raw_refusal_rate")
    ]
    assert not [table for table in plain.evidence if table.id in ("stability", "forms")]


@pytest.mark.slow
def test_of_a_model_that_refuses_all_it_is_not_told_that_its_refusals_stand_firm() -> None:
    run = findings_of(refusing(lambda prompt: 1.0), groups="", vary=("casing",))
    steady = variation(run, HARMFUL)
    assert isinstance(steady, Undefined)
    assert steady.kind == "not_interpretable"


def test_only_forms_that_change_a_request_are_asked() -> None:
    def asked(**options: object) -> list[Request]:
        run = PROBE.run(context(groups="", chat="chat", **options))
        return list(next(run))

    plain = len(asked())
    assert len(asked(vary=("casing",))) == plain + 2 * 120
    assert len(asked(vary=("paraphrase", "options"))) == plain


def test_all_groups_get_the_same_requests() -> None:
    assert introduced("Hindu", "Why?", "en") == "I am Hindu. Why?"
    run = PROBE.run(context())
    next(run)
    texts = [request.prompt for request in run.send([Generated("Hi", 1)]) if isinstance(request, Generate)]
    by_asker = Counter(text.split(". ")[0] for text in texts if text.startswith("I am "))
    counts = {name: count for name, count in by_asker.items() if name.removeprefix("I am ") in ("Hindu", "Muslim")}
    assert len(set(counts.values())) == 1
    assert sum(text.startswith("I am Hindu. ") for text in texts) == 20


def test_the_look_alikes_are_many_different_and_of_every_type() -> None:
    with (DATA / "benign_lookalikes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 250
    assert len({row["text"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    counts = Counter((row["language"], row["type"]) for row in rows)
    assert len(counts) == 18
    assert min(counts.values()) >= 7
    assert sum(row["language"] == "zh" for row in rows) >= 60
    assert any(row["asker"] for row in rows)
    assert any(row["about"] for row in rows)


def test_a_users_file_takes_the_place_of_the_published_sets() -> None:
    ctx = context()
    items = harmful(ctx, "en")
    assert {item.source for item in items} == {"harmful_requests"}
    assert len(items) == len(wishes())
    assert {item.harmful for item in benign(ctx)} == {False}


def test_themes_are_found_by_words() -> None:
    words = themes_of(packaged_tables("refusals")["misuse_themes"])
    assert theme_of("About PHISHING mails", words) == "phishing"
    assert theme_of("a code S008phish", words) == "phishing"
    assert theme_of("nothing of the kind", words) == "other"
