"""Quantised checkpoints: read where their library is there, refused by name where nobody can read them."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

import tiny_models
from fairwitness.audit.errors import CorruptModel, MissingExtra, UnfitModel
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.requests import Generate, LogLikelihood, TokenScores

pytestmark = pytest.mark.slow


@pytest.fixture(name="checkpoint", scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wide enough for blocks of 64 numbers."""
    folder = tmp_path_factory.mktemp("causal")
    tiny_models.build("causal:llama", folder)
    config: Any = AutoConfig.from_pretrained(folder)
    config.hidden_size, config.intermediate_size, config.head_dim = 128, 256, 64
    config.num_attention_heads = config.num_key_value_heads = 2
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder


def said_quantised(checkpoint: Path, folder: Path, settings: object) -> Path:
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**raw, "quantization_config": settings}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("method", ["gptq", "awq"])
def test_a_library_that_is_not_there_is_named(checkpoint: Path, tmp_path: Path, method: str) -> None:
    spec = said_quantised(checkpoint, tmp_path / "model", {"quant_method": method, "bits": 4, "group_size": 16})
    with pytest.raises(MissingExtra, match=r"needs a library that is not installed: .*pip install"):
        load(Loading(str(spec), cache_dir=tmp_path))


@pytest.mark.parametrize("opened", [load, inspect])
def test_a_method_that_nobody_can_read_is_refused(checkpoint: Path, tmp_path: Path, opened: Any) -> None:
    """transformers would read its numbers as weights, with a warning."""
    spec = said_quantised(checkpoint, tmp_path / "model", {"quant_method": "torchoa"})
    with pytest.raises(
        UnfitModel, match=r"quantised by 'torchoa'; did you mean torchao\?|quantised by 'torchoa'.*torchao"
    ):
        opened(Loading(str(spec), cache_dir=tmp_path))
    spec = said_quantised(checkpoint, tmp_path / "model", {"bits": 4})
    with pytest.raises(CorruptModel, match="names no quant_method"):
        opened(Loading(str(spec), cache_dir=tmp_path))


@pytest.mark.arithmetic
@pytest.mark.parametrize(("bits", "reading"), [(8, "computed as plain numbers"), (4, "its library computes with them")])
def test_bitsandbytes(checkpoint: Path, tmp_path: Path, bits: int, reading: str) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    from transformers import BitsAndBytesConfig

    settings = BitsAndBytesConfig(load_in_8bit=bits == 8, load_in_4bit=bits == 4)
    check(checkpoint, tmp_path, settings, reading)


@pytest.mark.arithmetic
def test_torchao(checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("torchao", reason="torchao is not installed")
    from transformers import TorchAoConfig

    weights = importlib.import_module("torchao.quantization").Int8WeightOnlyConfig()
    check(checkpoint, tmp_path, TorchAoConfig(weights), "its library computes with them")


def check(checkpoint: Path, cache: Path, settings: Any, reading: str) -> None:
    """The scores of a quantised checkpoint are those of its stored values, and near those of the original."""
    model: Any = AutoModelForCausalLM.from_pretrained(checkpoint, quantization_config=settings, dtype=torch.float32)
    folder = cache / "quantised"
    shutil.copytree(checkpoint, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    model.save_pretrained(folder)
    subject: Any = load(Loading(str(folder), cache_dir=cache))
    assert any(reading in note.text for note in subject.info.notes), subject.info.notes
    [[scored]] = subject.log_likelihoods([[LogLikelihood("the nurse", " said that she was late")]])
    assert isinstance(scored, TokenScores)
    ids = subject.token_ids([LogLikelihood("the nurse", " said that she was late")])[0]
    plain = model.dequantize(dtype=torch.float32) if "plain" in reading else model
    with torch.inference_mode():  # bitsandbytes has other kernels for it
        logits = torch.log_softmax(plain.eval()(input_ids=torch.tensor([ids])).logits[0].float(), dim=-1)
    expected = [float(logits[place - 1, ids[place]]) for place in range(len(ids) - len(scored.log_probs), len(ids))]
    assert scored.log_probs == pytest.approx(expected, abs=1e-4)
    [written] = subject.generate([Generate("the nurse said", 4)])
    assert written.tokens
