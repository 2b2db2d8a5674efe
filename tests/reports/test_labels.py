"""Two group columns of the same values: wherever a group is named, its column stands with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from golden.reading import Node, read
from golden.sample import sample

from fairwitness.audit.comparison import compare
from fairwitness.audit.records import Audit, Estimate, Interval, Measured, Metric, ProbeSpec, Undefined, Verdict
from fairwitness.reports import html, markdown
from fairwitness.reports.comparison import FORMATS
from fairwitness.reports.labels import Labels

TITLE = "Decisions by group"
SPEC = ProbeSpec(
    name="decisions",
    version="1",
    family="fairness",
    title=TITLE,
    question="Q?",
    why="",
    how_to_read="",
    needs=(),
    citations=(),
    limits=(),
)
COLUMNS = ("Age over 26", "Foreign")


def contrast(column: str, value: float = 0.6, **more: str) -> Metric:
    by = {column: "no", **more}
    found = Estimate(value=value, low=value - 0.1, high=value + 0.1, level=0.95, n=400, method="by hand")
    return Metric(
        name="selection_rate_ratio",
        estimate=found,
        unit="ratio",
        better="higher",
        claim="",
        null=1.0,
        by=by,
        against=" × ".join(["yes"] * len(by)),
    )


def metrics(value: float = 0.6) -> tuple[Metric, ...]:
    crossed = contrast(COLUMNS[0], value, **{COLUMNS[1]: "no"})
    whole = replace(
        contrast(COLUMNS[0], value - 0.05), name="impact_ratio", by={}, against=None, variant={"groups": COLUMNS[0]}
    )
    without = replace(contrast(COLUMNS[1]), name="accuracy_difference", estimate=Undefined("too few rows"))
    return (*(contrast(column, value) for column in COLUMNS), crossed, whole, without)


def verdict(metric: Metric, at: int) -> Verdict:
    fields = {
        "rule": "four-fifths",
        "probe": SPEC.name,
        "metric": metric.name,
        "by": metric.by,
        "against": metric.against,
        "reason": "outside",
    }
    return Verdict(
        **fields,  # type: ignore[arg-type]
        variant=metric.variant,
        outcome="fail",
        ground="outside",
        severity="error",
        counts=True,
        fingerprint=f"f{at}",
        condition=">= 0.8",
        threshold=0.8,
    )


def audit(value: float = 0.6) -> Audit:
    found = metrics(value)
    gone = replace(found[0], name="gone", by={"Foreign": "no"}, against=None)
    verdicts = tuple(verdict(one, at) for at, one in enumerate((*found[:4], gone)))
    return replace(
        sample(),
        results=(Measured(probe=SPEC, metrics=found, evidence=(), requests=400, unanswered=0),),
        verdicts=verdicts,
    )


@pytest.fixture(scope="module")
def tree() -> Node:
    return read(html.render(audit()))


def text(node: Node) -> str:
    return " ".join(node.text.split())


def labels(by: dict[str, str], against: str | None = None, **variant: str) -> Labels:
    return Labels.of(replace(contrast("sex"), by=by, against=against, variant=variant))


def test_a_group_has_its_column_and_a_crossing_both() -> None:
    crossed = {"old": "no", "sex": "f"}
    assert labels({"sex": "f"}, "m").text == "sex=f vs m"
    assert labels(crossed, "yes × m").text == "old=no × sex=f vs old=yes × sex=m"
    assert labels(crossed, "all others").text == "old=no × sex=f vs all others"
    assert labels(crossed, "yes × m", outcome="C").text == "outcome=C · old=no × sex=f vs old=yes × sex=m"
    assert labels({}, groups="sex × old").text == "by sex × old"
    assert labels({"groups": "sex"}).text == "groups=sex"
    assert labels({}).text == ""
    assert labels(crossed, "yes × m").values == "no × f vs yes × m"
    assert labels(crossed, "yes × m").values_alone == "no × f"
    assert labels({"sex": "f"}, "m", score="sum").named("ratio") == "ratio score=sum sex=f vs m"


def test_every_finding_names_its_probe_and_its_column(tree: Node) -> None:
    said = [text(one) for one in tree.find("p", kind="fm")]
    assert len(said) > 1
    assert all(one.startswith(f"{TITLE} · ") for one in said)
    assert all(any(column in one for column in COLUMNS) for one in said)


def test_rows_of_the_scorecard_are_told_apart_and_found_by_their_column(tree: Node) -> None:
    rows = [text(one.find("th")[0]) for one in tree.find("section", id="scorecard")[0].find("tr", kind="r")]
    assert {"Selection rate ratio Age over 26=no vs yes", "Selection rate ratio Foreign=no vs yes"} <= set(rows)
    assert len(set(rows)) == len(rows)
    heads = tree.find("section", id="scorecard")[0].find("tr", kind="bh")
    assert all(TITLE in text(head) for head in heads)


def test_what_was_not_tested_names_the_column(tree: Node) -> None:
    gone = text(tree.find("section", id="not-tested")[0])
    assert "four-fifths · decisions · gone · Foreign=no" in gone
    assert re.search("Decisions by group.*Foreign=no", gone)


def test_markdown_and_comparison_name_the_column() -> None:
    listed = markdown.render(audit())
    assert "| Selection rate ratio | Foreign=no vs yes |" in listed
    found = compare(audit(), audit(0.9))
    page = read(FORMATS["html"][1](found))
    rows = [text(one.find("th")[0]) for one in page.find("tr", kind="r")]
    assert any(one.startswith("Selection rate ratio Foreign=no vs yes") for one in rows)
    assert len(set(rows)) == len(rows)
    assert not re.search(r"\| (no|yes) vs", FORMATS["md"][1](found))


def test_the_scale_of_a_block_holds_the_interval_that_decided() -> None:
    found = metrics()[0]
    decided = Interval(0.99, 0.3, 0.95)
    judged = replace(verdict(found, 0), outcome="inconclusive", decided=decided)
    shown = replace(
        sample(),
        results=(Measured(probe=SPEC, metrics=(found,), evidence=(), requests=400, unanswered=0),),
        verdicts=(judged,),
    )
    wide = re.search(r"<desc>n = 1 · ([0-9.]+) –", html.render(shown))
    assert wide is not None
    assert float(wide[1]) <= 0.3
