"""`fairwitness compare` on real runs of the command line: before and after a change to one group, and every mistake."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import NEEDED, violations, watched

from fairwitness.audit.cli import invoke

pytestmark = pytest.mark.slow

ROWS = 1200


def write(path: Path, decided: list[int], scores: list[float], sex: list[str], truth: list[int]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["y", "yhat", "p", "sex"])
        out.writerows(zip(truth, decided, scores, sex, strict=True))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders of runs: `before`, `after` (women who deserve it are selected 40 points less), `again`, `fewer` rows."""
    folder = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(5)
    sex = np.where(rng.random(ROWS) < 0.45, "f", "m")
    truth = rng.integers(0, 2, ROWS)
    right = np.where(rng.random(ROWS) < 0.85, truth, 1 - truth)
    lost = (sex == "f") & (right == 1) & (rng.random(ROWS) < 0.4)
    score = np.clip(np.where(right == 1, 0.7, 0.3) + rng.normal(0, 0.1, ROWS), 0, 1).round(4)
    lower = np.where(lost, score * 0.5, score).round(4)
    people = (sex.tolist(), truth.tolist())
    write(folder / "before.csv", right.tolist(), score.tolist(), *people)
    write(folder / "after.csv", np.where(lost, 0, right).tolist(), lower.tolist(), *people)
    short = slice(0, ROWS - 100)
    write(
        folder / "fewer.csv", right[short].tolist(), score[short].tolist(), sex[short].tolist(), truth[short].tolist()
    )
    shutil.copy(folder / "before.csv", folder / "again.csv")
    for name in ("before", "after", "again", "fewer"):
        columns = ["--label", "y", "--prediction", "yhat", "--score", "p", "--group", "sex"]
        file = f"predictions:{folder / name}.csv"
        code = invoke(["run", file, "-p", "group_fairness", *columns, "-o", str(folder / name), "-q", "--exit-zero"])
        assert code == 0
    return folder


def test_planted_loss_is_found_and_fails(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert (
        invoke(["compare", str(runs / "before"), str(runs / "after"), "-o", str(tmp_path / "c"), "-f", "html,md"]) == 1
    )
    said = capsys.readouterr().out
    assert "Worse beyond noise where a rule can fail a release" in said
    assert "true_positive_rate_difference sex=f vs m" in said
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"comparison.json", "comparison.html", "comparison.md"}
    assert "can fail a release" in (tmp_path / "c" / "comparison.html").read_text(encoding="utf-8")
    assert invoke(["compare", str(runs / "before"), str(runs / "after"), "--exit-zero"]) == 0


def test_json_holds_paired_changes_and_repeats_itself(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["compare", str(runs / "before"), str(runs / "after"), "--json"]
    assert invoke(arguments) == 1
    first = capsys.readouterr().out
    assert invoke(arguments) == 1
    assert capsys.readouterr().out == first
    found = json.loads(first)
    by_name = {(one["metric"], one["by"].get("sex")): one for one in found["changes"]}
    one = by_name["true_positive_rate_difference", "f"]
    assert (one["pairing"], one["finding"]) == ("paired", "worse")
    assert one["change"]["low"] < -0.34 < one["change"]["high"]  # 85 % of them are selected, of whom 40 % are lost
    assert by_name["auc", None]["pairing"] == "paired"
    assert by_name["auc", None]["finding"] == "worse"


def test_the_same_decisions_show_no_change(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", str(runs / "before"), str(runs / "again")]) == 0
    said = capsys.readouterr().out
    assert "No change beyond noise was shown" in said


@pytest.mark.parametrize(
    ("base", "new", "options", "message"),
    [
        ("before", "before", [], "BASE and NEW are the same folder"),
        ("before", "before/audit.json", [], "BASE and NEW are the same folder"),
        ("before", "nowhere", [], "is no Fairwitness run"),
        ("before", "fewer", [], "BASE decided 1200 rows and NEW 1100 (--other-data"),
        ("before", "after", ["-f", "html"], "say where with -o DIR"),
        ("before", "after", ["-o", "before"], "is not empty and holds no comparison"),
        ("before", "after", ["-o", "x", "-f", "htm"], "did you mean 'html'?"),
    ],
)
def test_mistakes_are_one_clear_line(
    runs: Path, base: str, new: str, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(runs / option) if option in ("before", "x") else option for option in options]
    assert invoke(["compare", str(runs / base), str(runs / new), *given]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


def test_document_of_another_version_is_refused(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(runs / "after", tmp_path / "later")
    path = tmp_path / "later" / "audit.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"schema_version": "2.', '"schema_version": "9.', 1))
    assert invoke(["compare", str(runs / "before"), str(tmp_path / "later")]) == 2
    assert "schema version 9." in capsys.readouterr().err


def test_other_people_are_compared_when_asked(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", str(runs / "before"), str(runs / "fewer"), "--other-data", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "compared as independent samples" in found["warnings"][0]
    assert {one["pairing"] for one in found["changes"]} == {"independent"}


@pytest.mark.browser
@NEEDED[0]
@NEEDED[1]
@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(390, 844, "dark"), pytest.param(1280, 800, "light", marks=pytest.mark.proof)]
)
def test_page_opens_fits_and_speaks_two_languages(
    runs: Path, tmp_path: Path, browser: Any, width: int, height: int, scheme: str
) -> None:
    invoke(["compare", str(runs / "before"), str(runs / "after"), "-o", str(tmp_path / "c")])
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    watch = watched(page)
    page.goto((tmp_path / "c" / "comparison.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("#judged tr.r").first.is_visible()
    assert page.locator("#flips .flips tr").nth(1).is_visible()
    assert page.locator("#trade-off svg").first.is_visible()
    page.locator("#tools button").first.click()
    assert page.locator("#h-judged").inner_text() == "规则所判定的测量"
    assert watch.said == []
    assert len(watch.asked) == 1
    assert violations(page) == []
    context.close()
