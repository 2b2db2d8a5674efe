"""What is wrong with data is told before a model is loaded, and a dry run counts later rounds that are known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import tiny_models
from fairwitness.audit import cli, document, runner
from fairwitness.audit.cli import dry
from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.probe import Context, Options
from fairwitness.audit.requests import Classify, LogLikelihood, Request
from fairwitness.audit.session import subjects
from fakes import INFO, FakeProbe, asking, spec

TEXT = "The nurse said that she was tired, and the doctor said that he was late. "


@pytest.fixture
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A model in a folder, and what is loaded of it: nothing can be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    tiny_models.build("causal:llama", tmp_path / "model")
    loaded: list[str] = []

    def load(config: Any, cache: Path) -> Any:
        loaded.append(config.model)
        raise UnfitModel(f"{config.model} was loaded")

    monkeypatch.setattr(subjects, "load", load)
    return loaded


def run(*more: str) -> int:
    return cli.invoke(["run", "model", *more, "-o", "out", "--offline"])


@pytest.mark.slow
def test_missing_data_are_told_and_no_model_is_loaded(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-p", "extraction", "-p", "membership") == 4
    said = capsys.readouterr().err
    assert "extraction will not run: the data set 'documents' is not here: give a file" in said
    assert "membership will not run: " in said
    assert loads == []
    made = document.read(Path("out"))
    assert (made.outcome, made.manifest.subject.kind) == ("nothing_ran", "causal_lm")
    assert {result.status for result in made.results} == {"not_applicable"}


@pytest.mark.slow
def test_documents_without_a_text_are_told_before(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.jsonl").write_text('{"text": " "}\n{"text": null}\n')
    assert run("-p", "extraction", "--data", "extraction=empty.jsonl") == 4
    assert "extraction will not run: " in capsys.readouterr().err
    assert loads == []


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_told_before(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.jsonl").write_text('{"text": "a"}\n{"text"\n')
    assert run("-p", "extraction", "--data", "extraction=bad.jsonl") == 2
    assert "bad.jsonl, line 2" in capsys.readouterr().err
    assert loads == []


@pytest.mark.slow
def test_what_is_missing_of_one_is_told_before_the_model_is_loaded(
    loads: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("-p", "extraction", "-p", "gender") == 2
    said = capsys.readouterr().err
    assert said.index("extraction will not run") < said.index("loading model") < said.index("model was loaded")
    assert loads == ["model"]


@pytest.mark.slow
def test_what_a_suite_brings_along_is_not_missed(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-s", "memorization") == 2
    assert "will not run" not in capsys.readouterr().err
    assert loads == ["model"]


@pytest.mark.slow
def test_a_dry_run_counts_the_documents(loads: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("corpus.jsonl").write_text("".join(json.dumps({"text": TEXT * 70 + str(place)}) + "\n" for place in range(90)))
    asked = ["-p", "extraction", "--data", "extraction=corpus.jsonl", "--dry-run"]
    assert run(*asked) == 0
    said = capsys.readouterr().out
    windows = 90 * 3
    assert f"later {windows} LogLikelihood" in said
    assert f"later rounds, as far as they are known: {windows} requests" in said
    assert "without loading the model and what hangs on answers" in said
    assert run(*asked, "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["probes"][0]["later_requests"] == {"LogLikelihood": windows}
    assert loads == []


class Foreseeing(FakeProbe):
    """A probe that knows what it will ask."""

    def later(self, ctx: Context) -> Iterable[Request]:
        for place in range(1_000):
            yield LogLikelihood("", f"{place:0>38}")


def test_a_plan_foresees_what_a_probe_knows() -> None:
    def rounds(ctx: Context) -> Any:
        yield [Classify("a")]

    probes = [Foreseeing(spec("a"), rounds), asking("b", ["x"])]
    selected = [(probe, Options()) for probe in probes]
    supplied = runner.provide([probe.spec for probe in probes], {})
    foreseen, unknown = runner.plan(selected, INFO, supplied, foresee=True).probes
    assert (dict(foreseen.requests), dict(foreseen.later)) == ({"Classify": 1}, {"LogLikelihood": 1_000})
    assert foreseen.later_tokens == pytest.approx(1_000 * (38 / 4 + 2))
    assert (dict(unknown.later), unknown.later_tokens) == ({}, 0.0)
    assert dict(runner.plan(selected, INFO, supplied).probes[0].later) == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0.2, "under a second"), (42.4, "at least 42 seconds"), (200.0, "at least 3 minutes")],
)
def test_an_estimate_is_the_least(seconds: float | None, words: str) -> None:
    assert dry.at_least(seconds) == words
