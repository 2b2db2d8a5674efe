"""Every score against a value worked by hand on given log-probabilities."""

from __future__ import annotations

import math
import zlib

import numpy as np
import pytest

from fairwitness.audit.requests import Classify, ClassScores, Prediction, TokenScores, Unanswered
from fairwitness.probes.memorization.membership import classes, inference, references, scores
from fairwitness.probes.memorization.membership.attacks import Attack

TEXT = "abcd efgh"
GIVEN = TokenScores(
    log_probs=(-1.0, -4.0, -0.5, -2.5, -2.0),
    greedy=(True, False, True, False, False),
    starts=(0, 2, 4, 6, 8),
    means=(-2.0, -2.0, -1.5, -2.0, -2.0),
    deviations=(0.5, 1.0, 2.0, 0.25, 0.0),
)


def test_loss_is_the_mean_log_probability() -> None:
    assert scores.mean_log_prob(GIVEN) == pytest.approx(-2.0)


def test_zlib_is_bits_over_bits() -> None:
    packed = len(zlib.compress(TEXT.encode(), 9))
    assert scores.zlib_ratio(GIVEN, TEXT) == pytest.approx(-10 / math.log(2) / (8 * packed))


def test_lowercase_is_a_ratio_of_losses() -> None:
    lower = TokenScores((-3.0, -3.0), (False, False), (0, 4))
    assert scores.lowercase_ratio(GIVEN, lower) == pytest.approx(3.0 / 2.0)


def test_min_k_is_the_mean_of_the_least_likely() -> None:
    """The two lowest of five at 40 %; at 1 % one token, never none."""
    assert scores.min_k(GIVEN, 0.4) == pytest.approx((-4.0 - 2.5) / 2)
    assert scores.min_k(GIVEN, 0.01) == pytest.approx(-4.0)


def test_min_k_plus_is_the_same_of_standard_deviations() -> None:
    """z = 2, -2, 0.5, -2 and, where nothing is spread, 0: the two lowest are -2 and -2."""
    assert scores.min_k_plus(GIVEN, 0.4) == pytest.approx(-2.0)
    assert scores.min_k_plus(GIVEN, 1.0) == pytest.approx((2 - 2 + 0.5 - 2 + 0) / 5)
    assert scores.min_k_plus(TokenScores((-1.0,), (True,), (0,)), 0.2) is None


def test_bits_per_byte_leave_out_what_was_not_scored() -> None:
    later = TokenScores((-math.log(2) * 6,), (True,), (5,))
    assert scores.bits_per_byte(later, TEXT) == pytest.approx(6 / 4)
    assert scores.bits_per_byte(later, "abcd é") == pytest.approx(6 / 2)


def test_neighbour_is_a_difference_of_losses() -> None:
    others = [TokenScores((-3.0,), (False,), (0,)), TokenScores((-5.0, -2.0), (False, False), (0, 2))]
    assert scores.neighbour_gap(GIVEN, others) == pytest.approx((3.0 + 3.5) / 2 - 2.0)


OWN = np.array([-1.0, -2.0, -3.0])
OTHERS = np.array([[-2.0, -2.0, -3.0], [-4.0, -2.0, -2.0]])


def test_reference_is_the_mean_difference() -> None:
    assert references.reference(OWN, OTHERS) == pytest.approx([2.0, 0.0, -0.5])


def test_lira_divides_by_the_spread_of_the_references() -> None:
    """Variances 2, 0 and 0.5 over two models, mean 5/6: drawn by four degrees of freedom to (4 · 5/6 + v) / 5."""
    drawn = [(4 * 5 / 6 + variance) / 5 for variance in (2.0, 0.0, 0.5)]
    expected = [2.0 / math.sqrt(drawn[0]), 0.0, -0.5 / math.sqrt(drawn[2])]
    assert references.lira(OWN, OTHERS) == pytest.approx(expected)


def test_lira_of_one_model_orders_as_the_reference_does() -> None:
    assert references.lira(OWN, OTHERS[:1]) == pytest.approx(references.reference(OWN, OTHERS[:1]))


def test_rmia_is_the_share_of_the_population_beaten() -> None:
    """Ratios to the mean probability: -1 - log2(5/32), 0 and -3 - log2(3/16); the last two are the population."""
    ratios = [-1 - math.log2((2**-2 + 2**-4) / 2), 0.0, -3 - math.log2((2**-3 + 2**-2) / 2)]
    assert ratios[0] > ratios[1] > ratios[2]
    found = references.rmia(OWN, OTHERS, np.array([False, True, True]))
    assert found == pytest.approx([1.0, 1.0, 0.0])  # none is compared with itself


def test_a_classifier_is_read_by_its_true_class_and_by_how_sure_it_is() -> None:
    answer = ClassScores(("a", "b"), (math.log(3), 0.0))
    row = classes.decided(answer, "b")
    assert row is not None
    assert (row.label, row.classes) == ("a", 2)
    assert (math.exp(row.sure), math.exp(row.true or 0)) == pytest.approx((0.75, 0.25))
    table = classes.decided(Prediction("yes", None, (("no", 0.1), ("yes", 0.9))), "no")
    assert table is not None
    assert math.exp(table.true or 0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "answer",
    [
        Unanswered("no"),
        Prediction("yes", 0.9),
        ClassScores(("a",), (1.0,)),
        ClassScores(("a", "b"), (1.0, 0.0), multi_label=True),
        ClassScores(("a", "b"), (1.0, 0.0), regression=True),
    ],
)
def test_what_has_no_probabilities_of_classes_is_not_read(answer: object) -> None:
    assert classes.decided(answer, "a") is None  # type: ignore[arg-type]


def test_a_class_that_the_model_does_not_know_has_no_probability() -> None:
    row = classes.decided(ClassScores(("a", "b"), (0.0, 0.0)), "c")
    assert row is not None
    assert row.true is None


def test_the_set_is_told_where_no_document_is() -> None:
    """Three scores, each a fifth of a standard deviation apart: weak by itself, plain for 400 documents together."""
    rng = np.random.default_rng(3)
    member = np.arange(800) < 400
    attacks = [Attack(str(place), "", rng.normal(size=800) + 0.3 * member) for place in range(3)]
    found = inference.set_inference(attacks, member, 0)
    assert found.p is not None
    assert found.p < 0.001
    nothing = inference.set_inference([Attack("0", "", rng.normal(size=800))], member, 0)
    assert nothing.p is not None
    assert nothing.p > 0.01


def test_requests_of_rows_are_texts_or_cells() -> None:
    from fairwitness.probes.memorization.membership.items import Document

    assert classes.request_of(Document("1", True, "A text.", 7)) == Classify("A text.")
