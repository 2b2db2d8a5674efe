"""A comparison of two runs in, text out: terminal, Markdown, and a self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from fairwitness.audit.comparison import Comparison


class Render(Protocol):
    """Draws a comparison in a language."""

    def __call__(self, comparison: Comparison, language: str = "en") -> str:
        """The whole output."""


def _html(comparison: Comparison, language: str = "en") -> str:
    from fairwitness.reports.comparison import page

    return page.render(comparison, language=language)


def _markdown(comparison: Comparison, language: str = "en") -> str:
    from fairwitness.reports.comparison import markdown

    return markdown.render(comparison, language)


FORMATS: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {"html": ("comparison.html", _html), "md": ("comparison.md", _markdown)}
)
"""Name of a format -> the file it is written to, and the function that draws it in a language."""
