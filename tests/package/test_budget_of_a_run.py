"""`max_minutes` and `max_requests` of a run of a slow model: it ends in time, and nothing passes by it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import fairwitness
from fairwitness.audit import cli
from fairwitness.audit.errors import BadOption
from fairwitness.audit.records import NotApplicable

SLOW = 0.02
"""Seconds of one text."""


class Slow:
    """Decides nothing, and takes its time for every text; the clock's times of its calls are kept."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.texts = 0

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts += len(texts)
        time.sleep(SLOW * len(texts))
        self.ends.append(time.monotonic())
        return [[0.5, 0.5] for _ in texts]


def codes(report: fairwitness.Report) -> dict[str, str]:
    return {
        result.probe.name: result.code if isinstance(result, NotApplicable) else result.status
        for result in report.audit.results
    }


@pytest.mark.slow
def test_a_slow_function_ends_within_its_minutes_and_no_rule_passes_by_it() -> None:
    slow, seconds = Slow(), 6.0
    model = fairwitness.Classifier(slow, ["no", "yes"], batch_size=8)
    fairwitness.run(model, probes=["counterfactual"], max_requests=1, quiet=True)  # so that imports count nowhere
    begun = time.monotonic()
    report = fairwitness.run(model, probes=["counterfactual"], max_minutes=seconds / 60, quiet=True)
    took = time.monotonic() - begun
    assert slow.ends[-1] - begun < seconds
    assert took < seconds + 5, "what is left is to judge and to draw"
    assert report.audit.manifest.run["seconds"] < seconds
    assert slow.ends[-1] - begun > seconds / 4, "and it uses them"
    assert codes(report) == {"counterfactual": "budget_spent"}
    assert (report.outcome, report.exit_code) == ("nothing_ran", 4)
    assert not (report.verdicts.outcome == "pass").any()
    assert {verdict.ground for verdict in report.audit.verdicts if verdict.asked} == {"cut_off"}


@pytest.mark.slow
def test_requests_are_a_hard_limit_of_a_run() -> None:
    slow = Slow()
    model = fairwitness.Classifier(slow, ["no", "yes"], batch_size=8)
    report = fairwitness.run(model, probes=["counterfactual"], max_requests=20, quiet=True)
    assert 16 <= slow.texts <= 20, "whole batches, as many as fit"
    assert codes(report) == {"counterfactual": "budget_spent"}
    assert report.exit_code == 4


@pytest.mark.parametrize(
    ("setting", "value"), [("max_minutes", 0), ("max_minutes", -1), ("max_minutes", "nan"), ("max_requests", 0)]
)
def test_a_budget_of_nothing_is_a_mistake(setting: str, value: Any, tmp_path: Path) -> None:
    with pytest.raises(BadOption, match=setting):
        fairwitness.run(fairwitness.Classifier(Slow(), ["no", "yes"]), **{setting: value})


@pytest.mark.slow
def test_the_command_line_says_what_was_cut_off_and_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{'ab'[at % 2]},{at // 2 % 2}\n" for at in range(400))
    (tmp_path / "people.csv").write_text("group,granted\n" + rows)
    words = ["run", "predictions:people.csv", "-p", "group_fairness", "--prediction", "granted", "--group", "group"]
    monkeypatch.setenv("FAIRWITNESS_MAX_REQUESTS", "100")
    assert cli.invoke([*words, "-o", "cut"]) == 4
    said = capsys.readouterr().out
    assert "budget:  it ended before group_fairness was measured" in said
    assert "verdict: nothing ran, exit code 4" in said
    assert cli.invoke([*words, "--max-requests", "400", "-o", "whole"]) == 0
    assert "budget:" not in capsys.readouterr().out
