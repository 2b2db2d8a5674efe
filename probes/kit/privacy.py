"""Whose texts a probe asks about: those of a user's file stay hidden in what it shows."""

from __future__ import annotations

from fairwitness.audit.records import DataSource


def private(source: DataSource) -> bool:
    """Whether the texts are of a user's own file, which names no licence: what follows them is hidden too."""
    return not source.licence
