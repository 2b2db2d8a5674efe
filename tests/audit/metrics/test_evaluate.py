"""Every metric as a local metric of the library evaluate, in a process without a network or a home to write to."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairwitness.audit.errors import BadOption
from fairwitness.audit.metrics import DEFINITIONS, Definition, columns_needed, of_rows

evaluate = pytest.importorskip("evaluate", reason="evaluate is not installed")
wrapped = pytest.importorskip("fairwitness.audit.evaluate_metrics")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a metric went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def columns(definition: Definition) -> dict[str, Any]:
    """Random columns of the types that the metric names."""
    rng = np.random.default_rng(7)
    first, n = definition.needs[0], 60
    made: dict[str, Any] = {
        "predictions": rng.integers(0, 2, n),
        "references": rng.integers(0, 2, n),
        "groups": rng.choice(["a", "b", "c"], n).tolist(),
        "features": rng.normal(size=(n, 2)).tolist(),
        "counterfactuals": rng.integers(0, 2, n).tolist(),
    }
    if first in {"scores", "scores_a"}:
        made["predictions"] = rng.random(n)
    if first == "predicted":
        made["predictions"], made["references"] = rng.normal(size=n), rng.normal(size=n)
    if first == "confusion":
        made["predictions"] = rng.choice(["x", "y"], n).tolist()
        made["references"] = rng.choice(["x", "y"], n).tolist()
    return {name: made[name] for name in {*columns_needed(definition), "groups"}}


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=DEFINITIONS)
def test_every_metric_computes_what_its_formula_gives(definition: Definition) -> None:
    metric = wrapped.load(definition.name)
    given = columns(definition)
    if "features" in definition.needs:
        given.pop("groups")
    found, expected = metric.compute(**given), of_rows(definition, **given)
    flat = [number for result in found.values() for number in _numbers(result)]
    parts = [np.ravel(part) for part in (expected.overall, expected.by_group) if part is not None]
    assert flat == pytest.approx(np.concatenate(parts).tolist())
    assert isinstance(metric, evaluate.Metric)
    assert definition.description in metric.description
    assert metric.citation == definition.citation
    assert metric.name == definition.name
    assert set(metric.features[0]) == set(columns_needed(definition))
    assert "Needs predictions" in metric.inputs_description


def _numbers(result: Any) -> list[float]:
    if isinstance(result, dict):
        return [number for one in result.values() for number in _numbers(one)]
    return [float(result)]


def test_values_overall_and_by_group_have_names_of_their_own() -> None:
    given = {"predictions": [1, 0, 1, 1], "references": [1, 1, 1, 1]}
    groups = ["f", "f", "m", "m"]
    assert wrapped.load("accuracy").compute(**given) == {"accuracy": 0.75}
    assert wrapped.load("accuracy").compute(**given, groups=groups) == {
        "accuracy": 0.75,
        "accuracy_by_group": {"f": 0.5, "m": 1.0},
    }
    difference = wrapped.load("equal_opportunity_difference")
    assert difference.compute(**given, groups=groups, reference="f") == {
        "equal_opportunity_difference": {"f": 0.0, "m": 0.5}
    }
    assert wrapped.load("false_positive_rate").compute(**given) == {"false_positive_rate": None}
    assert wrapped.load("class_recall").compute(**given) == {"class_recall": {"0": None, "1": 0.75}}


def test_rows_may_come_in_batches() -> None:
    metric = wrapped.load("demographic_parity_gap")
    metric.add_batch(predictions=[1, 0], groups=[1, 1])
    metric.add_batch(predictions=[1, 1], groups=[2, 2])
    assert metric.compute() == {"demographic_parity_gap": 0.5}


def test_metrics_combine_into_one_of_evaluate() -> None:
    both = evaluate.combine([wrapped.load("accuracy"), wrapped.load("f1")])
    assert both.compute(predictions=[1, 0], references=[1, 1]) == pytest.approx({"accuracy": 0.5, "f1": 2 / 3})


@pytest.mark.slow
def test_a_temporary_folder_goes_with_its_metric_and_a_given_one_stays(tmp_path: Path) -> None:
    metric = wrapped.load("accuracy")
    folder = Path(metric.data_dir)
    assert folder.is_dir()
    del metric
    gc.collect()
    assert not folder.exists()
    wrapped.load("accuracy", cache_dir=tmp_path)
    gc.collect()
    assert list(tmp_path.iterdir())


def test_an_unknown_name_brings_the_nearest() -> None:
    with pytest.raises(BadOption, match="no metric 'equal_oportunity_gap'; did you mean 'equal_opportunity_gap'"):
        wrapped.load("equal_oportunity_gap")


def test_missing_columns_are_named() -> None:
    with pytest.raises(ValueError, match="groups"):
        wrapped.load("equalized_odds_gap").compute(predictions=[1, 0], references=[1, 1])


@pytest.mark.slow
def test_it_works_where_no_home_can_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    code = (
        "from fairwitness.audit.evaluate_metrics import load;"
        "assert load('accuracy').compute(predictions=[1, 0], references=[1, 1]) == {'accuracy': 0.5}"
    )
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []


@pytest.mark.slow
def test_nothing_else_imports_evaluate() -> None:
    code = (
        "import pkgutil, importlib, sys, fairwitness.probes, fairwitness.reports, fairwitness.audit.cli;"
        "import fairwitness.audit.stats;"
        "from fairwitness.audit import metrics;"
        "packages = (fairwitness.probes, fairwitness.reports, fairwitness.audit.cli, fairwitness.audit.stats, metrics);"
        "[importlib.import_module(found.name) for package in packages"
        " for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.')];"
        "sys.exit('evaluate' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
