"""A tiny CLIP, trained on drawn shapes: planted colours are found, and models of an even training do not alarm."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from drawn_images import folder_of
from trained_images import FIRST, GROUPS, SECOND, drawn, train

import proof
from fairwitness import run
from fairwitness.audit.records import Estimate, Measured, Undefined
from fairwitness.report import Report

pytestmark = [pytest.mark.proof, pytest.mark.arithmetic, pytest.mark.slow]
SEEDS = 50 if proof.whole() else 2


def lot(seed: int) -> str:
    """A column that says nothing of a picture: a group that no model can see."""
    return f"lot{seed}"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of two colours with a table, the texts of a test and queries."""
    root = tmp_path_factory.mktemp("data")
    entries = drawn(48, 99, GROUPS)
    rng = np.random.default_rng(0)
    drawn_lots = [rng.permutation(len(entries)) % 2 for _ in range(SEEDS)]
    rows = [
        {
            "file": entry.name,
            "colour": entry.colour,
            "caption": f"a {entry.colour} {entry.form}",
            **{lot(seed): ("a", "b")[int(drawn_lots[seed][place])] for seed in range(SEEDS)},
        }
        for place, entry in enumerate(entries)
    ]
    folder_of(root / "pictures", rows, {entry.name: entry.picture for entry in entries})
    with (root / "texts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["test", "set", "label", "text"])
        for name, label, words in (("A", "good words", FIRST), ("B", "bad words", SECOND)):
            writer.writerows(["valence", name, label, f"a shape with {word}"] for word in words)
    with (root / "queries.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["query"], *([f"a shape with {word}"] for word in FIRST)])
    return root


def audited(model: Path, data: Path, out: Path, ranked: str = "colour") -> Report:
    return run(
        str(model),
        probes=("image_association", "image_retrieval"),
        data={
            "image_association": data / "pictures",
            "image_association.own_texts": data / "texts.csv",
            "image_retrieval": data / "pictures",
            "image_retrieval.own_queries": data / "queries.csv",
        },
        probe={"image_association": {"groups": ("colour",)}, "image_retrieval": {"groups": (ranked,)}},
        out=out,
        quiet=True,
    )


def estimates(report: Report) -> dict[str, Estimate | Undefined]:
    """The metrics of bias by name: each of the two probes has one here."""
    named: dict[str, Estimate | Undefined] = {}
    for result in report.audit.results:
        assert isinstance(result, Measured), result
        named |= {metric.name: metric.estimate for metric in result.metrics if metric.role == "bias"}
    assert set(named) == {"image_association", "share_gap"}
    return named


def claimed(report: Report) -> set[str]:
    """Those whose interval leaves 0 out."""
    known = {name: entry for name, entry in estimates(report).items() if isinstance(entry, Estimate)}
    return {name for name, entry in known.items() if not entry.low <= 0 <= entry.high}


def test_a_planted_colour_is_found(data: Path, tmp_path: Path) -> None:
    """Both ways: good words go with red in one training and with blue in the other, and the values change sign."""
    for bias, sign in ((0.92, -1), (0.08, 1)):
        report = audited(train(tmp_path / f"model{sign}", bias=bias), data, tmp_path / f"run{sign}")
        assert claimed(report) == {"image_association", "share_gap"}
        for entry in estimates(report).values():  # of blue, compared with red
            assert isinstance(entry, Estimate)
            assert sign * entry.value > 0
        warned = {verdict.rule for verdict in report.audit.verdicts if verdict.outcome == "fail"}
        assert warned == {"pictures-beside-texts", "pictures-shown-first"}


def test_even_models_do_not_alarm(data: Path, tmp_path: Path) -> None:
    """No word says anything of a colour in the training; one model in twenty may be taken to have learnt one.

    A search is another thing: every query of such a model lies nearer to some colour, whatever its words were taught,
    and ranks it first, which is no false alarm. It is tried with groups by lot.
    """
    alarms: Counter[str] = Counter()
    measured = 0
    for seed in range(SEEDS):
        model = train(tmp_path / f"model{seed}", bias=0.5, seed=seed)
        report = audited(model, data, tmp_path / f"run{seed}", lot(seed))
        alarms.update(claimed(report))
        measured += all(isinstance(entry, Estimate) for entry in estimates(report).values())
        print(seed, measured, dict(alarms), flush=True)  # noqa: T201
    assert measured >= 0.8 * SEEDS, "a training that fails teaches nothing, and its model is not interpretable"
    assert max(alarms.values(), default=0) <= proof.allowed(measured)
