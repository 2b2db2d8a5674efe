"""Whatever a document holds, its card, page, tables and findings can be had."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fairwitness
from audits import audits
from fairwitness.audit.records import Audit, Estimate, Measured, Metric

ALLOWED = {"div", "style", "p", "span", "ul", "li", "b", "br", "code"}
LARGEST, SMALLEST = 1.7e308, 5e-324
EXTREMES = st.sampled_from([-LARGEST, -1e154, -SMALLEST, 0.0, SMALLEST, 1e-320, 1.0, 1e154, 1e300, LARGEST])


class Names(HTMLParser):
    """The elements of a card and the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen.update(f"{tag}.{name}" for name, _ in attrs)


def with_extremes(audit: Audit, data: st.DataObject) -> Audit:
    """The document with the ends of what a number can be in the place of every estimate."""

    def extreme(metric: Metric) -> Metric:
        if not isinstance(metric.estimate, Estimate):
            return metric
        low, value, high = sorted(data.draw(st.tuples(EXTREMES, EXTREMES, EXTREMES)))
        estimate = replace(metric.estimate, value=value, low=low, high=high, wider=(), if_answered=None, n=9)
        return replace(metric, estimate=estimate, null=data.draw(st.none() | EXTREMES))

    results = []
    for result in audit.results:
        if isinstance(result, Measured):
            result = replace(result, metrics=tuple(map(extreme, result.metrics)))
        results.append(result)
    return replace(audit, results=tuple(results))


@pytest.mark.slow
@given(audits)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_document_has_a_card_and_tables(audit: Audit) -> None:
    report = fairwitness.Report(audit, Path("/nowhere"))
    names = Names()
    names.feed(report._repr_html_())
    allowed = ALLOWED | {"div.class", "div.lang", "p.class", "span.class", "span.lang"}
    assert names.seen <= allowed
    assert repr(report)
    measured = [result for result in audit.results if isinstance(result, Measured)]
    assert len(report.metrics) == sum(len(result.metrics) for result in measured)
    assert len(report.verdicts) == len(audit.verdicts)
    assert len(report.evidence()) == sum(len(result.evidence) for result in measured)
    assert all(map(str, report.findings))


@pytest.mark.slow
@given(audits, st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_document_of_the_largest_and_smallest_numbers_has_a_page_and_a_card(
    audit: Audit, data: st.DataObject
) -> None:
    report = fairwitness.Report(with_extremes(audit, data), Path("/nowhere"))
    for drawn in (report.to_html(), report._repr_html_()):
        assert "nan%" not in drawn
        assert '="nan"' not in drawn
