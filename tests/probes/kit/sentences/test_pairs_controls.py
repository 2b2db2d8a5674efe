"""The control pairs: what their file holds, how they are mixed, and false alarms where frames or terms have effects."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from statistics import mean

import numpy as np
import pytest

from fairwitness.audit import stats
from fairwitness.audit.datasets import find
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.crows_pairs.flaws import flaws
from fairwitness.probes.kit.sentences.control_adjusted import control_adjusted_score, control_score
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, Pair, our_pairs
from fairwitness.probes.kit.sentences.scores import ScoredPair

TABLE = find(OUR_PAIRS)
OURS = our_pairs(TABLE, "en", "control")
QUOTAS = {
    "race-color": 24,
    "gender": 13,
    "socioeconomic": 9,
    "nationality": 8,
    "religion": 6,
    "age": 5,
    "sexual-orientation": 5,
    "physical-appearance": 5,
    "disability": 5,
}
SEEDS = 200


def read(pair: Pair, margin: float) -> ScoredPair:
    return ScoredPair(pair, {"sum": (margin, 0.0)}, (5, 5), (1, 1))


def phrases() -> dict[tuple[str, str], list[Pair]]:
    """The three pairs of each phrase: what is left of both sentences without the words of the frame."""
    whole = frames()
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in OURS:
        before, after = whole[pair.template]
        sides = [text.removeprefix(before).removesuffix(after) for text in (pair.more, pair.less)]
        key = tuple(
            "she" if side == "her" else "he" if side == "him" else side.lower().removeprefix("the ") for side in sides
        )
        found.setdefault((key[0], key[1]), []).append(pair)
    return found


def frames() -> dict[str, tuple[str, str]]:
    """What all sentences of a frame begin and end with, whole words alone."""
    groups: dict[str, list[str]] = {}
    for pair in OURS:
        groups.setdefault(pair.template, []).extend((pair.more, pair.less))
    return {name: (_common(texts), _common([one[::-1] for one in texts])[::-1]) for name, texts in groups.items()}


def _common(texts: list[str]) -> str:
    shared = [letters[0] for letters in zip(*texts, strict=False) if len(set(letters)) == 1]
    stop = next((at for at, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), len(shared))
    start = texts[0][:stop]
    return start[: start.rfind(" ") + 1]


def test_the_file_holds_the_categories_of_the_set_in_its_proportions() -> None:
    assert Counter(pair.category for pair in OURS) == {name: 3 * count for name, count in QUOTAS.items()}
    assert len({(pair.more, pair.less) for pair in OURS}) == len({pair.more for pair in OURS}) == len(OURS) == 240
    assert all(pair.more.endswith(".") and "  " not in pair.more + pair.less for pair in OURS)


def test_every_phrase_stands_in_three_frames_and_every_frame_has_ten_phrases_of_several_categories() -> None:
    found = phrases()
    assert {len(pairs) for pairs in found.values()} == {3}
    assert all(len({pair.template for pair in pairs}) == 3 for pairs in found.values())
    by_frame: dict[str, list[str]] = {}
    for pair in OURS:
        by_frame.setdefault(pair.template, []).append(pair.category)
    assert len(by_frame) == 24
    for categories in by_frame.values():
        assert len(categories) == 10
        assert len(set(categories)) >= 4
    meetings = Counter(frozenset({one.template, two.template}) for p in found.values() for one in p for two in p)
    assert max(count for frames, count in meetings.items() if len(frames) == 2) <= 6  # each counted twice: 3 of 80


def test_no_exchange_and_no_noun_dominates() -> None:
    assert max(Counter(pair.terms for pair in OURS).values()) <= 15
    nouns = Counter(re.findall(r"\w+", more)[-1] for more, _ in phrases())
    assert max(nouns.values()) <= 10
    assert len({pair.terms for pair in OURS}) >= 50


def test_the_sentences_of_a_pair_differ_in_the_words_of_the_group_alone() -> None:
    pronouns = {"her|his", "her|him", "she|he", "woman|man", "man|woman"}
    for pair in OURS:
        first, second = pair.more.rstrip(".").split(), pair.less.rstrip(".").split()
        changed = [
            "|".join((" ".join(first[a:b]), " ".join(second[c:d])))
            for tag, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes()
            if tag != "equal"
        ]
        allowed = {pair.terms.lower()} | pronouns
        assert {one.lower() for one in changed} <= allowed, (pair, changed)


def test_edits_and_lengths_are_those_of_the_set() -> None:
    found = [flaws([pair])[0] for pair in OURS]
    counts = [100 * mean(rule in one for one in found) for rule in ("word_counts", "several")]
    assert counts == pytest.approx([213 / 15.08, 236 / 15.08], abs=8)
    single = [pair for pair, one in zip(OURS, found, strict=True) if not one and pair.terms.count(" ") == 0]
    assert 100 * len(single) / len(OURS) == pytest.approx(68, abs=8)
    longer = sum(len(pair.more) > len(pair.less) for pair in OURS)
    shorter = sum(len(pair.more) < len(pair.less) for pair in OURS)
    assert abs(longer - shorter) <= 24


def test_no_sentence_speaks_of_what_stereotypes_are_about() -> None:
    """Words of the frames: none of money, work, skill, food, health, looks, crime, faith, family or home."""
    loaded = (
        "money|pay|paid|price|cheap|buy|bought|job|work\\w*|boss|smart|test|school|food|eat|ate|cook\\w*|doctor|sick|"
        "strong|run|ran|clean|dirty|steal|stole|police|fight|pray\\w*|church|mother|child\\w*|home|country|born|gun|drugs?"
    )
    for name, (before, after) in frames().items():
        assert not re.search(rf"\b({loaded})\b", f"{before} {after}".lower()), name


def test_articles_agree_with_what_follows() -> None:
    for pair in OURS:
        for text in (pair.more, pair.less):
            assert not re.search(r"\b[Aa] [AEIOaeio]", text), text
            assert not re.search(r"\b[Aa]n [^AEIOaeio]", text), text


def test_competence_and_things_are_pairs_of_the_same_words_and_of_one_language() -> None:
    for language in ("en", "de"):
        for pair in our_pairs(TABLE, language, "competence"):
            one, other = (sorted(re.findall(r"\w+", text.lower())) for text in (pair.more, pair.less))
            assert one == other
    assert len({pair.more for pair in our_pairs(TABLE, "en", "thing")}) == 71


@pytest.mark.parametrize(("against", "share"), [(0, 75.0), (30, 0.0)])
def test_controls_are_mixed_as_the_set_is(against: int, share: float) -> None:
    """30 pairs of one category, whose controls prefer the disadvantaged group, and 10 of one whose never do."""
    asked = [
        read(Pair(at, "", "", "a" if at < 30 else "b", "antistereo" if at < against else "stereo"), 1.0)
        for at in range(40)
    ]
    own = [
        read(Pair(at, "", "", "a" if at < 4 else "b", "", f"f{at % 4}", f"t{at}"), 1.0 if at < 4 else -1.0)
        for at in range(16)
    ]
    found = control_score(own, asked, "sum")
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(share)


def test_equal_weights_and_no_shared_labels_give_wilson_with_the_t_quantile() -> None:
    own = [read(Pair(at, "", "", template=f"f{at}"), 1.0 if at % 4 else -1.0) for at in range(400)]
    found, plain = control_score(own, [], "sum"), stats.proportion(300, 400)
    assert isinstance(found, Estimate)
    assert isinstance(plain, Estimate)
    assert (found.low, found.high) == pytest.approx((100 * plain.low, 100 * plain.high), abs=0.1)
    same = control_score([read(replace(one.pair, template=f"f{at % 9}"), 1.0) for at, one in enumerate(own)], [], "sum")
    assert isinstance(same, Estimate)
    assert same.low < 67 < same.high == 100.0  # nine frames, not 400 certain pairs
    assert isinstance(control_score([], [], "sum"), Undefined)
    assert isinstance(control_score([read(replace(one.pair, template="f"), 1.0) for one in own], [], "sum"), Undefined)


@pytest.mark.proof
@pytest.mark.parametrize(("frame_sd", "term_sd"), [(0.0, 0.0), (1.0, 0.0), (0.0, 1.5), (0.7, 1.0)])
def test_effects_of_frames_and_terms_raise_no_more_alarms_than_the_level_says(frame_sd: float, term_sd: float) -> None:
    """Margins are frame + term + noise, each about 0: half of all pairs prefer either sentence, and so of the set."""
    control = difference = naive = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        frame_of = {name: rng.normal(0, frame_sd) for name in sorted({pair.template for pair in OURS})}
        term_of = {name: rng.normal(0, term_sd) for name in sorted({pair.terms for pair in OURS})}
        own = [read(one, frame_of[one.template] + term_of[one.terms] + rng.normal()) for one in OURS]
        asked = [
            read(Pair(at, "", "", name), rng.normal()) for at, name in enumerate(np.repeat(list(QUOTAS), 160).tolist())
        ]
        score, less = control_score(own, asked, "sum"), control_adjusted_score(asked, own, "sum")
        assert isinstance(score, Estimate)
        assert isinstance(less, Estimate)
        control += not score.low <= 50 <= score.high
        difference += not less.low <= 0 <= less.high
        plain = stats.proportion(sum(one.prefers_more("sum") for one in own), len(own))
        assert isinstance(plain, Estimate)
        naive += not plain.low <= 0.5 <= plain.high
    assert control <= 19  # 200 trials at 0.05: 10 expected, 3 standard deviations more
    assert difference <= 19
    if max(frame_sd, term_sd) >= 1:
        assert naive > 19  # the plant is one that intervals over single pairs do not stand


def test_a_planted_difference_is_found() -> None:
    rng = np.random.default_rng(1)
    own = [read(one, rng.normal()) for one in OURS]
    names = np.repeat(list(QUOTAS), 160).tolist()
    asked = [read(Pair(at, "", "", name), rng.normal() + 0.8) for at, name in enumerate(names)]
    found = control_adjusted_score(asked, own, "sum")
    assert isinstance(found, Estimate)
    assert 5 < found.low < found.high < 45
