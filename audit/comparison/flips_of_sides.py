"""Whose answer is another one in every run of a side: of several runs, such as those of a training with several seeds.

One run answers otherwise than another now and then; an answer that each run of BASE gave, and none of NEW, is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairwitness.audit.comparison.types import Flip, Flips


def flips_of_sides(pairs: Sequence[Sequence[Flips]]) -> Iterator[Flips]:
    """The flips that every pair of a run of BASE and one of NEW has; `pairs` holds the flips of each such pair.

    Scores that one of the pairs does not have are left out. The answers shown are those of the first pair: on the
    other side of 0 they are of that sign in all runs, and a decision counts only where all runs of a side agree in it.
    `paired` is the least that any pair has, `lost` what no run of NEW answered, `gained` what none of BASE did.
    """
    first, *others = [{(flips.probe, flips.measure): flips for flips in pair} for pair in pairs]
    for key, flips in first.items():
        beside = [other[key] for other in others if key in other and other[key].kind == flips.kind]
        if len(beside) == len(others):
            yield _common(flips, beside)


def _common(first: Flips, others: Sequence[Flips]) -> Flips:
    known = [{flip.item: flip for flip in flips.flips} for flips in others]
    kept = [flip for flip in first.flips if all(_same(flip, other.get(flip.item), first.kind) for other in known)]
    return Flips(
        probe=first.probe,
        measure=first.measure,
        kind=first.kind,
        paired=min(flips.paired for flips in (first, *others)),
        flips=tuple(kept),
        lost=tuple(item for item in first.lost if all(item in flips.lost for flips in others)),
        gained=tuple(item for item in first.gained if all(item in flips.gained for flips in others)),
    )


def _same(flip: Flip, other: Flip | None, kind: str) -> bool:
    """Whether another pair of runs turned the same way."""
    if other is None:
        return False
    if kind == "sign":
        return (float(flip.before) > 0) == (float(other.before) > 0)
    return (flip.before, flip.after) == (other.before, other.after)
