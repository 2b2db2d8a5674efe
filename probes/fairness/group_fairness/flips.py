"""Whether a tabular model decides otherwise when nothing but the group in a row is changed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Cell, Estimate, Evidence, Metric, Name, Undefined, quoted
from fairwitness.audit.requests import Answer, Predict, Prediction, Request
from fairwitness.audit.stats.unanswered import completed
from fairwitness.probes.fairness.group_fairness.evidence import FLIPS, id_heads
from fairwitness.probes.fairness.group_fairness.meaning import not_interpretable
from fairwitness.probes.fairness.group_fairness.measures import WORDS
from fairwitness.probes.kit.decisions.categorical import MISSING, Categorical, Codes, Floats, group, is_number, outcome
from fairwitness.probes.kit.decisions.partition import LEAST_EFFECTIVE
from fairwitness.probes.kit.decisions.table import DecisionTable
from fairwitness.probes.kit.measures import Measure
from fairwitness.probes.kit.tables import Listing, label, number

MOST_VALUES = 10
"""A column is changed to at most so many groups, the largest."""
MOST_SHOWN = 500
FLIP_RATE = Measure(
    name="counterfactual_flip_rate",
    words=WORDS,
    unit="share",
    better="lower",
    null=None,
    scope="group",
    tags=("extrinsic", "counterfactual"),
    evidence=(FLIPS,),
)
CHANGE = replace(FLIP_RATE, name="counterfactual_change", unit="")


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A row that is asked again with one group column changed."""

    row: int
    column: str
    before: str
    after: str
    request: Predict


@dataclass(frozen=True, slots=True)
class Flips:
    """The changed rows that a model is asked for, and what the reader should know of their choice.

    `changed` has each column that is changed, with the share of its rows that had no decision and so are not asked
    again; `unchanged` why another column is not. `persons` is the person of each row of the table, or the row where
    nobody has several.
    """

    counterfactuals: tuple[Counterfactual, ...]
    notes: tuple[str, ...]
    changed: Mapping[str, float]
    unchanged: Mapping[str, Undefined]
    persons: Codes

    @property
    def requests(self) -> list[Request]:
        """One request a changed row."""
        return [counterfactual.request for counterfactual in self.counterfactuals]


def plan(table: DecisionTable, decided: Categorical, rows: int, seed: int) -> Flips:
    """Chance decides which answered rows are asked again; each is changed to every other group of each column sent."""
    answered = np.flatnonzero(decided.known)
    chosen = np.sort(np.random.default_rng(seed).permutation(answered)[:rows])
    counterfactuals: list[Counterfactual] = []
    notes = []
    changed = {}
    unchanged = dict(table.unmeasured)
    if len(chosen) < len(answered):
        notes.append(WORDS("note.flips_sampled", chosen=len(chosen), answered=len(answered)))
    for name in table.groups:
        if name not in table.columns.features:
            unchanged[name] = WORDS.undefined("reason.not_sent", "not_asked", "not_asked", column=quoted(name))
            notes.append(WORDS("note.not_sent", column=quoted(name)))
            continue
        counts = {value: count for value, count in table.coded[name].counts.items() if value != MISSING}
        largest = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES]
        if len(largest) < len(counts):
            notes.append(WORDS("note.largest_groups", column=quoted(name), most=MOST_VALUES))
        counterfactuals += _counterfactuals(table, name, largest, chosen.tolist())
        inside = table.coded[name].where(frozenset(largest).__contains__)
        changed[name] = float((~decided.known)[inside].mean())
    persons = np.arange(table.rows) if table.persons is None else table.persons
    return Flips(tuple(counterfactuals), tuple(notes), changed, unchanged, persons)


def _counterfactuals(
    table: DecisionTable, name: str, values: Sequence[str], rows: Sequence[int]
) -> Iterator[Counterfactual]:
    cells: dict[str, Cell] = {}
    for cell in table.table.columns[name]:
        cells.setdefault(group(cell), cell)
    for row in rows:
        before = table.groups[name][row]
        if before in values:
            known = {feature: table.table.columns[feature][row] for feature in table.columns.features}
            for after in values:
                if after != before:
                    request = Predict(tuple({**known, name: cells[after]}.items()))
                    yield Counterfactual(row, name, before, after, request)


@dataclass(frozen=True, slots=True)
class Flip:
    """What was decided of a row before and after its group was changed."""

    counterfactual: Counterfactual
    before: str | None
    after: str | None

    def change(self, *, numbers: bool) -> float | None:
        """1 for another decision, or how far a number moves; None where either is not known."""
        if self.before is None or self.after is None:
            return None
        if not numbers:
            return float(self.before != self.after)
        known = is_number(self.before) and is_number(self.after)
        return abs(float(self.after) - float(self.before)) if known else None


def _flips(table: DecisionTable) -> Listing[Flip]:
    return Listing(
        FLIPS,
        WORDS,
        number("row", lambda flip: flip.counterfactual.row + 1),
        id_heads(table, lambda flip: flip.counterfactual.row),
        label("column", lambda flip: flip.counterfactual.column),
        label("group", lambda flip: flip.counterfactual.before),
        label("changed to", lambda flip: flip.counterfactual.after),
        label("decision", lambda flip: flip.before),
        label("decision after", lambda flip: flip.after),
    )


def findings(
    table: DecisionTable,
    plan: Flips,
    decided: Categorical,
    answers: Sequence[Answer],
    *,
    numbers: bool,
    seed: int,
) -> tuple[list[Metric], list[Evidence]]:
    """The share of changes that flip the decision by column, or how far a predicted number moves, and those rows."""
    before = decided.texts(None)
    flips = []
    for counterfactual, answer in zip(plan.counterfactuals, answers, strict=True):
        after = outcome(answer.label) if isinstance(answer, Prediction) else None
        flips.append(Flip(counterfactual, before[counterfactual.row], after))
    metrics = [_metric(name, plan, flips, numbers=numbers, seed=seed) for name in plan.changed]
    if len({text for text in (*before, *(flip.after for flip in flips)) if text is not None}) == 1:
        why = WORDS.undefined("reason.alike_changed", "no_variation", "not_interpretable")
        metrics = [not_interpretable(metric, why) for metric in metrics]
    if not numbers:
        metrics += [_unchanged(why, column) for column, why in plan.unchanged.items()]
    moved = [flip for flip in flips if flip.change(numbers=numbers)]
    return metrics, [_flips(table).of(moved, shown=MOST_SHOWN)] if flips else []


def unasked(table: DecisionTable, *, numbers: bool) -> list[Metric]:
    """The flip rate as not asked for, of decisions that no model takes again, or whose groups are not to be changed."""
    if numbers:
        return []
    why = "reason.switched_off" if table.columns.sent else "reason.no_model"
    return [_unchanged(WORDS.undefined(why, "not_asked", "not_asked"))]


def _unchanged(why: Undefined, column: str = "") -> Metric:
    """The flip rate without a value, of a column or of all."""
    measure = FLIP_RATE if column else replace(FLIP_RATE, scope="overall", headline=False)
    variant = {"column": column} if column else {}
    claim = WORDS("sentence.unchanged", column=Name(column) if column else WORDS("part.the_group"), reason=why.reason)
    return replace(measure.metric(why, variant=variant, evidence=()), claim=claim)


def _metric(name: str, plan: Flips, flips: Sequence[Flip], *, numbers: bool, seed: int) -> Metric:
    """The mean over rows of the mean over the changes of each row."""
    here = [flip for flip in flips if flip.counterfactual.column == name]
    rows = np.array([flip.counterfactual.row for flip in here], dtype=np.int64)
    changes = [flip.change(numbers=numbers) for flip in here]
    values = np.array([math.nan if change is None else change for change in changes], dtype=np.float64)
    estimate = estimate_of(rows, values, plan.persons[rows], plan.changed[name], numbers=numbers, seed=seed)
    return (CHANGE if numbers else FLIP_RATE).metric(estimate, variant={"column": name})


def estimate_of(
    rows: Codes, values: Floats, persons: Codes, undecided: float, *, numbers: bool, seed: int
) -> Estimate | Undefined:
    """The mean; its ends are those had what was not answered changed nothing, or most: also rows never asked again."""
    known = np.isfinite(values)
    if not known.any():
        return WORDS.undefined("reason.no_answer", "unanswered")
    most = float(values[known].max()) if numbers else 1.0
    estimate = (
        _mean(rows[known], values[known], persons[known], seed)
        if numbers
        else _share(rows[known], values[known], persons[known])
    )
    low, high = ((1 - undecided) * _with(rows, values, change) + undecided * change for change in (0.0, most))
    return completed(estimate, (low, high))


def _mean(rows: Codes, values: Floats, persons: Codes, seed: int) -> Estimate | Undefined:
    """The mean change of a number, each row with the same weight, over people."""
    _, first, places = np.unique(rows, return_index=True, return_inverse=True)
    means = np.bincount(places, weights=values) / np.bincount(places)
    people = persons[first]
    clusters = None if len(np.unique(people)) == len(people) else people
    return stats.mean(means, clusters, bounds=(0.0, np.inf), seed=seed, weigh="values")


def _share(rows: Codes, values: Floats, persons: Codes) -> Estimate | Undefined:
    """The share of changes that flip a decision, each row with the same weight: Wilson's at the effective count.

    What is a cluster is the person, or the row where nobody has several.
    """
    different, places, changes = np.unique(rows, return_inverse=True, return_counts=True)
    weights = 1 / changes[places]
    _, people = np.unique(persons, return_inverse=True)
    hits, base = (np.bincount(people, weights=each) for each in (weights * values, weights))
    flipped, size = stats.clustered_counts(hits, base, float(weights @ weights), len(different))
    if size < LEAST_EFFECTIVE:
        return WORDS.undefined("reason.few_changes", "few_units", size=f"{size:.3g}", needed=LEAST_EFFECTIVE)
    return stats.proportion(flipped, size)


def _with(rows: Codes, values: Floats, change: float) -> float:
    """The mean over rows of the mean over changes, where what was not answered changes so."""
    _, places = np.unique(rows, return_inverse=True)
    filled = np.where(np.isfinite(values), values, change)
    return float((np.bincount(places, weights=filled) / np.bincount(places)).mean())
