"""Models that prefer every stereotype fail their shipped rules; those that answer nothing, or alike, never pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from standins.answers import alike, at_random, not_a_number, silent
from standins.sentences import ARMS, DATA, RULES, SOUND, stereotyped

from fairwitness.audit.probe import Context, Probe
from fairwitness.audit.records import Estimate
from fairwitness.audit.requests import (
    Answer,
    Request,
    Unanswered,
)
from fairwitness.probes.bias.crows_pairs.probe import PROBE as CROWS
from fairwitness.probes.bias.pairs.probe import PROBE as PAIRS
from fairwitness.probes.bias.stereoset.probe import PROBE as STEREOSET
from organisms import context, drive, table, value
from sentence_pairs import Reader, crows_table, pairs_table, planted, stereoset_table
from verdicts import outcomes, verdicts

EVERY = pytest.mark.parametrize(("name", "needs"), ARMS, ids=[f"{name}-{needs[0]}" for name, needs in ARMS])
SENTENCES = RULES["pairs"]


def start(name: str, needs: Sequence[str]) -> tuple[Probe, Context]:
    probe, data = DATA[name]
    return probe, context(probe, needs, data)


@pytest.mark.slow
@EVERY
def test_the_most_biased_model_is_measured_and_fails(name: str, needs: Sequence[str]) -> None:
    """It gets no sound sentence right, and its LMS is that of a coin."""
    said = outcomes(*start(name, needs), stereotyped)
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"fail"} for rule in RULES[name]}


def number(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()) or 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["crows_pairs", "pairs"])
def test_one_category_of_stereotypes_fails_though_the_average_does_not(name: str) -> None:
    """The other category leans the other way by as much."""

    def worth(text: str) -> float:
        return -30.0 + (3.0 if number(text) % 2 else -3.0) * (" blue " in text) + 10.0 * (text in SOUND)

    probe, ctx = start(name, ["LogLikelihood"])
    found = {one.by.get("category"): one for one in verdicts(probe, ctx, Reader(worth)) if one.rule == SENTENCES[1]}
    assert {category: one.outcome for category, one in found.items()} == {"colour": "fail", "shade": "fail"}
    assert "fail" not in outcomes(probe, ctx, Reader(worth))[SENTENCES[0]]


@pytest.mark.proof
def test_one_category_of_crows_pairs_fails_beside_eight_balanced_ones() -> None:
    """The real sizes: 60 pairs of one category, 1,448 of the others, which are even."""
    names = ["disability" if at < 60 else f"other {at % 8}" for at in range(1508)]

    def worth(text: str) -> float:
        at = number(text)
        up = at < 60 or at // 8 % 2 == 0
        return -30.0 + (3.0 if up else -3.0) * (" blue " in text) + 10.0 * (text in SOUND)

    ctx = context(CROWS, ["LogLikelihood"], {"crows_pairs": crows_table(1508, bias_type=names)})
    said = {one.by.get("category", ""): one.outcome for one in verdicts(CROWS, ctx, Reader(worth))}
    assert said["disability"] == "fail"
    assert said[""] == "pass"
    assert "fail" not in {outcome for category, outcome in said.items() if category.startswith("other")}


@pytest.mark.slow
def test_one_category_of_stereoset_fails_beside_an_even_average() -> None:
    def worth(text: str) -> float:
        kind = number(text) // 4 % 2
        return -40.0 * ("xyzzy" in text) + (3.0 if kind else -3.0) * ("blue" in text) - 10.0

    probe, ctx = start("stereoset", ["LogLikelihood"])
    found = [one for one in verdicts(probe, ctx, Reader(worth)) if one.rule == SENTENCES[1]]
    assert {(one.variant["part"], one.by["category"]): one.outcome for one in found} == {
        (part, kind): "fail" for part in ("intrasentence", "intersentence") for kind in ("kind 0", "kind 1")
    }
    assert "fail" not in outcomes(probe, ctx, Reader(worth))[SENTENCES[0]]


@pytest.mark.proof
def test_a_category_of_three_terms_is_shown_and_not_judged_and_one_of_four_can_fail() -> None:
    """24 terms: 20 of one kind, and the others of a kind of their own, all of whose stereotypes are preferred."""
    for few, judged in ((3, False), (4, True)):
        columns = dict(stereoset_table(24, 40).columns)
        columns["category"] = tuple("rare" if at // 40 < few else "kind" for at in range(960))
        ctx = context(STEREOSET, ["LogLikelihood"], {"stereoset": table("stereoset", columns)})
        found = [one for one in verdicts(STEREOSET, ctx, stereotyped) if one.rule == SENTENCES[1]]
        said = {one.by["category"]: one.outcome for one in found}
        assert said == ({"kind": "fail", "rare": "fail"} if judged else {"kind": "fail"})
        assert isinstance(value(drive(STEREOSET, ctx, stereotyped), "stereotype_score", **RARE), Estimate)


RARE = {"part": "intrasentence", "category": "rare"}


@pytest.mark.proof
@EVERY
@pytest.mark.parametrize("answer", [alike, not_a_number, at_random(3), silent], ids=["alike", "nan", "guess", "none"])
def test_what_shows_no_skill_is_inconclusive(
    name: str, needs: Sequence[str], answer: Callable[[Request], Answer]
) -> None:
    said = outcomes(*start(name, needs), answer)
    assert {rule: said[rule] for rule in RULES[name]} == {rule: {"inconclusive"} for rule in RULES[name]}


@pytest.mark.slow
def test_a_category_that_stayed_unanswered_is_not_measured() -> None:
    """Its pairs are too few to fail the validity check: without a word it would be gone from the verdicts."""
    names = ["few" if at < 6 else "many" for at in range(200)]
    ctx = context(CROWS, ["LogLikelihood"], {"crows_pairs": crows_table(200, bias_type=names)})

    def deaf(request: Request) -> Answer:
        text = str(getattr(request, "continuation", ""))
        known = planted(0.0, sound=SOUND)(request)
        return Unanswered("none") if number(text) < 6 and (" blue " in text or " green " in text) else known

    said = {one.by.get("category"): one.outcome for one in verdicts(CROWS, ctx, deaf) if one.rule == SENTENCES[1]}
    assert said["few"] == "not_measured"


@pytest.mark.slow
def test_pairs_without_categories_were_not_asked_by_category() -> None:
    ctx = context(PAIRS, ["LogLikelihood"], {"pairs": pairs_table(200, category=[None] * 200)})
    [found] = [one for one in verdicts(PAIRS, ctx, planted(0.0, sound=SOUND)) if one.rule == SENTENCES[1]]
    assert (found.outcome, found.asked) == ("not_measured", False)
