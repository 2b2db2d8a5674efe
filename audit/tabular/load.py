"""From a file of a fitted model to a subject. What could run code when it is read needs a flag that says so."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from fairwitness.audit.errors import (
    CorruptModel,
    FairwitnessError,
    MissingExtra,
    UnknownModel,
    UnsafeModel,
    WrongTask,
    nearest,
)
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Note, SubjectInfo
from fairwitness.audit.tabular.estimator import Estimator, estimator
from fairwitness.audit.tabular.rows import listed

SKOPS = (".skops",)
PICKLES = (".joblib", ".pkl", ".pickle")
MODULES = (".pt2", ".pt", ".pth")
"""Torch files of all kinds: `torch.export.load` too reads pickles, and says so."""

_LIBRARIES = ("scikit-learn", "numpy", "scipy", "pandas")
_INSTALL = 'pip install "fairwitness[tabular]"'


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user allowed: reading pickles, and types that skops does not know."""

    pickle: bool = False
    code: bool = False


def reads(spec: str) -> bool:
    """Whether a model spec names a file of a tabular model."""
    return Path(spec).suffix.lower() in (*SKOPS, *PICKLES, *MODULES)


def inspect(spec: str, trust: Trust) -> SubjectInfo:
    """What `load` would load, as far as that is known without building any object; the fingerprint stays empty."""
    path = model_file(spec, trust)
    architecture = ""
    if path.suffix.lower() in SKOPS:
        _refuse_types(path, trust)
        architecture = _class_in(path)
    return _info(spec, architecture, "", (note("unloaded", "columns"),))


def load(spec: str, trust: Trust, task: str | None = None) -> Estimator:
    """The fitted model of a `.skops` or pickled file as a subject of kind `tabular`.

    Raises UnknownModel, UnsafeModel, MissingExtra, WrongTask, CorruptModel. What its libraries warn of while they load
    it (another version of scikit-learn made it) becomes a note.
    """
    path = model_file(spec, trust)
    if task is not None:
        raise WrongTask(f"{spec}: --task {task} is for other models; a fitted model says itself what it decides")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = _skops(path, trust) if path.suffix.lower() in SKOPS else _pickled(path)
    warned = dict.fromkeys(" ".join(str(warning.message).split())[:300] for warning in caught)
    notes = tuple(Note(text, "library") for text in warned)
    print_of = fingerprint(path, libraries_of(model))
    subject: Estimator = _built(path, lambda: estimator(_info(spec, architecture_of(model), print_of, notes), model))
    return subject


def fingerprint(path: Path, libraries: Sequence[str], *settings: str) -> str:
    """sha256 over the file's bytes, the versions of the libraries that compute with it, and settings."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(versions_of(libraries)).encode())
    digest.update(repr(settings).encode())
    return digest.hexdigest()


def model_file(spec: str, trust: Trust) -> Path:
    """The file of a spec. Raises UnknownModel where it is absent, UnsafeModel where reading it needs a flag."""
    path = Path(spec).expanduser()
    if not _is_file(path):
        beside = [path.name for path in path.parent.iterdir()] if path.parent.is_dir() else []
        raise UnknownModel(f"no file {spec}{nearest(path.name, beside)}")
    kind = path.suffix.lower()
    if kind not in SKOPS and not trust.pickle:
        better = "ask for a .skops file, or a file of its decisions" if kind in PICKLES else "ask for its decisions"
        raise UnsafeModel(
            f"{spec} is a pickle{' inside' if kind in MODULES else ''}, and reading one can run any code. If you trust "
            f"where it comes from, add --allow-pickle; if not, {better} (predictions:FILE)"
        )
    return path


def _is_file(path: Path) -> bool:
    """Whether a file is there; a name that the system cannot hold names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _refuse_types(path: Path, trust: Trust) -> list[str]:
    """The types in a skops file that skops does not know. Raises UnsafeModel with those that need the flag."""
    try:
        from skops.io import get_untrusted_types
    except ImportError as error:
        raise MissingExtra(f"{path} needs the library skops: {_INSTALL}") from error
    try:
        unknown: list[str] = get_untrusted_types(file=path)
    except Exception as error:  # a damaged schema makes skops raise anything
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise CorruptModel(f"{path} is no readable skops file: {said}") from error
    if unknown and not trust.code:
        raise UnsafeModel(
            f"{path} holds types that skops does not know to be safe: {listed(unknown)}. If you trust them, add "
            "--trust-remote-code: they take part in what is run"
        )
    return unknown


def _skops(path: Path, trust: Trust) -> Any:
    unknown = _refuse_types(path, trust)
    from skops.io import load as read

    return _built(path, lambda: read(path, trusted=unknown))


def _pickled(path: Path) -> Any:
    try:
        import joblib
    except ImportError as error:
        raise MissingExtra(f"{path} needs the library joblib: {_INSTALL}") from error
    return _built(path, lambda: joblib.load(path))


def _built(path: Path, read: Callable[[], Any]) -> Any:
    """What `read` returns, with what may go wrong in it as one message."""
    try:
        return read()
    except FairwitnessError:
        raise
    except ImportError as error:
        raise MissingExtra(f"{path} needs a library that is not installed: {error}") from error
    except Exception as error:  # unpickling is foreign code and raises anything
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise CorruptModel(f"{path} cannot be loaded: {said}") from error


def _class_in(path: Path) -> str:
    """The class that a skops file holds, read from its schema; nothing is built."""
    try:
        with ZipFile(path) as archive:
            return str(json.loads(archive.read("schema.json"))["__class__"])
    except (BadZipFile, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CorruptModel(f"{path} is no readable skops file: {type(error).__name__}") from error


def _info(spec: str, architecture: str, print_of: str, notes: tuple[Note, ...]) -> SubjectInfo:
    return SubjectInfo(
        spec=spec,
        fingerprint=print_of,
        kind="tabular",
        architecture=architecture,
        parameters=None,
        dtype="",
        capabilities=("Predict", "AttributeRow"),
        notes=notes,
    )


def architecture_of(model: object) -> str:
    """The class of a model; of a pipeline, that of its last step too."""
    steps = getattr(model, "steps", None)
    inner = f" ({type(steps[-1][1]).__name__})" if isinstance(steps, list) and steps else ""
    return type(model).__name__ + inner


def libraries_of(model: object) -> tuple[str, ...]:
    """The distributions that compute with a model, that of its class among them, by the name of its top package."""
    return (*_LIBRARIES, type(model).__module__.partition(".")[0].replace("sklearn", "scikit-learn"))


def versions_of(libraries: Sequence[str]) -> list[tuple[str, str]]:
    """The version of each library, empty where it is not installed."""
    return [(name, _version(name)) for name in libraries]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
