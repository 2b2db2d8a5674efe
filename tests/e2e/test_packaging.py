"""The package installs in every way a user would try, beside folders that have the same names as its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("package", "audit", "probes", "reports")


def test_packages_list_equals_the_folders() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {"package": "fairwitness"} | {name: f"fairwitness.{name}" for name in SOURCES[1:]}
    found = [
        ".".join([folders[root], *init.parent.relative_to(ROOT / root).parts])
        for root in SOURCES
        for init in (ROOT / root).rglob("__init__.py")
    ]
    assert sorted(setuptools["packages"]) == sorted(found)
    assert {name: folder for folder, name in folders.items()} == setuptools["package-dir"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree without anything built before."""
    copy = tmp_path_factory.mktemp("source") / "fairwitness"
    copy.mkdir()
    for name in (*SOURCES, "examples"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "action", copy / "action")
    for name in ("pyproject.toml", "README.md", "LICENSE", "Dockerfile", ".dockerignore"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def clean_environment(folder: Path) -> Path:
    """A new environment that sees the dependencies of this one, and in which Fairwitness is not yet installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    site = subprocess.check_output(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], text=True
    ).strip()
    dependencies = folder / "dependencies"
    dependencies.mkdir()
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if "fairwitness" not in entry.name and entry.suffix != ".pth":
            (dependencies / entry.name).symlink_to(entry)
    Path(site, "dependencies.pth").write_text(str(dependencies))
    return python


def install(python: Path, *arguments: str, cwd: Path) -> None:
    pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--ignore-installed"]
    done = subprocess.run([*pip, *arguments], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """A working directory with folders named like ours that explode when they are imported."""
    for name in SOURCES:
        (tmp_path / "work" / name).mkdir(parents=True)
        (tmp_path / "work" / name / "__init__.py").write_text("raise RuntimeError('the decoy was imported')\n")
    return tmp_path / "work"


@pytest.fixture(scope="module")
def from_folder(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the package and an example, each installed from its folder."""
    python = clean_environment(tmp_path_factory.mktemp("from_folder") / "venv")
    install(python, str(source), str(source / "examples" / "nationality"), cwd=source.parent)
    return python


@pytest.mark.slow
@pytest.mark.parametrize("way", ["folder", pytest.param("editable", marks=pytest.mark.proof), "wheel"])
def test_installs_beside_decoys(
    way: str, source: Path, decoys: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if way == "folder":
        python: Path = request.getfixturevalue("from_folder")
    else:
        python = clean_environment(tmp_path / "venv")
    if way == "wheel":
        build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
        build += ["-w", str(tmp_path), str(source)]
        subprocess.run(build, check=True)
        (wheel,) = tmp_path.glob("fairwitness-*.whl")
        hold_nothing_else(wheel)
        install(python, str(wheel), cwd=tmp_path)
    elif way == "editable":
        install(python, "-e", str(source), cwd=tmp_path)

    where = subprocess.check_output(
        [python, "-c", "import fairwitness; print(fairwitness.__file__)"], cwd=decoys, text=True
    )
    home = source if way == "editable" else python.parents[1]
    assert Path(where.strip()).is_relative_to(home)
    command = str(python.parent / "fairwitness")
    said = [
        subprocess.check_output(call, cwd=decoys, text=True)
        for call in ([command, "--version"], [str(python), "-m", "fairwitness", "--version"], [command, "probes"])
    ]
    assert said[0] == said[1]
    assert "known_texts" in said[2]


def hold_nothing_else(wheel: Path) -> None:
    """The wheel holds the package and what is said of it: no action, no container, no test; templates are in it."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert {re.sub(r"-[\d.]+\.dist-info$", "-info", name.partition("/")[0]) for name in names} == {
        "fairwitness",
        "fairwitness-info",
    }
    assert not [name for name in names if "action" in Path(name).parts or Path(name).name.startswith("Docker")]
    assert "fairwitness/audit/cli/init/templates/github.yml" in names
    assert "[pytest11]\nfairwitness = fairwitness.integrations.pytest_plugin\n" in points


@pytest.mark.slow
def test_pytest_finds_the_plug_in(from_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "test_small.py").write_text("def test_small(fairwitness_run):\n    assert fairwitness_run\n")
    words = [str(from_folder), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert "1 skipped" in subprocess.check_output(words, cwd=tmp_path, text=True)
    assert "1 passed" in subprocess.check_output([*words, "--fairwitness"], cwd=tmp_path, text=True)
    inside = "import fairwitness, pytest, sys; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-W', 'error']))"
    assert "1 skipped" in subprocess.check_output([str(from_folder), "-c", inside], cwd=tmp_path, text=True)


@pytest.mark.slow
def test_a_plug_in_probe_is_found(from_folder: Path, tmp_path: Path) -> None:
    listed = subprocess.check_output([from_folder.parent / "fairwitness", "probes"], cwd=tmp_path, text=True)
    assert "nationality" in listed


@pytest.mark.slow
def test_reports_and_probes_need_no_torch() -> None:
    code = (
        "import sys, fairwitness.reports, fairwitness.audit.probe as probe\n"
        "probe.registry()\n"
        "sys.exit(' '.join({'torch', 'transformers', 'pandas'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
