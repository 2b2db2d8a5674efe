"""Thresholds by group make equal what they promise, on the half they are fitted on and, within noise, on the other."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from fairwitness.audit.errors import BadData, MissingExtra
from fairwitness.audit.mitigation import thresholds
from fairwitness.audit.mitigation.thresholds import Decided, Flags, Floats, Rule, decide

pytestmark = pytest.mark.slow

pytest.importorskip("fairlearn")

Data = tuple[Floats, Flags, list[str]]
Rate = Callable[[Flags, Flags], float]


def planted(rows: int = 6000, seed: int = 0) -> Data:
    """Scores, true outcomes and groups: in b fewer have the outcome, and the score counts them down by 0.2 more."""
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], rows)
    positive = rng.random(rows) < np.where(group == "a", 0.6, 0.3)
    raw = 0.25 + 0.4 * positive + np.where(group == "a", 0.1, -0.1) + rng.normal(0, 0.15, rows)
    return np.clip(raw, 0, 1), positive, group.tolist()


def decided(data: Data, **more: object) -> Decided:
    scores, positive, groups = data
    return decide(scores, positive, np.ones_like(positive), scores >= 0.5, groups, **more)  # type: ignore[arg-type]


def chance(rule: Rule, scores: Floats) -> Floats:
    """Probability of selection as the rule's words say, worked out here and not by fairlearn."""
    by_score = sum(share * (scores > cut) for share, cut in rule.steps)
    return np.asarray(rule.drawn * rule.drawn_selected + (1 - rule.drawn) * by_score)


def selection(selected: Floats | Flags, positive: Flags) -> float:
    return float(selected.mean())


def true_positive(selected: Floats | Flags, positive: Flags) -> float:
    return float(selected[positive].mean())


def false_positive(selected: Floats | Flags, positive: Flags) -> float:
    return float(selected[~positive].mean())


EQUAL = [
    ("demographic_parity", (selection,)),
    ("equalized_odds", (true_positive, false_positive)),
    ("true_positive_rate_parity", (true_positive,)),
    ("false_negative_rate_parity", (true_positive,)),
    ("false_positive_rate_parity", (false_positive,)),
    ("true_negative_rate_parity", (false_positive,)),
]


@pytest.mark.parametrize(("constraint", "rates"), EQUAL)
def test_the_rules_make_rates_equal_on_the_half_they_were_fitted_on(constraint: str, rates: tuple[Rate, ...]) -> None:
    scores, positive, groups = data = planted()
    found = decided(data, constraint=constraint)
    names = np.array(groups)
    for rate in rates:
        by_group = []
        for rule in found.rules:
            rows = (names == rule.group) & ~found.held_out
            by_group.append(rate(chance(rule, scores[rows]), positive[rows]))  # type: ignore[arg-type]
        assert by_group[0] == pytest.approx(by_group[1], abs=1e-6)


@pytest.mark.parametrize(("constraint", "rates"), EQUAL)
def test_a_planted_disparity_is_gone_on_held_out_rows_beyond_noise(constraint: str, rates: tuple[Rate, ...]) -> None:
    scores, positive, groups = data = planted()
    found = decided(data, constraint=constraint)
    names = np.array(groups)
    rows = {name: (names == name) & found.held_out for name in "ab"}
    for rate in rates:
        before = [rate(scores[at] >= 0.5, positive[at]) for at in rows.values()]
        after = [rate(found.selected[at], positive[at]) for at in rows.values()]
        # The rules are fitted on a sample and checked on another of the same size: four standard errors of both, with
        # the rarer outcome's rows as n, which is fewer than any of these rates has.
        sizes = [min(positive[at].sum(), (~positive[at]).sum()) for at in rows.values()]
        noise = 4 * math.sqrt(2 * sum(p * (1 - p) / n for p, n in zip(after, sizes, strict=True)))
        assert abs(after[0] - after[1]) < noise < abs(before[0] - before[1])


def test_decisions_of_held_out_rows_do_not_depend_on_their_true_outcomes() -> None:
    scores, positive, groups = data = planted(1000)
    found = decided(data, seed=3)
    labelled = ~found.held_out
    blind = decide(scores, positive & labelled, labelled, scores >= 0.5, groups, seed=4)
    assert found.held_out.sum() == pytest.approx(500, abs=2)
    assert (~blind.held_out).sum() == pytest.approx(250, abs=2)
    assert not (blind.held_out < found.held_out).any()  # rows without a true outcome are never fitted on


def test_halves_hold_as_many_of_each_group_and_outcome() -> None:
    data = planted(2000)
    _, positive, groups = data
    held = decided(data).held_out
    for name in "ab":
        for outcome in (True, False):
            rows = (np.array(groups) == name) & (positive == outcome)
            assert held[rows].sum() == rows.sum() // 2


def test_the_same_seed_decides_alike_and_another_draws_other_halves() -> None:
    data = planted(2000)
    one, again, other = decided(data), decided(data), decided(data, seed=1)
    assert (one.selected == again.selected).all()
    assert one.rules == again.rules
    assert (one.held_out != other.held_out).any()


def test_a_group_that_is_too_small_keeps_its_decisions_and_is_named() -> None:
    scores, positive, groups = planted(2000)
    groups[:20] = ["c"] * 20
    found = decided((scores, positive, groups))
    assert list(found.left_alone) == ["c"]
    assert "rows" in found.left_alone["c"]
    assert (found.selected[:20] == (scores[:20] >= 0.5)).all()
    assert [rule.group for rule in found.rules] == ["a", "b"]


@pytest.mark.slow
def test_one_group_or_groups_of_one_outcome_are_refused_by_name() -> None:
    scores, positive, groups = planted(2000)
    with pytest.raises(BadData, match=r"two groups with 30 rows and 10 of each true outcome.*of which 1 can be found"):
        decided((scores, positive, ["a"] * 2000))
    one_class = positive & (np.array(groups) == "a")
    with pytest.raises(BadData, match=r"too small: b: \d+ rows, 0 of them with the counted outcome"):
        decided((scores, one_class, groups))
    many = [f"g{at}" for at in range(2000)]
    with pytest.raises(BadData) as refused:
        decided((scores, positive, many))
    assert "and 1995 more" in str(refused.value)
    assert len(str(refused.value)) < 600


def test_rules_read_as_sentences() -> None:
    assert str(Rule("a", ((0.0, 0.1), (1.0, 0.25)), 0.0, 0.0)) == "selected above 0.25"
    assert str(Rule("a", ((0.25, math.inf), (0.75, 0.5)), 0.0, 0.0)) == (
        "never selected (in 25.0% of cases) or selected above 0.5 (in 75.0% of cases)"
    )
    assert str(Rule("a", ((1.0, -math.inf),), 0.5, 0.25)) == (
        "always selected; by lot, without the score, in 50.0% of cases (selected: 25.0%)"
    )


def test_without_fairlearn_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(thresholds, "import_module", absent)
    with pytest.raises(MissingExtra, match=r'pip install "fairwitness\[tabular\]"'):
        decided(planted(200))
