"""The evidence of the attention probe: texts, single heads, all heads at a glance, and full maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Cell, Column, Evidence, Name
from fairwitness.probes.explanation.attention.contrast import Contrast, HeadDifference
from fairwitness.probes.explanation.attention.items import WORDS, Text
from fairwitness.probes.explanation.attention.maps import PerHead, Reading, average
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt

MOST_TOKENS = 48
"""Tokens of a full map that are shown."""
PARTS: Mapping[str, Callable[[Reading], PerHead | None]] = {
    "entropy": lambda reading: reading.entropy,
    "first token": lambda reading: reading.first,
    "separator": lambda reading: reading.separator,
    "previous token": lambda reading: reading.previous,
    "group word": lambda reading: reading.group,
}
"""What is read of every head, by the name of its column."""


def _average(name: str) -> Head[Text]:
    return number(name, lambda text: average(PARTS[name](text.reading)), "share")


def _cell(name: str, unit: str = "share") -> Head[Mapping[str, Cell]]:
    return number(name, lambda row: row[name], unit)


TEXTS: Listing[Text] = Listing(
    "texts",
    WORDS,
    label("pair", lambda text: text.sentence.pair),
    label("group", lambda text: text.sentence.group),
    prompt("text", lambda text: text.sentence.text),
    map(_average, PARTS),
    number("even share", lambda text: text.reading.even, "share"),
    number("rollout_group_word", lambda text: text.reading.rollout, "share"),
)
HEADS: Listing[Mapping[str, Cell]] = Listing(
    "heads",
    WORDS,
    _cell("layer", ""),
    _cell("head", ""),
    _cell("group word"),
    [_cell(name) for name in PARTS if name != "group word"],
)

DIFFERING: Listing[HeadDifference] = Listing(
    "head-differences",
    WORDS,
    number("layer", lambda row: row.layer + 1),
    number("head", lambda row: row.head + 1),
    interval(("difference", "low", "high"), lambda row: row.difference, "share"),
    number("adjusted_p", lambda row: row.pvalue),
    flag("differs", lambda row: row.differs),
)


def texts(rows: Sequence[Text]) -> Evidence:
    """One row a text: its averages over heads, the text with the most weight on its group word first."""
    return TEXTS.of(sorted(rows, key=lambda text: (-float(text.reading.group.mean()), text.sentence.text)))


def heads(texts: Sequence[Text], shown: int) -> list[Evidence]:
    """Heads averaged over texts: single ones, those that look at the group word most first, and all at a glance."""
    means = {name: mean for name, part in PARTS.items() if (mean := mean_over(texts, part)) is not None}
    rows: list[Mapping[str, Cell]] = []
    for layer, head in strongest(means["group word"]):
        shares = {name: float(means[name][layer, head]) if name in means else None for name in PARTS}
        rows.append({"layer": layer + 1, "head": head + 1, **shares})
    sheets = {"heads-group": "group word", "heads-first": "first token", "heads-entropy": "entropy"}
    return [HEADS.of(rows, shown=shown), *(_sheet(name, means[part]) for name, part in sheets.items())]


def contrasts(contrast: Contrast, shown: int) -> list[Evidence]:
    """Sheets of both groups and of their difference, and single heads with intervals, those that differ first."""
    first, second = contrast.groups
    return [
        _sheet("readout-1", contrast.first, group=Name(first)),
        _sheet("readout-2", contrast.second, group=Name(second)),
        _sheet("readout-difference", contrast.difference, first=Name(first), second=Name(second)),
        DIFFERING.of(contrast.heads, shown=shown, first=Name(first), second=Name(second)),
    ]


def mean_over(texts: Sequence[Text], part: Callable[[Reading], PerHead | None]) -> PerHead | None:
    """What is read of every head, averaged over the texts that have it; None where none has."""
    values = [value for text in texts if (value := part(text.reading)) is not None]
    return np.asarray(np.mean(values, axis=0), dtype=np.float64) if values else None


def strongest(values: PerHead) -> list[tuple[int, int]]:
    """Layer and head of every value, the largest first."""
    order = np.argsort(-values, axis=None, kind="stable").tolist()
    return [divmod(place, values.shape[1]) for place in order]


def _sheet(name: str, values: PerHead, **words: object) -> Evidence:
    layers = [WORDS("head.layer", number=layer + 1) for layer in range(values.shape[0])]
    heads = [WORDS("head.number", number=head + 1) for head in range(values.shape[1])]
    return _matrix(name, WORDS(f"table.{name}.caption", **words), ["layer", *heads], layers, values)


def maps(texts: Sequence[Text], count: int, named: Sequence[tuple[int, int]] = ()) -> list[Evidence]:
    """Full maps of the named heads (from 0), then of those that look at the group word most, for the first pair.

    A row for each token that looks, a column for each that is looked at.
    """
    pair = [text for text in texts if text.sentence.pair == texts[0].sentence.pair][:2]
    group = np.mean([text.reading.group for text in texts], axis=0)
    inside = [(layer, head) for layer, head in named if layer < group.shape[0] and head < group.shape[1]]
    chosen = list(dict.fromkeys([*inside, *strongest(group)]))
    drawn = list(product(chosen[: -(-count // len(pair))], pair))
    evidence = []
    for place, ((layer, head), text) in enumerate(drawn[:count], start=1):
        tokens = [f"{position} {token}" for position, token in enumerate(text.maps.tokens[:MOST_TOKENS], start=1)]
        weights = text.maps.weights[layer, head, :MOST_TOKENS, :MOST_TOKENS]
        caption = WORDS("table.map.caption", layer=layer + 1, head=head + 1, text=Name(text.sentence.text))
        names = ["looking token", *tokens]
        evidence.append(_matrix(f"map-{place}", caption, names, tokens, weights, total=len(text.maps.tokens)))
    return evidence


def _matrix(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[str],
    values: npt.NDArray[np.floating],
    *,
    total: int | None = None,
) -> Evidence:
    """Numbers under the columns, of which the first holds the names of the rows."""
    share, names = WORDS.term("units", "share"), [WORDS.column(name, column) for column in columns]
    heads = (Column(names[0]), *(Column(column, "number", share) for column in names[1:]))
    cells: list[tuple[Cell, ...]] = [(row, *map(float, numbers)) for row, numbers in zip(rows, values, strict=True)]
    total = len(rows) if total is None else total
    return Evidence(id=name, caption=caption, kind="matrix", columns=heads, rows=tuple(cells), total=total)
