"""What the documentation shows runs, and what it names exists."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def modules() -> list[str]:
    """Every module by its import name, from the packages that are shipped (an editable install hides sub-packages)."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = set(packages)
    for package in packages:
        paths = importlib.import_module(package).__path__
        found |= {f"{package}.{module.name}" for module in pkgutil.iter_modules(paths)}
    return sorted(name for name in found if not name.endswith("__main__"))


@pytest.mark.slow
@pytest.mark.parametrize("name", modules())
def test_doctests(name: str) -> None:
    """Each module is imported; looking for examples takes longer than reading whether there are any."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    if ">>>" in Path(module.__file__).read_text(encoding="utf-8"):
        assert doctest.testmod(module).failed == 0


def test_the_example_of_writing_a_probe_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    text = (ROOT / "docs" / "writing-a-probe.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(compile(code, "writing-a-probe.md", "exec"), {})  # noqa: S102


def test_the_list_of_the_kit_is_that_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "docs"), *sys.path])
    made = importlib.import_module("make_kit")
    assert (ROOT / "docs" / "writing-a-probe.md").read_text() == made.page()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_example_probe_is_as_short_as_the_readme_says() -> None:
    lines = (ROOT / "examples/nationality/probe.py").read_text().splitlines()
    assert len(lines) <= 60
    assert f"in {len(lines)} lines" in (ROOT / "README.md").read_text()
