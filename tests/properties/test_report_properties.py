"""Whatever a document holds, its card, its tables and its findings can be had."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from hypothesis import HealthCheck, given, settings

import fairwitness
from audits import audits
from fairwitness.audit.records import Audit, Measured

ALLOWED = {"div", "style", "p", "span", "ul", "li", "b", "br", "code"}


class Names(HTMLParser):
    """The elements of a card and the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.seen.update(f"{tag}.{name}" for name, _ in attrs)


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
    listed = report.evidence()
    assert len(listed) == sum(len(result.evidence) for result in measured)
    assert all(map(str, report.findings))
