"""What a probe asked item by item, as the run stores it: by this two runs of different models are paired."""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from fairwitness.audit.records import ScoredItems

I = TypeVar("I")  # noqa: E741
S = TypeVar("S")

DIGITS = 16
_ADDRESS = re.compile(r" at 0x[0-9a-f]+>")


def scored_items(
    rows: Iterable[tuple[I, S | None]],
    *,
    id: Callable[[I], str],
    scores: Mapping[str, Callable[[S], float | None]],
    clusters: Mapping[str, Callable[[I], object]] | None = None,
) -> ScoredItems:
    """A row for each item that was asked, with its score or None without a whole answer.

    `id` gives what tells an item from all others, whatever the model: a key of the data set, or `content_id`. Equal ids
    are numbered. `scores` give the numbers of a score by name; one that is called as an overall metric of the probe is
    averaged to that metric. `clusters` give the labels of an item by which others are tied to it.

    >>> made = scored_items([("a", 1.5), ("a", None)], id=str, scores={"margin": float})
    >>> made.ids, made.scores["margin"], made.unanswered
    (('a', 'a (2)'), (1.5, None), (False, True))
    """
    pairs = list(rows)
    return ScoredItems(
        ids=numbered(id(item) for item, _ in pairs),
        scores={
            name: tuple([None if score is None else finite(value(score)) for _, score in pairs])
            for name, value in scores.items()
        },
        clusters={name: tuple([str(label(item)) for item, _ in pairs]) for name, label in (clusters or {}).items()},
        unanswered=tuple([score is None for _, score in pairs]),
    )


def scored_or_not(scored: Iterable[S], unscored: Iterable[I], item: Callable[[S], I]) -> list[tuple[I, S | None]]:
    """Scores with their items, and items without one, in the order of their content, which no answer changes."""
    rows: list[tuple[I, S | None]] = [(item(score), score) for score in scored]
    rows += [(lost, None) for lost in unscored]
    return sorted(rows, key=lambda row: repr(row[0]))


def content_id(content: object) -> str:
    """A hash of what an item says: of a record, the values of its fields.

    Raises ValueError on what is told apart by its place in memory alone, which is another one in the next run.

    >>> content_id(("The nurse slept.", 3))
    'e4b1de8742ec2e08'
    """
    text = repr(content)
    if _ADDRESS.search(text):
        raise ValueError(f"{type(content).__name__} has no content to tell items by: give its items an id")
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:DIGITS]


def numbered(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids, of which one that was there before has the number of its occurrence behind it."""
    counts: Counter[str] = Counter()
    unique: dict[str, None] = {}
    for name in ids:
        counts[name] += 1
        numbered_name = name if counts[name] == 1 else f"{name} ({counts[name]})"
        while numbered_name in unique:
            counts[name] += 1
            numbered_name = f"{name} ({counts[name]})"
        unique[numbered_name] = None
    return tuple(unique)


def finite(value: float | None) -> float | None:
    """The value as a number; None where there is none."""
    return None if value is None or not math.isfinite(value) else float(value)
