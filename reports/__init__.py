"""The Audit document in, text out. Needs no model and no torch.

`FORMATS` names every output that can be drawn again from a document alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from fairwitness.audit.records import Audit

Render: TypeAlias = "Callable[[Audit], str]"


def _html(audit: Audit) -> str:
    from fairwitness.reports import html

    return html.render(audit)


def _markdown(audit: Audit) -> str:
    from fairwitness.reports import markdown

    return markdown.render(audit)


FORMATS: Mapping[str, tuple[str, Render]] = MappingProxyType(
    {"html": ("report.html", _html), "md": ("report.md", _markdown)}
)
"""Name of a format -> the file it is written to, and the function that draws it."""
