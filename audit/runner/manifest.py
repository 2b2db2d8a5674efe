"""What a run was made with: the parts of the manifest that come from the machine and the working directory."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fairwitness.audit.git import git_output

LIBRARIES = (
    "torch", "transformers", "tokenizers", "safetensors", "gguf", "numpy", "scipy", "pandas", "pyarrow",
    "shap", "lime", "scikit-learn", "evaluate", "pydantic",
)  # fmt: skip
"""Those whose version can change a number or how it is read."""


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
    commit = git_output(where, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    listing = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
    changed = git_output(where, *_unfiltered(where), *listing)
    return {"commit": commit, "dirty": None if changed is None else bool(changed)}


def _unfiltered(folder: Path) -> list[str]:
    """Options that switch off the programs through which this repository would send its files."""
    asked = ("--local", "--includes", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process)$")
    named = git_output(folder, "config", *asked)
    return [word for key in (named or "").splitlines() for word in ("-c", f"{key}=")]


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
