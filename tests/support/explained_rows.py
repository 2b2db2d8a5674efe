"""Probes over a tabular model that is asked through an engine, and people whose columns are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from decision_tables import Columns, table

from fairwitness.audit.adapters.tabular import Tabular
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Metric
from fairwitness.audit.requests import Answer, Request
from fairwitness.audit.subject import Subject
from organisms import drive_rounds

Change = Callable[[Request, Answer], Answer]


def findings_of(
    probe: Probe, subject: Subject, columns: Columns, change: Change | None = None, seed: int = 0, **options: Any
) -> Findings:
    """What a probe finds of a subject; `change` may put another answer in place of any."""
    engine = Engine(subject, explainer=Explainer(subject))
    ctx = Context(
        seed=seed,
        options=probe.options.model_validate(options),
        capabilities=frozenset(subject.info.capabilities),
        data={"table": table(columns)},
        kind=subject.info.kind,
    )

    def ask(requests: Sequence[Request]) -> list[Answer]:
        answers = engine.answer(requests)
        if change is None:
            return answers
        return [change(request, answer) for request, answer in zip(requests, answers, strict=True)]

    return drive_rounds(probe, ctx, ask)


def people(rows: int = 400, seed: int = 0, *, told: float = 0.0) -> dict[str, list[Any]]:
    """Sex, income and debt by chance, a colour that says nothing, a town that tells the sex so often beyond chance."""
    rng = np.random.default_rng(seed)
    sex = rng.integers(0, 2, rows)
    town = np.where(rng.random(rows) < told, sex, rng.integers(0, 2, rows))
    return {
        "sex": np.array(["f", "m"])[sex].tolist(),
        "town": np.array(["east", "west"])[town].tolist(),
        "income": rng.normal(size=rows).round(3).tolist(),
        "debt": rng.normal(size=rows).round(3).tolist(),
        "colour": rng.choice(["red", "blue", "green"], rows).tolist(),
    }


def linear(weights: Mapping[str, float], bias: float = 0.0, **settings: Any) -> Tabular:
    """A model whose log-odds are a weighted sum of numbers and, of texts, of whether they are m or west."""

    def decide(rows: pd.DataFrame) -> list[list[float]]:
        chance = 1 / (1 + np.exp(-log_odds(rows, weights, bias)))
        return np.column_stack([1 - chance, chance]).tolist()  # type: ignore[no-any-return]

    return Tabular(decide, classes=["no", "yes"], name="linear", **settings)


def log_odds(rows: pd.DataFrame, weights: Mapping[str, float], bias: float) -> Any:
    """The weighted sum."""
    total = np.full(len(rows), bias)
    for name, weight in weights.items():
        cells = rows[name]
        numbers = cells.isin(["m", "west"]) if cells.dtype.kind not in "ifb" else cells
        total = total + weight * np.asarray(numbers, dtype=np.float64)
    return total


def metric(findings: Findings, name: str, **labels: str) -> Metric:
    """The only metric of that name whose variant and group have these labels."""
    (only,) = [
        each for each in findings.metrics if each.name == name and labels.items() <= {**each.variant, **each.by}.items()
    ]
    return only
