"""Rates as a table of counts, and the counting of rows by group and by crossing of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from assay.audit.errors import BadOption, nearest
from assay.audit.records import Better, Undefined
from assay.probes.group_fairness.rows import MISSING, Frame, Outcomes

Counts = Mapping[str, int]
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: the sum of the counts in `hits` over the sum of those in `base`, and the words for it.

    `verb` and `among` make the sentence "a share of the rows `among` `verb`". A conditional rate has only some rows as
    its base; `condition` names them. `compared` says whether groups are contrasted in it.
    """

    name: str
    verb: str
    among: str
    hits: tuple[str, ...]
    base: tuple[str, ...]
    better: Better = "none"
    needs_labels: bool = True
    condition: str = ""
    compared: bool = False

    def of(self, counts: Counts) -> tuple[int, int]:
        """Hits and base."""
        return sum(counts[name] for name in self.hits), sum(counts[name] for name in self.base)


ALL = ("tp", "fp", "fn", "tn")
RATES: tuple[Rate, ...] = (
    Rate("base_rate", "truly have {counted}", "", ("tp", "fn"), ALL),
    Rate("selection_rate", "get {chosen}", "", ("selected",), ("rows",), needs_labels=False, compared=True),
    Rate("accuracy", "are decided rightly", "", ("tp", "tn"), ALL, "higher", compared=True),
    Rate(
        "true_positive_rate",
        "get {chosen}",
        " that truly have {counted}",
        ("tp",),
        ("tp", "fn"),
        "higher",
        condition="rows with that true outcome",
        compared=True,
    ),
    Rate(
        "false_positive_rate",
        "get {chosen}",
        " that truly do not have {counted}",
        ("fp",),
        ("fp", "tn"),
        "lower",
        condition="rows without that true outcome",
        compared=True,
    ),
    Rate(
        "false_negative_rate",
        "do not get {chosen}",
        " that truly have {counted}",
        ("fn",),
        ("tp", "fn"),
        "lower",
        condition="rows with that true outcome",
    ),
    Rate(
        "true_negative_rate",
        "do not get {chosen}",
        " that truly do not have {counted}",
        ("tn",),
        ("fp", "tn"),
        "higher",
        condition="rows without that true outcome",
    ),
    Rate(
        "positive_predictive_value",
        "truly have {counted}",
        " that get {chosen}",
        ("tp",),
        ("tp", "fp"),
        "higher",
        condition="selected rows",
        compared=True,
    ),
    Rate(
        "negative_predictive_value",
        "truly do not have {counted}",
        " that do not get {chosen}",
        ("tn",),
        ("fn", "tn"),
        "higher",
        condition="rows not selected",
    ),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows a group needs, and how many the condition of a conditional rate needs."""

    group: int
    condition: int

    def problem(self, rate: Rate, counts: Counts) -> Undefined | None:
        """Why the rate cannot be estimated from these counts, if so."""
        base = rate.of(counts)[1]
        rows = counts["labelled"] if rate.needs_labels else counts["rows"]
        if rows < self.group:
            what = "rows with a true outcome" if rate.needs_labels and rows < counts["rows"] else "rows"
            return Undefined(f"not estimable: {rows} {what}, {self.group} needed")
        if rate.condition and base < self.condition:
            return Undefined(f"not estimable: {base} {rate.condition}, {self.condition} needed")
        return None


@dataclass(frozen=True, slots=True)
class Part:
    """The rows divided by one column or by the crossing of several: counts of each group, and the reference group.

    Without columns it is the one group of all rows. `note` says what a reader should know of the choice.
    """

    columns: tuple[str, ...]
    groups: Mapping[Group, Counts]
    reference: Group | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """The columns in words."""
        return " × ".join(self.columns) or "all rows"

    @property
    def compared(self) -> list[Group]:
        """Groups that can be compared: those whose value is known."""
        return [group for group in self.groups if MISSING not in group]

    def by(self, group: Group) -> dict[str, str]:
        """The group as labels of a metric."""
        return dict(zip(self.columns, group, strict=True))


def partitions(
    frame: Frame, outcomes: Outcomes, named: Mapping[str, str], limits: Limits, *, crossed: bool
) -> list[Part]:
    """All rows, each group column, and the crossings of every two; `named` are the reference groups by column."""
    chosen: list[tuple[str, ...]] = [(name,) for name in frame.groups]
    if crossed:
        chosen += list(combinations(frame.groups, 2))
    parts = [Part((), tally(frame, outcomes, ()))]
    for columns in chosen:
        groups = tally(frame, outcomes, columns)
        known = {group: counts["rows"] for group, counts in groups.items() if MISSING not in group}
        reference, note = _reference(columns, known, named)
        if reference is not None and known[reference] < limits.group:
            note = f"The reference group {' × '.join(reference)} has {known[reference]} rows: nothing can be compared."
        parts.append(Part(columns, groups, reference, note))
    return parts


def tally(frame: Frame, outcomes: Outcomes, columns: Sequence[str]) -> dict[Group, Counts]:
    """Counts of each group that occurs, largest first, the missing ones last."""
    keys, codes = _coded(frame, columns)
    labelled, selected, positive = outcomes.labelled, outcomes.selected, outcomes.positive
    flags: dict[str, npt.NDArray[np.bool_]] = {
        "rows": outcomes.answered,
        "selected": selected & outcomes.answered,
        "labelled": labelled,
        "tp": labelled & selected & positive,
        "fp": labelled & selected & ~positive,
        "fn": labelled & ~selected & positive,
        "tn": labelled & ~selected & ~positive,
    }
    counted = {name: np.bincount(codes[flag], minlength=len(keys)) for name, flag in flags.items()}
    found = {key: {name: int(counts[at]) for name, counts in counted.items()} for at, key in enumerate(keys)}
    return dict(sorted(found.items(), key=lambda item: (MISSING in item[0], -item[1]["rows"], item[0])))


def _coded(frame: Frame, columns: Sequence[str]) -> tuple[list[Group], npt.NDArray[np.int64]]:
    """The groups that occur, and the number of its group for each row."""
    keys: list[Group] = [()]
    codes = np.zeros(frame.rows, dtype=np.int64)
    for name in columns:
        numbers = {value: at for at, value in enumerate(dict.fromkeys(frame.groups[name]))}
        own = np.fromiter((numbers[value] for value in frame.groups[name]), dtype=np.int64, count=frame.rows)
        occurring, codes = np.unique(codes * len(numbers) + own, return_inverse=True)
        values = list(numbers)
        keys = [(*keys[code // len(values)], values[code % len(values)]) for code in occurring.tolist()]
    return keys, codes


def reference_groups(frame: Frame, references: Sequence[str]) -> dict[str, str]:
    """Reference groups by column, from `column=group`, or `group` where only one column has it. Raises BadOption."""
    named: dict[str, str] = {}
    for reference in references:
        column, sign, value = (part.strip() for part in reference.partition("="))
        if not sign:
            holding = [name for name, cells in frame.groups.items() if column in cells]
            if len(holding) != 1:
                where = "several group columns have" if holding else "no group column has"
                raise BadOption(f"reference {reference!r}: {where} such a group; write column=group")
            column, value = holding[0], column
        if column not in frame.groups:
            raise BadOption(f"reference {reference!r}: {column!r} is no group column{nearest(column, frame.groups)}")
        values = sorted(set(frame.groups[column]))
        if value not in values:
            raise BadOption(
                f"reference {reference!r}: column {column!r} has no group {value!r}{nearest(value, values)} "
                f"(groups: {', '.join(values[:20])})"
            )
        named[column] = value
    return named


def _reference(
    columns: Sequence[str], known: Mapping[Group, int], named: Mapping[str, str]
) -> tuple[Group | None, str]:
    """The named group, the largest that fits the names, or the largest of all."""
    fitting = [
        group
        for group in known
        if all(named.get(column, value) == value for column, value in zip(columns, group, strict=True))
    ]
    if not known:
        return None, f"No row has a value in {' and '.join(columns)}: nothing can be compared."
    if not fitting:
        return None, f"No row of {' × '.join(columns)} is in the reference group: nothing can be compared."
    return max(fitting, key=lambda group: known[group]), ""
