"""The judge of a run is asked at the expense of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwitness.audit.budget import Budget, OutOfBudget
from fairwitness.audit.config import RunConfig
from fairwitness.audit.requests import Classify
from fairwitness.audit.session import judges, subjects
from fakes import FakeModel


def test_a_judge_spends_what_the_run_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "load", lambda config, cache, spending: FakeModel())
    spending = Budget(requests=3)
    with judges.opened(RunConfig(model="model", judge="judge"), tmp_path, spending) as judge:
        assert judge is not None
        judge.answer([Classify("a"), Classify("b")])
        assert spending.asked == 2
        with pytest.raises(OutOfBudget):
            judge.answer([Classify("c"), Classify("d")])
