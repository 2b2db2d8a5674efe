"""How often the shipped rule on own texts passes wrongly: every outcome, weighed by its probability."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from fairwitness.audit import policy
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.memorization.known_texts.shares import Group, metrics
from worlds.behind.known_texts import ABOVE, BELOW

TRUE = 0.0501


def high(texts: int, known: int) -> float:
    """The upper end of the share of so many texts of which so many are known."""
    asked = Group("own", [*[ABOVE] * known, *[BELOW] * (texts - known)])
    [share] = [one.estimate for one in metrics(asked, Undefined("none"), 50, 50) if one.name == "own_share_above"]
    assert isinstance(share, Estimate)
    return share.high


def limit() -> float:
    [rule] = [one for one in policy.load(None)[0].rules if one.id == "own-texts-by-heart"]
    assert isinstance(rule.value, float)
    return rule.value


def most_that_pass(texts: int) -> int:
    """The most known texts with which the rule passes, −1 where it cannot."""
    known = 0
    while high(texts, known) <= limit():
        known += 1
    return known - 1


@pytest.mark.parametrize(("texts", "most"), [(20, -1), (60, -1), (72, -1), (73, 0), (109, 0), (110, 1), (300, 7)])
def test_the_most_known_texts_that_pass(texts: int, most: int) -> None:
    assert most_that_pass(texts) == most


@pytest.mark.proof
def test_wrong_passes_of_every_number_of_texts() -> None:
    chances = {texts: float(binom.cdf(most_that_pass(texts), texts, TRUE)) for texts in (*range(8, 180), 240, 300, 400)}
    assert all(chance == 0 for texts, chance in chances.items() if texts < 73)
    assert max(chances.values()) <= 0.025


def test_a_text_more_that_is_known_never_gives_a_better_verdict() -> None:
    for texts in (73, 110, 200):
        ends = [high(texts, known) for known in range(12)]
        assert ends == sorted(ends)
