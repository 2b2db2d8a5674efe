"""What docs/policy.md says of all rules together is what the shipped policy holds."""

from __future__ import annotations

import sys
from pathlib import Path

from fairwitness.audit import policy
from fairwitness.audit.records import languages

sys.path.append(str(Path(__file__).parents[2] / "docs"))
from make_policy import page

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
PASS_ALPHA = 0.05


def table() -> list[str]:
    """One row a probe: its rules of severity error, and what wrong failures add up to at all their limits."""
    shipped, _ = policy.load(None)
    alphas: dict[str, list[float]] = {}
    for rule in shipped.rules:
        if (rule.severity or shipped.defaults.severity) == "error":
            for probe in rule.selector.probe.split("|"):
                alphas.setdefault(probe, []).append(rule.fail_alpha or PASS_ALPHA)
    rows = []
    for probe, own in sorted(alphas.items(), key=lambda item: (-len(item[1]), item[0])):
        fails, violated = sum(own) / 2, len(own) * PASS_ALPHA / 2
        rows.append(f"| `{probe}` | {len(own)} | {fails:.2%} | {violated:.1%} |")
    return rows


def test_the_page_says_what_wrong_failures_add_up_to() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = page.split("<!-- rules of severity error -->\n")[1].split("<!-- end of rules -->")[0]
    assert told.splitlines() == table()


def test_every_shipped_rule_says_why_its_number_is_what_it_is_in_both_languages() -> None:
    shipped, info = policy.load(None)
    assert set(info.bounds) == {rule.id for rule in shipped.rules}
    for name, bound in info.bounds.items():
        assert set(languages(bound.reason)) == {"en", "zh"}, name
        assert bound.source, name
        assert set(languages(bound.source)) == {"en", "zh"} or " of this policy" not in bound.source, name


def test_the_page_gives_reason_and_source_of_every_number() -> None:
    told = PAGE.read_text(encoding="utf-8")
    assert page(told) == told, "run python docs/make_policy.py"
