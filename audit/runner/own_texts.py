"""Finds a user's own texts in what a probe shows, whatever the probe marked itself, and hides them.

A cell is taken for a user's text where four words in a row stand in a text of the user's file as they stand in the
cell; a prompt also where it holds a text of two or three words whole, or is one of a single word. A column of prompts
in which one is a user's is hidden whole, and so are strips and matrices of words, whose captions hold no text of any
length; those of strips, which may show such a text with another word in it, are hidden whatever they hold. Names of
groups, which metrics are told apart by, are no texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import (
    Cell,
    Column,
    DecisionRows,
    Evidence,
    Items,
    Metric,
    ScoredItems,
    Undefined,
    each,
    languages,
)
from fairwitness.audit.runner.redaction import hidden

RUN = 4
"""Words in a row that make a text recognisable."""
HIDDEN = "[hidden: it repeats a text of yours]"
_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_STRIPS = ("tokens", "matrix")
L = TypeVar("L", str, str | None)


@dataclass(frozen=True, slots=True)
class OwnTexts:
    """What a user's file holds: `runs` of four words, `short` texts of two or three, and those of a `single` word."""

    runs: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    any: bool = False
    """Whether it holds any text, also where nothing of it was kept."""

    @classmethod
    def of(cls, texts: Iterable[str], groups: Collection[str] = (), within: Iterable[str] | None = None) -> OwnTexts:
        """The texts but those that are names of groups.

        Of a corpus all runs would take many times its own memory: where all that is shown is known (`within`), only
        runs that stand there are kept.
        """
        names = {" ".join(_words(group)) for group in groups}
        there: set[str] | None = None
        if within is not None:
            there = set()
            for text in within:
                there |= _runs(_words(text), RUN)
        held = False
        runs: set[str] = set()
        short: set[str] = set()
        single: set[str] = set()
        for words in map(_words, texts):
            if not words or " ".join(words) in names:
                continue
            held = True
            if len(words) >= RUN:
                mine = _runs(words, RUN)
                runs.update(mine if there is None else mine & there)
            elif len(words) > 1:
                short.add(" ".join(words))
            else:
                single.update(words)
        return cls(frozenset(runs), frozenset(short), frozenset(single), held)

    def __bool__(self) -> bool:
        return self.any

    def in_text(self, text: str) -> bool:
        """Whether a text repeats four words in a row."""
        return not self.runs.isdisjoint(_runs(_words(text), RUN))

    def in_prompt(self, text: str) -> bool:
        """Whether a text repeats four words in a row or a text of two or three, or is a user's of a single word.

        Whoever gives a list of words has most of them in many prompts.
        """
        words = _words(text)
        return self.in_text(text) or self._short_in(words) or (len(words) == 1 and words[0] in self.single)

    def in_caption(self, text: str) -> bool:
        """Whether the caption of what shows a text repeats four words of a user's in a row, or a shorter one whole."""
        words = _words(text)
        return self.in_text(text) or self._short_in(words) or not self.single.isdisjoint(words)

    def _short_in(self, words: Sequence[str]) -> bool:
        return not self.short.isdisjoint({*_runs(words, 3), *_runs(words, 2)})

    def row(self, columns: Sequence[Column], row: Sequence[Cell]) -> tuple[Cell, ...]:
        """The row with those cells hidden that repeat a text."""
        return tuple(self._cell(column, cell) for column, cell in zip(columns, row, strict=True))

    def _cell(self, column: Column, cell: Cell) -> Cell:
        if not isinstance(cell, str) or column.secret:
            return cell
        occurrences = self.in_prompt(cell) if column.role == "prompt" else self.in_text(cell)
        return hidden(cell, column.name) if occurrences else cell


def veiled(findings: Findings, texts: Collection[str]) -> Findings:
    """The findings without the user's texts. Of a probe that shows neither prompts nor words of texts, scored items."""
    shows_texts = _shows_texts(findings)
    if not texts or not (shows_texts or isinstance(findings.items, ScoredItems)):
        return findings
    named: set[str] = set()
    for metric in findings.metrics:
        labels = (*metric.by.values(), *metric.variant.values(), metric.against)
        named.update(label for label in labels if label)
    own_texts = OwnTexts.of(texts, named, _strings(findings))
    if not own_texts:
        return findings
    findings = replace(findings, items=_items(own_texts, findings.items))
    if not shows_texts:
        return findings
    return replace(
        findings,
        metrics=[_metric(own_texts, metric) for metric in findings.metrics],
        evidence=[_evidence(own_texts, item) for item in findings.evidence],
        notes=[_said(own_texts, note) for note in findings.notes],
    )


def _strings(findings: Findings) -> Iterator[str]:
    """Every text that the findings show, in every language."""
    for metric in findings.metrics:
        yield from languages(metric.claim).values()
        if isinstance(metric.estimate, Undefined):
            yield from languages(metric.estimate.reason).values()
            yield from (value for value in metric.estimate.values.values() if isinstance(value, str))
    for note in findings.notes:
        yield from languages(note).values()
    for item in findings.evidence:
        yield from languages(item.caption).values()
        for head in item.columns:
            yield from languages(head.name).values()
        for row in item.rows:
            yield from (cell for cell in row if isinstance(cell, str))
    match findings.items:
        case ScoredItems(ids=ids, clusters=clusters):
            yield from ids
            for labels in clusters.values():
                yield from labels
        case DecisionRows(groups=groups, decisions=decisions, outcomes=outcomes, rule=rule):
            columns = (*groups.values(), decisions, outcomes, (rule,))
            for column in columns:
                yield from (cell for cell in column if isinstance(cell, str))
        case None:
            pass


def _shows_texts(findings: Findings) -> bool:
    roles = {column.role for item in findings.evidence for column in item.columns}
    return bool(roles & {"prompt", "token"}) or any(item.kind in _STRIPS for item in findings.evidence)


def _items(own_texts: OwnTexts, items: Items | None) -> Items | None:
    """The same rows; a label that repeats a text is numbered instead, so that equal ones still are and others not."""
    match items:
        case ScoredItems():
            clusters = {name: _numbered(own_texts, name, labels) for name, labels in items.clusters.items()}
            return replace(items, ids=_numbered(own_texts, "item", items.ids), clusters=clusters)
        case DecisionRows():
            return replace(
                items,
                groups={name: _numbered(own_texts, name, cells) for name, cells in items.groups.items()},
                decisions=_numbered(own_texts, "decision", items.decisions),
                outcomes=_numbered(own_texts, "true outcome", items.outcomes),
                rule=_said(own_texts, items.rule),
            )
        case None:
            return None


def _numbered(own_texts: OwnTexts, what: str, cells: Sequence[L]) -> tuple[L, ...]:
    """The cells with those that repeat a text hidden, each under the number of its first occurrence."""
    repeating = [cell for cell in dict.fromkeys(cells) if cell is not None and own_texts.in_text(cell)]
    names = {cell: f"[{what}: hidden, {number}]" for number, cell in enumerate(repeating, start=1)}
    return tuple([cell if cell is None else names.get(cell, cell) for cell in cells])


def reason_without(reason: str, texts: Collection[str]) -> str:
    """Why something was not measured, without the lines that repeat a user's text."""
    own_texts = OwnTexts.of(texts, within=languages(reason).values())
    return each(reason, lambda said: "\n".join(_said(own_texts, line) for line in said.split("\n")))


def _metric(own_texts: OwnTexts, metric: Metric) -> Metric:
    estimate = metric.estimate
    if isinstance(estimate, Undefined):
        values = {name: _named(own_texts, value) for name, value in estimate.values.items()}
        estimate = replace(estimate, reason=_said(own_texts, estimate.reason), values=values)
    return replace(metric, claim=_said(own_texts, metric.claim), estimate=estimate)


def _named(own_texts: OwnTexts, value: Cell) -> Cell:
    """A value that a reason is filled with."""
    return HIDDEN if isinstance(value, str) and own_texts.in_text(value) else value


def _said(own_texts: OwnTexts, text: str) -> str:
    """The text, or that it is hidden: in all languages where one of them repeats a text."""
    return HIDDEN if _repeats(own_texts.in_text, text) else text


def _repeats(test: Callable[[str], bool], text: str) -> bool:
    return any(test(said) for said in languages(text).values())


def _evidence(own_texts: OwnTexts, item: Evidence) -> Evidence:
    columns = tuple(
        replace(column, secret=True) if _is_secret(own_texts, item, index, column) else column
        for index, column in enumerate(item.columns)
    )
    if item.kind == "matrix":  # its columns are named by the words of the text
        columns = (
            columns[0],
            *(replace(column, name=f"word {index}") for index, column in enumerate(columns[1:], start=1)),
        )
    elif item.kind == "tokens":  # a word that stood elsewhere may be in the name of its values
        columns = tuple(
            replace(column, name=f"column {index}") if _repeats(own_texts.in_caption, column.name) else column
            for index, column in enumerate(columns, start=1)
        )
    rows = tuple(own_texts.row(columns, row) for row in item.rows)
    repeats = item.kind == "tokens" or _repeats(
        own_texts.in_caption if item.kind in _STRIPS else own_texts.in_text, item.caption
    )
    return replace(item, caption=HIDDEN if repeats else item.caption, columns=columns, rows=rows)


def _is_secret(own_texts: OwnTexts, item: Evidence, place: int, column: Column) -> bool:
    if column.secret or (item.kind in _STRIPS and (column.role == "token" or (item.kind == "matrix" and place == 0))):
        return True
    cells = (row[place] for row in item.rows)
    return column.role == "prompt" and any(isinstance(cell, str) and own_texts.in_prompt(cell) for cell in cells)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _runs(words: Sequence[str], length: int) -> set[str]:
    return {" ".join(words[index : index + length]) for index in range(len(words) - length + 1)}
