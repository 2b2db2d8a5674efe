"""What is imported for nothing: `import fairwitness` and the help of the command line load no library of numbers."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

import fairwitness

HEAVY = {
    "datasets", "evaluate", "jinja2", "numpy", "pandas", "pyarrow", "pydantic", "rich", "scipy", "sklearn", "sqlite3",
    "tokenizers", "torch", "transformers",
}  # fmt: skip
MOST = 14
"""Modules of ours that the help of the whole command line loads."""


def imported(*arguments: str) -> set[str]:
    """Every module that a fresh interpreter imports."""
    line = [sys.executable, "-X", "importtime", *arguments]
    process = subprocess.run(line, capture_output=True, text=True, check=True)
    rows = [row.rpartition("|") for row in process.stderr.splitlines() if row.startswith("import time:")]
    return {name.strip() for _, _, name in rows}


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "fairwitness"}


def heavy(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} & HEAVY


@pytest.mark.slow
def test_the_package_alone_loads_nothing() -> None:
    modules = imported("-c", "import fairwitness")
    assert ours(modules) == {"fairwitness"}
    assert not heavy(modules)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("run", "--help"), ("policy", "--help")], ids=" ".join
)
def test_help_and_version_load_no_library_of_numbers(arguments: tuple[str, ...]) -> None:
    modules = imported("-m", "fairwitness", *arguments)
    assert "fairwitness.audit.cli" in modules
    assert len(ours(modules)) <= MOST, ours(modules)
    assert heavy(modules) <= ({"pydantic"} if len(arguments) > 1 else set()), "typer itself loads it for options"


def processor_seconds(*arguments: str) -> float:
    """The least processor time of five fresh interpreters: what is left when others do not disturb it."""
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(took)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "most"), [(("-c", "import fairwitness"), 0.1), (("-m", "fairwitness", "-h"), 0.2)]
)
def test_the_import_and_the_help_are_there_at_once(arguments: tuple[str, ...], most: float) -> None:
    assert processor_seconds(*arguments) < most


def test_every_public_name_can_be_had_and_no_other() -> None:
    assert sorted(fairwitness.__all__) == dir(fairwitness)
    for name in fairwitness.__all__:
        assert getattr(fairwitness, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        fairwitness.nothing  # noqa: B018 - asked for to see it refused
