"""From a model spec to files: a folder, a `.gguf` file, `package:NAME[/inner/path]` or a hub id."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from fairwitness.audit.errors import NoWeights, UnknownModel, nearest
from fairwitness.audit.huggingface.card import CARD_FILES
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.huggingface.split import Parts, first_parts, parts_of, pieces_in

HUB_ID = re.compile(r"(?:[\w.-]+/)?[\w.-]+(?:@[\w./-]+)?")
SMALL_FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.py")
"""Settings, vocabularies and code of a model: all of them are part of what it is."""
FILES = (".gguf", ".onnx", ".skops", ".joblib", ".pkl", ".pt", ".pth", ".pt2")
"""Suffixes of files that are models, here or for another adapter: a misspelt one is looked for among them."""
TABLES = (".csv", ".tsv", ".parquet", ".pq", ".json", ".jsonl", ".xls", ".xlsx", ".ods")
"""Suffixes of tables, read or not: who names one as a model means the decisions in it."""
ADAPTER = "adapter_config.json"
MERGE = "merge it into that model (merge_and_unload of the library peft), save the result and name its folder"
EXPORTED = ("model.onnx", "model.onnx_data", "onnx/model.onnx", "onnx/model.onnx_data")
"""What is fetched of a model without safetensors: the exported one of full precision, of the several that hubs hold."""
PICKLES = ("pytorch_model*.bin", "model*.bin")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model lies: a folder, or the files of a GGUF model; the commit where a hub served it."""

    path: Path
    revision: str = ""
    parts: Parts | None = None


def locate(spec: str, *, offline: bool, allow_pickle: bool, weights: bool = True) -> Place:
    """Finds the model of a spec; from a hub only the files that are needed, without weights when none are wanted.

    Raises UnknownModel when nothing is there and NoWeights when a package or folder holds no model.
    """
    if spec.startswith("package:"):
        return _in_package(spec)
    path = Path(spec).expanduser()
    kind = _kind(spec, path)
    if kind == "folder":
        return _model_in(path, f"the folder {spec!r}")
    if kind == "file":
        if path.suffix == ".gguf":
            return _of_gguf(path)
        if path.suffix == ".onnx":
            return Place(path)
        raise UnknownModel(f"{spec!r} is a file and no model; {_instead(spec, path)}")
    if path.suffix == ".gguf" or spec.startswith((".", "/", "~")) or not HUB_ID.fullmatch(spec):
        raise UnknownModel(f"no file or folder {spec!r}{_near_file(path)}")
    if not offline and "/" in spec and "@" not in spec and (near := _near_file(path)):
        raise UnknownModel(f"no folder {spec!r}{near} To look it up at the hub all the same, name {spec}@main")
    return _from_hub(spec, path, offline=offline, allow_pickle=allow_pickle, weights=weights)


def _kind(spec: str, path: Path) -> str:
    """Whether a path is a folder, a file or nothing. Raises UnknownModel for one that the system cannot look at."""
    try:
        return "folder" if path.is_dir() else "file" if path.is_file() else ""
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnknownModel(f"no model has the name {spec[:80]!r}: {why}") from error


def _instead(spec: str, path: Path) -> str:
    """What to name where a file is no model."""
    if path.suffix.lower() in TABLES and not (path.parent / "config.json").is_file():
        return f"to audit the decisions in a table, name predictions:{spec}"
    return f"name the folder that holds config.json, or a file of a model ({', '.join(FILES)})"


def _near_file(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_dir() or entry.suffix in FILES]
    except (OSError, ValueError):
        return ""
    return nearest(path.name, names)


def _of_gguf(path: Path) -> Place:
    return Place(path, parts=parts_of(path))


def _in_package(spec: str) -> Place:
    name, _, inner = spec.removeprefix("package:").partition("/")
    located = importlib.util.find_spec(name) if name.isidentifier() else None
    if located is None:
        near = nearest(name, importlib.metadata.packages_distributions())
        raise UnknownModel(
            f"no installed package {name!r}{near} (Fairwitness reads a package's files and never imports it)"
        )
    roots = [Path(root) for root in located.submodule_search_locations or ()]
    if not roots:
        raise NoWeights(f"the package {name!r} is a single file and carries no model")
    if not inner:
        return _model_in(roots[0], f"the package {name!r}", beside=partial(_pieces_of, name))
    path = next((root / inner for root in roots if (root / inner).exists()), None)
    if path is None:
        raise UnknownModel(f"the package {name!r} has no {inner!r}{_near_file(roots[0] / inner)}")
    return _model_in(path, spec) if path.is_dir() else _of_gguf(path) if path.suffix == ".gguf" else Place(path)


def _pieces_of(name: str) -> list[Path]:
    """The folders of packages that carry pieces of what a package is: `NAME_part1` and so on."""
    numbered = re.compile(rf"{re.escape(name)}_part\d+")
    specs = [
        importlib.util.find_spec(other)
        for other in sorted(importlib.metadata.packages_distributions())
        if numbered.fullmatch(other)
    ]
    return [Path(root) for located in specs if located for root in located.submodule_search_locations or ()]


def _model_in(folder: Path, called: str, beside: Callable[[], Sequence[Path]] = tuple) -> Place:
    """The folder itself when it holds a model or adapter, else the one inside it, or the pieces there and `beside`."""
    try:
        if (folder / "config.json").is_file() or (folder / ADAPTER).is_file():
            return Place(folder)
        os.listdir(folder)
        every = {config.parent for name in ("config.json", ADAPTER) for config in folder.rglob(name)}
        every |= first_parts(folder.rglob("*.gguf"))
        every = every or set(folder.rglob("*.onnx"))
    except OSError as error:
        raise UnknownModel(f"{called} cannot be read: {error.strerror or error}") from error
    folders = sorted(path for path in every if every.isdisjoint(path.parents))  # a part of a model is none of its own
    if not folders:
        if parts := pieces_in((folder, *beside()), called):
            return Place(parts.files[0], parts=parts)
        raise NoWeights(f"{called} holds no model: no config.json with weights, and no .gguf or .onnx file")
    if len(folders) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in folders[:8])
        raise UnknownModel(f"{called} holds {len(folders)} models; name one of them: {names}")
    return _of_gguf(folders[0]) if folders[0].suffix == ".gguf" and folders[0].is_file() else Place(folders[0])


def base_named(adapter: Path) -> str:
    """The model that an adapter was trained on, as a clause; empty where its file does not say."""
    try:
        base = json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f" of {base[:200]!r}" if isinstance(base, str) else ""


def _from_hub(spec: str, path: Path, *, offline: bool, allow_pickle: bool, weights: bool) -> Place:
    name, _, revision = spec.partition("@")
    wanted = [*SMALL_FILES, *CARD_FILES, *(("*.safetensors",) if weights else ())]
    try:
        with quiet():
            folder = _pull(name, revision, wanted, offline=offline)
            if weights and not any(folder.glob("*.safetensors")):
                others = [*EXPORTED, *(PICKLES if allow_pickle else ())]
                folder = _pull(name, revision, [*wanted, *others], offline=offline)
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError) as error:
        what = f"revision {revision!r} of {name!r}" if isinstance(error, RevisionNotFoundError) else f"model {name!r}"
        raise UnknownModel(f"the hub has no {what}, and no file or folder has that name{_near_file(path)}") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        why = (
            "this run is offline"
            if offline or huggingface_hub.constants.HF_HUB_OFFLINE
            else "the hub cannot be reached"
        )
        raise UnknownModel(
            f"no file or folder {spec!r}{_near_file(path)}; as a hub id it is not on this machine, and {why}"
        ) from error
    return Place(folder, folder.name)


def _pull(name: str, revision: str, patterns: list[str], *, offline: bool) -> Path:
    folder = huggingface_hub.snapshot_download(
        name, revision=revision or None, local_files_only=offline, allow_patterns=patterns
    )
    return Path(str(folder))
