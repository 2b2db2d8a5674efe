"""docs/cli.md is what the command line says of itself, and lists no command that does not exist."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("make_cli", DOCS / "make_cli.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    page = made.page()
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page, "run python docs/make_cli.py"
    assert "--executor" not in page
