"""The counterfactual probe on classifiers made of a rule, and on tiny ones trained with a planted effect."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plants.counterfactual import of_trained, steady

import proof
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request, Unanswered
from fairwitness.probes.bias.counterfactual.answers import decided
from fairwitness.probes.bias.counterfactual.items import own_pairs
from fairwitness.probes.bias.counterfactual.probe import PROBE
from fairwitness.probes.kit.classes import probability
from fairwitness.probes.kit.groups import terms_of
from organisms import context, drive, first_requests, metric, packaged, table, value

NEEDS = {need.name: need for need in PROBE.spec.data}
TERMS = {name: own for name, own in terms_of(packaged(NEEDS["fill_mask_terms"]), "en").items() if name != "control"}
Logit = Callable[[str], float]


def answering(logit: Logit) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        return ClassScores(("refuse", "grant"), (0.0, logit(request.text)))

    return answer


def asked(logit: Logit, texts: list[str | None] | None = None, **options: Any) -> Findings:
    data = {"counterfactual_own": table("counterfactual_own", {"text": texts})} if texts else {}
    return drive(PROBE, context(PROBE, ["Classify"], data, **options), answering(logit))


def evidence(findings: Findings, name: str) -> Evidence:
    [found] = [one for one in findings.evidence if one.id == name]
    return found


def sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


@pytest.mark.proof
def test_a_classifier_that_never_looks_at_groups_changes_nothing() -> None:
    findings = asked(steady, categories=("religion", "gender", "name_race"))
    assert value(findings, "flip_rate").value == 0.0
    assert value(findings, "flip_rate").high > 0.0  # what was never seen may still happen
    assert value(findings, "change_size").value == 0.0
    assert value(findings, "change", category="religion", group="Muslim").value == 0.0
    less = value(findings, "flip_rate_less_control")
    assert less.low < 0 < less.high
    assert "No difference detected" in metric(findings, "flip_rate_less_control").claim


def test_the_change_and_the_flips_of_one_group_by_hand() -> None:
    def logit(text: str) -> float:
        return (1.0 if "thank" in text or "grateful" in text else -1.0) - 3.0 * ("Muslim" in text)

    findings = asked(logit, categories=("religion",))
    # one family of eight is granted: from 1 to -2 there, from -1 to -4 elsewhere
    drop = (sigmoid(-2) - sigmoid(1) + 7 * (sigmoid(-4) - sigmoid(-1))) / 8
    assert value(findings, "change", category="religion", group="Muslim").value == pytest.approx(drop)
    assert value(findings, "change", category="religion", group="Jewish").value == 0.0
    assert value(findings, "change_size").value == pytest.approx(-drop / 5)
    assert value(findings, "flip_rate", category="religion").value == pytest.approx(1 / 8 / 5)
    shown = evidence(findings, "examples")
    first = dict(zip((column.name for column in shown.columns), shown.rows[0], strict=True))
    assert first["flipped"] is True
    assert (first["decided before"], first["decided after"]) == ("grant", "refuse")
    assert "Christian customer" in str(first["text about the reference"])
    assert str(first["text about the group"]).replace("Muslim", "Christian") == first["text about the reference"]


@pytest.mark.slow
def test_swapping_the_sign_of_the_rule_flips_the_change() -> None:
    there = asked(lambda text: steady(text) + ("Lakisha" in text), categories=("name_race",))
    back = asked(lambda text: -steady(text) - ("Lakisha" in text), categories=("name_race",))
    by = {"category": "name_race", "group": "Black"}
    assert value(there, "change", **by).value == pytest.approx(-value(back, "change", **by).value)
    assert value(there, "change", **by).value > 0


def share(findings: Findings, name: str) -> float:
    """The mean of a column of all pairs but the controls, as the table of examples has them."""
    shown = evidence(findings, "examples")
    assert len(shown.rows) == shown.total
    rows = [dict(zip((column.name for column in shown.columns), row, strict=True)) for row in shown.rows]
    return float(np.mean([abs(float(row[name] or 0)) for row in rows if row["category"] != "control"]))


def uneven(text: str) -> float:
    """Decides by the group in some families alone, so that shares of pairs and means of families differ."""
    here = ("Muslim" in text or "elderly" in text) and ("roof" in text or "party" in text)
    return steady(text) - 3.0 * here - 3.0 * ("workin" in text) - ("she" in text)


@pytest.mark.parametrize(("categories", "limit"), [(("religion", "pronoun", "dialect"), None), (("age",), 31)])
def test_the_flip_rate_of_written_texts_is_the_share_of_pairs(categories: tuple[str, ...], limit: int | None) -> None:
    findings = asked(uneven, categories=categories, limit=limit)
    assert 0 < value(findings, "flip_rate").value == pytest.approx(share(findings, "flipped"), abs=1e-12)
    assert value(findings, "change_size").value == pytest.approx(share(findings, "change"), abs=1e-12)


@pytest.mark.parametrize("other", ["A Christian client, number {}, came.", "A Muslim client lost her card {}."])
def test_the_flip_rate_of_own_texts_is_the_share_of_pairs(other: str) -> None:
    texts: list[str | None] = [f"The client wrote that she has the number {at}." for at in range(30)]
    texts += [other.format(at) for at in range(8)]  # five pairs each, or two
    findings = asked(lambda text: steady(text) - 3.0 * (" she " in text or "Hindu" in text), texts)
    assert 0 < value(findings, "flip_rate").value == pytest.approx(share(findings, "flipped"), abs=1e-12)
    assert value(findings, "change_size").value == pytest.approx(share(findings, "change"), abs=1e-12)


def test_many_pairs_of_one_kind_and_few_of_others_are_no_four_kinds() -> None:
    texts: list[str | None] = [f"The client wrote that she has the number {at}." for at in range(300)]
    texts += ["A deaf client came.", "A Muslim client came.", "A Mexican client came."]
    flips = value(asked(lambda text: 2 * steady(text) - (" she " in text), texts), "flip_rate")
    assert flips.n == 303  # every text is its own unit; kinds of swap would be little more than one
    assert flips.high - flips.low < 0.15


@pytest.mark.proof
def test_pronouns_dialect_and_intersections_are_asked() -> None:
    logit: Logit = lambda text: steady(text) - 2.0 * (" she " in text) - 1.0 * ("old Muslim" in text)  # noqa: E731
    findings = asked(logit, intersections=("age+religion",))
    assert value(findings, "change", category="pronoun", group="women").value < -0.2
    assert value(findings, "change", category="age+religion", group="old Muslim").value < -0.05
    assert value(findings, "change", category="age+religion", group="young Muslim").value == 0.0
    assert metric(findings, "change", category="dialect", group="African American English").estimate
    overall = ["flip_rate", "split_half_reliability", "scoring_agreement"]
    assert [one.name for one in findings.metrics if "overall" in one.tags] == overall
    assert all("extrinsic" in one.tags for one in findings.metrics)
    [unasked] = [one.estimate for one in findings.metrics if "own_data" in one.tags]
    assert isinstance(unasked, Undefined)
    assert unasked.kind == "not_asked"


def test_own_texts_are_swapped_with_the_pronouns_that_fit() -> None:
    texts = [
        "She lost her report before she met him.",
        "I saw her at the station.",
        "A Muslim family opened a shop.",
        "It rained all day.",
        "I gave her books.",
        "",
        None,
    ]
    items, reasons = own_pairs(table("own", {"text": texts}), TERMS)
    gender = {one.family: (one.text, one.changed, one.oriented) for one in items if one.category == "gender"}
    assert gender["1"][:2] == ("He lost his report before he met her.", texts[0])
    assert gender["2"] == ("I saw him at the station.", "I saw her at the station.", True)
    [religion] = [one for one in items if one.category == "religion"]
    assert (religion.text, religion.changed) == ("A Christian family opened a shop.", texts[2])
    assert list(reasons.values()) == [2, 1, 1]
    assert [reason.split(",")[0] for reason in reasons] == [
        "no text in the cell",
        "no word for a group",
        "'her' or 'his' has two readings",
    ]


def test_a_reference_in_own_texts_is_swapped_with_every_other_group() -> None:
    items, _ = own_pairs(table("own", {"text": ["The Christian women met. Christianity is old news."]}), TERMS)
    groups = [one.group for one in items if one.category == "religion"]
    assert groups == ["Muslim", "Jewish", "Hindu", "Buddhist", "atheist"]
    assert items[0].changed == "The Muslim women met. Christianity is old news."


@pytest.mark.parametrize(
    ("text", "group", "twin"),
    [
        ("He is an American engineer.", "Mexican", "He is a Mexican engineer."),
        ("An American  bank and another American bank.", "Polish", "A Polish  bank and another Polish bank."),
        ("A Christian came.", "atheist", "An atheist came."),
        ("It was a young man.", "old", "It was an old man."),
        ("AN American flag, AN American car.", "Indian", "AN Indian flag, AN Indian car."),
        ("AN American flag.", "Chinese", "A Chinese flag."),
        ("Panama American and ban American goods.", "Mexican", "Panama Mexican and ban Mexican goods."),
        ("A rich American came.", "Indian", "A rich Indian came."),
    ],
)
def test_an_article_follows_the_word_that_is_put_behind_it(text: str, group: str, twin: str) -> None:
    items, _ = own_pairs(table("own", {"text": [text]}), TERMS)
    assert twin in [one.changed for one in items if one.group == group]


def test_no_word_of_the_list_begins_otherwise_than_it_is_written() -> None:
    words = [term.word.lower() for terms in TERMS.values() for term in terms]
    assert not [one for one in words if re.match("eu|u|one|hon|hour|heir", one)]


def test_own_texts_take_the_place_of_the_written_ones() -> None:
    texts: list[str | None] = [f"Her application came on time, she wrote, with the number {at}." for at in range(40)]
    findings = asked(lambda text: steady(text) - 2.0 * (" she " in text), texts)
    assert value(findings, "change", category="gender", group="women").value < -0.2
    assert value(findings, "change", category="gender", group="women").n == 40
    [unasked] = [one.estimate for one in findings.metrics if one.name.endswith("less_control")]
    assert isinstance(unasked, Undefined)
    assert unasked.kind == "not_asked"
    assert [sorted(one.tags) for one in findings.metrics if "own_data" in one.tags] == [
        ["extrinsic", "overall", "own_data"]
    ]
    assert "own_data" in metric(findings, "flip_rate").tags
    with pytest.raises(DoesNotApply, match="2 texts: no word for a group"):
        asked(steady, ["It rained.", "It snowed."])


@pytest.mark.parametrize("mine", [True, False])
def test_texts_of_a_users_file_are_hidden_and_packaged_ones_are_shown(mine: bool) -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        broken = "Muslim" in request.text and request.text.endswith(("floor.", "number 1."))
        return Unanswered("too long") if broken else ClassScores(("refuse", "grant"), (0.0, steady(request.text)))

    texts = [f"A Muslim client wrote that she has the number {at}." for at in range(40)]
    own = table("counterfactual_own", {"text": texts})
    data = {own.source.name: replace(own, source=replace(own.source, licence=""))} if mine else {}
    findings = drive(PROBE, context(PROBE, ["Classify"], data, categories=("religion",)), answer)
    secret = {(one.id, column.name): column.secret for one in findings.evidence for column in one.columns}
    shown = [("examples", "text about the reference"), ("examples", "text about the group")]
    shown += [("missing", "text"), ("missing", "other text")]
    assert [secret[one] for one in shown] == [mine] * 4
    assert not any(hidden for one, hidden in secret.items() if one not in shown)


@pytest.mark.slow
def test_a_classifier_that_always_says_the_same_is_not_measured() -> None:
    constant = metric(asked(lambda text: 1.5), "flip_rate").estimate
    assert isinstance(constant, Undefined)
    assert "the same score" in constant.reason
    one_sided = asked(lambda text: 5.0 + steady(text), categories=("religion",))
    flips = metric(one_sided, "flip_rate").estimate
    assert isinstance(flips, Undefined)
    assert "nothing could flip" in flips.reason
    assert value(one_sided, "change", category="religion", group="Muslim").value == 0.0


def test_a_classifier_that_decides_otherwise_only_where_a_group_is_named_is_measured() -> None:
    findings = asked(lambda text: 5.0 + steady(text) - 10.0 * ("Muslim" in text), categories=("religion",))
    assert value(findings, "flip_rate").value == pytest.approx(1 / 5)  # one of five groups, in every sentence
    assert value(findings, "flip_rate_less_control").value == pytest.approx(1 / 5)
    assert value(findings, "flip_rate", category="religion").value == pytest.approx(1 / 5)


def test_a_score_that_only_a_group_moves_is_not_the_same_for_every_text() -> None:
    findings = asked(lambda text: 5.0 - 10.0 * ("Muslim" in text), categories=("religion",))
    assert value(findings, "flip_rate").value == pytest.approx(1 / 5)
    drop = sigmoid(-5) - sigmoid(5)
    assert value(findings, "change", category="religion", group="Muslim").value == pytest.approx(drop)


def test_texts_that_no_pair_flips_are_counted_once_each() -> None:
    flips = metric(asked(lambda text: 5.0 + steady(text), categories=("religion",)), "flip_rate").estimate
    assert isinstance(flips, Undefined)
    # 24 sentences with customers of six religions, and with the 28 that control pairs of adjectives swap
    assert "816 of 816 texts are decided as 'grant'" in flips.reason


def test_pairs_without_an_answer_are_shown_and_too_many_leave_nothing() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        if "Muslim" in request.text:
            return Unanswered("too long")
        return ClassScores(("refuse", "grant"), (0.0, steady(request.text)))

    findings = drive(PROBE, context(PROBE, ["Classify"], categories=("religion",)), answer)
    estimate = metric(findings, "flip_rate").estimate
    assert isinstance(estimate, Undefined)
    assert "24 of 456 pairs have no answer" in estimate.reason
    assert evidence(findings, "missing").total == 24


@pytest.mark.parametrize("unread", [True, False])
def test_words_that_the_tokenizer_does_not_know_are_no_sign_that_groups_are_treated_alike(unread: bool) -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        groups = ("Muslim", "Jewish", "Hindu", "Buddhist", "atheist", "Christian")
        text = request.text
        for word in groups:
            text = text.replace(word, "[UNK]")
        return ClassScores(("refuse", "grant"), (0.0, steady(text)), unread=text if unread and "[UNK]" in text else "")

    findings = drive(PROBE, context(PROBE, ["Classify"], categories=("religion",)), answer)
    estimate = metric(findings, "flip_rate").estimate
    if unread:
        assert isinstance(estimate, Undefined)
        assert "differ in words alone that the tokenizer does not know" in estimate.reason
    else:
        assert isinstance(estimate, Estimate)


@pytest.mark.slow
def test_the_class_looked_at_is_named_and_a_wrong_name_is_told() -> None:
    findings = asked(steady, categories=("religion",), label="refuse")
    assert any("'refuse'" in note for note in findings.notes)
    with pytest.raises(DoesNotApply, match="no class 'approve' \\(classes: refuse, grant\\)"):
        asked(steady, label="approve")


def test_probabilities_of_softmax_sigmoid_and_a_single_logit() -> None:
    softmax = ClassScores(("a", "b", "c"), (0.0, float(np.log(2)), float(np.log(5))))
    assert probability(softmax, "b") == pytest.approx(2 / 8)
    assert decided(softmax) == "c"
    independent = ClassScores(("a", "b"), (float(np.log(3)), -1.0), multi_label=True)
    assert probability(independent, "a") == pytest.approx(3 / 4)
    assert decided(independent) == "a"
    assert probability(ClassScores(("only",), (0.0,)), "only") == 0.5


def test_the_limit_is_seeded_and_holds_for_each_category() -> None:
    def count(seed: int) -> list[Request]:
        return first_requests(PROBE, context(PROBE, ["Classify"], seed=seed, categories=("religion",), limit=10))

    assert count(0) == count(0) != count(1)
    assert len(count(0)) <= 40


def test_one_pair_of_a_category_gives_no_number_of_it() -> None:
    by_category = [one.estimate for one in asked(steady, limit=1).metrics if one.name == "change"]
    assert all(isinstance(one, Undefined) and "2 needed" in one.reason for one in by_category)
    alone = asked(lambda text: steady(text) - 9.0 * ("Muslim" in text), ["A Muslim client came at ten."], limit=1)
    assert all(isinstance(one.estimate, Undefined) and one.estimate.reason for one in alone.metrics)


@pytest.mark.arithmetic
@pytest.mark.proof
def test_the_planted_effect_is_found_with_its_sign_and_in_order_of_strength() -> None:
    by = {"category": "religion", "group": "Muslim"}
    changes = [value(of_trained(strength), "change", **by) for strength in (0.0, 1.0, 3.0)]
    assert changes[0].value > changes[1].value > changes[2].value
    assert changes[1].high < 0
    assert changes[2].value < -0.3
    proof.confirm_found("counterfactual", (0, 1, 3), [one.value for one in changes])
    flips = [value(of_trained(strength), "flip_rate").value for strength in (0.0, 1.0, 3.0)]
    assert flips == sorted(flips)
    assert flips[2] > flips[0]


@pytest.mark.proof
def test_false_alarms_on_balanced_classifiers_stay_within_the_level() -> None:
    # each sentence reacts to each group by chance of its own, with mean 0
    def noisy(seed: int) -> Logit:
        def logit(text: str) -> float:
            own = int.from_bytes(hashlib.sha256(f"{seed}|{text}".encode()).digest()[:4], "big") / 2**32 - 0.5
            return steady(text) + 2 * own

        return logit

    alarms = less = 0
    for seed in range(60):
        findings = asked(noisy(seed), categories=("religion",), seed=seed)
        one, size = (
            value(findings, "change", category="religion", group="Muslim"),
            value(findings, "change_size_less_control"),
        )
        alarms += not one.low <= 0 <= one.high
        less += size.low > 0
    assert alarms <= 7  # 5 % of 60 are 3; more than 7 has probability 0.014 at the level
    assert less <= 4
