"""What a user may choose of a data set: categories, of which one that it lacks is a mistake, and how many items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.stats.grouping import grouped

T = TypeVar("T")

SHOWN = 30
"""Names that a message lists."""
LONGEST = 60
"""Characters up to which a name is told: a longer one is a text that stands in the wrong column."""


def require(option: str, wanted: Iterable[str], known: Iterable[str], what: str = "category") -> None:
    """Raises BadOption for the first wanted name that the data lack, with the nearest one and all that there are.

    `option` is written as on the command line (`bbq.categories`), `what` is what a name stands for.
    """
    there = {name for name in known if name}
    for name in wanted:
        if name not in there:
            short = sorted(name for name in there if len(name) <= LONGEST)
            shown = short[:SHOWN] + ([f"and {len(there) - SHOWN} more"] if len(there) > SHOWN else [])
            raise BadOption(
                f"{option}: no {what} {name!r} in the data{nearest(name, short)} (known: {', '.join(shown) or 'none'})"
            )


def in_turn(item: int, family: int, wording: int, count: int, asked: int) -> bool:
    """Whether an item is asked a wording of a family, all named by their places; each is asked `asked` of the `count`.

    Neighbours among the items begin at another wording, and each family at another one, so that every wording meets
    items from the whole of a list in order.
    """
    return (wording - item - family) % count < asked


def spread(items: Sequence[T], limit: int | None, seed: int) -> list[T]:
    """At most `limit` items in their order: one drawn from each of as many equal parts, so that none comes twice.

    Drawn, because every second sentence of many sets is of one kind, which even steps could miss.
    """
    if limit is None or limit >= len(items):
        return list(items)
    rng = np.random.default_rng(seed)
    edges = np.linspace(0, len(items), limit + 1).astype(int)
    return [items[int(rng.integers(low, high))] for low, high in pairwise(edges)]


def spaced(items: Sequence[T], limit: int | None) -> list[T]:
    """At most `limit` items in their order, evenly spaced from the first to the last."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[place] for place in np.linspace(0, len(items) - 1, limit).round().astype(int)]


def balanced(items: Sequence[T], kind: Callable[[T], Any], limit: int | None, seed: int) -> list[T]:
    """At most `limit` items in their order, drawn in turns from each kind, for sets in which some kinds are few.

    >>> balanced(["a1", "a2", "a3", "b1"], lambda item: item[0], 2, seed=0)
    ['a3', 'b1']
    """
    if limit is None or limit >= len(items):
        return list(items)
    rng = np.random.default_rng(seed)
    kinds = grouped(rng.permutation(len(items)).tolist(), lambda place: kind(items[place]))
    turns = [(turn, key) for key, places in kinds.items() for turn in range(len(places))]
    chosen = [kinds[key][turn] for turn, key in sorted(turns)[:limit]]
    return [items[place] for place in sorted(chosen)]
