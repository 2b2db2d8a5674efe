"""Strips, points, signs, passages, and what rules leave open."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from judged_rows import SPEC

from fairwitness.audit.records import (
    Cell,
    Column,
    Evidence,
    Measured,
    Metric,
    Picture,
    ScoredItems,
    StoredItems,
    Undefined,
    Verdict,
)
from fairwitness.reports.pictures import Drawn, caveat, pictures_of
from fairwitness.reports.pictures.dots import Dots
from fairwitness.reports.pictures.matrix import Matrix
from fairwitness.reports.pictures.moves import moves
from fairwitness.reports.pictures.passages import Passages
from fairwitness.reports.pictures.reach import Reached
from fairwitness.reports.pictures.scatter import NAMED, Scatter
from fairwitness.reports.pictures.strip import MOST_DOTS, Strip
from fairwitness.reports.scorecard import Judgements
from pictured import metric, rates, verdict

STRIP = Picture(kind="strip", score="margin", by="category", metrics=("rate",), null=0.0)
NUMBERS = [Column(name, "number") for name in ("x", "x low", "x high", "y", "y low", "y high")]


def draw(
    picture: Picture,
    *evidence: Evidence,
    metrics: list[Metric] | None = None,
    verdicts: list[Verdict] | None = None,
    items: ScoredItems | StoredItems | None = None,
) -> list[Drawn]:
    result = Measured(
        probe=SPEC,
        metrics=tuple(metrics or ()),
        evidence=evidence,
        requests=1,
        unanswered=0,
        pictures=(picture,),
        items=items,
    )
    places = {piece.id: f"e-{piece.id}" for piece in evidence}
    return list(pictures_of(result, Judgements(verdicts or []), "p", places))


def items(scores: list[float | None], categories: list[str]) -> ScoredItems:
    return ScoredItems(
        ids=tuple(map(str, range(len(scores)))),
        scores={"margin": tuple(scores)},
        clusters={"category": tuple(categories)},
        unanswered=tuple(score is None for score in scores),
    )


def table(id: str, kind: str, columns: list[Column], *rows: tuple[Cell, ...]) -> Evidence:
    return Evidence(
        id=id,
        caption="",
        kind=kind,  # type: ignore[arg-type]
        columns=tuple(columns),
        rows=rows,
        total=len(rows),
    )


def dots_in(strip: Strip, row: int) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"M(\S+) (\S+?)h0", strip.rows[row].dots)]


def test_a_strip_has_a_dot_for_each_item_that_has_a_score() -> None:
    [strip] = draw(STRIP, items=items([1.0, -1.0, 0.0, None, 3.0], ["a", "a", "a", "a", "b"]))
    assert isinstance(strip, Strip)
    assert [(row.label, row.n, len(dots_in(strip, place))) for place, row in enumerate(strip.rows)] == [
        ("a", "3", 3),
        ("b", "1", 1),
    ]
    places = [x for x, _ in dots_in(strip, 0)]
    assert places == sorted(places)
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=10)


def test_equal_scores_are_stacked_and_too_many_share_a_dot() -> None:
    [strip] = draw(STRIP, items=items([1.0] * 3, ["a"] * 3))
    assert isinstance(strip, Strip)
    assert len(set(dots_in(strip, 0))) == 3
    [strip] = draw(STRIP, items=items([number / 7 for number in range(3 * MOST_DOTS)], ["a"] * 3 * MOST_DOTS))
    assert isinstance(strip, Strip)
    assert (len(dots_in(strip, 0)), strip.per) == (MOST_DOTS, "3")


def test_the_mean_of_a_strip_is_that_of_the_document_and_not_worked_out() -> None:
    means = table("means", "dots", [Column("category"), *NUMBERS[:3]], ("a", 0.25, 0.1, 0.4))
    picture = replace(STRIP, evidence=("means",))
    asked = items([1.0, -1.0], ["a", "b"])
    [strip] = draw(picture, means, items=asked, metrics=[metric("rate", 0.7, {"category": "a"})])
    assert isinstance(strip, Strip)
    assert [row.mean.text if row.mean else None for row in strip.rows] == ["+0.25", None]
    assert [row.value.text if row.value else None for row in strip.rows] == ["0.70", None]


def test_a_row_has_the_mean_of_its_own_groups_and_of_no_other_of_the_same_name() -> None:
    asked = ScoredItems(
        ids=("1", "2", "3", "4"),
        scores={"margin": (0.0, 0.0, 1.0, 1.0)},
        clusters={"category": ("name", "name", "race", "race"), "group": ("Black",) * 4},
        unanswered=(False,) * 4,
    )
    metrics = [
        metric("margin", value, {"category": name, "group": "Black"}) for name, value in (("name", 0.0), ("race", 1.0))
    ]
    picture = Picture(kind="strip", score="margin", by="category × group", null=0.0)
    [strip] = draw(picture, items=asked, metrics=metrics)
    assert isinstance(strip, Strip)
    assert [(row.label, row.mean.text if row.mean else "") for row in strip.rows] == [
        ("name × Black", "0.00"),
        ("race × Black", "+1.00"),
    ]
    [strip] = draw(replace(picture, by="group"), items=asked, metrics=metrics)
    assert isinstance(strip, Strip)
    assert [(row.label, row.mean) for row in strip.rows] == [("Black", None)]


def test_a_few_scores_far_out_stand_at_the_edge_and_are_counted() -> None:
    [strip] = draw(STRIP, items=items([1e9, *(number / 1000 for number in range(400))], ["a"] * 401))
    assert isinstance(strip, Strip)
    assert int(strip.beyond) >= 1


def test_scores_that_were_not_read_are_not_drawn() -> None:
    stored = StoredItems(kind="scored_items", file="items/p.parquet", sha256="0" * 64, rows=3)
    assert draw(STRIP, items=stored) == []
    assert draw(replace(STRIP, score="other"), items=items([1.0], ["a"])) == []
    assert draw(STRIP, items=items([None], ["a"])) == []


def points(*rows: tuple[Cell, ...]) -> Evidence:
    return table("by_share", "points", [Column("who"), *NUMBERS, Column("on", "flag")], *rows)


POINTS = Picture(kind="points", evidence=("by_share",))


def test_points_have_their_measured_line_with_a_band_and_few_names() -> None:
    rows: list[tuple[Cell, ...]] = [(f"job {k}", k, None, None, k % 7, k % 7 - 1, k % 7 + 1, None) for k in range(60)]
    line: list[tuple[Cell, ...]] = [(None, 0, None, None, 0, -1, 1, None), (None, 59, None, None, 2, 1, 3, None)]
    zero: list[tuple[Cell, ...]] = [(None, x, None, None, 0, None, None, None) for x in (0, 59)]
    gap: tuple[Cell, ...] = (None, None, None, None, None, None, None, None)
    [picture] = draw(POINTS, points(*zero, gap, *line, *rows))
    assert isinstance(picture, Scatter)
    assert picture.keys == ("bars", "fit", "ref")
    assert [picture.svg.count(part) for part in ("<circle", 'class="fit"', 'class="fitb"', 'class="ref"')] == [
        60,
        1,
        1,
        1,
    ]
    boxes = [tuple(map(float, place)) for place in re.findall(r'<text x="(\S+)" y="(\S+)">job', picture.svg)]
    assert 0 < len(boxes) <= NAMED
    assert all(abs(a[1] - b[1]) > 10 or abs(a[0] - b[0]) > 20 for a in boxes for b in boxes if a is not b)


def test_points_without_a_point_are_not_drawn() -> None:
    assert draw(POINTS, points((None, 0, None, None, 0, None, None, None))) == []


def test_of_a_secret_column_no_passage_is_drawn() -> None:
    columns = [Column("title"), Column("run", "number", "tokens"), Column("part", "text"), Column("text", "prompt")]
    row: tuple[Cell, ...] = ("A", 3, "was the best", "It was the best of times")
    picture = Picture(kind="passages", evidence=("t",))
    [drawn] = draw(picture, table("t", "table", columns, row))
    assert isinstance(drawn, Passages)
    assert [(p.before, p.part, p.after, p.facts) for p in drawn.passages] == [
        ("It ", "was the best", " of times", (("run", "3 tokens"),))
    ]
    for secret in (2, 3):
        hidden = [replace(column, secret=place == secret) for place, column in enumerate(columns)]
        assert draw(picture, table("t", "table", hidden, row)) == []
    assert draw(picture, table("t", "table", columns, ("A", 3, "never said", "It was"))) == []


def test_signs_tell_the_side_by_their_filling_and_the_size_by_their_area() -> None:
    columns = [Column("group"), Column("one", "number"), Column("two", "number"), Column("three", "number")]
    [picture] = draw(Picture(kind="matrix", evidence=("m",)), table("m", "matrix", columns, ("g", 4.0, -1.0, None)))
    assert isinstance(picture, Matrix)
    [(up, wide), (down, narrow)] = re.findall(r'<rect class="(\w+)"[^>]* width="(\S+)"', picture.svg)
    assert (up, down) == ("up", "dn")
    assert float(wide) / float(narrow) == pytest.approx(2, rel=0.05)
    assert picture.svg.count('class="no"') == 1


def open_verdict(on: Metric) -> Verdict:
    return verdict(on, "inconclusive", "within 0.2", 0.2)


def test_what_stays_open_shows_the_smallest_effect_beside_the_limit() -> None:
    gap = metric("gap", 0.15, scope="overall", null=0.0)
    *_, reached = draw(STRIP, metrics=[gap], verdicts=[open_verdict(gap)])
    assert isinstance(reached, Reached)
    [row] = reached.blocks[0].rows
    assert float(row.effect.exact) == pytest.approx(0.1 * (1.96 + 0.8416) / 1.96, abs=1e-3)
    assert row.limit.exact == "0.2"


@pytest.mark.parametrize("changes", [{"outcome": "pass"}, {"ground": "unanswered"}])
def test_what_more_units_would_not_decide_is_not_drawn(changes: dict[str, str]) -> None:
    gap = metric("gap", 0.15, scope="overall", null=0.0)
    assert draw(STRIP, metrics=[gap], verdicts=[replace(open_verdict(gap), **changes)]) == []  # type: ignore[arg-type]


def test_an_arrow_joins_the_rows_of_one_label_and_names_it_once() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("f vs m", 0.6, 0.5, 0.7, 0.2, 0.1, 0.3, False),
        ("f vs m", 0.9, 0.8, 1, 0.1, 0, 0.2, True),
    ]
    svg = moves(points(*rows))
    assert [svg.count(part) for part in ("<circle", 'class="way"', ">f vs m<", 'class="on"')] == [2, 1, 1, 1]
    assert moves(points()) == ""


def test_what_cannot_be_interpreted_is_said_beside_its_picture() -> None:
    unread = Undefined("validity check failed: it cannot read", "not_interpretable", "validity_check")
    result = Measured(
        probe=SPEC,
        metrics=(replace(metric("bias", 0.5, scope="overall"), estimate=unread), *rates(a=0.1, b=0.2)),
        evidence=(),
        requests=1,
        unanswered=0,
    )
    assert "it cannot read" in caveat(result)
    assert caveat(replace(result, metrics=result.metrics[1:])) == ""


def test_metrics_without_groups_are_rows_of_their_own() -> None:
    metrics = [metric(name, 0.5, scope="overall") for name in ("first", "second")]
    [picture] = draw(Picture(kind="dots", metrics=("first", "second", "third")), metrics=metrics)
    assert isinstance(picture, Dots)
    assert [row.label for row in picture.blocks[0].panels[0].track.rows] == ["First", "Second"]
    of_groups = [metric(name, None, {"sex": "f"}) for name in ("first", "second")]
    assert draw(Picture(kind="dots", metrics=("first", "second")), metrics=[*metrics, *of_groups]) == []
