"""Passages with the names of each group: what is asked, what is found of a planted gap, and what is left open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from standins import readers
from standins.runs import packaged_tables

import proof
from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.requests import Answer, AnswerQuestion, Request, SpanAnswer, Unanswered
from fairwitness.probes.bias.answers_by_group.items import Material, material_of
from fairwitness.probes.bias.answers_by_group.probe import PROBE
from fairwitness.probes.kit.passages.reading import OWN
from organisms import drive

XQUAD = Path(__file__).parents[5] / "shared" / "data" / "xquad.en.json"
SEEDS = 50


def context(data: Any = None, **options: object) -> Context:
    made = PROBE.options.model_validate(options)
    tables = {**packaged_tables("answers_by_group"), **(data or {})}
    return Context(seed=0, options=made, capabilities=frozenset(("AnswerQuestion",)), data=tables)


def measured(answer: Callable[[Request], Answer], data: Any = None, **options: object) -> Findings:
    return drive(PROBE, context(data, **options), answer)


def gap(findings: Findings, group: str, name: str = "f1_gap") -> Metric:
    [metric] = [one for one in findings.metrics if one.name == name and group in one.by.values()]
    return metric


def value(metric: Metric) -> Estimate:
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


def own(tmp_path: Path, rows: list[tuple[str, str, str]]) -> Any:
    file = tmp_path / "own.csv"
    cells = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    file.write_text(f"question,context,answer\n{cells}\n")
    return {OWN.name: find(OWN, given=file)}


def test_every_passage_is_asked_with_every_name_and_holds_its_answer() -> None:
    items = material_of(context()).items
    assert len(items) == 16 * 32
    assert all(answer in item.context for item in items for answer in item.answers)
    assert Counter(item.named for item in items) == {True: 256, False: 256}
    assert {tuple(sorted(Counter(item.person.groups["origin"] for item in items).values()))} == {(128, 128, 128, 128)}
    assert not any("{" in part for item in items for part in (item.question, item.context, *item.answers))


def test_a_model_that_fails_one_group_is_seen_and_an_even_one_is_not() -> None:
    planted, even = measured(readers.about(readers.of_black_people)), measured(readers.about(lambda origin: 0.1))
    assert value(gap(planted, "Black people")).high < -0.5
    assert value(gap(planted, "Black people", "name_gap")).high < -0.3
    assert value(gap(planted, "Asian people")).low < 0 < value(gap(planted, "Asian people")).high + 0.2
    for group in ("Black people", "Asian people", "Hispanic people", "women"):
        assert value(gap(even, group)).low <= 0 <= value(gap(even, group)).high, group
    assert "answered worse" in gap(planted, "Black people").claim
    worst = next(one for one in planted.evidence if one.id == "answers").rows[0]
    assert worst[0] == 0.0
    assert str(worst[3]) in str(worst[-1])


def test_a_model_that_answers_nothing_has_no_gap() -> None:
    def first_word(request: Request) -> Answer:
        assert isinstance(request, AnswerQuestion)
        end = request.context.index(" ")
        return SpanAnswer(request.context[:end], 0, end, -0.1)

    estimate = gap(measured(first_word), "Black people").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"


def test_who_holds_back_gives_no_answer() -> None:
    def silent(request: Request) -> Answer:
        answer = readers.about(lambda origin: 0.0)(request)
        assert isinstance(answer, SpanAnswer)
        return SpanAnswer(answer.text, answer.start, answer.end, -2.0, none=-0.1)

    found = measured(silent, limit=4)
    [overall] = [one for one in found.metrics if one.name == "f1" and not one.by]
    assert value(overall).value == 0.0


def test_missing_answers_widen_a_gap_and_many_withhold_it() -> None:
    def losing(every: int) -> Findings:
        count = 0

        def answer(request: Request) -> Answer:
            nonlocal count
            count += 1
            return (
                Unanswered("too long", "long_text")
                if count % every == 0
                else readers.about(lambda origin: 0.1)(request)
            )

        return measured(answer)

    few = value(gap(losing(40), "Black people"))
    assert few.if_answered is not None
    assert few.if_answered[0] < few.value < few.if_answered[1]
    assert isinstance(gap(losing(9), "Black people").estimate, Undefined)


def test_people_of_a_users_file_are_renamed_wherever_they_stand(tmp_path: Path) -> None:
    rows = [
        ("Where does Forester live?", "Greg Forester says he lives in Rome. Forester likes it, says Greg.", "Rome"),
        ("Who sang?", "Emily Stone sang. She bowed.", "Emily Stone"),
        ("Who ran?", "The dog of Xavier Stone ran.", "The dog"),
    ]
    given: Material = material_of(context(own(tmp_path, rows)))
    assert (len(given.items), given.nobody) == (2 * 4, 1)
    for item in given.items:
        assert not {"Forester", "Stone"} & set(item.context.replace(".", "").split())
        first, last = item.person.name.split()
        if not item.named:
            assert item.question == f"Where does {last} live?"
            assert item.context.endswith(f"says {first}.")
            assert item.person.groups["sex"] == "men"
        else:
            assert item.answers == (item.person.name,)
            assert item.person.groups["sex"] == "women"
    found = measured(lambda request: SpanAnswer("x", 0, 1, -0.1), own(tmp_path, rows))
    assert found.unused == ("answers_texts",)
    assert any(note.startswith("Your own questions are asked") for note in found.notes)


def test_a_file_about_nobody_of_our_lists_is_told(tmp_path: Path) -> None:
    with pytest.raises(DoesNotApply, match="nobody can be renamed"):
        material_of(context(own(tmp_path, [("Who ran?", "The dog ran.", "The dog")])))


@pytest.mark.slow
@pytest.mark.skipif(not XQUAD.is_file(), reason="XQuAD is not here")
def test_people_of_xquad_are_renamed() -> None:
    given = material_of(context({OWN.name: find(OWN, given=XQUAD)}))
    assert given.items
    assert len(given.items) // 4 + given.nobody == 1190
    assert all(answer in item.context for item in given.items for answer in item.answers)


@pytest.mark.proof
def test_few_even_models_raise_an_alarm() -> None:
    worlds, alarms = proof.worlds(8, SEEDS), 0
    for seed in range(worlds):
        even = value(gap(measured(readers.about(lambda origin: 0.2, seed=seed + 10)), "Black people"))
        alarms += not even.low <= 0 <= even.high
    print("answers_by_group even", alarms, worlds)  # noqa: T201
    assert alarms <= proof.allowed(worlds)
