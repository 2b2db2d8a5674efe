"""Interrupted runs over a user's texts go on: what was answered is not asked again, and the document is equal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

import tiny_models
from fairwitness.audit import cli
from fairwitness.audit.engine import Engine

pytestmark = pytest.mark.arithmetic

WORDS = ("amber", "basil", "cedar", "delta", "ember", "fable", "grove", "harbor", "ivory", "jasper", "kettle", "lemon")
FINISHED = (0, 1, 4)
BATCHES = 4
"""What is asked before somebody stops the run."""


def texts(begin: int, count: int = 32) -> list[str]:
    """Different texts of some length."""
    rngs = [np.random.default_rng(place) for place in range(begin, begin + count)]
    return [" ".join(rng.choice(WORDS, 40)) for rng in rngs]


def written(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path.name


def data(folder: Path, probe: str) -> list[str]:
    """The data of a probe, behind `--data`."""
    members = written(folder / "in.jsonl", [{"text": text} for text in texts(0)])
    others = written(folder / "out.jsonl", [{"text": text} for text in texts(500)])
    people = [{"name": f"Person {place}", "category": "email", "value": f"a{place}@example.org"} for place in range(30)]
    match probe:
        case "membership":
            return ["--data", f"membership.members={members}", "--data", f"membership.nonmembers={others}"]
        case "personal_data":
            return ["--data", f"personal_data={written(folder / 'people.jsonl', people)}"]
        case _:
            return ["--data", f"{probe}={members}"]


def document(folder: Path, out: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document without `manifest.run`, and that."""
    made = json.loads((folder / out / "audit.json").read_text("utf-8"))
    return made, made["manifest"].pop("run")


def reads_long_texts(folder: Path) -> Path:
    """A random causal model that reads two thousand tokens."""
    torch.manual_seed(7)
    config = LlamaConfig(**{**tiny_models.decoder(), "max_position_embeddings": 2048}, num_key_value_heads=2)
    return tiny_models.save(folder, LlamaForCausalLM(config), tiny_models.byte_level(start=True))


@pytest.mark.proof
@pytest.mark.parametrize("probe", ["extraction", "membership", "personal_data"])
def test_an_interrupted_run_goes_on(probe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = reads_long_texts(tmp_path / "model")
    given = data(tmp_path, probe)

    def run(cache: str) -> int:
        monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / cache))
        return cli.invoke(["run", str(model), "-p", probe, *given, "--offline", "-q", "-o", "out"])

    assert run("calm") in FINISHED
    whole, calm = document(tmp_path, "out")
    assert calm["model_calls"] > BATCHES

    asked = 0
    timed = Engine._timed

    def stopped(self: Engine, *args: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > BATCHES:
            raise KeyboardInterrupt
        return timed(self, *args)

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "_timed", stopped)
        assert run("kept") == 130
    assert run("kept") in FINISHED
    resumed, again = document(tmp_path, "out")
    assert resumed == whole
    assert (again["model_calls"], again["cache_hits"]) == (calm["model_calls"] - BATCHES, BATCHES)
