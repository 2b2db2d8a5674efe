"""Audits a scikit-learn pipeline that is in memory, on a DataFrame, and prints what was found.

Usage: python examples/sklearn_in_memory.py [-o DIR]

The table is made here: 3,000 people who ask for a loan. Whether they pay it back hangs on income and debt alone, and
women have the lower incomes. The pipeline sees both, and not who is a woman.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import fairwitness

FEATURES = ["income", "debt", "housing"]


def people(count: int = 3000, seed: int = 0) -> pd.DataFrame:
    """People with what a bank knows of them, and whether they paid back."""
    rng = np.random.default_rng(seed)
    women = rng.random(count) < 0.5
    income = rng.normal(np.where(women, 34.0, 40.0), 8.0)
    debt = rng.gamma(2.0, 6.0, count)
    odds = 0.15 * (income - 36) - 0.08 * (debt - 12)
    return pd.DataFrame(
        {
            "sex": pd.Categorical(np.where(women, "female", "male")),
            "income": income.round(1),
            "debt": debt.round(1),
            "housing": pd.Categorical(rng.choice(["rent", "own"], count)),
            "repaid": np.where(rng.random(count) < 1 / (1 + np.exp(-odds)), "yes", "no"),
        }
    )


def trained(rows: pd.DataFrame) -> Pipeline:
    """A logistic regression on standardised numbers and one-hot categories."""
    columns = make_column_transformer((StandardScaler(), ["income", "debt"]), (OneHotEncoder(), ["housing"]))
    return make_pipeline(columns, LogisticRegression()).fit(rows[FEATURES], rows["repaid"])


def main(arguments: Sequence[str] | None = None) -> fairwitness.Report:
    """Trains on one half, audits on the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out", type=Path, help="folder of the run")
    options = parser.parse_args(arguments)
    train, test = train_test_split(people(), test_size=0.5, random_state=0)
    report = fairwitness.run(
        trained(train),
        test,
        probes="group_fairness",
        group="sex",
        label="repaid",
        favourable="yes",
        probe={"group_fairness": {"features": FEATURES}},
        out=options.out,
    )
    print(report)
    print(report.verdicts[["outcome", "metric", "reason"]].query("outcome in ('fail', 'pass')").to_string(index=False))
    return report


if __name__ == "__main__":
    main()
