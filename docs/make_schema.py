"""Writes audit/document/audit.schema.json from the records: `python docs/make_schema.py`. A test keeps it current."""

from __future__ import annotations

import json
from pathlib import Path

from fairwitness.audit.document import json_schema

FILE = Path(__file__).parents[1] / "audit" / "document" / "audit.schema.json"


def text() -> str:
    """The file as it must stand."""
    return json.dumps(json_schema.made(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
