"""The verdict in one sentence: what decided it, who is affected, how much, how sure, against which limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.outcomes import decided
from fairwitness.audit.records import (
    Audit,
    Estimate,
    Failed,
    Ground,
    Measured,
    Metric,
    MetricKey,
    Name,
    NotApplicable,
    Outcome,
    Verdict,
    joined,
)
from fairwitness.audit.records.terms import worded
from fairwitness.reports.i18n import both
from fairwitness.reports.rules import ORDER
from fairwitness.reports.sentences import claim_of, first_of, limit_of, over_limit
from fairwitness.reports.text import line, reason

MOST_NAMES = 5
WHY_OPEN: Mapping[Ground, str] = {"across": "lead.both_sides", "unbreakable": "lead.unbreakable"}
"""The words for why a rule is undecided, where the value and the limit do not show it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A verdict on what was asked, the metric that it speaks of, and the title of its probe."""

    verdict: Verdict
    metric: Metric | None
    title: str

    @property
    def size(self) -> float:
        """How far the value lies beyond its limit."""
        return 0.0 if self.metric is None else over_limit(self.metric, self.verdict)

    @property
    def valued(self) -> bool:
        """Whether there is a value."""
        return self.metric is not None and isinstance(self.metric.estimate, Estimate)

    @property
    def claim(self) -> str:
        """What may be concluded, or the rule and why it has nothing to judge."""
        if self.metric is None:
            return joined(both("colon"), (line(self.verdict.rule), reason(self.verdict.reason)))
        return first_of(claim_of(self.metric, self.verdict))

    @property
    def against(self) -> str:
        """The claim and what the policy asks for; of what has no value the probe and the claim."""
        if self.metric is not None and self.valued:
            return both("lead.against", claim=self.claim, limit=limit_of(self.verdict, self.metric))
        return both("lead.unread", probe=self.title, claim=self.claim)


def headline(audit: Audit) -> str:
    """One or two sentences, in the languages that the metrics' claims have, and what a budget cut off."""
    said = _deciding(audit)
    cut_off = _cut_off(audit)
    return joined(both("between"), (said, both("lead.cut_off", names=_names(cut_off)))) if cut_off else said


def _cut_off(audit: Audit) -> list[str]:
    """The probes that the budget of the run cut off."""
    return [
        result.probe.name
        for result in audit.results
        if isinstance(result, NotApplicable) and result.code == "budget_spent"
    ]


def _deciding(audit: Audit) -> str:
    gates = _cases(audit, "error")
    match audit.outcome:
        case "fail" | "likely_violated":
            return _broken(gates, audit.outcome)
        case "inconclusive":
            return _undecided(gates, audit)
        case "pass":
            return _with_warnings(_passed(gates), audit)
        case "incomplete":
            return _incomplete(audit)
        case "nothing_ran":
            return _nothing_ran(audit)
        case "nothing_judged":
            return _nothing_judged(audit)
        case "reported":
            return _reported(audit)


def metrics_by_key(audit: Audit) -> dict[tuple[str, MetricKey | None], Metric]:
    """Every metric by its probe and key: what a verdict speaks of, and nothing where its rule found no metric."""
    return {
        (result.probe.name, metric.key): metric
        for result in audit.results
        if isinstance(result, Measured)
        for metric in worded(result).metrics
    }


def _cases(audit: Audit, severity: str) -> list[Case]:
    titles = {result.probe.name: line(result.probe.title) for result in audit.results}
    metrics = metrics_by_key(audit)
    return [
        Case(verdict, metrics.get((verdict.probe, verdict.metric_key)), titles.get(verdict.probe, line(verdict.probe)))
        for verdict in audit.verdicts
        if verdict.asked and verdict.severity == severity
    ]


def _worst(cases: Sequence[Case]) -> Case:
    """The one with the worst verdict; of equal ones that farthest beyond its limit, values before what has none."""
    return min(cases, key=lambda case: (ORDER.index(case.verdict.outcome), not case.valued, -case.size))


def _rules(cases: Sequence[Case]) -> int:
    return len({case.verdict.rule for case in cases})


def _counted(key: str, cases: Sequence[Case], **values: object) -> str:
    """What holds for rules, and how many results these have where it is more than one each."""
    n = _rules(cases)
    results = both("lead.results", n=len(cases)) if len(cases) > n else ""
    return both(f"{key}.one" if n == 1 else f"{key}.many", n=n, results=results, **values)


def _broken(gates: Sequence[Case], outcome: Outcome) -> str:
    broken = [case for case in gates if case.verdict.outcome == outcome]
    if not broken:
        return both(f"lead.{outcome}")
    return _counted(f"lead.{outcome}", broken, worst=_worst(broken).against)


def _undecided(gates: Sequence[Case], audit: Audit) -> str:
    """What is undecided; a warning that failed is told before a rule that has no value to tell."""
    undecided = [case for case in gates if case.verdict.outcome in ("inconclusive", "not_measured")]
    counting = [case for case in undecided if case.verdict.counts]
    if not undecided:
        return _with_warnings(both("lead.inconclusive"), audit)
    cases = counting or undecided
    first = _counted("lead.inconclusive" if counting else "lead.all_open", cases)
    failed = [case for case in _failed_warnings(audit) if case.valued]
    if failed and not _worst(cases).valued:
        warned = _counted("lead.warning_failed", failed, worst=_worst(failed).against)
        return joined(both("between"), (first, warned, both("lead.unvalued", probe=_worst(cases).title)))
    return _with_warnings(joined(both("between"), (first, _open(cases))), audit)


def _failed_warnings(audit: Audit) -> list[Case]:
    return [case for case in _cases(audit, "warn") if case.verdict.outcome in ("fail", "likely_violated")]


def _open(cases: Sequence[Case]) -> str:
    """The undecided rule that a reader should know, and why it is undecided."""
    case = _worst(cases)
    return both(WHY_OPEN.get(case.verdict.ground, "lead.plain"), worst=case.against)


def _passed(gates: Sequence[Case]) -> str:
    met = [case for case in gates if case.verdict.outcome == "pass"]
    waived = [case for case in gates if case.verdict.outcome == "waived" and decided(case.verdict)]
    said = []
    if met:
        said.append(_counted("lead.pass", met, nearest=max(met, key=lambda case: (case.valued, case.size)).against))
    if waived:
        said.append(_counted("lead.waived", waived))
    return joined(both("between"), said) if said else both("lead.pass")


def _with_warnings(said: str, audit: Audit) -> str:
    """What was said, and how many warnings failed or are undecided, where one failed."""
    warnings = _cases(audit, "warn")
    failed = _failed_warnings(audit)
    undecided = [case for case in warnings if case.verdict.outcome in ("inconclusive", "not_measured")]
    if not failed:
        return said
    return joined(both("between"), (said, both("lead.warnings", failed=_rules(failed), open=_rules(undecided))))


def _reported(audit: Audit) -> str:
    notable = _failed_warnings(audit)
    if not notable:
        return both("lead.reported")
    return joined(
        both("between"), (both("lead.reported"), _counted("lead.warned", notable, worst=_worst(notable).against))
    )


def _incomplete(audit: Audit) -> str:
    crashed = [result for result in audit.results if isinstance(result, Failed)]
    if audit.status == "incomplete" or not crashed:
        return both("lead.incomplete")
    first = joined(both("colon"), (line(crashed[0].probe.title), line(crashed[0].reason)))
    return both("lead.crashed.one" if len(crashed) == 1 else "lead.crashed.many", n=len(crashed), first=first)


def _nothing_ran(audit: Audit) -> str:
    if _cut_off(audit):
        return both("lead.nothing_ended")
    gone = sorted(
        (result for result in audit.results if isinstance(result, NotApplicable)), key=lambda result: not result.asked
    )
    if not gone:
        return both("lead.nothing_ran")
    first = joined(both("colon"), (line(gone[0].probe.title), line(gone[0].reason)))
    return joined(both("between"), (both("lead.nothing_ran"), both("lead.for_example", first=first)))


def _nothing_judged(audit: Audit) -> str:
    """Which probes the rules that can fail speak of, and which were asked instead."""
    asked = [result.probe.name for result in audit.results if isinstance(result, Measured)]
    spoken_of = [verdict.probe.split("|") for verdict in audit.verdicts if verdict.severity == "error"]
    wanted = [probe for probes in spoken_of if not set(probes) & set(asked) for probe in probes]
    if not wanted or not asked:
        return both("lead.nothing_judged")
    needed = both("lead.would_need", asked=_names(asked), wanted=_names(wanted))
    return joined(both("between"), (both("lead.nothing_judged"), needed))


def _names(names: Sequence[str]) -> str:
    several = list(dict.fromkeys(map(line, names)))
    rest = len(several) - MOST_NAMES
    shown = ", ".join(several if rest < 2 else several[:MOST_NAMES])
    return Name(shown if rest < 2 else f"{shown} (+{rest})")
