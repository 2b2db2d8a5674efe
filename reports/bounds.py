"""Why the limits of the policy are what they are, and where they come from: for the page, beside each limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairwitness.audit.records import Audit, Name, Translated, joined
from fairwitness.reports.i18n import both
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

    @property
    def said(self) -> str:
        """Reason and source in one text; empty where the policy says nothing of the limit."""
        parts = (self.reason, self.source and both("bound.source", source=self.source))
        return joined(both("between"), [part for part in parts if part])


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
