"""Files of a checkpoint with the wrong types, nestings and lengths: one line that names the model, never a bug."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import cli
from fairwitness.audit.errors import CorruptModel, FairwitnessError, UnknownModel
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.huggingface.gguf import header
from fairwitness.audit.tabular import Trust
from fairwitness.audit.tabular import inspect as inspect_table
from tiny_models import build


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of a checkpoint."""
    folder = build("causal:gpt2", tmp_path_factory.mktemp("model"))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def with_file(folder: Path, whole: Mapping[str, bytes], name: str, content: bytes | None) -> str:
    for one, before in whole.items():
        (folder / one).write_bytes(before)
    if content is not None:
        (folder / name).write_bytes(content)
    return str(folder)


def changed(whole: Mapping[str, bytes], name: str, **values: Any) -> bytes:
    return json.dumps({**json.loads(whole[name]), **values}).encode()


CONFIGS: list[tuple[dict[str, Any], str]] = [
    ({"model_type": []}, "'model_type' must be a text"),
    ({"model_type": {}}, "'model_type' must be a text"),
    ({"architectures": [1]}, "'architectures' must be a list of names"),
    ({"architectures": "GPT2"}, "'architectures' must be a list of names"),
    ({"n_layer": -1}, "makes 0 of h: a part of the model would be audited"),
    ({"n_embd": 0}, ""),
    ({"n_head": 0}, ""),
    ({"n_embd": "x"}, ""),
    ({"vocab_size": None}, ""),
    ({"n_positions": []}, ""),
]


@pytest.mark.parametrize(("values", "message"), CONFIGS)
def test_a_configuration_of_wrong_values(
    tmp_path: Path, whole: Mapping[str, bytes], values: dict[str, Any], message: str
) -> None:
    model = with_file(tmp_path, whole, "config.json", changed(whole, "config.json", **values))
    with pytest.raises(FairwitnessError, match=message or "cannot be") as refused:
        load(Loading(model, offline=True, cache_dir=tmp_path / "cache", threads=1))
    assert "\n" not in str(refused.value)
    assert "above report" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"[" * 100_000),
        ("config.json", b'{"a": ' * 100_000),
        ("config.json", b'{"model_type": ' + b"9" * 5000 + b"}"),
        ("config.json", b"\xff\xfe{"),
        ("config.json", b"[]"),
        ("generation_config.json", b"[]"),
        ("generation_config.json", b"[" * 100_000),
        ("tokenizer_config.json", b"[]"),
        ("tokenizer_config.json", b'{"model_max_length": "x"}'),
        ("tokenizer.json", b"[]"),
        ("tokenizer.json", b"{"),
        ("model.safetensors.index.json", b'{"weight_map": []}'),
        ("model.safetensors.index.json", b'{"weight_map": null}'),
        ("model.safetensors.index.json", b'{"weight_map": {"a": 1}}'),
        ("model.safetensors.index.json", b"[" * 100_000),
        ("model.safetensors", b""),
        ("model.safetensors", struct.pack("<Q", 2**63) + b"{}"),
        ("model.safetensors", struct.pack("<Q", 2) + b"[]"),
    ],
)
def test_a_file_that_is_no_such_file(tmp_path: Path, whole: Mapping[str, bytes], name: str, content: bytes) -> None:
    model = with_file(tmp_path, whole, name, content)
    refused = refusal(model, tmp_path / "cache")
    assert refused is None or "\n" not in str(refused)


def refusal(model: str, cache: Path) -> FairwitnessError | None:
    """Why a model is not loaded; None where what was changed does not matter. Anything else is raised."""
    try:
        load(Loading(model, offline=True, cache_dir=cache, threads=1))
    except FairwitnessError as refused:
        return refused
    return None


@pytest.mark.slow
def test_shapes_that_do_not_fit_are_told_without_a_report_that_is_not_there(
    tmp_path: Path, whole: Mapping[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    config = changed(whole, "config.json", n_embd=16, n_inner=None)
    folder = tmp_path / "m"
    folder.mkdir()
    model = with_file(folder, whole, "config.json", config)
    assert cli.invoke(["run", model, "-p", "gender", "--offline", "-o", str(tmp_path / "out")]) == 3
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: ")
    assert "above report" not in said
    assert "bug" not in said


def test_a_pickle_that_torch_refuses_is_corrupt_and_not_run(tmp_path: Path, whole: Mapping[str, bytes]) -> None:
    import pickle as pickled  # noqa: TID251 - what an attacker would write

    mark = tmp_path / "RAN"

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {mark}",)

    folder = tmp_path / "m"
    folder.mkdir()
    content = pickled.dumps({"wte": Evil()})
    model = with_file(
        folder, {k: v for k, v in whole.items() if k != "model.safetensors"}, "pytorch_model.bin", content
    )
    with pytest.raises(CorruptModel):
        load(Loading(model, allow_pickle=True, offline=True, cache_dir=tmp_path / "cache", threads=1))
    assert not mark.exists()


def test_a_folder_that_nobody_may_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may be allowed to read everything, so the system's answer is made."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(UnknownModel, match=r"cannot be read: Permission denied"):
        inspect(Loading(str(tmp_path), offline=True))


def gguf(value: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + value


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<I", 9) + (struct.pack("<IQ", 9, 1)) * 100_000,
        struct.pack("<IIQ", 9, 4, 2**62),
        struct.pack("<IIQ", 9, 8, 2**64 - 1),
        struct.pack("<IIQ", 9, 99, 1),
        struct.pack("<IQ", 8, 2**63),
        struct.pack("<I", 77),
    ],
    ids=["nested", "many numbers", "many texts", "no type", "long text", "no kind"],
)
def test_a_gguf_header_made_to_break_its_reader(tmp_path: Path, value: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(gguf(value))
    with pytest.raises(CorruptModel, match=r"the header of m.gguf cannot be read"):
        header(path)


@pytest.mark.parametrize("schema", [b"[]", b"[" * 100_000, b'{"__class__": 1}', b"", b'{"a": ' * 100_000])
def test_a_skops_schema_made_to_break_its_reader(tmp_path: Path, schema: bytes) -> None:
    path = tmp_path / "m.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", schema)
    with pytest.raises(CorruptModel, match=r"is no readable skops file"):
        inspect_table(str(path), Trust())
