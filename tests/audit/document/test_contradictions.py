"""A document is not believed where its outcome is not that of its verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden.sample import sample

from fairwitness.audit import cli, document
from fairwitness.audit.errors import BadRun
from fairwitness.audit.outcomes import CODES

GOOD = sample()


@pytest.mark.slow
@pytest.mark.parametrize(("outcome", "code"), [pair for pair in CODES.items() if pair[0] != GOOD.outcome])
def test_another_outcome_than_that_of_the_verdicts_is_refused(outcome: str, code: int) -> None:
    for changes in ({"outcome": outcome}, {"exit_code": code + 7}, {"outcome": outcome, "exit_code": code}):
        with pytest.raises(BadRun, match=r"audit.json contradicts itself: .* give 'fail' with exit code 1"):
            document.from_json({**document.to_json(GOOD), **changes})


def test_verdicts_that_were_turned_into_passes_are_refused() -> None:
    """Its probe that failed still makes the run incomplete."""
    spelled = document.to_json(GOOD)
    turned = [{**one, "outcome": "pass"} for one in spelled["verdicts"]]
    with pytest.raises(BadRun, match=r"says 'fail' with exit code 1, .* give 'incomplete' with exit code 3"):
        document.from_json({**spelled, "verdicts": turned})


def test_no_page_is_drawn_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = document.write(GOOD, tmp_path)
    spelled = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**spelled, "outcome": "pass", "exit_code": 0}), encoding="utf-8")
    assert cli.invoke(["report", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not (tmp_path / "report.html").exists()


def test_a_verdict_whose_ground_gives_another_outcome_is_refused() -> None:
    spelled = document.to_json(GOOD)
    turned = [
        {**each, "ground": "likely_outside"} if each["outcome"] == "pass" else each for each in spelled["verdicts"]
    ]
    with pytest.raises(BadRun, match=r"says 'pass', and its ground, 'likely_outside', gives 'likely_violated'"):
        document.from_json({**spelled, "verdicts": turned})
