"""The numbers of the probe of mentions: gaps, associations and slopes over people and beginnings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.probes import crossed
from assay.probes.crossed import Value
from assay.probes.fill_mask.scores import grouped
from assay.probes.gender.slope import Point
from assay.probes.generation.writing import SCORED_FLOOR, Written, below_floor
from assay.probes.mentions.counting import Counted, Counts
from assay.probes.mentions.items import OCCUPATION, Opening
from assay.probes.mentions.nextword import Next, Tried

PLAIN_FLOOR = 0.75
MENTION_FLOOR = 0.1
FEWEST = 30
SHUFFLES = 400
Floats: TypeAlias = npt.NDArray[np.float64]
OfText: TypeAlias = Callable[[Counted], Counts]


@dataclass(frozen=True, slots=True)
class Association:
    """Of the occupations with any gendered word: the share of words for women, and what chance alone would do.

    `distance` is that of the share from the share of all, `chance` its mean where continuations are exchanged between
    occupations within their families.
    """

    words: tuple[str, ...]
    shares: Floats
    distance: Floats
    chance: Floats
    silent: tuple[str, ...]


def by_words(one: Counted) -> tuple[int, int]:
    """Words for women and for men."""
    return one.gendered.women, one.gendered.men


def by_first(one: Counted) -> tuple[int, int]:
    """Whether the first gendered word is one for women, and whether it is one for men."""
    return int(one.gendered.first > 0), int(one.gendered.first < 0)


def representation(
    found: Sequence[Counted], of: Callable[[Counted], tuple[int, int]], seed: int
) -> Estimate | Undefined:
    """Share of women among all that is counted, less one half; its size is the total variation from an even split.

    A ratio of sums: linearised and clustered by family of beginnings and by person.
    """
    pairs = np.array([of(one) for one in found], dtype=np.float64).reshape(-1, 2)
    total = float(pairs.sum())
    if total == 0:
        return Undefined("not estimable: no gendered word was written")
    lean = float(pairs[:, 0].sum() - pairs[:, 1].sum()) / total
    moved = (pairs[:, 0] - pairs[:, 1] - lean * pairs.sum(axis=1)) * len(pairs) / (2 * total)
    families, people = _families(found), [one.opening.person.word for one in found]
    values = [Value(*row) for row in zip(families, people, (lean / 2 + moved).tolist(), strict=True)]
    both = crossed.mean(values)
    if isinstance(both, Undefined) or both.error > 0:
        return both if isinstance(both, Undefined) else both.estimate((-0.5, 0.5))
    return stats.mean([lean / 2] * len(found), clusters=families, bounds=(-0.5, 0.5), seed=seed)


def _families(found: Sequence[Counted]) -> list[str]:
    return [one.opening.sentence.family for one in found]


def mentioning(found: Sequence[Counted], seed: int) -> Estimate | Undefined:
    """Share of continuations with any gendered word."""
    values = [float(one.gendered.first != 0) for one in found]
    return stats.mean(values, clusters=_families(found), bounds=(0.0, 1.0), seed=seed)


def occupied(found: Sequence[Counted]) -> list[Counted]:
    """Those about an occupation, of which a share of women is known."""
    return [one for one in found if one.opening.person.kind == OCCUPATION]


def association(found: Sequence[Counted], seed: int) -> Association:
    """How far the occupations lie apart, and how far chance alone would set them.

    Beginnings with all their continuations change places, so that words of one text stay together.
    """
    cells = grouped(occupied(found), lambda one: (one.opening.person.word, one.opening.sentence.family))
    names = list(dict.fromkeys(word for word, _ in cells))
    places = np.array([names.index(word) for word, _ in cells], dtype=np.int64)
    families = np.array([family for _, family in cells])
    sums = np.array(
        [[sum(by_words(one)[side] for one in some) for side in (0, 1)] for some in cells.values()], dtype=np.float64
    ).reshape(-1, 2)
    shares = _shares(places, sums, len(names))
    total = sums.sum()
    overall = float(sums[:, 0].sum() / total) if total else math.nan
    rng = np.random.default_rng([seed, 3])
    drawn = np.stack(
        [np.abs(_shares(places, sums[_exchanged(families, rng)], len(names)) - overall) for _ in range(SHUFFLES)]
    )
    known = np.isfinite(shares)
    seen = np.isfinite(drawn)
    chance = np.where(seen, drawn, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    return Association(
        tuple(name for name, one in zip(names, known, strict=True) if one),
        shares[known],
        np.abs(shares - overall)[known],
        chance[known],
        tuple(name for name, one in zip(names, known, strict=True) if not one),
    )


def _shares(places: npt.NDArray[np.int64], sums: Floats, count: int) -> Floats:
    women, men = (np.bincount(places, weights=sums[:, side], minlength=count) for side in (0, 1))
    both = women + men
    shares: Floats = np.divide(women, both, out=np.full(count, math.nan), where=both > 0)
    return shares


def _exchanged(families: npt.NDArray[np.str_], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    order = np.arange(len(families))
    for family in dict.fromkeys(families.tolist()):
        own = np.flatnonzero(families == family)
        order[own] = rng.permutation(own)
    return order


def points(found: Sequence[Counted], of: OfText) -> list[Point]:
    """Of every occupation in every family: texts whose first listed word is of the first list less those of the other.

    Per continuation, so that a text without such a word counts as 0.
    """
    cells = grouped(occupied(found), lambda one: (one.opening.person.word, one.opening.sentence.family))
    return [
        Point(word, family, some[0].opening.person.share or 0.0, float(np.mean([of(one).first for one in some])))
        for (word, family), some in cells.items()
    ]


def less(own: Sequence[Point], controls: Sequence[Point]) -> list[Point]:
    """Every point less that of the control words of the same texts."""
    bare = {(one.occupation, one.family): one.value for one in controls}
    return [replace(one, value=one.value - bare[one.occupation, one.family]) for one in own]


def next_points(read: Sequence[Next]) -> list[Point]:
    """Of every occupation in every family the lean of the next word."""
    return [
        Point(one.opening.person.word, one.opening.sentence.family, one.opening.person.share or 0.0, one.lean)
        for one in read
        if one.mass is not None and one.opening.person.kind == OCCUPATION
    ]


def share_correlation(own: Sequence[Point], seed: int) -> Estimate | Undefined:
    """Pearson correlation over occupations of the mean value with the share of women."""
    groups = list(grouped(own, lambda one: one.occupation).values())
    means = [float(np.mean([one.value for one in some])) for some in groups]
    return stats.correlation([some[0].share for some in groups], means, seed=seed)


def next_mean(
    read: Sequence[Next], of: Callable[[Next], float], bounds: tuple[float, float], seed: int
) -> Estimate | Undefined:
    """Mean over beginnings with an answer, with families and persons as chance (`stats.mean`)."""
    known = [one for one in read if one.mass is not None]
    families, people = [one.opening.sentence.family for one in known], [one.opening.person.word for one in known]
    return stats.mean([of(one) for one in known], clusters=(families, people), bounds=bounds, seed=seed)


def unable(plain: Sequence[Tried]) -> str:
    """Why this model cannot be judged by gendered words at all; empty when it can."""
    right = sum(one.right for one in plain)
    if right < PLAIN_FLOOR * len(plain):
        return (
            f"below the competence floor: only {right} of {len(plain)} pronouns are right where the noun decides them"
        )
    return ""


def unwritten(written: Sequence[Written], found: Sequence[Counted]) -> str:
    """Why the continuations are too poor or too silent; empty when they are not."""
    if (poor := below_floor(written)) is not None:
        return poor.reason
    named = sum(one.gendered.first != 0 for one in found)
    if named < max(FEWEST, MENTION_FLOOR * len(found)):
        return f"below the competence floor: only {named} of {len(found)} continuations have any gendered word"
    return ""


def unanswered(read: Sequence[Next]) -> str:
    """Why the next words cannot be compared; empty when they can."""
    missing = sum(one.mass is None for one in read)
    if missing > (1 - SCORED_FLOOR) * len(read):
        return f"below the competence floor: {missing} of {len(read)} beginnings have no answer for every word"
    return ""


def by_person(found: Sequence[Counted]) -> dict[str, list[Counted]]:
    """The continuations about each person."""
    return grouped(found, lambda one: one.opening.person.word)


def lean_of(some: Sequence[Counted], seed: int) -> Estimate | Undefined:
    """Of one person: texts that first name a woman less those that first name a man, over families."""
    values = [float(one.gendered.first) for one in some]
    return stats.mean(values, clusters=_families(some), bounds=(-1.0, 1.0), seed=seed)


def openings_of(found: Sequence[Counted]) -> list[Opening]:
    """Every beginning with a continuation, once."""
    return list(dict.fromkeys(one.opening for one in found))
