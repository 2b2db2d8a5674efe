"""The page of a trend: a point for each value, a gap where there is none, and no foreign markup."""

from __future__ import annotations

import re
from dataclasses import replace

from fairwitness.reports.trend import Measured, Plot, Step, charts_of, render

POINT = Measured(probe="p", metric="m", group="g=a", value=0.2, low=0.1, high=0.3, outcome="pass", threshold=0.5)


def step(number: int, *metrics: Measured) -> Step:
    return Step(step=number, epoch=number / 10, outcome="pass", exit_code=0, folder=f"step-{number}", metrics=metrics)


def test_a_missing_audit_leaves_a_gap() -> None:
    steps = [step(0, POINT), step(10, POINT), Step(step=20, reason="full"), step(30, POINT), step(40, POINT)]
    ((title, picture),) = charts_of(steps)
    assert title == "p · m · g=a"
    assert picture.count("<circle") == picture.count('class="bar"') == 4
    assert picture.count('class="run"') == 2, "no line runs across the gap"
    assert picture.count('class="limit"') == 1


def test_values_stand_where_they_belong() -> None:
    plot = Plot.of([0, 10], {0: POINT, 10: replace(POINT, low=-0.5)})
    assert (plot.low, plot.high) == (-0.5, 0.5), "intervals and the limit are on the plot"
    assert plot.y(0.5) < plot.y(0.2) < plot.y(-0.5)
    assert plot.x(0) < plot.x(5) < plot.x(10)
    single = Plot.of([7], {7: replace(POINT, value=1.0, low=1.0, high=1.0, threshold=None)})
    assert plot.x(0) < single.x(7) < plot.x(10)
    assert single.high > single.low


def test_broken_rules_come_first() -> None:
    bad = replace(POINT, metric="z", outcome="fail")
    assert [title for title, _ in charts_of([step(0, POINT, bad)])] == ["p · z · g=a", "p · m · g=a"]


def test_the_page_says_what_was_stopped_and_what_was_not_audited() -> None:
    page = render([step(0, POINT), Step(step=10, reason="<b>full</b>")], stopped_at=10)
    assert "Training was stopped at step 10" in page
    assert "not audited: &lt;b&gt;full&lt;/b&gt;" in page
    assert 'href="step-0/report.html"' in page
    assert "No audit gave a metric" in render([step(0)])
    assert 'lang="zh"' in render([step(0, POINT)], language="zh")


def test_nothing_foreign_becomes_markup() -> None:
    odd = replace(POINT, group="<script>x</script>", outcome='"><script>')
    page = render([step(0, odd)])
    assert "<script" not in page
    assert not re.search(r'class="">', page)
