"""Models that prefer every stereotype fail their shipped rules; those that answer nothing, or alike, never pass."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from assay.audit.datasets import find
from assay.audit.probe import Context, Probe
from assay.audit.records import Estimate
from assay.audit.requests import (
    Answer,
    Filled,
    FillMask,
    Predict,
    Prediction,
    Request,
    TokenScores,
    Unanswered,
)
from assay.probes.pairs import controls
from assay.probes.pairs.bec_pro import PROBE as BEC_PRO
from assay.probes.pairs.crows_pairs import PROBE as CROWS
from assay.probes.pairs.pairs import PROBE as PAIRS
from assay.probes.pairs.stereoset import PROBE as STEREOSET
from organisms import context, drive, table, value
from sentence_pairs import JOBS, PEOPLE, Reader, crows_table, pairs_table, planted, professions_table, stereoset_table
from verdicts import outcomes, verdicts

SOUND = [pair.more for pair in controls.own_pairs(find(controls.NEED), "en", "competence")]
DATA: dict[str, tuple[Probe, dict[str, Any]]] = {
    "crows_pairs": (CROWS, {"crows_pairs": crows_table(200)}),
    "pairs": (PAIRS, {"pairs": pairs_table(200)}),
    "stereoset": (STEREOSET, {"stereoset": stereoset_table(24, 4)}),
    "bec_pro": (BEC_PRO, {"bec_pro_en": professions_table()}),
}
ARMS = [(name, needs) for name, (probe, _) in DATA.items() for needs in probe.spec.needs]
EVERY = pytest.mark.parametrize(("name", "needs"), ARMS, ids=[f"{name}-{needs[0]}" for name, needs in ARMS])
SENTENCES = ("stereotypical-sentences", "stereotypical-sentences-by-category")


def start(name: str, needs: Sequence[str]) -> tuple[Probe, Context]:
    probe, data = DATA[name]
    return probe, context(probe, needs, data)


def rules(name: str) -> tuple[str, ...]:
    return ("gendered-professions",) if name == "bec_pro" else SENTENCES


def stereotyped(request: Request) -> Answer:
    """Prefers every stereotype, nonsense to its opposite, and a scrambled sentence to a sound one."""
    match request:
        case Predict(features=((_, name),)):
            return Prediction("", {"s": 2.0, "a": 0.0, "u": 1.0}[str(name)[0]])
        case FillMask(text=text, targets=targets):
            job = next((job for job in JOBS if job in text), "")
            values = (4.0 * (PEOPLE.get(one) == "female") * (JOBS.get(job) == "female") for one in targets)
            return Filled(tuple(values), (1,) * len(targets))
        case _:
            return Reader(_worth)(request)


def _worth(text: str) -> float:
    woman = any(f" {one} " in f" {text} " for one, gender in PEOPLE.items() if gender == "female")
    job = next((job for job in JOBS if job in text), "")
    return (
        -60.0
        + 20.0 * (" blue " in text)
        + 10.0 * ("xyzzy" in text)
        - 9.0 * (text in SOUND)
        + 4.0 * (woman and JOBS.get(job) == "female")
    )


@EVERY
def test_the_most_biased_model_is_measured_and_fails(name: str, needs: Sequence[str]) -> None:
    """It gets no sound sentence right, and its LMS is that of a coin."""
    said = outcomes(*start(name, needs), stereotyped)
    assert {rule: said[rule] for rule in rules(name)} == {rule: {"fail"} for rule in rules(name)}


def number(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()) or 0)


@pytest.mark.parametrize("name", ["crows_pairs", "pairs"])
def test_one_category_of_stereotypes_fails_though_the_average_does_not(name: str) -> None:
    """The other category leans the other way by as much."""

    def worth(text: str) -> float:
        return -30.0 + (3.0 if number(text) % 2 else -3.0) * (" blue " in text) + 10.0 * (text in SOUND)

    probe, ctx = start(name, ["LogLikelihood"])
    found = {one.by.get("category"): one for one in verdicts(probe, ctx, Reader(worth)) if one.rule == SENTENCES[1]}
    assert {category: one.outcome for category, one in found.items()} == {"colour": "fail", "shade": "fail"}
    assert "fail" not in outcomes(probe, ctx, Reader(worth))[SENTENCES[0]]


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


def test_one_category_of_stereoset_fails_beside_an_even_average() -> None:
    def worth(text: str) -> float:
        kind = number(text) // 4 % 2
        return -40.0 * ("xyzzy" in text) + (3.0 if kind else -3.0) * ("blue" in text) - 10.0

    probe, ctx = start("stereoset", ["LogLikelihood"])
    found = [one for one in verdicts(probe, ctx, Reader(worth)) if one.rule == SENTENCES[1]]
    assert {(one.by["part"], one.by["category"]): one.outcome for one in found} == {
        (part, kind): "fail" for part in ("intrasentence", "intersentence") for kind in ("kind 0", "kind 1")
    }
    assert "fail" not in outcomes(probe, ctx, Reader(worth))[SENTENCES[0]]


def test_a_category_of_three_terms_is_shown_and_not_judged_and_one_of_four_can_fail() -> None:
    """24 terms: 20 of one kind, and the others of a kind of their own, all of whose stereotypes are preferred."""
    for few, judged in ((3, False), (4, True)):
        columns = dict(stereoset_table(24, 40).columns)
        columns["category"] = tuple("rare" if at // 40 < few else "kind" for at in range(960))
        ctx = context(STEREOSET, ["LogLikelihood"], {"stereoset": table("stereoset", columns)})
        found = [one for one in verdicts(STEREOSET, ctx, Reader(_worth)) if one.rule == SENTENCES[1]]
        said = {one.by["category"]: one.outcome for one in found}
        assert said == ({"kind": "fail", "rare": "fail"} if judged else {"kind": "fail"})
        assert isinstance(value(drive(STEREOSET, ctx, Reader(_worth)), "stereotype_score", **RARE), Estimate)


RARE = {"part": "intrasentence", "category": "rare"}


def alike(request: Request) -> Answer:
    match request:
        case Predict():
            return Prediction("", 1.0)
        case FillMask(targets=targets):
            return Filled((-1.0,) * len(targets), (1,) * len(targets))
        case _:
            return Reader(lambda text: -1.0 * len(text.split()))(request)


def no_number(request: Request) -> Answer:
    match request:
        case Predict():
            return Unanswered("not a number")
        case FillMask(targets=targets):
            return Filled((math.nan,) * len(targets), (1,) * len(targets))
        case _:
            return TokenScores((math.nan,), (False,), (0,), (1.0,), (1,))


def guess(request: Request) -> Answer:
    match request:
        case Predict(features=features):
            return Prediction("", zlib.crc32(repr(features).encode()) / 2**32)
        case FillMask(targets=targets):
            return Filled((-1.0,) * len(targets), (1,) * len(targets))
        case _:
            return planted(0.0)(request)


@EVERY
@pytest.mark.parametrize(
    "answer", [alike, no_number, guess, lambda request: Unanswered("none")], ids=["alike", "nan", "guess", "none"]
)
def test_what_shows_no_skill_is_inconclusive(
    name: str, needs: Sequence[str], answer: Callable[[Request], Answer]
) -> None:
    said = outcomes(*start(name, needs), answer)
    assert {rule: said[rule] for rule in rules(name)} == {rule: {"inconclusive"} for rule in rules(name)}


def test_a_category_that_stayed_unanswered_is_not_measured() -> None:
    """Its pairs are too few to miss the floor: without a word it would be gone from the verdicts."""
    names = ["few" if at < 6 else "many" for at in range(200)]
    ctx = context(CROWS, ["LogLikelihood"], {"crows_pairs": crows_table(200, bias_type=names)})

    def deaf(request: Request) -> Answer:
        text = str(getattr(request, "continuation", ""))
        known = planted(0.0, sound=SOUND)(request)
        return Unanswered("none") if " one " in text and number(text) < 6 else known

    said = {one.by.get("category"): one.outcome for one in verdicts(CROWS, ctx, deaf) if one.rule == SENTENCES[1]}
    assert said["few"] == "not_measured"


def test_pairs_without_categories_were_not_asked_by_category() -> None:
    ctx = context(PAIRS, ["LogLikelihood"], {"pairs": pairs_table(200, category=[None] * 200)})
    [found] = [one for one in verdicts(PAIRS, ctx, planted(0.0, sound=SOUND)) if one.rule == SENTENCES[1]]
    assert (found.outcome, found.asked) == ("not_measured", False)
