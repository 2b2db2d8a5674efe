"""A model larger than a device is spread, and answers as it does whole."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

import tiny_models
from fairwitness.audit.errors import MissingExtra, UsageError
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Generate, LogLikelihood

pytestmark = pytest.mark.slow
SCORED = [[LogLikelihood("the nurse", " said"), LogLikelihood("the nurse", " was late")], [LogLikelihood("", "a")]]
WRITTEN = [Generate("the nurse said", 6), Generate("a", 6, temperature=1.0, seed=2)]


@pytest.fixture(name="checkpoint", scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("causal")
    tiny_models.build("causal:llama", folder)
    return folder


def memory(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """As if the machine had so many bytes."""
    module = importlib.import_module("transformers.integrations.accelerate")
    monkeypatch.setattr(module, "get_max_memory", lambda *_: {"cpu": size})


@pytest.mark.arithmetic
@pytest.mark.parametrize("size", [0, 110_000])
def test_a_model_that_lies_on_disk_answers_as_it_does_whole(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    whole: Any = load(Loading(str(checkpoint), cache_dir=tmp_path))
    memory(monkeypatch, size)
    spread: Any = load(Loading(str(checkpoint), cache_dir=tmp_path, device="auto"))
    assert any("disk" in note.text for note in spread.info.notes), spread.info.notes
    assert "DescribeWeights" in whole.info.capabilities
    assert "DescribeWeights" not in spread.info.capabilities
    assert spread.log_likelihoods(SCORED) == whole.log_likelihoods(SCORED)
    assert spread.generate(WRITTEN) == whole.generate(WRITTEN)
    assert spread.info.fingerprint == whole.info.fingerprint


@pytest.mark.arithmetic
def test_a_model_that_fits_is_not_spread(checkpoint: Path, tmp_path: Path) -> None:
    whole = load(Loading(str(checkpoint), cache_dir=tmp_path))
    assert load(Loading(str(checkpoint), cache_dir=tmp_path, device="auto")).info == whole.info


def test_what_is_missing_is_named(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "accelerate" else seen(name))
    with pytest.raises(MissingExtra, match="needs accelerate: pip install accelerate"):
        load(Loading(str(checkpoint), cache_dir=tmp_path, device="auto"))


def test_an_adapter_is_not_spread(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="spread over devices takes none: merge it"):
        load(Loading(str(tmp_path), cache_dir=tmp_path, device="auto", base=str(checkpoint)))
