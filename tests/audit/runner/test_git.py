"""The line about a repository in the manifest runs no program that the repository names."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fairwitness.audit.runner.manifest import git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def ask(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose settings name programs for everything that git can be made to run."""
    folder = tmp_path / "repository"
    folder.mkdir()
    ask(folder, "init", "-q")
    (folder / "file.txt").write_text("one\n")
    ask(folder, "add", "file.txt")
    ask(folder, "commit", "-qm", "first")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho ran >> {tmp_path / 'RAN'}\ncat\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(trap, hooks / "post-index-change")
    for key, value in {
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(hooks),
        "filter.evil.clean": str(trap),
        "filter.evil.process": str(trap),
    }.items():
        ask(folder, "config", key, value)
    (folder / ".gitattributes").write_text("* filter=evil\n")
    return folder


def test_no_program_of_a_repository_is_run(repository: Path) -> None:
    assert git(repository)["dirty"] is False
    (repository / "file.txt").write_text("two\n")
    os.utime(repository / "file.txt", (0, 0))
    found = git(repository)
    assert found["dirty"] is True
    assert len(str(found["commit"])) == 40
    assert not (repository.parent / "RAN").exists()


def test_git_itself_would_run_them(repository: Path) -> None:
    """What the test above shows is worth something only where a plain call does run the trap."""
    (repository / "file.txt").write_text("two\n")
    subprocess.run(["git", "status", "--porcelain"], cwd=repository, capture_output=True, timeout=20, check=False)
    assert (repository.parent / "RAN").exists()


def test_a_folder_without_a_repository_has_no_commit(tmp_path: Path) -> None:
    assert git(tmp_path) == {"commit": None, "dirty": None}
