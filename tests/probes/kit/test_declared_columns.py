"""Columns that stand beside their cells, and what a measure says of itself."""

from __future__ import annotations

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.tables import Head, Listing, interval, label, mean_of, number, quantities
from fairwitness.probes.kit.words import Words

WORDS = Words(
    {
        "table": {"groups": {"caption": "Groups", "heads": {"low": "lowest"}}, "spread": {"caption": "How far apart"}},
        "spread": {"sd": "standard deviation"},
        "measure": {"gap": {"name": "The gap", "says": "it is {value}"}},
    }
)
Row = tuple[str, Estimate | Undefined]


def test_an_interval_fills_three_columns_and_where_there_is_none_the_value_alone() -> None:
    listing: Listing[Row] = Listing(
        "groups",
        WORDS,
        label("group", lambda row: row[0]),
        interval(("gap", "low", "high"), lambda row: row[1], "share", lambda _: 7.0),
    )
    known = Estimate(value=0.5, low=0.25, high=0.75, level=0.95, n=4, method="")
    table = listing.of([("a", known), ("b", Undefined("too few"))])
    assert table.rows == (("a", 0.5, 0.25, 0.75), ("b", 7.0, None, None))
    assert [(column.name, column.role, column.unit) for column in table.columns] == [
        ("group", "label", ""),
        ("gap", "number", "share"),
        ("lowest", "number", "share"),
        ("high", "number", "share"),
    ]
    assert listing.cells(("a", known)) == table.rows[0]


def test_columns_may_be_given_one_by_one_several_at_once_or_not_at_all() -> None:
    def multiple(times: int) -> Head[int]:
        return number(f"times {times}", lambda row: row * times)

    listing: Listing[int] = Listing(
        "groups",
        WORDS,
        label("low", str),
        map(multiple, (2, 3)),
        interval(("gap", "from", "to"), lambda row: None),
        (),
    )
    table = listing.of([5])
    assert [column.name for column in table.columns] == ["lowest", "times 2", "times 3", "gap", "from", "to"]
    assert table.rows == (("5", 10, 15, None, None, None),)
    assert listing.of([5, 6]).rows[1][1] == 12, "columns that were given by an iterator are there for every table"


def test_quantities_are_named_by_the_words_of_their_keys() -> None:
    table = quantities("spread", WORDS, "nats").of({"sd": 0.25}.items())
    assert table.rows == (("standard deviation", 0.25),)
    assert [(column.name, column.unit) for column in table.columns] == [("quantity", ""), ("value", "nats")]


def test_the_mean_of_nothing_is_an_empty_cell() -> None:
    assert (mean_of([1.0, 2.0, 6.0]), mean_of(())) == (3.0, None)
    assert (mean_of(np.array([1.0, 4.0])), mean_of(np.array([]))) == (2.5, None)


def test_a_measure_that_does_not_stand_for_its_probe_has_no_tag_of_it() -> None:
    unknown = Undefined("too few")
    plain = Measure(name="gap", words=WORDS, unit="share", tags=("extrinsic",))
    beside = Measure(name="gap", words=WORDS, unit="share", tags=("extrinsic",), headline=False)
    metrics = [measure.metric(unknown) for measure in (plain, beside)]
    assert [metric.tags for metric in metrics] == [("extrinsic", "overall"), ("extrinsic",)]
    assert [metric.scope for metric in metrics] == ["overall", "overall"]
