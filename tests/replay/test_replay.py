"""Every probe finds the same from the same answers: the net for a change of its code that is meant to change nothing.

The answers were recorded once (`record.py`), so no model is asked. Metrics are compared by name and group, numbers at
1e-9 relative; tables by their shape and the sums of their columns. Words are free to change.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standins.every import in_part

from fairwitness.audit import policy
from fairwitness.audit.policy.judgements import judgements
from fairwitness.audit.policy.rules import AppliedRule
from fairwitness.audit.probe import Findings, find, registry
from fairwitness.audit.records import Estimate, Evidence, Measured, Metric, ScoredItems, Undefined, languages
from fairwitness.reports.pictures import pictures_of
from fairwitness.reports.scorecard import Judgements
from replay.declared import NOT_RECORDED, undeclared
from replay.recording import OtherRequests, Recording, numbers_of, read, replay

RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.json.gz"))
RELATIVE = 1e-9
SCORES = {"AUC", "F1", "ICAT", "I²", "LMS", "LPBS", "P(he)", "P(she)", "Q", "SS", "aul", "aula", "cps_original", "tau²"}
SIGNS = {"s_amb", "s_dis", "eta", "gamma", "mu"}
GIVEN = {"age", "race", "sex"}
NAMES = SCORES | SIGNS | GIVEN
"""Columns that are called the same in every language: names of scores and statistics, and those of the user's table."""


def differences(was: Any, now: Any, where: str = "") -> Iterator[str]:
    """The places where two trees of plain values differ by more than rounding."""
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            if key not in was or key not in now:
                yield f"{where}/{key} is {'new' if key not in was else 'gone'}"
            else:
                yield from differences(was[key], now[key], f"{where}/{key}")
    elif isinstance(was, list | tuple) and isinstance(now, list | tuple) and len(was) == len(now):
        for place, (before, after) in enumerate(zip(was, now, strict=True)):
            yield from differences(before, after, f"{where}/{place}")
    elif isinstance(was, float) and isinstance(now, int | float):
        if not math.isclose(was, now, rel_tol=RELATIVE, abs_tol=1e-12):
            yield f"{where}: {was!r} was recorded, {now!r} is found"
    elif was != now:
        yield f"{where}: {was!r} was recorded, {now!r} is found"


IN_PART = in_part([pytest.param(path, id=path.name.removesuffix(".json.gz")) for path in RECORDINGS])


@pytest.fixture(scope="module", params=IN_PART)
def replayed(request: pytest.FixtureRequest) -> tuple[Recording, Findings]:
    """A recording and what its probe finds now: asked once for all that is said of it."""
    recording = read(request.param)
    return recording, replay(recording)


@pytest.mark.slow
def test_the_same_answers_give_the_same_findings(replayed: tuple[Recording, Findings]) -> None:
    recording, findings = replayed
    assert list(differences(recording.findings, numbers_of(findings))) == []


@pytest.mark.slow
def test_reasons_have_codes_and_are_translated_where_the_probe_is(replayed: tuple[Recording, Findings]) -> None:
    recording, findings = replayed
    reasons = [metric.estimate for metric in findings.metrics if isinstance(metric.estimate, Undefined)]
    assert {reason.reason for reason in reasons if reason.code == "other"} == set()
    if recording.setting.probe in ("crows_pairs", "group_fairness", "ll144", "representation"):
        assert {reason.reason for reason in reasons if "zh" not in languages(reason.reason)} == set()


@pytest.mark.slow
def test_every_column_is_worded_or_a_name(replayed: tuple[Recording, Findings]) -> None:
    """A head whose key stands in no words is called by the key, and nobody sees that it is spelled otherwise there."""
    _, findings = replayed
    tables = [table for table in findings.evidence if table.kind not in ("matrix", "tokens")]
    heads = {str(column.name) for table in tables for column in table.columns if "zh" not in languages(column.name)}
    assert sorted(heads - NAMES) == []


@pytest.mark.slow
def test_what_is_found_is_declared(replayed: tuple[Recording, Findings]) -> None:
    """Policies name metrics by what is declared, and `fairwitness probes NAME` lists it."""
    recording, findings = replayed
    assert undeclared(recording.setting.probe, findings.metrics) == []


@pytest.mark.slow
def test_what_a_rule_judges_leads_to_texts_or_to_rows_of_people(replayed: tuple[Recording, Findings]) -> None:
    """Behind a verdict stands an example: the table that a metric names last shows texts or rows, if any table does."""
    recording, findings = replayed
    tables = {table.id: table for table in findings.evidence}
    without = [
        f"{metric.name} {dict(metric.by)}: {metric.evidence}"
        for metric in judged(recording.setting.probe, findings)
        if isinstance(metric.estimate, Estimate) and not shows_examples(tables[metric.evidence[-1]])
    ]
    assert without == []


def judged(probe: str, findings: Findings) -> Iterator[Metric]:
    """The metrics that a rule of the shipped policy reads."""
    result = measured(probe, findings)
    shipped, _ = policy.load(None)
    for rule in shipped.rules:
        for judgement in judgements(AppliedRule.of(rule, shipped.defaults), [result]):
            if judgement.metric is not None:
                yield judgement.metric


def measured(probe: str, findings: Findings) -> Measured:
    """The findings as a document holds them."""
    return Measured(
        probe=find(probe).spec,
        metrics=tuple(findings.metrics),
        evidence=tuple(findings.evidence),
        requests=1,
        unanswered=0,
    )


def shows_examples(table: Evidence) -> bool:
    """Whether a table has texts, the words of one, or the number of a row of a user's table."""
    roles = {column.role for column in table.columns}
    names = [str(column.name) for column in table.columns]
    return bool(roles & {"prompt", "text", "token"}) or any(
        name == "row" or name.startswith("row of") for name in names
    )


@pytest.mark.slow
def test_pictures_name_what_is_there(replayed: tuple[Recording, Findings]) -> None:
    """A name of nothing would draw nothing, without a word."""
    recording, findings = replayed
    names = {spec.name for spec in find(recording.setting.probe).metrics}
    kinds = {table.id: table.kind for table in findings.evidence}
    drawn = {"strip": "dots", "points": "points", "matrix": "matrix", "maps": "matrix", "tokens": "tokens"}
    drawn |= {"pair": "tokens", "waterfall": "dots", "heads": "matrix", "curves": "curves"}
    for picture in findings.pictures:
        assert {*picture.metrics, *picture.compared} - {""} <= names
        assert {kinds[name] for name in picture.evidence if name in kinds} <= {drawn.get(picture.kind, "table")}
        if picture.score:
            assert isinstance(findings.items, ScoredItems)
            assert picture.score in findings.items.scores
            assert set(picture.by.split(" × ")) <= set(findings.items.clusters)


@pytest.mark.slow
def test_pictures_of_what_has_a_value_are_drawn(replayed: tuple[Recording, Findings]) -> None:
    """A picture of metrics that no picture can hold together, or of columns that are never shown, draws nothing."""
    recording, findings = replayed
    result = measured(recording.setting.probe, findings)
    places = {table.id: table.id for table in findings.evidence}
    for picture in findings.pictures:
        named = [metric for metric in findings.metrics if metric.name in picture.metrics]
        rows = [metric for metric in named if metric.by or metric.variant] or named
        if picture.kind == "dots" and any(isinstance(metric.estimate, Estimate) for metric in rows):
            alone = replace(result, pictures=(picture,))
            drawn = [each.kind for each in pictures_of(alone, Judgements([]), "p", places)]
            assert picture.kind in drawn, picture


@pytest.fixture(scope="module")
def recorded() -> dict[str, set[str]]:
    """The names of the metrics in all recordings of each probe."""
    recorded: dict[str, set[str]] = {}
    for recording in map(read, RECORDINGS):
        names = {json.loads(key)[0] for key in recording.findings["metrics"]}
        recorded.setdefault(recording.setting.probe, set()).update(names)
    return recorded


@pytest.mark.proof
def test_what_is_declared_is_found_or_it_is_said_why_not(recorded: dict[str, set[str]]) -> None:
    for probe, names in recorded.items():
        missing = {spec.name for spec in find(probe).metrics} - names
        assert missing == set(NOT_RECORDED.get(probe, {})), probe
    assert NOT_RECORDED.keys() <= recorded.keys()


@pytest.mark.slow
def test_every_probe_of_ours_is_recorded(recorded: dict[str, set[str]]) -> None:
    ours = {name for name, probe in registry().items() if type(probe).__module__.startswith("fairwitness.")}
    assert recorded.keys() == ours


def _bug() -> Recording:
    [path] = [path for path in RECORDINGS if path.name.startswith("bug-FillMask-noisy")]
    return read(path)


@pytest.mark.slow
def test_a_number_that_moves_is_seen() -> None:
    recording = _bug()
    findings = replay(recording)
    first = next(metric for metric in findings.metrics if isinstance(metric.estimate, Estimate))
    assert isinstance(first.estimate, Estimate)
    moved = replace(first, estimate=replace(first.estimate, high=first.estimate.high * (1 + 1e-8)))
    others = [metric if metric is not first else moved for metric in findings.metrics]
    assert len(list(differences(recording.findings, numbers_of(replace(findings, metrics=others))))) == 1
    assert list(differences(recording.findings, numbers_of(replace(findings, metrics=others[1:])))) != []


@pytest.mark.slow
def test_other_requests_are_seen() -> None:
    recording = _bug()
    changed = replace(recording, rounds=[("0" * 16, answers) for _, answers in recording.rounds])
    with pytest.raises(OtherRequests, match="not the"):
        replay(changed)
    with pytest.raises(OtherRequests, match="fewer rounds"):
        replay(replace(recording, rounds=recording.rounds * 2))
