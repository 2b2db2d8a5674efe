"""What the documentation shows runs, and what it names exists."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import assay

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def modules() -> list[str]:
    return sorted(
        found.name for found in pkgutil.walk_packages(assay.__path__, "assay.") if "__main__" not in found.name
    )


@pytest.mark.parametrize("name", modules())
def test_doctests(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_example_of_writing_a_probe_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples" / "nationality_probe"), *sys.path])
    text = (ROOT / "docs" / "writing-a-probe.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(compile(code, "writing-a-probe.md", "exec"), {})  # noqa: S102


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_example_probe_is_as_short_as_the_readme_says() -> None:
    lines = (ROOT / "examples/nationality_probe/nationality_probe.py").read_text().splitlines()
    assert len(lines) < 60
    assert f"in {len(lines)} lines" in (ROOT / "README.md").read_text()
