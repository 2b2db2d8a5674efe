"""Gendered pronouns of English."""

from __future__ import annotations

from collections.abc import Mapping

WOMEN = frozenset({"she", "her", "hers", "herself"})
MEN = frozenset({"he", "him", "his", "himself"})
OTHER: Mapping[str, tuple[str, ...]] = {
    "he": ("she",),
    "she": ("he",),
    "him": ("her",),
    "his": ("her",),
    "her": ("him", "his"),
    "hers": ("his",),
    "himself": ("herself",),
    "herself": ("himself",),
}
"""The forms of the other gender; `her` has two, whose probabilities are added, since only one fits a place."""
