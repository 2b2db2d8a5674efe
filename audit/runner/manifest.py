"""What a run was made with: the parts of the manifest that come from the machine and the working directory."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = (
    "torch", "transformers", "tokenizers", "safetensors", "gguf", "numpy", "scipy", "pandas", "pyarrow",
    "shap", "lime", "scikit-learn", "evaluate", "pydantic",
)  # fmt: skip
"""Those whose version can change a number or how it is read."""

_NO_PROGRAMS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
"""A repository's settings can name programs that git runs: none of them is run for a line in the manifest."""


def environment(threads: int | None = None) -> dict[str, object]:
    """Python, platform, processor, threads and library versions: the same for equal runs on one machine."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "threads": threads,
        "libraries": dict(_libraries()),
    }


def git(folder: Path | None = None) -> dict[str, object]:
    """Commit of the working directory and whether tracked files differ from it; both None outside a repository."""
    where = folder or Path.cwd()
    commit = _git(where, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    listing = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    changed = _git(where, *_unfiltered(where), *listing)
    return {"commit": commit, "dirty": None if changed is None else bool(changed)}


def _unfiltered(folder: Path) -> list[str]:
    """Options that switch off the programs through which this repository would send its files."""
    asked = ("--local", "--includes", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$")
    named = _git(folder, "config", *asked)
    return [word for key in (named or "").splitlines() for word in ("-c", f"{key}=")]


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", *_NO_PROGRAMS, *arguments],  # noqa: S607 - whichever git the user has
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@cache
def _libraries() -> tuple[tuple[str, str], ...]:
    """The installed libraries with their versions, read once: what a process has imported does not change."""
    versions = []
    for name in LIBRARIES:
        try:
            versions.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(versions)


@cache
def _cpu() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
