"""The words of verdicts."""

from __future__ import annotations

from fairwitness.audit.words import Words

WORDS = Words.beside(__file__)
