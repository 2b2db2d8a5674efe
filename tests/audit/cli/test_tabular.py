"""Models over tables and classifiers of texts, as a user runs them: planted disparities are found, mistakes told."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import biased_texts
import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from fairwitness.audit import cli

COLUMNS = ("--label", "truth", "--group", "sex", "--favourable", "yes")
SELECTED = {"male": (40, 20), "female": (40, 10)}
"""Skilled and unskilled people of each sex; the planted model grants everyone skilled, and no woman who is not."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def people() -> list[dict[str, str]]:
    rows = []
    for sex, (skilled, unskilled) in SELECTED.items():
        for skill, count in (("high", skilled), ("low", unskilled)):
            granted = "yes" if skill == "high" or sex == "male" else "no"
            truth = "yes" if skill == "high" else "no"
            rows += [{"skill": skill, "sex": sex, "truth": truth, "granted": granted}] * count
    return rows


def fitted(folder: Path, name: str = "model.skops") -> Path:
    """A table of people, and a model that learned from it exactly who is granted what."""
    frame = pd.DataFrame(people())
    written(folder / "people.csv", people())
    encoded = make_column_transformer((OneHotEncoder(), ["skill", "sex"]))
    model = make_pipeline(encoded, LogisticRegression(C=100)).fit(frame[["skill", "sex"]], frame["granted"])
    assert list(model.predict(frame)) == list(frame["granted"])
    if name.endswith(".skops"):
        skops.io.dump(model, folder / name)
    else:
        joblib.dump(model, folder / name)
    return folder / name


def audit(model: str, table: str, *more: str) -> list[str]:
    return ["run", model, "-p", "group_fairness", "--data", table, *COLUMNS, "-q", *more]


def metrics(folder: Path) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Metrics of one group by name and sex."""
    (result,) = json.loads((folder / "audit.json").read_text())["results"]
    return {(one["name"], one["by"]["sex"]): one["estimate"] for one in result["metrics"] if set(one["by"]) == {"sex"}}


def mistake(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.invoke(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.arithmetic
def test_a_planted_disparity_of_a_fitted_model_is_found(here: Path) -> None:
    fitted(here)
    assert cli.invoke(audit("model.skops", "people.csv", "-o", "out", "--exit-zero")) == 0
    found = metrics(here / "out")
    assert found["selection_rate", "male"]["value"] == 1.0
    assert found["selection_rate", "female"]["value"] == pytest.approx(40 / 50)
    gap = found["selection_rate_difference", "female"]
    assert gap["value"] == pytest.approx(-0.2)
    assert gap["high"] < 0


@pytest.mark.arithmetic
def test_a_planted_disparity_of_a_trained_classifier_is_found(here: Path) -> None:
    biased_texts.build(here / "model")
    written(here / "texts.csv", biased_texts.rows())
    columns = ("--label", "y", "--group", "sex", "--favourable", "yes", "--reference", "sex=male")
    command = ["run", "./model", "-p", "group_fairness", "--data", "texts.csv", *columns, "-q", "-o", "out"]
    assert cli.invoke([*command, "--exit-zero"]) == 0
    found = metrics(here / "out")
    assert (found["selection_rate", "male"]["value"], found["selection_rate", "female"]["value"]) == (0.5, 0.375)
    assert (found["true_positive_rate", "male"]["value"], found["true_positive_rate", "female"]["value"]) == (1.0, 0.75)
    gap = found["true_positive_rate_difference", "female"]
    assert gap["value"] == -0.25
    assert gap["high"] < 0
    assert found["false_positive_rate_difference", "female"]["value"] == 0.0


def test_other_columns_are_told_before_anything_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fitted(here)
    rows = [{"skills": row["skill"], "sex": row["sex"], "truth": row["truth"]} for row in people()]
    written(here / "other.csv", rows)
    assert mistake(capsys, *audit("model.skops", "other.csv", "-o", "out")) == (
        "error: model.skops needs a column that the table does not give it: 'skill'; did you mean 'skills'? (it needs "
        "'skill', 'sex'; it is given 'skills', 'sex')\n"
    )
    assert not (here / "out").exists()


def test_a_pickle_is_refused_and_a_dry_run_never_reads_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Runs:
        def __reduce__(self) -> Any:
            return os.open, (str(here / "sign"), os.O_CREAT)

    written(here / "people.csv", people())
    joblib.dump(Runs(), here / "model.joblib")
    told = mistake(capsys, *audit("model.joblib", "people.csv"))
    assert told == (
        "error: model.joblib is a pickle, and reading one can run any code. If you trust where it comes from, add "
        "--allow-pickle; if not, ask for a .skops file, or a file of its decisions (predictions:FILE)\n"
    )
    assert cli.invoke(audit("model.joblib", "people.csv", "--allow-pickle", "--dry-run")) == 0
    assert "110 Predict" in capsys.readouterr().out
    assert not (here / "sign").exists()


def test_a_dry_run_names_the_class_of_a_safe_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fitted(here)
    assert cli.invoke(audit("model.skops", "people.csv", "--dry-run", "--json")) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["kind"], plan["architecture"]) == ("tabular", "Pipeline")


@pytest.mark.slow
def test_a_joblib_file_runs_with_the_flag_and_gives_the_same(here: Path) -> None:
    fitted(here)
    fitted(here, "model.joblib")
    assert cli.invoke(audit("model.skops", "people.csv", "-o", "one", "--exit-zero")) == 0
    assert cli.invoke(audit("model.joblib", "people.csv", "-o", "two", "--exit-zero", "--allow-pickle")) == 0
    assert metrics(here / "one") == metrics(here / "two")


def test_a_table_of_other_length_than_the_decisions_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(here / "decisions.csv", people())
    written(here / "people.csv", people()[:-3])
    command = audit("predictions:decisions.csv", "group_fairness=people.csv", "--prediction", "granted", "-o", "out")
    expected = (
        "error: people.csv has 107 rows and predictions:decisions.csv has 110: rows are matched by their number, so "
        "both need as many\n"
    )
    assert mistake(capsys, *command) == expected
    assert mistake(capsys, *command, "--dry-run") == expected
    assert not (here / "out").exists()


@pytest.mark.slow
def test_decisions_may_stand_beside_their_table(here: Path) -> None:
    written(here / "decisions.csv", [{"granted": row["granted"]} for row in people()])
    written(here / "people.csv", [{key: row[key] for key in ("skill", "sex", "truth")} for row in people()])
    command = audit("predictions:decisions.csv", "group_fairness=people.csv", "--prediction", "granted", "-o", "out")
    assert cli.invoke([*command, "--exit-zero"]) == 0
    assert metrics(here / "out")["selection_rate", "female"]["value"] == pytest.approx(0.8)


@pytest.mark.slow
def test_a_file_for_no_task_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fitted(here)
    assert "--task causal_lm is for other models" in mistake(
        capsys, *audit("model.skops", "people.csv", "--task", "causal_lm")
    )
    assert "no file or folder 'model.skop'; did you mean 'model.skops'?" in mistake(
        capsys, *audit("model.skop", "people.csv", "--offline")
    )
    assert "no file modl.skops; did you mean 'model.skops'?" in mistake(capsys, *audit("modl.skops", "people.csv"))


@pytest.mark.slow
def test_true_outcomes_of_one_kind_leave_the_rest_measured(here: Path) -> None:
    fitted(here)
    written(here / "granted.csv", [row | {"truth": "yes"} for row in people()])
    assert cli.invoke(audit("model.skops", "granted.csv", "-o", "out", "--exit-zero")) == 0
    found = metrics(here / "out")
    assert found["selection_rate_difference", "female"]["value"] == pytest.approx(-0.2)
    assert found["auc", "male"] is None, "without both outcomes there is no ranking"


@pytest.mark.arithmetic
def test_a_torch_module_is_asked_with_the_columns_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    module = torch.nn.Linear(2, 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 0.0]]))
        module.bias.fill_(-0.5)
    torch.save(module, here / "model.pth")
    rows = [
        {"x": str(at % 2), "other": "1", "sex": ("male", "female")[at // 60], "truth": str(int(at < 40))}
        for at in range(120)
    ]
    written(here / "rows.csv", rows)
    columns = ("--label", "truth", "--group", "sex", "--favourable", "1", "-O", "group_fairness.features=x,other")
    command = ["run", "model.pth", "-p", "group_fairness", "--data", "rows.csv", *columns, "-q", "-o", "out"]
    assert "reading one can run any code" in mistake(capsys, *command)
    command += ["--allow-pickle", "--task", "classifier", "--exit-zero"]
    assert cli.invoke(command) == 0
    assert metrics(here / "out")["selection_rate", "female"]["value"] == 0.5


def test_a_model_that_takes_no_row_says_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch

    torch.save(torch.nn.Linear(2, 1), here / "model.pth")
    written(here / "people.csv", people())
    assert cli.invoke(audit("model.pth", "people.csv", "--allow-pickle", "-o", "out")) == 3
    (result,) = json.loads((here / "out" / "audit.json").read_text())["results"]
    assert (result["status"], result["code"]) == ("failed", "unanswered")
    assert result["reason"]["en"] == (
        "the model answered none of the rows, most often: ValueError: column 'skill' holds a text of 4 characters "
        "where the module takes a number"
    )


@pytest.mark.slow
def test_a_bare_file_is_for_the_probes_that_rows_can_be_put_to(here: Path) -> None:
    fitted(here)
    command = ["run", "model.skops", "--data", "people.csv", *COLUMNS, "-q", "-o", "out", "--exit-zero"]
    assert cli.invoke(command) == 0
    results = json.loads((here / "out" / "audit.json").read_text())["results"]
    assert [one["probe"]["name"] for one in results if one["status"] == "measured"] == ["group_fairness"]


@pytest.mark.slow
def test_twenty_thousand_decisions_are_counted_whole(here: Path) -> None:
    rng = np.random.default_rng(0)
    columns = {
        "truth": rng.choice(["yes", "no"], 20_000),
        "granted": rng.choice(["yes", "no"], 20_000),
        "score": rng.random(20_000).round(6),
        "sex": rng.choice(["male", "female"], 20_000),
        "race": rng.choice(["a", "b", "c", "d", "e", "f"], 20_000),
    }
    pd.DataFrame(columns).to_csv(here / "many.csv", index=False)
    shown = ("--prediction", "granted", "--score", "score", "--group", "race", "-o", "out", "--exit-zero")
    assert cli.invoke([*audit("predictions:many.csv", "many.csv", *shown)]) == 0
    assert metrics(here / "out")["selection_rate", "female"]["n"] == int((columns["sex"] == "female").sum())
