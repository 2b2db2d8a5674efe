"""A kind of model is one row: this file makes one up, and the command line inspects it, loads it and asks it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForMultipleChoice, BertForMultipleChoice
from transformers.models.auto.modeling_auto import MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES

import tiny_models
from fairwitness.audit import cli, probe, stats
from fairwitness.audit.huggingface.encoder import EncoderSubject
from fairwitness.audit.huggingface.kinds import KINDS, Kind
from fairwitness.audit.probe import Context, Findings, MetricSpec, Options
from fairwitness.audit.records import Metric, ProbeSpec
from fairwitness.audit.requests import Embed

pytestmark = pytest.mark.arithmetic


class ChoosingSubject(EncoderSubject):
    """Answers with the vectors that its choice is read from."""


ROW = Kind(
    loader=AutoModelForMultipleChoice,
    subject=ChoosingSubject,
    capabilities=("Embed",),
    reading="states",
    endings=("ForMultipleChoice",),
    types=MODEL_FOR_MULTIPLE_CHOICE_MAPPING_NAMES,
)


class Lengths:
    options = Options
    metrics = (MetricSpec(name="width", unit="numbers", better="none"),)
    spec = ProbeSpec(
        name="lengths", version="1", family="bias", title="Lengths", question="How long?", why="To see.",
        how_to_read="A mean.", needs=(("Embed",),), citations=("none",), limits=("all",),
    )  # fmt: skip

    def run(self, ctx: Context) -> Any:
        answers = yield [Embed(text) for text in tiny_models.SENTENCES]
        mean = stats.mean([len(answer.values) for answer in answers])
        return Findings(metrics=[Metric(name="width", estimate=mean, unit="numbers", better="none", claim="So wide.")])


def test_the_command_line_inspects_loads_and_asks_a_made_up_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    installed = {**probe.registry(), "lengths": Lengths()}
    monkeypatch.setattr(probe, "_installed", lambda: (installed, {}))
    torch.manual_seed(0)
    chooser = BertForMultipleChoice(tiny_models.bert_config())
    folder = str(tiny_models.save(tmp_path / "chooser", chooser, tiny_models.wordpiece()))
    line = ["run", folder, "-p", "lengths", "--policy", "report-only", "--offline", "-q"]
    assert cli.invoke(line) == 2
    assert "BertForMultipleChoice" in capsys.readouterr().err
    monkeypatch.setitem(KINDS, "chooser", ROW)
    assert cli.invoke([*line, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "chooser"
    assert cli.invoke([*line, "--task", "chooser", "-o", "run"]) == 0
    audit = json.loads(Path("run", "audit.json").read_text())
    assert audit["manifest"]["subject"]["capabilities"] == ["Embed"]
    assert audit["results"][0]["metrics"][0]["estimate"]["value"] == 32
