"""The tables behind imported numbers: what the log says against what its samples give, and the samples themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.imported.record import ImportedRun, Reply
from fairwitness.audit.records import Evidence, Name
from fairwitness.probes.imported.estimators import WORDS, Check
from fairwitness.probes.imported.items import Column, Item
from fairwitness.probes.kit.tables import Listing, flag, label, number, prompt, text

MOST_SAMPLES = 2_000
"""Samples that the table shows; the items that are stored beside it have all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One sample as the table of samples has it."""

    item: Item
    sample: Reply
    scores: str
    wrong: bool

    @property
    def category(self) -> str | None:
        """Its category, where the log names one."""
        return self.sample.category


CHECKS = Listing[Check](
    "checks",
    WORDS,
    label("task", lambda row: Name(row.column.task.name)),
    label("metric", lambda row: Name(row.column.title)),
    number("log_value", lambda row: row.stated.value),
    number("our_value", lambda row: row.value),
    number("log_error", lambda row: row.stated.error),
    number("our_error", lambda row: row.error),
    number("items", lambda row: len(row.column.items)),
    flag("differs", lambda row: row.differs),
)
SAMPLES = Listing[Shown](
    "samples",
    WORDS,
    label("task", lambda row: Name(row.item.task)),
    label("sample", lambda row: Name(row.sample.item)),
    number("repeat", lambda row: row.sample.repeat),
    label("category", lambda row: None if row.category is None else Name(row.category)),
    text("scores", lambda row: Name(row.scores)),
    prompt("asked", lambda row: Name(row.sample.asked), secret=True),
    text("answered", lambda row: Name(row.sample.answered), secret=True),
    text("target", lambda row: _said(row.sample.target), secret=True),
    text("problem", lambda row: _said(row.sample.problem), secret=True),
    flag("failing", lambda row: row.wrong),
)


def _said(text: str) -> Name | None:
    return Name(text) if text else None


def tables(run: ImportedRun, columns: Sequence[Column], checks: Sequence[Check]) -> list[Evidence]:
    """What the log says beside what its samples give, and the samples, failing ones first."""
    shown = sorted(_shown(columns), key=lambda row: not row.wrong)
    return [
        *([CHECKS.of(checks, tool=Name(run.tool))] if checks else []),
        SAMPLES.of(shown, shown=MOST_SAMPLES, tool=Name(run.tool)),
    ]


def _shown(columns: Sequence[Column]) -> list[Shown]:
    by_task: dict[str, list[Column]] = {}
    for column in columns:
        by_task.setdefault(column.task.name, []).append(column)
    rows = []
    for of_task in by_task.values():
        items = {item.id: item for column in of_task for item in column.items}
        for item in items.values():
            for sample in item.samples:
                scores = ", ".join(_score(column, sample) for column in of_task if column.measure in sample.scores)
                rows.append(Shown(item, sample, scores, any(_is_wrong(column, sample) for column in of_task)))
    return rows


def _score(column: Column, sample: Reply) -> str:
    score = sample.scores[column.measure]
    return f"{column.title} {'–' if score is None else f'{score:.6g}'}"


def _is_wrong(column: Column, sample: Reply) -> bool:
    """Whether the sample has the worse end of a score from 0 to 1, or no score."""
    if column.measure not in sample.scores:
        return False
    score = sample.scores[column.measure]
    if score is None:
        return True
    return column.bounded and score == {"lower": 1.0, "higher": 0.0}.get(column.scale.better)
