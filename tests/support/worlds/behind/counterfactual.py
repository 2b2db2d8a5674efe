"""Flips and changes of decisions where the group in a text is swapped: written sentences and own texts."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.reliability import scoring_agreement, split_half
from fairwitness.probes.bias.counterfactual.estimators import Pairs
from fairwitness.probes.bias.counterfactual.items import CONTROL, Item
from worlds.behind.rows import Case, Rng, Row
from worlds.swaps import KINDS, Layout, Spread, beyond, chances, flipping, moving, written

Found = tuple[Estimate | Undefined, float]
MILD, STRONG = Spread(0.5, 0.5, 0.5), Spread(1.0, 0.7, 0.7)
LIMIT, OVER = 0.05, 0.0501
GROUPS, FAMILIES, SENTENCES = 31, 8, 3


@cache
def layout(category: str = "", group: str = "", *, controls: bool = True) -> Layout:
    """Written pairs: all that have control pairs, or a group's (whose words are given); control pairs at the end."""
    own = [one for one in written() if one.category == category and one.group == group]
    asked = own if group else [one for one in written() if one.category != CONTROL and one.kind in KINDS]
    others = [one for one in written() if one.category == CONTROL] if controls else []
    return Layout((*asked, *others), given=bool(group))


def less_control(pairs: Layout, rate: float, extra: float, spread: Spread, rng: Rng) -> Found:
    """The flip rate less that of the controls; without `extra` both kinds of pairs flip equally often."""
    found = flipping(pairs, spread, rng, beyond(rate, extra))
    asked, controls = ([one for one in found if (one.item.category == CONTROL) == side] for side in (False, True))
    return Pairs(asked, []).flip_rate_less(Pairs(controls, [])), extra


def plain(pairs: Layout, rate: float, spread: Spread, rng: Rng) -> Found:
    """The flip rate of written pairs as it is."""
    return Pairs(flipping(pairs, spread, rng, lambda item: rate), []).flip_rate(own_texts=False), rate


@cache
def own_texts(texts: int, swaps: tuple[int, ...]) -> Layout:
    """Texts of a user's with one number of swaps after the other."""
    cells = [(at, swap) for at in range(texts) for swap in range(swaps[at % len(swaps)])]
    return Layout(tuple(Item("race", "a", "b", str(at), f"{swap}", f"{at}", f"{at} {swap}") for at, swap in cells))


def of_own(texts: int, swaps: tuple[int, ...], rate: float, spread: float, rng: Rng) -> Found:
    """The flip rate of a user's texts, which hang together text by text."""
    found = flipping(own_texts(texts, swaps), Spread(spread), rng, lambda item: rate)
    return Pairs(found, []).flip_rate(own_texts=True), rate


def size(rate: float, spread: Spread, rng: Rng) -> Found:
    """The mean size of the change."""
    pairs = layout(controls=False)
    found = moving(pairs.items, chances(pairs, spread, rng, lambda item: rate))
    return Pairs(found, []).change_size(0), rate


def size_less_control(rate: float, extra: float, spread: Spread, rng: Rng) -> Found:
    """The mean size of the change less that of the controls."""
    pairs = layout()
    found = moving(pairs.items, chances(pairs, spread, rng, beyond(rate, extra)))
    asked, controls = ([one for one in found if (one.item.category == CONTROL) == side] for side in (False, True))
    return Pairs(asked, []).change_size_less(Pairs(controls, [])), extra


def change(category: str, group: str, mean: float, families: float, rng: Rng) -> Found:
    """The mean change of a group, which families of sentences move by chance of their own."""
    pairs = layout(category, group, controls=False)
    own = rng.normal(0, families, int(pairs.families.max()) + 1)[pairs.families]
    found = moving(pairs.items, mean + own + rng.normal(0, 0.05, len(pairs.items)))
    return Pairs(found, []).change(0), mean


def halves(truth: float, rng: Rng) -> Found:
    """Reliability of 31 groups in eight families of three sentences; a group's value varies with the family."""
    noise = np.sqrt(FAMILIES * (1 / truth - 1))
    values = rng.normal(size=(GROUPS, 1)) + rng.normal(0, noise, (GROUPS, FAMILIES))
    labels = [(group, family) for group in range(GROUPS) for family in range(FAMILIES)]
    groups, families = ([one[at] for one in labels] for at in (0, 1))
    return split_half(values.ravel().tolist(), groups, families, 0), truth


def _scorings(groups: int, rng: Rng, *, skewed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Of each group the share of its 24 pairs that flips, and how far these move: a few groups far, or all alike."""
    lean = rng.normal(size=groups)
    moved = np.exp(0.5 * lean) if skewed else 3 + 0.7 * lean
    flips = rng.binomial(FAMILIES * SENTENCES, 1 / (1 + np.exp(3 - moved)))
    noise = 0.3 * rng.normal(size=groups)
    return flips / (FAMILIES * SENTENCES), 0.05 * (moved * np.exp(noise / 3) if skewed else moved + noise)


@cache
def _true_agreement(*, skewed: bool) -> float:
    return float(np.corrcoef(*_scorings(1_000_000, np.random.default_rng(0), skewed=skewed))[0, 1])


def agreement(rng: Rng, *, skewed: bool) -> Found:
    """How far both scorings of 31 groups agree."""
    first, second = (dict(enumerate(one.tolist())) for one in _scorings(GROUPS, rng, skewed=skewed))
    return scoring_agreement(first, second), _true_agreement(skewed=skewed)


def _beyond_cases() -> tuple[Case, ...]:
    found = []
    for name, spread in (("spread 0.5", MILD), ("spread 1", STRONG)):
        for rate, extra in ((0.05, 0.0), (0.2, 0.0), (0.3, 0.3)):
            found.append(Case(f"{name}, {rate}, {extra} more", partial(less_control, layout(), rate, extra, spread)))
        draw = partial(less_control, layout(), 0.1, OVER, spread)
        found.append(Case(f"{name}, 0.1, just over the limit", draw, edge=True))
    draw = partial(less_control, layout(), 0.01, OVER, MILD)
    return (*found, Case("spread 0.5, 0.01, just over the limit", draw, edge=True))


def _group_cases() -> tuple[Case, ...]:
    found = []
    for group in (("religion", "Muslim"), ("name_race", "Black"), ("gender", "women")):
        for rate, extra in ((0.2, 0.0), (0.1, 0.4)):
            spread = Spread(0.5, 0.5, 0.5)
            draw = partial(less_control, layout(*group), rate, extra, spread)
            found.append(Case(f"{group[1]}, {rate}, {extra} more", draw))
        draw = partial(less_control, layout(*group), 0.02, OVER, Spread(0.5, 0.5, 0.5))
        found.append(Case(f"{group[1]}, just over the limit", draw, edge=True))
    return tuple(found)


def _plain_cases(pairs: Layout, spread: Spread, rates: tuple[float, ...]) -> tuple[Case, ...]:
    return tuple(Case(f"{rate}", partial(plain, pairs, rate, spread)) for rate in rates)


SEVERAL = (1, 2, 5, 1, 4)
ALONE = (layout("pronoun", "women", controls=False), layout("dialect", "African American English", controls=False))

ROWS: tuple[Row, ...] = (
    Row(
        behind=("counterfactual/flip_rate_less_control",),
        estimator="difference of shares, controls mixed by kind of edit",
        situation="all written pairs; families, phrases and swaps vary with SD 0.5, and 1, 0.7, 0.7; rates 0.01 to 0.6",
        cases=_beyond_cases(),
        limit=("<=", LIMIT),
    ),
    Row(
        behind=("counterfactual/flip_rate_less_control",),
        estimator="the same, hardly a flip",
        situation="control pairs flip at a rate of 0.01, and sentences differ by an SD of 1",
        cases=(Case("just over the limit", partial(less_control, layout(), 0.01, OVER, STRONG), edge=True),),
        limit=("<=", LIMIT),
        asked=None,
    ),
    Row(
        behind=("counterfactual/flip_rate_less_control",),
        estimator="the same, of one group",
        situation="24, 120 and 144 pairs in eight families, words given; families and words of controls with SD 0.5",
        cases=_group_cases(),
        limit=("<=", LIMIT),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/flip_rate",),
        estimator="share, clustered two ways (Wilson at the effective count)",
        situation="all written pairs, rates 0.05 and 0.4, families, phrases and swaps vary with SD 0.5",
        cases=_plain_cases(layout(controls=False), MILD, (0.05, 0.4)),
    ),
    Row(
        behind=("counterfactual/flip_rate",),
        estimator="share of one group without controls",
        situation="24 pairs with pronouns in eight families, ten in dialect; families vary with SD 0.5",
        cases=(
            *(Case(f"pronouns, {rate}", partial(plain, ALONE[0], rate, Spread(0.5))) for rate in (0.1, 0.4)),
            *(Case(f"dialect, {rate}", partial(plain, ALONE[1], rate, Spread(0.5))) for rate in (0.1, 0.4)),
            *(Case("at the limit", partial(plain, one, OVER, Spread(0.5)), edge=True) for one in ALONE),
        ),
        limit=("<=", LIMIT),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/flip_rate",),
        estimator="share of own texts (Wilson at the effective count, whole texts)",
        situation="75, 100 and 200 texts of 1 to 5 swaps, texts vary with SD 1.5; rates 0.0501 and 0.2",
        cases=tuple(
            Case(f"{texts}, {rate}", partial(of_own, texts, SEVERAL, rate, 1.5), edge=rate == OVER)
            for texts in (75, 100, 200)
            for rate in (OVER, 0.2)
        ),
        limit=("<=", LIMIT),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/change_size",),
        estimator="mean, clustered two ways (t)",
        situation="all written pairs, mean 0.1 and 0.4; families, phrases, swaps and texts vary with SD 0.5",
        cases=tuple(Case(f"{mean}", partial(size, mean, Spread(0.5, 0.5, 0.5, 0.5))) for mean in (0.1, 0.4)),
    ),
    Row(
        behind=("counterfactual/change_size_less_control",),
        estimator="difference of means, controls mixed by kind of edit (t, clustered on both sides)",
        situation="all written pairs, control 0.15, nothing and 0.1 more; SD 0.5, and 1 of families",
        cases=tuple(
            Case(f"{extra} more, {families}", partial(size_less_control, 0.15, extra, Spread(families, 0.5, 0.5, 0.5)))
            for families in (0.5, 1.0)
            for extra in (0.0, 0.1)
        ),
    ),
    Row(
        behind=("counterfactual/change",),
        estimator="mean of one group (t over families)",
        situation="24 and 120 pairs in eight families, which vary with SD 0.05 and not at all",
        cases=tuple(
            Case(f"{group[1]}, {families}", partial(change, *group, 0.1, families))
            for group in (("religion", "Muslim"), ("name_race", "Black"))
            for families in (0.0, 0.05)
        ),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/split_half_reliability",),
        estimator="split halves (Spearman-Brown)",
        situation="31 groups in eight families, reliability 0.5, 0.8 and 0.95",
        cases=tuple(Case(f"{truth}", partial(halves, truth)) for truth in (0.5, 0.8, 0.95)),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/scoring_agreement",),
        estimator="correlation over groups (Fisher's z)",
        situation="31 groups of 24 pairs, normal sizes, half of the pairs flip",
        cases=(Case("31", partial(agreement, skewed=False)),),
        asked=0.92,
    ),
    Row(
        behind=("counterfactual/scoring_agreement",),
        estimator="correlation over groups (Fisher's z)",
        situation="31 groups of 24 pairs, sizes lognormal, flips few",
        cases=(Case("31", partial(agreement, skewed=True)),),
        asked=None,
    ),
)
