"""Tables of decisions in which all groups have the same rates, put to the probe of group fairness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

from fairwitness.audit import policy, stats
from fairwitness.audit.probe import Context
from fairwitness.audit.records import Cell, DataSource, Measured, Table
from fairwitness.audit.requests import Prediction
from fairwitness.audit.runner.findings import checked
from fairwitness.probes.fairness.group_fairness import PROBE
from samples.deciding import POLICY, TODAY, Sample, passed

Columns = dict[str, list[Cell]]
CLASSES = "abc"
LARGE = 1_000
"""Rows of the one large group beside small ones."""
SMALL = 25


def verdicts(columns: Columns, **options: Any) -> Mapping[str, set[str]]:
    """What each rule says of a table whose column `decided` has the decisions."""
    decided = columns.pop("decided")
    source = DataSource(name="table", source="made", sha256="", licence="", rows=len(decided))
    data = {"table": Table(source, {name: tuple(cells) for name, cells in columns.items()})}
    run = PROBE.run(
        Context(seed=0, options=PROBE.options.model_validate(options), capabilities=frozenset({"Predict"}), data=data)
    )
    next(run)
    try:
        run.send([Prediction(str(one), None) for one in decided])
        raise AssertionError("the probe asks once more")
    except StopIteration as end:
        found = checked(end.value)
    result = Measured(probe=PROBE.spec, metrics=tuple(found.metrics), evidence=(), requests=len(decided), unanswered=0)
    said: dict[str, set[str]] = {}
    for one in policy.judge(POLICY, [result], "", TODAY):
        if one.asked:
            said.setdefault(one.rule, set()).add(one.outcome)
    return said


def _rows(columns: Columns, group: Mapping[str, Cell], truth: Cell, decided: Sequence[Cell]) -> None:
    for name, cell in {**group, "truth": truth}.items():
        columns.setdefault(name, []).extend([cell] * len(decided))
    columns.setdefault("decided", []).extend(decided)


def _share(rows: int, hits: int) -> list[Cell]:
    return [int(at < hits) for at in range(rows)]


@cache
def two_groups(rows: int, rate: float) -> Mapping[str, set[str]]:
    """Two groups of so many rows, half of each true outcome, of which the same share is selected."""
    columns: Columns = {}
    for group in ("f", "m"):
        for truth in (0, 1):
            _rows(columns, {"sex": group}, truth, _share(rows // 2, round(rows * rate / 2)))
    return verdicts(columns, groups=("sex",), label="truth")


@cache
def crossings(rows: int, rate: float) -> Mapping[str, set[str]]:
    """Two columns of two groups, so many rows in each crossing, half of each true outcome."""
    columns: Columns = {}
    for sex in ("f", "m"):
        for age in ("old", "young"):
            for truth in (0, 1):
                _rows(columns, {"sex": sex, "age": age}, truth, _share(rows // 2, round(rows * rate / 2)))
    return verdicts(columns, groups=("sex", "age"), label="truth")


@cache
def three_classes(rows: int, ages: tuple[str, ...] = ()) -> Mapping[str, set[str]]:
    """Two groups of so many rows, or crossings with these ages; a third of each class, half of it decided rightly."""
    columns: Columns = {}
    part = rows // 12
    named = ("sex", "age") if ages else ("sex",)
    for group in product("fm", ages) if ages else product("fm"):
        for at, truth in enumerate(CLASSES):
            decided = truth * 2 * part + CLASSES[(at + 1) % 3] * part + CLASSES[(at + 2) % 3] * part
            _rows(columns, dict(zip(named, group, strict=True)), truth, list(decided))
    return verdicts(columns, groups=named, label="truth")


@cache
def small_groups(groups: int, rate: float) -> Mapping[str, set[str]]:
    """So many groups of 25 rows beside a large one, as alike as whole rows can be; half of each true outcome."""
    columns: Columns = {}
    for at in range(-1, groups):
        rows = LARGE if at < 0 else SMALL
        for truth in (0, 1):
            own = (rows + (at + truth) % 2) // 2
            _rows(columns, {"town": f"town {at}"}, truth, _share(own, int(own * rate + at % 2 / 2)))
    return verdicts(columns, groups=("town",), label="truth")


def _of(world: Callable[..., Mapping[str, set[str]]], rule: str, *more: float) -> Callable[[int], int]:
    return lambda size: int(world(size, *more).get(rule) == {"pass"})


def pairs_of_groups(rule: str) -> tuple[Sample, ...]:
    """Rows of each of two groups, at a rate of one half and of a tenth."""
    return (
        Sample("rows a group", _of(two_groups, rule, 0.5), step=20),
        Sample("at a rate of 0.1", _of(two_groups, rule, 0.1), step=20),
    )


def of_classes(rule: str) -> tuple[Sample, ...]:
    """Rows of each of two groups, three classes."""
    return (Sample("rows a group", _of(three_classes, rule), step=12),)


def of_crossed_classes(rule: str) -> tuple[Sample, ...]:
    """Rows of each of four crossings, three classes."""
    passes = _of(lambda rows: three_classes(rows, ("old", "young")), rule)
    return (Sample("rows a crossing", passes, step=12, quick=False),)


def of_crossings(rule: str) -> tuple[Sample, ...]:
    """Rows of each of four crossings."""
    return (
        Sample("rows a crossing", _of(crossings, rule, 0.5), step=20, quick=False),
        Sample("at a rate of 0.1", _of(crossings, rule, 0.1), step=20, quick=False),
    )


def of_small(rule: str) -> tuple[Sample, ...]:
    """Groups of 25 rows."""
    return (
        Sample("groups of 25 rows", _of(small_groups, rule, 0.5), most=192, quick=False),
        Sample("at a rate of 0.05", _of(small_groups, rule, 0.05), most=192, quick=False),
    )


def of_flips(rule: str) -> tuple[Sample, ...]:
    """Rows whose group is changed to one other, none of which is then decided otherwise."""
    return (Sample("changed rows", lambda rows: passed(rule, [stats.proportion(0, rows)]), "500 rows", 500),)
