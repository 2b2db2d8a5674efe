"""A model in which one head was set to carry gender: patching names it, and nothing where nothing was planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import planted_head
import pytest
from planted_head import HEADS, LAYERS, planted

import tiny_models
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.explanation.patching.probe import PROBE
from organisms import context, drive_rounds, table

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic]


def measured(folder: Path, **options: Any) -> Findings:
    subject = load(Loading(str(folder)))
    tables = {"patching_texts": table("patching_texts", planted_head.columns(planted_head.texts()))}
    return drive_rounds(PROBE, context(PROBE, ("Patch", "LogLikelihood"), tables, 0, **options), Engine(subject).answer)


def claimed(findings: Findings) -> list[str]:
    return [
        str(metric.by["head"])
        for metric in findings.metrics
        if metric.name == "head_effect" and isinstance(metric.estimate, Estimate) and "No head" not in metric.claim
    ]


@pytest.mark.parametrize(("layer", "head"), [(1, 2), (2, 0)])
def test_the_planted_head_is_named_and_no_other(tmp_path: Path, layer: int, head: int) -> None:
    findings = measured(planted_head.save(tmp_path, planted(layer, head)))
    assert claimed(findings) == [f"head {head + 1} of layer {layer + 1}"]
    (metric,) = [metric for metric in findings.metrics if metric.name == "head_effect"]
    assert isinstance(metric.estimate, Estimate)
    assert metric.estimate.low > 0.9  # nothing else moves the answer
    (sheet,) = [item for item in findings.evidence if item.id == "heads"]
    values = np.array([row[1:] for row in sheet.rows], dtype=np.float64)
    values[layer, head] = 0.0
    assert np.abs(values).max() < 0.05


def test_where_nothing_was_planted_no_head_is_named_in_95_of_100_seeds(tmp_path: Path) -> None:
    named = 0
    for seed in range(20):
        folder = planted_head.save(tmp_path / str(seed), planted(None, noise=0.3, seed=seed))
        named += bool(claimed(measured(folder, least=1e-6)))
    assert named <= 1


def test_an_untrained_model_gives_nothing(tmp_path: Path) -> None:
    folder = tiny_models.build("causal:gpt2", tmp_path)
    subject = load(Loading(str(folder)))
    findings = drive_rounds(PROBE, context(PROBE, ("Patch", "LogLikelihood"), {}, 0), Engine(subject).answer)
    for metric in findings.metrics:
        if metric.name != "pair_difference":
            assert isinstance(metric.estimate, Undefined), metric.claim
    assert LAYERS * HEADS == 12
