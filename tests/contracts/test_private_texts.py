"""A user's own texts stand in nothing that a probe shows, unless the run was told to show secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from labels import labels_of
from standins.every import SCENARIOS, in_part, params
from standins.runs import Scenario, StandIn, packaged_tables

from fairwitness.audit import policy, probe, runner
from fairwitness.audit.engine import Engine
from fairwitness.audit.records import DecisionRows, Failed, Measured, ProbeResult, ScoredItems, SubjectInfo, Table
from fairwitness.audit.runner import BoundData

pytestmark = pytest.mark.slow

WINDOW = 4
"""Words that must not follow one another in what is shown as they do in a text of the user's."""
ASKED = [one for one in SCENARIOS if one.needs != ("Predict",) and probe.find(one.probe).spec.family != "fairness"]


def mine(table: Table) -> Table:
    """The table as a file of the user's."""
    return replace(table, source=replace(table.source, source="mine.csv", licence=""))


def result_of(scenario: Scenario, *, show_secrets: bool) -> tuple[ProbeResult, dict[str, Table]]:
    """The result of a run in which every table is a file of the user's, and those tables."""
    chosen = probe.find(scenario.probe)
    info = SubjectInfo(
        spec="stand-in",
        fingerprint="0" * 64,
        kind=scenario.kind,
        architecture="StandIn",
        parameters=1,
        dtype="float32",
        capabilities=(*scenario.needs, *scenario.more),
    )
    tables = {name: mine(one) for name, one in {**packaged_tables(scenario.probe), **scenario.tables}.items()}
    answer = scenario.fair or scenario.worst[0].answer
    model = StandIn(answer, info)
    engine = Engine(model, explainer=model)
    options = chosen.options.model_validate(dict(scenario.options))
    read, told = policy.load(None)
    supplied = {scenario.probe: BoundData(tables)}
    audit = runner.run([(chosen, options)], engine, info, supplied, {}, read, told, show_secrets=show_secrets)
    return audit.results[0], tables


def windows(text: str) -> set[str]:
    words = re.findall(r"[^\W_]+", text.lower())
    return {" ".join(words[at : at + WINDOW]) for at in range(len(words) - WINDOW + 1)}


def shown(found: ProbeResult) -> Iterator[tuple[str, str]]:
    """Every text that the document would hold, with where it stands; a strip or a matrix is read as one text."""
    if isinstance(found, Failed):
        yield "reason", found.reason
        yield "detail", found.detail
    if not isinstance(found, Measured):
        return
    for note in found.notes:
        yield "note", note
    for one in found.metrics:
        yield f"claim of {one.name}", one.claim
    for item in found.evidence:
        yield f"caption of {item.id}", item.caption
        yield f"columns of {item.id}", " ".join(column.name for column in item.columns)
        for at, column in enumerate(item.columns):
            if column.role == "image":  # the name of a file, which stands in place of the picture
                continue
            cells = [str(row[at]) for row in item.rows if isinstance(row[at], str)]
            if item.kind in ("tokens", "matrix"):
                yield f"{item.id}, {column.name}", " ".join(cells)
            for cell in cells:
                yield f"{item.id}, {column.name}", cell
    for name, labels in labels_in(found.items).items():
        yield from ((f"items, {name}", label) for label in labels if label)


def labels_in(items: object) -> Mapping[str, Sequence[str | None]]:
    """Every column of text that the items have."""
    match items:
        case ScoredItems():
            return {"id": items.ids, **items.clusters}
        case DecisionRows():
            return {**items.groups, "decision": items.decisions, "outcome": items.outcomes, "rule": (items.rule,)}
        case _:
            return {}


def leaks(found: ProbeResult, tables: dict[str, Table]) -> dict[str, str]:
    """Where words of a user's text stand as they stand there, with an example."""
    cells = {cell for one in tables.values() for column in one.columns.values() for cell in column}
    if isinstance(found, Measured):  # the name of a group is no text
        cells -= {label for one in found.metrics for label in labels_of(one).values()}
    own = {window for cell in cells if isinstance(cell, str) for window in windows(cell)}
    return {where: sorted(both)[0] for where, text in shown(found) if (both := windows(text) & own)}


@pytest.mark.parametrize("scenario", in_part(params(ASKED)))
def test_no_text_of_a_user_is_shown(scenario: Scenario) -> None:
    found, tables = result_of(scenario, show_secrets=False)
    assert leaks(found, tables) == {}


@pytest.mark.parametrize("scenario", params(one for one in ASKED if one.probe in ("pairs", "attribution", "gap")))
def test_with_show_secrets_they_are(scenario: Scenario) -> None:
    found, tables = result_of(scenario, show_secrets=True)
    assert leaks(found, tables)
