"""The project has one name: the one it had before stands only where history is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HISTORY = ("CHANGELOG.md", "docs/decisions/", "tests/contracts/test_name.py")
FORMER = b"assay"


def tracked() -> list[str]:
    """The files that git tracks; a copy without git has none to ask about."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True)
    if listed.returncode != 0:
        pytest.skip("this is no clone: git does not list its files")
    return [name for name in listed.stdout.decode().split("\0") if name]


def bearers(names: list[str], root: Path) -> list[str]:
    """Files whose name or content has the former name, in any case."""
    found = []
    for name in names:
        path = root / name
        if name.startswith(HISTORY) or not path.is_file():
            continue
        if FORMER in name.lower().encode() or FORMER in path.read_bytes().lower():
            found.append(name)
    return found


def test_no_file_bears_the_former_name() -> None:
    assert bearers(tracked(), ROOT) == []


def test_the_former_name_is_found_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("run AsSay on it")
    (tmp_path / "assay.toml").write_text("")
    (tmp_path / "clean.md").write_text("")
    (tmp_path / "CHANGELOG.md").write_text("assay")
    assert bearers(["page.md", "assay.toml", "clean.md", "CHANGELOG.md"], tmp_path) == ["page.md", "assay.toml"]
