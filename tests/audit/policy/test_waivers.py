"""A waiver takes exactly what it names, holds all that others promised, and tells what it met and what it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fairwitness.audit import policy
from fairwitness.audit.policy import Policy
from fairwitness.audit.records import (
    Estimate,
    Interval,
    Measured,
    Metric,
    ProbeSpec,
    Undefined,
    UndefinedKind,
    Verdict,
    WaiverUse,
    languages,
)

TODAY = date(2026, 11, 22)
PROBE = ProbeSpec(
    name="decisions",
    version="1",
    family="fairness",
    title="decisions",
    question="q",
    why="w",
    how_to_read="h",
    needs=(("Predict",),),
    citations=("c",),
    limits=("l",),
)
WIDE = (Interval(0.99, 0.85, 0.99),)
RULE = {"id": "r", "select": "decisions/*", "op": ">=", "value": 0.8}


def ratio(**parts: Any) -> Metric:
    """A ratio of 0.6, which the rule says must be 0.8; `parts` are those of a metric."""
    estimate = Estimate(value=0.6, low=0.5, high=0.7, level=0.95, n=100, method="by hand")
    fields: dict[str, Any] = {"name": "ratio", "estimate": estimate, "unit": "rate", "better": "none", "claim": "c"}
    return Metric(**{**fields, **parts})


def waiver(select: str = "decisions/ratio", **more: Any) -> dict[str, Any]:
    return {"select": select, "reason": "few people", "owner": "risk", "expires": "2027-03-31", **more}


def judged(
    metrics: Sequence[Metric], *waivers: dict[str, Any], rule: dict[str, Any] = RULE
) -> tuple[tuple[Verdict, ...], tuple[WaiverUse, ...]]:
    read = Policy.model_validate({"version": 1, "rules": [rule], "waivers": waivers})
    result = Measured(probe=PROBE, metrics=tuple(metrics), evidence=(), requests=10, unanswered=0)
    return policy.judged(read, [result], "Bert", TODAY)


METRICS = {
    "all": ratio(),
    "Asian": ratio(by={"race": "Asian"}, against="White"),
    "White": ratio(by={"race": "White"}),
    "Asian women": ratio(by={"race": "Asian", "sex": "F"}),
    "races": ratio(variant={"groups": "race"}),
    "outcome": ratio(by={"race": "Asian"}, variant={"outcome": "high"}),
    "clash": ratio(by={"outcome": "x"}, variant={"outcome": "high"}),
    "detail": ratio(name="gap", scope="detail"),
}


@pytest.mark.parametrize(
    ("select", "taken"),
    [
        ("decisions/ratio", {"all"}),
        ("decisions/ratio[]", {"all"}),
        ("decisions/*", {"all", "detail"}),
        ("decisions/ratio[race=Asian]", {"Asian"}),
        ("decisions/ratio[race=*]", {"Asian", "White"}),
        ("decisions/ratio[race=Asian, against=White]", {"Asian"}),
        ("decisions/ratio[race=Asian, against=Black]", set()),
        ("decisions/ratio[race=Asian, *]", {"Asian", "Asian women", "outcome"}),
        ("decisions/ratio[*, race=Asian]", {"Asian", "Asian women", "outcome"}),
        ("decisions/ratio[race=Asian, sex=F]", {"Asian women"}),
        ("decisions/ratio[sex=F]", set()),
        ("decisions/ratio[groups=race]", {"races"}),
        ("decisions/ratio[race=Asian, outcome=high]", {"outcome"}),
        ("decisions/ratio[outcome=x]", set()),
        ("decisions/ratio[outcome=x, *]", {"clash"}),
        ("decisions/ratio[*]", set(METRICS) - {"detail"}),
        ("decisions/*[*]", set(METRICS)),
        ("decisions/* scope:detail", {"detail"}),
    ],
)
def test_a_waiver_takes_exactly_what_it_names(select: str, taken: set[str]) -> None:
    verdicts, _ = judged(list(METRICS.values()), waiver(select), rule={**RULE, "fail_alpha": 0.05, "min_n": 1})
    by_key = {(verdict.metric_key): verdict.outcome for verdict in verdicts if verdict.rule == "r"}
    assert {name for name, metric in METRICS.items() if by_key[metric.key] == "waived"} == taken


def test_a_fingerprint_takes_one_result_and_every_rule_on_it() -> None:
    known = policy.fingerprint("decisions", METRICS["clash"].key, "Bert")
    verdicts, _ = judged(list(METRICS.values()), {**waiver(), "select": None, "fingerprint": known})
    assert [verdict.outcome for verdict in verdicts if verdict.outcome == "waived"] == ["waived"]
    assert next(verdict for verdict in verdicts if verdict.outcome == "waived").by == {"outcome": "x"}


@pytest.mark.parametrize("select", ["tag:own_data", "scope:detail", "*/*", "*/*[*]", "*/*[race=Asian]"])
def test_a_waiver_that_names_neither_probe_nor_metric_is_refused(select: str) -> None:
    with pytest.raises(ValueError, match="names neither"):
        judged([ratio()], waiver(select))


def test_each_waiver_lists_what_it_covered_and_what_it_did_not_name() -> None:
    fine = replace(
        ratio(by={"race": "Black"}),
        estimate=Estimate(value=0.95, low=0.9, high=0.99, level=0.95, n=100, method="", wider=WIDE),
    )
    _, (use,) = judged([METRICS["Asian"], METRICS["Asian women"], fine], waiver("decisions/ratio[race=Asian]"))
    assert [(meeting.rule, meeting.effect) for meeting in use.meetings] == [("r", "waived"), ("r", "not_named")]
    expected = [policy.fingerprint("decisions", METRICS[name].key, "Bert") for name in ("Asian", "Asian women")]
    assert [meeting.fingerprint for meeting in use.meetings] == expected
    assert (use.target, use.owner, use.expires) == ("decisions/ratio[race=Asian]", "risk", "2027-03-31")


def test_terms_of_a_waiver_stand_in_the_document() -> None:
    full = waiver(approved_by="board", ticket="R-7", created="2026-10-01", max_value=0.5, covers=["not_measured"])
    _, (use,) = judged([ratio()], full)
    assert (use.approved_by, use.ticket, use.created, use.max_value, use.covers) == (
        *("board", "R-7", "2026-10-01", 0.5),
        ("not_measured",),
    )


@pytest.mark.parametrize(
    ("more", "effect", "outcome"),
    [
        ({}, "waived", "waived"),
        ({"max_value": 0.6}, "waived", "waived"),
        ({"max_value": 0.61}, "exceeded", "fail"),
        ({"expires": "2026-11-22"}, "waived", "waived"),
        ({"expires": "2026-11-21"}, "expired", "fail"),
    ],
)
def test_what_a_waiver_does_is_told(more: dict[str, Any], effect: str, outcome: str) -> None:
    verdicts, (use,) = judged([ratio()], waiver(**more))
    assert [meeting.effect for meeting in use.meetings] == [effect]
    assert verdicts[0].outcome == outcome
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    ("kind", "covers", "outcome"),
    [
        ("not_estimable", [], "not_measured"),
        ("not_estimable", ["not_interpretable"], "not_measured"),
        ("not_estimable", ["not_measured"], "waived"),
        ("not_interpretable", [], "inconclusive"),
        ("not_interpretable", ["not_measured"], "inconclusive"),
        ("not_interpretable", ["not_interpretable"], "waived"),
    ],
)
def test_absence_is_waived_only_where_the_waiver_covers_it(
    kind: UndefinedKind, covers: list[str], outcome: str
) -> None:
    verdicts, (use,) = judged([ratio(estimate=Undefined("x", kind=kind))], waiver("decisions/ratio[*]", covers=covers))
    assert verdicts[0].outcome == outcome
    assert [meeting.effect for meeting in use.meetings] == ["waived" if outcome == "waived" else "not_covered"]
    assert verdicts[0].counts == (outcome != "waived")


@pytest.mark.parametrize(
    ("second", "outcome", "contradicted"),
    [
        ({}, "waived", False),
        ({"ticket": "R-8", "reason": "another"}, "waived", False),
        ({"owner": "board"}, "waived", True),
        ({"approved_by": "board"}, "waived", True),
        ({"max_value": 0.5}, "waived", True),
        ({"max_value": 0.7}, "fail", True),
        ({"max_value": 0.7, "expires": "2026-01-01"}, "waived", False),
        ({"select": "decisions/ratio[*]", "max_value": 0.7}, "fail", True),
    ],
)
def test_of_several_waivers_all_hold_and_contradictions_are_told(
    second: dict[str, Any], outcome: str, contradicted: bool
) -> None:
    for waivers in ((waiver(), waiver(**second)), (waiver(**second), waiver())):
        verdicts, uses = judged([ratio()], *waivers)
        assert verdicts[0].outcome == outcome
        assert any(meeting.contradicted for use in uses for meeting in use.meetings) == contradicted
        for said in languages(verdicts[0].reason).values():
            assert ("contradict" in said or "矛盾" in said) == contradicted


def test_an_unused_waiver_counts_what_it_did_not_name() -> None:
    verdicts, _ = judged([METRICS["Asian"], METRICS["Asian women"]], waiver())
    (unused,) = [verdict for verdict in verdicts if verdict.rule == "waiver"]
    assert unused.values == {"near": 2}
    assert "unused waiver" in unused.reason
    assert "2; a waiver takes only the groups that it names" in unused.reason
    assert not unused.counts


def test_two_waivers_of_one_target_contradict_each_other_without_a_run() -> None:
    read = Policy.model_validate(
        {
            "version": 1,
            "rules": [RULE],
            "waivers": [waiver(), waiver(max_value=0.5), waiver("decisions/gap"), waiver(expires="2026-01-01")],
        }
    )
    assert policy.contradictions(read.waivers, TODAY) == [(read.waivers[0], read.waivers[1])]


def test_a_rule_is_as_wide_as_before() -> None:
    for select, count in (
        ("decisions/ratio[race=Asian]", 3),
        ("decisions/ratio[race=Asian, *]", 3),
        ("decisions/ratio[*]", 7),
    ):
        assert len(judged(list(METRICS.values()), rule={**RULE, "select": select})[0]) == count
