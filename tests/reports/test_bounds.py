"""Beside each limit the page says why it is what it is and where it comes from, or that the policy does not say it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden.reading import forms, read
from golden.sample import sample

from fairwitness.audit import policy
from fairwitness.audit.records import Audit, BoundInfo, Translated
from fairwitness.reports.html import render

HOSTILE = '<script>alert(1)</script>"\u202e'


def with_bounds(**bounds: BoundInfo) -> Audit:
    audit = sample()
    info = replace(audit.manifest.policy, bounds={name.replace("_", "-"): bound for name, bound in bounds.items()})
    return replace(audit, manifest=replace(audit.manifest, policy=info))


@pytest.mark.slow
def test_each_limit_leads_to_its_reason_and_source_in_both_languages() -> None:
    reason, source = Translated("Ten points.", {"zh": "十个百分点。"}), Translated("A law", {"zh": "一部法律"})
    page = render(with_bounds(gender_gap=BoundInfo(reason, source)))
    assert {"十个百分点。", "一部法律"} <= set(forms(page))
    row = read(page).find("tr", id="b-gender-gap")[0].text
    assert "Ten points." in row
    assert "A law" in row
    assert page.count('href="#b-gender-gap"') > 0


@pytest.mark.slow
def test_what_the_policy_does_not_say_is_said_to_be_missing() -> None:
    section = read(render(with_bounds(gender_gap=BoundInfo("Ten points.")))).find("details", id="bounds")[0]
    rules = {row.find("th")[0].text for row in section.find("tbody")[0].find("tr")}
    assert rules == {verdict.rule for verdict in sample().verdicts if verdict.asked}
    assert section.text.count("The policy gives no reason.") == len(rules) - 1
    assert section.text.count("The policy gives no source.") == len(rules)


@pytest.mark.slow
def test_reasons_cannot_bring_markup_into_the_page() -> None:
    page = render(with_bounds(gender_gap=BoundInfo(HOSTILE, HOSTILE)))
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_policy_of_ones_own_gives_reasons_as_texts_or_by_language() -> None:
    rule = {"id": "a", "select": "gender/gap", "op": "within", "value": 0.1}
    own = {"version": 1, "rules": [{**rule, "reason": "ours"}, {**rule, "id": "b", "source": {"en": "x", "zh": "乙"}}]}
    _, info = policy.given(own)
    assert info.bounds == {"a": BoundInfo("ours"), "b": BoundInfo("", "x")}
    assert info.bounds["b"].source == Translated("x", {"zh": "乙"})
