"""One text or row explained, drawn from the document: in a terminal, as JSON, as a small page, in a notebook."""

from __future__ import annotations

from fairwitness.reports.explained.numbers import to_json
from fairwitness.reports.explained.page import fragment, page
from fairwitness.reports.explained.terminal import render as terminal
from fairwitness.reports.explained.view import explanation

__all__ = ["explanation", "fragment", "page", "terminal", "to_json"]
