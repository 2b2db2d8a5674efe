"""What a pipeline is told of each verdict: whether it passed, stops a release or is set aside, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.outcomes import OPEN
from fairwitness.audit.records import Audit, Estimate, Failed, Metric, Verdict, joined
from fairwitness.reports.headline import headline, metrics_by_key
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.numbers import decimals_for, percent, together
from fairwitness.reports.rules import condition, judged, marks, severity_rank
from fairwitness.reports.sentences import claim_of, counted, first_of
from fairwitness.reports.summary import WORDS
from fairwitness.reports.text import line

Standing: TypeAlias = Literal["passed", "stops", "warns", "set_aside"]
"""A verdict that passed, stops a release, only warns, or was set aside by a waiver or a key of the policy."""
RUN = "fairwitness"
"""What a pipeline calls the run as a whole, beside its probes."""
CRASHED = "crashed"
OUTCOME = "outcome"
NO_FILES = frozenset({"default", "report-only", "given in Python"})
"""What the manifest calls policies that stand in no file of the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One verdict on what was asked, and the metric that it speaks of, where there is one."""

    verdict: Verdict
    metric: Metric | None

    @property
    def standing(self) -> Standing:
        """What the verdict does to a release."""
        verdict = self.verdict
        if verdict.outcome == "pass":
            return "passed"
        if verdict.counts:
            return "stops"
        set_aside = verdict.outcome == "waived" or (verdict.severity == "error" and verdict.outcome in OPEN)
        return "set_aside" if set_aside else "warns"

    @property
    def name(self) -> str:
        """Rule, metric and group, as policies spell them; the rule alone where it found no metric."""
        if self.verdict.metric_key is None:
            return line(self.verdict.rule)
        return f"{line(self.verdict.rule)}: {Labels.of(self.verdict).named(line(self.verdict.metric))}"

    @property
    def message(self) -> str:
        """Outcome, what may be concluded, value and interval (once), limit and reason, on one line."""
        verdict, metric = self.verdict, self.metric
        limit = condition(verdict, metric.null if metric else None)
        parts = [
            first_of(claim_of(metric, verdict)) if metric else "",
            _value(metric, verdict) if metric and not counted(metric) else "",
            both("output.limit", limit=limit) if limit else "",
            line(verdict.reason),
            self.excuse,
        ]
        return str(joined("; ", [f"{WORDS[verdict.outcome]}: {line(verdict.probe)}", *filter(None, parts)]))

    @property
    def excuse(self) -> str:
        """Why it stops no release: the waiver, the key of the policy, or that it is a warning; else empty."""
        verdict = self.verdict
        if verdict.outcome == "waived":
            return both("output.waived", waiver=line(verdict.waiver))
        match self.standing:
            case "set_aside":
                return both("output.left_open", name=f"on_{verdict.outcome}")
            case "warns":
                return both("output.warns")
            case "passed" | "stops":
                return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a list of problems holds: a verdict that did not pass, a probe that crashed, a run that is no pass."""

    rule: str
    probe: str
    name: str
    message: str
    standing: Standing
    fingerprint: str
    verdict: Verdict | None = None


def cases(audit: Audit) -> tuple[Case, ...]:
    """Every verdict on what was asked, in the order of the document."""
    metrics = metrics_by_key(audit)
    return tuple(
        Case(verdict=verdict, metric=metrics.get((verdict.probe, verdict.metric_key)))
        for verdict in judged(audit.verdicts)
    )


def problems(audit: Audit) -> tuple[Problem, ...]:
    """All that did not pass, worst first; a run that is no pass has at least one that stops a release."""
    open_cases = [case for case in cases(audit) if case.standing != "passed"]
    of_verdicts = [
        Problem(
            rule=line(case.verdict.rule),
            probe=line(case.verdict.probe),
            name=case.name,
            message=case.message,
            standing=case.standing,
            fingerprint=line(case.verdict.fingerprint),
            verdict=case.verdict,
        )
        for case in sorted(open_cases, key=lambda case: severity_rank(case.verdict))
    ]
    crashed = [_crashed(audit, result) for result in audit.results if isinstance(result, Failed)]
    stops = [*crashed, *(problem for problem in of_verdicts if problem.standing == "stops")]
    whole = [] if stops or audit.exit_code == 0 else [_whole(audit)]
    return (*whole, *stops, *(problem for problem in of_verdicts if problem.standing != "stops"))


def policy_file(audit: Audit) -> str:
    """The policy file as the run was given it; empty where the policy stands in no file of the user."""
    path = line(audit.manifest.policy.path)
    return "" if path in NO_FILES else path


def policy_line(audit: Audit, problem: Problem) -> int:
    """The line of the policy file at which the problem's rule stands; the first where that is not known."""
    return audit.manifest.policy.lines.get(problem.verdict.rule, 1) if problem.verdict else 1


def _crashed(audit: Audit, result: Failed) -> Problem:
    probe = line(result.probe.name)
    message = str(joined(": ", (both("output.crashed"), line(result.probe.title), line(result.reason))))
    mark = _mark(audit, CRASHED, probe)
    return Problem(
        rule=f"{RUN}/{CRASHED}", probe=probe, name=probe, message=message, standing="stops", fingerprint=mark
    )


def _whole(audit: Audit) -> Problem:
    said = str(headline(audit))
    mark = _mark(audit, OUTCOME, audit.outcome)
    return Problem(rule=f"{RUN}/{OUTCOME}", probe=RUN, name=OUTCOME, message=said, standing="stops", fingerprint=mark)


def _mark(audit: Audit, *parts: str) -> str:
    """A fingerprint of what is no verdict: stable across runs of one kind of model."""
    return hashlib.sha256("\0".join((audit.manifest.subject.kind, *parts)).encode("utf-8", "replace")).hexdigest()[:12]


def _value(metric: Metric, verdict: Verdict) -> str:
    estimate = metric.estimate
    if not isinstance(estimate, Estimate):
        return ""
    decimals = decimals_for(estimate.high - estimate.low)
    ends: Sequence[float] = (estimate.value, estimate.low, estimate.high)
    value, low, high = together(ends, decimals, sign=metric.null == 0.0, limits=marks([verdict], metric.null))
    span = f"[{low.text}, {high.text}] ({percent(estimate.level)})"
    return f"{value.text} {span}, n = {estimate.n}"
