"""Whether a tabular model decides otherwise when nothing but the group in a row is changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.requests import Answer, Predict, Prediction, Request
from fairwitness.probes.fairness.group_fairness.cells import MISSING, Coded, Codes, Floats, group, is_number, outcome
from fairwitness.probes.fairness.group_fairness.ends import completed
from fairwitness.probes.fairness.group_fairness.meaning import not_interpretable
from fairwitness.probes.fairness.group_fairness.rates import LEAST_EFFECTIVE, NOT_ESTIMABLE
from fairwitness.probes.fairness.group_fairness.rows import Frame
from fairwitness.probes.kit.claims import escaped, stated
from fairwitness.probes.kit.standing import standing

MOST_VALUES = 10
"""A column is changed to at most so many groups, the largest."""
MOST_SHOWN = 500
FLIP_RATE = "counterfactual_flip_rate"
TAGS = ("extrinsic", "counterfactual")
NO_MODEL = "only a model over tables can be asked again with the group in a row changed"
SWITCHED_OFF = "the group is changed in no row: -O group_fairness.flips=500 has it changed"


@dataclass(frozen=True, slots=True)
class Twin:
    """A row that is asked again with one group column changed."""

    row: int
    column: str
    before: str
    after: str
    request: Predict


@dataclass(frozen=True, slots=True)
class Flips:
    """The changed rows that a model is asked for, and what the reader should know of their choice.

    `changed` has each column that is changed, with the share of its rows that had no decision and so no twin; `unmade`
    why another column is not. `persons` is the person of each row of the table, or the row where nobody has several.
    """

    twins: tuple[Twin, ...]
    notes: tuple[str, ...]
    changed: Mapping[str, float]
    unmade: Mapping[str, Undefined]
    persons: Codes

    @property
    def requests(self) -> list[Request]:
        """One request a changed row."""
        return [twin.request for twin in self.twins]


def plan(frame: Frame, decided: Coded, rows: int, seed: int) -> Flips:
    """Chance decides which answered rows are asked again; each is changed to every other group of each column sent."""
    answered = np.flatnonzero(decided.known)
    chosen = np.sort(np.random.default_rng(seed).permutation(answered)[:rows])
    twins: list[Twin] = []
    notes = []
    changed = {}
    unmade = {name: Undefined(f"{NOT_ESTIMABLE}{why}") for name, why in frame.unmeasured.items()}
    if len(chosen) < len(answered):
        notes.append(
            f"The group was changed in {len(chosen)} of {len(answered)} rows, chosen by chance (option flips)."
        )
    for name in frame.groups:
        if name not in frame.columns.features:
            unmade[name] = Undefined(
                f"column {name!r} is not sent to the model, so changing it changes nothing", "not_asked"
            )
            notes.append(f"Column {name!r} is not sent to the model, so changing it changes nothing.")
            continue
        counts = {value: count for value, count in frame.coded[name].counts.items() if value != MISSING}
        largest = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES]
        if len(largest) < len(counts):
            notes.append(f"Column {name!r} was changed to its {MOST_VALUES} largest groups alone.")
        twins += _twins(frame, name, largest, chosen.tolist())
        of_these = frame.coded[name].where(frozenset(largest).__contains__)
        changed[name] = float((~decided.known)[of_these].mean())
    persons = np.arange(frame.rows) if frame.persons is None else frame.persons
    return Flips(tuple(twins), tuple(notes), changed, unmade, persons)


def _twins(frame: Frame, name: str, values: Sequence[str], rows: Sequence[int]) -> list[Twin]:
    cells: dict[str, Cell] = {}
    for cell in frame.table.columns[name]:
        cells.setdefault(group(cell), cell)
    features = frame.columns.features
    twins = []
    for row in rows:
        own = frame.groups[name][row]
        if own not in values:
            continue
        known = {feature: frame.table.columns[feature][row] for feature in features}
        twins += [
            Twin(row, name, own, other, Predict(tuple({**known, name: cells[other]}.items())))
            for other in values
            if other != own
        ]
    return twins


def findings(
    flips: Flips, decided: Coded, answers: Sequence[Answer], *, numbers: bool, seed: int
) -> tuple[list[Metric], list[Evidence]]:
    """The share of changes that flip the decision by column, or how far a predicted number moves, and those rows."""
    before = decided.texts(None)
    after = [outcome(answer.label) if isinstance(answer, Prediction) else None for answer in answers]
    changes = [_change(before[twin.row], text, numbers=numbers) for twin, text in zip(flips.twins, after, strict=True)]
    metrics = [_metric(name, flips, changes, numbers=numbers, seed=seed) for name in flips.changed]
    if len({text for text in (*before, *after) if text is not None}) == 1:
        why = Undefined("all decisions are alike, changed or not: nothing was decided", "not_interpretable")
        metrics = [not_interpretable(metric, why) for metric in metrics]
    if not numbers:
        metrics += [unmade(why, column) for column, why in flips.unmade.items()]
    moved = [at for at, change in enumerate(changes) if change]
    rows = tuple(
        (
            flips.twins[at].row + 1,
            flips.twins[at].column,
            flips.twins[at].before,
            flips.twins[at].after,
            before[flips.twins[at].row],
            after[at],
        )
        for at in moved[:MOST_SHOWN]
    )
    shown = (
        Column("row", "number"),
        Column("column"),
        Column("group"),
        Column("changed to"),
        Column("decision"),
        Column("decision after"),
    )
    caption = "Rows whose decision changes when nothing but the group is changed (rows count from 1)"
    return metrics, [Evidence("flips", caption, "table", shown, rows, len(moved))] if flips.twins else []


def unasked(frame: Frame, *, numbers: bool) -> list[Metric]:
    """The flip rate as not asked for, of decisions that no model takes again, or whose groups are not to be changed."""
    if numbers:
        return []
    return [unmade(Undefined(SWITCHED_OFF if frame.columns.sent else NO_MODEL, "not_asked"))]


def unmade(why: Undefined, column: str = "") -> Metric:
    """The flip rate without a value, of a column or of all."""
    claim = f"How often decisions change when {column or 'the group'} alone is changed has no value: {why.reason}."
    return Metric(
        name=FLIP_RATE,
        estimate=why,
        unit="share",
        better="lower",
        claim=claim,
        null=None,
        variant={"column": column} if column else {},
        tags=TAGS,
        **standing(TAGS, "lower", part=bool(column)),
    )


def _change(before: str | None, after: str | None, *, numbers: bool) -> float | None:
    """1 for another decision, or how far a number moves; None where either is not known."""
    if before is None or after is None:
        return None
    if not numbers:
        return float(before != after)
    return abs(float(after) - float(before)) if is_number(before) and is_number(after) else None


def _metric(name: str, flips: Flips, changes: Sequence[float | None], *, numbers: bool, seed: int) -> Metric:
    """The mean over rows of the mean over the changes of each row."""
    own = [(twin.row, change) for twin, change in zip(flips.twins, changes, strict=True) if twin.column == name]
    rows = np.array([row for row, _ in own], dtype=np.int64)
    values = np.array([math.nan if change is None else change for _, change in own], dtype=np.float64)
    estimate = estimate_of(rows, values, flips.persons[rows], flips.changed[name], numbers=numbers, seed=seed)
    subject = "mean change of the prediction" if numbers else "share of decisions that change"
    what = f"The {subject} when {name} alone is changed"
    claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
    metric, unit = ("counterfactual_change", "") if numbers else (FLIP_RATE, "share")
    return Metric(
        name=metric,
        estimate=estimate,
        unit=unit,
        better="lower",
        claim=claim,
        null=None,
        variant={"column": name},
        evidence=("flips",),
        tags=TAGS,
        **standing(TAGS, "lower", part=True),
    )


def estimate_of(
    rows: Codes, values: Floats, persons: Codes, undecided: float, *, numbers: bool, seed: int
) -> Estimate | Undefined:
    """The mean; its ends are those had what was not answered changed nothing, or most: twins, and rows without one."""
    known = np.isfinite(values)
    if not known.any():
        return Undefined(f"{NOT_ESTIMABLE}no changed row was answered")
    most = float(values[known].max()) if numbers else 1.0
    found = (
        _mean(rows[known], values[known], persons[known], seed)
        if numbers
        else _share(rows[known], values[known], persons[known])
    )
    low, high = ((1 - undecided) * _with(rows, values, one) + undecided * one for one in (0.0, most))
    return completed(found, (low, high))


def _mean(rows: Codes, values: Floats, persons: Codes, seed: int) -> Estimate | Undefined:
    """The mean change of a number, each row with the same weight, over people."""
    _, first, at = np.unique(rows, return_index=True, return_inverse=True)
    means = np.bincount(at, weights=values) / np.bincount(at)
    own = persons[first]
    clusters = None if len(np.unique(own)) == len(own) else own
    return stats.mean(means, clusters, bounds=(0.0, np.inf), seed=seed, weigh="values")


def _share(rows: Codes, values: Floats, persons: Codes) -> Estimate | Undefined:
    """The share of changes that flip a decision, each row with the same weight: Wilson's at the effective count.

    What is a cluster is the person, or the row where nobody has several.
    """
    own, at, changes = np.unique(rows, return_inverse=True, return_counts=True)
    weights = 1 / changes[at]
    _, of = np.unique(persons, return_inverse=True)
    hits, base = (np.bincount(of, weights=one) for one in (weights * values, weights))
    found, size = stats.clustered_counts(hits, base, float(weights @ weights), len(own))
    if size < LEAST_EFFECTIVE:
        return Undefined(f"{NOT_ESTIMABLE}changes weigh as much as {size:.3g} of them, {LEAST_EFFECTIVE} needed")
    return stats.proportion(found, size)


def _with(rows: Codes, values: Floats, change: float) -> float:
    """The mean over rows of the mean over changes, where what was not answered changes so."""
    _, at = np.unique(rows, return_inverse=True)
    filled = np.where(np.isfinite(values), values, change)
    return float((np.bincount(at, weights=filled) / np.bincount(at)).mean())
