"""The card of a method: every check is seen to pass and to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from explained_texts import evidence, measure, metrics, own, texts, value
from standins.explanations import attribution, by_people

from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Evidence, Undefined, languages
from fairwitness.audit.requests import Answer, Attribute, Attribution, Classify, ClassScores, Request, Unanswered
from fairwitness.probes.explanation.attribution.rewrites import rewrite

ONE = ("shap",)
Change = Callable[[Attribute, Attribution], Attribution]


def changed(change: Change) -> Callable[[Request], Answer]:
    """The stand-in with some of its explanations changed."""

    def answer(request: Request) -> Answer:
        given = by_people(request)
        return change(request, given) if isinstance(request, Attribute) and isinstance(given, Attribution) else given

    return answer


def card(findings: Findings, method: str = "SHAP") -> dict[str, str]:
    """The outcome of each check of a method."""
    return {str(row[2]): str(row[3]) for row in evidence(findings, "card").rows if row[1] == method}


def noise(request: Attribute, *more: object) -> np.ndarray:
    name = repr((request.text, request.seed, request.weights, request.budget, *more))
    return np.random.default_rng(sum(place * ord(sign) for place, sign in enumerate(name))).standard_normal(6)


def test_a_sound_method_passes_every_check_that_applies() -> None:
    found, _ = measure()
    outcomes = card(found)
    assert outcomes.pop("values add up") == "not run"
    assert set(outcomes.values()) == {"passed"}
    assert len(outcomes) == 9
    assert card(found, "integrated gradients")["values add up"] == "passed"
    assert card(found, "integrated gradients")["two seeds agree"] == "not run"
    assert not any("failed" in note for note in found.notes)
    assert {column.role for column in evidence(found, "strip-1").columns} == {"token", "weight", "error", "flag"}


def drawn(request: Attribute, given: Attribution) -> Attribution:
    """Values that are drawn anew for every question."""
    return replace(given, values=tuple(noise(request, "values")[: len(given.values)]))


def unfaithful(request: Attribute, given: Attribution) -> Attribution:
    """An order that costs the answer no more than any order, and values that miss as much as shuffled ones."""
    wide = tuple(0.2 * noise(request, "curve", len(given.removal)).mean() for _ in given.removal)
    flat = tuple(np.add(given.random_removal, wide))
    return replace(
        given, removal=flat, kept=tuple(np.subtract(given.random_removal[::-1], wide)), infidelity=(0.6, 0.6)
    )


def touchy(request: Attribute, given: Attribution) -> Attribution:
    """Another map as soon as the full stop is gone."""
    return given if request.text.endswith(".") else replace(given, values=given.values[::-1])


def of_input(request: Attribute, given: Attribution) -> Attribution:
    """A map of the text alone: the model is not in it. The model itself reacts otherwise with other weights."""
    if request.method not in ("shap", "lime"):
        return given
    return replace(given, values=tuple(float(len(word)) for word in given.words))


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (drawn, {"two seeds agree", "reworded texts agree", "little change on reworded texts"}),
        (
            unfaithful,
            {"fidelity above shuffled values"},
        ),
        (touchy, {"reworded texts agree", "little change on reworded texts"}),
        (of_input, {"changes with random weights"}),
    ],
)
def test_each_check_fails_where_it_should(change: Change, failed: set[str]) -> None:
    found, _ = measure(changed(change), methods=ONE)
    outcomes = card(found)
    assert {name for name, outcome in outcomes.items() if outcome == "failed"} >= failed
    assert not {name for name, outcome in outcomes.items() if outcome == "passed"} & failed
    assert outcomes["comprehensiveness above random orders"] != ("passed" if change is unfaithful else "")
    assert any(note.startswith("SHAP failed on this model") for note in found.notes)
    estimate = metrics(found, "word_share")["SHAP"].estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"


def test_values_of_a_failed_card_are_grey_everywhere() -> None:
    found, _ = measure(changed(of_input), methods=("shap", "lime"))
    strips = [item for item in found.evidence if item.kind == "tokens"]
    assert {item.id.split("-")[0] for item in strips} == {"strip", "counterpart"}
    for item in strips:
        assert not [column.name for column in item.columns if column.role == "weight"]  # nor with the neutral word
        assert "SHAP (unreliable)" in [column.name for column in item.columns if column.role == "doubted"]
    assert "SHAP (unreliable)" in evidence(found, "words").caption


def test_above_random_is_said_of_the_interval_and_not_of_the_mean() -> None:
    def scattered(request: Attribute, given: Attribution) -> Attribution:
        gain = 8.0 if request.text.startswith("The nurse") else -1.0
        return replace(given, removal=tuple(np.subtract(given.random_removal, gain)))

    found, _ = measure(changed(scattered), methods=ONE)
    assert value(found, "comprehensiveness_gain", "SHAP").value > 0
    assert card(found)["comprehensiveness above random orders"] == "undecided"


@pytest.mark.parametrize(("bad", "outcome"), [(0, "passed"), (1, "undecided"), (5, "failed")])
def test_integrated_gradients_have_to_add_up_on_every_text(bad: int, outcome: str) -> None:
    names = [str(text) for text in texts().columns["text"]][:8]

    def missing(request: Attribute, given: Attribution) -> Attribution:
        gap = 0.5 if request.text in names[3 : 3 + bad] else 0.001
        return replace(given, residual=gap * given.full)

    found, _ = measure(changed(missing), methods=("integrated_gradients",))
    assert card(found, "integrated gradients")["values add up"] == outcome


def _misled(request: Attribute, given: Attribution) -> Attribution:
    """The last word is ranked first, which moves nothing by itself."""
    return replace(given, values=(*given.values[:-1], 10.0))


@pytest.mark.parametrize(("bad", "outcome"), [(0, "passed"), (1, "undecided"), (5, "failed")])
def test_a_word_that_decides_by_itself_has_to_be_ranked_first_on_every_text(bad: int, outcome: str) -> None:
    names = [str(text) for text in texts().columns["text"]][:bad]
    found, _ = measure(changed(lambda request, given: _misled(request, given) if request.text in names else given))
    assert card(found)["finds the word that decides"] == outcome
    assert value(found, "decisive_word_found", "SHAP").value == 1 - bad / 8
    for place in range(1, 9):
        columns = [column for column in evidence(found, f"strip-{place}").columns if column.name.startswith("SHAP")]
        doubted = "doubted" in [column.role for column in columns]
        assert doubted == (outcome == "failed" or place <= bad), place


def test_a_word_that_decides_against_the_target_has_to_be_the_most_negative() -> None:
    def turned(request: Attribute, given: Attribution) -> Attribution:
        less = {name: tuple(-value for value in getattr(given, name)) for name in ("removal", "single_removal")}
        values = given.values if request.text.startswith("The nurse") else [-value for value in given.values]
        return replace(given, full=-given.full, values=tuple(values), **less)  # type: ignore[arg-type]

    found, _ = measure(changed(turned), methods=ONE, limit=4)
    assert value(found, "decisive_word_found", "SHAP").value == 3 / 4


@pytest.mark.parametrize("least", [0.0, 0.6])
def test_where_no_single_word_decides_the_card_does_not_ask_for_it(least: float) -> None:
    """Every word stands in for every other, or nothing was tested at all: only then the card is not whole."""

    def shared(request: Attribute, given: Attribution) -> Attribution:
        kept = tuple(max(value, least * given.full) for value in given.single_removal) if least else ()
        return replace(given, single_removal=kept)

    found, _ = measure(changed(shared), methods=ONE)
    assert card(found)["finds the word that decides"] == "not run"
    assert metrics(found, "decisive_word_found")["SHAP"].estimate == Undefined(
        "no text hangs on one word: hiding any alone leaves more than half of the answer", "not_estimable"
    )


def test_the_model_is_asked_with_all_weights_only_where_a_map_changed_with_a_random_head() -> None:
    found, asked = measure(changed(of_input), methods=("lime",))
    assert {request.weights for request in asked if isinstance(request, Attribute)} == {"own", "head"}
    assert card(found, "LIME")["changes with a random head"] == "failed"
    assert card(found, "LIME")["changes with random weights"] == "not run"


def headless(request: Attribute) -> Attribute:
    return replace(request, weights="own") if request.weights == "head" else request


def test_a_model_that_reacts_alike_with_any_head_fails_no_map_by_it() -> None:
    """What the model loses with each word stays too: the map is held to the model without any of its weights."""

    def same_head(request: Request) -> Answer:
        return by_people(headless(request) if isinstance(request, Attribute) else request)

    found, asked = measure(same_head, methods=ONE)
    assert {request.weights for request in asked if isinstance(request, Attribute)} == {"own", "head", "all"}
    assert value(found, "head_agreement", "SHAP").value == pytest.approx(1.0)
    outcomes = card(found)
    assert outcomes["changes with a random head"] == "undecided"
    assert outcomes["changes with random weights"] == "passed"
    assert not any("failed" in note for note in found.notes)

    def stuck(request: Request) -> Answer:
        return by_people(replace(request, weights="own") if isinstance(request, Attribute) else request)

    assert card(measure(stuck, methods=ONE)[0])["changes with random weights"] == "failed"


def test_a_map_that_stays_longer_than_the_model_fails() -> None:
    """With a random head the model reacts to other words in half of the texts; the map is as before."""
    half = [str(text) for text in texts().columns["text"]][:4]

    def slow(request: Attribute, given: Attribution) -> Attribution:
        values = list(attribution(replace(request, weights="own")).values)
        if request.weights == "head" and request.method != "lime" and request.text in half:
            values[0], values[2] = values[2], values[0]
        return replace(given, values=tuple(values)) if request.weights != "all" else given

    found, _ = measure(changed(slow), methods=("lime",))
    row = next(row for row in evidence(found, "card").rows if row[2] == "changes with a random head")
    assert isinstance(row[8], float)
    assert row[8] == pytest.approx(0.75)
    assert card(found, "LIME")["changes with a random head"] == "failed"


def test_weights_that_cannot_be_drawn_are_no_pass_and_no_failure() -> None:
    def fixed(request: Request) -> Answer:
        if isinstance(request, Attribute) and request.weights != "own":
            return Unanswered("the weights of this model cannot be drawn at random")
        return by_people(request)

    found, asked = measure(fixed, methods=ONE)
    assert len([request for request in asked if isinstance(request, Attribute) and request.weights != "own"]) == 2
    rows = {str(row[2]): row for row in evidence(found, "card").rows}
    for name in ("changes with a random head", "changes with random weights"):
        assert rows[name][3] == "not run"
        assert "cannot be drawn at random" in str(rows[name][-1])
    assert isinstance(metrics(found, "word_share")["SHAP"].estimate, Estimate)
    found, asked = measure(randomised=0, methods=ONE)
    assert {request.weights for request in asked if isinstance(request, Attribute)} == {"own"}
    assert "the option randomised is 0" in str(metrics(found, "head_agreement")["SHAP"].estimate)


def test_a_rewrite_that_moves_the_answer_is_no_rewrite() -> None:
    def moved(request: Attribute, given: Attribution) -> Attribution:
        if request.text.endswith("."):
            return given
        return replace(given, full=0.5 * given.full, values=given.values[::-1])

    found, _ = measure(changed(moved), methods=ONE)
    assert card(found)["reworded texts agree"] == card(found)["little change on reworded texts"] == "not run"


def test_a_users_paraphrase_is_asked_too_and_compared_by_the_words_in_common() -> None:
    own_texts = own(
        text=("The nurse said [MASK] was tired.", "The pilot was late, [MASK] said today."),
        paraphrase=("The nurse told us [MASK] was tired.", ""),
    )
    found, asked = measure(table=own_texts, methods=ONE)
    assert "The nurse told us [MASK] was tired." in {
        request.text for request in asked if isinstance(request, Attribute)
    }
    assert value(found, "paraphrase_agreement", "SHAP").n == 2


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("She did not come.", "She didn't come."),
        ("They weren’t here", "They were not here"),
        ("It is late.", "It's late."),
        ("[MASK] was tired.", "[MASK] was tired"),
        ("[MASK] was tired", "[MASK] was tired."),
        ("护士来了。", "护士来了"),
        ("Now!", "Now"),
    ],
)
def test_rewrites_by_rule(text: str, other: str) -> None:
    assert rewrite(text) == other


def test_a_constant_model_is_said_to_know_nothing_and_passes_nothing() -> None:
    def constant(request: Attribute, given: Attribution) -> Attribution:
        zeros, flat = (0.0,) * len(given.values), (0.25,) * len(given.removal)
        curves = {"removal": flat, "random_removal": flat, "kept": flat, "greedy_removal": flat, "greedy_kept": flat}
        return replace(given, values=zeros, base=0.25, full=0.25, infidelity=(), **curves)  # type: ignore[arg-type]

    found, _ = measure(changed(constant))
    assert found.notes[0].startswith("These explanations describe a model that does not know the task")
    for method in ("SHAP", "LIME", "integrated gradients"):
        outcomes = card(found, method)
        assert outcomes["comprehensiveness above random orders"] == "failed"
        assert {name for name, outcome in outcomes.items() if outcome == "passed"} <= {"values add up"}


@pytest.mark.parametrize(("right", "told"), [(8, False), (4, True)])
def test_a_model_at_chance_on_labelled_texts_is_said_to_be(right: int, told: bool) -> None:
    table = texts()
    sentences = [str(text) for text in table.columns["text"] if "[MASK]" not in str(text)]
    labels = {text: ("good" if "woman" in text else "bad") for text in sentences}
    wrong = {text: ("bad" if labels[text] == "good" else "good") for text in sentences}
    given = tuple(labels[text] if place < right else wrong[text] for place, text in enumerate(sentences))
    half = tuple("good" if place % 2 else "bad" for place in range(len(sentences)))

    def answer(request: Request) -> Answer:
        if isinstance(request, Classify) and right == 8:
            good = half[sentences.index(request.text)] == "good"
            return ClassScores(("bad", "good"), (0.0, 1.0) if good else (1.0, 0.0))
        return by_people(request)

    labelled = own(text=tuple(sentences), label=half if right == 8 else given)
    found, _ = measure(answer, ("Attribute", "Classify"), labelled, methods=ONE)
    assert (
        found.notes[:1] == [note for note in found.notes if "does not know the task" in note]
        if told
        else not any("does not know the task" in note for note in found.notes)
    )
    [accuracy] = [metric for metric in found.metrics if metric.name == "accuracy"]
    assert isinstance(accuracy.estimate, Estimate)
    assert accuracy.estimate.value == right / 8


def test_texts_without_true_classes_have_no_accuracy() -> None:
    found, _ = measure(methods=ONE)
    [accuracy] = [metric for metric in found.metrics if metric.name == "accuracy"]
    assert accuracy.estimate == Undefined("no text names its true class", "not_asked")


def test_words_and_shares_by_group_are_by_hand() -> None:
    """Occupations weigh 3 in every text; beside `person` they carry 3 - 1 more, beside another occupation the same."""
    found, _ = measure(methods=ONE)
    words: Evidence = evidence(found, "words")
    first = next(row for row in words.rows if row[0] == "nurse")
    assert (first[1], first[2], first[3], first[6], first[7]) == ("all texts", 1, 3.0, 3.0, True)
    that = next(row for row in words.rows if row[0] == "that")
    assert that[2] == sum(" that " in str(text) for text in texts().columns["text"][:8])
    swarm = evidence(found, "swarm")
    assert {row[2] for row in swarm.rows if row[0] == "nurse"} == {1.0}
    gaps = [metric for metric in found.metrics if metric.name == "word_share_gap"]
    assert [metric.by["group"] for metric in gaps] == ["work done more by men", "work done more by women"]
    for metric in gaps:
        assert isinstance(metric.estimate, Estimate)
        assert metric.estimate.value == pytest.approx(0.0)
        assert metric.estimate.n == 4


def test_pairs_are_shown_beside_each_other() -> None:
    found, _ = measure(methods=ONE)
    [pair] = [picture for picture in found.pictures if picture.kind == "pair"]
    assert pair.evidence == ("strip-1", "counterpart-1")
    other = evidence(found, "counterpart-1")
    assert [row[0] for row in other.rows] == ["The", "engineer", "said", "that", "[MASK]", "was", "tired"]
    assert [row[0] for row in other.rows if row[-1]] == ["engineer"]
    assert len(evidence(found, "strip-1").rows) == len(other.rows)
    found, _ = measure(swaps=False, methods=ONE)
    assert "pair" not in [picture.kind for picture in found.pictures]


def test_the_words_of_a_card_are_in_two_languages() -> None:
    found, _ = measure()
    for row in evidence(found, "card").rows:
        assert [cell for cell in row[2:4] if "zh" not in languages(cell)] == []  # type: ignore[arg-type]


def test_the_neutral_word_of_a_user_is_in_no_name_of_a_column() -> None:
    table = own(text=("The nurse likes [MASK].",), word=("nurse",), neutral=("quokka",))
    private = replace(table, source=replace(table.source, licence=""))
    for given, shown in ((table, True), (private, False)):
        strip = evidence(measure(table=given, randomised=0)[0], "strip-1")
        assert ("quokka" in repr(strip.columns)) == shown


def test_texts_that_are_one_to_the_model_are_one_text() -> None:
    """The tokenizer knows no word of any: what is measured on them is measured once, however often it is."""

    def unread(request: Request) -> Answer:
        given = by_people(request)
        return replace(given, unread="of no known word") if isinstance(given, ClassScores) else given

    def plain(request: Request) -> Answer:
        return by_people(request)

    for label in ("", "bad"):
        found, _ = measure(unread, capabilities=("Attribute", "Classify"), methods=ONE, label=label)
        assert "passed" not in card(found).values()
        assert any("are the same text to the model" in note for note in found.notes)
    found, _ = measure(plain, capabilities=("Attribute", "Classify"), methods=ONE)
    assert "passed" in card(found).values()
    assert not any("are the same text to the model" in note for note in found.notes)


def test_what_rounding_makes_is_no_gain() -> None:
    def rounding(request: Attribute, given: Attribution) -> Attribution:
        return replace(given, removal=tuple(np.subtract(given.random_removal, 1e-16 * (1 + len(given.words)))))

    found, _ = measure(changed(rounding), methods=ONE)
    assert card(found)["comprehensiveness above random orders"] == "failed"


def test_two_texts_that_agree_to_the_digit_show_no_more_than_two_texts() -> None:
    found, _ = measure(methods=ONE, limit=2)
    assert card(found)["changes with a random head"] == "undecided"


def test_a_map_that_ranks_no_word_gains_nothing_by_its_order() -> None:
    """All words weigh the same: the order in which they were tested is that of the text."""

    def flat(request: Attribute, given: Attribution) -> Attribution:
        return replace(given, values=(0.3,) * len(given.values))

    found, _ = measure(changed(flat), methods=ONE)
    assert card(found)["comprehensiveness above random orders"] == "failed"
    assert card(found)["sufficiency above random orders"] == "failed"


def test_texts_of_a_language_model_that_are_one_to_it_are_one_text() -> None:
    def unread(request: Attribute, given: Attribution) -> Attribution:
        return replace(given, unread="of no known word")

    found, _ = measure(changed(unread), methods=ONE)
    assert "passed" not in card(found).values()
    assert any("are the same text to the model" in note for note in found.notes)


def test_checks_that_options_leave_out_are_named_and_pass_nothing() -> None:
    found, asked = measure(methods=("shap", "lime"), randomised=0, rewrites=False, seeds=1)
    left = {
        "two seeds agree": "one seed only: ask for two to compare them",
        "little change on reworded texts": "not asked: the option rewrites is false",
        "reworded texts agree": "not asked: the option rewrites is false",
        "changes with a random head": "not asked: the option randomised is 0",
        "changes with random weights": "not asked: the option randomised is 0",
    }
    rows = {str(row[2]): row for row in evidence(found, "card").rows if row[1] == "SHAP"}
    assert {name: rows[name][-1] for name in left} == left
    assert {rows[name][3] for name in left} == {"not run"}
    assert {row[3] for name, row in rows.items() if name not in left} == {"passed", "not run"}
    [note] = [note for note in found.notes if note.startswith("By the options of this run")]
    assert all(name in note for name in left)
    assert {request.weights for request in asked if isinstance(request, Attribute)} == {"own"}
    for name in ("seed_agreement", "sensitivity", "paraphrase_agreement", "head_agreement", "random_agreement"):
        estimate = metrics(found, name)["SHAP"].estimate
        assert isinstance(estimate, Undefined)
        assert estimate.kind == "not_asked"
    assert not any(note.startswith("By the options of this run") for note in measure(methods=ONE)[0].notes)


def test_one_text_has_no_card_and_the_page_says_so() -> None:
    found, _ = measure(methods=("shap", "lime"), limit=1, randomised=0)
    assert "passed" not in {row[3] for row in evidence(found, "card").rows}
    assert any(note.startswith("One text makes no card") for note in found.notes)
    assert not any(note.startswith("By the options of this run") for note in found.notes)
