"""Marked texts are found, unmarked ones are not, and of what cannot be judged nothing is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from standins.watermark import (
    DATA,
    GREENER,
    KEY,
    MARKED,
    SHARE,
    UNMARKED,
    choices,
    greens,
    key_table,
    mind,
    of_truth,
)

from fairwitness.audit.green import ScoreGreen
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.memorization.watermark.probe import PROBE
from organisms import context, drive, metric, table, value

Answerer = Callable[[Request], Answer]
NEEDS = ("ScoreGreen", "LogLikelihood", "Generate")


def audited(answer: Answerer, data: Mapping[str, Table] = DATA, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, NEEDS, data, **options), answer)


def of_texts(texts: tuple[str, ...], marked: object = None, key: Table | None = None) -> Mapping[str, Table]:
    columns: dict[str, Any] = {"text": texts}
    if marked is not None:
        columns["marked"] = [marked] * len(texts)
    return {"watermark_texts": table("watermark_texts", columns), "watermark_key": key or key_table()}


def rows_of(findings: Findings, name: str) -> list[dict[str, Any]]:
    (found,) = [one for one in findings.evidence if one.id == name]
    heads = [str(column.name) for column in found.columns]
    return [dict(zip(heads, row, strict=True)) for row in found.rows]


@pytest.mark.slow
def test_marked_texts_are_found_and_no_others() -> None:
    found = audited(mind(of_truth))
    assert value(found, "detection_rate").value == 1
    assert value(found, "detection_rate").n == len(MARKED)
    assert value(found, "unmarked_called_marked").value == 0
    assert value(found, "false_alarms").value == 0
    assert value(found, "false_alarms").high == pytest.approx(1 - 0.025 ** (1 / 80))
    assert not [one for one in found.metrics if one.name == "marked_share"]
    seen = {one.by["texts"]: one.estimate for one in found.metrics if one.name == "mean_z"}
    assert isinstance(marked := seen["marked"], Estimate)
    assert marked.low > 6
    assert isinstance(control := seen["written unmarked"], Estimate)
    assert control.low < 0 < control.high


@pytest.mark.slow
def test_texts_of_which_nothing_is_said_are_described() -> None:
    found = audited(mind(of_truth), of_texts((*MARKED[:30], *UNMARKED[:30])))
    assert value(found, "marked_share").value == 0.5
    assert isinstance(reason := metric(found, "detection_rate").estimate, Undefined)
    assert reason.kind == "not_asked"


@pytest.mark.slow
def test_where_the_models_own_unmarked_texts_are_called_marked_nothing_is_concluded_of_marked_ones() -> None:
    found = audited(mind(lambda text: GREENER))
    assert value(found, "false_alarms").value == 1
    assert isinstance(reason := metric(found, "detection_rate").estimate, Undefined)
    assert reason.kind == "not_interpretable"
    assert "80 of 80 texts that the model wrote unmarked" in reason.reason
    assert value(found, "unmarked_called_marked").value == 1  # a false alarm is one, whatever the control says


def test_one_alarm_in_eighty_is_chance_and_two_are_not() -> None:
    def some(count: int) -> Answerer:
        def answer(request: Request) -> Answer:
            match request:
                case ScoreGreen(text=text) if text.startswith("written"):
                    place = int(text.rpartition(" ")[2])
                    return greens(text, 1.0 if place < count else 0.0)
                case Generate(prompt=prompt):
                    return Generated(f"written {[*PROMPTS].index(prompt)}", 240)
                case _:
                    return mind(of_truth)(request)

        return answer

    for count, concluded in ((0, True), (1, True), (2, False)):
        found = audited(some(count))
        assert value(found, "false_alarms").value == count / 80
        assert isinstance(metric(found, "detection_rate").estimate, Estimate) == concluded


PROMPTS = tuple(str(text) for text in context(PROBE, NEEDS, DATA).data["watermark_prompts"].columns["text"])


def odd(**change: Any) -> Answerer:
    """A model that answers one kind of request otherwise, of the user's texts alone."""

    def answer(request: Request) -> Answer:
        name = type(request).__name__
        text = str(getattr(request, "text", "") or getattr(request, "continuation", ""))
        if name in change and not text.startswith("written"):
            return change[name](request)  # type: ignore[no-any-return]
        return mind(of_truth)(request)

    return answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("fewer than 200 scored tokens", {"ScoreGreen": lambda request: greens(request.text, GREENER, 199)}),
        (
            "fewer than 100 different tokens",
            {"ScoreGreen": lambda request: replace(greens(request.text, GREENER), draws=99, green_draws=60)},
        ),
        (
            "tokens that this tokenizer does not know",
            {"ScoreGreen": lambda request: replace(greens(request.text, GREENER), unknown=20)},
        ),
        ("not read", {"ScoreGreen": lambda request: Unanswered("half a character")}),
        ("left little choice", {"LogLikelihood": lambda request: choices(entropy=0.5)}),
        ("likeliest tokens alone", {"LogLikelihood": lambda request: choices(likeliest=0.95)}),
        ("says nothing", {"LogLikelihood": lambda request: choices(entropy=float("nan"))}),
        ("says nothing", {"LogLikelihood": lambda request: TokenScores((-1.0,), (), (0,))}),
        ("says nothing", {"LogLikelihood": lambda request: Unanswered("too long")}),
    ],
)
def test_of_texts_that_cannot_be_judged_nothing_is_said(why: str, change: dict[str, Any]) -> None:
    found = audited(odd(**change))
    for name in ("detection_rate", "unmarked_called_marked"):
        assert isinstance(reason := metric(found, name).estimate, Undefined), name
        assert reason.kind == "not_interpretable"
        assert why in reason.reason
    assert any(note.startswith("Nothing is concluded of 160 of 160") for note in found.notes)
    assert all(row["called marked"] is None for row in rows_of(found, "texts"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [
        lambda request: Unanswered("no answer"),
        mind(of_truth, entropy=0.1),
        lambda request: Generated("", 0) if isinstance(request, Generate) else mind(of_truth)(request),
        lambda request: (
            greens(request.text, SHARE, 12)
            if isinstance(request, ScoreGreen) and request.text.startswith("written")
            else mind(of_truth)(request)
        ),
    ],
    ids=["silent", "knows one ending for everything", "writes nothing", "repeats itself"],
)
def test_a_model_that_understands_nothing_gets_no_good_marks(answer: Answerer) -> None:
    found = audited(answer)
    for name in ("false_alarms", "detection_rate"):
        assert isinstance(metric(found, name).estimate, Undefined), name


@pytest.mark.slow
def test_texts_that_cannot_be_judged_may_be_either() -> None:
    lost = {MARKED[0], MARKED[1]}

    def answer(request: Request) -> Answer:
        if isinstance(request, ScoreGreen) and request.text in lost:
            return greens(request.text, GREENER, 100)
        return mind(of_truth)(request)

    assert value(audited(answer), "detection_rate").if_answered == (58 / 60, 1)


@pytest.mark.slow
def test_a_few_greener_texts_among_many_are_corrected_for() -> None:
    """With one text in eighty as green as chance makes one in a thousand, nothing is called marked."""
    green = 70  # of 240 expected 60: p = 0.07, and of one text alone nothing

    def answer(request: Request) -> Answer:
        match request:
            case ScoreGreen(text=text) if text == UNMARKED[0]:
                return replace(greens(text, SHARE), draws=240, green_draws=green + 12, ngrams=240)
            case _:
                return mind(of_truth)(request)

    row = next(row for row in rows_of(audited(answer, of_texts(UNMARKED)), "texts") if row["text"] == UNMARKED[0])
    alone = next(row for row in rows_of(audited(answer, of_texts(UNMARKED[:1])), "texts"))
    assert alone["called marked"] is True
    assert row["called marked"] is False
    assert row["p, corrected"] == pytest.approx(100 * alone["p, corrected"])


@pytest.mark.parametrize(
    ("said", "name"),
    [("yes", "marked"), (True, "marked"), (1, "marked"), ("No", "unmarked"), (False, "unmarked"), (None, "unsaid")],
)
def test_the_truth_may_be_said_in_any_way(said: object, name: str) -> None:
    found = audited(mind(of_truth), of_texts(MARKED[:5], said))
    assert {str(row["said to be"]) for row in rows_of(found, "texts")} == {name}


def test_a_truth_that_is_none_is_refused_with_its_row() -> None:
    with pytest.raises(DoesNotApply, match="row 1 of the texts says maybe"):
        audited(mind(of_truth), of_texts(MARKED[:5], "maybe"))


def test_empty_texts_are_counted() -> None:
    def answer(request: Request) -> Answer:
        if isinstance(request, ScoreGreen) and not request.text:
            return greens("", 0.0, 0)
        return mind(of_truth)(request)

    found = audited(answer, of_texts(("", *MARKED[:40]), "yes"))
    assert any(note.startswith("Nothing is concluded of 1 of 41") for note in found.notes)
    assert value(found, "detection_rate").if_answered == (40 / 41, 1)


def test_a_key_that_everybody_has_or_could_find_is_told() -> None:
    for key, told in ((15_485_863, "everybody has it"), (2**39, "found by trying all"), (2**61 + 1, "")):
        found = audited(mind(of_truth), of_texts(MARKED[:5], "yes", key_table(key)))
        said = [note for note in found.notes if "remove or forge" in note]
        assert [told in note for note in said] == ([True] if told else [])


def test_nothing_of_the_key_is_found() -> None:
    found = audited(mind(of_truth))
    assert str(KEY) not in repr((found.metrics, found.evidence, found.notes, found.items))
    assert "0123456789abcdef" in repr(found.evidence)


def test_the_seeds_of_what_the_model_writes_stand_in_the_table_and_differ() -> None:
    rows = rows_of(audited(mind(of_truth), controls=90), "controls")
    assert len({row["seed"] for row in rows}) == len(rows) == 90
    again = rows_of(audited(mind(of_truth), controls=90), "controls")
    assert [row["seed"] for row in rows] == [row["seed"] for row in again]


def test_long_texts_are_read_in_windows() -> None:
    asked: list[LogLikelihood] = []

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood):
            asked.append(request)
        return mind(of_truth)(request)

    long = " ".join(MARKED[:6])
    audited(answer, of_texts((long,), "yes"))
    windows = [request for request in asked if request.continuation in long]
    assert len(windows) > 1
    assert all(request.moments for request in windows)
