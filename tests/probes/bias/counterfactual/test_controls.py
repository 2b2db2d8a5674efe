"""Control pairs mixed as the asked ones, pairs that have none, and claims about many groups."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from standins.classifiers import BY_GROUP, OVERALL, decided, scores, steady

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Undefined
from fairwitness.audit.requests import Answer, Unanswered
from fairwitness.probes.bias.counterfactual.answers import ScoredPair
from fairwitness.probes.bias.counterfactual.estimators import Pairs
from fairwitness.probes.bias.counterfactual.items import CONTROL
from fairwitness.probes.bias.counterfactual.probe import PROBE, pairs_of
from organisms import context, drive, metric, value
from verdicts import outcomes_on, verdicts_on
from worlds.swaps import KINDS, written

Rule = Callable[[str], Answer]
TOKENIZERS = Path(__file__).parents[5] / "shared" / "models" / "masked-lm"


def asked(rule: Rule, **options: Any) -> Findings:
    return drive(PROBE, context(PROBE, ["Classify"], **options), decided(rule))


def chance(*parts: str) -> float:
    """A number of 0 to 1 that belongs to these texts."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:4], "big") / 2**32


def phrases(control: bool) -> Counter[tuple[str, str]]:
    """Kind and words of every swap of the written texts."""
    return Counter((one.kind, one.who) for one in written() if (one.category == CONTROL) == control)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(3))
def test_flips_of_any_exchange_of_adjectives_are_no_bias(seed: int) -> None:
    """30 % of exchanges of adjectives flip, whatever they say; unmixed controls make that a bias of 0.09 and more."""

    def rule(text: str) -> Answer:
        adjective = text.startswith("The ") and " customer " in text and not text.startswith("The customer")
        turned = adjective and chance(str(seed), text) < 0.18
        return scores(-steady(text) if turned else steady(text))

    found = asked(rule)
    less = value(found, "flip_rate_less_control")
    assert value(found, "flip_rate").value > 0.12
    assert less.low < 0 < less.high
    assert less.value < 0.05
    assert "Difference detected" not in metric(found, "flip_rate_less_control").claim
    assert outcomes_on(PROBE, found, OVERALL) == {"inconclusive"}
    size = value(found, "change_size_less_control")
    assert size.low < 0 < size.high


def test_every_kind_with_a_bound_has_controls_enough_and_none_weighs_much_more_than_others() -> None:
    own = Counter(kind for kind, _ in phrases(control=False))
    controls = Counter(kind for kind, _ in phrases(control=True))
    assert set(controls) == set(KINDS) == set(own) - {"pronoun", "dialect"}
    assert min(controls.values()) >= 6
    weights = {kind: own[kind] / count for kind, count in controls.items()}
    total = sum(own[kind] for kind in controls)
    kept = total**2 / sum(count * weights[kind] ** 2 for kind, count in controls.items())
    assert kept >= 0.75 * sum(controls.values())


def test_no_phrase_of_a_control_is_one_about_a_group() -> None:
    about = {part for kind, who in phrases(control=False) for part in who.split("/")}
    others = [part for kind, who in phrases(control=True) for part in who.split("/")]
    assert not about & set(others)
    assert len(others) == len(set(others))


def tokenizers() -> list[object]:
    transformers = pytest.importorskip("transformers")
    if not TOKENIZERS.is_dir():
        pytest.skip("no tokenizer at hand")
    return [transformers.AutoTokenizer.from_pretrained(str(TOKENIZERS))]


def test_names_of_controls_have_as_many_tokens_as_those_about_groups() -> None:
    """Frequent names one token each; a rare one has about as many as those about groups."""
    for tokenizer in tokenizers():
        for kind, slack in (("frequent names", 0.0), ("rare name", 0.5)):
            sides = [
                np.array(
                    [
                        [len(tokenizer.tokenize(name)) for name in who.split("/")]  # type: ignore[attr-defined]
                        for own, who in phrases(control=control)
                        if own == kind
                    ]
                )
                for control in (False, True)
            ]
            assert np.abs(sides[0].mean(axis=0) - sides[1].mean(axis=0)).max() <= slack
            assert (sides[1][:, 0] == 1).all()


@pytest.mark.proof
@pytest.mark.parametrize("category", ["pronoun", "dialect"])
def test_a_classifier_biased_in_pairs_without_controls_alone_fails_by_its_plain_rate(category: str) -> None:
    items, _ = pairs_of(context(PROBE, ["Classify"]))
    own = {one.changed: one.text for one in items if one.category == category}

    def rule(text: str) -> Answer:
        return scores(9 * float(np.sign(steady(own.get(text, text)))) * (-1 if text in own else 1))

    found = asked(rule)
    assert value(found, "flip_rate_less_control").value == 0.0
    assert value(found, "flip_rate", category=category).value == 1.0
    less = [one.by.get("category") for one in found.metrics if one.name == "flip_rate_less_control"]
    assert category not in less
    failed = [dict(one.by) for one in verdicts_on(PROBE, found)[BY_GROUP] if one.outcome == "fail"]
    assert [one["category"] for one in failed] == [category]


def test_a_group_of_kinds_without_controls_alone_leaves_the_overall_rule_unasked() -> None:
    found = asked(lambda text: scores(steady(text)), categories=("pronoun", "dialect"))
    less = metric(found, "flip_rate_less_control").estimate
    assert isinstance(less, Undefined)
    assert less.kind == "not_asked"
    assert not [one for one in found.metrics if one.name == "change_size_less_control"]
    tagged = [one.by for one in found.metrics if "group" in one.tags]
    assert [one["category"] for one in tagged] == ["pronoun", "dialect"]


def test_controls_follow_the_kinds_that_are_asked_and_a_limit_keeps_each() -> None:
    def kinds(**options: Any) -> Counter[str]:
        items, _ = pairs_of(context(PROBE, ["Classify"], **options))
        return Counter(one.kind for one in items if one.category == CONTROL)

    assert set(kinds(categories=("religion",))) == {"adjective"}
    assert set(kinds(categories=("name_race",))) == {"frequent names", "rare name"}
    assert set(kinds(intersections=("age+religion",))) == {*KINDS, "two adjectives"}
    assert set(kinds(limit=3).values()) == {3}


def test_crossings_that_change_two_adjectives_are_set_against_two() -> None:
    items, _ = pairs_of(context(PROBE, ["Classify"], intersections=("age+religion",)))
    own = {one.group: one.kind for one in items if one.category == "age+religion"}
    assert own["young Muslim"] == "adjective"
    assert own["old Muslim"] == "two adjectives"


def test_a_kind_whose_controls_are_not_answered_gives_no_number() -> None:
    found = [ScoredPair(one, 0.9, 0.1, "a", "b") for one in written()]
    silent = [one.item for one in found if (one.item.category, one.item.kind) == (CONTROL, "noun")]
    pairs = Pairs([one for one in found if one.item not in silent], silent)
    less = pairs.asked.of_kinds(set(KINDS)).flip_rate_less(pairs.controls)
    assert isinstance(less, Undefined)
    assert less.kind == "not_estimable"
    assert less.reason == "not estimable: no control pairs with answers of noun"


@pytest.mark.slow
def test_what_no_pair_about_a_group_answers_is_no_measurement() -> None:
    items, _ = pairs_of(context(PROBE, ["Classify"]))
    controls = {text for one in items if one.category == CONTROL for text in (one.text, one.changed)}
    found = asked(lambda text: scores(steady(text)) if text in controls else Unanswered("no"))
    assert outcomes_on(PROBE, found, OVERALL) == {"not_measured"}


@pytest.mark.proof
def test_of_many_groups_that_lean_by_chance_none_is_called_biased() -> None:
    """Families move each group by chance: of 31 groups at 5 % each, two in three classifiers have one to accuse."""
    claims = plain = 0
    for seed in range(6):

        def logit(text: str, seed: int = seed) -> float:
            words = text.split(" customer ")[0]
            return 0.2 * steady(text) + 0.6 * (chance(str(seed), words, text[-14:]) - 0.5)

        found = asked(lambda text: scores(logit(text)))
        for one in found.metrics:
            if one.name == "change" and not isinstance(one.estimate, Undefined):
                plain += not one.estimate.low <= 0 <= one.estimate.high
                claims += one.claim.startswith("Difference detected:")
    assert claims <= 2
    assert plain > claims


@pytest.mark.proof
def test_a_group_that_is_moved_far_is_named_and_the_table_agrees() -> None:
    found = asked(lambda text: scores(0.2 * steady(text) - 3.0 * ("Muslim" in text)))
    [shown] = [one for one in found.evidence if one.id == "groups"]
    names = [column.name for column in shown.columns]
    rows = [dict(zip(names, row, strict=True)) for row in shown.rows]
    for row in rows:
        claim = metric(found, "change", category=str(row["category"]), group=str(row["group"])).claim
        chance_of = row["p, Holm over groups"]
        if claim.startswith("Difference detected:"):
            assert isinstance(chance_of, float)
            assert chance_of <= 0.05
    assert metric(found, "change", category="religion", group="Muslim").claim.startswith("Difference detected:")


@pytest.mark.proof
def test_how_reliable_the_scores_of_groups_are_stands_beside_them() -> None:
    planted = {"Muslim": -2.0, "Black": -1.0, "deaf": 1.0, "old": 0.5, "Nigerian": -1.5, "bisexual": 1.5}

    def rule(text: str) -> Answer:
        return scores(steady(text) + sum(by for word, by in planted.items() if f" {word} " in text))

    found = asked(rule)
    assert value(found, "split_half_reliability").low > 0.5
    [agreement] = [one for one in found.metrics if one.name == "scoring_agreement"]
    assert not isinstance(agreement.estimate, Undefined)
    assert agreement.estimate.low > 0
