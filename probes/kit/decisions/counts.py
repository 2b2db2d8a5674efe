"""How the rows of a group were decided: counts by decision and true outcome, in rows, weights and people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add, sub
from typing import Any, TypeVar

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import Share
from fairwitness.audit.stats.unanswered import Ends
from fairwitness.probes.kit.decisions.categorical import Codes, Flags, Floats

TN, FP, FN, TP = range(4)
"""Places of the cells of a confusion matrix."""
LITTLE = 1e-6
"""Below it a sum of weights that should be 0 is rounding."""
T = TypeVar("T")
Group = tuple[str, ...]
DECIDED, WIDTH = 2, 6
"""Columns of tables of counts: decided rows not selected and selected, then tn, fp, fn, tp of those with a true
outcome."""
Tied = tuple["People", Share, float]
"""Another share that some of the same people are in, and the sign with which it is added to this one."""


def confusion_counts(table: Floats, *, labelled: bool = True) -> Floats:
    """A table [..., WIDTH] as tn, fp, fn, tp; without true outcomes every decided row counts as truly negative.

    >>> confusion_counts(np.array([3.0, 5.0, 1.0, 2.0, 2.0, 3.0]), labelled=False).tolist()
    [3.0, 5.0, 0.0, 0.0]
    """
    if labelled:
        return np.asarray(table[..., DECIDED:])
    decided = table[..., :DECIDED]
    return np.concatenate([decided, np.zeros_like(decided)], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of a group by rising number, with their rows: counts and sums of weights [people, WIDTH].

    `squares` [WIDTH] sums the squared weights of all rows. Only people with a decided row are in it.
    """

    codes: Codes
    rows: Floats
    sums: Floats
    squares: Floats

    def __len__(self) -> int:
        return len(self.codes)

    def __add__(self, other: People) -> People:
        """The people of both groups, each of them once."""
        codes, places = np.unique(np.concatenate([self.codes, other.codes]), return_inverse=True)
        rows, sums = np.zeros((len(codes), WIDTH)), np.zeros((len(codes), WIDTH))
        np.add.at(rows, places, np.concatenate([self.rows, other.rows]))
        np.add.at(sums, places, np.concatenate([self.sums, other.sums]))
        return People(codes, rows, sums, self.squares + other.squares)

    def __sub__(self, group: People) -> People:
        """All rows but those of a group, whose people are among these."""
        places = np.searchsorted(self.codes, group.codes)
        rows, sums = self.rows.copy(), self.sums.copy()
        rows[places] -= group.rows
        sums[places] = np.abs(sums[places] - group.sums)
        left = rows.any(axis=1)
        return People(self.codes[left], rows[left], sums[left], np.abs(self.squares - group.squares))

    @property
    def labelled(self) -> int:
        """How many have a row with a true outcome."""
        return int(self.rows[:, DECIDED:].any(axis=1).sum())

    def among(self, share: Share, *, labelled: bool) -> int:
        """How many have a row in the base of a share."""
        return int((share.of(confusion_counts(self.rows, labelled=labelled))[1] > 0).sum())

    def moments(self) -> Floats:
        """Sums over people of the products of their tn, fp, fn, tp: [4, 4]."""
        cells = self.sums[:, DECIDED:]
        return np.asarray(cells.T @ cells)

    def effective(self, share: Share, tied: Sequence[Tied], *, labelled: bool) -> tuple[float, float]:
        """Effective hits and size of a share (`stats.clustered_counts`).

        `tied` are the shares that this one is to be added to or taken from as if other people were in them: where that
        would make the error of the sum too small, this share's own is made larger by what they have in common.
        """
        hits, base = share.of(confusion_counts(self.sums, labelled=labelled))
        squares = float(share.of(confusion_counts(self.squares, labelled=labelled))[1])
        rows = float(share.of(confusion_counts(self.rows, labelled=labelled))[1].sum())
        shared = sum(self._common(hits, base, other, labelled=labelled) for other in tied)
        return stats.clustered_counts(hits, base, squares, rows, shared)

    def _common(self, hits: Floats, base: Floats, tied: Tied, *, labelled: bool) -> float:
        """What the people of both shares add to the sum of squared errors of this one; 0 where it makes sums surer."""
        other, share, sign = tied
        other_hits, other_base = share.of(confusion_counts(other.sums, labelled=labelled))
        if not base.sum() or not other_base.sum():
            return 0.0
        _, here, there = np.intersect1d(self.codes, other.codes, assume_unique=True, return_indices=True)
        errors = (hits - hits.sum() / base.sum() * base)[here]
        other_errors = (other_hits - other_hits.sum() / other_base.sum() * other_base)[there]
        return max(0.0, sign * float(errors @ other_errors)) * float(base.sum() / other_base.sum())


@dataclass(frozen=True, slots=True, eq=False)
class GroupCounts:
    """What is counted of one group.

    Arrays [WIDTH]: `rows` counts rows with a decision, `sums` and `squares` add up their weights and the squares of
    these (None where every row weighs the same). `undecided` [3] counts the rows (weights) without a decision: those
    whose true outcome is the counted one, is not, and is unknown. `people` where some people have several rows: shares
    then stand on people.
    """

    rows: Floats
    sums: Floats | None = None
    squares: Floats | None = None
    undecided: Floats | None = None
    people: People | None = None

    def __add__(self, other: GroupCounts) -> GroupCounts:
        """Both groups as one."""
        return self._with(other, add, add)

    def __sub__(self, other: GroupCounts) -> GroupCounts:
        """The rows that are not of the other group; rounding of weights may leave a little on either side of 0."""
        return self._with(other, _distance, sub)

    def _with(self, other: GroupCounts, tables: Callable[..., Any], rest: Callable[..., Any]) -> GroupCounts:
        """Both, by an operation on tables of rows with a decision and one on all else."""
        return GroupCounts(
            tables(self.rows, other.rows),
            _if_both(tables, self.sums, other.sums),
            _if_both(tables, self.squares, other.squares),
            rest(self.missing, other.missing),
            _if_both(rest, self.people, other.people),
        )

    @property
    def weights(self) -> Floats:
        """Sums of weights, or the rows where all weigh the same."""
        return self.rows if self.sums is None else self.sums

    @property
    def missing(self) -> Floats:
        """Rows (weights) without a decision: truly positive, truly negative, unknown."""
        return np.zeros(3) if self.undecided is None else self.undecided

    @property
    def decided(self) -> int:
        """Rows with a decision."""
        return int(self.rows[:DECIDED].sum())

    @property
    def labelled(self) -> int:
        """Those of them with a true outcome."""
        return int(self.rows[DECIDED:].sum())

    @property
    def size(self) -> int:
        """People, where some have several rows, else rows with a decision."""
        return self.decided if self.people is None else len(self.people)

    @property
    def plain(self) -> bool:
        """Whether every row is a person's only one and weighs the same."""
        return self.people is None and self.sums is None

    def in_base(self, share: Share, *, labelled: bool) -> int:
        """Rows (people) in the base of a share."""
        if self.people is not None:
            return self.people.among(share, labelled=labelled)
        return int(share.of(confusion_counts(self.rows, labelled=labelled))[1])

    def effective(self, share: Share, *, labelled: bool, tied: Sequence[Tied] = ()) -> tuple[float, float]:
        """Hits and base of a share; effective counts where rows have weights or people several rows.

        See `stats.effective_counts` and `stats.clustered_counts`.
        """
        if self.people is not None:
            return self.people.effective(share, tied, labelled=labelled)
        hits, base = share.of(confusion_counts(self.weights, labelled=labelled))
        if self.squares is None:
            return int(hits), int(base)
        successes, size = stats.effective_counts(
            hits, base, *share.of(confusion_counts(self.squares, labelled=labelled))
        )
        return float(successes), float(size)

    def ends(self, share: Share, *, labelled: bool = True) -> Ends | None:
        """The lowest and highest share over all that may be true of the rows of which something is not known.

        That is how rows without a decision are decided and, where the share needs true outcomes (`labelled`), what the
        true outcome is of rows that have none.

        A share is a sum of cells over a sum of cells, so it is lowest and highest where all rows of which the same is
        known lie in the same cell. None where it has no base now.
        """
        cells = confusion_counts(self.weights, labelled=labelled)
        if not share.of(tuple(cells.tolist()))[1]:
            return None
        reach = []
        for places in product(*(cells_of for cells_of, _ in self._open(labelled=labelled))):
            counts = cells.copy()
            for place, (_, rows) in zip(places, self._open(labelled=labelled), strict=True):
                counts[place] += rows
            hits, base = share.of(tuple(counts.tolist()))
            if base:
                reach.append(float(hits / base))
        return min(reach), max(reach)

    def _open(self, *, labelled: bool) -> list[tuple[tuple[int, ...], float]]:
        """Rows (weights) of which a decision or a true outcome is not known: where they may lie, and how many."""
        positives, negatives, unknown = self.missing.tolist()
        if not labelled:
            return [((TN, FP), total)] if (total := positives + negatives + unknown) else []
        decided, cells = self.weights[:DECIDED], self.weights[DECIDED:]
        refused, selected = np.maximum(decided - (cells[[TN, FP]] + cells[[FN, TP]]), 0.0).tolist()
        open_cells = [
            ((FN, TP), positives),
            ((TN, FP), negatives),
            ((TN, FN), refused),
            ((FP, TP), selected),
            ((TN, FP, FN, TP), unknown),
        ]
        return [(places, rows) for places, rows in open_cells if rows > LITTLE]


def _if_both(operation: Callable[[T, T], T], first: T | None, second: T | None) -> T | None:
    return None if first is None or second is None else operation(first, second)


def _distance(first: Floats, second: Floats) -> Floats:
    return np.abs(first - second)


def together(groups: Sequence[GroupCounts]) -> GroupCounts:
    """Several groups as one. Raises TypeError for none."""
    return reduce(add, groups)


def by_group(
    codes: Codes, groups: int, persons: Codes, cells: Sequence[tuple[Flags, Codes]], weights: Floats | None
) -> list[People]:
    """The people of every group: `codes` and `persons` number the group and the person of each row.

    `cells` says which rows have a column of the tables, and which: one entry for decisions, one for true outcomes.
    """
    size = int(persons.max(initial=0)) + 1
    pairs, places = np.unique(codes * size + persons, return_inverse=True)
    row_weights = np.ones(len(codes)) if weights is None else weights
    rows, sums, squares = (
        np.sum([_tally(places[there], column[there], power[there], len(pairs)) for there, column in cells], axis=0)
        for power in (np.ones(len(codes)), row_weights, row_weights**2)
    )
    starts = np.searchsorted(pairs, size * np.arange(groups + 1))
    made = []
    for number in range(groups):
        here = slice(starts[number], starts[number + 1])
        known = rows[here].any(axis=1)
        people = pairs[here][known] % size
        made.append(People(people, rows[here][known], sums[here][known], squares[here].sum(axis=0)))
    return made


def in_several(people: Mapping[Group, People]) -> dict[Group, tuple[Group, ...]]:
    """The other groups that people of a group have rows in, where there are any."""
    codes = np.concatenate([each.codes for each in people.values()]) if people else np.zeros(0, dtype=np.int64)
    numbers, often = np.unique(codes, return_counts=True)
    shared = {group: set(np.intersect1d(each.codes, numbers[often > 1]).tolist()) for group, each in people.items()}
    shared = {group: numbers for group, numbers in shared.items() if numbers}
    made = {}
    for group, numbers in shared.items():
        made[group] = tuple(other for other, those in shared.items() if other != group and numbers & those)
    return made


def one_row_each(people: Sequence[People], share: Share, *, labelled: bool) -> tuple[Floats, Floats]:
    """Hits and base of each of these groups where every person counts with one row, chosen by chance (one seed)."""
    rng = np.random.default_rng(0)
    counted = [share.of(confusion_counts(each.rows, labelled=labelled)) for each in people]
    group = np.repeat(np.arange(len(people)), [len(each) for each in people])
    codes = np.concatenate([each.codes for each in people])
    hits, base = (np.concatenate(column) for column in zip(*counted, strict=True))
    with np.errstate(divide="ignore"):
        chance = np.log(base) + rng.gumbel(size=len(base))
    drawn = rng.random(len(base)) * base < hits
    order = np.lexsort((-chance, codes))
    first = np.r_[True, codes[order][1:] != codes[order][:-1]][: len(order)]
    chosen = order[first]
    chosen = chosen[base[chosen] > 0]
    sizes = np.bincount(group[chosen], minlength=len(people)).astype(np.float64)
    return np.bincount(group[chosen][drawn[chosen]], minlength=len(people)).astype(np.float64), sizes


def _tally(places: Codes, columns: Codes, weights: Floats, pairs: int) -> Floats:
    counted = np.bincount(places * WIDTH + columns, weights=weights, minlength=pairs * WIDTH)
    return np.asarray(counted.reshape(pairs, WIDTH), dtype=np.float64)
