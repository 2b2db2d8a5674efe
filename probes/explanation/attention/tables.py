"""The evidence of the attention probe: texts, single heads, sheets of all heads, and full maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.audit.requests import Attention
from fairwitness.probes.explanation.attention.maps import Reading

SHARE = "share"
MOST_TOKENS = 48


def texts(seen: Sequence[tuple[str, str, str, Reading]]) -> Evidence:
    """One row a text: its averages over heads, the text with the most weight on its group word first."""
    columns = (
        Column("pair"),
        Column("group"),
        Column("text", "prompt"),
        Column("entropy", "number", SHARE),
        Column("first token", "number", SHARE),
        Column("separator", "number", SHARE),
        Column("previous token", "number", SHARE),
        Column("group word", "number", SHARE),
        Column("even share", "number", SHARE),
        Column("rollout to group word", "number", SHARE),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            pair,
            group,
            text,
            float(one.entropy.mean()),
            float(one.first.mean()),
            None if one.separator is None else float(one.separator.mean()),
            float(one.previous.mean()),
            float(one.group.mean()),
            one.even,
            one.rollout,
        )
        for pair, group, text, one in sorted(seen, key=lambda row: (-float(row[3].group.mean()), row[2]))
    ]
    return Evidence("texts", "Every text, averaged over its heads", "table", columns, tuple(rows), len(rows))


def heads(readings: Sequence[Reading], shown: int) -> Evidence:
    """Single heads, averaged over texts, those that look at the group word most first."""
    columns = (
        Column("layer", "number"),
        Column("head", "number"),
        Column("group word", "number", SHARE),
        Column("entropy", "number", SHARE),
        Column("first token", "number", SHARE),
        Column("separator", "number", SHARE),
        Column("previous token", "number", SHARE),
    )
    group, entropy, first, previous = (
        np.mean([getattr(one, name) for one in readings], axis=0) for name in ("group", "entropy", "first", "previous")
    )
    separator = separators(readings)
    ranked = np.argsort(-group, axis=None, kind="stable")[:shown]
    rows: list[tuple[Cell, ...]] = []
    for place in ranked:
        at = np.unravel_index(place, group.shape)
        numbers = (group, entropy, first, separator, previous)
        values = [None if number is None else float(number[at]) for number in numbers]
        rows.append((int(at[0]) + 1, int(at[1]) + 1, *values))
    caption = "Single heads, averaged over texts; the most weight on the word for a person first"
    return Evidence("heads", caption, "table", columns, tuple(rows), int(group.size))


def separators(readings: Sequence[Reading]) -> npt.NDArray[np.float64] | None:
    """Mass on separators by head, averaged over the texts that have one; None when no text has."""
    found = [one.separator for one in readings if one.separator is not None]
    return np.asarray(np.mean(found, axis=0), dtype=np.float64) if found else None


def sheets(readings: Sequence[Reading]) -> list[Evidence]:
    """All heads at a glance: layers by heads, for the group word and for the first token."""
    named = (
        ("heads-group", "Weight on the word for a person, every layer and head", "group"),
        ("heads-first", "Weight on the first token, every layer and head", "first"),
        ("heads-entropy", "Entropy of every layer and head, 0 is one token, 1 an even spread", "entropy"),
    )
    return [
        _sheet(key, caption, np.mean([getattr(one, name) for one in readings], axis=0)) for key, caption, name in named
    ]


def _sheet(key: str, caption: str, values: npt.NDArray[np.float64]) -> Evidence:
    columns = (Column("layer"), *(Column(f"head {head + 1}", "number", SHARE) for head in range(values.shape[1])))
    rows: list[tuple[Cell, ...]] = [(f"layer {layer + 1}", *map(float, row)) for layer, row in enumerate(values)]
    return Evidence(key, caption, "matrix", columns, tuple(rows), len(rows))


def full_map(number: int, maps: Attention, text: str, layer: int, head: int) -> Evidence:
    """One head on one text: a row for each token that looks, a column for each that is looked at."""
    shown = min(len(maps.tokens), MOST_TOKENS)
    names = [f"{place + 1} {token}" for place, token in enumerate(maps.tokens[:shown])]
    columns = (Column("looking token"), *(Column(name, "number", SHARE) for name in names))
    weights = maps.weights[layer, head, :shown, :shown]
    rows: list[tuple[Cell, ...]] = [(name, *map(float, row)) for name, row in zip(names, weights, strict=True)]
    caption = f"Layer {layer + 1}, head {head + 1}: {text}"
    return Evidence(f"map-{number}", caption, "matrix", columns, tuple(rows), len(maps.tokens))
