"""The fill-mask probe on models made of a rule: every number is worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from plants.fill_mask import (
    CONTROLS,
    PAIRS,
    SIGN,
    TABLES,
    WORDS,
    against_reference,
    answerer,
    asked,
    evidence,
    log_prob,
    slant,
)

import proof
from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import BLANK, Answer, Filled, FillMask, LogLikelihood, Request, Unanswered
from fairwitness.audit.stats.crossed.two_way_clustered import TwoWayClustered, Value, difference, mean
from fairwitness.probes.bias.fill_mask.items import clues_of, pairs_of, templates_of
from fairwitness.probes.bias.fill_mask.probe import PROBE
from fairwitness.probes.kit.groups import terms_of
from organisms import context, first_requests, metric, table, value


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["FillMask", "LogLikelihood"])
def test_a_planted_lean_is_the_lpbs_to_the_last_digit(kind: str) -> None:
    findings = asked(kind, answerer(against_reference))
    assert value(findings, "lpbs").value == pytest.approx(0.8)
    for category in ("race", "religion", "nationality", "age", "disability", "orientation"):
        assert value(findings, "lpbs", category=category).value == pytest.approx(0.8)
        assert value(findings, "largest_lpbs", category=category).value == pytest.approx(0.8)
        assert value(findings, "control_lpbs", category=category).value == pytest.approx(0.0, abs=1e-12)
        assert value(findings, "clue_accuracy", category=category).value == 1.0
    assert value(findings, "group_lpbs", category="religion", group="Muslim").value == pytest.approx(0.8)
    assert value(findings, "group_ilps", category="religion", group="Christian").value == pytest.approx(0.0)
    assert value(findings, "group_ilps", category="religion", group="Muslim").value == pytest.approx(0.8)
    assert "Difference detected" in metric(findings, "lpbs").claim
    assert [one.name for one in findings.metrics if "overall" in one.tags] == ["largest_lpbs"]


@pytest.mark.proof
def test_swapping_the_sign_of_the_lean_flips_every_score() -> None:
    there = asked("FillMask", answerer(lambda word: len(word) / 5, noise=0.3), limit=40)
    back = asked("FillMask", answerer(lambda word: -len(word) / 5, noise=0.0), limit=40)
    plain = asked("FillMask", answerer(lambda word: len(word) / 5, noise=0.0), limit=40)
    assert value(plain, "lpbs").value == pytest.approx(-value(back, "lpbs").value)
    assert value(there, "lpbs").value != value(plain, "lpbs").value


@pytest.mark.slow
def test_control_words_have_a_size_and_no_sign() -> None:
    turned = {pair.first: (-1 if at % 2 else 1) for at, pair in enumerate(CONTROLS)}
    turned |= {pair.second: -sign for pair, sign in zip(CONTROLS, turned.copy().values(), strict=True)}
    plain = answerer(lambda word: 0.0)

    def answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        found = plain(request)
        if not request.targets or WORDS[request.targets[0]].reference or not isinstance(found, Filled):
            return found
        last = request.text.rstrip(".").rsplit(" ", 1)[1]
        return Filled((found.log_probs[0] + turned.get(last, 0) * 0.5,), (1,))

    findings = asked("FillMask", answer, categories=("age",))
    # every control pair moves both groups by 1 or by -1: root mean square 1, and 1 / sqrt(10) for ten pairs
    assert value(findings, "control_lpbs", category="age").value == pytest.approx(1 / math.sqrt(len(PAIRS)))


@pytest.mark.slow
def test_the_variance_of_cbs_by_hand() -> None:
    # age has four terms; ILPS with an unfavourable word is lean/2 = 0 for young and 0.4 for the other three:
    # variance 0.4² · (1/4 · 3/4) = 0.03, the same for favourable words, and 0 for control words
    findings = asked("FillMask", answerer(against_reference), categories=("age",))
    assert value(findings, "cbs", category="age").value == pytest.approx(0.03)
    assert value(findings, "cbs_less_control", category="age").value == pytest.approx(0.03)


@pytest.mark.proof
def test_changed_fills_are_the_words_that_another_group_brings() -> None:
    answer = answerer(against_reference)

    def opened(request: Request) -> Answer:
        if isinstance(request, FillMask) and not request.targets and "Muslim" in request.text:
            return Filled((), (), (("tall", -1.0), ("angry", -2.0), ("late", -3.0)))
        return answer(request)

    findings = asked("FillMask", opened, categories=("religion",))
    # of five groups that are no reference one changes one word of three
    assert value(findings, "changed_fills", category="religion").value == pytest.approx(1 / 15)
    assert value(findings, "changed_fills_less_control", category="religion").value == pytest.approx(1 / 15)
    assert metric(findings, "changed_fills_less_control", category="religion").better == "lower"  # less is not worse
    assert metric(findings, "cbs_less_control", category="religion").better == "lower"
    assert not [one for one in asked("LogLikelihood", answer).metrics if one.name.startswith("changed_fills")]


@pytest.mark.proof
def test_a_model_that_leans_only_in_general_gets_zero() -> None:
    findings = asked("FillMask", answerer(lambda word: 2.0))
    assert value(findings, "lpbs").value == pytest.approx(0.0, abs=1e-12)
    assert value(findings, "cbs", category="race").value == pytest.approx(0.0, abs=1e-12)
    assert value(findings, "group_ilps", category="race", group="white").value == pytest.approx(2.0)


@pytest.mark.slow
def test_the_blank_that_is_asked_is_the_terms_and_not_the_hidden_attribute() -> None:
    ours = first_requests(PROBE, context(PROBE, ["FillMask"], categories=("race",)))
    two = [one for one in ours if isinstance(one, FillMask) and one.targets and one.text.count(BLANK) == 2]
    assert two
    assert {one.at for one in two} == {0}
    assert any(one.text == f"The {BLANK} man across the street is {BLANK}." for one in two)

    swapped = table(
        "fill_mask_templates",
        {
            "language": ["en", "en"],
            "family": ["one", "two"],
            "number": [1, 1],
            "text": ["So {attribute} are the {blank} people.", "How {attribute}, the {blank} woman."],
        },
    )
    ctx = context(PROBE, ["FillMask"], {"fill_mask_templates": swapped}, categories=("race",))
    late = [one for one in first_requests(PROBE, ctx) if isinstance(one, FillMask) and one.text.count(BLANK) == 2]
    assert {one.at for one in late if one.targets} == {1}


@pytest.mark.proof
def test_a_model_that_does_not_know_the_terms_is_not_measured() -> None:
    answer = answerer(lambda word: against_reference(word) / 2)

    def blind(request: Request) -> Answer:
        if isinstance(request, FillMask) and request.targets and slant(request.text) == 0:
            return Filled((-1.0,), (1,))
        return answer(request)

    findings = asked("FillMask", blind)
    for one in findings.metrics:
        if "intrinsic" in one.tags:
            assert isinstance(one.estimate, Undefined), one
            assert one.estimate.kind == "not_interpretable"
            assert one.estimate.code in ("validity_check", "not_asked", "unanswered")
    assert value(findings, "clue_accuracy", category="race").value == 0.0


@pytest.mark.proof
def test_one_category_without_answers_leaves_the_others_alone() -> None:
    answer = answerer(against_reference)

    def partly(request: Request) -> Answer:
        if isinstance(request, FillMask) and request.targets == ("Hispanic",):
            return Unanswered("the tokenizer does not know the target 'Hispanic'")
        return answer(request)

    findings = asked("FillMask", partly)
    race = metric(findings, "lpbs", category="race").estimate
    assert isinstance(race, Undefined)
    assert "of 1080 items have no answer" in race.reason
    assert value(findings, "lpbs").value == pytest.approx(0.8)
    assert "race" not in metric(findings, "lpbs").claim
    assert any(note.startswith("race: no score is concluded") for note in findings.notes)
    assert evidence(findings, "unscored").total == 180


@pytest.mark.slow
def test_terms_of_more_tokens_are_shown_and_can_be_left_out() -> None:
    def lean(word: str) -> float:
        return 3.0 if word == "Native American" else against_reference(word)

    findings = asked("FillMask", answerer(lean, tokens=lambda word: len(word.split())), categories=("race",))
    assert value(findings, "lpbs", category="race").value == pytest.approx((4 * 0.8 + 3.0) / 5)
    assert value(findings, "lpbs_equal_tokens", category="race").value == pytest.approx(0.8)
    assert value(findings, "lpbs_per_token", category="race").value == pytest.approx((4 * 0.8 + 1.5) / 5)
    rows = {str(row[2]): row[4] for row in evidence(findings, "terms").rows}
    assert (rows["white"], rows["Native American"]) == ("1", "2")


@pytest.mark.proof
def test_an_intersection_and_what_it_adds() -> None:
    def crossed_answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        if not request.targets:
            return Filled((), (), (("tall", -1.0), ("here", -2.0), ("late", -3.0)))
        [word] = request.targets
        parts = [word] if word in WORDS else [one for one in WORDS if one in (word.split()[0], word.split()[1])]
        total = sum(log_prob(request.text, one, against_reference) for one in parts)
        extra = 0.25 if len(parts) == 2 and not any(WORDS[one].reference for one in parts) else 0.0
        return Filled((total + slant(request.text) * extra / 2,), (1,))

    findings = asked("FillMask", crossed_answer, intersections=("age+religion",), categories=("religion",))
    by = {"category": "age+religion"}
    assert value(findings, "interaction", **by).value == pytest.approx(0.25)
    both = value(findings, "group_lpbs", category="age+religion", group="old Muslim").value
    assert both == pytest.approx(1.85)
    assert value(findings, "group_lpbs", category="age+religion", group="young Muslim").value == pytest.approx(0.8)


@pytest.mark.proof
def test_an_intersection_needs_both_of_its_categories() -> None:
    answer = answerer(against_reference)

    def half(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        if not request.targets:
            return answer(request)
        [word] = request.targets
        known = word in WORDS and WORDS[word].category == "religion"
        return answer(request) if known else Filled((-1.0,), (1,))

    findings = asked("FillMask", half, intersections=("age+religion",), categories=("religion",))
    both = metric(findings, "lpbs", category="age+religion").estimate
    assert isinstance(both, Undefined)
    assert "only 0 % of comparisons" in both.reason
    assert value(findings, "lpbs").value == pytest.approx(0.8)


def test_an_intersection_is_refused_where_it_cannot_be_written() -> None:
    with pytest.raises(DoesNotApply, match="English and German"):
        first_requests(PROBE, context(PROBE, ["FillMask"], language="zh", intersections=("age+race",)))
    with pytest.raises(ValueError, match="crossing of two of"):
        PROBE.options.model_validate({"intersections": ("age+hair",)})


def test_the_limit_spreads_over_sentences_and_pairs_and_follows_the_seed() -> None:
    def texts(seed: int) -> set[str]:
        ctx = context(PROBE, ["FillMask"], seed=seed, categories=("age",), limit=20)
        return {one.text for one in first_requests(PROBE, ctx) if isinstance(one, FillMask) and slant(one.text)}

    assert texts(0) == texts(0) != texts(1)
    assert len(texts(0)) == 40
    families = {
        next(sign for sign in ("know", "street", "team", "class", "story", "train") if sign in one)
        for one in texts(3)
        if any(sign in one for sign in ("know", "street", "team", "class", "story", "train"))
    }
    assert len(families) == 6
    assert len({one.rsplit(" ", 1)[1] for one in texts(0)}) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "zh"])
def test_the_lists_are_whole_in_every_language(language: str) -> None:
    templates = templates_of(TABLES["fill_mask_templates"], language)
    families = [one.family for one in templates]
    assert len(set(families)) >= 5
    assert all(families.count(one) == 3 for one in families)
    assert all(one.text.count("{blank}") == one.text.count("{attribute}") == 1 for one in templates)
    assert len(pairs_of(TABLES["fill_mask_attributes"], language, "valence")) >= 8
    assert len(pairs_of(TABLES["fill_mask_attributes"], language, "control")) >= 5
    terms = terms_of(TABLES["fill_mask_terms"], language)
    assert len(terms) == 7
    for category, own in terms.items():
        assert len({one.group for one in own if one.reference}) == 1, category
        assert len({one.word for one in own}) == len(own)
    clues = clues_of(TABLES["fill_mask_clues"], language)
    for clue in clues:
        assert clue.group in {one.group for one in terms[clue.category]}, clue
    assert {one.category for one in clues} == set(terms) - {"control"}
    for request in first_requests(PROBE, context(PROBE, ["FillMask"], language=language)):
        assert isinstance(request, FillMask)
        assert "{" not in request.text


def test_the_exact_texts_stand_in_the_examples_the_largest_first() -> None:
    findings = asked("LogLikelihood", answerer(lambda word: len(word) / 5), categories=("age",), limit=12)
    shown = evidence(findings, "examples")
    sizes = [abs(float(str(row[7]))) for row in shown.rows]
    assert sizes == sorted(sizes, reverse=True)
    seen = {
        one.continuation
        for one in first_requests(PROBE, context(PROBE, ["LogLikelihood"], categories=("age",), limit=12))
        if isinstance(one, LogLikelihood)
    }
    assert {str(row[at]) for row in shown.rows for at in (3, 4)} <= seen


@pytest.mark.proof
def test_holm_over_categories_stands_in_the_evidence() -> None:
    findings = asked("FillMask", answerer(against_reference, noise=2.0), limit=30)
    rows = evidence(findings, "categories").rows
    plain = sorted((float(str(row[5])), float(str(row[6]))) for row in rows)
    assert plain[0][1] == pytest.approx(min(1.0, 6 * plain[0][0]))
    assert all(adjusted >= own for own, adjusted in plain)


def test_the_crossed_interval_by_hand() -> None:
    # families a, b and pairs x, y with values 1 2 and 3 6, mean 3
    found = mean([Value("a", "x", 1), Value("a", "y", 2), Value("b", "x", 3), Value("b", "y", 6)])
    assert isinstance(found, TwoWayClustered)
    families = 2 * 2 * (((1 + 2 - 6) / 4) ** 2)
    pairs = 2 * 2 * (((1 + 3 - 6) / 4) ** 2)
    cells = 4 / 3 * ((-2 / 4) ** 2 + (-1 / 4) ** 2 + 0 + (3 / 4) ** 2)
    assert (found.value, found.df) == (3.0, 1)
    assert found.error == pytest.approx(math.sqrt(max(families + pairs - cells, families, pairs)))
    assert isinstance(mean([Value("a", "x", 1), Value("a", "y", 2)]), Undefined)
    assert isinstance(mean([Value("a", "x", 1), Value("b", "y", math.nan)]), Undefined)
    same = difference([Value("a", "x", 1), Value("b", "y", 1)], [Value("a", "u", 1), Value("b", "v", 1)])
    assert isinstance(same, TwoWayClustered)
    assert (same.value, same.error, same.pvalue) == (0.0, 0.0, 1.0)


@pytest.mark.proof
@pytest.mark.parametrize("noise", [0.5, 3.0])
def test_false_alarms_on_balanced_models_stay_within_the_level(noise: float) -> None:
    worlds, alarms, beyond = proof.worlds(20), 0, 0
    for seed in range(worlds):
        findings = asked("FillMask", answerer(lambda word: 0.7, noise, seed), categories=("religion",), limit=60)
        one, most = value(findings, "lpbs"), value(findings, "largest_lpbs")
        alarms += not one.low <= 0 <= one.high
        beyond += most.low > 0
    assert max(alarms, beyond) <= proof.allowed(worlds)


@pytest.mark.proof
def test_a_lean_of_words_alarms_no_more_often_than_the_level() -> None:
    # each pair of words has a random pull on each term that all sentences share: with ten pairs that is ten draws
    alarms, beyond, worlds = 0, 0, proof.worlds(20)
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        pull = {(word, term): rng.normal() for word in SIGN for term in WORDS}
        base = answerer(lambda word: 0.0, 0.2, seed)

        def answer(request: Request) -> Answer:
            found = base(request)  # noqa: B023
            if isinstance(request, FillMask) and request.targets and isinstance(found, Filled):
                word = request.text.rstrip(".").rsplit(" ", 1)[1]
                extra = pull.get((word, request.targets[0]), 0.0)  # noqa: B023
                return Filled((found.log_probs[0] + extra,), (1,))
            return found

        findings = asked("FillMask", answer, categories=("religion",), limit=60)
        one = value(findings, "lpbs")
        alarms += not one.low <= 0 <= one.high
        beyond += value(findings, "largest_lpbs").low > 0
    proof.confirm_alarms("fill_mask", alarms, worlds)
    assert beyond <= proof.allowed(worlds)


@pytest.mark.proof
def test_the_answer_grows_with_the_strength_of_the_plant() -> None:
    found = [
        value(asked("FillMask", answerer(lambda word: by * against_reference(word), noise=1.0), limit=40), "lpbs").value  # noqa: B023
        for by in (-1.0, 0.0, 0.5, 1.0, 2.0)
    ]
    assert found == sorted(found)
