"""Decisions that are numbers: errors and mean predictions by group, and their contrasts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import DEFINITIONS
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Better, Cell, Column, Estimate, Evidence, Metric, Undefined
from fairwitness.audit.stats.ladder import normal_level, t_quantile
from fairwitness.probes.fairness.group_fairness import asked, words
from fairwitness.probes.fairness.group_fairness.cells import Coded, Codes, Flags, Floats
from fairwitness.probes.fairness.group_fairness.contrasts import differences, unless_shared
from fairwitness.probes.fairness.group_fairness.ends import completed
from fairwitness.probes.fairness.group_fairness.evidence import decision_table, spread
from fairwitness.probes.fairness.group_fairness.meaning import alike, not_interpretable
from fairwitness.probes.fairness.group_fairness.parts import coded, partitions
from fairwitness.probes.fairness.group_fairness.rates import NOT_ESTIMABLE, Group, Limits, Part
from fairwitness.probes.fairness.group_fairness.rows import Frame, Outcomes
from fairwitness.probes.kit.claims import concluded, escaped, stated
from fairwitness.probes.kit.standing import standing
from fairwitness.probes.kit.unanswered import Ends, difference_if_answered

ROOT = DEFINITIONS["root_mean_squared_error"]
MOST = 300.0
"""Keeps the limits of few people finite numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A number of each row, NaN where there is none, and the rows in which it is only the decision that is missing.

    `persons` numbers the person of each row where some have several rows.
    """

    numbers: Floats
    absent: Flags
    persons: Codes | None = None


def _itself(values: Floats) -> Floats:
    return values


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a group: which values it is made of, and how it is estimated alone and for contrasts.

    It is `back` of the mean of the `moment` of the values.
    """

    name: str
    title: str
    of: str
    estimate: Callable[[Floats, Codes | None, int], Estimate | Undefined]
    sample: Callable[[Floats, Codes | None, int], stats.Sample | Undefined]
    better: Better
    null: float | None = None
    moment: Callable[[Floats], Floats] = _itself
    back: Callable[[float], float] = float


def _mean(values: Floats, persons: Codes | None, seed: int) -> Estimate | Undefined:
    return stats.mean(values, persons, seed=seed, weigh="values")


def _mean_sample(values: Floats, persons: Codes | None, seed: int) -> stats.Sample | Undefined:
    return stats.mean_sample(values, persons, seed=seed, weigh="values")


def _root(errors: Floats, persons: Codes | None, seed: int) -> Estimate | Undefined:
    if persons is None:
        return stats.rmse(errors, seed=seed)
    found = _root_sample(errors, persons, seed)
    return found if isinstance(found, Undefined) else found.estimate("log t over people", (0.0, math.inf))


def _root_sample(errors: Floats, persons: Codes | None, seed: int) -> stats.Sample | Undefined:
    if persons is None:
        return stats.rmse_sample(errors, seed=seed)
    squares = stats.mean_sample(errors**2, persons, seed=seed, weigh="values")
    if isinstance(squares, Undefined) or not squares.value:
        return Undefined(f"{NOT_ESTIMABLE}no prediction is wrong") if isinstance(squares, stats.Sample) else squares
    value, error = math.sqrt(squares.value), math.sqrt(squares.variance) / (2 * squares.value)

    def limits(z: float) -> tuple[float, float]:
        factor = math.exp(min(MOST, t_quantile(normal_level(z), max(squares.n - 1, 1.0)) * error))
        return value / factor, value * factor

    return stats.Sample(value, (value * error) ** 2, squares.n, limits)


QUANTITIES = (
    Quantity(
        "mean_residual", "mean of prediction minus true number", "residual", _mean, _mean_sample, "near_zero", 0.0
    ),
    Quantity(
        ROOT.name,
        "root mean squared error",
        "residual",
        _root,
        _root_sample,
        ROOT.better,
        moment=np.square,
        back=math.sqrt,
    ),
    Quantity("mean_prediction", "mean prediction", "prediction", _mean, _mean_sample, "none"),
)


def findings(
    frame: Frame,
    decided: Coded,
    references: Mapping[str, str],
    limits: Limits,
    seed: int,
    *,
    crossed: bool,
    examples: int,
) -> Findings:
    """Mean residual, root mean squared error and mean prediction of every group, and their differences.

    Raises BadData where a true outcome or a decision is no number.
    """
    true, predicted = frame.truth.numbers(f"label {frame.columns.label!r}"), decided.numbers("decision")
    known = np.isfinite(true) & np.isfinite(predicted)
    none = np.zeros(frame.rows, dtype=np.bool_)
    outcomes = Outcomes(decided.known, known, none, none, (), (), "", "", ())
    parts = partitions(frame, outcomes, references, limits, crossed=crossed)
    absent = ~decided.known
    columns = {
        "residual": Values(np.where(known, predicted - true, np.nan), absent & np.isfinite(true), frame.persons),
        "prediction": Values(predicted, absent, frame.persons),
    }
    metrics = [metric for part in parts for metric in _of_part(frame, part, columns, limits, seed)]
    metrics = [*_meant(metrics, predicted), *asked.of_numbers()]
    texts = [text or "" for text in decided.texts("")]
    table, notes = decision_table(frame, texts, decided.known)
    said = ["Decisions are measured as numbers. Name an outcome with --favourable, as >=5, to measure a selection."]
    if frame.weights is not None:
        said.append("Numbers count every row once: weights are not used in them.")
    left_out = int((decided.known & ~known).sum())
    if left_out:
        said.append(f"{left_out} of {frame.rows} rows have no true number: they count in mean predictions alone.")
    return Findings(
        metrics,
        [_table(frame, parts, columns, true), _worst(frame, columns["residual"].numbers, decided, examples), *table],
        (*frame.notes, *said, *notes, *(part.note for part in parts if part.note)),
    )


def _by_group(frame: Frame, part: Part, values: Floats) -> dict[Group, Floats]:
    """The known values of each group of a part."""
    keys, codes = coded(frame, part.columns)
    known = np.isfinite(values)
    return {group: values[known & (codes == keys.index(group))] for group in part.groups}


def _people(frame: Frame, part: Part, values: Values) -> dict[Group, Codes]:
    """The person of each known value of each group; empty where no person has several rows."""
    if values.persons is None:
        return {}
    found = _by_group(frame, part, np.where(np.isfinite(values.numbers), values.persons, np.nan))
    return {group: codes.astype(np.int64) for group, codes in found.items()}


def _few(limits: Limits, values: Floats, persons: Codes | None) -> Undefined | None:
    """Why a group has too few values, or values of too few people."""
    if persons is None:
        return limits.enough(len(values))
    return limits.enough(len(np.unique(persons)), "people")


def _meant(metrics: Sequence[Metric], predicted: Floats) -> list[Metric]:
    """The metrics; where all predictions are alike, contrasts say nothing of a model."""
    why = alike(predicted, np.isfinite(predicted))
    if why is None:
        return list(metrics)
    return [not_interpretable(one, why) if one.name.endswith("_difference") else one for one in metrics]


def _of_part(frame: Frame, part: Part, columns: Mapping[str, Values], limits: Limits, seed: int) -> Iterator[Metric]:
    for one in QUANTITIES:
        grouped, ends = _by_group(frame, part, columns[one.of].numbers), _ends(frame, part, one, columns[one.of])
        needless = one.of != "residual" or frame.columns.label
        nothing = None if needless else Undefined(asked.NO_LABEL, "not_asked")
        people = _people(frame, part, columns[one.of])
        few = {group: _few(limits, values, people.get(group)) for group, values in grouped.items()}
        for group, values in grouped.items():
            estimate = nothing or few[group] or one.estimate(values, people.get(group), seed)
            yield _own(one, part, group, completed(estimate, ends.get(group)))
        if part.reference is not None:
            samples = {
                group: nothing or few[group] or one.sample(grouped[group], people.get(group), seed)
                for group in part.compared
            }
            apart = unless_shared(differences(samples, part.reference, one.title), part, part.reference)
            for group, found in apart.items():
                known = group in ends and part.reference in ends
                whole = difference_if_answered(found, ends[group], ends[part.reference]) if known else found
                yield _difference(one, part, group, part.reference, whole)


def _ends(frame: Frame, part: Part, one: Quantity, values: Values) -> dict[Group, Ends]:
    """Where the quantity of each group could lie had its rows without a decision got the worst or best of all rows."""
    moved = one.moment(values.numbers)
    known = np.isfinite(moved)
    if not known.any():
        return {}
    bounds = float(moved[known].min()), float(moved[known].max())
    keys, codes = coded(frame, part.columns)
    found = {}
    for group in part.groups:
        own = codes == keys.index(group)
        total, rows, missing = (
            float(moved[own & known].sum()),
            int((own & known).sum()),
            int((own & values.absent).sum()),
        )
        if rows:
            low, high = (one.back((total + missing * bound) / (rows + missing)) for bound in bounds)
            found[group] = (low, high)
    return found


def _own(one: Quantity, part: Part, group: Group, estimate: Estimate | Undefined) -> Metric:
    what = f"The {one.title} of {words.of_group(part, group)}"
    claim = stated(what, estimate, f"{escaped(what)} is {{value}}")
    tags = words.group_tags(part)
    return Metric(
        name=one.name,
        estimate=estimate,
        unit=ROOT.unit,
        better=one.better,
        claim=claim,
        null=one.null,
        by=part.by(group),
        evidence=("numbers",),
        tags=tags,
        **standing(tags, one.better, part=bool(part.by(group))),
    )


def _difference(one: Quantity, part: Part, group: Group, reference: Group, estimate: Estimate | Undefined) -> Metric:
    who, other = words.of_group(part, group), words.of_group(part, reference)
    what = f"The difference in {one.title} between {who} and {other}"
    who, other = escaped(who), escaped(other)
    claim = concluded(
        what,
        estimate,
        above=f"The {one.title} of {who} is {{size}} higher than that of {other}",
        below=f"The {one.title} of {who} is {{size}} lower than that of {other}",
        unshown=f"Whether the {one.title} of {who} and of {other} differ is not shown",
    )
    by, tags = part.by(group), words.contrast_tags(part, "simultaneous")
    return Metric(
        name=f"{one.name}_difference",
        estimate=estimate,
        unit=ROOT.unit,
        better="near_zero",
        claim=claim,
        null=0.0,
        by=by,
        against=words.crossing(reference),
        evidence=("numbers",),
        tags=tags,
        **standing(tags, "near_zero", part=bool(by)),
    )


def _table(frame: Frame, parts: Sequence[Part], columns: Mapping[str, Values], true: Floats) -> Evidence:
    shown = (
        Column("by"),
        Column("group"),
        Column("rows", "number", "rows"),
        Column("with true number", "number", "rows"),
        Column("mean true number", "number"),
        Column("mean prediction", "number"),
        Column("mean residual", "number"),
        Column("standard deviation of residuals", "number"),
    )
    rows: list[tuple[Cell, ...]] = []
    for part in parts:
        truth, guess, errors = (
            _by_group(frame, part, one) for one in (true, columns["prediction"].numbers, columns["residual"].numbers)
        )
        for group in part.groups:
            means = [float(one[group].mean()) if len(one[group]) else None for one in (truth, guess, errors)]
            deviation = float(errors[group].std(ddof=1)) if len(errors[group]) > 1 else None
            name = " × ".join(group) or "all rows"
            rows.append((part.name, name, len(guess[group]), len(errors[group]), *means, deviation))
    caption = "True numbers, predictions and residuals (prediction minus true number) of every group"
    return Evidence("numbers", caption, "table", shown, tuple(rows), len(rows))


def _worst(frame: Frame, residuals: Floats, decided: Coded, limit: int) -> Evidence:
    """The rows of the largest residuals, taken from the groups in turn."""
    known = np.flatnonzero(np.isfinite(residuals))
    largest = known[np.argsort(-np.abs(residuals[known]), kind="stable")][: 10 * limit]
    texts = decided.texts(None)
    columns = [Column("row", "number"), *(Column(name) for name in frame.groups)]
    columns += [Column("true outcome"), Column("decision"), Column("residual", "number")]
    rows = tuple(
        (
            row + 1,
            *(values[row] for values in frame.groups.values()),
            frame.labels[row],
            texts[row],
            float(residuals[row]),
        )
        for row in spread(frame, largest, limit)
    )
    caption = "Rows with the largest residuals, taken from the groups in turn (rows count from 1)"
    return Evidence("rows", caption, "table", tuple(columns), rows, len(known))
