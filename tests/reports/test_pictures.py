"""What is drawn under the question of a probe, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judged_rows import SPEC

from fairwitness.audit.records import Measured, Metric, Picture, Verdict
from fairwitness.reports.pictures import pictures_of
from fairwitness.reports.pictures.dots import MOST_ROWS, Dots
from fairwitness.reports.scorecard import Judgements
from pictured import metric, rates, verdict

RATES = Picture(kind="dots", metrics=("rate",), compared=("rate_ratio",))


def draw(metrics: list[Metric], verdicts: list[Verdict], *pictures: Picture) -> list[Dots]:
    result = Measured(
        probe=SPEC, metrics=tuple(metrics), evidence=(), requests=1, unanswered=0, pictures=tuple(pictures)
    )
    return [picture for picture in pictures_of(result, Judgements(verdicts), "p", {}) if isinstance(picture, Dots)]


def ratio(name: str, value: float) -> Metric:
    return metric("rate_ratio", value, {"sex": name}, against="m", null=1.0, unit="ratio")


def test_the_limit_of_a_ratio_stands_at_its_share_of_the_reference() -> None:
    judged = ratio("f", 0.5)
    [picture] = draw([*rates(m=0.6, f=0.3), judged], [verdict(judged, "fail", ">= 0.8", 0.8)], RATES)
    [panel] = picture.blocks[0].panels
    assert (panel.of, panel.rule, panel.bound) == ("m", "ratio", "≥ 0.8")
    assert "0.48" in panel.track.head  # 0.8 of the reference's 0.6
    assert [(row.label, row.outcome) for row in panel.track.rows] == [("m", ""), ("f", "fail")]


def test_the_limit_of_a_lower_over_higher_ratio_stands_to_both_sides_of_the_reference() -> None:
    judged = [replace(ratio(name, value), better="higher") for name, value in (("f", 0.5), ("x", 0.75))]
    verdicts = [verdict(each, "fail", ">= 0.8", 0.8) for each in judged]
    [picture] = draw([*rates(m=0.6, f=0.3, x=0.8), *judged], verdicts, RATES)
    [panel] = picture.blocks[0].panels
    assert "0.48_0.7499" in panel.track.head  # 0.8 of the reference's 0.6, and 0.6 over 0.8
    [picture] = draw([*rates(m=0.9, f=0.3, x=0.8), *judged], verdicts, RATES)
    assert "0.7200" in picture.blocks[0].panels[0].track.head
    assert "_1.12" not in picture.blocks[0].panels[0].track.head  # no share is above 1


def test_the_limit_of_a_difference_stands_to_both_sides_of_the_reference() -> None:
    judged = metric("rate_ratio", -0.2, {"sex": "f"}, against="m", null=0.0)
    [picture] = draw([*rates(m=0.5, f=0.3), judged], [verdict(judged, "fail", "within 0.1", 0.1)], RATES)
    [panel] = picture.blocks[0].panels
    assert (panel.rule, panel.bound) == ("difference", "0 ± 0.1")
    assert "0.4_0.6" in panel.track.head


def test_a_group_without_an_estimate_keeps_its_place_and_its_reason() -> None:
    [picture] = draw(rates(a=None, b=0.2, c=0.4), [])
    rows = picture.blocks[0].panels[0].track.rows
    assert [(row.label, row.value is None, row.why) for row in rows] == [
        ("c", False, ""),
        ("b", False, ""),
        ("a", True, "3 rows, 30 needed"),
    ]


def test_a_reference_without_an_estimate_draws_no_line_and_no_limit() -> None:
    judged = ratio("f", 0.5)
    [picture] = draw([*rates(m=None, f=0.3), judged], [verdict(judged, "fail", ">= 0.8", 0.8)], RATES)
    [panel] = picture.blocks[0].panels
    assert (panel.of, panel.rule) == ("", "")
    assert 'class="z"' not in panel.track.head


def test_of_many_groups_those_that_fail_are_kept_and_all_are_counted() -> None:
    judged = metric("rate", 0.5, {"sex": "judged"})
    many = rates(**{f"g{number}": 0.3 for number in range(300)})
    [picture] = draw([*many, judged], [verdict(judged, "fail", "<= 0.4", 0.4)])
    [block] = picture.blocks
    rows = block.panels[0].track.rows
    assert (len(rows), block.rows, block.total) == (MOST_ROWS, MOST_ROWS, 301)
    assert rows[0].label == "judged"


def test_among_many_open_groups_the_failing_ones_are_kept() -> None:
    judged = metric("rate", 0.5, {"sex": "judged"})
    many = rates(**{f"g{number}": 0.3 for number in range(60)})
    verdicts = [verdict(one, "inconclusive", "<= 0.4", 0.4) for one in many]
    [picture] = draw([*many, judged], [*verdicts, verdict(judged, "fail", "<= 0.4", 0.4)])
    assert picture.blocks[0].panels[0].track.rows[0].label == "judged"


@pytest.mark.parametrize("metrics", [[], rates(a=None, b=None), [metric("rate", 0.5, scope="overall")]])
def test_what_has_nothing_to_draw_is_not_drawn(metrics: list[Metric]) -> None:
    assert draw(metrics, []) == []
    assert draw(metrics, [], RATES) == []


def test_without_a_word_of_the_probe_the_metric_of_most_groups_is_drawn() -> None:
    metrics = [
        *(metric("of_two", 0.5, {"sex": name}, role="bias") for name in "ab"),
        *(metric("of_three", 0.5, {"job": name}, role="bias") for name in "abc"),
        *(metric("described", 0.5, {"job": name}, role="description") for name in "abcd"),
    ]
    assert [picture.names for picture in draw(metrics, [])] == [("Of three",)]


def test_a_crossing_of_columns_is_drawn_only_where_no_column_is_alone() -> None:
    crossed = [metric("rate", 0.5, {"sex": name, "race": "x"}) for name in "ab"]
    assert [block.by for block in draw([*rates(a=0.1, b=0.2), *crossed], [])[0].blocks] == ["sex"]
    assert [block.by for block in draw(crossed, [])[0].blocks] == ["sex × race"]
