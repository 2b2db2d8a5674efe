"""Pairs that exchange the same words are no independent witnesses: what they exchange, and what intervals do then."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, t

import proof
from fairwitness.audit import stats
from fairwitness.audit.datasets import find
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.clusters import two_way_error
from fairwitness.audit.stats.crossed import clustered
from fairwitness.audit.stats.crossed.clustered import Share, clustered_share, share_by_label
from fairwitness.probes.bias.crows_pairs import probe as crows_pairs
from fairwitness.probes.bias.stereoset import probe as stereoset
from fairwitness.probes.bias.stereoset.items import PARTS, read_items
from fairwitness.probes.kit.sentences import preference
from fairwitness.probes.kit.sentences.control_adjusted import control_adjusted_score, control_score
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, exchanged, our_pairs, read_pairs
from organisms import table
from worlds.exchanges import AGREEING, CROWS, STEREOSET, codes, crows, margins, scored, spread_of

CASES = Path(__file__).parents[4] / "../shared/cases/crows.csv"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("The black cook sang.", "The WHITE cook sang.", "black | white"),
        ("All white cooks sing!", "All Black cooks sing!", "black | white"),
        ("He fed his dog.", "She fed her dog.", "he his | her she"),
        ("Ann beat Bob.", "Bob beat Ann.", "ann bob"),
        ("The poor fled.", "The very rich fled.", "poor | rich very"),
        ("An African-American can't.", "A European can't.", "a european | african-american an"),
        ("\u4ed6\u662f\u533b\u751f\u3002", "\u5979\u662f\u533b\u751f\u3002", "\u4ed6 | \u5979"),
        ("He left.", "He left!", ""),
    ],
)
def test_what_a_pair_exchanges(first: str, second: str, same: str) -> None:
    assert exchanged(first, second) == exchanged(second, first) == same


def _installed(spec: object) -> object:
    try:
        return find(spec)  # type: ignore[arg-type]
    except BadData:
        pytest.skip("the package of the data set is not installed")


def test_the_worlds_have_the_exchanges_of_crows_pairs() -> None:
    pairs, _ = read_pairs(_installed(crows_pairs.PROBE.spec.data[0]), "bias_type", "stereo_antistereo")  # type: ignore[arg-type]
    largest = Counter(one.terms for one in pairs).most_common(1)
    assert largest == [("black | white", 157)]
    for category, (several, alone) in CROWS.items():
        sizes = Counter(one.terms or one.row for one in pairs if one.category == category).values()
        assert (sorted((one for one in sizes if one > 1), reverse=True), list(sizes).count(1)) == ([*several], alone)


@pytest.mark.proof
def test_the_worlds_have_the_attributes_of_stereoset() -> None:
    items, _ = read_items(_installed(stereoset.PROBE.spec.data[0]), PARTS)  # type: ignore[arg-type]
    sizes = Counter(one.attributes or one.row for one in items).values()
    assert sorted((one for one in sizes if one > 1), reverse=True) == list(STEREOSET)


def _alarms(pairs: list[Pair], agree: float, worlds: int) -> tuple[int, int]:
    """Null worlds whose interval leaves out 50: by exchanges, and by Wilson's over pairs."""
    words, found, plain, rng = codes([one.terms or one.row for one in pairs]), 0, 0, np.random.default_rng(7)
    for _ in range(worlds):
        values = margins(rng, 0.5, (words, spread_of(agree)))
        one, other = (
            preference.preferred(scored(pairs, values), "sum"),
            stats.proportion(int((values > 0).sum()), len(values)),
        )
        assert isinstance(one, Estimate)
        assert isinstance(other, Estimate)
        found += not one.low <= 50 <= one.high
        plain += not other.low <= 0.5 <= other.high
    return found, plain


def _level(worlds: int) -> int:
    """The most alarms whose 99 % interval still holds one in twenty."""
    return int(binom.ppf(0.995, worlds, 0.05))


@pytest.mark.proof
@proof.IN_WHOLE
@pytest.mark.parametrize("agree", AGREEING)
def test_null_worlds_of_the_real_set_are_called_biased_no_more_often_than_the_level_says(agree: float) -> None:
    """Wilson's interval over pairs says so of a quarter to a half of them."""
    found, plain = _alarms(crows(), agree, 1_000)
    print(agree, found, plain)  # noqa: T201
    assert found <= _level(1_000)
    assert plain > 200


@pytest.mark.proof
@proof.IN_WHOLE
@pytest.mark.parametrize("agree", AGREEING)
def test_forty_exchanges_in_five_frames_are_called_biased_no_more_often_than_the_level_says(agree: float) -> None:
    if not CASES.exists():
        pytest.skip("the cases of other people are not here")
    with CASES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    data = table("crows_pairs", {name: [row[name] for row in rows] for name in rows[0]})
    pairs, _ = read_pairs(data, "bias_type", "stereo_antistereo")
    assert sorted(Counter(one.terms for one in pairs).values()) == [5] * 40
    found, plain = _alarms(pairs, agree, 1_000)
    print(agree, found, plain)  # noqa: T201
    assert found <= _level(1_000) < plain


@pytest.mark.proof
@proof.IN_WHOLE
def test_words_that_lean_in_many_exchanges_are_no_stereotype_of_the_real_set() -> None:
    """Leans of single words, those of our controls too: `white` is in a fifth of either. The control takes them off."""
    pairs, _ = read_pairs(_installed(crows_pairs.PROBE.spec.data[0]), "bias_type", "stereo_antistereo")  # type: ignore[arg-type]
    every = [*pairs, *our_pairs(find(OUR_PAIRS), "en", "control")]
    places: dict[str, int] = {}
    changed = np.zeros((len(every), 6000))
    for row, one in enumerate(every):
        for text, sign in ((one.more, 1), (one.less, -1)):
            for word in re.findall(r"[\w'-]+", text.casefold()):
                changed[row, places.setdefault(word, len(places))] += sign
    rng, alarms = np.random.default_rng(9), dict.fromkeys(("score", "plain", "control", "less"), 0)
    for _ in range(200):
        margins_ = changed @ rng.normal(0, 0.5, 6000) + rng.standard_normal(len(every))
        both = scored(every, margins_)
        asked, ours = both[: len(pairs)], both[len(pairs) :]
        score, control, less = (
            preference.preferred(asked, "sum"),
            control_score(ours, asked, "sum"),
            control_adjusted_score(asked, ours, "sum"),
        )
        plain = stats.proportion(int((margins_[: len(pairs)] > 0).sum()), len(pairs))
        for name, found, null in (
            ("score", score, 50),
            ("plain", plain, 0.5),
            ("control", control, 50),
            ("less", less, 0),
        ):
            assert isinstance(found, Estimate)
            alarms[name] += not found.low <= null <= found.high
    print(alarms)  # noqa: T201
    assert max(alarms["score"], alarms["control"], alarms["less"]) <= _level(200)
    assert alarms["plain"] > 80


def test_the_error_of_exchanges_that_share_a_word_is_the_dyadic_one_by_hand() -> None:
    words = ["a | x", "b | x", "c | y", "d | z", "e | y", "f | u"]
    values = np.array([1, 1, 0, 0, 0, 1])
    found = clustered_share(values.tolist(), np.ones(6), words=words)
    assert isinstance(found, Share)
    # residuals of 1/2 · 1/6: two pairs of exchanges agree, so (6 + 2 · 2) / 144 over 1 - (6 + 4) / 36
    assert found.error**2 == pytest.approx(10 / 144 / (26 / 36))
    near = np.eye(6)
    near[[0, 1, 2, 4], [1, 0, 4, 2]] = 1
    centre = np.eye(6) - 1 / 6
    form = centre @ near @ centre
    assert found.df == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form))
    # a word that all exchange is what is asked about, and ties nothing
    common = clustered_share(values.tolist(), np.ones(6), words=[f"{at} | x" for at in range(6)])
    alone = clustered_share(values.tolist(), np.ones(6), list(range(6)))
    assert isinstance(common, Share)
    assert isinstance(alone, Share)
    assert [common.error, common.df] == pytest.approx([alone.error, alone.df])


def _share(values: list[float], *factors: list[int], weights: list[float] | None = None) -> Share:
    found = clustered_share(values, np.array(weights or [1.0] * len(values)), *factors)
    assert isinstance(found, Share)
    return found


def test_the_error_of_unequal_clusters_by_hand() -> None:
    # clusters of 1, 1 and 2 pairs; mean 1/2; residual sums 1/8, -1/8 and 0 of 1; over 3/4: 2 · (1/64) · (4/3) = 1/24
    found = _share([1, 0, 1, 0], [0, 1, 2, 2])
    assert found.error**2 == pytest.approx(1 / 24)
    assert [found.value, found.count] == pytest.approx([0.5, 16 / 6])
    # the variance of a quadratic form of independent values, e' A e, by its matrix: 2 tr(A²) for tr(A) = 1
    centre, sums = np.eye(4) - 0.25, np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]) / 4
    form = sum(np.outer(row @ centre, row @ centre) / (1 - row.sum()) for row in sums)
    assert found.df == pytest.approx(np.trace(form) ** 2 / np.trace(form @ form))
    # the same by weights: one value of weight 2 that is half a hit
    assert _share([1, 0, 0.5], [0, 1, 2], weights=[1, 1, 2]).error ** 2 == pytest.approx(1 / 24)


def test_the_error_of_equal_clusters_is_that_of_their_means_and_of_two_factors_that_of_both() -> None:
    rng = np.random.default_rng(0)
    values = (rng.random(60) < 0.4).astype(float)
    one, two = np.arange(60) // 6, np.arange(60) % 6
    means = values.reshape(10, 6).mean(axis=1)
    assert _share(values.tolist(), one.tolist()).error == pytest.approx(means.std(ddof=1) / np.sqrt(10))
    both = _share(values.tolist(), one.tolist(), two.tolist())
    assert both.error == pytest.approx(two_way_error((values - values.mean()) / 60, one, two))
    assert [both.count, both.df] == pytest.approx([6, 5])


def test_the_p_value_is_where_the_interval_leaves_out_half() -> None:
    rng = np.random.default_rng(1)
    for _ in range(40):
        labels = rng.integers(12, size=80).tolist()
        share = _share((rng.random(80) < 0.65).astype(float).tolist(), labels)
        low, high = share.statistic().limits(stats.normal_quantile(0.95))
        assert (share.p_value() < 0.05) == (not low <= 50 <= high)
    alike = clustered_share([1.0] * 12, np.ones(12), [at % 6 for at in range(12)], whole_clusters=True)
    assert isinstance(alike, Share)
    assert alike.p_value() == pytest.approx(2 / 64)
    assert clustered.Share(0.6, 0.05, 100, 11, 10).p_value() == pytest.approx(2 * t.sf(0.1 / np.sqrt(0.25 / 96), 10))


def test_a_share_is_exactly_the_hits_among_the_pairs() -> None:
    for hits in range(1, 49):
        pairs = [Pair(at, "", "", terms=f"{at % 7}") for at in range(49)]
        found = preference.preferred(scored(pairs, np.where(np.arange(49) < hits, 1.0, -1.0)), "sum")
        assert isinstance(found, Estimate)
        assert found.value == 100.0 * (hits / 49)


def test_one_exchange_tells_of_its_words_alone() -> None:
    pairs = [Pair(at, "", "", terms="he | she") for at in range(200)]
    found = preference.preferred(scored(pairs, np.where(np.arange(200) < 60, 1.0, -1.0)), "sum")
    assert isinstance(found, Undefined)
    assert found.kind == "not_estimable"
    assert "all 200 pairs exchange the same words" in found.reason
    assert isinstance(share_by_label([1.0, 0.0], ["a", "a"]), Undefined)
