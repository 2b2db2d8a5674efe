"""The evidence: occupations, sentences that say a gender and those that do not, and both kinds of controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Evidence
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.translation_gender import estimators
from fairwitness.probes.bias.translation_gender.asking import Answered
from fairwitness.probes.bias.translation_gender.estimators import Read
from fairwitness.probes.bias.translation_gender.items import WORDS, Control, Job, Kind
from fairwitness.probes.bias.translation_gender.results import AllResults, Results
from fairwitness.probes.kit.pictured import PERCENT
from fairwitness.probes.kit.tables import Listing, flag, label, mean_of, number, prompt, text

SHARE, NATS = "share", "nats"
SHOWN = 400
"""Most sentences of a table; the total is told."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one language."""

    part: Results
    row: Answered

    @property
    def prompt(self) -> str:
        """What the model saw."""
        return self.part.manner.written(self.row.item.source, self.part.material.language).prompt


@dataclass(frozen=True, slots=True)
class _Work:
    """An occupation in one language."""

    part: Results
    job: Job
    rows: Sequence[Answered]

    def mean(self, kind: Kind, read: Read, gender: str = "") -> float | None:
        """The mean of what is read of its rows of a kind, of one gender where one is named."""
        rows = [row for row in self.rows if row.item.kind == kind and gender in ("", row.item.gender)]
        return mean_of([value for row in rows if (value := read(row)) is not None])


@dataclass(frozen=True, slots=True)
class _Plain:
    """A plain sentence, what was written for it and whether that is right."""

    part: Results
    control: Control
    text: str | None
    right: bool | None


def evidence_of(results: AllResults, written: Mapping[tuple[str, str], str | None]) -> list[Evidence]:
    """All tables that have a row; `written` are the translations of plain sentences, by language and source."""
    rows = [Row(part, row) for part in results.values() for row in part.rows]
    tables = [
        _occupations(results),
        _examples([row for row in rows if row.row.item.kind == "stated"]),
        _open([row for row in rows if row.row.item.kind == "open"]),
        _controls([row for row in rows if row.row.item.kind == "control"]),
        _plain(results, written),
    ]
    return [table for table in tables if table.rows]


def _occupations(results: AllResults) -> Evidence:
    works = []
    for part in results.values():
        about = [row for row in part.rows if row.item.job is not None]
        for members in grouped(about, lambda row: row.item.occupation).values():
            job = members[0].item.job
            if job is not None:
                works.append(_Work(part, job, members))
    listing: Listing[_Work] = Listing(
        "occupations",
        WORDS,
        label("language", lambda work: work.part.language),
        label("occupation", lambda work: work.job.occupation.word),
        number("women", lambda work: round(100 * work.job.occupation.share, 2), PERCENT),
        label("year_share", lambda work: work.job.occupation.year),
        number("right of women", lambda work: work.mean("stated", estimators.right, "women"), SHARE),
        number("right of men", lambda work: work.mean("stated", estimators.right, "men"), SHARE),
        number("written right of women", lambda work: work.mean("stated", estimators.written_right, "women"), SHARE),
        number("written right of men", lambda work: work.mean("stated", estimators.written_right, "men"), SHARE),
        number("open, women", lambda work: work.mean("open", estimators.women), SHARE),
        number("open, log-odds", lambda work: work.mean("open", _log_odds), NATS),
        number("open, women written", lambda work: work.mean("open", estimators.women_written), SHARE),
    )
    return listing.of(works)


def _log_odds(row: Answered) -> float | None:
    return row.log_odds


def _examples(rows: Sequence[Row]) -> Evidence:
    """Wrong ones first, then what was written wrong, then what cannot be read."""
    listing: Listing[Row] = Listing(
        "examples",
        WORDS,
        label("language", lambda row: row.part.language),
        label("occupation", lambda row: row.row.item.occupation),
        label("gender", lambda row: row.row.item.gender or ""),
        flag("wrong", lambda row: None if row.row.right is None else not row.row.right),
        number("log-odds", lambda row: row.row.log_odds, NATS),
        label("written gender", lambda row: WORDS(f"cell.{row.row.written}")),
        prompt("source", lambda row: row.prompt),
        text("with a woman", lambda row: row.row.item.targets[0]),
        text("with a man", lambda row: row.row.item.targets[1]),
        text("written", lambda row: row.row.text or ""),
    )
    return listing.of(sorted(rows, key=_worst), shown=SHOWN)


def _worst(row: Row) -> tuple[bool, bool, bool, float]:
    answer = row.row
    odds = abs(answer.log_odds or 0.0)
    return answer.right != 0.0, answer.written_right != 0.0, answer.written != "unread", -odds


def _open(rows: Sequence[Row]) -> Evidence:
    listing: Listing[Row] = Listing(
        "open",
        WORDS,
        label("language", lambda row: row.part.language),
        label("occupation", lambda row: row.row.item.occupation),
        number("log-odds", lambda row: row.row.log_odds, NATS),
        label("written gender", lambda row: WORDS(f"cell.{row.row.written}")),
        prompt("source", lambda row: row.prompt),
        text("with a woman", lambda row: row.row.item.targets[0]),
        text("with a man", lambda row: row.row.item.targets[1]),
        text("written", lambda row: row.row.text or ""),
    )
    return listing.of(sorted(rows, key=lambda row: -abs(row.row.log_odds or 0.0)), shown=SHOWN)


def _controls(rows: Sequence[Row]) -> Evidence:
    listing: Listing[Row] = Listing(
        "controls",
        WORDS,
        label("language", lambda row: row.part.language),
        label("gender", lambda row: row.row.item.gender or ""),
        flag("wrong", lambda row: None if row.row.right is None else not row.row.right),
        number("log-odds", lambda row: row.row.log_odds, NATS),
        prompt("source", lambda row: row.prompt),
        text("with a woman", lambda row: row.row.item.targets[0]),
        text("with a man", lambda row: row.row.item.targets[1]),
    )
    return listing.of(sorted(rows, key=lambda row: row.row.right != 0.0))


def _plain(results: AllResults, written: Mapping[tuple[str, str], str | None]) -> Evidence:
    rows = [
        _Plain(part, control, written[part.material.language, control.source], right)
        for part in results.values()
        for control, right in zip(part.material.plain, part.translated, strict=True)
    ]
    listing: Listing[_Plain] = Listing(
        "plain",
        WORDS,
        label("language", lambda row: row.part.language),
        flag("wrong", lambda row: None if row.right is None else not row.right),
        prompt("source", lambda row: row.part.manner.written(row.control.source, row.part.material.language).prompt),
        text("words wanted", lambda row: ", ".join(row.control.words)),
        text("written", lambda row: row.text or ""),
    )
    return listing.of(sorted(rows, key=lambda row: row.right is not False))
