"""GGUF files: their header, and their one-time conversion to safetensors, since they load slowly."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from fairwitness.audit import private
from fairwitness.audit.errors import CannotWrite, CorruptModel, MissingExtra, WrongTask
from fairwitness.audit.huggingface.fingerprint import file_hash
from fairwitness.audit.huggingface.split import TENSORS, Parts, check_split

WHOLE = "whole.gguf"
"""What the files of a model are joined to, while it is converted."""
CONVERSION = 2
"""Raised when conversion begins to give other files for the same GGUF file."""
PARAMETERS, LAYERS = "parameters", "layers"
LAYER = re.compile(r"blk\.(\d{1,6})\.")
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
MOST_ITEMS = 1 << 28
"""Items of an array in a header: more than any vocabulary has."""


def need_extra() -> None:
    """Raises MissingExtra when the libraries that read GGUF files are absent."""
    missing = [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(f'reading a .gguf file needs {" and ".join(missing)}: pip install "fairwitness[gguf]"')


def header_of(parts: Parts) -> dict[str, Any]:
    """`header` of a model in several files: the settings of the first, the weights of all."""
    if parts.sha256:
        return header(parts.files[0])
    heads = [header(file) for file in parts.files]
    if len(heads) > 1:
        check_split(parts.files, heads)
    return {
        **heads[0],
        PARAMETERS: sum(head[PARAMETERS] for head in heads),
        LAYERS: max(head[LAYERS] for head in heads),
    }


def header(path: Path) -> dict[str, Any]:
    """The single values of a GGUF header by key, and how many `parameters`, `tensors` and `layers` the file stores.

    Arrays are skipped.

    Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Raises CorruptModel when it is no such file.
    """
    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"GGUF":
                raise CorruptModel(f"{path.name} does not begin as a GGUF file does")
            _, tensors, pairs = struct.unpack("<IQQ", stream.read(20))
            header_values = {key: value for key, value in (_pair(stream) for _ in range(pairs)) if value is not None}
            stored = [_tensor(stream) for _ in range(tensors)]
            header_values[TENSORS] = tensors
            header_values[PARAMETERS] = sum(size for _, size in stored)
            header_values[LAYERS] = max(
                (1 + int(layer[1]) for name, _ in stored if (layer := LAYER.match(name))), default=0
            )
            return header_values
    except (struct.error, KeyError, ValueError, OSError, OverflowError, MemoryError, RecursionError) as error:
        raise CorruptModel(f"the header of {path.name} cannot be read: the file is cut short or damaged") from error


def quantisation(head: dict[str, Any]) -> str:
    """Name of the file's number format, such as Q4_1."""
    from gguf import LlamaFileType

    try:
        return str(LlamaFileType(head["general.file_type"]).name).removeprefix("MOSTLY_").removeprefix("ALL_")
    except (KeyError, ValueError):
        return "of unknown type"


def convert(parts: Parts, cache: Path) -> Path:
    """The folder with the converted model, made when it is not there yet; complete or absent, never half."""
    path = parts.files[0]
    target = cache / "models" / f"{_name(parts, cache)[:32]}-{CONVERSION}"
    if (target / "config.json").is_file():
        return target
    try:
        private.make_folder(target.parent)
        draft = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
    except OSError as error:
        raise CannotWrite(f"the converted model cannot be kept under {cache}: {error.strerror}") from error
    try:
        if parts.whole:
            _write(path, draft)
        else:
            whole = draft / WHOLE
            parts.write(whole)
            _write(whole, draft, called=path.name)
            whole.unlink()
        os.replace(draft, target)
    except OSError as error:
        if not (target / "config.json").is_file():  # else another run was quicker
            _complain(path, cache, error)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _name(parts: Parts, cache: Path) -> str:
    """What tells the model from others, by the bytes of its files."""
    if parts.whole:
        return file_hash(parts.files[0], cache)
    hashes = " ".join((parts.sha256, *(file_hash(file, cache) for file in parts.files)))
    return hashlib.sha256(hashes.encode()).hexdigest()


def _complain(path: Path, cache: Path, error: OSError) -> None:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EPERM):
        raise CannotWrite(f"the converted model cannot be kept under {cache}: {error.strerror}") from error
    raise CorruptModel(f"{path.name} cannot be converted: {error}") from error


def _write(path: Path, folder: Path, *, called: str = "") -> None:
    called = called or path.name
    where: dict[str, Any] = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    where |= {"trust_remote_code": False, "local_files_only": True}  # what lies beside the file is never run
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # a bar that no setting turns off
            tokenizer = AutoTokenizer.from_pretrained(**where)
            read: Any = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, output_loading_info=True)
    except Exception as error:  # the libraries that read it raise anything for a damaged file
        kind = WrongTask if "not supported" in str(error) else CorruptModel
        raise kind(f"{called} cannot be read as a GGUF model: {_line(error)}") from error
    model, report = read
    _refuse_missing(called, type(model).__name__, sorted(report["missing_keys"]))
    _refuse_unused(called, header(path))
    kept: dict[int, str] = {}
    weights = {}
    for name, weight in model.state_dict().items():
        if kept.setdefault(weight.data_ptr(), name) == name:  # a tied weight is written once
            weights[name] = weight.contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    config.pop("quantization_config", None)
    config |= {"architectures": [type(model).__name__], "dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True, default=str), encoding="utf-8")
    model.generation_config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for written in folder.rglob("*"):
        written.chmod(private.FOLDER_MODE if written.is_dir() else private.FILE_MODE)


def _refuse_missing(called: str, model: str, missing: list[str]) -> None:
    """Weights that the file lacks would be random."""
    if missing:
        count = f"{len(missing)} weight{'s' if missing[1:] else ''}"
        raise CorruptModel(f"{called} lacks {count} of {model}, {missing[0]} first")


def _refuse_unused(called: str, head: dict[str, Any]) -> None:
    """Layers that the header does not count would be left out."""
    counted = head.get(f"{head.get('general.architecture')}.block_count")
    if isinstance(counted, int) and head[LAYERS] > counted:
        raise CorruptModel(
            f"{called} stores {head[LAYERS]} layers and its header counts {counted}: a part of the model would be "
            "audited"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _pair(stream: BinaryIO) -> tuple[str, Any]:
    key = _string(stream)
    return key, _value(stream, _number(stream, 4))


def _value(stream: BinaryIO, kind: int) -> Any:
    if kind == STRING:
        return _string(stream)
    if kind != ARRAY:
        return _number(stream, kind)
    inner, count = _number(stream, 4), _number(stream, 10)
    if count > MOST_ITEMS:
        raise OverflowError("an array in the header is longer than any is")
    if inner in NUMBERS:
        stream.seek(count * struct.calcsize("<" + NUMBERS[inner]), os.SEEK_CUR)
    else:
        for _ in range(count):
            _value(stream, inner)
    return None


def _number(stream: BinaryIO, kind: int) -> Any:
    code = "<" + NUMBERS[kind]
    return struct.unpack(code, stream.read(struct.calcsize(code)))[0]


def _string(stream: BinaryIO) -> str:
    length = _number(stream, 10)
    if length > 1 << 24:
        raise OverflowError("a text in the header is longer than any is")
    return stream.read(length).decode()


def _tensor(stream: BinaryIO) -> tuple[str, int]:
    """Name and number of weights of one tensor."""
    name, total = _string(stream), 1
    for _ in range(_number(stream, 4)):
        total *= _number(stream, 10)
    stream.seek(12, os.SEEK_CUR)
    return name, total
