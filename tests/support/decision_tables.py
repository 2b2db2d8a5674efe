"""Decision tables and how to put them to the group fairness probe without a model or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Cell, DataSource, Estimate, Metric, Table
from fairwitness.audit.requests import Answer, Classify, Predict, Prediction, Request
from fairwitness.probes.fairness.group_fairness import PROBE
from fairwitness.probes.kit.decisions.counts import GroupCounts
from organisms import drive_rounds

Columns = Mapping[str, Sequence[Cell]]


def table(columns: Columns) -> Table:
    """A table as the runner hands it over."""
    rows = len(next(iter(columns.values())))
    return Table(
        DataSource(name="table", source="test", sha256="", licence="", rows=rows),
        {name: tuple(cells) for name, cells in columns.items()},
    )


def audit(
    columns: Columns, answers: Sequence[Answer] | None = None, capability: str = "Predict", **options: Any
) -> Findings:
    """Findings of the probe; without answers the decisions are those of the column `prediction`, scores of `score`."""
    made = PROBE.options.model_validate({"groups": "sex", **options})
    ctx = Context(seed=0, options=made, capabilities=frozenset({capability}), data={"table": table(columns)})

    def given(requests: Sequence[Request]) -> list[Answer]:
        if capability == "Classify":
            assert requests == [Classify(str(text)) for text in columns["text"]]
        if answers is not None:
            return list(answers)
        assert requests == [Predict((("row", row),)) for row in range(len(columns["prediction"]))]
        scores = columns.get("score", [None] * len(requests))
        return [
            Prediction(str(cell), None if score is None else float(score))
            for cell, score in zip(columns["prediction"], scores, strict=True)
        ]

    return drive_rounds(PROBE, ctx, given)


def ask(
    columns: Columns, model: Callable[[Mapping[str, Cell]], Answer], **options: Any
) -> tuple[Findings, list[list[Predict]]]:
    """Findings of the probe on a tabular model that decides on the cells of a row, and what it was asked by round."""
    made = PROBE.options.model_validate({"groups": "sex", **options})
    ctx = Context(
        seed=0, options=made, capabilities=frozenset({"Predict"}), data={"table": table(columns)}, kind="tabular"
    )
    asked: list[list[Predict]] = []

    def given(requests: Sequence[Request]) -> list[Answer]:
        asked.append([one for one in requests if isinstance(one, Predict)])
        return [model(dict(one.features)) for one in asked[-1]]

    return drive_rounds(PROBE, ctx, given), asked


def table_of(findings: Findings, name: str) -> list[dict[str, Cell]]:
    """The rows of one piece of evidence by the names of its columns."""
    found = next(one for one in findings.evidence if one.id == name)
    return [dict(zip((column.name for column in found.columns), row, strict=True)) for row in found.rows]


def metric(findings: Findings, name: str, **by: str) -> Metric:
    """The one metric of that name with those groups and ways of measuring, whatever its group is compared with."""
    found = [metric for metric in findings.metrics if metric.name == name and {**metric.variant, **metric.by} == by]
    assert len(found) == 1, (name, by, [metric.key for metric in found])
    return found[0]


def value(findings: Findings, name: str, **by: str) -> float:
    """Its value, which must be defined."""
    estimate = metric(findings, name, **by).estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate.value


def counted(tn: float, fp: float, fn: float, tp: float) -> GroupCounts:
    """What is counted of a group of so many rows, all of them decided and with a true outcome."""
    return GroupCounts(np.array([tn + fn, fp + tp, tn, fp, fn, tp], dtype=np.float64))


def cells(counts: Mapping[str, tuple[int, int, int, int]]) -> dict[str, list[Cell]]:
    """A table with these (tn, fp, fn, tp) in each group of the column `sex`."""
    columns: dict[str, list[Cell]] = {"sex": [], "y": [], "prediction": []}
    for group, four in counts.items():
        for count, (true, decided) in zip(four, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True):
            columns["sex"] += [group] * count
            columns["y"] += [true] * count
            columns["prediction"] += [decided] * count
    return columns
