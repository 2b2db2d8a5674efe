"""A request kind is one row: this file makes one up, and the command line plans it, asks it and keeps its answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pytest

from fairwitness.audit import cli, probe, stats
from fairwitness.audit.probe import Context, Findings, MetricSpec, Options
from fairwitness.audit.records import Metric, ProbeSpec, SubjectInfo
from fairwitness.audit.session import subjects
from fairwitness.audit.verbs import VERBS, Verb


@dataclass(frozen=True, slots=True)
class CountLetters:
    """How many letters a text has."""

    text: str


@dataclass(frozen=True, slots=True)
class LetterCount:
    letters: int


@runtime_checkable
class CountsLetters(Protocol):
    def count_letters(self, batch: Sequence[CountLetters]) -> list[LetterCount]: ...


ROW = Verb(
    answer=LetterCount,
    protocol=CountsLetters,
    method="count_letters",
    doing="counting letters",
    cost=lambda request: len(request.text),
)


class Counter:
    """A model that can count."""

    info = SubjectInfo(
        spec="counter",
        fingerprint="c" * 64,
        kind="counter",
        architecture="Counter",
        parameters=1,
        dtype="float32",
        capabilities=("CountLetters",),
    )

    def count_letters(self, batch: Sequence[CountLetters]) -> list[LetterCount]:
        return [LetterCount(sum(letter.isalpha() for letter in request.text)) for request in batch]


class Letters:
    options = Options
    metrics = (MetricSpec(name="letters", unit="letters", better="none"),)
    spec = ProbeSpec(
        name="letters", version="1", family="bias", title="Letters", question="How many?", why="To see.",
        how_to_read="A mean.", needs=(("CountLetters",),), citations=("none",), limits=("all",),
    )  # fmt: skip

    def run(self, ctx: Context) -> Any:
        answers = yield [CountLetters("a b c"), CountLetters("ab 12"), CountLetters("a b c")]
        mean = stats.mean([answer.letters for answer in answers])
        return Findings(
            metrics=[Metric(name="letters", estimate=mean, unit="letters", better="none", claim="So many.")]
        )


@pytest.fixture
def counter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command line with the row, a model that answers it and a probe that asks it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setitem(VERBS, CountLetters, ROW)
    monkeypatch.setattr(subjects, "load", lambda config, cache: Counter())
    monkeypatch.setattr(subjects, "inspect", lambda config, cache: Counter.info)
    installed = {**probe.registry(), "letters": Letters()}
    monkeypatch.setattr(probe, "_installed", lambda: (installed, {}))
    return "counter"


@pytest.mark.slow
def test_the_command_line_plans_asks_and_keeps_a_made_up_request(
    counter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", counter, "-p", "letters", "--policy", "report-only"]
    assert cli.invoke([*line, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unique_requests"] == {"CountLetters": 2}
    for folder, calls in (("first", 1), ("second", 0)):
        assert cli.invoke([*line, "-o", folder]) == 0
        assert "counting letters: 2 of 2" in capsys.readouterr().err
        audit = json.loads(Path(folder, "audit.json").read_text())
        assert audit["results"][0]["metrics"][0]["estimate"]["value"] == pytest.approx(8 / 3)
        assert audit["manifest"]["run"]["model_calls"] == calls
