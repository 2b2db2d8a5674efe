"""docs/policy.md says of every shipped rule how little can pass it; it and the pages of the probes agree."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import proof
from fairwitness.audit import policy, probe

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "policy.md").read_text(encoding="utf-8")
RULES = policy.load(None)[0].rules
SMALLEST = 4
"""The place of the smallest sizes among the cells of a row."""
STALE = "run python docs/make_samples.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("make_samples")


def lines(script: Any) -> list[list[str]]:
    """The cells of the table's rows as they stand on the page."""
    made = PAGE.split(script.BEGIN)[1].split(script.END)[0].strip().splitlines()
    return [line.strip("| ").split(" | ") for line in made]


def test_the_table_has_every_rule_and_says_what_the_policy_says(script: Any) -> None:
    header, _, *cells = lines(script)
    assert tuple(header) == script.COLUMNS
    assert [row[0] for row in cells] == [f"`{rule.id}`" for rule in RULES], STALE
    for rule, row in zip(RULES, cells, strict=True):
        assert len(row) == len(header)
        assert tuple(row[:4]) == script.told(rule), STALE


@pytest.mark.slow
def test_quick_rows_are_what_the_search_finds(script: Any) -> None:
    """Each size that stands there can pass and the one before it cannot: the search itself runs with the proofs."""
    stands = {row[0]: tuple(row) for row in lines(script)}
    quick = [(rule, found) for rule, found in script.matched(script.POLICY) if all(one.quick for one in found)]
    assert len(quick) >= 25
    for rule, found in quick:
        cells = stands[f"`{rule.id}`"]
        assert cells == script.row(rule, found, cells[SMALLEST]), STALE


@pytest.mark.proof
@proof.IN_WHOLE
def test_every_row_is_what_the_search_finds(script: Any) -> None:
    stands = {row[0]: tuple(row) for row in lines(script)}
    for rule, found in script.matched(script.POLICY):
        assert stands[f"`{rule.id}`"] == script.row(rule, found), STALE


@pytest.mark.slow
def test_a_size_that_stands_there_is_no_answer_where_it_cannot_pass_or_a_smaller_one_can(script: Any) -> None:
    (texts,) = script.rows()["own-texts-by-heart"]
    size = texts.smallest()
    assert [texts.smallest(guess) for guess in (size - 1, size, size + 1)] == [size] * 3
    assert script._size("texts", f"other texts: 1,000; texts: 2,{size:03}; more: 3") == 2000 + size
    assert script._size("texts", "texts: none up to 4,000") == 0


def test_a_rule_without_fair_answers_and_fair_answers_without_a_rule_are_errors(script: Any) -> None:
    read = script.POLICY
    more = read.model_copy(update={"rules": (*RULES, RULES[0].model_copy(update={"id": "new"}))})
    with pytest.raises(ValueError, match="no fair answers are known for the rule 'new'"):
        script.table(more)
    with pytest.raises(ValueError, match="the policy has no rule 'selection-ratio'"):
        script.table(read.model_copy(update={"rules": RULES[1:]}))


@pytest.mark.slow
def test_one_less_than_the_smallest_cannot_pass(script: Any) -> None:
    for rule in ("own-texts-by-heart", "stereotypical-sentences", "decisions-when-swapped", "answers-by-stereotype"):
        one = script.rows()[rule][0]
        size = one.smallest()
        assert size is not None
        assert one.can(size)
        assert not one.can(size - one.step)


def test_both_pages_lead_to_each_other() -> None:
    names = {name for rule in RULES for name in rule.selector.probe.split("|")} & {*probe.registry()}
    assert len(names) >= 20
    for name in names:
        own = "association" if name in ("weat", "seat", "ceat") else name
        assert f"](probes/{own}.md)" in PAGE, own
        assert "](../policy.md" in (DOCS / "probes" / f"{own}.md").read_text(encoding="utf-8"), own


def test_each_page_says_what_an_average_hides() -> None:
    for name in {name for rule in RULES for name in rule.selector.probe.split("|")} & {*probe.registry()}:
        own = "association" if name in ("weat", "seat", "ceat") else name
        assert re.search(r"\b(hide|hides|hidden)\b", (DOCS / "probes" / f"{own}.md").read_text(encoding="utf-8")), own


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_the_tables_of_bounds_name_each_rule(rule: policy.Rule) -> None:
    """A row names the probe, the metric and the bound, in the table of what fails or of what warns."""
    both = PAGE.split("| can fail | bound |")[1].split("The bounds are conventions")[0]
    fails, warns = both.split("| warns | bound |")
    words = rule.op if rule.op == "within" else "at most" if rule.op == "<=" else "at least"
    bound = re.compile(rf"{words} {re.escape(f'{rule.value:g}')}(?![\d.]*\d)")
    stem = rule.selector.metric.split("*")[-1] or rule.selector.metric.rstrip("*")
    rows = [line for line in (warns if rule.severity == "warn" else fails).splitlines() if bound.search(line)]
    for name in rule.selector.probe.split("|"):
        assert [line for line in rows if f"`{name}`" in line and stem in line], (name, stem)
