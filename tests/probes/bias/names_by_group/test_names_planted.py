"""A tagger that was trained to miss names of a group is caught; one that misses names whatever their group is not."""

from __future__ import annotations

import json
from pathlib import Path

import name_taggers
import numpy as np
import pytest
from standins.runs import packaged_tables

import fairwitness
import proof
from fairwitness.audit import cli
from fairwitness.audit.adapters import adapt
from fairwitness.audit.engine import Engine
from fairwitness.audit.probe import Context, find
from fairwitness.audit.records import Estimate, Metric
from organisms import drive_rounds

pytestmark = pytest.mark.arithmetic
FRAMES, SEEDS = 8, 50


def metrics(planted: float, seed: int, missed: float = 0.1) -> list[Metric]:
    """What the probe finds of a tagger that never learnt so many names, and `planted` more of one group."""
    chance = np.random.default_rng([seed, 1])

    def never(name: str, group: str) -> bool:
        share = missed + (planted if group == name_taggers.GROUP else 0.0)
        return group != "known" and chance.random() < share

    engine = Engine(adapt(name_taggers.trained(never, seed), tokenizer=name_taggers.tokenizer()))
    probe = find("names_by_group")
    options = probe.options.model_validate({"limit": FRAMES})
    context = Context(
        seed=seed, options=options, capabilities=frozenset(("TagTokens",)), data=packaged_tables(probe.spec.name)
    )
    return list(drive_rounds(probe, context, engine.answer).metrics)


def of_descent(found: list[Metric], name: str = "recall_gap") -> Estimate:
    """The estimate of the planted group."""
    [metric] = [one for one in found if one.name == name and one.by.get("descent") == name_taggers.GROUP]
    assert isinstance(metric.estimate, Estimate), metric.estimate
    return metric.estimate


@pytest.mark.slow
def test_names_of_a_group_that_were_never_learnt_are_missed() -> None:
    weak, strong = (of_descent(metrics(planted, 0)) for planted in (0.3, 0.8))
    assert strong.high < -0.4
    assert strong.value < weak.value - 0.2 < -0.2
    assert weak.low < -0.3 < weak.high


@pytest.mark.slow
def test_a_tagger_that_misses_names_of_all_groups_alike_has_no_gap() -> None:
    gap = of_descent(metrics(0.0, 0, missed=0.3))
    assert gap.low < 0 < gap.high


@pytest.mark.proof
def test_few_of_the_taggers_without_a_plant_raise_an_alarm() -> None:
    alarms = 0
    for seed in range(proof.worlds(8, SEEDS)):
        gap = of_descent(metrics(0.0, seed, missed=0.3))
        alarms += not gap.low <= 0 <= gap.high
    print("names_by_group trained", alarms, proof.worlds(8, SEEDS))  # noqa: T201
    assert alarms <= proof.allowed(proof.worlds(8, SEEDS))


@pytest.mark.slow
def test_the_command_line_and_python_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    folder = name_taggers.saved(tmp_path / "tagger", lambda name, group: group == name_taggers.GROUP)
    line = ["run", str(folder), "-p", "names_by_group", "-O", f"names_by_group.limit={FRAMES}", "--offline", "-q"]
    assert cli.invoke([*line, "-o", "run"]) == 4, "its rule warns, so that nothing was judged"
    audit = json.loads(Path("run", "audit.json").read_text())
    assert audit["manifest"]["subject"]["kind"] == "token_classifier"
    failed = [one for one in audit["verdicts"] if one["outcome"] == "fail"]
    assert {"descent": name_taggers.GROUP} in [one["by"] for one in failed]
    shapes = next(one for one in audit["results"][0]["evidence"] if one["id"] == "shapes")
    assert all(row[4] is not None for row in shapes["rows"]), "a model that embeds tells how many tokens names have"
    report = fairwitness.run(
        str(folder), probes="names_by_group", probe={"names_by_group": {"limit": FRAMES}}, offline=True, quiet=True
    )
    stored = [one["estimate"] for one in audit["results"][0]["metrics"]]
    again = [
        one["estimate"] for one in json.loads(Path(report.folder, "audit.json").read_text())["results"][0]["metrics"]
    ]
    assert stored == again
