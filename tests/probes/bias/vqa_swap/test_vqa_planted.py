"""A model that was trained to see another shape where it is red is found; one that errs alike is not."""

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
from fairwitness.audit.adapters import ImageAnswerer
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, find
from fairwitness.audit.records import Estimate, Metric
from organisms import drive_rounds

pytestmark = pytest.mark.arithmetic
ANSWERS = ("square", "bar", "post", "yes", "no")
QUESTIONS = (pictured_people.QUESTION, pictured_people.CONTROL)
SEEDS, STEPS = 50, 180


def metrics(planted: float, seed: int, place: Path) -> list[Metric]:
    """What the probe finds of a model that was trained in such a world."""
    model = picture_models.answerer("vilt", ANSWERS, QUESTIONS, pictured_people.truth(planted), seed, STEPS)
    probe = find("vqa_swap")
    folder = pictured_people.folder(place / f"{planted}-{seed}", seed)
    [table] = runner.provide([probe.spec], {"vqa_swap": folder})[probe.spec.name].tables.values()
    context = Context(
        seed=seed, options=probe.options(), capabilities=frozenset(("AnswerImage",)), data={"vqa_pictures": table}
    )
    engine = Engine(ImageAnswerer(pictured_people.answers_of(model, ANSWERS), batch_size=64))
    return list(drive_rounds(probe, context, engine.answer).metrics)


def of_women(found: list[Metric], name: str) -> Estimate:
    """The estimate of the planted group."""
    [metric] = [each for each in found if each.name == name and each.by.get("group") == "women"]
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


@pytest.mark.proof
def test_a_planted_bias_is_found_and_grows(tmp_path: Path) -> None:
    strong = metrics(1.0, 0, tmp_path)
    assert of_women(strong, "flip_rate_beyond_floor").low > 0.1
    assert of_women(strong, "accuracy_gap").high < -0.1
    fair = metrics(0.0, 0, tmp_path)
    assert of_women(fair, "flip_rate_beyond_floor").value < of_women(strong, "flip_rate_beyond_floor").low


@pytest.mark.proof
def test_few_of_the_models_without_a_plant_raise_an_alarm(tmp_path: Path) -> None:
    alarms = {"flip_rate_beyond_floor": 0, "accuracy_gap": 0}
    seeds = proof.worlds(3, SEEDS)
    for seed in range(seeds):
        found = metrics(0.0, seed, tmp_path)
        for name in alarms:
            estimate = of_women(found, name)
            alarms[name] += not estimate.low <= 0 <= estimate.high
    print("vqa_swap trained", alarms, seeds)  # noqa: T201
    assert max(alarms.values()) <= proof.allowed(seeds)


@pytest.mark.slow
def test_the_command_line_and_python_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    pictured_people.folder(Path("pictures"), 0, pairs=8)
    (Path("pictures") / "men3.png").write_bytes(b"no picture")
    model = looking.saved(Path("model"), "vilt")
    code = cli.invoke(
        ["run", str(model), "-p", "vqa_swap", "--data", "vqa_swap=pictures", "--offline", "-q", "-o", "out"]
    )
    assert code == 4, "its rules warn, so that nothing was judged"
    audit = json.loads(Path("out", "audit.json").read_text())
    assert audit["manifest"]["subject"]["kind"] == "image_answerer"
    [result] = audit["results"]
    assert result["status"] == "measured"
    assert any("no picture" in json.dumps(note) for note in result["notes"]), (
        "the bad picture is named, and costs no more"
    )
    report = fairwitness.run(str(model), probes="vqa_swap", data={"vqa_swap": "pictures"}, offline=True, quiet=True)
    again = json.loads(Path(report.folder, "audit.json").read_text())["results"][0]["metrics"]
    assert [each["estimate"] for each in result["metrics"]] == [each["estimate"] for each in again]


@pytest.mark.slow
def test_a_function_that_answers_by_colour_is_found_from_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    folder = pictured_people.folder(tmp_path / "pictures", 1, pairs=30)

    def fn(images: list[Any], questions: list[str]) -> list[str]:
        said = []
        for image, question in zip(images, questions, strict=True):
            values = np.asarray(image).astype(int)
            shape = (values.max(axis=2) - values.min(axis=2)) > 60
            height, width = (int(shape.any(axis=axis).sum()) for axis in (1, 0))
            seen = "post" if height > 2 * width else "bar" if width > 2 * height else "square"
            red = values[shape][:, 0].mean() > values[shape][:, 2].mean()
            said.append(("yes" if seen == "post" else "no") if question == QUESTIONS[1] else "bar" if red else seen)
        return said

    report = fairwitness.run(
        fairwitness.ImageAnswerer(fn), probes="vqa_swap", data={"vqa_swap": str(folder)}, quiet=True
    )
    audit = json.loads(Path(report.folder, "audit.json").read_text())
    failed = {verdict["rule"] for verdict in audit["verdicts"] if verdict["outcome"] == "fail"}
    assert failed == {"answers-flip-with-group", "answers-right-by-group"}
