"""The bill of materials follows the schema of CycloneDX 1.6 and holds every number, interval and verdict."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from documented_facts import whole
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness.audit.records import Audit, Estimate, Measured
from fairwitness.reports.outputs import cyclonedx
from fairwitness.reports.outputs.cases import cases, problems

validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib is not installed")
pytest.importorskip("referencing", reason="the validator of cyclonedx-python-lib is not installed")


def planted() -> Audit:
    return Planter(itertools.cycle(corpus())).audit(sample())


AUDITS: dict[str, Callable[[], Audit]] = {
    "sample": sample,
    "hostile": planted,
    "crashed": lambda: replace(sample(), results=sample().results[-1:], verdicts=(), exit_code=3, outcome="incomplete"),
    "nothing": lambda: replace(sample(), results=(), verdicts=(), exit_code=4, outcome="nothing_ran"),
}


def wrong(text: str) -> list[str]:
    from cyclonedx.schema import SchemaVersion

    validator = validation.JsonStrictValidator(SchemaVersion.V1_6)
    return [str(error) for error in validator.validate_str(text, all_errors=True) or ()]


@pytest.mark.slow
@pytest.mark.parametrize("name", AUDITS)
def test_it_follows_the_schema(name: str) -> None:
    assert wrong(cyclonedx.render(AUDITS[name]())) == []


def test_the_schema_refuses_what_is_wrong() -> None:
    drawn = json.loads(cyclonedx.render(sample()))
    drawn["components"][0]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]["value"] = 1.0
    assert wrong(json.dumps(drawn))


def properties(holder: dict[str, Any]) -> dict[str, str]:
    return {entry["name"].removeprefix("fairwitness:"): entry["value"] for entry in holder["properties"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", AUDITS)
def test_every_number_and_every_verdict_stands_there(name: str) -> None:
    audit = AUDITS[name]()
    drawn = json.loads(cyclonedx.render(audit))
    (model,) = drawn["components"]
    card = model["modelCard"]
    said = properties(card)
    for case in cases(audit):
        assert said[f"verdict:{case.verdict.fingerprint}"] == case.verdict.outcome
        assert said[f"standing:{case.verdict.fingerprint}"] == case.standing
    for problem in problems(audit):
        if problem.verdict is None:
            assert f"problem:{problem.fingerprint}" in said
    run = properties(drawn["metadata"])
    assert (run["outcome"], run["exit_code"]) == (audit.outcome, str(audit.exit_code))
    estimates = [
        (metric.estimate.value, metric.estimate.low, metric.estimate.high)
        for result in audit.results
        if isinstance(result, Measured)
        for metric in result.metrics
        if isinstance(metric.estimate, Estimate)
    ]
    numbers = card["quantitativeAnalysis"]["performanceMetrics"]
    assert [
        (
            float(number["value"]),
            float(number["confidenceInterval"]["lowerBound"]),
            float(number["confidenceInterval"]["upperBound"]),
        )
        for number in numbers
    ] == estimates
    assert [text for text in card["considerations"]["technicalLimitations"] if text.endswith(": missing")]


def test_what_people_wrote_stands_in_its_places() -> None:
    audit = sample()
    drawn = cyclonedx.render(replace(audit, manifest=replace(audit.manifest, facts=whole())))
    assert wrong(drawn) == []
    card = json.loads(drawn)["components"][0]["modelCard"]
    assert card["considerations"]["useCases"] == card["considerations"]["users"] == ["said"]
    assert not [text for text in card["considerations"]["technicalLimitations"] if text.endswith(": missing")]
    assert properties(card)["fact:training_data.consent"] == "said (said)"


def test_groups_at_risk_are_those_whose_rules_did_not_pass() -> None:
    card = json.loads(cyclonedx.render(sample()))["components"][0]["modelCard"]
    groups = [entry["groupAtRisk"] for entry in card["considerations"]["fairnessAssessments"]]
    assert "race=Other / African-American" in groups
    assert not [entry for entry in card["considerations"]["fairnessAssessments"] if entry["harms"].startswith("pass")]


def test_equal_documents_have_equal_serial_numbers_and_others_do_not() -> None:
    assert cyclonedx.render(sample()) == cyclonedx.render(sample())
    other = replace(sample(), exit_code=3)
    first, second = (json.loads(cyclonedx.render(audit))["serialNumber"] for audit in (sample(), other))
    assert first != second
