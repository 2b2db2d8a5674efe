"""docs/kinds.md is what the tables of kinds, of requests and the needs of the probes say."""

from __future__ import annotations

import runpy
from pathlib import Path

from fairwitness.audit.huggingface.kinds import KINDS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current_and_leaves_no_kind_out() -> None:
    page = runpy.run_path(str(DOCS / "make_kinds.py"))["page"]()
    assert (DOCS / "kinds.md").read_text(encoding="utf-8") == page, "run python docs/make_kinds.py"
    for name in KINDS:
        assert page.count(f"\n| `{name}` |") == 1
