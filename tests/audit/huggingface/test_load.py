"""Finding and loading: what is there is found, and what is wrong gets one clear message of the right kind."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertForMultipleChoice

import tiny_models
from fairwitness.audit.errors import (
    CorruptModel,
    MissingExtra,
    NoWeights,
    UnknownModel,
    UnsafeModel,
    UsageError,
    WrongTask,
)
from fairwitness.audit.huggingface import Loading, gguf, inspect, load
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.fingerprint import file_hash
from fairwitness.audit.huggingface.source import arithmetic, choose_device
from fairwitness.audit.requests import LogLikelihood, TokenScores
from fairwitness.audit.subject import Subject

pytestmark = pytest.mark.arithmetic


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints that no test changes."""
    root = tmp_path_factory.mktemp("shelf")
    for name in ("masked:bert", "causal:llama", "encoder:bert"):
        tiny_models.build(name, root / name.replace(":", "-"))
    return root


@pytest.fixture
def copy(shelf: Path, tmp_path: Path) -> Path:
    """A causal checkpoint to spoil."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in (shelf / "causal-llama").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def fingerprint(folder: Path, cache: Path, dtype: str | None = None) -> str:
    return load(Loading(str(folder), cache_dir=cache, dtype=dtype)).info.fingerprint


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_inspect_says_what_load_will_give(shelf: Path, tmp_path: Path) -> None:
    for name in ("masked-bert", "causal-llama"):
        seen, loaded = inspect(Loading(str(shelf / name))), load(Loading(str(shelf / name), cache_dir=tmp_path))
        assert isinstance(loaded, Subject)
        assert seen.kind == loaded.info.kind
        assert seen.architecture == loaded.info.architecture
        assert seen.capabilities == loaded.info.capabilities
        assert seen.dtype == loaded.info.dtype == "float32"
        assert seen.parameters == loaded.info.parameters
        assert seen.fingerprint == ""
        assert len(loaded.info.fingerprint) == 64


def test_the_fingerprint_follows_content_and_number_format_alone(copy: Path, tmp_path: Path) -> None:
    before = fingerprint(copy, tmp_path)
    assert fingerprint(copy, tmp_path / "other cache") == before
    moved = copy.rename(copy.with_name("moved"))
    assert fingerprint(moved, tmp_path) == before
    assert fingerprint(moved, tmp_path, "bfloat16") != before
    weights = load_file(moved / "model.safetensors")
    weights["model.norm.weight"][0] += 1
    save_file(weights, moved / "model.safetensors", metadata={"format": "pt"})
    changed = fingerprint(moved, tmp_path)
    assert changed != before
    edit_config(moved, rms_norm_eps=1e-3)
    assert fingerprint(moved, tmp_path) != changed


def test_unknown_paths_name_a_neighbour(shelf: Path) -> None:
    with pytest.raises(UnknownModel, match="did you mean 'masked-bert'"):
        load(Loading(str(shelf / "masked-bart")))
    with pytest.raises(UnknownModel, match="no file or folder"):
        load(Loading("./nowhere/model.gguf"))


def test_an_unknown_hub_id_says_that_the_run_is_offline() -> None:
    with pytest.raises(UnknownModel, match="not on this machine, and this run is offline"):
        load(Loading("no-such-owner/no-such-model", offline=True))


def test_a_hub_id_is_served_from_the_hubs_own_cache(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    snapshot = tmp_path / "models--owner--tiny" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    for path in (shelf / "causal-llama").iterdir():
        (snapshot / path.name).write_bytes(path.read_bytes())
    refs = tmp_path / "models--owner--tiny" / "refs"
    refs.mkdir()
    (refs / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    info = load(Loading("owner/tiny", offline=True, cache_dir=tmp_path / "cache")).info
    assert (info.spec, info.revision) == ("owner/tiny", commit)
    pinned = Loading(f"owner/tiny@{commit}", offline=True, cache_dir=tmp_path / "cache")
    assert load(pinned).info.fingerprint == info.fingerprint
    assert inspect(Loading("owner/tiny", offline=True)).revision == commit


def test_packages_are_found_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shelf: Path
) -> None:
    package = tmp_path / "tiny_carrier"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(NoWeights, match="'tiny_carrier' holds no model"):
        load(Loading("package:tiny_carrier"))
    for path in (shelf / "masked-bert").iterdir():
        (package / "inner" / path.name).write_bytes(path.read_bytes())
    assert inspect(Loading("package:tiny_carrier")).kind == "masked_lm"
    assert inspect(Loading("package:tiny_carrier/inner")).kind == "masked_lm"
    with pytest.raises(UnknownModel, match="did you mean 'inner'"):
        load(Loading("package:tiny_carrier/iner"))
    with pytest.raises(UnknownModel, match="did you mean 'torch'"):
        load(Loading("package:torhc"))
    (package / "second.gguf").write_bytes(b"GGUF")
    with pytest.raises(UnknownModel, match=r"holds 2 models; name one of them: inner, second\.gguf"):
        load(Loading("package:tiny_carrier"))
    assert "tiny_carrier" not in sys.modules


def test_folders_without_a_model(tmp_path: Path, copy: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoWeights, match="holds no model"):
        load(Loading(str(tmp_path / "empty")))
    (copy / "model.safetensors").unlink()
    with pytest.raises(NoWeights, match=r"model\.safetensors is missing"):
        load(Loading(str(copy)))
    with pytest.raises(UnknownModel, match=r"is a file and no model; name the folder that holds config\.json"):
        load(Loading(str(copy / "config.json")))


def scored(subject: Subject) -> tuple[float, ...]:
    """The log-probabilities of a text."""
    assert isinstance(subject, CausalSubject)
    [[found]] = subject.log_likelihoods([[LogLikelihood("", "The nurse")]])
    assert isinstance(found, TokenScores)
    return found.log_probs


def test_pickled_weights_need_a_flag(copy: Path, tmp_path: Path) -> None:
    expected = scored(load(Loading(str(copy), cache_dir=tmp_path)))
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(UnsafeModel, match=r"pytorch_model\.bin.*--allow-pickle"):
        load(Loading(str(copy), cache_dir=tmp_path))
    allowed = load(Loading(str(copy), cache_dir=tmp_path, allow_pickle=True))
    assert scored(allowed) == pytest.approx(expected, abs=tiny_models.NEAR)


def test_code_of_the_model_needs_a_flag(copy: Path) -> None:
    edit_config(
        copy, model_type="homemade", auto_map={"AutoModelForCausalLM": "code.Model", "AutoConfig": "code.Config"}
    )
    with pytest.raises(UnsafeModel, match="--trust-remote-code"):
        load(Loading(str(copy)))


def test_a_model_type_of_the_future(copy: Path) -> None:
    edit_config(copy, model_type="homemade")
    with pytest.raises(WrongTask, match="'homemade' model"):
        load(Loading(str(copy)))


def test_an_encoder_without_a_head_gets_no_random_one(shelf: Path) -> None:
    folder = str(shelf / "encoder-bert")
    assert inspect(Loading(folder)).kind == "encoder"
    with pytest.raises(WrongTask, match="without a trained head for masked_lm: it holds no weights for cls"):
        load(Loading(folder, task="masked_lm"))
    with pytest.raises(WrongTask, match="no weights for classifier"):
        load(Loading(folder, task="sequence_classifier"))


def test_a_task_that_the_architecture_has_not(shelf: Path) -> None:
    with pytest.raises(WrongTask, match="BertForMaskedLM, made for masked_lm; it cannot do causal_lm"):
        load(Loading(str(shelf / "masked-bert"), task="causal_lm"))
    with pytest.raises(UsageError, match="did you mean 'masked_lm'"):
        load(Loading(str(shelf / "masked-bert"), task="masked-lm"))


def test_a_head_of_another_task_is_called_that(tmp_path: Path) -> None:
    model = BertForMultipleChoice(tiny_models.bert_config())
    folder = tiny_models.save(tmp_path / "chooser", model, tiny_models.wordpiece())
    with pytest.raises(WrongTask, match="is BertForMultipleChoice: its head is that of another task"):
        load(Loading(str(folder)))


def test_a_masked_model_whose_tokenizer_has_no_mask(shelf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "maskless"
    folder.mkdir()
    for path in (shelf / "masked-bert").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    tiny_models.wordpiece(mask=False).save_pretrained(folder)
    with pytest.raises(WrongTask, match="its tokenizer has no mask token"):
        load(Loading(str(folder)))


def test_damaged_files_are_named(copy: Path) -> None:
    weights = copy / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptModel, match=r"weights of .* cannot be loaded") as caught:
        load(Loading(str(copy)))
    assert caught.value.exit_code == 3
    weights.write_bytes(whole)
    edit_config(copy, hidden_size=48, head_dim=12)
    with pytest.raises(CorruptModel):
        load(Loading(str(copy)))
    (copy / "config.json").write_text("{")
    with pytest.raises(CorruptModel, match=r"config\.json cannot be read"):
        load(Loading(str(copy)))


def test_a_missing_layer_is_damage_and_no_question_of_the_task(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CorruptModel, match=r"lacks 1 weights of LlamaForCausalLM, model\.norm\.weight first"):
        load(Loading(str(copy)))


def test_a_missing_shard_is_named(copy: Path) -> None:
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "one.safetensors"}}))
    with pytest.raises(CorruptModel, match=r"lacks 1 of 1 weight files, one\.safetensors first"):
        load(Loading(str(copy)))


def test_devices_and_number_formats_that_are_not_there(copy: Path) -> None:
    with pytest.raises(UsageError, match="no dtype 'float23'; did you mean 'float32'"):
        load(Loading(str(copy), dtype="float23"))
    with pytest.raises(UsageError, match="no device 'warp'"):
        load(Loading(str(copy), device="warp"))


def test_a_gguf_file_without_its_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtra, match=r'pip install "fairwitness\[gguf\]"'):
        load(Loading(str(file)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no such thing",
        b"GGUF\x03",
        b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 1 << 60),
    ],
)
def test_a_damaged_gguf_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(CorruptModel, match=r"model\.gguf"):
        load(Loading(str(file), cache_dir=tmp_path / "cache"))


def test_an_architecture_that_no_gguf_reader_knows_is_no_damage(tmp_path: Path) -> None:
    writer = pytest.importorskip("gguf").GGUFWriter(tmp_path / "model.gguf", "homemade")
    writer.add_file_type(0)
    writer.add_tensor("weight", torch.zeros(4, 6).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(WrongTask, match="homemade"):
        load(Loading(str(tmp_path / "model.gguf"), cache_dir=tmp_path / "cache"))


def test_the_header_of_a_gguf_file(tmp_path: Path) -> None:
    writer = pytest.importorskip("gguf").GGUFWriter(tmp_path / "model.gguf", "llama")
    writer.add_file_type(3)
    writer.add_array("tokenizer.ggml.tokens", ["one", "two", "three"])
    writer.add_array("some.numbers", [1, 2, 3])
    writer.add_float32("some.share", 0.5)
    writer.add_tensor("weight", torch.zeros(4, 6).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    head = gguf.header(tmp_path / "model.gguf")
    assert head["general.architecture"] == "llama"
    assert head["some.share"] == 0.5
    assert head["parameters"] == 24
    assert "some.numbers" not in head
    assert gguf.quantisation(head) == "Q4_1"
    seen = inspect(Loading(str(tmp_path / "model.gguf")))
    assert (seen.architecture, seen.parameters) == ("LlamaForCausalLM", 24)
    assert [note.text for note in seen.notes] == ["converted from GGUF Q4_1"]
    with pytest.raises(WrongTask, match="cannot do masked_lm"):
        inspect(Loading(str(tmp_path / "model.gguf"), task="masked_lm"))


@pytest.mark.slow
def test_loading_prints_nothing(shelf: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from fairwitness.audit.huggingface import Loading, load; from fairwitness.audit.requests import *\n"
        "model = load(Loading(sys.argv[1], cache_dir=Path(sys.argv[2])))\n"
        "model.log_likelihoods([[LogLikelihood('', 'word ' * 500)]]); model.generate([Generate('The', 3)])\n"
        "model.attend([Attend('The nurse')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shelf / "causal-llama"), str(tmp_path)],
        capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="there a file does not tell when its inode changed")
def test_other_weights_of_the_same_size_and_time_are_another_model(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"first")
    times = weights.stat().st_atime_ns, weights.stat().st_mtime_ns
    first = file_hash(weights, tmp_path)
    weights.write_bytes(b"other")
    os.utime(weights, ns=times)
    assert file_hash(weights, tmp_path) == hashlib.sha256(b"other").hexdigest() != first


def test_what_computes_has_a_name() -> None:
    assert arithmetic(choose_device("cpu")).startswith("cpu ")
    with pytest.raises(UsageError, match="no device 'abacus'"):
        choose_device("abacus")
