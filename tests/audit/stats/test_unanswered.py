"""The ends that a value could have had, against every answer that the missing items could have given."""

from itertools import product

import pytest

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.unanswered import difference_if_answered, mean_if_answered


def made(values: list[float], bounds: tuple[float, float] = (0.0, 1.0)) -> Estimate:
    found = stats.mean(values, bounds=bounds)
    assert isinstance(found, Estimate)
    return found


def means(values: list[float], missing: int, answers: list[float]) -> list[float]:
    return [sum([*values, *rest]) / (len(values) + missing) for rest in product(answers, repeat=missing)]


@pytest.mark.parametrize("values", [[0.0, 1.0, 1.0, 0.0, 1.0], [0.0] * 4, [1.0] * 3, [0.2, 0.7, 0.4]])
@pytest.mark.parametrize("missing", [0, 1, 3, 6])
def test_the_ends_of_a_mean_are_those_of_every_way_to_answer(values: list[float], missing: int) -> None:
    found = mean_if_answered(made(values), len(values), missing, (0.0, 1.0))
    assert isinstance(found, Estimate)
    assert found.if_answered is not None
    every = means(values, missing, [0.0, 0.25, 1.0])
    assert found.if_answered == pytest.approx((min(every), max(every)))


def test_nothing_missing_leaves_the_value() -> None:
    found = mean_if_answered(made([0.1, 0.2, 0.3]), 3, 0, (0.0, 1.0))
    assert isinstance(found, Estimate)
    assert found.if_answered == pytest.approx((found.value, found.value))
    assert found.if_answered is not None
    assert found.if_answered[0] <= found.value <= found.if_answered[1]


def test_signed_answers_have_signed_bounds() -> None:
    found = mean_if_answered(made([0.5, -0.5, 0.25], (-1.0, 1.0)), 3, 2, (-1.0, 1.0))
    assert isinstance(found, Estimate)
    every = means([0.5, -0.5, 0.25], 2, [-1.0, 0.0, 1.0])
    assert found.if_answered == pytest.approx((min(every), max(every)))


def test_the_ends_of_a_difference_are_those_of_every_way_to_answer_both_sides() -> None:
    first, second = [1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0]
    one, other = (mean_if_answered(made(side), len(side), 2, (0.0, 1.0)) for side in (first, second))
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    assert one.if_answered is not None
    assert other.if_answered is not None
    whole = stats.mean_difference(first, second, bounds=(-1.0, 1.0))
    found = difference_if_answered(whole, one.if_answered, other.if_answered)
    assert isinstance(found, Estimate)
    every = [a - b for a in means(first, 2, [0.0, 1.0]) for b in means(second, 2, [0.0, 1.0])]
    assert found.if_answered == pytest.approx((min(every), max(every)))


def test_the_interval_stays_as_it_was() -> None:
    plain = made([0.0, 1.0, 1.0, 0.0, 1.0])
    found = mean_if_answered(plain, 5, 4, (0.0, 1.0))
    assert isinstance(found, Estimate)
    assert (found.low, found.high, found.wider, found.n) == (plain.low, plain.high, plain.wider, plain.n)


def test_what_is_undefined_stays_so() -> None:
    why = Undefined("not estimable: no pairs")
    assert mean_if_answered(why, 0, 9, (0.0, 1.0)) is why
    assert difference_if_answered(why, (0.0, 1.0), (0.0, 1.0)) is why


def test_counts_and_bounds_that_make_no_sense_are_refused() -> None:
    one = made([0.0, 1.0])
    with pytest.raises(ValueError, match="no counts"):
        mean_if_answered(one, 0, 3, (0.0, 1.0))
    with pytest.raises(ValueError, match="no counts"):
        mean_if_answered(one, 2, -1, (0.0, 1.0))
    with pytest.raises(ValueError, match="outside"):
        mean_if_answered(one, 2, 1, (0.6, 1.0))
    with pytest.raises(ValueError, match="above the highest"):
        difference_if_answered(one, (1.0, 0.0), (0.0, 1.0))
