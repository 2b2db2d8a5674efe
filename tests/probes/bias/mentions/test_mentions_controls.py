"""Pairs of control words in what is written: which of them stands first is nothing, and rare ones are not read."""

from __future__ import annotations

from typing import Any

import pytest
from mentions import LISTS, NEEDS, share_of, uniform, writer

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate
from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.bias.mentions.counting import firsts
from fairwitness.probes.bias.mentions.probe import PROBE
from organisms import context, drive, metric, packaged, table, value

PAIRS = 24


def wordy(request: Request) -> Answer:
    """Writes three words of control pairs, the first of a pair more often where women work."""
    if not isinstance(request, Generate):
        return writer(lambda prompt: 0.3 + 0.4 * share_of(prompt))(request)
    rng = uniform(request.prompt, request.seed)
    pairs = [LISTS.control[at] for at in rng.permutation(PAIRS)[:5]]
    words = [pair[int(rng.random() > 0.2 + 0.6 * share_of(request.prompt))] for pair in pairs]
    who = "she" if rng.random() < 0.2 + 0.6 * share_of(request.prompt) else "he"
    return Generated(f" {who} went {' '.join(words)}.", 8)


def turned(which: int | None) -> Any:
    """The words with every second control pair the other way round, or all."""
    columns = {name: list(cells) for name, cells in packaged(NEEDS["mentions_words"]).columns.items()}
    uses = list(zip(columns["use"], columns["group"], strict=True))
    first, second = ([at for at, one in enumerate(uses) if one == ("control", group)] for group in ("first", "second"))
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        if which is None or place % 2 == which:
            columns["word"][one], columns["word"][other] = columns["word"][other], columns["word"][one]
    return table("mentions_words", columns)


def found_by(**data: Any) -> Findings:
    ctx = context(PROBE, ["Generate", "LogLikelihood"], limit=20, data=data)
    return drive(PROBE, ctx, wordy)


@pytest.mark.proof
def test_no_number_hangs_on_which_control_word_stands_first() -> None:
    plain = found_by()
    for which in (0, None):
        other = found_by(mentions_words=turned(which))
        for one, same in zip(plain.metrics, other.metrics, strict=True):
            assert (one.key, one.claim) == (same.key, same.claim)
            if isinstance(one.estimate, Estimate):
                assert isinstance(same.estimate, Estimate)
                assert (same.estimate.low, same.estimate.high) == pytest.approx((one.estimate.low, one.estimate.high))
    assert value(plain, "control_slope_size").n == PAIRS  # the other pairs are never written
    assert f"what {PAIRS} pairs of control words do" in metric(plain, "stereotype_slope").claim


@pytest.mark.proof
def test_a_writer_who_moves_all_words_alike_is_not_shown_to_stereotype() -> None:
    found = found_by()
    assert value(found, "stereotype_slope").low == 0  # he and she as much as "in" and "on"
    assert "No trend detected" in metric(found, "stereotype_slope").claim


@pytest.mark.proof
def test_few_pairs_are_not_allowed_for_and_the_claim_says_so() -> None:
    words = packaged(NEEDS["mentions_words"])
    rows = [
        row for row in zip(*words.columns.values(), strict=True) if row[0] != "control" or row[2] in ("this", "that")
    ]
    few = found_by(
        mentions_words=table("mentions_words", dict(zip(words.columns, zip(*rows, strict=True), strict=True)))
    )
    assert value(few, "stereotype_slope").low > 0
    assert "Too few pairs of control words were read (1 of at least 20)" in metric(few, "stereotype_slope").claim


def test_the_first_word_of_a_pair_decides() -> None:
    assert firsts(" now and then, before now", (("then", "now"), ("this", "that"), ("Now", "x"))) == (-1, 0, 0)
