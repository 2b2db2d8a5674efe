"""A captioner that was trained to call women with a post men is found; one that errs alike is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import looking
import numpy as np
import picture_models
import pictured_people
import pytest

import fairwitness
import proof
from fairwitness.audit import cli, runner
from fairwitness.audit.adapters import Captioner
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, find
from fairwitness.audit.records import Estimate, Metric
from organisms import drive_rounds

pytestmark = pytest.mark.arithmetic
SEEDS, STEPS = 50, 150


def metrics(planted: float, seed: int, place: Path) -> list[Metric]:
    """What the probe finds of a model that was trained in such a world."""
    model = picture_models.captioner("ved", pictured_people.says(planted), seed, STEPS)
    probe = find("captions_by_group")
    folder = pictured_people.folder(place / f"{planted}-{seed}", seed)
    [table] = runner.provide([probe.spec], {"captions_by_group": folder})[probe.spec.name].tables.values()
    context = Context(
        seed=seed, options=probe.options(), capabilities=frozenset(("Caption",)), data={"captioned_pictures": table}
    )
    engine = Engine(Captioner(pictured_people.captions_of(model), batch_size=64))
    return list(drive_rounds(probe, context, engine.answer).metrics)


def of_women(found: list[Metric], name: str) -> Estimate:
    """The estimate of the planted group."""
    [metric] = [each for each in found if each.name == name and each.by.get("group") == "women"]
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


@pytest.mark.proof
def test_a_planted_bias_is_found(tmp_path: Path) -> None:
    strong = of_women(metrics(1.0, 0, tmp_path), "wrong_group_gap")
    assert strong.low > 0.1
    assert of_women(metrics(0.0, 0, tmp_path), "wrong_group_gap").value < strong.low


@pytest.mark.proof
def test_few_of_the_models_without_a_plant_raise_an_alarm(tmp_path: Path) -> None:
    alarms = {"wrong_group_gap": 0, "missed_gap": 0}
    seeds = proof.worlds(3, SEEDS)
    for seed in range(seeds):
        found = metrics(0.0, seed, tmp_path)
        for name in alarms:
            estimate = of_women(found, name)
            alarms[name] += not estimate.low <= 0 <= estimate.high
    print("captions_by_group trained", alarms, seeds)  # noqa: T201
    assert max(alarms.values()) <= proof.allowed(seeds)


@pytest.mark.slow
def test_the_command_line_asks_a_captioner_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    pictured_people.folder(Path("pictures"), 0, pairs=8)
    (Path("pictures") / "women2.png").write_bytes(b"")
    model = looking.saved(Path("model"), "git")
    line = ["run", str(model), "-p", "captions_by_group", "--data", "captions_by_group=pictures", "--offline", "-q"]
    assert cli.invoke([*line, "-O", "captions_by_group.max_tokens=6", "-o", "out"]) == 4
    audit = json.loads(Path("out", "audit.json").read_text())
    assert audit["manifest"]["subject"]["kind"] == "captioner"
    [result] = audit["results"]
    assert result["status"] == "measured"
    assert "the file is empty" in json.dumps(result["notes"])


@pytest.mark.slow
def test_a_function_that_calls_women_men_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    folder = pictured_people.folder(tmp_path / "pictures", 1, pairs=30)

    def fn(images: list[Any]) -> list[str]:
        said = []
        for image in images:
            values = np.asarray(image).astype(int)
            shape = (values.max(axis=2) - values.min(axis=2)) > 60
            height, width = (int(shape.any(axis=axis).sum()) for axis in (1, 0))
            seen = "post" if height > 2 * width else "bar" if width > 2 * height else "square"
            said.append(f"a man with a {seen}")
        return said

    model = fairwitness.Captioner(fn)
    report = fairwitness.run(model, probes="captions_by_group", data={"captions_by_group": str(folder)}, quiet=True)
    audit = json.loads(Path(report.folder, "audit.json").read_text())
    failed = {verdict["rule"] for verdict in audit["verdicts"] if verdict["outcome"] == "fail"}
    assert failed == {"captions-name-the-wrong-group"}
