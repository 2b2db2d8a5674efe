"""Settings that every test shares."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest

if TYPE_CHECKING:
    from fairwitness.audit.records import DataNeed, Table


def pytest_configure() -> None:
    """While tests are read next to nothing becomes garbage, and looking for it takes a quarter of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was read stays until the end: it is not looked through again."""
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file of which no test can have the markers that are asked for is not read: it may import a great deal."""
    asked: str = config.option.markexpr
    if not asked or not collection_path.name.startswith("test_"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    if asked.isidentifier():
        return asked not in text or None
    if re.fullmatch(r"not \w+( and not \w+)*", asked):
        everywhere = re.search(r"^pytestmark = (.*)", text, re.MULTILINE)
        marks = set(re.findall(r"mark\.(\w+)", everywhere[1])) if everywhere else set()
        return not marks.isdisjoint(asked.split()) or None
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever leaves out what is slow leaves out the proofs."""
    for item in items:
        if item.get_closest_marker("proof"):
            item.add_marker("slow")


def pytest_runtest_setup() -> None:
    """Each test begins with the threads of the environment, whatever a model that was loaded before it has set."""
    torch, threads = sys.modules.get("torch"), os.environ.get("OMP_NUM_THREADS")
    if torch is not None and threads:
        torch.set_num_threads(int(threads))


@pytest.fixture(autouse=True, scope="session")
def _trained_models(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Models are trained once a session, whichever of its processes trains them."""
    base = tmp_path_factory.getbasetemp()
    os.environ["TRAINED_MODELS"] = str((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "trained")


@pytest.fixture(autouse=True, scope="session")
def _repository_read_once() -> Iterator[None]:
    """Runs within the repository, of which tests make thousands, ask git for its state once: three processes each."""
    from fairwitness.audit.runner import manifest

    plain, here, state = manifest.git, Path.cwd(), cache(manifest.git)

    def git(folder: Path | None = None) -> dict[str, object]:
        return state(here) if folder is None and Path.cwd() == here else plain(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "git", git)
        yield


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the cache of the person who runs it, and none meets their settings."""
    for name in [name for name in os.environ if name.startswith("FAIRWITNESS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(with_converted(tmp_path_factory.getbasetemp() / "cache")))


def with_converted(cache: Path) -> Path:
    """A cache folder in which the converted models of the whole session lie: converting one takes long."""
    shared = Path(os.environ["TRAINED_MODELS"]).parent / "converted"
    if not (cache / "models").exists():
        cache.mkdir(parents=True, exist_ok=True)
        shared.mkdir(parents=True, exist_ok=True)
        (cache / "models").symlink_to(shared, target_is_directory=True)
    return cache


@pytest.fixture
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sets that packages carry are read once for all commands of a test: BBQ has 58,492 lines."""
    from fairwitness.audit import datasets

    plain, once = datasets.load, cache(datasets.load)

    def load(path: Path, need: DataNeed, *, source: str, licence: str) -> Table:
        reading = once if source.startswith("package:") else plain
        return reading(path, need, source=source, licence=licence)

    monkeypatch.setattr(datasets, "load", load)
