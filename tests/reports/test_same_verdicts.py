"""Every output says the outcome and the verdicts of its document; a new format must say here how it does."""

from __future__ import annotations

import csv
import io
import itertools
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import yaml
from golden.sample import sample
from hostile import Planter, corpus
from huggingface_hub.repocard import REGEX_YAML_BLOCK

from fairwitness.audit.outcomes import CODES
from fairwitness.audit.records import Audit, Estimate, Measured
from fairwitness.reports import FORMATS
from fairwitness.reports.outputs.cases import cases, problems
from fairwitness.reports.outputs.intoto import predicate

Verdicts = Mapping[str, str]
DRAWN = {
    "html": "tests/golden holds the page to the document",
    "md": "rows are linked by their fingerprints, the most grave alone",
    "comment": "a shorter summary, which tests of its own hold to the headline",
    "github": "a summary, whose annotations tests/reports/test_outputs.py counts",
}
"""Formats for people, which show verdicts as words and shapes; each with what holds it."""


def text(audit: Audit, name: str, file: str) -> str:
    content = FORMATS[name].draw(audit)[file]
    assert isinstance(content, str)
    return content


def judged(audit: Audit) -> Verdicts:
    return {verdict.fingerprint: verdict.outcome for verdict in audit.verdicts if verdict.asked}


def unsettled(audit: Audit) -> Verdicts:
    return {mark: outcome for mark, outcome in judged(audit).items() if outcome != "pass"}


def valued(audit: Audit) -> Verdicts:
    """Verdicts on metrics that have a value."""
    numbers = {
        (result.probe.name, metric.key)
        for result in audit.results
        for metric in (result.metrics if isinstance(result, Measured) else ())
        if isinstance(metric.estimate, Estimate)
    }
    return {
        verdict.fingerprint: verdict.outcome
        for verdict in audit.verdicts
        if verdict.asked and (verdict.probe, verdict.metric_key) in numbers
    }


def in_junit(audit: Audit) -> Verdicts:
    root = ET.fromstring(text(audit, "junit", "report.junit.xml"))  # noqa: S314 - we wrote it
    said = [
        {item.attrib["name"]: item.attrib["value"] for item in case.findall("properties/property")}
        for case in root.findall("testsuite/testcase")
    ]
    return {facts["fingerprint"]: facts["outcome"] for facts in said if "fingerprint" in facts}


def in_csv(audit: Audit) -> Verdicts:
    rows = csv.DictReader(io.StringIO(text(audit, "csv", "report.verdicts.csv")))
    return {row["fingerprint"]: row["outcome"] for row in rows if row["asked"] == "True"}


def in_parquet(audit: Audit) -> Verdicts:
    content = FORMATS["parquet"].draw(audit)["report.verdicts.parquet"]
    assert isinstance(content, bytes)
    rows = pq.read_table(io.BytesIO(content)).to_pylist()
    return {row["fingerprint"]: row["outcome"] for row in rows if row["asked"]}


def in_sarif(audit: Audit) -> Verdicts:
    (run,) = json.loads(text(audit, "sarif", "report.sarif"))["runs"]
    said = {
        result["partialFingerprints"]["fairwitness/v1"]: result["properties"]["outcome"] for result in run["results"]
    }
    return {mark: outcome for mark, outcome in said.items() if mark in judged(audit)}


def in_gitlab(audit: Audit) -> Verdicts:
    """Its severities are those of what each verdict does to a release."""
    standing = {case.verdict.fingerprint: case.standing for case in cases(audit)}
    graver = {"stops": ("critical", "major"), "warns": ("minor",), "set_aside": ("info",)}
    issues = json.loads(text(audit, "gitlab", "report.gitlab.json"))
    told = {issue["fingerprint"]: issue["severity"] for issue in issues if issue["fingerprint"] in standing}
    assert all(severity in graver[standing[mark]] for mark, severity in told.items())
    return {mark: judged(audit)[mark] for mark in told}


def in_card(audit: Audit) -> Verdicts:
    match = REGEX_YAML_BLOCK.search(text(audit, "card", "report.card.md"))
    index = yaml.safe_load(match.group(2))["model-index"] if match else []
    arguments = [metric["args"] for model in index for result in model["results"] for metric in result["metrics"]]
    return {said["fingerprint"]: said["verdict"] for said in arguments if "fingerprint" in said}


def in_cyclonedx(audit: Audit) -> Verdicts:
    (model,) = json.loads(text(audit, "cyclonedx", "report.cdx.json"))["components"]
    said = {entry["name"]: entry["value"] for entry in model["modelCard"]["properties"]}
    before = "fairwitness:verdict:"
    return {name.removeprefix(before): value for name, value in said.items() if name.startswith(before)}


READERS: Mapping[str, tuple[Callable[[Audit], Verdicts], Callable[[Audit], Verdicts]]] = {
    "junit": (in_junit, judged),
    "csv": (in_csv, judged),
    "parquet": (in_parquet, judged),
    "sarif": (in_sarif, unsettled),
    "gitlab": (in_gitlab, unsettled),
    "card": (in_card, valued),
    "cyclonedx": (in_cyclonedx, judged),
}
"""How the verdicts of a format are read, and which of the document's it holds."""
OUTCOMES = [*CODES.items(), ("incomplete", 130)]


@pytest.fixture(scope="module", params=["sample", "hostile"])
def audit(request: pytest.FixtureRequest) -> Audit:
    if request.param == "sample":
        return sample()
    return Planter(itertools.cycle(corpus())).audit(sample())


def test_every_format_is_held_to_the_verdicts() -> None:
    assert {*READERS, *DRAWN} == set(FORMATS)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_format_holds_the_verdicts_of_its_document(name: str, audit: Audit) -> None:
    read, expected = READERS[name]
    assert read(audit) == expected(audit)
    assert len(expected(audit)) > 5


@pytest.mark.parametrize(("outcome", "code"), OUTCOMES)
def test_a_format_says_how_the_run_ended(outcome: str, code: int) -> None:
    audit = replace(sample(), results=(), verdicts=(), outcome=outcome, exit_code=code)  # type: ignore[arg-type]
    stopped = bool(code)
    assert [problem.standing for problem in problems(audit)] == ["stops"] * stopped
    junit = ET.fromstring(text(audit, "junit", "report.junit.xml"))  # noqa: S314 - we wrote it
    assert (int(junit.attrib["failures"]) + int(junit.attrib["errors"]) > 0) is stopped
    (run,) = json.loads(text(audit, "sarif", "report.sarif"))["runs"]
    assert (run["invocations"][0]["exitCode"], bool(run["results"])) == (code, stopped)
    assert bool(json.loads(text(audit, "gitlab", "report.gitlab.json"))) is stopped
    drawn = json.loads(text(audit, "cyclonedx", "report.cdx.json"))
    facts = {entry["name"]: entry["value"] for entry in drawn["metadata"]["properties"]}
    assert (facts["fairwitness:outcome"], facts["fairwitness:exit_code"]) == (outcome, str(code))
    for name, file in (("md", "report.md"), ("github", "report.github.md"), ("card", "report.card.md")):
        assert f"exit code {code}." in text(audit, name, file)
    said = predicate(audit)
    assert (said["result"] == "FAILED") is stopped
    assert (said["fairwitness"]["outcome"], said["fairwitness"]["exitCode"]) == (outcome, code)
    assert bool(said["failedTests"]) is stopped


def test_a_test_result_has_every_verdict_once(audit: Audit) -> None:
    said = predicate(audit)
    by_list = {
        "passedTests": [case for case in cases(audit) if case.standing == "passed"],
        "warnedTests": [case for case in cases(audit) if case.standing in ("warns", "set_aside")],
        "failedTests": [case for case in cases(audit) if case.standing == "stops"],
    }
    for name, members in by_list.items():
        marks = [entry.rpartition(" #f-")[2] for entry in said[name]]
        of_run = len([problem for problem in problems(audit) if problem.verdict is None]) * (name == "failedTests")
        assert marks[of_run:] == [case.verdict.fingerprint for case in members]
        assert not [entry for entry in said[name] if "\n" in entry or "\x1b" in entry]


@pytest.mark.parametrize(
    ("outcome", "code", "left", "result"),
    [
        ("pass", 0, "pass", "PASSED"), ("pass", 0, "waived", "WARNED"), ("pass", 0, "inconclusive", "WARNED"),
        ("reported", 0, "pass", "WARNED"), ("fail", 1, "pass", "FAILED"), ("nothing_judged", 4, "pass", "FAILED"),
    ],
)  # fmt: skip
def test_only_a_run_that_passed_whole_is_passed(outcome: str, code: int, left: str, result: str) -> None:
    verdict = next(verdict for verdict in sample().verdicts if verdict.outcome == "pass")
    changed = replace(verdict, outcome=left, counts=False)  # type: ignore[arg-type]
    audit = replace(sample(), results=(), verdicts=(changed,), outcome=outcome, exit_code=code)  # type: ignore[arg-type]
    assert predicate(audit)["result"] == result
