"""docs/metrics.md is what the table of metrics says of itself."""

from __future__ import annotations

import runpy
from pathlib import Path

from fairwitness.audit.metrics import DEFINITIONS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current_and_leaves_no_metric_out() -> None:
    page = runpy.run_path(str(DOCS / "make_metrics.py"))["page"]()
    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == page, "run python docs/make_metrics.py"
    for name in DEFINITIONS:
        assert page.count(f"\n| `{name}` |") == 1
