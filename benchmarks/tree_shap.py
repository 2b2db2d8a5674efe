"""Tree SHAP through the engine against the library called directly: same model, rows and background, one process.

`python benchmarks/tree_shap.py` prints the ratio of processor time in the fastest of several turns.
Values are checked to be equal.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier

from fairwitness.audit.adapters.fitted import fitted
from fairwitness.audit.attribution import Explainer
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Answer, AttributeRow, RowAttribution

ROWS, BACKGROUND, COLUMNS, TURNS = 2000, 100, 20, 5


def fastest(*works: Callable[[], Any]) -> list[tuple[float, Any]]:
    """The least time of several turns of each, taken in turns, and its last result."""
    times: list[list[float]] = [[] for _ in works]
    results: list[Any] = [None] * len(works)
    for _ in range(TURNS):
        for place, work in enumerate(works):
            begun = time.process_time()
            results[place] = work()
            times[place].append(time.process_time() - begun)
    return [(min(taken), result) for taken, result in zip(times, results, strict=True)]


def main() -> None:
    """Prints both times and their ratio."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(ROWS, COLUMNS)), columns=[f"c{k}" for k in range(COLUMNS)])
    truth = (table["c0"] + table["c1"] * table["c2"] + rng.normal(size=ROWS) > 0).astype(int)
    model = GradientBoostingClassifier(n_estimators=100, max_depth=4, random_state=0).fit(table, truth)
    cells = table.to_numpy()
    background = tuple(map(tuple, cells[:BACKGROUND].tolist()))
    asked = [
        AttributeRow(tuple(zip(table.columns, row, strict=True)), background, ("1",), "shap_tree")
        for row in cells.tolist()
    ]
    subject = fitted(model)
    engine = Engine(subject, explainer=Explainer(subject))

    def direct() -> Any:
        explainer = shap.TreeExplainer(model, data=cells[:BACKGROUND], feature_perturbation="interventional")
        return explainer.shap_values(cells)

    def ours() -> list[Answer]:
        return engine.answer(asked)

    ours()
    (theirs_time, theirs), (ours_time, answers) = fastest(direct, ours)
    values = np.array([answer.values for answer in answers if isinstance(answer, RowAttribution)])
    assert np.abs(values - theirs).max() < 1e-6
    print(f"library {theirs_time:.2f} s, engine {ours_time:.2f} s, ratio {ours_time / theirs_time:.3f}")


if __name__ == "__main__":
    main()
