"""Every output of a document says the same verdicts as the document, whatever its texts try."""

from __future__ import annotations

import csv
import io
import itertools
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness import frames as report_frames
from fairwitness.audit.records import Audit
from fairwitness.reports import FORMATS
from fairwitness.reports.outputs import junit
from fairwitness.reports.outputs.cases import cases, problems
from fairwitness.reports.outputs.csv import harmless

NUMBERS = {"value", "low", "high", "level", "n", "null", "threshold"}


@pytest.fixture(scope="module", params=["sample", "hostile"])
def audit(request: pytest.FixtureRequest) -> Audit:
    if request.param == "sample":
        return sample()
    return Planter(itertools.cycle(corpus())).audit(sample())


def by_fingerprint(audit: Audit) -> dict[str, str]:
    """Outcome of every verdict on what was asked."""
    return {verdict.fingerprint: verdict.outcome for verdict in audit.verdicts if verdict.asked}


def unsettled(audit: Audit) -> dict[str, str]:
    return {mark: outcome for mark, outcome in by_fingerprint(audit).items() if outcome != "pass"}


def properties(element: ET.Element) -> dict[str, str]:
    return {item.attrib["name"]: item.attrib["value"] for item in element.findall("properties/property")}


def test_every_verdict_stands_somewhere(audit: Audit) -> None:
    standings = Counter(case.standing for case in cases(audit))
    counting = [verdict for verdict in audit.verdicts if verdict.counts and verdict.asked]
    assert standings["stops"] == len(counting) > 0
    assert min(standings["passed"], standings["warns"], standings["set_aside"]) > 0
    assert {problem.fingerprint for problem in problems(audit)} > set(unsettled(audit))


def test_junit_fails_where_a_release_stops(audit: Audit) -> None:
    root = ET.fromstring(junit.render(audit))  # noqa: S314 - we wrote it
    elements = root.findall("testsuite/testcase")
    found = {properties(case)["fingerprint"]: case for case in elements if "fingerprint" in properties(case)}
    assert {mark: properties(case)["outcome"] for mark, case in found.items()} == by_fingerprint(audit)
    for verdict in audit.verdicts:
        if verdict.asked:
            kinds = {child.tag for child in found[verdict.fingerprint]} - {"properties"}
            expected = "failure" if verdict.counts else "skipped"
            assert kinds == (set() if verdict.outcome == "pass" else {expected})
    assert root.attrib["tests"] == str(len(elements))
    assert root.attrib["failures"] == str(len(root.findall(".//failure")))
    assert root.attrib["errors"] == str(len(root.findall(".//error"))) == "1"
    assert root.attrib["skipped"] == str(len(root.findall(".//skipped")))
    outcome = root.findall("testsuite")[0]
    assert properties(outcome)["exit_code"] == str(audit.exit_code)
    assert outcome.findall("testcase/failure")


def test_junit_skips_with_the_waiver_and_the_key() -> None:
    audit = sample()
    left = replace(audit.verdicts[0], counts=False)
    text = junit.render(replace(audit, verdicts=(left, *audit.verdicts[1:])))
    root = ET.fromstring(text)  # noqa: S314 - we wrote it
    said = [element.attrib["message"] for element in root.findall(".//skipped")]
    assert any("key on_inconclusive" in message for message in said)
    assert any("waived: W-12" in message and "RISK-77" in message for message in said)
    assert any("the model answers no FillMask requests" in message for message in said)


def test_junit_is_read_by_others(audit: Audit) -> None:
    junitparser = pytest.importorskip("junitparser", reason="the reader of JUnit files is not installed")
    suites = junitparser.JUnitXml.fromstring(junit.render(audit).encode())
    kinds = Counter(type(result).__name__ for suite in suites for case in suite for result in case.result)
    stopping = sum(case.standing == "stops" for case in cases(audit))
    assert kinds["Failure"] == stopping + 1
    assert (kinds["Error"], kinds["Skipped"]) == (suites.errors, suites.skipped)


def test_tables_hold_every_verdict_and_metric(audit: Audit) -> None:
    frames = {"metrics": report_frames.metrics(audit), "verdicts": report_frames.verdicts(audit)}
    for name, frame in frames.items():
        stored = pq.read_table(io.BytesIO(FORMATS["parquet"].draw(audit)[f"{name}.parquet"])).to_pylist()
        text = FORMATS["csv"].draw(audit)[f"{name}.csv"]
        assert isinstance(text, str)
        read = list(csv.DictReader(io.StringIO(text)))
        assert len(read) == len(stored) == len(frame) > 0
        assert list(read[0]) == list(stored[0]) == list(frame.columns)
        for written, kept in zip(read, stored, strict=True):
            assert {key: number(cell) for key, cell in written.items() if key in NUMBERS} == {
                key: cell for key, cell in kept.items() if key in NUMBERS
            }
            texts = [cell for key, cell in written.items() if key not in NUMBERS]
            assert not [cell for cell in texts if cell.strip()[:1] in tuple("=+-@＝＋－＠")]
            assert written["outcome"] == kept["outcome"]
    judged = {row["fingerprint"]: row["outcome"] for row in read if row["asked"] == "True"}
    assert judged == by_fingerprint(audit)


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def test_a_number_stays_a_number_and_a_formula_becomes_a_text() -> None:
    cells = (-1.5, 3, None, True, "=1+1", "\t=1", "  @x", "-2", "−2", "", "plain")
    assert [harmless(cell) for cell in cells] == [
        -1.5, 3, None, True, "'=1+1", "'\t=1", "'  @x", "'-2", "−2", "", "plain",
    ]  # fmt: skip


@pytest.mark.parametrize(("outcome", "code"), [("inconclusive", 1), ("nothing_judged", 4), ("incomplete", 130)])
def test_a_run_that_is_no_pass_never_looks_like_one(outcome: str, code: int) -> None:
    audit = replace(sample(), results=(), verdicts=(), outcome=outcome, exit_code=code)  # type: ignore[arg-type]
    root = ET.fromstring(junit.render(audit))  # noqa: S314 - we wrote it
    assert int(root.attrib["failures"]) + int(root.attrib["errors"]) == 1
    (problem,) = problems(audit)
    assert problem.standing == "stops"


def test_a_document_gives_the_same_bytes(audit: Audit) -> None:
    for output in FORMATS.values():
        assert output.draw(audit) == output.draw(audit)
