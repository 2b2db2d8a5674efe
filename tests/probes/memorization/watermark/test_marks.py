"""z and p of green tokens: by hand, against transformers, and in worlds without a mark."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.green import GreenScores, ScoreGreen, Seeding
from fairwitness.audit.records import Estimate
from fairwitness.probes.memorization.watermark.items import Item
from fairwitness.probes.memorization.watermark.marks import Reading, corrected, p_value, z_score

pytestmark = pytest.mark.arithmetic

SHARE = 0.25


def test_z_is_worked_out_by_hand() -> None:
    assert z_score(100, 200, SHARE) == pytest.approx((100 - 50) / math.sqrt(200 * 0.25 * 0.75))
    assert z_score(50, 200, SHARE) == 0
    assert z_score(0, 0, SHARE) == 0


def test_p_is_the_exact_tail() -> None:
    # 2 or 3 of 3 at 1/4: 3 · (1/4)² · 3/4 + (1/4)³
    assert p_value(2, 3, SHARE) == pytest.approx(9 / 64 + 1 / 64)
    assert p_value(0, 3, SHARE) == 1
    tail = sum(math.comb(200, green) * SHARE**green * (1 - SHARE) ** (200 - green) for green in range(75, 201))
    assert p_value(75, 200, SHARE) == pytest.approx(tail)
    assert p_value(0, 0, SHARE) == 1


def test_beyond_four_standard_errors_chance_is_more_often_than_the_normal_law_says() -> None:
    """75 of 200 is the first beyond 4: the exact tail is twice that of the normal law, so p decides and not z."""
    assert z_score(74, 200, SHARE) < 4 < z_score(75, 200, SHARE)
    normal = 0.5 * math.erfc(4 / math.sqrt(2))
    assert 1.8 < p_value(75, 200, SHARE) / normal < 3


def reading(key: str, green: int, draws: int = 200) -> Reading:
    counts = GreenScores(draws + 1, 0, draws, green, draws, green, draws, green)
    return Reading(Item("unsaid", key, "a text"), counts, SHARE, 3.0, 0.4)


def test_many_texts_are_corrected_for_their_number() -> None:
    alone = corrected([reading("a", 72)])["a"]
    many = corrected([reading("a", 72), *(reading(str(number), 50) for number in range(49))])["a"]
    assert many == pytest.approx(50 * alone)
    assert alone < 0.001 < many
    # one of which nothing is concluded takes no part
    assert corrected([reading("a", 72), *(reading(str(number), 50, draws=99) for number in range(49))]) == {"a": alone}


def test_the_exact_interval_of_a_share_is_that_of_the_tables() -> None:
    none = stats.exact_proportion(0, 72)
    assert isinstance(none, Estimate)
    assert none.low == 0
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 72))
    some = stats.exact_proportion(4, 20)  # Clopper and Pearson's limits, as every table gives them: 5.73 % and 43.66 %
    assert isinstance(some, Estimate)
    assert (round(some.low, 4), round(some.high, 4)) == (0.0573, 0.4366)
    every = stats.exact_proportion(20, 20)
    assert isinstance(every, Estimate)
    assert every.high == 1


@cache
def worlds(seeding: Seeding, width: int, count: int = 1_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z of n-grams, z of what was decided apart and p, of one text of few words under so many keys."""
    from fairwitness.audit.huggingface.green import counted, processor_of

    rng = np.random.default_rng(8)
    weights = 1 / np.arange(1, 41)
    ids = [int(token) for token in rng.choice(40, 300, p=weights / weights.sum())]
    processor = processor_of(ScoreGreen("", 1, SHARE, seeding, width), 40)
    rows = []
    for key in rng.integers(1, 2**62, count):
        processor.hash_key = int(key)
        made = counted(ids, processor)
        rows.append(
            (
                z_score(made.green_ngrams, made.ngrams, SHARE),
                z_score(made.green_draws, made.draws, SHARE),
                p_value(made.green_draws, made.draws, SHARE),
            )
        )
    first, second, third = np.array(rows).T
    return first, second, third


@pytest.mark.proof
@pytest.mark.parametrize(("seeding", "width"), [("lefthash", 1), ("lefthash", 3), ("selfhash", 3)])
def test_without_a_mark_p_is_no_smaller_than_it_says(seeding: Seeding, width: int) -> None:
    ngrams, draws, p = worlds(seeding, width)
    for alpha in (0.2, 0.05, 0.01):
        share = float(np.mean(p <= alpha))
        assert share <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / len(p)), (alpha, share)
    assert np.mean(p <= 0.001) <= 0.004
    assert abs(draws.mean()) < 0.1
    assert draws.std() < 1.05
    assert np.mean(draws > 4) <= 0.002
    if width == 3:  # n-grams that share list and token are no evidence of their own: their z strays
        assert ngrams.std() > 1.2 * draws.std()
