"""Fairwitness: audits language and tabular models, and shows the evidence.

What `__all__` names beside the version is imported when it is first used, so that `import fairwitness` costs nothing.

PYTEST_DONT_REWRITE: pytest, which loads our plugin, must not warn where this is imported before it starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairwitness import kit
    from fairwitness.api import compare, explain, import_log, load, read, run
    from fairwitness.audit import metrics, stats
    from fairwitness.audit.adapters import (
        Captioner,
        Classifier,
        Generator,
        ImageAnswerer,
        ImageClassifier,
        ImageMatcher,
        Predictions,
        Scorer,
        Tabular,
        Tagger,
    )
    from fairwitness.audit.errors import FairwitnessError
    from fairwitness.audit.subject import Subject
    from fairwitness.compressed import Variants, variants
    from fairwitness.explanation import Explanation
    from fairwitness.report import Report

__version__ = "0.1.0"
__all__ = [
    "Captioner",
    "Classifier",
    "Explanation",
    "FairwitnessError",
    "Generator",
    "ImageAnswerer",
    "ImageClassifier",
    "ImageMatcher",
    "Predictions",
    "Report",
    "Scorer",
    "Subject",
    "Tabular",
    "Tagger",
    "Variants",
    "__version__",
    "compare",
    "explain",
    "import_log",
    "kit",
    "load",
    "metrics",
    "read",
    "run",
    "stats",
    "variants",
]

_PLACES = {
    "Captioner": "fairwitness.audit.adapters:Captioner",
    "Classifier": "fairwitness.audit.adapters:Classifier",
    "Explanation": "fairwitness.explanation:Explanation",
    "FairwitnessError": "fairwitness.audit.errors:FairwitnessError",
    "Generator": "fairwitness.audit.adapters:Generator",
    "ImageAnswerer": "fairwitness.audit.adapters:ImageAnswerer",
    "ImageClassifier": "fairwitness.audit.adapters:ImageClassifier",
    "ImageMatcher": "fairwitness.audit.adapters:ImageMatcher",
    "Predictions": "fairwitness.audit.adapters:Predictions",
    "Report": "fairwitness.report:Report",
    "Scorer": "fairwitness.audit.adapters:Scorer",
    "Subject": "fairwitness.audit.subject:Subject",
    "Tabular": "fairwitness.audit.adapters:Tabular",
    "Tagger": "fairwitness.audit.adapters:Tagger",
    "Variants": "fairwitness.compressed:Variants",
    "compare": "fairwitness.api:compare",
    "explain": "fairwitness.api:explain",
    "import_log": "fairwitness.api:import_log",
    "kit": "fairwitness.kit",
    "load": "fairwitness.api:load",
    "metrics": "fairwitness.audit.metrics",
    "read": "fairwitness.api:read",
    "run": "fairwitness.api:run",
    "stats": "fairwitness.audit.stats",
    "variants": "fairwitness.compressed:variants",
}
"""Where a name of `__all__` comes from: a module, or a name in one."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'fairwitness' has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    target = import_module(module)
    return getattr(target, attribute) if attribute else target


def __dir__() -> list[str]:
    return sorted(__all__)
