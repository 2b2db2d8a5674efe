"""The methods of all probes side by side: material, groups with their numbers, counts and an example."""

from __future__ import annotations

from dataclasses import replace

from fairwitness.audit.records import (
    Column,
    DataNeed,
    DataSource,
    Estimate,
    Evidence,
    Measured,
    Metric,
    Undefined,
)
from fairwitness.reports.methods import MOST_GROUPS, Grouping, MethodsRow, example, methods_row
from fakes import spec


def metric(n: int | None = None, **by: str) -> Metric:
    estimate = (
        Undefined("too few") if n is None else Estimate(value=0.5, low=0.4, high=0.6, level=0.95, n=n, method="made up")
    )
    return Metric(
        name="gap",
        estimate=estimate,
        unit="share",
        better="near_zero",
        claim="",
        null=0.0,
        by=by,
        scope="group" if by else "overall",
    )


def of(*metrics: Metric, evidence: tuple[Evidence, ...] = (), needs: tuple[DataNeed, ...] = ()) -> MethodsRow:
    result = Measured(probe=spec("crows", data=needs), metrics=metrics, evidence=evidence, requests=3363, unanswered=2)
    sources = (DataSource(name="pairs", source="package:x/pairs.csv", sha256="0" * 64, licence="CC-BY-4.0", rows=1508),)
    return methods_row(result, "p-crows", sources)


def test_groups_are_listed_with_the_units_behind_their_own_values() -> None:
    found = of(
        metric(60, category="disability"),
        metric(87, category="age"),
        metric(12, category="age"),
        metric(None, category="religion"),
        replace(metric(999, category="age"), against="youth"),
    )
    # a comparison counts two groups at once, so 999 is nobody's number; what has no estimate has none either
    assert found.groupings == (
        Grouping("category", (("disability", "60"), ("age", "87"), ("religion", ""), ("youth", "")), 0),
    )


def test_ways_of_measuring_are_no_groups() -> None:
    assert of(*(replace(metric(5), variant={name: "mean"}) for name in ("score", "groups")), metric(5)).groupings == ()
    assert of(metric(5, score="mean"), metric(9, reference="youth")).groupings == (
        Grouping("score", (("mean", "5"),), 0),
        Grouping("reference", (("youth", "9"),), 0),
    )


def test_groups_of_crossed_metrics_are_listed_without_the_size_of_the_crossing() -> None:
    found = of(metric(30, sex="f", category="race"), metric(79, sex="f"))
    assert [(part.name, part.groups) for part in found.groupings] == [
        ("sex", (("f", "79"),)),
        ("category", (("race", ""),)),
    ]


def test_sizes_are_those_of_the_rows_and_a_crossing_is_no_group() -> None:
    """A share counts everybody and a crossing few; the table of groups says which there are, and how many rows each
    has: what is judged together, in a column or in a crossing, is no group beside them."""
    columns = (Column("by"), Column("group"), Column("rows", "number", "rows"), Column("selected", "number", "rows"))
    rows = (("all rows", "all rows", 10, 4), ("sex", "m", 7, 3), ("sex", "f", 3, 1), ("sex × old", "m × yes", 2, 1))
    found = of(
        metric(10, sex="m"),
        replace(metric(2, sex="m", old="yes"), against="f × no"),
        replace(metric(10, sex="f"), against="m"),
        replace(metric(None, sex="(smaller groups together)"), against="(all other groups)"),
        metric(8, sex="(all other groups)"),
        metric(8, sex="(all other groups)", old="yes"),
        replace(metric(10), variant={"groups": "sex"}, scope="group"),
        evidence=(Evidence(id="confusion", caption="", kind="table", columns=columns, rows=rows, total=4),),
    )
    assert [(part.name, part.groups) for part in found.groupings] == [
        ("sex", (("m", "7"), ("f", "3"))),
        ("old", (("yes", ""),)),
    ]


def test_without_a_table_the_first_value_of_a_group_tells_its_size_and_not_the_largest() -> None:
    found = of(metric(40, category="age"), metric(900, category="age"))
    assert [part.groups for part in found.groupings] == [(("age", "40"),)]
    ratio = replace(metric(1500, sex="m"), null=1.0)
    assert of(ratio, metric(900, sex="m")).groupings == (Grouping("sex", (("m", "900"),), 0),)


def test_many_groups_are_cut_and_counted() -> None:
    [part] = of(*(metric(5, group=f"group {at}") for at in range(MOST_GROUPS + 3))).groupings
    assert (len(part.groups), part.more) == (MOST_GROUPS, 3)


def test_the_units_are_those_of_the_main_metric() -> None:
    described = replace(metric(900), role="description")
    assert of(described, metric(1508)).units == "1,508"
    assert of(replace(metric(900), scope="detail"), metric(1508)).units == "1,508"
    assert of(metric(900), metric(80)).units == "900"
    assert of(described).units == "900"
    assert of(replace(metric(900), role="competence"), metric(None), metric(7, category="age")).units == ""
    assert of(replace(metric(900), variant={"score": "mean"})).units == ""


def test_counts_and_material_are_those_of_the_document() -> None:
    needs = (
        DataNeed(name="pairs", what="pairs of sentences"),
        DataNeed(name="absent", what="not given", required=False),
    )
    found = of(needs=needs)
    assert (found.requests, found.unanswered) == ("3,363", "2")
    assert [(one.what, one.rows, one.licence) for one in found.materials] == [
        ("pairs of sentences", "1,508", "CC-BY-4.0")
    ]


def test_of_two_files_for_needs_of_one_name_each_probe_shows_its_own() -> None:
    ours, theirs = (
        DataSource(name="occupations", source=path, sha256=digest * 64, licence="", rows=rows)
        for path, digest, rows in (("a", "a", 60), ("b", "b", 7))
    )
    needs = (DataNeed(name="occupations", what="occupations"),)
    for digest, rows in (("a", "60"), ("b", "7")):
        result = Measured(
            probe=spec("one", data=needs),
            metrics=(),
            evidence=(),
            requests=1,
            unanswered=0,
            notes=(),
            sources=(digest * 64,),
        )
        for sources in ((ours, theirs), (theirs, ours)):
            assert [one.rows for one in methods_row(result, "p", sources).materials] == [rows]


def test_the_example_is_the_first_text_that_the_model_saw_and_never_a_secret() -> None:
    table = Evidence(
        id="e",
        caption="",
        kind="table",
        columns=(Column("name"), Column("asked", "prompt"), Column("other", "prompt")),
        rows=(("a", "B c", None),),
        total=1,
    )
    assert example((table,)) == (("asked", "B c"),)
    hidden = replace(table, columns=tuple(replace(one, secret=True) for one in table.columns))
    assert example((hidden, table)) == (("asked", "B c"),)
    assert example((hidden,)) == ()
    long = replace(table, rows=(("a", "x" * 1000, None),))
    assert len(example((long,))[0][1]) == 280
