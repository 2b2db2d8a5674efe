"""Shares of yes-or-no answers: texts, completions, pronouns, sentences and questions of which none is at fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.stats.crossed import shares
from fairwitness.audit.stats.crossed.clustered import Share as ShareOfClusters
from fairwitness.audit.stats.crossed.clustered import share_by_label
from fairwitness.audit.stats.crossed.shares import Side
from fairwitness.probes.bias.bbq import intervals, scores
from fairwitness.probes.bias.bbq.scores import ScoreFunction, Tally
from fairwitness.probes.kit.completions.shares import Unit, independent_gaps, paired_gap
from fairwitness.probes.kit.sentences.pairs import Pair
from fairwitness.probes.kit.sentences.preference import preferred
from fairwitness.probes.kit.sentences.scores import ScoredPair
from samples.deciding import Found, Sample, passed

CATEGORIES, TEMPLATES = 11, 25
"""Those of BBQ, and about how many families of templates each category has."""
GROUPS = 31
"""Groups that the written sentences of counterfactual swap."""
SENTENCES = 3
"""Sentences of each family."""
SWAPPED = {"adjective": 27, "noun": 6, "frequent names": 7, "rare name": 5}
CONTROLS = {"adjective": 14, "noun": 6, "frequent names": 6, "rare name": 8}
"""Swaps of each kind in each of them, of the group and within one group."""
TERMS = 24
"""Terms of either group in HONEST, of which about four stand in each sentence that is asked."""
CONTINUATIONS = 4
"""Of each prompt that asks for personal data."""
SEEDS = range(20)


def texts(rule: str, unit: str = "texts") -> tuple[Sample, ...]:
    """Own texts of which none is known by heart."""
    return (Sample(unit, lambda size: passed(rule, [stats.proportion(0, size)])),)


def found_marks(rule: str) -> tuple[Sample, ...]:
    """Marked texts of which all are found."""
    return (Sample("marked texts", lambda size: passed(rule, [stats.exact_proportion(size, size)])),)


def unmarked(rule: str, shipped: str = "", default: int = 0) -> tuple[Sample, ...]:
    """Unmarked texts of which none is called marked."""

    def passes(size: int) -> int:
        return passed(rule, [stats.exact_proportion(0, size)])

    return (Sample("unmarked texts", passes, shipped, default) if shipped else Sample("unmarked texts", passes),)


def prompts(rule: str) -> tuple[Sample, ...]:
    """Prompts after which none of four continuations holds a value of the user's list."""

    def passes(size: int) -> int:
        clusters = [place for place in range(size) for _ in range(CONTINUATIONS)]
        return passed(rule, [stats.share([0.0] * len(clusters), clusters, whole_clusters=True)])

    return (Sample("prompts", passes, "215 prompts", 215),)


def swapped_texts(rule: str) -> tuple[Sample, ...]:
    """Own texts of which none is decided otherwise, each swapped once."""

    def passes(size: int) -> int:
        return passed(rule, [stats.share([0.0] * size, range(size), whole_clusters=True)])

    return (Sample("texts", passes),)


def swapped_sentences(rule: str, groups: int) -> tuple[Sample, ...]:
    """Families of three written sentences and their control swaps, in which no swap changes a decision.

    All swaps of words are judged together, or (`groups` above 1) one adjective of each group by itself.
    """

    def cells(families: int, swaps: Mapping[str, int]) -> list[tuple[int, str, str]]:
        kinds = [(kind, f"{kind} {who}") for kind, count in swaps.items() for who in range(count)]
        return [(one, kind, who) for one in range(families) for kind, who in kinds for _ in range(SENTENCES)]

    def less(families: int, swaps: Mapping[str, int]) -> Found:
        own = cells(families, swaps)
        other = cells(families, {kind: CONTROLS[kind] for kind in swaps})
        (first, kinds, who), (second, control_kinds, words) = (zip(*side, strict=True) for side in (own, other))
        ties = (first, who) if sum(swaps.values()) > 1 else first
        hits = ([0.0] * len(own), [0.0] * len(other))
        return stats.share_difference(*hits, ties, (second, words), strata=(kinds, control_kinds))

    def passes(size: int) -> int:
        if groups == 1:
            return passed(rule, [less(size, SWAPPED)], null=0.0)
        return passed(rule, [less(size, {"adjective": 1})] * groups, null=0.0)

    return (Sample("families of three sentences", passes, "8 families", 8, most=1_000),)


def _fair(rng: np.random.Generator | None, size: int) -> np.ndarray:
    return np.ones(size) if rng is None else (rng.random(size) < 0.75).astype(float)


def _side(values: np.ndarray, first: Sequence[int], second: Sequence[int]) -> Side:
    centres = np.full(len(values), values.mean())
    return Side(values, np.ones(len(values)), centres, (list(first), list(second)))


def _gap(first: Sequence[int], second: Sequence[int], rng: np.random.Generator | None) -> Found:
    one, other = (_side(_fair(rng, len(first)), first, second) for _ in "12")
    return shares.gap(one, other)


Gaps = Callable[[int, np.random.Generator | None], Sequence[Found]]


def _able(unit: str, rule: str, gaps: Gaps, data: str, default: int, asked: str, most: int = 200) -> tuple[Sample, ...]:
    """Readers who are always right, and such that are right in three of four as a coin falls."""

    def right(size: int) -> int:
        return passed(rule, gaps(size, None), null=0.0, asked=asked)

    def chance(size: int) -> int:
        worlds = (gaps(size, np.random.default_rng([seed, size])) for seed in SEEDS)
        return sum(passed(rule, found, null=0.0, asked=asked) for found in worlds)

    return (
        Sample(unit, right, data, default, most=most),
        Sample("right in three of four", chance, data, default, most=most, worlds=len(SEEDS), quick=False),
    )


def winobias(rule: str, types: int) -> tuple[Sample, ...]:
    """Occupations of either gender, each with each in both orders; `types` types of sentence are judged."""

    def gaps(size: int, rng: np.random.Generator | None) -> Sequence[Found]:
        cells = [(a, b) for a in range(size) for b in range(size)] * (4 // types)
        return [_gap([a for a, _ in cells], [b for _, b in cells], rng) for _ in range(types)]

    unit = "occupations of either gender in `winobias`"
    return _able(unit, rule, gaps, "20 and 20 (1,584 pairs)", 20, "winobias", most=40)


def winogender(rule: str) -> tuple[Sample, ...]:
    """Occupations in two sentences, each with a participant of its own kind and with "someone"."""

    def gaps(size: int, rng: np.random.Generator | None) -> Sequence[Found]:
        jobs = [job for job in range(size) for _ in range(4)]
        others = [job // 2 + 1 if at % 2 else 0 for job in range(size) for at in range(4)]
        return [_gap(jobs, others, rng)]

    unit = "occupations in `winogender`"
    return _able(unit, rule, gaps, "60 (240 pairs)", 60, "winogender")


def real_texts(rule: str) -> tuple[Sample, ...]:
    """Texts with a pronoun of either gender."""

    def passes(size: int, share: float) -> int:
        return passed(rule, [stats.difference(round(share * size), size, round(share * size), size)], null=0.0)

    data, default = "about 890 of each", 890
    return (
        Sample("texts of either gender", lambda size: passes(size, 1), data, default),
        Sample("right in three of four", lambda size: passes(size, 0.75), data, default, step=4),
    )


def bug(rule: str) -> tuple[Sample, ...]:
    """Sentences with feminine pronouns of either kind, three times as many with masculine ones, each a profession."""

    def gaps(size: int, rng: np.random.Generator | None) -> Sequence[Found]:
        weights = np.array([0.5 / size] * size + [0.5 / (3 * size)] * 3 * size)
        sides = []
        for _ in "12":
            values = _fair(rng, 4 * size)
            centres = np.repeat([values[:size].mean(), values[size:].mean()], [size, 3 * size])
            names = list(range(4 * size))
            sides.append(Side(values, weights, centres, (names, names), [name < size for name in names]))
        return [shares.gap(*sides)]

    return _able("sentences with feminine pronouns of either kind", rule, gaps, "46 and 62", 46, "bug")


def _units(group: str, sentences: int, terms: int, texts: int) -> list[Unit]:
    """Harmless texts: `texts` about each of so many terms in every sentence, the terms by turns."""
    cells = [(one, (terms * one + at) % TERMS) for one in range(sentences) for at in range(terms)]
    return [Unit(group, 0.0, f"sentence {one}", f"{group} {two}") for one, two in cells for _ in range(texts)]


def completions(rule: str, texts: int, parts: int, data: str, default: int) -> tuple[Sample, ...]:
    """Sentences about four terms of either group, so many harmless texts each; each of `parts` types is judged."""

    def passes(size: int) -> int:
        units = [*_units("a", size, 4, texts), *_units("b", size, 4, texts)]
        return passed(rule, [paired_gap(units, [], "a", "b")] * parts, null=0.0)

    return (Sample("sentences with four terms of either group", passes, data, default, step=2, most=200),)


def continuations(rule: str) -> tuple[Sample, ...]:
    """People of two groups and of four, one beginning and two harmless texts each."""

    def passes(size: int) -> int:
        found = []
        for names in ("ab", "abcd"):
            units = [Unit(name, 0.0, "", f"{name} {at}") for name in names for at in range(size) for _ in "12"]
            found.append(independent_gaps(units, [], names[1:], names[0]))
        return int(all(passed(rule, [one], null=0.0) for some in found for one in some))

    return (Sample("people a group", passes, "about 150", 150),)


def sentences(rule: str, categories: int, data: str, default: int) -> tuple[Sample, ...]:
    """Pairs of sentences of which exactly half are preferred, each of words of its own."""

    def passes(size: int) -> int:
        pairs = [ScoredPair(Pair(at, "", ""), {"sum": (float(at % 2), 0.5)}, (1, 1), (1, 1)) for at in range(size)]
        return passed(rule, [preferred(pairs, "sum")] * categories, null=50.0)

    return (Sample("pairs of other words each", passes, data, default, step=2),)


def target_terms(rule: str, categories: int, data: str, default: int) -> tuple[Sample, ...]:
    """Terms of 26 sentences each, preferred as a coin falls."""

    def passes(size: int) -> int:
        good = 0
        for seed in SEEDS:
            rng = np.random.default_rng([seed, size])
            values = (rng.random(26 * size) < 0.5).astype(float).tolist()
            share = share_by_label(values, [at // 26 for at in range(26 * size)])
            found = share.estimate() if isinstance(share, ShareOfClusters) else share
            good += passed(rule, [found] * categories, null=50.0)
        return good

    return (Sample("terms in `stereoset`", passes, data, default, step=1, most=200, worlds=len(SEEDS)),)


def _tally(stories: int, categories: int) -> Tally:
    """Stories of four questions, evenly over 25 templates, every one answered rightly."""
    tally, count = Tally(), min(TEMPLATES, stories)
    for template in range(count):
        own = stories // count + (template < stories % count)
        row = np.zeros(scores.PARTS)
        row[[scores.ASKED, scores.RIGHT, scores.OPEN]] = 2 * own
        row[[scores.DISAMBIGUATED + at for at in (scores.ASKED, scores.RIGHT, scores.KNOWN)]] = 2 * own
        row[[scores.DISAMBIGUATED + scores.BIASED, *range(scores.FITTING, scores.CONTRARY_NAMED + 1)]] = own
        row[scores.NAMED] = 2 * own
        for category in range(categories):
            tally.clusters[f"{category}", f"{category} {template}"] = row
    return tally


BOTH = (scores.s_amb, scores.s_dis)


def questions(rule: str, statistics: Sequence[ScoreFunction], *, overall: bool) -> tuple[Sample, ...]:
    """Questions a category, all of them answered rightly."""

    def passes(size: int) -> int:
        tally = _tally(size // 4, CATEGORIES)
        if overall:
            return passed(rule, [intervals.overall(tally, one) for one in statistics], null=0.0)
        found = [intervals.of_category(tally, one, "0") for one in statistics]
        return passed(rule, found * CATEGORIES, null=0.0)

    return (Sample("questions a category", passes, "about 180", 180, step=4),)
