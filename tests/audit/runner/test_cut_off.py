"""What a budget cuts off is asked and not measured: no rule passes by it, and what was finished before stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fairwitness.audit import policy, runner
from fairwitness.audit.budget import Budget
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.outcomes import outcome_of
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Audit, Estimate, Interval, Measured, NotApplicable, languages
from fairwitness.audit.requests import Classify
from fairwitness.reports import FORMATS
from fakes import INFO, FakeModel, FakeProbe, asking, metric, spec


def sure(name: str, texts: Sequence[str], rounds: int = 1) -> FakeProbe:
    """A probe whose interval holds at every level that several comparisons need."""
    inner = asking(name, texts, rounds)

    def body(ctx: Context) -> ProbeRun:
        findings = yield from inner.run(ctx)
        (found,) = findings.metrics
        assert isinstance(found.estimate, Estimate)
        wider = (Interval(0.999, found.estimate.low, found.estimate.high),)
        estimate = replace(found.estimate, wider=wider)
        return replace(findings, metrics=[replace(found, estimate=estimate)])

    return FakeProbe(spec(name), body)


PROBES = (
    sure("first", [f"a {at}" for at in range(12)]),
    sure("second", [f"b {at}" for at in range(12)], rounds=2),
    sure("third", [f"a {at}" for at in range(6)]),
)
TOTAL = 12 + 24
"""Requests of all of them; those of the third are among the first's."""
RULES = """
version = 1
[[rules]]
id = "named"
select = "second/mean"
op = ">="
value = -1000
[[rules]]
id = "several"
select = "first|second|third/mean"
op = ">="
value = -1000
[[rules]]
id = "any"
select = "*/mean"
op = ">="
value = -1000
"""
KEPT_OPEN = RULES.replace("value = -1000", 'value = -1000\non_not_measured = "ignore"')


@pytest.fixture(autouse=True)
def _outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def audit(
    most: int | None,
    probes: Sequence[FakeProbe] = PROBES,
    rules: str = RULES,
    cache: AnswerCache | None = None,
    judge: Engine | None = None,
    spending: Budget | None = None,
) -> Audit:
    engine = Engine(FakeModel(), cache=cache, batch_tokens=16, spending=spending or Budget(requests=most))
    selected = [(probe, Options()) for probe in probes]
    supplied = runner.provide([probe.spec for probe in probes], {})
    return runner.run(selected, engine, INFO, supplied, {}, *policy.given(rules), judge=judge)


def cut_off(made: Audit) -> set[str]:
    return {
        result.probe.name
        for result in made.results
        if isinstance(result, NotApplicable) and result.code == "budget_spent"
    }


@pytest.mark.parametrize("most", range(1, TOTAL + 1))
def test_no_rule_passes_by_what_was_cut_off(most: int) -> None:
    made, whole = audit(most), audit(None)
    gone = cut_off(made)
    for result in made.results:
        if isinstance(result, Measured):
            assert result in whole.results, "what was finished is what it always is"
        else:
            assert result.probe.name in gone
            assert isinstance(result, NotApplicable)
            assert result.asked
    speaking = {"named": {"second"}, "several": {"first", "second", "third"}, "any": {"first", "second", "third"}}
    for verdict in made.verdicts:
        if verdict.probe in gone:
            assert (verdict.ground, verdict.outcome, verdict.counts) == ("cut_off", "not_measured", True)
    for rule, probes in speaking.items():
        silent = {verdict.probe for verdict in made.verdicts if verdict.rule == rule and verdict.ground == "cut_off"}
        assert silent == probes & gone, rule
    expected = (0,) if not gone else (4,) if len(gone) == len(PROBES) else (1,)
    assert (made.exit_code,) == expected
    assert (made.outcome, made.exit_code) == outcome_of(made.verdicts, made.results, made.status)


@pytest.mark.slow
def test_some_budgets_cut_some_and_none_cuts_what_it_could_answer() -> None:
    gone = [len(cut_off(audit(most))) for most in range(1, TOTAL + 1)]
    assert gone[-1] == 0
    assert {1, 2, 3} & set(gone), "a budget that cuts only some"
    assert gone == sorted(gone, reverse=True)


def test_a_key_of_the_policy_can_leave_it_open_and_a_run_without_a_measurement_is_no_pass() -> None:
    half = next(made for most in range(1, TOTAL) if 0 < len(cut_off(made := audit(most, rules=KEPT_OPEN))) < 3)
    assert half.outcome == "pass"
    assert all(not verdict.counts for verdict in half.verdicts if verdict.ground == "cut_off")
    assert (audit(1, rules=KEPT_OPEN).outcome, audit(1, rules=KEPT_OPEN).exit_code) == ("nothing_ran", 4)
    warned = RULES.replace("value = -1000", 'value = -1000\nseverity = "warn"')
    assert (audit(1, rules=warned).outcome, audit(1, rules=warned).exit_code) == ("nothing_ran", 4)


def test_runs_with_a_budget_come_to_the_whole_run(tmp_path: Path) -> None:
    made, runs = audit(1), 0
    while cut_off(made) and runs < 20:
        runs += 1
        with AnswerCache(tmp_path, INFO.fingerprint) as cache:
            made = audit(10, cache=cache)
    assert made.results == audit(None).results
    assert made.verdicts == audit(None).verdicts


def test_a_judge_spends_what_the_run_may() -> None:
    def body(ctx: Context) -> ProbeRun:
        yield [Classify("text")]
        assert ctx.judge is not None
        ctx.judge([Classify(f"written {at}") for at in range(20)])
        return Findings(metrics=[metric("mean", 0.5, 20)], evidence=[])

    for most, gone in ((10, {"judged"}), (21, set())):
        spending = Budget(requests=most)
        judge = Engine(FakeModel(), batch_tokens=16, spending=spending)
        made = audit(None, [FakeProbe(spec("judged"), body)], judge=judge, spending=spending)
        assert cut_off(made) == gone


@pytest.mark.slow
def test_every_output_says_it() -> None:
    made = next(made for most in range(1, TOTAL) if len(cut_off(made := audit(most))) == 2)
    from fairwitness.reports import terminal
    from fairwitness.reports.headline import headline

    assert "Asked and not measured, because the budget of the run ended first: first, second." in str(headline(made))
    none = str(headline(audit(1)))
    assert none.startswith("Nothing was measured, so nothing was judged. Asked and not measured, because the budget")
    assert "2 probes were cut off" in terminal.render(made, 200, False)
    assert "- Cut off: " in str(FORMATS["md"].draw(made)["report.md"])
    assert "cut off" in str(FORMATS["html"].draw(made)["report.html"])
    assert 'type="not_measured"' in str(FORMATS["junit"].draw(made)["report.junit.xml"])
    (reason,) = {languages(result.reason)["zh"] for result in made.results if result.probe.name == "second"}  # type: ignore[union-attr]
    assert "max-requests" in reason
