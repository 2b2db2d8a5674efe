"""One model in two number formats, and two classifiers of one table: every flip stands in the list, and no other."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import fairwitness
from fairwitness.audit.cli import invoke
from tiny_models import build

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]


def rows(folder: Path, probe: str) -> dict[str, list[Any]]:
    """The columns of what a run stored of a probe."""
    columns: dict[str, list[Any]] = pq.read_table(folder / "items" / f"{probe}.parquet").to_pydict()
    return columns


def record(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    return made


def test_a_model_in_bfloat16_is_compared_with_itself_item_by_item(tmp_path: Path) -> None:
    """The same weights with eight bits of mantissa: what lies near 0 may change sides, and all of that is listed."""
    model = build("causal:gpt2", tmp_path / "model")
    for dtype in ("float32", "bfloat16"):
        asked = ["-p", "gender", "--limit", "6", "--dtype", dtype, "--offline", "-q", "--policy", "report-only"]
        assert invoke(["run", str(model), *asked, "-o", str(tmp_path / dtype)]) in (0, 4)
    assert (
        invoke(["compare", *(str(tmp_path / name) for name in ("float32", "bfloat16")), "-o", str(tmp_path / "c")]) == 0
    )
    before, after = (rows(tmp_path / name, "gender") for name in ("float32", "bfloat16"))
    assert before["id"] == after["id"]
    told = {flips["measure"]: flips for flips in record(tmp_path / "c")["flips"]}
    scores = [name for name in before if name.startswith("score.")]
    assert told
    for name in scores:
        pairs = list(zip(before["id"], before[name], after[name], strict=True))
        both = [pair for pair in pairs if None not in pair]
        wanted = [pair for pair in both if math.copysign(1, pair[1]) != math.copysign(1, pair[2]) and 0.0 not in pair]
        flips = told.get(name.removeprefix("score."))
        if flips is None:
            assert all(was >= 0 and now >= 0 for _, was, now in both) or all(
                was <= 0 and now <= 0 for _, was, now in both
            )
            continue
        assert [(flip["item"], flip["before"], flip["after"]) for flip in flips["flips"]] == wanted
        assert flips["paired"] == len(both)


def test_two_classifiers_of_one_table_are_compared_person_by_person(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"score": rng.normal(0, 1, 400), "years": rng.integers(0, 20, 400).astype(float)})
    chance = 1 / (1 + np.exp(-people["score"] - 0.1 * (people["years"] - 10)))
    hired = (rng.random(400) < chance).astype(int)
    table = people.assign(group=np.where(rng.random(400) < 0.5, "a", "b"), hired=hired)
    reports: list[fairwitness.Report] = []
    for name, model in (("line", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))):
        report = fairwitness.run(
            model.fit(people, hired),
            table,
            probes="group_fairness",
            label="hired",
            group="group",
            policy="report-only",
            out=tmp_path / name,
            quiet=True,
            baseline=reports[0] if reports else None,
        )
        reports.append(report)
    before, after = (rows(tmp_path / name, "group_fairness") for name in ("line", "tree"))
    wanted = [
        (f"row {row}", was, now)
        for row, was, now in zip(before["row"], before["decision"], after["decision"], strict=True)
        if was != now
    ]
    [flips] = record(tmp_path / "tree")["flips"]
    assert [(flip["item"], flip["before"], flip["after"]) for flip in flips["flips"]] == wanted
    assert len(wanted) > 10
    assert sum(way["count"] for way in flips["ways"]) == len(wanted)
    frame = fairwitness.compare(*reports).flips
    assert list(zip(frame["item"], frame["before"], frame["after"], strict=True)) == wanted
    baseline = reports[1].audit.baseline
    assert baseline is not None
    assert [(count.flipped, count.paired) for count in baseline.flips] == [(len(wanted), 400)]
