"""The table of every item that was scored, for a probe of items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fairwitness.audit.records import Evidence
from fairwitness.probes.kit.results import Results
from fairwitness.probes.kit.tables import Head, Listing
from fairwitness.probes.kit.words import Words

I = TypeVar("I")  # noqa: E741
S = TypeVar("S")


def listed(
    name: str, words: Words, *heads: Head[tuple[I, S]], order: Callable[[tuple[I, S]], Any] | None = None
) -> Callable[[Results[I, S]], Evidence]:
    """A table of an `ItemProbe`: one row an item with its score, sorted by `order`, cells made from both."""
    listing = Listing(name, words, *heads)

    def table(results: Results[I, S]) -> Evidence:
        return listing.of(results.pairs if order is None else sorted(results.pairs, key=order))

    return table
