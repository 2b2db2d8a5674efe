"""Which columns decide (importance) and what it takes to change a decision (recourse)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from decision_tables import Columns, table

from fairwitness.audit.requests import Answer, AttributeRow, Predict, Prediction, Request, RowAttribution, Unanswered
from standins.answers import Answerer
from standins.runs import Scenario, Worst

ROWS = 60
NUMBERS = np.random.default_rng(5)
PEOPLE: Columns = {
    "sex": ["f", "m"] * (ROWS // 2),
    "town": ["east", "west"] * (ROWS // 2),
    "points": NUMBERS.normal(size=ROWS).round(2).tolist(),
    "debt": NUMBERS.normal(size=ROWS).round(2).tolist(),
}


def weighted(weights: Sequence[float]) -> Answerer:
    """A model whose log-odds are a weighted sum of being a man, of town, points and debt, and that says so."""

    def numbers(cells: Sequence[object]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = [float(cell in ("m", "west")) if isinstance(cell, str) else float(str(cell)) for cell in cells]
        return np.array(values) * weights

    def answer(request: Request) -> Answer:
        match request:
            case Predict(features=features):
                chance = 1 / (1 + math.exp(-numbers([cell for _, cell in features]).sum()))
                return Prediction(str(int(chance > 0.5)), scores=(("0", 1 - chance), ("1", chance)))
            case AttributeRow(features=features, background=background):
                values = numbers([cell for _, cell in features])
                base = np.mean([numbers(row) for row in background], axis=0)
                names = tuple(name for name, _ in features)
                values_of = tuple((values - base).tolist())
                ends = float(base.sum()), float(values.sum())
                return RowAttribution(names, values_of, *ends, 0.0, 1, "shap_linear", "log-odds", exact=True)
            case _:
                return Unanswered("not this")

    return answer


FEW = {"methods": ["shap"], "min_group": 3, "explained": 12, "background": 8, "again": 6}
SCENARIOS = (
    Scenario(
        "importance",
        ("Predict", "AttributeRow"),
        (Worst(weighted((2.0, 0.5, 0.5, -0.5))),),
        weighted((0.0, 0.0, 1.0, -0.5)),
        {"table": table(PEOPLE)},
        {
            "groups": "sex",
            "favourable": "1",
            "methods": ["shap"],
            "min_group": 3,
            "explained": 12,
            "background": 8,
            "again": 6,
        },
        ("0", "1"),
        kind="tabular",
    ),
    Scenario(
        "recourse",
        ("Predict",),
        (Worst(weighted((3.0, 0.0, 1.0, -0.5))),),
        weighted((0.0, 0.0, 1.0, -0.5)),
        {"table": table(PEOPLE)},
        {"groups": "sex", "favourable": "1", "immutable": "town", "min_group": 5, "steps": 4, "depth": 2},
        ("0", "1"),
        kind="tabular",
    ),
)
