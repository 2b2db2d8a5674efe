"""Pages of documents that are unusual in size: hundreds of groups, tens of probes, a single row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.reading import read
from golden.sample import sample

from fairwitness.audit.records import Audit, Measured
from fairwitness.reports import html

GROUPS = 300
PROBES = 60


def measured(name: str) -> Measured:
    return next(result for result in sample().results if isinstance(result, Measured) and result.probe.name == name)


def with_results(*results: Measured) -> Audit:
    return replace(sample(), results=results)


@pytest.mark.slow
def test_all_of_three_hundred_groups_stand_on_a_page_below_a_megabyte() -> None:
    result = measured("group_fairness")
    group = next(metric for metric in result.metrics if len(metric.by) == 1)
    regions = tuple(replace(group, by={"region": f"region {place:03}"}) for place in range(GROUPS))
    page = html.render(with_results(replace(result, metrics=(*result.metrics, *regions))))
    assert len(page.encode()) < 1_000_000
    text = read(page).text
    assert not [place for place in range(GROUPS) if f"region {place:03}" not in text]


@pytest.mark.slow
def test_sixty_probes_have_a_row_each_in_the_overview_and_a_section_each() -> None:
    result = measured("gender")
    small = replace(result, metrics=result.metrics[:2], evidence=result.evidence[:1], items=None, pictures=())
    results = []
    for place in range(PROBES):
        probe = replace(small.probe, name=f"probe_{place}", title=f"Probe number {place}")
        results.append(replace(small, probe=probe))
    tree = read(html.render(with_results(*results)))
    sections = tree.find("section", kind="probe")
    assert len(sections) == PROBES
    anchors = {f"#{section.attributes['id']}" for section in sections}
    assert anchors <= {link.attributes["href"] for link in tree.find("header", id="top")[0].find("a")}


def test_a_single_row_is_a_page() -> None:
    result = measured("group_fairness")
    pieces = tuple(replace(piece, rows=piece.rows[:1], total=1) for piece in result.evidence)
    single = replace(result, metrics=result.metrics[:1], evidence=pieces)
    page = html.render(replace(with_results(single), verdicts=()))
    assert len(read(page).find("section", kind="probe")) == 1
