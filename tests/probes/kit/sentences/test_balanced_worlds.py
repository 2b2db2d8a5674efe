"""Whole probes of sentence pairs on models that lean by exchange, frame, target and frequency, and by no stereotype."""

from __future__ import annotations

import numpy as np
import pytest

import proof
from fairwitness.audit.datasets import find
from fairwitness.audit.records import Cell, Table
from fairwitness.probes.bias.bec_pro import probe as bec_pro
from fairwitness.probes.bias.crows_pairs import probe as crows_pairs
from fairwitness.probes.bias.pairs import probe as pairs
from fairwitness.probes.bias.stereoset import probe as stereoset
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from organisms import context, table, value
from sentence_pairs import DEEDS, EXCHANGES, PLACES, stereoset_table
from worlds.exchanges import CROWS, spread_of
from worlds.leaning import World

pytestmark = pytest.mark.proof

AGREE = spread_of(0.33)
OURS = our_pairs(find(OUR_PAIRS), "en", "control")
CAUSAL = ["LogLikelihood"]


def words(text: str) -> list[tuple[str, float]]:
    """Every word leans, so that two that are exchanged differ as much as exchanges do in trained models."""
    return [(word, AGREE / np.sqrt(2)) for word in text.split()]


def crows_table(shrunk: int = 1) -> Table:
    """Pairs in exchanges of the sizes of CrowS-Pairs, or of every so many of these; `a` is the disadvantaged group."""
    rows: list[tuple[Cell, ...]] = []
    for category, (several, alone) in CROWS.items():
        for at, many in enumerate((*several, *(1,) * alone)):
            for _ in range(many // shrunk + (many % shrunk > at % shrunk)):
                rest = f"{DEEDS[len(rows) % 10]} in the {PLACES[len(rows) // 10 % 10]} {len(rows)}."
                both = [f"The {group}{category}{at} {rest}" for group in "ab"]
                against = len(rows) % 7 == 0
                side = "antistereo" if against else "stereo"
                rows.append((len(rows), *(both[::-1] if against else both), side, category))
    names = ("", "sent_more", "sent_less", "stereo_antistereo", "bias_type")
    return table("crows_pairs", dict(zip(names, zip(*rows, strict=True), strict=True)))


def crows(shrunk: int = 1) -> World:
    data = {"crows_pairs": crows_table(shrunk)}
    return World(crows_pairs.PROBE, context(crows_pairs.PROBE, CAUSAL, data), words)


def test_exchanges_that_lean_raise_no_more_alarms_in_crows_pairs_than_the_level_says() -> None:
    worlds = proof.worlds(20)
    found = crows(4).alarms(worlds, {"stereotype_score": 50.0, "score_less_control": 0.0})
    assert found["score_less_control"] <= proof.allowed(worlds), found
    proof.confirm_alarms("crows_pairs", found["stereotype_score"], worlds)


def test_what_rare_words_lose_is_taken_off_by_the_controls() -> None:
    """The score itself is below 50 then: most pairs have the rarer word first."""
    world, worlds = crows(4), proof.worlds(20)
    rare = {text for text in world.texts if text.startswith("The a")} | {one.more for one in OURS}
    found = world.alarms(worlds, {"stereotype_score": 50.0, "score_less_control": 0.0}, rare, -0.6)
    assert found["score_less_control"] <= proof.allowed(worlds), found
    assert found["stereotype_score"] > worlds / 2


def test_a_stereotype_is_found_in_a_set_of_the_real_size() -> None:
    """Half a standard deviation for the sentences of `more`: found in nearly every model, and of the right sign."""
    world, data = crows(), crows_table()
    more = {str(text) for text in data.columns["sent_more"]}
    shares = []
    for by in (-0.6, 0.6, 1.2):
        found = [value(world.findings(seed, more, by), "stereotype_score") for seed in range(8)]
        assert sum(one.high < 50 if by < 0 else one.low > 50 for one in found) >= 7
        shares.append(np.mean([one.value for one in found]))
    assert shares == sorted(shares)


def own_table(template: bool) -> Table:
    """40 exchanges in five templates, as people write pairs of their own; four categories."""
    rows: list[tuple[Cell, ...]] = []
    for exchange in range(40):
        for frame in range(5):
            rest = f"f{frame} {DEEDS[frame]} {PLACES[exchange % 10]} {len(rows)}."
            rows.append((f"The a{exchange} {rest}", f"The b{exchange} {rest}", f"kind {exchange % 4}", f"{frame}"))
    names = ("sent_more", "sent_less", "category", *(["template"] if template else []))
    return table("pairs", dict(zip(names, zip(*rows, strict=True), strict=False)))


def framed(text: str) -> list[tuple[str, float]]:
    """Frames lean to one of both sides as well."""
    own = text.split()
    return [*words(text), (f"{own[1][:1]} in {own[2]}", 0.3)] if own[2].startswith("f") else words(text)


@pytest.mark.parametrize("template", [True, False], ids=["templates", "without"])
def test_exchanges_that_lean_raise_no_more_alarms_in_own_pairs_than_the_level_says(template: bool) -> None:
    ctx = context(pairs.PROBE, CAUSAL, {"pairs": own_table(template)})
    worlds = proof.worlds(20)
    world = World(pairs.PROBE, ctx, framed if template else words)
    found = world.alarms(worlds, {"stereotype_score": 50.0, "score_less_control": 0.0})
    assert found["score_less_control"] <= proof.allowed(worlds), found
    assert found["stereotype_score"] <= proof.allowed(worlds), found
    if not template:
        proof.confirm_alarms("pairs", found["stereotype_score"], worlds)


def items_table() -> Table:
    """Items that name their target in every sentence."""
    bare = stereoset_table(40, 6).columns
    named = {
        name: [
            str(cell).replace("This one", f"This {target}")
            for cell, target in zip(bare[name], bare["target"], strict=True)
        ]
        for name in ("stereotype", "anti_stereotype", "unrelated")
    }
    return table("stereoset", {**bare, **named})


def associated(text: str) -> list[tuple[str, float]]:
    """Attribute words lean, and each target to one of both sides."""
    own = text.split()
    nouns = [(one, 0.5) for one in own if any(one in exchange for exchange in EXCHANGES)]
    side = next((one for one in ("blue", "green") if one in own), "")
    return [*nouns, (f"{own[2]} {side}", 0.7)] if side and own[1] == "group" else [*nouns, ("", 0.0)]


def test_targets_and_attributes_that_lean_raise_no_more_alarms_in_stereoset_than_the_level_says() -> None:
    ctx = context(stereoset.PROBE, CAUSAL, {"stereoset": items_table()})
    worlds = proof.worlds(20)
    found = World(stereoset.PROBE, ctx, associated).alarms(worlds, {"stereotype_score": 50.0})
    proof.confirm_alarms("stereoset", found["stereotype_score"], worlds)


PEOPLE = {"Ann": "female", "Eve": "female", "Bob": "male", "brother": "male"}


def professions_table() -> Table:
    """Four people beside 30 professions in five wordings."""
    rows: list[tuple[Cell, ...]] = []
    for wording in range(5):
        template = f"<person subject> w{wording} <profession>."
        for job in range(30):
            for person, gender in PEOPLE.items():
                text = template.replace("<person subject>", person).replace("<profession>", f"job{job}")
                rows.append((text, template, person, gender, f"job{job}", ("female", "male", "balanced")[job % 3]))
    names = ("Sentence", "Template", "Person", "Gender", "Profession", "Prof_Gender")
    return table("bec_pro_en", dict(zip(names, zip(*rows, strict=True), strict=True)))


def employed(text: str) -> list[tuple[str, float]]:
    """Professions lean to people of either gender, and to single people; so do wordings."""
    own = text.rstrip(".").split()
    if len(own) != 3 or not own[1].startswith("w"):
        return [("", 0.0)]
    gender = PEOPLE.get(own[0], own[0])
    return [(f"{gender} {own[2]}", 0.7), (f"{own[0]} {own[2]}", 0.5), (f"{gender} {own[1]}", 0.5)]


def test_professions_that_lean_raise_no_more_alarms_in_bec_pro_than_the_level_says() -> None:
    world = World(bec_pro.PROBE, context(bec_pro.PROBE, CAUSAL, {"bec_pro_en": professions_table()}), employed)
    worlds = proof.worlds(20)
    found = world.alarms(worlds, {"stereotype_effect": 0.0, "control_effect": 0.0})
    assert found["control_effect"] <= proof.allowed(worlds), found
    proof.confirm_alarms("bec_pro", found["stereotype_effect"], worlds)
