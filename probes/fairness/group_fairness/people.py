"""Rows of one person: several rows of one id tell less than as many people, so people are what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.metrics import Share
from fairwitness.probes.fairness.group_fairness.cells import Codes, Flags, Floats

DECIDED, WIDTH = 2, 6
"""Columns of the tables: decided rows not selected and selected, then tn, fp, fn, tp of those with a true outcome."""
Group = tuple[str, ...]
Tied = tuple["People", Share, float]
"""Another share that some of the same people are in, and the sign with which it is added to this one."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of a group by number, rising, with their rows: counts and sums of weights [people, WIDTH].

    `squares` [WIDTH] sums the squared weights of all rows. Only people with a decided row are in it.
    """

    codes: Codes
    rows: Floats
    sums: Floats
    squares: Floats

    @property
    def decided(self) -> int:
        """How many people there are."""
        return len(self.codes)

    @property
    def labelled(self) -> int:
        """How many have a row with a true outcome."""
        return int(self.rows[:, DECIDED:].any(axis=1).sum())

    def among(self, share: Share, *, labelled: bool) -> int:
        """How many have a row in the base of a share."""
        return int((share.of(_cells(self.rows, labelled=labelled))[1] > 0).sum())

    def moments(self) -> Floats:
        """Sums over people of the products of their tn, fp, fn, tp: [4, 4]."""
        cells = self.sums[:, DECIDED:]
        return np.asarray(cells.T @ cells)

    def counted(self, share: Share, tied: Sequence[Tied], *, labelled: bool) -> tuple[float, float]:
        """Effective hits and size of a share (`stats.clustered_counts`).

        `tied` are the shares that this one is to be added to or taken from as if other people were in them: where that
        would make the error of the sum too small, this share's own is made larger by what they have in common.
        """
        hits, base = share.of(_cells(self.sums, labelled=labelled))
        squares = float(share.of(_cells(self.squares, labelled=labelled))[1])
        rows = float(share.of(_cells(self.rows, labelled=labelled))[1].sum())
        shared = sum(self._common(hits, base, other, labelled=labelled) for other in tied)
        return stats.clustered_counts(hits, base, squares, rows, shared)

    def _common(self, hits: Floats, base: Floats, tied: Tied, *, labelled: bool) -> float:
        """What the people of both shares add to the sum of squared errors of this one; 0 where it makes sums surer."""
        other, theirs_too, sign = tied
        their_hits, their_base = theirs_too.of(_cells(other.sums, labelled=labelled))
        if not base.sum() or not their_base.sum():
            return 0.0
        _, own, theirs = np.intersect1d(self.codes, other.codes, assume_unique=True, return_indices=True)
        mine = (hits - hits.sum() / base.sum() * base)[own]
        others = (their_hits - their_hits.sum() / their_base.sum() * their_base)[theirs]
        return max(0.0, sign * float(mine @ others)) * float(base.sum() / their_base.sum())

    def without(self, group: People) -> People:
        """All rows but those of a group, whose people are among these."""
        at = np.searchsorted(self.codes, group.codes)
        rows, sums = self.rows.copy(), self.sums.copy()
        rows[at] -= group.rows
        sums[at] = np.abs(sums[at] - group.sums)
        left = rows.any(axis=1)
        return People(self.codes[left], rows[left], sums[left], np.abs(self.squares - group.squares))


def by_group(
    keys: Sequence[Group], codes: Codes, persons: Codes, cells: Sequence[tuple[Flags, Codes]], weights: Floats | None
) -> dict[Group, People]:
    """The people of every group: `codes` and `persons` number the group and the person of each row.

    `cells` says which rows have a column of the tables, and which: one entry for decisions, one for true outcomes.
    """
    size = int(persons.max(initial=0)) + 1
    pairs, at = np.unique(codes * size + persons, return_inverse=True)
    own = np.ones(len(codes)) if weights is None else weights
    rows, sums, squares = (
        np.sum([_tally(at[there], column[there], power[there], len(pairs)) for there, column in cells], axis=0)
        for power in (np.ones(len(codes)), own, own**2)
    )
    starts = np.searchsorted(pairs, size * np.arange(len(keys) + 1))
    found = {}
    for number, key in enumerate(keys):
        here = slice(starts[number], starts[number + 1])
        known = rows[here].any(axis=1)
        people = pairs[here][known] % size
        found[key] = People(people, rows[here][known], sums[here][known], squares[here].sum(axis=0))
    return found


def merged(members: Sequence[People]) -> People:
    """The people of several groups, each of them once."""
    codes, at = np.unique(np.concatenate([one.codes for one in members]), return_inverse=True)
    rows, sums = np.zeros((len(codes), WIDTH)), np.zeros((len(codes), WIDTH))
    np.add.at(rows, at, np.concatenate([one.rows for one in members]))
    np.add.at(sums, at, np.concatenate([one.sums for one in members]))
    return People(codes, rows, sums, np.sum([one.squares for one in members], axis=0))


def in_several(people: Mapping[Group, People]) -> dict[Group, tuple[Group, ...]]:
    """The other groups that people of a group have rows in, where there are any."""
    codes = np.concatenate([one.codes for one in people.values()]) if people else np.zeros(0, dtype=np.int64)
    numbers, often = np.unique(codes, return_counts=True)
    twice = numbers[often > 1]
    there = {group: set(np.intersect1d(one.codes, twice).tolist()) for group, one in people.items()}
    there = {group: codes for group, codes in there.items() if codes}
    found = {}
    for group, own in there.items():
        found[group] = tuple(other for other, theirs in there.items() if other != group and own & theirs)
    return found


def one_row_each(people: Sequence[People], share: Share, *, labelled: bool) -> tuple[Floats, Floats]:
    """Hits and base of each of these groups where every person counts with one row, chosen by chance (one seed)."""
    rng = np.random.default_rng(0)
    counted = [share.of(_cells(one.rows, labelled=labelled)) for one in people]
    group = np.repeat(np.arange(len(people)), [len(one.codes) for one in people])
    codes = np.concatenate([one.codes for one in people])
    hits, base = (np.concatenate([one[at] for one in counted]) for at in (0, 1))
    with np.errstate(divide="ignore"):
        chance = np.log(base) + rng.gumbel(size=len(base))
    drawn = rng.random(len(base)) * base < hits
    order = np.lexsort((-chance, codes))
    first = np.r_[True, codes[order][1:] != codes[order][:-1]][: len(order)]
    chosen = order[first]
    chosen = chosen[base[chosen] > 0]
    of = np.bincount(group[chosen], minlength=len(people)).astype(np.float64)
    hit = np.bincount(group[chosen][drawn[chosen]], minlength=len(people)).astype(np.float64)
    return hit, of


def _tally(at: Codes, columns: Codes, weights: Floats, pairs: int) -> Floats:
    counted = np.bincount(at * WIDTH + columns, weights=weights, minlength=pairs * WIDTH)
    return np.asarray(counted.reshape(pairs, WIDTH), dtype=np.float64)


def _cells(table: Floats, *, labelled: bool) -> Floats:
    """The table as tn, fp, fn, tp; without true outcomes every decided row counts as truly negative."""
    if labelled:
        return np.asarray(table[..., DECIDED:])
    decided = table[..., :DECIDED]
    return np.concatenate([decided, np.zeros_like(decided)], axis=-1)
