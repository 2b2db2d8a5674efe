"""Why the limits of the policy are what they are, and where they come from: for the page, beside each limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.records import Audit, Name, Translated
from fairwitness.reports.rules import condition, judged
from fairwitness.reports.text import Anchors, line


@dataclass(frozen=True, slots=True)
class Bound:
    """The limit of one rule with its reason and source; empty where the policy gives none."""

    anchor: str
    rule: str
    condition: str
    reason: str
    source: str


def _source(text: str) -> str:
    """Where a limit comes from; what has no translation is a work or a law by its name."""
    source = line(text)
    return source if isinstance(source, Translated) else Name(source)


def bounds_of(audit: Audit, anchors: Anchors) -> Mapping[str, Bound]:
    """The limit of every rule that speaks of what was asked, by the rule's name, in the order of the policy."""
    said = audit.manifest.policy.bounds
    bounds: dict[str, Bound] = {}
    for verdict in judged(audit.verdicts):
        name = line(verdict.rule)
        if name not in bounds and verdict.condition:
            info = said.get(verdict.rule)
            bounds[name] = Bound(
                anchor=anchors.take("b", name),
                rule=name,
                condition=line(condition(verdict, None)),
                reason=line(info.reason) if info else "",
                source=_source(info.source) if info else "",
            )
    return bounds
