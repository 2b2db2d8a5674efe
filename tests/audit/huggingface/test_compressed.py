"""Reference variants hold the weights that their form gives back, and nothing that did not change is called one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertForMaskedLM

import tiny_models
from fairwitness.audit import huggingface
from fairwitness.audit.compression import Recipe
from fairwitness.audit.errors import MissingExtra, UnfitModel, WrongTask
from fairwitness.audit.huggingface import Loading
from fairwitness.audit.huggingface.compressed import check_recipe, compress, hash_of, plain_bytes, same_tokenizer
from fairwitness.audit.subject import Subject

pytestmark = pytest.mark.arithmetic
Floats = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return huggingface.load(Loading(str(tiny_models.build("causal:gpt2", tmp_path_factory.mktemp("m") / "gpt2"))))


def weights(subject: Subject) -> dict[str, Floats]:
    loaded: Any = subject
    return {name: value.detach().numpy().copy() for name, value in loaded._loaded.model.named_parameters()}


def in_blocks(rows: Floats, form: str) -> Floats:
    """Blocks of 32 by hand: 8 bits by the largest size over 127, 4 bits from -8 to 7 by the largest value over -8."""
    blocks = rows.reshape(-1, 32).astype(np.float64)
    if form == "q8_0":
        scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
        whole = np.round(blocks / scale)
    else:
        largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1, keepdims=True), axis=1)
        scale = largest / -8
        whole = np.minimum(np.floor(blocks / scale + 8.5), 15) - 8
    return np.asarray((whole * scale.astype(np.float16)).reshape(rows.shape), dtype=np.float32)


@pytest.mark.parametrize("form", ["q8_0", "q4_0"])
def test_matrices_are_what_blocks_of_32_along_the_inputs_give_back(model: Subject, tmp_path: Path, form: Any) -> None:
    """GPT-2 stores its layers as inputs by outputs: its rows are the columns of the stored matrix."""
    pytest.importorskip("gguf")
    before = weights(model)
    made = compress(model, Recipe(form), tmp_path / form)
    stored = {name: value.numpy() for name, value in load_file(tmp_path / form / "model.safetensors").items()}
    assert made.changed_numbers == sum(before[name].size for name in made.changed)
    assert not made.unchanged
    for name in made.changed:
        turned = ".h." in name
        rows = before[name].T if turned else before[name]
        expected = in_blocks(rows, form)
        values = stored[name].T if turned else stored[name]
        step = np.abs(rows.reshape(-1, 32)).max(axis=1) / (127 if form == "q8_0" else 8)
        off = np.abs(values - expected).reshape(-1, 32) > 1e-6
        assert off.mean() < 0.01, name  # a value half way between two steps may go to either
        assert (np.abs(values - expected).reshape(-1, 32).max(axis=1) <= 1.01 * step).all()
    for name, value in before.items():
        if name not in made.changed:
            assert np.array_equal(stored[name], value)
    bits = {"q8_0": 8.5, "q4_0": 4.5}[form]
    rest = sum(value.nbytes for name, value in before.items() if name not in made.changed)
    assert made.format_bytes == made.changed_numbers * bits / 8 + rest
    assert made.plain
    assert made.sha256 == hash_of(tmp_path / form / "model.safetensors")
    assert all(np.array_equal(value, before[name]) for name, value in weights(model).items())
    again = huggingface.load(Loading(str(tmp_path / form), cache_dir=tmp_path))
    assert again.info.fingerprint != model.info.fingerprint
    assert same_tokenizer(model, again)


def test_pruning_zeroes_the_share_nearest_to_0_of_each_linear_layer_and_leaves_the_head(
    model: Subject, tmp_path: Path
) -> None:
    before = weights(model)
    made = compress(model, Recipe("prune", 0.25), tmp_path / "pruned")
    after = weights(huggingface.load(Loading(str(tmp_path / "pruned"), cache_dir=tmp_path)))
    assert set(made.unchanged) == {"transformer.wte.weight", "transformer.wpe.weight"}
    for name in made.changed:
        sizes = np.sort(np.abs(before[name]).ravel())
        limit = sizes[len(sizes) // 4]
        kept = np.abs(before[name]) >= limit
        assert np.array_equal(after[name], np.where(kept, before[name], 0))
    assert made.zeros == sum(before[name].size // 4 for name in made.changed)
    assert made.format_bytes == plain_bytes(model)
    assert all(np.array_equal(after[name], before[name]) for name in before if name not in made.changed)


def test_int8_is_the_checkpoint_of_torchao(tmp_path: Path) -> None:
    pytest.importorskip("torchao", reason="torchao is not installed")
    llama = huggingface.load(Loading(str(tiny_models.build("causal:llama", tmp_path / "llama")), cache_dir=tmp_path))
    made = compress(llama, Recipe("int8"), tmp_path / "int8")
    assert not made.plain
    assert made.stored_bytes < (plain_bytes(llama) or 0)
    assert "model.embed_tokens.weight" in made.unchanged
    again = huggingface.load(Loading(str(tmp_path / "int8"), cache_dir=tmp_path))
    assert any("torchao" in note.text for note in again.info.notes)


def test_without_its_library_a_form_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torchao" else find(name))
    with pytest.raises(MissingExtra, match=r"needs torchao, .*fairwitness\[int8\]"):
        check_recipe(Recipe("int8"))


def odd(folder: Path) -> Subject:
    """A masked model whose matrices have rows of 20 and 24 numbers."""
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 20, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(tiny_models.vocabulary()), intermediate_size=24, **sizes)
    tiny_models.save(folder, BertForMaskedLM(config), tiny_models.wordpiece())
    return huggingface.load(Loading(str(folder), cache_dir=folder.parent))


def test_a_model_of_odd_widths_is_refused_by_the_names_of_its_matrices(tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    with pytest.raises(UnfitModel, match=r"none of its \d+ matrices has rows of a multiple of 32.*word_embeddings"):
        compress(odd(tmp_path / "odd"), Recipe("q8_0"), tmp_path / "q8_0")


def test_what_transformers_does_not_hold_is_no_model_to_compress(tmp_path: Path) -> None:
    class Other:
        info = type("Info", (), {"spec": "spacy:x"})

    other: Any = Other()
    with pytest.raises(WrongTask, match="--variant NAME=MODEL"):
        compress(other, Recipe("prune", 0.5), tmp_path)
