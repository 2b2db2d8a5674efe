"""What is known of a model before its weights are read: files, configuration, task, safety."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import CONFIG_MAPPING, AutoConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from fairwitness.audit.errors import (
    CorruptModel,
    FairwitnessError,
    MissingExtra,
    NoWeights,
    UnfitModel,
    UnknownModel,
    UnsafeModel,
    UsageError,
    WrongTask,
    nearest,
    shortened,
)
from fairwitness.audit.huggingface import gguf, onnx
from fairwitness.audit.huggingface.adapter import TOKENIZERS, base_of, files_of, is_adapter, named_base
from fairwitness.audit.huggingface.card import read_card
from fairwitness.audit.huggingface.fingerprint import source_files
from fairwitness.audit.huggingface.locate import MERGE, PICKLES, Place, base_named, locate
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.split import Parts
from fairwitness.audit.huggingface.spread import AUTO
from fairwitness.audit.huggingface.tasks import find_task
from fairwitness.audit.private import cache_folder
from fairwitness.audit.reasons import note
from fairwitness.audit.records import CardFile, Name, Note

SINGLE, NAMED = "model.safetensors", "transformers_weights"
"""The usual file of weights, and the entry of config.json that names another."""
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Loading:
    """Which model is to be loaded, and how. `load` and `inspect` take the same."""

    spec: str
    _: KW_ONLY
    task: str | None = None
    """The kind of model to use it as; None: as its files say."""
    device: str | None = None
    """None: a GPU where there is one."""
    dtype: str | None = None
    """None: float32 on a CPU, the checkpoint's own elsewhere."""
    trust_remote_code: bool = False
    allow_pickle: bool = False
    offline: bool = False
    cache_dir: Path | None = None
    """None: the user's cache folder."""
    threads: int | None = None
    """Of the processor; None: as many as torch takes."""
    base: str | None = None
    """The model that an adapter was trained on; None: the one that the adapter names."""
    batch_tokens: int | None = None
    """Padded tokens of one forward pass; None: as many as were measured to be fastest."""

    @property
    def cache(self) -> Path:
        """The folder for what is made from models."""
        return self.cache_dir or cache_folder()


@dataclass(frozen=True, slots=True)
class Source:
    """A model that was found: its folder (of the conversion, for a GGUF file), configuration, task and weight files.

    `originals` are the files whose bytes say what the model is.
    """

    folder: Path
    config: Any
    task: str
    weights: tuple[Path, ...]
    originals: tuple[Path, ...] = ()
    revision: str = ""
    notes: tuple[Note, ...] = ()
    stored: int | None = None
    """Number of weights that a GGUF header counts."""
    adapter: Path | None = None
    """The folder of the adapter that is merged into the model, and `base` the name of that model."""
    base: str = ""
    tokenizer: Path | None = None
    """The folder of the tokenizer, where it is another one."""
    runtime: Any = None
    """The model itself, where another library than transformers computes it (`onnx.OnnxModule`)."""

    @property
    def card(self) -> tuple[CardFile, ...]:
        """What files of its folder say of it; the folder around a GGUF file may be of anything."""
        return () if self.originals else read_card(self.folder)

    @property
    def architecture(self) -> str:
        """The class that the checkpoint names."""
        return str((self.config.architectures or [self.config.model_type])[0])


def choose_device(device: str | None) -> torch.device:
    """The device of that name; without one, or for `auto`, a GPU where there is one.

    Raises UsageError for one that is not there.
    """
    default = "cuda" if torch.cuda.is_available() else "cpu"
    name = default if device in (None, AUTO) else str(device)
    try:
        chosen = torch.device(name)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise UsageError(f"no device {name!r} on this machine; leave it out, or use cpu") from error
    return chosen


def arithmetic(device: torch.device) -> str:
    """What computes on that device."""
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    return f"cpu {torch.backends.cpu.get_cpu_capability()}" if device.type == "cpu" else device.type


def choose_dtype(dtype: str | None, device: torch.device) -> torch.dtype | None:
    """The number format asked for; without one float32 on a CPU and the checkpoint's elsewhere (None)."""
    if dtype is None:
        return torch.float32 if device.type == "cpu" else None
    if dtype not in DTYPES:
        raise UsageError(f"no dtype {dtype!r}{nearest(dtype, DTYPES)} (dtypes: {', '.join(DTYPES)})")
    return DTYPES[dtype]


@contextmanager
def usable(spec: str) -> Iterator[None]:
    """Turns whatever a model's files make the libraries raise into one message. Memory that ends stays what it is."""
    try:
        yield
    except (FairwitnessError, MemoryError, torch.OutOfMemoryError):
        raise
    except PermissionError as error:
        raise UnknownModel(f"{spec} cannot be read: {error.filename or ''}: {error.strerror}") from error
    except Exception as error:  # a model's files are foreign, and so is most of what reads them
        raise CorruptModel(f"{spec} cannot be used: {type(error).__name__}: {one_line(error)}") from error


def find_source(loading: Loading, *, weights: bool = True) -> Source:
    """Locates the model and checks all that can be checked before weights are read.

    With `weights` False nothing large is fetched or converted. Raises the UsageErrors of `load`.
    """
    place = locate(loading.spec, offline=loading.offline, allow_pickle=loading.allow_pickle, weights=weights)
    if place.parts is not None:
        return _from_gguf(loading, place.parts, convert=weights)
    if place.path.suffix == onnx.SUFFIX:
        return _from_onnx(loading, place.path)
    if is_adapter(place.path):
        return _from_adapter(loading, place, weights=weights)
    config = _config(loading, place.path)
    if not _holds_weights(place.path, config) and (exported := onnx.only_file(place.path, loading.spec)) is not None:
        return _from_onnx(loading, exported)
    task = find_task(config, task=loading.task, spec=loading.spec)
    files = _weights(loading, place.path, config) if weights or not place.revision else ()
    return Source(place.path, config, task, files, (), place.revision)


def _holds_weights(folder: Path, config: Any) -> bool:
    stored = getattr(config, NAMED, None) or any(folder.glob("*.safetensors*"))
    return bool(stored) or any(any(folder.glob(pattern)) for pattern in PICKLES)


def _from_onnx(loading: Loading, path: Path) -> Source:
    """The source of an exported model, with the configuration and tokenizer of the folder around it or of `--base`."""
    home = next((folder for folder in (path.parent, path.parent.parent) if (folder / "config.json").is_file()), None)
    if loading.base is not None:
        home = locate(loading.base, offline=loading.offline, allow_pickle=False, weights=False).path
    if home is None:
        raise NoWeights(
            f"{loading.spec} is a model without config.json and tokenizer beside it: name the model that it was "
            "exported from with --base"
        )
    config = _config(loading, home)
    model = onnx.OnnxModule(path, config, loading.spec, loading.threads)
    if loading.task not in (None, model.task):
        raise WrongTask(f"{loading.spec} gives {model.output}, made for {model.task}; it cannot do {loading.task}")
    files = (path, *onnx.outside_files(path), *source_files(home, (), code=loading.trust_remote_code))
    made_by = note("onnx", "converted", output=Name(model.output))
    return Source(home, config, model.task, (), files, "", (made_by,), runtime=model)


def _from_adapter(loading: Loading, place: Place, *, weights: bool) -> Source:
    """The source of the model that an adapter was trained on, with the adapter beside it."""
    folder = place.path
    if loading.device == AUTO:
        raise UsageError(f"{loading.spec} is an adapter, and a model that is spread over devices takes none: {MERGE}")
    called, task = base_of(folder, loading.spec, loading.base, loading.task)
    try:
        base = find_source(replace(loading, spec=called, task=task, base=None), weights=weights)
    except (UnknownModel, NoWeights) as error:
        raise UnknownModel(
            f"{loading.spec} is an adapter of {called!r}, and that model is not here: name it with --base ({error})"
        ) from error
    except WrongTask as error:
        raise WrongTask(f"{loading.spec} is an adapter for {task} ({error}); {MERGE}") from error
    if base.adapter is not None:
        raise UnfitModel(f"{loading.spec} is an adapter of {called!r}, which is an adapter itself: {MERGE}")
    files = base.originals or tuple(source_files(base.folder, base.weights, code=loading.trust_remote_code))
    tokenizer = folder if any((folder / name).is_file() for name in TOKENIZERS) else None
    named = named_base(folder) if loading.base is not None else ""
    others = () if named in ("", called) else (note("adapter_named", "converted", named=Name(shortened(named))),)
    return replace(
        base,
        originals=(*files, *files_of(folder, code=loading.trust_remote_code)),
        notes=(*base.notes, note("adapter", "converted", base=Name(called)), *others),
        adapter=folder,
        base=called,
        tokenizer=tokenizer,
    )


def _from_gguf(loading: Loading, parts: Parts, *, convert: bool) -> Source:
    gguf.need_extra()
    head, files = gguf.header_of(parts), parts.files
    if loading.task not in (None, "causal_lm"):
        raise WrongTask(f"{loading.spec} is a GGUF file, made for causal_lm; it cannot do {loading.task}")
    stored = int(head[gguf.PARAMETERS])
    kind = str(head.get("general.architecture", "unknown"))
    notes = (note("gguf", "converted", quantisation=Name(gguf.quantisation(head))),)
    if convert:
        folder = gguf.convert(parts, loading.cache)
        return Source(folder, _config(loading, folder), "causal_lm", (folder / SINGLE,), files, "", notes, stored)
    config_class = type(
        "Header", (), {"architectures": [MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind, kind)], "dtype": None}
    )
    return Source(files[0].parent, config_class, "causal_lm", (), files, "", notes, stored)


def _config(loading: Loading, folder: Path) -> Any:
    raw = _read_json(folder / "config.json")
    _refuse_types(folder / "config.json", raw)
    known = raw.get("model_type") in CONFIG_MAPPING
    if raw.get("auto_map") and not known and not loading.trust_remote_code:
        raise UnsafeModel(
            f"{loading.spec} brings its own Python code; read it, and if you trust it run again with "
            "--trust-remote-code"
        )
    if not known and not raw.get("auto_map"):
        called = raw.get("model_type") or (raw.get("architectures") or ["unnamed"])[0]
        raise WrongTask(f"{loading.spec} is a {called!r} model, which the installed transformers library does not know")
    try:
        return AutoConfig.from_pretrained(folder, trust_remote_code=loading.trust_remote_code, local_files_only=True)
    except ImportError as error:
        raise MissingExtra(f"{loading.spec} needs a library that is not installed: {one_line(error)}") from error
    except Exception as error:
        raise CorruptModel(f"the configuration of {loading.spec} cannot be used: {one_line(error)}") from error


def _refuse_types(path: Path, raw: Mapping[str, Any]) -> None:
    """Raises CorruptModel where what says which model it is has another type than it must have."""
    kind, named = raw.get("model_type"), raw.get("architectures")
    if kind is not None and not isinstance(kind, str):
        raise CorruptModel(f"{path}: 'model_type' must be a text, got {shortened(kind)}")
    if named is not None and not (isinstance(named, list) and all(isinstance(name, str) for name in named)):
        raise CorruptModel(f"{path}: 'architectures' must be a list of names, got {shortened(named)}")


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NoWeights(f"{path.parent} holds no model: config.json is missing")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise CorruptModel(f"{path} cannot be read: {one_line(error)}") from error
    if not isinstance(value, dict):
        raise CorruptModel(f"{path} holds no JSON object")
    return value


def _weights(loading: Loading, folder: Path, config: Any) -> tuple[Path, ...]:
    """The files of weights that transformers reads, so that what is hashed is what is measured.

    Raises NoWeights or CorruptModel where there are none or not all, UnfitModel where a folder holds two sets of them,
    UnsafeModel for pickles that were not allowed.
    """
    if (adapter := folder / "adapter_config.json").is_file():
        raise UnfitModel(
            f"{loading.spec} holds an adapter{base_named(adapter)} beside its weights, and which of the two is meant "
            f"to be audited it does not say: {MERGE}, or take adapter_config.json away"
        )
    if named := getattr(config, NAMED, None):
        return _named(loading, folder / str(named))
    single, index = folder / SINGLE, folder / f"{SINGLE}.index.json"
    if index.is_file():
        parts = _parts(loading, index)
        if single.is_file() and {*parts} != {single, index}:
            raise UnfitModel(
                f"{loading.spec} holds two sets of weights, {SINGLE} and what {index.name} names "
                f"({parts[0].name} first): delete the one that is not the model"
            )
        return parts
    if single.is_file():
        return (single,)
    pickles = tuple(sorted({path for pattern in PICKLES for path in folder.glob(pattern)}))
    if pickles:
        return _allowed(loading, pickles)
    raise NoWeights(f"{loading.spec} holds no weights: {SINGLE} is missing")


def _named(loading: Loading, path: Path) -> tuple[Path, ...]:
    """The weights that config.json names itself."""
    if not path.is_file():
        raise CorruptModel(f"{loading.spec} names its weights in config.json, and {shortened(path.name)} is not there")
    if path.name.endswith(".index.json"):
        return _parts(loading, path)
    return (path,) if path.suffix == ".safetensors" else _allowed(loading, (path,))


def _parts(loading: Loading, index: Path) -> tuple[Path, ...]:
    """The files that an index names, and the index."""
    named = _read_json(index).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(name, str) for name in named.values()):
        raise CorruptModel(f"{index}: 'weight_map' must name a file for each weight, got {shortened(named)}")
    names = sorted(set(named.values()))
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise CorruptModel(f"{loading.spec} lacks {len(missing)} of {len(names)} weight files, {missing[0]} first")
    return (*(index.parent / name for name in names), index)


def _allowed(loading: Loading, pickles: tuple[Path, ...]) -> tuple[Path, ...]:
    if not loading.allow_pickle:
        raise UnsafeModel(
            f"{loading.spec} has its weights only as pickle ({pickles[0].name}), which can run code when it is read; "
            "use a safetensors copy, or run again with --allow-pickle"
        )
    return pickles


def count_parameters(source: Source) -> int | None:
    """Number of stored weights, from the files' headers; None where only reading them would tell."""
    if source.stored is not None:
        return source.stored
    if source.runtime is not None:
        return None
    stored = [path for path in source.weights if path.suffix == ".safetensors"]
    if not stored:
        return None
    total = 0
    for path in stored:
        try:
            with safe_open(path, framework="pt") as weights:
                for name in weights.keys():  # noqa: SIM118  (a file handle, no mapping)
                    total += torch.Size(weights.get_slice(name).get_shape()).numel()
        except (SafetensorError, OSError) as error:
            raise CorruptModel(f"{path.name} cannot be read as safetensors: {one_line(error)}") from error
    return total
