"""The pairs of texts between which activations are patched, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pydantic import Field

from fairwitness.audit.patches import Sites
from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, BetweenFillers, ForClass, Patch, Target
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)


class PatchingOptions(Options):
    """Which pairs are read, how far apart their answers must be, and how many heads are patched."""

    limit: int | None = Field(None, ge=1, description="read only this many pairs")
    least: float = Field(
        0.5, gt=0, description="least difference between the two texts, in log-odds, that is told apart into parts"
    )
    heads: int = Field(
        96,
        ge=1,
        description="heads that are patched at most, those of the layers whose attention carries most",
    )
    listed: int = Field(20, ge=1, le=500, description="heads that the table lists")
    positive: str = Field("she", min_length=1, description="filler that the first text favours, where no column says")
    negative: str = Field("he", min_length=1, description="filler that the second text favours, where no column says")
    label: str = Field("", description="class whose log-odds are patched; empty takes the one decided most often")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts that differ in a word or a few, the target that is read on both, and the row of the table."""

    text: str
    counterpart: str
    target: Target
    row: int

    @property
    def words(self) -> tuple[str, ...]:
        """The words in which the texts differ, in small letters: pairs that share them are not independent."""
        first, second = self.text.lower().split(), self.counterpart.lower().split()
        if len(first) != len(second):
            return self.text.lower(), self.counterpart.lower()
        return tuple(word for both in zip(first, second, strict=True) if both[0] != both[1] for word in both)

    def requests(self, sites: Sites, layers: tuple[int, ...] = ()) -> tuple[Patch, Patch]:
        """The counterpart patched into the text, and the text into its counterpart."""
        into_text = Patch(self.text, self.counterpart, self.target, sites, layers)
        return into_text, replace(into_text, text=self.counterpart, counterpart=self.text)


def pairs_of(table: Table, options: PatchingOptions, *, blanks: bool) -> list[Pair]:
    """The pairs of a table with or without blanks, each once. Raises DoesNotApply when there is none."""
    columns = [name for name in ("text", "counterpart", "positive", "negative", "label") if name in table.columns]
    pairs: dict[tuple[str, str], Pair] = {}
    for row, cells in enumerate(rows_of(table, columns), start=1):
        by_name = dict(zip(columns, cells, strict=True))
        text, counterpart = by_name["text"], by_name["counterpart"]
        if (BLANK in text) == blanks and (BLANK in counterpart) == blanks:
            target = _target(by_name, options, blanks=blanks)
            pairs.setdefault((text, counterpart), Pair(text, counterpart, target, row))
    if not pairs:
        lacking = "reason.no_blank" if blanks else "reason.only_blanks"
        raise WORDS.does_not_apply(lacking, "data_unfit", count=len(table))
    return list(pairs.values())[: options.limit]


def _target(cells: dict[str, str], options: PatchingOptions, *, blanks: bool) -> Target:
    if not blanks:
        return ForClass(options.label or cells.get("label", ""))
    return BetweenFillers(cells.get("positive") or options.positive, cells.get("negative") or options.negative)


def unrelated(pairs: Sequence[Pair], shapes: Sequence[object], seed: int) -> list[Pair | None]:
    """For each pair another one of the same shape that shares none of its words, drawn by chance; None without one.

    Its first text stands for the same group as the first text of the pair: what it brings is not the group.
    """
    drawn: list[Pair | None] = []
    for number, (pair, shape) in enumerate(zip(pairs, shapes, strict=True)):
        others = [
            other
            for other, form in zip(pairs, shapes, strict=True)
            if form == shape and not set(other.words) & set(pair.words)
        ]
        rng = np.random.default_rng([seed, number])
        drawn.append(others[int(rng.integers(len(others)))] if others else None)
    return drawn
