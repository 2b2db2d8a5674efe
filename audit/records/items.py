"""What a probe asked or a model decided, an item or a row at a time: what two runs are paired by."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredItems:
    """What a probe of items asked, an item a row. Raises ValueError on other shapes."""

    ids: tuple[str, ...]
    """Each once; the same for the same item in every run over the same data, whatever the model. They hold no secret:
    an id of the data set, or a hash of what the item says."""
    scores: Mapping[str, tuple[float | None, ...]]
    """By measure; None where an item has no score. A measure that is called as an overall metric of the probe has that
    metric as its plain mean over the items that have a score; what is read in another way has another name."""
    clusters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By what ties items together (a template, an occupation, a category), the label of each item."""
    unanswered: tuple[bool, ...]
    """Whether the item has no whole answer, and so no score."""
    unit: str = ""
    """Which of the clusters has the independent units of all intervals as its labels, so that two runs are compared
    item by item; empty where the probe does not say, and then they are compared by their intervals."""

    def __post_init__(self) -> None:
        columns = [("unanswered", self.unanswered), *self.scores.items(), *self.clusters.items()]
        _check("scored items", self.ids, columns)
        if self.unit and self.unit not in self.clusters:
            raise ValueError(f"scored items: the unit {self.unit!r} is none of the clusters")
        for name, scores in self.scores.items():
            _finite(f"score {name!r}", scores)

    def __len__(self) -> int:
        return len(self.ids)


def score_name(metric: str, ways: Mapping[str, str]) -> str:
    """What the scores of a metric are called: its name, with what tells its ways of measuring apart.

    >>> score_name("exact_match", {"filter": "strict"})
    'exact_match filter=strict'
    """
    return " ".join([metric, *(f"{key}={value}" for key, value in sorted(ways.items()))])


COLUMNS = ("decisions", "selected", "outcomes", "counted", "scores", "weights", "persons")
"""The columns of decision rows that may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRows:
    """The rows of a table that were asked about, in the order of the table. A column that is not there is empty.

    Raises ValueError on other shapes.
    """

    rows: tuple[int, ...]
    """The number of each row in its table, from 1."""
    groups: Mapping[str, tuple[str, ...]]
    """By group column, the group of each row."""
    decisions: tuple[str | None, ...] = ()
    """What was decided; None where there is no decision."""
    selected: tuple[bool, ...] = ()
    """Whether the decision is the counted one. Empty where decisions are classes or numbers, of which none is."""
    outcomes: tuple[str | None, ...] = ()
    """What is true; None where that is not known."""
    counted: tuple[bool | None, ...] = ()
    """Whether the true outcome is the counted one; None where it is not known. Empty where none is counted."""
    rule: str = ""
    """In words, what is counted."""
    scores: tuple[float | None, ...] = ()
    weights: tuple[float, ...] = ()
    persons: tuple[int, ...] = ()
    """The number of the person of each row, where some people have several rows."""

    def __post_init__(self) -> None:
        columns = [(name, cells) for name in COLUMNS if (cells := getattr(self, name))]
        _check("decision rows", self.rows, [*columns, *self.groups.items()])
        _finite("scores", self.scores)
        _finite("weights", self.weights)

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, keep: Sequence[bool]) -> DecisionRows:
        """Some of the rows."""
        if all(keep):
            return self
        columns = {name: tuple(compress(getattr(self, name), keep)) for name in COLUMNS}
        groups = {name: tuple(compress(cells, keep)) for name, cells in self.groups.items()}
        return DecisionRows(rows=tuple(compress(self.rows, keep)), groups=groups, rule=self.rule, **columns)


SCORE, CLUSTER, GROUP = "score.", "cluster.", "group."
"""How a column begins whose name is a measure's, a grouping's or that of a column of the user's."""
OF_ROWS: Mapping[str, str] = {
    "decisions": "decision",
    "selected": "selected",
    "outcomes": "outcome",
    "counted": "counted",
    "scores": "score",
    "weights": "weight",
    "persons": "person",
}
"""The other columns of decision rows, by the field that they are."""
Items: TypeAlias = ScoredItems | DecisionRows
ItemsKind: TypeAlias = Literal["scored_items", "decision_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItems:
    """Scored items or decision rows in a Parquet file of the run's folder: its place, its hash, what it holds."""

    kind: ItemsKind
    file: str
    sha256: str
    rows: int
    measures: tuple[str, ...] = ()
    """Of scored items, the names of their scores."""
    clusters: tuple[str, ...] = ()
    """Of scored items, the names of what ties them together."""
    unit: str = ""
    """Of scored items, which of the clusters has the independent units as its labels."""
    groups: tuple[str, ...] = ()
    """Of decision rows, the group columns."""
    rule: str = ""
    """Of decision rows, in words what is counted."""
    redacted: bool = False
    """Whether the file was taken out of the run: its hash is what is left."""


def columns_of(items: Items) -> dict[str, Sequence[object]]:
    """The columns that the rows have in every file, by name; one that is not there is left out."""
    if isinstance(items, ScoredItems):
        return {
            "id": items.ids,
            "unanswered": items.unanswered,
            **{f"{SCORE}{name}": cells for name, cells in items.scores.items()},
            **{f"{CLUSTER}{name}": cells for name, cells in items.clusters.items()},
        }
    others = {name: getattr(items, field) for field, name in OF_ROWS.items()}
    return {
        "row": items.rows,
        **{f"{GROUP}{name}": cells for name, cells in items.groups.items()},
        **{name: cells for name, cells in others.items() if cells},
    }


def _check(what: str, keys: Sequence[object], columns: Iterable[tuple[str, Sequence[object]]]) -> None:
    """Raises ValueError where a key repeats or a column has another length."""
    if len(set(keys)) != len(keys):
        repeated, count = Counter(keys).most_common(1)[0]
        raise ValueError(f"{what}: {repeated!r} stands there {count} times")
    for name, cells in columns:
        if len(cells) != len(keys):
            raise ValueError(f"{what}: {name!r} has {len(cells)} cells of {len(keys)} rows")


def _finite(what: str, numbers: Iterable[float | None]) -> None:
    for number in numbers:
        if number is not None and not math.isfinite(number):
            raise ValueError(f"{what} holds {number}")
