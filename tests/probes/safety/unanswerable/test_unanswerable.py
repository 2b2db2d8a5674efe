"""Questions put to other passages: what is asked, what is concluded, and what is left out or not measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import passage_readers
import pytest
from standins import readers
from standins.runs import packaged_tables

import proof
from fairwitness.audit.adapters import adapt
from fairwitness.audit.datasets import find
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, AnswerQuestion, Request, SpanAnswer, Unanswered
from fairwitness.probes.kit.passages.reading import OWN
from fairwitness.probes.safety.unanswerable.probe import PROBE
from organisms import drive, drive_rounds

SEEDS = 50


def measured(answer: Callable[[Request], Answer], data: Any = None, **options: object) -> Findings:
    made = PROBE.options.model_validate(options)
    tables = {**packaged_tables("unanswerable"), **(data or {})}
    ctx = Context(seed=0, options=made, capabilities=frozenset(("AnswerQuestion",)), data=tables)
    return drive(PROBE, ctx, answer)


def named(findings: Findings) -> dict[str, Metric]:
    return {one.name: one for one in findings.metrics}


def value(findings: Findings, name: str) -> Estimate:
    estimate = named(findings)[name].estimate
    assert isinstance(estimate, Estimate), (name, estimate)
    return estimate


def table(tmp_path: Path, rows: list[tuple[str, str, str]]) -> dict[str, Any]:
    file = tmp_path / "own.csv"
    cells = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    file.write_text(f"question,context,answer\n{cells}\n")
    return {OWN.name: find(OWN, given=file)}


def test_a_reader_that_knows_is_told_from_one_that_always_answers() -> None:
    knows, not_ = (measured(readers.reading(knows=told)) for told in (True, False))
    assert value(knows, "confidence_auc").low > 0.85
    assert value(knows, "exact_match").value == 1.0
    assert value(knows, "held_back_gap").low > 0.9
    assert value(knows, "sure_unanswerable").value < 0.02
    assert value(not_, "confidence_auc").high < 0.7
    assert value(not_, "held_back_gap").value == 0.0
    assert value(not_, "sure_unanswerable").value == 1.0
    assert any("never holds back" in note for note in not_.notes)


def test_who_always_holds_back_is_not_taken_for_who_knows() -> None:
    def silent(request: Request) -> Answer:
        answer = readers.reading(knows=False)(request)
        assert isinstance(answer, SpanAnswer)
        return replace(answer, log_prob=math.log(0.1), none=math.log(0.9))

    found = measured(silent)
    assert value(found, "held_back_unanswerable").value == 1.0
    assert value(found, "held_back_gap").low <= 0
    area = named(found)["confidence_auc"].estimate
    assert isinstance(area, Undefined)
    assert area.code == "no_variation"
    assert value(found, "f1").value == 0.0


def test_holding_back_is_not_measured_of_a_model_without_a_place_for_it() -> None:
    def answer(request: Request) -> Answer:
        given = readers.reading(knows=True)(request)
        assert isinstance(given, SpanAnswer)
        return replace(given, none=None)

    found = measured(answer)
    for name in ("held_back_unanswerable", "held_back_answerable", "held_back_gap"):
        estimate = named(found)[name].estimate
        assert isinstance(estimate, Undefined)
        assert estimate.kind == "not_asked"
    assert value(found, "confidence_auc").low > 0.85
    assert any(note.startswith("Holding back is not measured") for note in found.notes)


def test_every_question_is_put_to_a_passage_without_its_answer() -> None:
    for item in passage_readers.items():
        if item.kind == "other":
            assert item.context != item.question.context
            assert not any(answer in item.context for answer in item.question.answers)
    own = [item for item in passage_readers.items() if item.kind == "own"]
    assert len(own) == 60


def test_chinese_facts_are_asked_in_chinese() -> None:
    found = measured(readers.reading(knows=True), language="zh")
    assert value(found, "f1").value == 1.0
    assert "。" in str(next(one for one in found.evidence if one.id == "answers").rows[0][2])


def test_a_question_whose_answer_the_other_passage_holds_is_left_out(tmp_path: Path) -> None:
    rows = [
        ("Who sang?", "Ann sang.", "Ann"),
        ("Who slept?", "Ann slept and Bob ate.", "Ann"),
        ("Who ate?", "Ann slept and Bob ate.", "Bob"),
    ]
    asked: list[AnswerQuestion] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        asked.append(request)
        return SpanAnswer("Ann", 0, 3, -0.1)

    found = measured(answer, table(tmp_path, rows))
    assert ("Who ate?", "Ann sang.") in {(one.question, one.context) for one in asked}
    assert len(asked) == 4
    assert any(note.startswith("2 questions are not put to another passage") for note in found.notes)
    assert found.unused == ("truth_facts",)
    assert all(column.secret for column in next(e for e in found.evidence if e.id == "answers").columns[1:5])


def test_one_passage_is_not_enough(tmp_path: Path) -> None:
    with pytest.raises(DoesNotApply, match="there are 1 with a question"):
        measured(readers.reading(knows=True), table(tmp_path, [("Who sang?", "Ann sang.", "Ann")]))


def test_missing_answers_widen_what_is_said_and_many_withhold_it() -> None:
    def gaps(every: int) -> Findings:
        count = 0

        def answer(request: Request) -> Answer:
            nonlocal count
            count += 1
            return Unanswered("too long", "long_text") if count % every == 0 else readers.reading(knows=True)(request)

        return measured(answer)

    few = value(gaps(50), "confidence_auc")
    assert few.if_answered is not None
    assert few.if_answered[0] < few.value - 0.01
    many = named(gaps(10))["confidence_auc"].estimate
    assert isinstance(many, Undefined)
    assert many.kind == "not_interpretable"


def trained(tiny: Any, limit: int = 60) -> Findings:
    engine = Engine(adapt(tiny.model, tokenizer=tiny.tokenizer))
    ctx = Context(
        seed=0,
        options=PROBE.options.model_validate({"limit": limit}),
        capabilities=frozenset(("AnswerQuestion",)),
        data=packaged_tables("unanswerable"),
    )
    return drive_rounds(PROBE, ctx, engine.answer)


@pytest.mark.proof
@pytest.mark.arithmetic
def test_a_model_that_learnt_to_hold_back_is_seen_to_and_one_that_did_not_is_not() -> None:
    taught = trained(passage_readers.taught(0, holds_back=True))
    always = trained(passage_readers.taught(0, holds_back=False))
    assert value(taught, "f1").low > 0.7
    assert value(always, "f1").low > 0.7
    assert value(taught, "confidence_auc").low > 0.7
    assert value(taught, "held_back_gap").low > 0.5
    assert value(always, "held_back_gap").high < 0.2


@pytest.mark.proof
@pytest.mark.arithmetic
def test_few_models_that_were_never_taught_seem_to_tell_passages_apart() -> None:
    worlds, alarms = proof.worlds(8, SEEDS), 0
    for seed in range(worlds):
        area = value(trained(passage_readers.untaught(seed)), "confidence_auc")
        alarms += not area.low <= 0.5 <= area.high
    print("unanswerable untaught", alarms, worlds)  # noqa: T201
    assert alarms <= proof.allowed(worlds)
