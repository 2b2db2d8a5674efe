from __future__ import annotations

from dataclasses import replace

import pytest
from explained_texts import evidence, measure, metrics, own, value
from standins.explanations import attribution, by_people

from fairwitness.audit.probe import DoesNotApply, applies
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import (
    Answer,
    Attribute,
    BetweenFillers,
    ForClass,
    Request,
    Unanswered,
)
from fairwitness.probes.explanation.attribution.checks import (
    Explained,
    comprehensiveness_gain,
    faults,
    infidelity_gain,
    share,
    sufficiency_gain,
)
from fairwitness.probes.explanation.attribution.items import Sentence
from fairwitness.probes.explanation.attribution.probe import PROBE


def test_every_text_is_asked_with_every_method_and_for_every_check() -> None:
    _, asked = measure()
    wanted = [request for request in asked if isinstance(request, Attribute)]
    assert {request.target for request in wanted} == {BetweenFillers("she", "he")}
    texts = {request.text for request in wanted}
    assert {"The person said that [MASK] was tired.", "The engineer said that [MASK] was tired."} < texts
    assert "The nurse said that [MASK] was tired" in texts
    nurse = [request for request in wanted if request.text == "The nurse said that [MASK] was tired."]
    tested = [request for request in nurse if request.tested]
    assert [(request.method, request.tested) for request in tested] == [
        (method, "removed") for method in ("shap", "lime", "integrated_gradients")
    ]
    # six words have 64 coalitions: seeds that ask for all of them would differ in nothing
    few = [request for request in nurse if request.budget]
    assert {(request.method, request.budget, request.seed) for request in few} == {
        (method, 32, seed) for method in ("shap", "lime") for seed in (0, 1)
    }
    drawn = [(request.method, request.weights) for request in nurse if request.weights != "own"]
    assert sorted(drawn) == sorted(
        [(method, weights) for method in ("shap", "lime", "integrated_gradients") for weights in ("head", "all")]
        + [("leave_one_out", "head")]
    )
    assert len(wanted) == 8 * (3 + 2 + 4 + 3 + 3 + 3 + 2)


@pytest.mark.parametrize(
    ("capability", "tested"),
    [("Classify", {"shap": "masked", "lime": "masked", "integrated_gradients": "removed"}), ("FillMask", "removed")],
)
def test_words_are_hidden_otherwise_in_the_test_than_by_the_method(capability: str, tested: object) -> None:
    _, asked = measure(capabilities=("Attribute", capability))
    found = {request.method: request.tested for request in asked if isinstance(request, Attribute) and request.tested}
    assert found == (dict.fromkeys(found, tested) if isinstance(tested, str) else tested)
    _, asked = measure(capabilities=("Attribute", capability), tested="drawn", hiding="masked", methods=("shap",))
    shown = [request for request in asked if isinstance(request, Attribute) and request.tested]
    assert {(request.hiding, request.tested) for request in shown} == {("masked", "drawn")}


def test_long_texts_take_another_seed_and_the_whole_budget() -> None:
    words = " ".join(f"w{number}" for number in range(12))
    _, asked = measure(table=own(text=(f"{words} [MASK]", f"{words} too [MASK]")), methods=("shap",))
    seeds = [(request.budget, request.seed) for request in asked if isinstance(request, Attribute)]
    assert (0, 1) in seeds
    assert {budget for budget, _ in seeds} == {0}


def test_the_share_of_a_word_is_by_hand() -> None:
    """Six words: 3 on the occupation, 0.5 and 0.125 ... on the others: 3 of 3.734375; as `person` 1 of 1.734375."""
    found, _ = measure()
    others = 0.5 + 0.125 + 0.0625 + 0.03125 + 0.015625
    assert value(found, "word_share", "SHAP").value == pytest.approx(3 / (3 + others))
    excess = 3 / (3 + others) - 1 / (1 + others)
    assert value(found, "word_share_excess", "SHAP").value == pytest.approx(excess)
    assert value(found, "word_share_excess", "SHAP").n == 8


def test_checks_of_a_sound_method() -> None:
    found, _ = measure()
    assert value(found, "unexplained", "integrated gradients").value == 0.0
    none = metrics(found, "unexplained")["SHAP"].estimate
    assert none == Undefined("SHAP values add up whatever the model: that is no check of them", "not_asked")
    assert value(found, "seed_agreement", "LIME").value == pytest.approx(1.0)
    assert value(found, "method_agreement", "SHAP and LIME").value == pytest.approx(1.0)
    assert value(found, "comprehensiveness_gain", "SHAP").value > 0.5
    assert value(found, "sufficiency_gain", "SHAP").value > 0.5
    assert isinstance(metrics(found, "unexplained")["LIME"].estimate, Undefined)
    fixed = metrics(found, "seed_agreement")["integrated gradients"].estimate
    assert fixed == Undefined("no randomness: every seed gives the same values", "not_asked")
    assert not any("failed" in note for note in found.notes)
    assert {key for one in found.metrics for key in one.evidence} <= {one.id for one in found.evidence}


def test_gains_by_hand() -> None:
    """Two of three words hidden in between: random 2 and 1, ranked 1.5 and 0: (0.5 + 1) / 2. Kept: 2.5 and 3."""
    shown = attribution(
        Attribute("a b c", ForClass("x"), "shap"),
        removal=(3.0, 1.5, 0.0, 0.0),
        random_removal=(3.0, 2.0, 1.0, 0.0),
        kept=(0.0, 2.5, 3.0, 3.0),
        infidelity=(0.25, 0.75),
    )
    text = Explained(Sentence("a b c", -1, -1), ForClass("x"), {("shap", "shown"): [shown]})
    assert comprehensiveness_gain(text, "shap") == pytest.approx(0.75)
    assert sufficiency_gain(text, "shap") == pytest.approx((1.5 + 1.0) / 2)
    assert infidelity_gain(text, "shap") == 0.5
    untested = replace(shown, removal=(), random_removal=(), kept=(), infidelity=())
    text = Explained(Sentence("a b c", -1, -1), ForClass("x"), {("shap", "shown"): [untested]})
    assert comprehensiveness_gain(text, "shap") is sufficiency_gain(text, "shap") is infidelity_gain(text, "shap")


def test_a_share_counts_sizes_without_signs() -> None:
    request = Attribute("a b c", ForClass("x"), "shap")
    assert share(attribution(request, values=(1.0, -2.0, 1.0)), 2, 3) == pytest.approx(0.5)
    assert share(attribution(request, values=(0.0, 0.0, 0.0)), 2, 3) is None


def unsound(request: Request) -> Answer:
    """Integrated gradients miss a tenth of the change, and the second seed of LIME turns the order round."""
    if not isinstance(request, Attribute):
        return by_people(request)
    made = attribution(request)
    if request.method == "integrated_gradients":
        return replace(made, residual=0.1 * made.full)
    if request.method == "lime" and request.seed == 1:
        return replace(made, values=tuple(-one for one in made.values))
    return made


def test_unreliable_values_are_marked_and_not_counted() -> None:
    found, _ = measure(unsound)
    for method in ("integrated gradients", "LIME"):
        estimate = metrics(found, "word_share")[method].estimate
        assert isinstance(estimate, Undefined)
        assert estimate.kind == "not_interpretable"
    assert isinstance(metrics(found, "word_share")["SHAP"].estimate, Estimate)
    rows = evidence(found, "checks").rows
    flags = [bool(row[3]) for row in rows]
    assert flags == sorted(flags, reverse=True)
    assert {row[2] for row in rows if row[3]} == {"LIME", "integrated gradients"}
    names = [column.name for column in evidence(found, "strip-1").columns]
    assert "LIME (unreliable)" in names
    assert "SHAP" in names
    assert any(note.startswith("LIME failed on this model: two seeds agree") for note in found.notes)
    roles = {column.name: column.role for column in evidence(found, "strip-1").columns}
    assert roles["LIME (unreliable)"] == "doubted"
    assert roles["SHAP"] == "weight"


def test_gradients_that_fail_on_the_first_texts_are_not_asked_for_on_the_others() -> None:
    found, asked = measure(unsound)
    wanted = [
        request for request in asked if isinstance(request, Attribute) and request.method == "integrated_gradients"
    ]
    shown = [request for request in wanted if request.tested]
    assert len(shown) == 2
    assert any("first 2 texts" in note for note in found.notes)


def test_faults_are_named() -> None:
    request = Attribute("The nurse", ForClass("x"), "shap")
    bad = attribution(request, residual=0.35, full=3.5)
    answers = {("integrated_gradients", "shown"): [bad], ("shap", "shown"): [bad]}
    text = Explained(Sentence("The nurse", 4, 9), ForClass("x"), answers)  # type: ignore[arg-type]
    assert faults(text, "integrated_gradients") == ["10.0% of the difference is unexplained"]
    assert faults(text, "shap") == []


def test_a_strip_shows_words_blank_errors_and_the_neutral_word() -> None:
    found, _ = measure()
    strip = evidence(found, "strip-1")
    assert strip.kind == "tokens"
    assert [row[0] for row in strip.rows] == ["The", "nurse", "said", "that", "[MASK]", "was", "tired"]
    roles = [column.role for column in strip.columns]
    assert roles == ["token", "weight", "error", "weight", "error", "weight", "error", "weight", "flag"]
    assert [row[0] for row in strip.rows if row[-1]] == ["nurse"]
    assert strip.columns[-2].name == "SHAP with “person”"
    assert strip.rows[4][1:-1] == (None,) * 7


def test_a_classifier_is_explained_for_the_class_it_predicts() -> None:
    found, asked = measure(capabilities=("Attribute", "Classify"))
    targets = {request.text: request.target for request in asked if isinstance(request, Attribute)}
    assert targets["The woman waited an hour for lunch."] == ForClass("good")
    assert targets["The man complained about the slow service."] == ForClass("bad")
    assert "[MASK]" not in "".join(targets)
    assert value(found, "word_share", "SHAP").n == 8
    _, asked = measure(capabilities=("Attribute", "Classify"), label="bad")
    assert {request.target for request in asked if isinstance(request, Attribute)} == {ForClass("bad")}


def test_own_texts_need_no_word_for_a_person() -> None:
    found, asked = measure(
        table=own(text=("[MASK] likes tea.", "So [MASK] left us.")),
        seeds=1,
        methods=("shap",),
        rewrites=False,
        randomised=0,
    )
    assert len(asked) == 2
    assert isinstance(metrics(found, "word_share")["SHAP"].estimate, Undefined)
    assert isinstance(metrics(found, "seed_agreement")["SHAP"].estimate, Undefined)
    assert value(found, "comprehensiveness_gain", "SHAP").n == 2


def test_texts_of_the_wrong_kind_do_not_apply() -> None:
    with pytest.raises(DoesNotApply, match=r"none of the 1 texts has \[MASK\]"):
        measure(table=own(text=("No blank.",)))
    with pytest.raises(DoesNotApply, match="without"):
        measure(capabilities=("Attribute", "Classify"), table=own(text=("A [MASK].",)))


def test_a_model_that_answers_nothing_does_not_apply_and_says_why() -> None:
    with pytest.raises(DoesNotApply, match="out of patience"):
        measure(lambda request: Unanswered("out of patience"))


def test_it_needs_attributions_and_a_way_to_ask() -> None:
    assert applies(PROBE.spec, {"Attribute", "LogLikelihood"})
    assert not applies(PROBE.spec, {"LogLikelihood"})
