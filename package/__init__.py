"""Fairwitness: audits language and tabular models, and shows the evidence.

What `__all__` names beside the version is imported when it is first used, so that `import fairwitness` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "kit", "metrics", "stats"]

_MODULES = {"kit": "fairwitness.kit", "metrics": "fairwitness.audit.metrics", "stats": "fairwitness.audit.stats"}
"""Where a name of `__all__` comes from."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'fairwitness' has no attribute {name!r}")
    return import_module(_MODULES[name])


def __dir__() -> list[str]:
    return sorted(__all__)
