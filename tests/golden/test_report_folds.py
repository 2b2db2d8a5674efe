"""Much of one kind is folded, and what is undecided or fails stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.reading import metric_rows, read
from golden.sample import sample

from fairwitness.audit.records import Measured, Outcome
from fairwitness.reports.html import render


@pytest.mark.slow
def test_many_rows_of_one_probe_leave_the_scorecard_to_what_is_judged() -> None:
    audit = sample()
    result = audit.results[1]
    assert isinstance(result, Measured)
    rates = [
        replace(metric, name=f"rate_{k}", scope="group")
        for k in range(5)
        for metric in result.metrics
        if metric.name == "selection_rate" and "sex" not in metric.by
    ]
    results = (replace(result, metrics=(*result.metrics, *rates)), *audit.results[2:])
    tree = read(render(replace(audit, results=results)))
    kept = [row.attributes["id"] for row in tree.find("section", id="scorecard")[0].find("tr", kind="r")]
    assert not [name for name in kept if "-rate-" in name and name.startswith("m-group-fairness-rate")]
    assert len([name for name in kept if name.startswith("m-group-fairness-false-positive")]) == 3
    section = tree.find("section", id="p-group-fairness")[0]
    assert len(metric_rows(section)) >= 30
    assert section.find("div", kind="multiples")


@pytest.mark.slow
def test_many_tables_of_one_split_are_folded_by_rate_with_the_open_ones_first() -> None:
    audit = sample()
    result = audit.results[1]
    assert isinstance(result, Measured)
    rates = [metric for metric in result.metrics if metric.name == "selection_rate" and len(metric.by) == 1]
    names = [f"rate_{k}{end}" for k in range(4) for end in ("", "_difference", "_ratio")]
    metrics = [replace(metric, name=name, scope="detail") for name in names for metric in rates]
    judged = [metric for metric in metrics if metric.name == "rate_2_ratio"][:1]
    verdicts = [replace(audit.verdicts[0], probe="group_fairness", metric=one.name, by=one.by) for one in judged]
    results = (replace(result, metrics=tuple(metrics)),)
    tree = read(render(replace(audit, results=results, verdicts=tuple(verdicts))))
    section = tree.find("section", id="p-group-fairness")[0]
    panel = section.find("details", kind="panel")[0]
    families = panel.find("details", kind="family")
    titles = [" ".join(family.find("summary")[0].text.split()) for family in families]
    worst = section.find("table", kind="score")[0]
    assert "Rate 2 ratio" in worst.find("caption")[0].text, "the one that is undecided stands open"
    assert titles[0].startswith("Rate 0 0.226 … 0.588")
    assert [title[:6] for title in titles] == ["Rate 0", "Rate 1", "Rate 2", "Rate 3"]
    assert ["open" in family.attributes for family in families] == [False] * 4
    assert [len(family.find("table")) for family in families] == [3, 3, 2, 3]
    assert len(metric_rows(section)) == len(metrics)


@pytest.mark.slow
def test_what_an_undecided_verdict_needs_stands_beside_it() -> None:
    audit = sample()
    why = "with n = 1099 the interval is too wide for this limit: more data are needed"
    verdicts = (replace(audit.verdicts[0], undecided=why),)
    tree = read(render(replace(audit, verdicts=verdicts)))
    [row] = [
        row
        for row in tree.find("section", id="scorecard")[0].find("tr", kind="r")
        if "inconclusive" in row.text.lower()
    ]
    assert why in row.find("td", kind="c-o")[0].text
    assert f"Undecided: {why}." in tree.find("ol", kind="findings")[0].find("li")[0].text


@pytest.mark.slow
@pytest.mark.parametrize(("judged", "first"), [(False, 2), (True, 2)])
def test_many_statements_are_folded_after_the_first(judged: bool, first: int) -> None:
    audit = sample()
    result = audit.results[0]
    assert isinstance(result, Measured)
    metrics = tuple(replace(result.metrics[0], name=f"m_{k}", claim=f"Claim {k}.") for k in range(20))
    lead = next(verdict for verdict in audit.verdicts if verdict.outcome == "fail")
    verdict = replace(lead, probe=result.probe.name, metric="m_0", by=metrics[0].by, against=metrics[0].against)
    verdict = replace(verdict, variant=metrics[0].variant)
    verdicts = (verdict,) if judged else ()
    tree = read(render(replace(audit, results=(replace(result, metrics=metrics),), verdicts=verdicts)))
    section = tree.find("section", id="p-gender")[0]
    lists = section.find("ul", kind="claims")
    assert [len(entries.find("li")) for entries in lists] == [first, 20 - first]
    assert f"Show {20 - first} more statements" in section.text


@pytest.mark.slow
def test_only_the_judged_rows_that_weigh_most_are_open_and_none_is_lost() -> None:
    audit = sample()
    first = audit.results[0]
    assert isinstance(first, Measured)
    metrics = tuple(replace(first.metrics[0], name=f"m_{k}", scope="overall") for k in range(30))
    lead = next(one for one in audit.verdicts if one.outcome == "fail")
    passing: list[Outcome] = ["pass"]
    failing: list[Outcome] = ["fail"]
    verdicts = tuple(
        replace(lead, probe=first.probe.name, metric=metric.name, by={}, against=None, variant={}, outcome=outcome)
        for metric, outcome in zip(metrics[:20], passing * 17 + failing * 3, strict=True)
    )
    tree = read(render(replace(audit, results=(replace(first, metrics=metrics),), verdicts=verdicts)))
    tables = tree.find("section", id="scorecard")[0].find("table")
    ids = [[row.attributes["id"] for row in table.find("tr", kind="r")] for table in tables]
    assert [len(rows) for rows in ids] == [10, 10, 10]
    assert {f"m-gender-m-{k}" for k in (17, 18, 19)} < set(ids[0]), "failures first, wherever the probe gave them"
    folds = tree.find("section", id="scorecard")[0].find("details")
    assert [" ".join(fold.find("summary")[0].text.split()) for fold in folds] == [
        "10 more judged rows",
        "10 rows that no rule judges",
    ]
