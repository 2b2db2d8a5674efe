"""Reasons are codes with values; the sentence is made from them in every language."""

from __future__ import annotations

from typing import get_args

from fairwitness.audit import reasons, stats
from fairwitness.audit.records import REASON_CODES, ReasonCode, Undefined, languages


def test_every_code_is_documented() -> None:
    assert set(REASON_CODES) == set(get_args(ReasonCode))


def test_too_few_says_how_many_in_values_and_words() -> None:
    few = stats.rate_gap([1.0], [5.0])
    assert isinstance(few, Undefined)
    assert (few.code, few.values) == ("few_units", {"count": 1, "needed": 2, "what": "group(s)"})
    assert languages(few.reason) == {
        "en": "not estimable: 1 group(s), 2 needed",
        "zh": "无法估计：群体数只有 1，需要 2",
    }


def test_the_cause_stands_without_its_lead_in_every_language() -> None:
    few = reasons.few(1, 2, "clusters")
    assert languages(reasons.cause(few.reason)) == {"en": "1 clusters, 2 needed", "zh": "聚类数只有 1，需要 2"}
    assert reasons.cause("not measured:") == "not measured:"
    assert reasons.cause("no rows, and not estimable: so") == "no rows, and not estimable: so"


def test_reasons_of_several_runs_have_their_code_where_it_is_the_same() -> None:
    few, empty = reasons.few(1, 2, "clusters"), reasons.stated("no_rows", "no_units")
    assert reasons.joined_reasons({"BASE": few, "NEW": few}).code == "few_units"
    both = reasons.joined_reasons({"BASE": few, "NEW": empty})
    assert both.code == "not_comparable"
    assert languages(both.reason) == {
        "en": "in BASE: not estimable: 1 clusters, 2 needed; in NEW: not estimable: no rows",
        "zh": "BASE 中：无法估计：聚类数只有 1，需要 2；NEW 中：无法估计：没有数据行",
    }


def test_a_reference_without_a_value_keeps_its_reason() -> None:
    [against] = stats.contrasts([reasons.few(1, 2, "clusters"), stats.rate_statistic(1, 5)], 0, method="m")
    assert isinstance(against, Undefined)
    assert against.code == "no_reference"
    assert languages(against.reason)["zh"] == "无法估计：聚类数只有 1，需要 2（参照群体）"
