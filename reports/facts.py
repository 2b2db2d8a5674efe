"""What only people know, as rows: what somebody wrote, and what is missing by its name."""

from __future__ import annotations

from dataclasses import dataclass

from fairwitness.audit.records import FACTS, LISTS, Facts, Name, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.text import line


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact with what was written of it; without `texts` it is missing."""

    name: str
    """As in the facts file: `use.intended`."""
    label: str
    """What it is called, in every language of the page."""
    entry: str = ""
    """Of which entry of a list it is: a source of data, a contact."""
    texts: tuple[str, ...] = ()
    """What was written, cleaned; text of a user, which every format must escape."""

    @property
    def missing(self) -> bool:
        """Whether nobody wrote it."""
        return not self.texts


def label(name: str) -> str:
    """What a fact is called, in every language of the page."""
    table, dot, key = name.partition(".")
    return (
        joined(both("colon"), [both(f"fact.{table}"), both(f"fact.of.{key}")])
        if table in LISTS and dot
        else both(f"fact.{name}")
    )


def fact_rows(facts: Facts) -> tuple[FactRow, ...]:
    """Every fact in the order of the file: for a model card in any format."""
    rows: list[FactRow] = []
    for table, keys in FACTS.items():
        if table not in LISTS:
            rows += [_row(facts, f"{table}.{key}", "") for key in keys]
            continue
        entries = [fact.text for fact in facts.given if fact.name == table]
        if not entries:
            rows.append(_row(facts, table, ""))
        for entry in entries:
            rows.append(FactRow(name=table, label=label(table), texts=(Name(line(entry)),)))
            rows += [_row(facts, f"{table}.{key}", entry) for key in keys]
    return tuple(rows)


def _row(facts: Facts, name: str, entry: str) -> FactRow:
    texts = tuple(Name(line(fact.text)) for fact in facts.given if (fact.name, fact.entry) == (name, entry))
    return FactRow(name=name, label=label(name), entry=line(entry), texts=texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsShown:
    """The facts as the page has them."""

    source: str
    sha256: str
    first: tuple[FactRow, ...]
    """Who audited, for whom, who signed what was written, and when the data are from: open, where it is given."""
    given: tuple[FactRow, ...]
    missing: tuple[FactRow, ...]


FIRST = ("audit.by", "audit.on_behalf_of", "sign_off.name")


def shown(facts: Facts) -> FactsShown:
    """The facts of a run: what a reader must see first, all that was given, all that is missing."""
    rows = fact_rows(facts)
    given = tuple(row for row in rows if not row.missing)
    by_name = {row.name: row for row in given}
    first = [*period_rows(facts), *(row for row in given if row.name in FIRST)]
    return FactsShown(
        source=line(facts.source),
        sha256=facts.sha256,
        first=tuple(_signed(row, by_name) if row.name == "sign_off.name" else row for row in first),
        given=given,
        missing=tuple(row for row in rows if row.missing),
    )


def period_rows(facts: Facts) -> list[FactRow]:
    """From when to when the data of the audit are, a row for each source that says so."""
    rows = fact_rows(facts)
    begins = [row for row in rows if row.name == "audit_data.collected_from"]
    ends = [row for row in rows if row.name == "audit_data.collected_until"]
    periods = []
    for begin, end in zip(begins, ends, strict=True):
        if begin.texts or end.texts:
            text = both("card_period", begin=_or_open(begin), end=_or_open(end))
            called = joined(both("colon"), [both("fact.audit_data"), both("fact.of.collected")])
            periods.append(FactRow(name=begin.name, label=called, entry=begin.entry, texts=(text,)))
    return periods


def _or_open(row: FactRow) -> str:
    return row.texts[0] if row.texts else Name("…")


def _signed(row: FactRow, by_name: dict[str, FactRow]) -> FactRow:
    """Who signed, in which role and when, in one row: a sign-off has all three."""
    texts = [by_name[name].texts[0] for name in ("sign_off.name", "sign_off.role", "sign_off.date")]
    return FactRow(name=row.name, label=row.label, texts=(Name(", ".join(texts)),))
