"""Settings that every test shares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_runtest_setup() -> None:
    """Each test begins with the threads of the environment, whatever a model that was loaded before it has set."""
    torch, threads = sys.modules.get("torch"), os.environ.get("OMP_NUM_THREADS")
    if torch is not None and threads:
        torch.set_num_threads(int(threads))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the cache of the person who runs it, and none meets their settings."""
    for name in [name for name in os.environ if name.startswith("FAIRWITNESS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
