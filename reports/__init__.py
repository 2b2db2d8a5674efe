"""The Audit document in, text out. Needs no model and no torch.

`FORMATS` names every output that can be drawn again from a document alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fairwitness.audit.records import Audit

LANGUAGES = ("en", "zh")
"""What a page can be read in: the one that it is drawn in stands there without its script, the others by its switch."""
DRAWN_IN: Mapping[str, tuple[str, ...]] = MappingProxyType({"html": LANGUAGES, "md": ("en",)})
"""The languages of each format."""


class Render(Protocol):
    """Draws a document in one of the format's languages."""

    def __call__(self, audit: Audit, /, language: str = "en") -> str: ...


def _html(audit: Audit, /, language: str = "en") -> str:
    from fairwitness.reports import html

    return html.render(audit, language=language)


def _markdown(audit: Audit, /, language: str = "en") -> str:
    from fairwitness.reports import markdown

    return markdown.render(audit)


FORMATS: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {"html": ("report.html", _html), "md": ("report.md", _markdown)}
)
"""Name of a format -> the file it is written to, and the function that draws it."""
