"""A comparison of two runs in, text out: terminal, Markdown, and a self-contained page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fairwitness.audit.comparison import Comparison

Render = Callable[[Comparison], str]


def _html(comparison: Comparison) -> str:
    from fairwitness.reports.comparison import page

    return page.render(comparison)


def _markdown(comparison: Comparison) -> str:
    from fairwitness.reports.comparison import terminal

    return terminal.markdown(comparison)


FORMATS: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {"html": ("comparison.html", _html), "md": ("comparison.md", _markdown)}
)
"""Name of a format -> the file it is written to, and the function that draws it."""
