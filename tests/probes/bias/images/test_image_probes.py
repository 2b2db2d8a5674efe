"""Pictures of groups: what is planted is seen, what is even is not, and what is missing takes passes away."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from drawn_images import table_of
from standins.images import COLOURS, even, group_of, matching, pictures, shown_by, to_all, to_second
from standins.runs import packaged_tables

from fairwitness.audit import stats
from fairwitness.audit.errors import BadOption
from fairwitness.audit.images import FILE
from fairwitness.audit.probe import DoesNotApply, Findings, Probe
from fairwitness.audit.records import Cell, Estimate, Metric, ScoredItems, Table, Undefined
from fairwitness.audit.requests import Answer, ImageTextScores, MatchImageText, Request, Unanswered
from fairwitness.audit.stats.picture_groups import Scores, association, first_shares, max_skews, share_gap, skew_of
from fairwitness.probes.bias.image_association.probe import PROBE as ASSOCIATION
from fairwitness.probes.bias.image_retrieval.probe import PROBE as RETRIEVAL
from organisms import Answerer, context, drive

PROBES = (ASSOCIATION, RETRIEVAL)


def found(probe: Probe, answer: Answerer, tables: Mapping[str, Table] | None = None, **options: Any) -> Findings:
    given = {**packaged_tables(probe.spec.name), "pictures": pictures(), **(tables or {})}
    return drive(probe, context(probe, ("MatchImageText",), given, **options), answer)


def metrics(findings: Findings, name: str) -> list[Metric]:
    return [metric for metric in findings.metrics if metric.name == name]


def table(findings: Findings, name: str) -> Any:
    return next(each for each in findings.evidence if each.id == name)


def value(metric: Metric) -> Estimate:
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


def test_an_effect_is_the_one_of_the_paper() -> None:
    """Two pictures a group would do by hand; four are the least: s = 1, 2, 3, 4 and 0, 1, 2, 3."""
    s = np.array([1.0, 2, 3, 4, 0, 1, 2, 3])
    values = np.repeat(s[:, None], 8, axis=1) * np.repeat([0.5, -0.5], 4) + np.arange(8)
    found = association(Scores(values, 4, 4))
    assert found is not None
    assert found.value == pytest.approx(1.0 / np.std(s, ddof=1))
    assert found.low < found.value < found.high
    scaled = association(Scores(7 * values + 3, 4, 4))
    assert scaled is not None
    assert scaled.value == pytest.approx(found.value)
    turned = association(Scores(np.vstack([values[4:], values[:4]]), 4, 4))
    assert turned is not None
    assert turned.value == pytest.approx(-found.value)
    assert association(Scores(np.ones((8, 8)), 4, 4)) is None
    with pytest.raises(ValueError, match="fewer than 4"):
        association(Scores(values[:7], 4, 4))


def test_the_first_places_are_shared_by_pictures_that_tie() -> None:
    places = first_shares(np.array([[3.0, 2, 2, 1], [0, 0, 0, 0]]), 2)
    assert places.tolist() == [[0.5, 0.25, 0.25, 0.0], [0.25] * 4]
    members = np.array([True, False, True, False])
    gap = share_gap(places, members)
    assert gap is not None
    assert gap.value == pytest.approx((0.75 + 0.5) / 2 - 0.5)
    assert max_skews(places, np.array([0, 1, 0, 1])).tolist() == pytest.approx([math.log(1.5), 0.0])
    skew = skew_of(gap, 0.5, 0.01)
    assert skew.value == pytest.approx(math.log(0.625 / 0.5))
    assert share_gap(places, np.ones(4, dtype=bool)) is None


def test_queries_that_agree_are_no_more_evidence_than_one() -> None:
    rng = np.random.default_rng(0)
    row = rng.normal(size=(1, 40))
    members = np.arange(40) < 20
    one_query, twelve = (share_gap(first_shares(np.repeat(row, count, axis=0), 10), members) for count in (1, 12))
    assert one_query is not None
    assert twelve is not None
    assert twelve.high - twelve.low == pytest.approx(one_query.high - one_query.low)


def test_what_is_planted_is_seen_and_what_is_even_is_not() -> None:
    biased, fair = (metrics(found(ASSOCIATION, matching(lean)), "image_association") for lean in (to_second, even))
    assert [metric.variant["test"] for metric in biased] == ["character", "work"]
    assert all(value(metric).high < -1.2 for metric in biased)
    assert all(metric.against == "red" and metric.by == {"group": "blue"} for metric in biased)
    assert all(value(metric).low < 0 < value(metric).high for metric in fair)
    [shown], [evenly] = (metrics(found(RETRIEVAL, matching(lean)), "share_gap") for lean in (to_all, even))
    assert value(shown).low > 0.3
    assert value(evenly).low < 0 < value(evenly).high


def test_a_model_that_does_not_see_is_not_interpretable() -> None:
    def blind(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        if request.image.sha256 in shown_by():
            return ImageTextScores((0.0, 0.0))
        return matching(to_all)(request)

    for probe, name in ((ASSOCIATION, "image_association"), (RETRIEVAL, "share_gap")):
        findings = found(probe, blind)
        for metric in metrics(findings, name):
            assert isinstance(metric.estimate, Undefined)
            assert metric.estimate.kind == "not_interpretable"
            assert "of 24 plain drawn shapes the model finds in 0" in metric.estimate.reason
        assert any("Nothing is concluded" in note for note in findings.notes)


def with_column(name: str, cells: Callable[[int], Cell]) -> dict[str, Table]:
    given = pictures()
    columns = {**given.columns, name: tuple(cells(row) for row in range(len(given)))}
    return {"pictures": Table(given.source, columns)}


def test_captions_of_the_user_take_the_place_of_drawn_shapes() -> None:
    captions = with_column("caption", lambda row: f"what is on picture {row}")
    asked: list[MatchImageText] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        asked.append(request)
        if len(request.texts) == 2:
            return ImageTextScores((1.0, 0.0))
        return matching(even)(request)

    findings = found(ASSOCIATION, answer, captions)
    assert not any(request.image.sha256 in shown_by() for request in asked)
    controls = table(findings, "image_controls")
    assert controls.total == 48
    assert all(column.secret for column in controls.columns if column.role == "prompt")
    assert findings.unused == ("image_controls",)
    [right] = metrics(findings, "image_controls_right")
    assert value(right).value == 1.0


def test_pictures_without_an_answer_take_a_pass_away_and_are_named() -> None:
    lost = set(list(group_of())[:4])

    def answer(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        if request.image.sha256 in lost:
            return Unanswered("the file holds no picture", "bad_image")
        return matching(even)(request)

    for probe, name in ((ASSOCIATION, "image_association"), (RETRIEVAL, "share_gap")):
        findings = found(probe, answer)
        assert findings.accounted == 4
        assert [row[0] for row in table(findings, "left_out").rows] == [1, 2, 3, 4]
        for metric in metrics(findings, name):
            ends = value(metric).if_answered
            assert ends is not None
            assert ends[0] < value(metric).value < ends[1]
        assert findings.items is not None
        assert any("unanswered" in str(note) or "1, 2, 3, 4" in note for note in findings.notes)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.spec.name)
@pytest.mark.parametrize("bad", [None, math.nan, -math.inf])
@pytest.mark.parametrize("count", [4, 60])
def test_a_score_that_is_no_number_is_no_answer(probe: Probe, bad: float | None, count: int) -> None:
    """One bad score spoils its picture; where all are bad nothing is measured, though controls be right."""
    lost = set(list(group_of())[:count])

    def answer(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        scores = matching(even)(request)
        if request.image.sha256 not in lost:
            return scores
        assert isinstance(scores, ImageTextScores)
        return Unanswered("none") if bad is None else ImageTextScores((*scores.logits[:-1], bad))

    findings = found(probe, answer)
    assert isinstance(findings.items, ScoredItems)
    assert sum(findings.items.unanswered) == len(findings.items.unanswered) * count / 60
    judged = metrics(findings, probe.metrics[0].name)
    assert all(isinstance(metric.estimate, Estimate if count < 60 else Undefined) for metric in judged)
    assert all(value(metric).if_answered for metric in judged if isinstance(metric.estimate, Estimate))
    assert any(f"{count} of 60 pictures have no answer" in str(note) for note in findings.notes)


def test_rows_that_say_nothing_new_are_left_out_and_told() -> None:
    given = pictures()
    twice = {name: (*cells, cells[0], cells[1]) for name, cells in given.columns.items()}
    twice["group"] = (*given.columns["group"], "blue", "red")
    twice["group"] = (*twice["group"][:59], None, *twice["group"][60:])
    findings = found(ASSOCIATION, matching(even), {"pictures": Table(replace(given.source, rows=62), twice)})
    assert any("repeat a picture that stood there before: 2" in note for note in findings.notes)
    assert any("1 rows have no group" in note for note in findings.notes)
    assert table(findings, "tests").rows[0][5] == 59


def test_columns_and_groups_are_named_by_options() -> None:
    ages = with_column("age", lambda row: ("young", "old", "old")[row % 3])
    findings = found(ASSOCIATION, matching(even), ages, groups=("group", "age"), against="young")
    by = [(dict(metric.by), metric.against) for metric in metrics(findings, "image_association")]
    assert by[:2] == [({"group": "blue"}, "red"), ({"age": "old"}, "young")]
    for options, why in (
        ({"groups": ("colour",)}, "no column 'colour'"),
        ({"groups": ("ag",)}, "did you mean 'age'?"),
        ({"caption": "text"}, "image_association.caption: the table of the pictures has no column 'text'"),
        ({"against": "blu"}, "image_association.against: no group 'blu' in the data; did you mean 'blue'?"),
    ):
        with pytest.raises(BadOption, match="image_association") as error:
            found(ASSOCIATION, matching(even), ages, **options)
        assert why in str(error.value)
    with pytest.raises(DoesNotApply, match="pictures of at least two groups are needed"):
        found(ASSOCIATION, matching(even), with_column("group", lambda row: "red"))
    with pytest.raises(DoesNotApply, match="a search shows 60 pictures first and the folder has 60"):
        found(RETRIEVAL, matching(even), k=60)


def test_few_pictures_are_not_estimable() -> None:
    few = table_of("pictures", {FILE: tuple(f"{n}.png" for n in range(12)), "group": ("red",) * 9 + ("blue",) * 3})

    def answer(request: Request) -> Answer:
        assert isinstance(request, MatchImageText)
        known = request.image.sha256 in shown_by()
        return matching(even)(request) if known else ImageTextScores(tuple(map(float, range(len(request.texts)))))

    for probe, name in ((ASSOCIATION, "image_association"), (RETRIEVAL, "share_gap")):
        for metric in metrics(found(probe, answer, {"pictures": few}), name):
            assert isinstance(metric.estimate, Undefined)
            assert metric.estimate.code == "few_units"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("t", "C", "l", "x")], "row 1 of the texts lacks"),
        ([("t", "A", "l", "x")], "has texts in one of the sets"),
        ([("t", "A", "l", "x"), ("t", "B", "m", "x")], "has a text in both"),
    ],
)
def test_a_table_of_texts_that_is_no_test_is_refused(rows: list[tuple[str, ...]], why: str) -> None:
    columns = dict(zip(("test", "set", "label", "text"), zip(*rows, strict=True), strict=True))
    own = Table(replace(pictures().source, rows=len(rows)), columns)
    with pytest.raises(DoesNotApply, match=why):
        found(ASSOCIATION, matching(even), {"own_texts": own})


def test_what_two_groups_say_of_a_search_is_said_once_and_of_three_each() -> None:
    three = with_column("group", lambda row: (*COLOURS, "green")[row % 3])
    assert len(metrics(found(RETRIEVAL, matching(even)), "share_gap")) == 1
    gaps = metrics(found(RETRIEVAL, matching(even), three), "share_gap")
    assert [metric.by["group"] for metric in gaps] == ["red", "blue", "green"]
    assert sum(value(metric).value for metric in gaps) == pytest.approx(0, abs=1e-9)
    assert value(gaps[0]).level == stats.LEVEL
