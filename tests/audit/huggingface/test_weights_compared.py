"""What was stored is compared with what the model is: nothing random, left out or cast is measured without a word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertForPreTraining, BertForSequenceClassification

import tiny_models
from fairwitness.audit.errors import CorruptModel, UnfitModel
from fairwitness.audit.huggingface import Loading, inspect, load

pytestmark = pytest.mark.arithmetic


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shelf")
    for name in ("masked:bert", "causal:llama", "classifier:bert"):
        tiny_models.build(name, root / name.replace(":", "-"))
    return root


def copied(shelf: Path, name: str, tmp_path: Path, **changes: object) -> Path:
    """A checkpoint to spoil, with another configuration; None takes an entry away."""
    folder = Path(shutil.copytree(shelf / name, tmp_path / name))
    file = folder / "config.json"
    held = json.loads(file.read_text(encoding="utf-8")) | changes
    file.write_text(json.dumps({key: value for key, value in held.items() if value is not None}), encoding="utf-8")
    return folder


def stored(folder: Path, **changes: torch.Tensor) -> Path:
    """The folder with more or other weights."""
    file = folder / "model.safetensors"
    save_file(load_file(file) | {name.replace("__", "."): weight for name, weight in changes.items()}, file)
    return folder


@pytest.mark.parametrize(("name", "layers"), [("masked-bert", 1), ("causal-llama", 1), ("masked-bert", -1)])
def test_a_model_is_not_audited_by_half(name: str, layers: int, shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, name, tmp_path, num_hidden_layers=layers)
    with pytest.raises(UnfitModel, match=r"stores .*layers?\.\d.*a part of the model would be audited"):
        load(Loading(str(folder), cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("weight", "size", "told"),
    [
        ("self_attn__q_proj__bias", 32, r"q_proj\.bias, and LlamaForCausalLM .* has no place for it"),
        ("mlp__up_proj__weight_scale", 1, r"quantised weights .*weight_scale"),
    ],
)
def test_what_a_layer_has_no_place_for_is_not_left_out(
    weight: str, size: int, told: str, shelf: Path, tmp_path: Path
) -> None:
    folder = stored(copied(shelf, "causal-llama", tmp_path), **{f"model__layers__0__{weight}": torch.ones(size)})
    with pytest.raises(UnfitModel, match=told):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_what_older_checkpoints_store_besides_weights_is_no_reason(shelf: Path, tmp_path: Path) -> None:
    old = {"model__layers__0__self_attn__rotary_emb__inv_freq": torch.ones(4)}
    folder = stored(copied(shelf, "causal-llama", tmp_path), **old)
    assert load(Loading(str(folder), cache_dir=tmp_path)).info.notes == ()


def test_heads_of_other_tasks_are_named(tmp_path: Path) -> None:
    torch.manual_seed(7)
    folder = tiny_models.save(
        tmp_path / "model", BertForPreTraining(tiny_models.bert_config()), tiny_models.wordpiece()
    )
    [note] = load(Loading(str(folder), cache_dir=tmp_path)).info.notes
    assert note.text == "stored weights that BertForPreTraining does not use: bert.pooler.dense.bias and 3 more"


@pytest.mark.parametrize("kind", [torch.int8, torch.uint8])
def test_whole_numbers_are_not_read_as_weights(kind: torch.dtype, shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "causal-llama", tmp_path)
    name = "model.layers.0.mlp.up_proj.weight"
    whole = (load_file(folder / "model.safetensors")[name] * 50).to(kind)
    stored(folder, **{name.replace(".", "__"): whole})
    with pytest.raises(UnfitModel, match=r"up_proj\.weight as whole numbers .*quantization_config"):
        load(Loading(str(folder), cache_dir=tmp_path))


@pytest.mark.parametrize("labels", [None, {"0": "yes", "1": "no"}])
def test_a_head_of_another_size_is_named_with_what_makes_it(labels: Any, shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "classifier-bert", tmp_path, id2label=labels, label2id=None)
    reason = r"stores classifier\.weight as 3 x 32 and its config\.json makes it 2 x 32 .*id2label or num_labels .* 2"
    with pytest.raises(CorruptModel, match=reason):
        load(Loading(str(folder), cache_dir=tmp_path))


def test_a_model_is_not_measured_without_the_adapter_beside_it(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "causal-llama", tmp_path)
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}', encoding="utf-8")
    reason = r"holds an adapter of 'org/base' beside its weights, .*: merge it into that model .*, or take"
    for door in (load, inspect):
        with pytest.raises(UnfitModel, match=reason):
            door(Loading(str(folder), cache_dir=tmp_path))


def test_two_classes_of_one_name_are_refused(tmp_path: Path) -> None:
    config = tiny_models.bert_config(num_labels=2, id2label={0: "fine", 1: "fine"}, label2id={"fine": 1})
    folder = tiny_models.save(tmp_path / "model", BertForSequenceClassification(config), tiny_models.wordpiece())
    with pytest.raises(UnfitModel, match="calls 2 classes 'fine'"):
        load(Loading(str(folder), cache_dir=tmp_path))


def in_parts(folder: Path, part: str = "model-00001-of-00001.safetensors") -> Path:
    """The folder with an index that names another file with the same weights."""
    weights = load_file(folder / "model.safetensors")
    save_file(weights, folder / part, {"format": "pt"})
    index = {"metadata": {}, "weight_map": dict.fromkeys(weights, part)}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder


def test_two_sets_of_weights_are_not_mixed_up(shelf: Path, tmp_path: Path) -> None:
    """transformers reads the single file; hashed was what the index names, so another model's answers were taken."""
    folder = in_parts(copied(shelf, "classifier-bert", tmp_path))
    with pytest.raises(UnfitModel, match=r"two sets of weights, model\.safetensors and what .*index\.json names"):
        load(Loading(str(folder), cache_dir=tmp_path))
    (folder / "model.safetensors").unlink()
    assert load(Loading(str(folder), cache_dir=tmp_path)).info.parameters
    in_parts(copied(shelf, "masked-bert", tmp_path), "model.safetensors")
    assert load(Loading(str(tmp_path / "masked-bert"), cache_dir=tmp_path)).info.parameters


def printed(folder: Path, cache: Path) -> str:
    return load(Loading(str(folder), cache_dir=cache)).info.fingerprint


def test_weights_that_the_configuration_names_are_hashed(shelf: Path, tmp_path: Path) -> None:
    folder = copied(shelf, "classifier-bert", tmp_path, transformers_weights="mine.safetensors")
    with pytest.raises(CorruptModel, match=r"names its weights in config\.json, and 'mine\.safetensors' is not there"):
        load(Loading(str(folder), cache_dir=tmp_path))
    weights = load_file(folder / "model.safetensors")
    save_file(weights, folder / "mine.safetensors", {"format": "pt"})
    before = printed(folder, tmp_path)
    save_file({name: weight * 2 for name, weight in weights.items()}, folder / "mine.safetensors", {"format": "pt"})
    assert printed(folder, tmp_path) != before


def test_a_tokenizer_for_newer_versions_is_hashed(shelf: Path, tmp_path: Path) -> None:
    """tokenizer_config.json may name another file than tokenizer.json, which is then the one that is read."""
    folder = copied(shelf, "classifier-bert", tmp_path)
    said, other = folder / "tokenizer_config.json", folder / "tokenizer.4.0.0.json"
    settings = json.loads(said.read_text(encoding="utf-8")) | {"fast_tokenizer_files": [other.name]}
    said.write_text(json.dumps(settings), encoding="utf-8")
    held = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    prints = []
    for first, second in (("she", "he"), ("she", "nurse")):
        words = held["model"]["vocab"]
        words[first], words[second] = words[second], words[first]
        other.write_text(json.dumps(held), encoding="utf-8")
        prints.append(printed(folder, tmp_path))
    assert prints[0] != prints[1]
