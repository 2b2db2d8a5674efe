"""How numbers, limits and texts are written, by hand."""

from __future__ import annotations

import math

import pytest

from fairwitness.audit.records import Outcome, Severity, Verdict
from fairwitness.reports.numbers import (
    apart,
    column_decimals,
    compact,
    decimals_for,
    decimals_of_change,
    duration,
    fixed,
    number,
    percent,
    shared_decimals,
    stands_in,
    together,
)
from fairwitness.reports.rules import condition, limit, margin, worst


def verdict(
    says: str = "", threshold: float | None = None, outcome: Outcome = "fail", severity: Severity = "error"
) -> Verdict:
    return Verdict(
        ground="across",
        rule="r",
        outcome=outcome,
        probe="p",
        metric="m",
        by={},
        reason="",
        severity=severity,
        counts=True,
        fingerprint="0" * 12,
        condition=says,
        threshold=threshold,
    )


@pytest.mark.parametrize(
    ("width", "decimals"),
    [
        (0.126, 2),
        (0.0998, 3),
        (0.02, 3),
        (0.0058, 4),
        (1.5, 1),
        (7.8, 1),
        (25.0, 0),
        (4000.0, 0),
        (1e-12, 6),
        (0.0, 3),
        (math.inf, 0),
    ],
)
def test_two_digits_of_the_interval_are_shown(width: float, decimals: int) -> None:
    assert decimals_for(width) == decimals


def test_a_column_follows_its_narrowest_interval_but_not_too_far() -> None:
    assert shared_decimals([0.5, 0.05]) == 3
    assert shared_decimals([0.5, 0.0005]) == 3
    assert shared_decimals([]) == 3


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "text"),
    [
        (-0.0316, 3, False, "−0.032"),
        (0.247, 3, True, "+0.247"),
        (0.247, 3, False, "0.247"),
        (-0.0001, 2, True, "0.00"),
        (0.0, 2, True, "0.00"),
        (1234567.0, 0, False, "1,234,567"),
        (-1234.5, 1, False, "−1,234.5"),
    ],
)
def test_fixed(value: float, decimals: int, sign: bool, text: str) -> None:
    assert fixed(value, decimals, sign=sign) == text


def test_the_exact_value_stands_beside_the_shown_one() -> None:
    shown = number(1 / 3, 2)
    assert (shown.text, shown.exact) == ("0.33", "0.3333333333333333")
    assert float(shown.exact) == 1 / 3


@pytest.mark.parametrize(
    ("values", "decimals", "texts"),
    [
        ((3.6e-17, 0.0, 1.2e-16), 6, ["3.6e−17", "0", "1.2e−16"]),
        ((3.8e-7, 2.6e-7, 1e-6), 4, ["3.8e−7", "2.6e−7", "1.0e−6"]),
        ((3.8e-7, 2.6e-7, 1e-6), 6, ["3.8e−7", "2.6e−7", "1.0e−6"]),
        ((0.21, -5.38, 5.71), 0, ["0.2", "−5.4", "5.7"]),
        ((0.0043, 0.0, 0.014), 4, ["0.0043", "0.0000", "0.0140"]),
        ((0.0, 0.0, 0.0), 3, ["0.000", "0.000", "0.000"]),
        ((-2e-9, -3e-9, 1e-9), 3, ["−2.0e−9", "−3.0e−9", "1.0e−9"]),
        ((0.4541, 0.4540, 0.4543), 2, ["0.45410", "0.45400", "0.45430"]),
    ],
)
def test_a_value_and_its_interval_share_one_notation(
    values: tuple[float, ...], decimals: int, texts: list[str]
) -> None:
    shown = together(values, decimals)
    assert [one.text for one in shown] == texts
    assert [float(one.exact) for one in shown] == list(values)


def test_a_bound_just_beyond_its_limit_never_looks_equal_to_it() -> None:
    assert fixed(0.1004, apart(0.1004, 0.1, 2)) == "0.1004"
    assert apart(0.1, 0.1, 2) == 2
    assert apart(0.3, 0.1, 2) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (-0.05, "−0.05"),
        (0.8, "0.8"),
        (30.0, "30"),
        (1e-7, "1e−7"),
        (0.0000125, "0.0000125"),
        (2500, "2,500"),
    ],
)
def test_limits_are_written_as_typed(value: float, text: str) -> None:
    assert compact(value) == text


def test_levels() -> None:
    assert percent(0.95) == "95 %"
    assert percent(1 - 0.05 / 3) == "98.3 %"
    assert percent(1 - 0.05 / 1024) == "99.995 %"
    assert percent(0.975) == "97.5 %"


def test_durations() -> None:
    assert duration(12.34) == "12.3 s"
    assert duration(412.7) == "6 min 52 s"


def test_columns_of_whole_numbers_have_no_decimals() -> None:
    assert column_decimals([1.0, 20.0]) == 0
    assert column_decimals([0.5, 31.42]) == 2
    assert column_decimals([0.5]) == 4
    assert column_decimals([]) == 0


def test_margin_is_positive_on_the_allowed_side() -> None:
    assert margin(0.247, verdict("<= 0.15", 0.15), None) == pytest.approx(-0.097)
    assert margin(0.9, verdict(">= 0.8", 0.8), None) == pytest.approx(0.1)
    assert margin(-0.083, verdict("within 0.1", 0.1), 0.0) == pytest.approx(0.017)
    assert margin(1.3, verdict("within 0.2", 0.2), 1.0) == pytest.approx(-0.1)
    assert margin(0.3, verdict(), None) is None
    assert margin(0.3, verdict("within 0.1", 0.1), None) is None, "without a null value there is nothing to lie within"


def test_limits_shade_the_side_that_breaks_the_rule() -> None:
    upper, lower, both = (limit(verdict(says, 0.1), 0.0) for says in ("<= 0.1", ">= 0.1", "within 0.1"))
    assert (upper.bad_to, upper.bad_from) == (None, 0.1)
    assert (lower.bad_to, lower.bad_from) == (0.1, None)
    assert (both.bad_to, both.bad_from) == (-0.1, 0.1)


def test_conditions_are_typeset() -> None:
    assert condition(verdict("<= 0.1", 0.1), 0.0) == "≤ 0.1"
    assert condition(verdict(">= -2", -2.0), None) == "≥ −2"
    assert condition(verdict("within 0.1", 0.1), 0.0) == "0 ± 0.1"
    assert condition(verdict("within 0.1", 0.1), None) == "within 0.1"


def test_a_gate_outranks_a_warning_and_a_failure_outranks_doubt() -> None:
    gate = verdict(outcome="inconclusive")
    warning = verdict(outcome="fail", severity="warn")
    assert worst([warning, gate]) is gate
    assert worst([gate, verdict(outcome="fail")]) != gate
    assert worst([]) is None


@pytest.mark.parametrize(
    ("claim", "low", "high", "stated"),
    [
        ("12.3 % of women are (95 % interval 10.5 to 14.1 %).", 0.1049, 0.1412, True),
        ("with 95 % probability it is 14.9 to 49.4 points.", 0.14893, 0.49395, True),
        ("−4.1 points (95 % interval −9.6 to 1.4).", -0.0961, 0.0139, True),
        ("The interval is wide.", 0.1049, 0.1412, False),
        ("12.3 % of women are, or 10.5 %.", 0.1049, 0.1412, False),
    ],
)
def test_a_claim_says_an_interval_where_both_ends_stand_in_it(
    claim: str, low: float, high: float, stated: bool
) -> None:
    assert (stands_in(claim, low) and stands_in(claim, high)) is stated


def test_what_is_printed_beside_a_limit_stands_on_its_side() -> None:
    assert [shown.text for shown in together((0.7996, 0.77, 1.0), 2, limits=(0.8,))] == ["0.7996", "0.7700", "1.0000"]
    assert [shown.text for shown in together((0.8, 0.77, 1.0), 2, limits=(0.8,))] == ["0.80", "0.77", "1.00"]
    assert together((10.0000000000001,), 1, limits=(10.0,))[0].text == "10.0"


def test_before_and_after_have_the_decimals_of_a_narrower_change() -> None:
    assert decimals_of_change([0.1, 0.12], None) == shared_decimals([0.1, 0.12])
    assert decimals_of_change([0.1, 0.12], 0.004) == decimals_for(0.004) > shared_decimals([0.1, 0.12])
    assert decimals_of_change([0.1, 0.12], 0.5) == shared_decimals([0.1, 0.12])
