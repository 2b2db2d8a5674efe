"""What lies in a folder that is to be audited: the pipeline it is tested in, its models and its tables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from fairwitness.audit.git import git_output

Pipeline: TypeAlias = Literal["github", "gitlab", "azure", "jenkins", "pre-commit", "none"]
PIPELINES: tuple[Pipeline, ...] = get_args(Pipeline)
SIGNS: dict[str, Pipeline] = {
    ".github": "github",
    ".gitlab-ci.yml": "gitlab",
    "azure-pipelines.yml": "azure",
    "Jenkinsfile": "jenkins",
}
"""The file or folder by which each pipeline is known."""
HOSTS: dict[str, Pipeline] = {
    "github": "github",
    "gitlab": "gitlab",
    "dev.azure.com": "azure",
    "visualstudio.com": "azure",
}
"""Parts of the name of a host that say what it runs."""
HOOKS = ".pre-commit-config.yaml"
REMOTE = re.compile(r"^(?:[\w+.-]+://)?(?:[^@/]*@)?([^/:]+)")
BRANCH = re.compile(r"[\w][\w./-]*")
MAIN = "main"

DEEPEST = 3
"""Folders below the first in which models and tables are looked for."""
MOST_FOLDERS = 2000
MOST_TABLES = 20
LARGEST_TABLE = 50_000_000
"""Bytes of a table that is read to guess what its columns are."""
NOT_OURS = frozenset({"node_modules", "site-packages", "venv", "env", "build", "dist", "runs", "__pycache__", "tests"})
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
FILES = (".gguf", ".skops")
"""Suffixes of models in one file that are read without running what is in them."""
TABLES = (".csv", ".tsv", ".parquet", ".pq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What was seen; paths are written from the folder, with `./` where they name a model."""

    pipeline: Pipeline
    why: str
    """By what the pipeline was known."""
    top: Path | None
    """The top of the repository; None outside one."""
    branch: str
    lfs: bool
    """Whether git keeps large files elsewhere."""
    models: tuple[str, ...]
    tables: tuple[str, ...]


def look_around(folder: Path) -> Surroundings:
    """Looks at a folder; nothing in it is run, no model is opened and no table is read."""
    top = git_output(folder, "rev-parse", "--show-toplevel")
    pipeline, why = _pipeline(folder)
    attributes = folder / ".gitattributes"
    return Surroundings(
        pipeline=pipeline,
        why=why,
        top=Path(top) if top else None,
        branch=_branch(folder),
        lfs=attributes.is_file() and "filter=lfs" in attributes.read_text(encoding="utf-8", errors="replace"),
        models=tuple(f"./{path}" for path in _models(folder)),
        tables=tuple(str(path) for path in _tables(folder)),
    )


def _pipeline(folder: Path) -> tuple[Pipeline, str]:
    """The pipeline whose files lie here, that of the host where several do, and else the host's."""
    host = _host(folder)
    seen = {pipeline: name for name, pipeline in SIGNS.items() if (folder / name).exists()}
    served = next((pipeline for part, pipeline in HOSTS.items() if part in host), None)
    if served is not None and (served in seen or not seen):
        return served, seen.get(served, host)
    if seen:
        return next(iter(seen.items()))
    return ("pre-commit", HOOKS) if (folder / HOOKS).exists() else ("none", "")


def _host(folder: Path) -> str:
    """The host of the remote repository; empty where there is none."""
    match = REMOTE.match(git_output(folder, "remote", "get-url", "origin") or "")
    return match[1].casefold() if match else ""


def _branch(folder: Path) -> str:
    """The main branch: the remote's, else the one that is checked out."""
    remote = git_output(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    name = (remote or "").removeprefix("origin/") or git_output(folder, "symbolic-ref", "--short", "HEAD") or MAIN
    return name if BRANCH.fullmatch(name) else MAIN


def _models(folder: Path) -> list[Path]:
    """Folders with a configuration and weights, and files of one model, the nearest first."""
    models = []
    for place, files in _folders(folder):
        if (place / "config.json").is_file() and any(next(place.glob(pattern), None) for pattern in WEIGHTS):
            if place != folder:
                models.append(place.relative_to(folder))
            continue
        models += [(place / name).relative_to(folder) for name in files if Path(name).suffix.lower() in FILES]
    return sorted(models, key=lambda path: (len(path.parts), path))


def _tables(folder: Path) -> list[Path]:
    """Tables that are small enough to be looked at, the nearest first."""
    tables = []
    for place, files in _folders(folder):
        paths = [place / name for name in files if Path(name).suffix.lower() in TABLES]
        tables += [path.relative_to(folder) for path in paths if path.stat().st_size <= LARGEST_TABLE]
    return sorted(tables, key=lambda path: (len(path.parts), path))[:MOST_TABLES]


def _folders(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folder and those below it that may be the user's own, each with its files."""
    for count, (name, folders, files) in enumerate(os.walk(folder)):
        place = Path(name)
        depth = len(place.relative_to(folder).parts)
        if count >= MOST_FOLDERS:
            return
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        theirs = [inner for inner in folders if not inner.startswith(".") and inner not in NOT_OURS]
        folders[:] = sorted(theirs) if depth < DEEPEST else []
        yield place, [file for file in sorted(files) if (place / file).is_file()]
