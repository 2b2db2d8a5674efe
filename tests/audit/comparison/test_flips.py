"""Whose answer is another one: every item and row that both runs answered, with both answers; nothing is invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from pairs import item_run, mean_metric, run

from fairwitness.audit import stats
from fairwitness.audit.comparison import Comparison, Flip, compare
from fairwitness.audit.records import Estimate, Undefined

SEX = ["m"] * 60 + ["f"] * 40
TRUTH = [1, 0] * 50


def decided(*flipped: int) -> list[int]:
    """Right decisions but for some rows."""
    return [1 - truth if place in flipped else truth for place, truth in enumerate(TRUTH)]


def test_rows_that_are_decided_otherwise_are_listed_with_both_decisions() -> None:
    """Rows 4 and 61 by hand: place 3 is a man who truly is 0, place 60 a woman who truly is 1."""
    [flips] = compare(run(SEX, TRUTH, decided()), run(SEX, TRUTH, decided(3, 60), fingerprint="b")).flips
    assert (flips.kind, flips.paired, flips.lost, flips.gained) == ("decision", 100, (), ())
    assert flips.flips == (
        Flip(item="row 4", labels={"sex": "m"}, before="0", after="1"),
        Flip(item="row 61", labels={"sex": "f"}, before="1", after="0"),
    )
    assert flips.ways == {("0", "1"): 1, ("1", "0"): 1}


def compared(
    before: Sequence[float | None], after: Sequence[float | None], clusters: Mapping[str, Sequence[str]] | None = None
) -> Comparison:
    runs = [
        item_run({"right": scores}, clusters=clusters, metrics=[mean_metric("right", scores)], fingerprint=name)
        for name, scores in (("a", before), ("b", after))
    ]
    return compare(*runs)


def test_answers_of_yes_and_no_flip_numbers_on_two_sides_of_nothing_turn_and_others_do_neither() -> None:
    before = item_run({"right": [1.0, 0.0, 1.0], "margin": [0.3, -0.2, 0.1], "bits": [3.0, 4.0, 5.0]})
    after = item_run({"right": [1.0, 1.0, 1.0], "margin": [0.2, 0.1, 0.4], "bits": [2.0, 9.0, 5.0]}, fingerprint="b")
    with pytest.raises(Exception, match="nothing to compare"):
        compare(before, after)  # no metrics at all
    metric = mean_metric("right", [1.0, 0.0, 1.0])
    runs = [
        replace(one, results=(replace(one.results[0], metrics=(metric,)),))  # type: ignore[arg-type]
        for one in (before, after)
    ]
    flips = {one.measure: one for one in compare(*runs).flips}
    assert set(flips) == {"right", "margin"}, "a number that is never below 0 has no answer to flip"
    assert [flip.item for flip in flips["right"].flips] == ["item 1"]
    assert [(flip.item, flip.before, flip.after) for flip in flips["margin"].flips] == [("item 1", -0.2, 0.1)]
    assert flips["margin"].ways == {("< 0", "> 0"): 1}


def test_items_that_one_run_did_not_answer_are_told_and_no_flips() -> None:
    [flips] = compared([1.0, 0.0, 1.0, 1.0, None], [1.0, 1.0, None, 1.0, 0.0]).flips
    assert [flip.item for flip in flips.flips] == ["item 1"]
    assert (flips.paired, flips.lost, flips.gained) == (3, ("item 2",), ("item 4",))


def test_a_mean_of_answers_is_compared_item_by_item() -> None:
    """30 of 50 right, then 36: 8 gained, 2 lost. Newcombe's paired interval and McNemar's exact test of 8 against 2."""
    before = [1.0] * 30 + [0.0] * 20
    after = [0.0] * 2 + [1.0] * 28 + [1.0] * 8 + [0.0] * 12
    [change] = compared(before, after).changes
    assert change.pairing == "paired"
    assert isinstance(change.change, Estimate)
    by_hand = stats.paired_rate_difference(28, 8, 2, 12)
    assert isinstance(by_hand, Estimate)
    assert (change.change.value, change.change.low, change.change.high) == pytest.approx(
        (0.12, by_hand.low, by_hand.high)
    )
    assert change.p_value == pytest.approx(stats.mcnemar(8, 2))


def test_items_that_hang_together_count_as_few_as_they_are() -> None:
    """Ten templates of five items that all flip together tell as much as ten items, not as fifty."""
    before = [0.0] * 50
    after = [1.0 if place < 15 else 0.0 for place in range(50)]
    templates = {"template": [str(place // 5) for place in range(50)]}
    [tied], [free] = compared(before, after, templates).changes, compared(before, after).changes
    assert isinstance(tied.change, Estimate)
    assert isinstance(free.change, Estimate)
    assert tied.change.value == free.change.value == pytest.approx(0.3)
    assert tied.change.n == 10
    assert tied.change.high - tied.change.low > 1.8 * (free.change.high - free.change.low)


def test_where_an_item_has_one_score_the_change_is_still_that_of_both_documents() -> None:
    rng = np.random.default_rng(0)
    before = [float(score) for score in rng.normal(0, 1, 60)]
    after: list[float | None] = [score + 0.1 for score in before]
    after[7] = None
    [change] = compared(before, after).changes
    assert change.pairing == "paired"
    assert isinstance(change.change, Estimate)
    kept = [score for score in after if score is not None]
    assert change.change.value == pytest.approx(float(np.mean(kept)) - float(np.mean(before)))
    assert 0 < change.change.high - change.change.low < 0.2, "one lost item, not sixty independent ones"


def test_the_same_answers_bound_the_change_by_what_so_many_items_never_showed() -> None:
    [change] = compared([1.0, 0.0] * 50, [1.0, 0.0] * 50).changes
    assert isinstance(change.change, Undefined)
    assert change.still is not None
    assert (change.still.value, change.still.high) == pytest.approx((0.0, 1 - 0.025 ** (1 / 100)))
    assert change.finding == "no_change_shown"


def test_a_document_that_its_items_do_not_give_is_not_paired() -> None:
    scores = [1.0, 0.0] * 20
    wrong = mean_metric("right", [1.0] * 30 + [0.0] * 10)
    before = item_run({"right": scores}, metrics=[mean_metric("right", scores)])
    after = item_run({"right": scores}, metrics=[wrong], fingerprint="b")
    [change] = compare(before, after).changes
    assert change.pairing == "independent"
