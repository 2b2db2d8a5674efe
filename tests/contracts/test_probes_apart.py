"""The rule of `.importlinter` that no probe imports another holds, and breaks when one does."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULE = "importlinter:contract:probes-apart"
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

pytestmark = pytest.mark.slow


def copy(folder: Path) -> Path:
    """The probes as they are in a package of their own, with this rule alone; gives their folder."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".importlinter", encoding="utf-8")
    rules = configparser.ConfigParser()
    rules["importlinter"] = {"root_package": "fairwitness"}
    rules[RULE] = settings[RULE]
    with (folder / ".importlinter").open("w", encoding="utf-8") as file:
        rules.write(file)
    shutil.copytree(ROOT / "probes", folder / "fairwitness" / "probes", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "fairwitness" / "__init__.py").touch()
    return folder / "fairwitness" / "probes"


def lint(folder: Path) -> tuple[int, str]:
    """The exit code of import-linter, and what it prints."""
    done = subprocess.run([sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_no_probe_imports_another(tmp_path: Path) -> None:
    copy(tmp_path)
    code, output = lint(tmp_path)
    assert "no probe imports another KEPT" in output
    assert code == 0


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("bias/bug/items.py", "from fairwitness.probes.bias.gender import probe"),
        ("bias/bug/probe.py", "def late():\n    from fairwitness.probes.bias.gender.probe import PROBE"),
        ("fairness/ll144/__init__.py", "import fairwitness.probes.fairness.group_fairness"),
        ("explanation/attention/probe.py", "from fairwitness.probes.bias.bbq.probe import PROBE"),
        ("memorization/known_texts/probe.py", "from fairwitness.probes.bias import gender"),
        ("kit/items.py", "from fairwitness.probes.bias.gender import probe"),
    ],
    ids=["same family", "within a function", "a folder", "another family", "from the family", "by way of the kit"],
)
def test_one_that_does_breaks_the_rule(tmp_path: Path, file: str, line: str) -> None:
    path = copy(tmp_path) / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n\n{line}\n", encoding="utf-8")
    code, output = lint(tmp_path)
    assert "no probe imports another BROKEN" in output
    assert f"fairwitness.probes.{'.'.join(file.split('/')[:2])}".removesuffix(".py") in output
    assert code == 1
