"""The rows that LL144 stores: categories of the rule, who counts, and by these two runs are paired."""

from __future__ import annotations

from collections.abc import Sequence

from pairs import audit as document_of

from fairwitness.audit.comparison import compare
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Cell, DecisionRows, Measured
from fairwitness.audit.requests import Answer, Prediction, Unanswered
from fairwitness.probes.fairness.ll144 import PROBE
from organisms import context, drive, table

SEXES = ["Male", "m"] * 40 + ["Female", "f"] * 30
RACES = (["White"] * 3 + ["Asian"] * 2) * 28
DECIDED = [1, 0, 1, 1, 0, 0, 1] * 20


def audit(decisions: Sequence[int], given: Sequence[Answer] = (), races: Sequence[str] = RACES) -> Findings:
    columns: dict[str, Sequence[Cell]] = {"sex": SEXES, "race": list(races), "decision": list(decisions)}
    asked = context(
        PROBE, ("Predict",), {"table": table("table", columns)}, sex="sex", race="race", min_group=2, favourable="1"
    )
    answers = iter(given or [Prediction(str(cell), None) for cell in decisions])
    return drive(PROBE, asked, lambda _: next(answers))


def rows(findings: Findings) -> DecisionRows:
    assert isinstance(findings.items, DecisionRows)
    return findings.items


def test_rows_are_those_of_the_table_by_the_categories_of_the_rule() -> None:
    found = rows(audit(DECIDED, races=["Klingon", *RACES[1:]]))
    assert found.groups["race"][:2] == ("(missing)", "White")
    assert found.groups["sex"] == ("Male",) * 80 + ("Female",) * 60
    assert found.selected == tuple(cell == 1 for cell in DECIDED)
    assert found.rule == "selection rate"


def test_a_row_without_an_answer_is_there_and_not_selected() -> None:
    given = [Prediction(str(cell), None) for cell in DECIDED]
    found = rows(audit(DECIDED, [Unanswered("rows have no value", "no_decision"), *given[1:]]))
    assert (len(found), found.decisions[0], found.selected[0]) == (140, None, False)


def test_two_runs_about_the_same_persons_are_paired() -> None:
    """Some of the selected are no longer: each rate that holds one of them falls, row by row."""
    runs = []
    for name, decisions in (("before", DECIDED), ("after", [0] * 30 + DECIDED[30:])):
        found = audit(decisions)
        result = Measured(
            probe=PROBE.spec,
            metrics=tuple(found.metrics),
            evidence=(),
            requests=140,
            unanswered=0,
            items=found.items,
        )
        runs.append(document_of([result], sha=name, fingerprint=name))
    rates = [change for change in compare(*runs).changes if change.metric.name == "selection_rate"]
    assert {change.pairing for change in rates if change.p_value is not None} == {"paired"}
