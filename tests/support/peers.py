"""Single files of the peer fairlms: the package as a whole asks for more libraries than its formulas need."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def fairlms(inner: str, monkeypatch: pytest.MonkeyPatch, stand_ins: Mapping[str, Any] | None = None) -> Any:
    """The module of one file, such as `definition/.../drd.py`; skips where the peer is not installed.

    `stand_ins` are modules, by their dotted names, that the file imports and that its formulas do not need.
    """
    found = importlib.util.find_spec("fairlms")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the package fairlms is not installed")
    for name, module in (stand_ins or {}).items():
        parts = name.split(".")
        for end in range(1, len(parts)):
            monkeypatch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(parts[end - 1]))
        monkeypatch.setitem(sys.modules, name, module)
    path = Path(found.submodule_search_locations[0]) / inner
    spec = importlib.util.spec_from_file_location(f"peer_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
