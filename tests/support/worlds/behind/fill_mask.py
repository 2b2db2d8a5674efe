"""What words of judgement do to terms: six families of sentences by ten pairs of words, as the probe ships them.

Every group leans for itself in each family (SD 0.2 nats) and with each pair of words (0.5), as in a real model; every
sentence adds noise (0.3), and the reference, which stands against all groups of a category, its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import two_way_clustered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value
from fairwitness.probes.bias.fill_mask.items import Clue
from fairwitness.probes.bias.fill_mask.metrics import clue_accuracy
from fairwitness.probes.bias.fill_mask.result import estimate_of, largest
from fairwitness.probes.bias.fill_mask.scores import ClueScore
from fairwitness.probes.kit.blanks import Blank
from worlds.behind.rows import Case, Draw, Rng, Row

FAMILIES, PAIRS, GROUPS = 6, 10, 25
LIMIT = 0.69
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """SD of what a family, a pair of words and a single sentence add to a group, in nats."""

    family: float = 0.2
    pair: float = 0.5
    cell: float = 0.3

    def draw(self, true: Floats, rng: Rng) -> Floats:
        """Values [groups, families, pairs] of groups with these true leans."""
        groups = len(true)
        reference = rng.normal(0, self.cell, (1, FAMILIES, PAIRS))
        preferences = rng.normal(0, self.family, (groups, FAMILIES, 1)) + rng.normal(0, self.pair, (groups, 1, PAIRS))
        return true[:, None, None] + preferences + rng.normal(0, self.cell, (groups, FAMILIES, PAIRS)) + reference


def _values(grid: Floats, name: str = "") -> list[Value]:
    return [Value(str(f), f"{name}{p}", float(grid[f, p])) for f in range(FAMILIES) for p in range(grid.shape[1])]


def _known(value: TwoWayClustered | Undefined) -> TwoWayClustered:
    assert isinstance(value, TwoWayClustered), value
    return value


def _largest(true: Sequence[float]) -> Draw:
    preferences = np.array(true)

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        groups = [_known(two_way_clustered.mean(_values(own))) for own in Spread().draw(preferences, rng)]
        return largest(groups), float(np.abs(preferences).max())

    return draw


def _group(lean: float, spread: Spread) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        [own] = spread.draw(np.array([lean]), rng)
        return estimate_of(two_way_clustered.mean(_values(own))), lean

    return draw


def _category(lean: float, groups: int) -> Draw:
    """The mean over the groups of a category, whose words of judgement pull at all of them alike in part."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        own = Spread().draw(np.full(groups, lean), rng).mean(axis=0) + rng.normal(0, 0.3, (1, PAIRS))
        return estimate_of(two_way_clustered.mean(_values(own))), lean

    return draw


def _beyond_control(size: float) -> Draw:
    """A mean of variances beyond that of control words, which stand in the same families of sentences."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        families = rng.normal(0, 0.2, (FAMILIES, 1))
        own, bare = (
            np.abs(families + rng.normal(0, 0.4, (1, pairs)) + rng.normal(0, 0.3, (FAMILIES, pairs)))
            for pairs in (PAIRS, 4)
        )
        return estimate_of(two_way_clustered.difference(_values(own + size), _values(bare, "control "))), size

    return draw


def _changed(rate: float) -> Draw:
    """The share of the likeliest words that change, of ten at each place."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        chances = np.clip(rate + rng.normal(0, 0.05, (FAMILIES, 1)) + rng.normal(0, 0.05, (1, PAIRS)), 0, 1)
        return estimate_of(two_way_clustered.mean(_values(rng.binomial(10, chances) / 10)), (0, 1)), rate

    return draw


def _clues(rate: float) -> Draw:
    """The share of comparisons right, of 28 clues against four other groups."""

    clues = [Clue("religion", "own", Blank(str(at), "", ()), Blank("", "", ())) for at in range(28)]

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        hits = rng.random((28, 4)) < rng.beta(8 * rate, 8 * (1 - rate), (28, 1))
        pointed = [
            ClueScore(clue, {"own": 0.5, **{str(at): float(not hit) for at, hit in enumerate(own)}})
            for clue, own in zip(clues, hits, strict=True)
        ]
        return clue_accuracy(pointed), rate

    return draw


def _one(lean: float) -> list[float]:
    return [lean, *[0.0] * (GROUPS - 1)]


ROWS: tuple[Row, ...] = (
    Row(
        behind=("fill_mask/largest_lpbs",),
        estimator="largest size of 25 groups, t clustered two ways, simultaneous",
        situation="one group at 0.6905, all groups at it, one at 1.4",
        cases=(
            Case("one", _largest(_one(LIMIT + 0.0005)), edge=True),
            Case("all", _largest([LIMIT + 0.0005] * GROUPS), edge=True),
            Case("1.4", _largest(_one(1.4))),
        ),
        limit=("<=", LIMIT),
    ),
    Row(
        behind=("fill_mask/largest_lpbs",),
        estimator="largest size of 25 groups, t clustered two ways, simultaneous",
        situation="no group leans",
        cases=(Case("none", _largest([0.0] * GROUPS)),),
    ),
    Row(
        behind=("fill_mask/group_lpbs", "fill_mask/group_ilps"),
        estimator="mean of families and pairs of words, t clustered two ways",
        situation="6 families by 10 pairs: both vary, families more, pairs alone, neither; leans of 0 and 0.7",
        cases=tuple(
            Case(f"{spread} {lean}", _group(lean, spread))
            for spread in (Spread(), Spread(0.5, 0.2), Spread(0.0, 0.5), Spread(0.0, 0.0))
            for lean in (0.0, 0.7)
        ),
        asked=0.92,
    ),
    Row(
        behind=("fill_mask/lpbs", "fill_mask/lpbs_equal_tokens", "fill_mask/lpbs_per_token", "fill_mask/interaction"),
        estimator="mean over groups, then families and pairs of words, t clustered two ways",
        situation="two and five groups, leans of 0 and 0.5",
        cases=tuple(Case(f"{groups} {lean}", _category(lean, groups)) for groups in (2, 5) for lean in (0.0, 0.5)),
        asked=0.92,
    ),
    Row(
        behind=("fill_mask/cbs_less_control", "fill_mask/changed_fills_less_control"),
        estimator="difference of means in the same families, t clustered two ways",
        situation="skewed values (sizes of normal ones), 10 pairs and 4 of control, 0 and 0.3 beyond it",
        cases=tuple(Case(str(size), _beyond_control(size)) for size in (0.0, 0.3)),
        asked=0.92,
    ),
    Row(
        behind=("fill_mask/cbs", "fill_mask/changed_fills"),
        estimator="mean of families and pairs of words, t clustered two ways",
        situation="shares of ten words that change, 0.1, 0.5 and 0.9",
        cases=tuple(Case(str(rate), _changed(rate)) for rate in (0.1, 0.5, 0.9)),
        asked=0.92,
    ),
    Row(
        behind=("fill_mask/clue_accuracy",),
        estimator="share of comparisons, Wilson at the effective count of sentences",
        situation="28 sentences, four comparisons each that hang together, shares of 0.6, 0.8 and 0.95",
        cases=tuple(Case(str(rate), _clues(rate)) for rate in (0.6, 0.8, 0.95)),
        asked=0.92,
    ),
)  # fmt: skip
