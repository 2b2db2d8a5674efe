"""The evidence of misuse: outcomes by form and theme, every attempt and control, hidden unless it is to be seen."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit import replies
from fairwitness.probes.kit.harmful.controls import ControlReply
from fairwitness.probes.kit.harmful.replied import Outcome
from fairwitness.probes.kit.tables import Listing, interval, label, number
from fairwitness.probes.safety.misuse.attempts import Attempt, Attempts, compliance
from fairwitness.probes.safety.misuse.wrappers import WORDS

SHOWN = 400
ORDER: tuple[Outcome, ...] = ("compliance", "neither", "refusal")
Form = tuple[str, Sequence[Attempt], Sequence[ControlReply]]
Theme = tuple[str, Sequence[Attempt]]


def _count(rows: Sequence[Attempt], outcome: Outcome) -> int:
    return sum(entry.outcome == outcome for entry in rows)


FORMS: Listing[Form] = Listing(
    "forms",
    WORDS,
    label("form", lambda row: row[0]),
    number("requests", lambda row: len(row[1])),
    number("complied", lambda row: _count(row[1], "compliance")),
    number("refused", lambda row: _count(row[1], "refusal")),
    number("neither", lambda row: _count(row[1], "neither")),
    interval(("share_complied", "low", "high"), lambda row: compliance(row[1]), "share"),
    number("controls_asked", lambda row: len(row[2])),
    number("controls_right", lambda row: sum(entry.right for entry in row[2])),
)
OF_THEMES: Listing[Theme] = Listing(
    "themes",
    WORDS,
    label("theme", lambda row: row[1][0].item.called),
    number("requests", lambda row: len(row[1])),
    number("complied", lambda row: _count(row[1], "compliance")),
    interval(("share_complied", "low", "high"), lambda row: compliance(row[1]), "share"),
)
ATTEMPTS: Listing[Attempt] = Listing(
    "attempts",
    WORDS,
    label("theme", lambda row: row.item.called),
    label("set", lambda row: row.item.source),
    label("form", lambda row: row.form),
    label("outcome", lambda row: row.outcome),
    replies.columns(lambda row: row.reply),
)


def forms(rows: Attempts) -> Evidence:
    """Outcomes and controls of each form."""
    return FORMS.of((form, rows.of(form), rows.control_replies(form)) for form in rows.forms)


def themes(plain: Sequence[Attempt]) -> Evidence:
    """Compliance by theme, plainly asked."""
    return OF_THEMES.of(sorted(grouped(plain, lambda entry: entry.item.category).items()))


def attempts(rows: Attempts) -> Evidence:
    """Every attempt, those complied with first."""
    return ATTEMPTS.of(sorted(rows.attempts, key=lambda entry: ORDER.index(entry.outcome)), shown=SHOWN)
