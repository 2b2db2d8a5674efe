"""A group column may have any name, those that results use included: from the table to page and comparison."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path

import pytest

import proof
from fairwitness.audit.cli import invoke

NAMES = ("reference", "by", "metric", "group", "__class__", "*")
OTHERS = (
    *("against", "variant", "value", "groups", "label", "outcome", "score"),
    *("scorings", "threshold", "counted", "column"),
)
TRUTH = [1, 0] * 200
BEFORE = [1, 0] * 200
AFTER = [1, 0] * 100 + [1, 0, 0, 0] * 50
"""Half of the men who deserve it are no longer selected."""


def run(folder: Path, name: str, column: str, decided: list[int]) -> Path:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["y", "yhat", column])
        out.writerows(zip(TRUTH, decided, ["f"] * 200 + ["m"] * 200, strict=True))
    columns = ["--label", "y", "--prediction", "yhat", "--group", column, "--reference", f"{column}=f"]
    table = f"predictions:{folder / name}.csv"
    assert invoke(["run", table, "-p", "group_fairness", *columns, "-o", str(folder / name), "-q", "--exit-zero"]) == 0
    return folder / name


@pytest.mark.slow
@pytest.mark.parametrize("column", [*NAMES, *(pytest.param(name, marks=proof.AT_LENGTH) for name in OTHERS)])
def test_a_group_column_may_have_any_name(
    column: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    before, after = (run(tmp_path, name, column, decided) for name, decided in (("before", BEFORE), ("after", AFTER)))
    [result] = json.loads((after / "audit.json").read_text(encoding="utf-8"))["results"]
    rates = {tuple(one["by"].items()) for one in result["metrics"] if one["name"] == "selection_rate"}
    assert rates == {(), ((column, "f"),), ((column, "m"),)}
    [ratio] = [one for one in result["metrics"] if one["name"] == "selection_rate_ratio_to_reference"]
    assert (ratio["by"], ratio["against"], ratio["variant"]) == ({column: "m"}, "f", {})
    page = (after / "report.html").read_text(encoding="utf-8")
    read = html.unescape(re.sub(r"<[^>]+>", "", page))
    assert f"{column}: m 200" in read or f"{column}: f 200" in read
    assert f"{column}=m vs f" in page
    capsys.readouterr()
    assert invoke(["compare", str(before), str(after), "-o", str(tmp_path / "c")]) == 1
    assert f"true_positive_rate_difference {column}=m vs f" in capsys.readouterr().out
    changes = json.loads((tmp_path / "c" / "comparison.json").read_text(encoding="utf-8"))["changes"]
    [change] = [one for one in changes if (one["metric"], one["by"]) == ("true_positive_rate", {column: "m"})]
    assert (change["pairing"], change["change"]["value"]) == ("paired", -0.5)
