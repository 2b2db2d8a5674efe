"""What the run did not test, and why: absence is shown, never counted as good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.records import Audit, Failed, Measured, NotApplicable, ProbeResult, Undefined, Verdict, joined
from fairwitness.audit.records.terms import worded
from fairwitness.reports.findings import asked_for
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.rules import condition
from fairwitness.reports.text import clean, human, line
from fairwitness.reports.text import reason as why

UNFILLED = ("canaries", "safety", "other_models")


@dataclass(frozen=True, slots=True)
class Missing:
    """A probe, rule or metric without a measurement. `detail` is a traceback, `count` how many rows it stands for.

    `label` begins with `probe`, the title of the probe, where it has one.
    """

    label: str
    reason: str
    detail: str = ""
    count: int = 1
    anchor: str = ""
    condition: str = ""
    probe: str = ""
    name: str = ""
    """The label without the probe."""


@dataclass(frozen=True, slots=True)
class Absent:
    """Everything that was not measured.

    `unasked` are the rules, by name, that speak of nothing that was asked, `unwanted` the metrics nobody asked for.
    """

    crashed: tuple[Missing, ...]
    skipped: tuple[Missing, ...]
    rules: tuple[Missing, ...]
    undefined: tuple[Missing, ...]
    unanswered: tuple[tuple[str, int, int], ...]
    unasked: tuple[str, ...]
    unwanted: tuple[Missing, ...]
    cut_off: tuple[Missing, ...]
    """Probes that were asked until the budget of the run was spent."""
    unfilled: tuple[str, ...] = UNFILLED

    @property
    def count(self) -> int:
        """Probes, rules and metrics without a measurement."""
        counts = (
            *map(len, (self.crashed, self.cut_off, self.skipped, self.rules)),
            *(missing.count for missing in self.undefined),
        )
        return sum(counts)

    @property
    def said(self) -> str:
        """What was not tested, in one sentence; empty where everything was."""
        undefined = sum(missing.count for missing in self.undefined)
        counts = {
            "crashed": len(self.crashed),
            "cut_off": len(self.cut_off),
            "rules": len(self.rules),
            "skipped": len(self.skipped),
            "undefined": undefined,
        }
        parts = [both(f"untested.{what}", n=n) for what, n in counts.items() if n]
        return both("untested", what=joined(both("comma"), parts)) if parts else ""

    @property
    def undefined_for(self) -> tuple[tuple[str, str, tuple[Missing, ...]], ...]:
        """The metrics without a value by probe and reason, each told once."""
        alike: dict[tuple[str, str], list[Missing]] = {}
        for missing in self.undefined:
            alike.setdefault((missing.probe, missing.reason), []).append(missing)
        return tuple((probe, reason, tuple(members)) for (probe, reason), members in alike.items())


def absent(audit: Audit, orphans: Sequence[Verdict]) -> Absent:
    """Collects crashed and skipped probes, rules that met no metric, undefined metrics and unanswered requests."""
    crashed, cut_off, skipped, unanswered = [], [], [], []
    undefined: Counter[tuple[str, str, str]] = Counter()
    unwanted: Counter[tuple[str, str, str]] = Counter()
    for result in map(_worded, audit.results):
        title = line(result.probe.title)
        match result:
            case Failed(reason=reason, detail=detail):
                crashed.append(Missing(title, line(reason), clean(detail)))
            case NotApplicable(reason=reason, code="budget_spent"):
                cut_off.append(Missing(title, line(reason)))
            case NotApplicable(reason=reason):
                skipped.append(Missing(title, line(reason)))
            case Measured():
                if result.unanswered:
                    unanswered.append((title, result.unanswered, result.requests))
                for metric in result.metrics:
                    if isinstance(metric.estimate, Undefined):
                        groups = replace(Labels.of(metric), against=None)
                        name = groups.text or human(metric.name)
                        (undefined if asked_for(metric) else unwanted)[title, name, why(metric.estimate.reason)] += 1
    taken: set[str] = set()
    rules = []
    unasked: dict[str, None] = {}
    speaking = {verdict.rule for verdict in audit.verdicts if verdict.asked}
    for verdict in orphans:
        if not verdict.asked and not verdict.waiver:
            if verdict.rule not in speaking:
                unasked[line(verdict.rule)] = None
            continue
        anchor = "" if verdict.fingerprint in taken else f"f-{verdict.fingerprint}"
        taken.add(verdict.fingerprint)
        label = " · ".join(
            part
            for part in (
                *map(line, (verdict.rule, verdict.probe, verdict.metric)),
                Labels.of(verdict).text,
            )
            if part
        )
        rules.append(Missing(label, line(verdict.reason), anchor=anchor, condition=line(condition(verdict, None))))
    return Absent(
        crashed=tuple(crashed),
        skipped=tuple(skipped),
        rules=tuple(rules),
        undefined=_counted(undefined),
        unanswered=tuple(unanswered),
        unasked=tuple(unasked),
        unwanted=_counted(unwanted),
        cut_off=tuple(cut_off),
    )


def _worded(result: ProbeResult) -> ProbeResult:
    return worded(result) if isinstance(result, Measured) else result


def _counted(counts: Counter[tuple[str, str, str]]) -> tuple[Missing, ...]:
    return tuple(
        Missing(joined(" · ", (probe, name)), reason, count=count, probe=probe, name=name)
        for (probe, name, reason), count in counts.items()
    )
