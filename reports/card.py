"""A run as a small card for a notebook: verdict, top findings, where the page is.

One self-contained element in the colours of whoever shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import Audit
from fairwitness.reports.findings import Finding
from fairwitness.reports.headline import headline
from fairwitness.reports.html import environment
from fairwitness.reports.i18n import Words, speaking
from fairwitness.reports.rules import SHAPES, exit_rules, exit_word, tally
from fairwitness.reports.text import line
from fairwitness.reports.view import headlines

MOST_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class Item:
    """A finding as the card shows it."""

    shape: str
    word: str
    warns: bool
    finding: Finding


def render(audit: Audit, *, page: str, temporary: bool = False, language: str = "en") -> str:
    """The card as one HTML element; `page` is where the whole page is, which goes with the report if `temporary`."""
    words = Words(language)
    findings = headlines(audit)
    items = [
        Item(
            shape=SHAPES.get(finding.outcome, "·"),  # type: ignore[call-overload]
            word=words.plain(f"outcome.{finding.outcome}"),
            warns=bool(finding.row.verdicts) and finding.row.verdicts[0].warns,
            finding=finding,
        )
        for finding in findings[:MOST_FINDINGS]
    ]
    counts = [(SHAPES[outcome], n, words.plain(f"outcome.{outcome}")) for outcome, n in tally(audit.verdicts)]
    subject = audit.manifest.subject
    template = environment().get_template("card.html.j2")
    with speaking(language):
        return template.render(
            tx=words.plain,
            language=language,
            audit=audit,
            shape=SHAPES[audit.outcome],
            lead=headline(audit),
            exit=exit_word(audit),
            exit_rules=exit_rules(audit),
            model=line(subject.spec),
            kind=" · ".join(filter(None, (line(subject.architecture or subject.kind), subject.dtype))),
            counts=counts,
            items=items,
            more=len(findings) - len(items),
            page=page,
            temporary=temporary,
        )
