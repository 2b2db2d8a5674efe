"""Weights of Kamiran and Calders: by hand, against AIF360's formula, and exactly equal base rates."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwitness.audit.errors import BadData
from fairwitness.audit.mitigation.reweighing import cell_weights

# The example of Kamiran & Calders 2012: ten applicants, five of each sex; of the men four are accepted, of the
# women two. P(f) P(+) / P(f, +) = 0.5 * 0.6 / 0.2 = 1.5, and so on.
PAPER = [("m", "+")] * 4 + [("m", "-")] + [("f", "+")] * 2 + [("f", "-")] * 3


def weights_of(rows: list[tuple[str, str]]) -> dict[tuple[str, str], Fraction]:
    return cell_weights([group for group, _ in rows], [outcome for _, outcome in rows])


def test_the_example_of_the_paper() -> None:
    assert weights_of(PAPER) == {
        ("m", "+"): Fraction(3, 4),
        ("m", "-"): Fraction(2),
        ("f", "+"): Fraction(3, 2),
        ("f", "-"): Fraction(2, 3),
    }


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=6))
def test_weighted_base_rates_are_exactly_equal(counts: list[tuple[int, int]]) -> None:
    groups = [f"group {at}" for at in range(len(counts))]
    rows = [
        (group, outcome)
        for group, pair in zip(groups, counts, strict=True)
        for outcome, count in zip(("good", "bad"), pair, strict=True)
        for _ in range(count)
    ]
    weights = weights_of(rows)
    base = Fraction(sum(outcome == "good" for _, outcome in rows), len(rows))
    assert sum(weights[row] for row in rows) == len(rows)
    for group in groups:
        own = [row for row in rows if row[0] == group]
        assert sum(weights[row] for row in own) == len(own)
        assert sum(weights[row] for row in own if row[1] == "good") == base * len(own)


@given(st.tuples(*[st.integers(1, 500)] * 4))
def test_it_is_the_formula_of_aif360(counts: tuple[int, int, int, int]) -> None:
    """AIF360's `Reweighing.fit`, written out for a privileged (p) and an unprivileged (up) group."""
    p_fav, p_unfav, up_fav, up_unfav = counts
    n, n_p, n_up = sum(counts), p_fav + p_unfav, up_fav + up_unfav
    n_fav, n_unfav = p_fav + up_fav, p_unfav + up_unfav
    rows = [("p", "1")] * p_fav + [("p", "0")] * p_unfav + [("up", "1")] * up_fav + [("up", "0")] * up_unfav
    found = weights_of(rows)
    assert float(found["p", "1"]) == pytest.approx(n_fav * n_p / (n * p_fav), rel=1e-12)
    assert float(found["p", "0"]) == pytest.approx(n_unfav * n_p / (n * p_unfav), rel=1e-12)
    assert float(found["up", "1"]) == pytest.approx(n_fav * n_up / (n * up_fav), rel=1e-12)
    assert float(found["up", "0"]) == pytest.approx(n_unfav * n_up / (n * up_unfav), rel=1e-12)


def test_where_nothing_differs_all_weights_are_one() -> None:
    rows = [("a", "1"), ("a", "0"), ("b", "1"), ("b", "0")] * 3
    assert set(weights_of(rows).values()) == {1}


def test_a_group_without_one_of_the_outcomes_is_named() -> None:
    with pytest.raises(BadData, match=r"group 'b' \(2 rows, the first is row 3\) never has the true outcome 'yes'"):
        weights_of([("a", "yes"), ("a", "no"), ("b", "no"), ("b", "no")])
    with pytest.raises(BadData, match="all 2 rows have the same true outcome 'yes'"):
        weights_of([("a", "yes"), ("b", "yes")])
