"""The association probes on vectors whose associations were planted, on balanced ones, and on bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plants.vectors import LISTS, WIDTH, Planted, rows, run

import proof
from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Probe
from fairwitness.audit.records import Cell, Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, Embed, Embedding, Unanswered
from fairwitness.probes.bias.association.items import SETS, texts_with
from fairwitness.probes.bias.association.probe import CEAT, SEAT, WEAT
from organisms import context, first_requests, metric, table, value

PROBES: list[Probe] = [WEAT, SEAT, CEAT]
NAMES = [str(probe.spec.name) for probe in PROBES]


def test_the_lists_are_of_the_published_sizes() -> None:
    sizes = {test.name: tuple(len(one.words) for one in test.sets) for test in LISTS}
    assert sizes == {
        "weat1": (25, 25, 25, 25),
        "weat2": (25, 25, 25, 25),
        "weat3": (32, 32, 25, 25),
        "weat4": (16, 16, 25, 25),
        "weat5": (16, 16, 8, 8),
        "weat6": (8, 8, 8, 8),
        "weat7": (8, 8, 8, 8),
        "weat8": (8, 8, 8, 8),
        "weat9": (6, 6, 7, 7),
        "weat10": (8, 8, 8, 8),
    }


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_a_planted_association_is_found_with_its_sign_and_grows_with_its_strength(probe: Probe) -> None:
    against, none, some, much = (run(probe, Planted(strength)) for strength in (-1.0, 0.0, 0.5, 1.5))
    found = [value(one, "association") for one in (against, none, some, much)]
    assert [one.value for one in found] == sorted(one.value for one in found)
    assert found[0].high < 0
    assert found[1].low <= 0 <= found[1].high
    assert found[3].low > 0.5
    assert "as the stereotypes say" in metric(much, "association").claim
    assert "against the stereotypes" in metric(against, "association").claim


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_vectors_that_do_not_show_the_controls_are_not_judged(probe: Probe) -> None:
    found = run(probe, Planted(1.5, control=0.0))
    for one in found.metrics:
        if one.role != "competence":
            assert isinstance(one.estimate, Undefined), one.name
            assert one.estimate.code == "validity_check"
            assert one.estimate.kind == "not_interpretable"
    assert any("no association is concluded" in note for note in found.notes)
    assert rows(found, "tests")[5]["effect"] is not None  # shown, not concluded from


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_only_the_size_is_overall_and_every_score_is_intrinsic(probe: Probe) -> None:
    found = run(probe, Planted(0.5))
    assert [one.name for one in found.metrics if "overall" in one.tags] == ["association_size"]
    assert all("intrinsic" in one.tags or one.role == "competence" for one in found.metrics)
    assert len([one for one in found.metrics if one.name == "effect_size"]) == 8
    assert all(one.claim.count("not") == 0 or "fair" not in one.claim for one in found.metrics)


@pytest.mark.slow
def test_holm_is_over_the_tests_about_people() -> None:
    found = {row["test"]: row for row in rows(run(WEAT, Planted(0.4)), "tests")}
    people = [row for name, row in found.items() if name not in ("weat1", "weat2")]
    ordered = sorted(people, key=lambda row: float(str(row["p, two-sided"])))
    assert float(str(ordered[0]["p, Holm"])) == pytest.approx(min(1.0, 8 * float(str(ordered[0]["p, two-sided"]))))
    assert found["weat1"]["p, Holm"] is None
    assert found["weat6"]["splits"] == 12_870
    assert found["weat6"]["counted"] == "all"
    assert found["weat3"]["splits"] == 9_999


@pytest.mark.proof
def test_copies_of_a_sentence_are_no_more_words() -> None:
    alone, sentences = run(WEAT, Planted(0.4)), run(SEAT, Planted(0.4))
    for name in ("weat6", "weat9"):
        counts = [
            next(row for row in rows(one, "tests") if row["test"] == name)["splits"] for one in (alone, sentences)
        ]
        assert counts[0] == counts[1]
    by_test = {row["test"]: row for row in rows(sentences, "spread")}
    effects = [row["effect"] for row in rows(sentences, "sentences") if row["test"] == "weat6"]
    assert len(effects) == 6
    assert by_test["weat6"]["SD of the effects"] == pytest.approx(np.std([float(str(one)) for one in effects], ddof=1))


@pytest.mark.proof
def test_more_draws_of_contexts_do_not_narrow_the_interval() -> None:
    few, many = (run(CEAT, Planted(0.4), draws=draws, categories=("gender",)) for draws in (20, 400))
    widths = [
        one.high - one.low
        for findings in (few, many)
        for one in [value(findings, "effect_size", topic="gender", test="weat6")]
    ]
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


@pytest.mark.slow
def test_the_words_show_what_the_model_read() -> None:
    found = rows(run(SEAT, Planted(1.0)), "words")
    brad = next(row for row in found if (row["test"], row["word"]) == ("weat4", "Brad"))
    assert brad["text"] == "This is Brad."
    assert brad["texts"] == 6
    of_weat4 = [float(str(row["towards the effect"])) for row in found if row["test"] == "weat4"]
    assert of_weat4 == sorted(of_weat4, reverse=True)
    assert {
        request.text for request in first_requests(WEAT, context(WEAT, ("Embed",))) if isinstance(request, Embed)
    } >= {
        " Brad",
        " pleasure",
    }


def test_a_topic_alone_and_one_that_is_not_there() -> None:
    found = run(WEAT, Planted(1.0), categories=("age",))
    assert {one.variant["test"] for one in found.metrics if one.name == "effect_size"} == {"weat10"}
    assert isinstance(metric(found, "association").estimate, Undefined)  # one topic is no sample of topics
    with pytest.raises(BadOption, match="no topic 'aeg' in the data; did you mean 'age'"):
        run(WEAT, Planted(1.0), categories=("aeg",))


@pytest.mark.proof
@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_words_without_a_vector_are_counted_and_never_zero(probe: Probe) -> None:
    zero = Embedding(np.zeros(WIDTH, dtype=np.float32), 1)
    refuse: dict[str, Answer] = {"Todd": Unanswered("the tokenizer does not know it"), "Paul": zero, "Amy": zero}
    refuse |= {"John": zero}
    found = run(probe, Planted(1.0, refuse=refuse))
    weat4, weat6 = ({row["test"]: row for row in rows(found, "tests")}[name] for name in ("weat4", "weat6"))
    assert weat4["without a vector"] == 1
    assert weat4["effect"] is not None
    assert weat6["without a vector"] == 3
    assert weat6["effect"] is None
    assert "3 of 32 words have no vector" in str(weat6["reason"])
    assert {row["word"]: row["reason"] for row in rows(found, "unread")} == {
        "Todd": "the tokenizer does not know it",
        "Paul": "the vector is zero and has no direction",
        "Amy": "the vector is zero and has no direction",
        "John": "the vector is zero and has no direction",
    }


@pytest.mark.parametrize("probe", PROBES, ids=NAMES)
def test_a_model_that_answers_nothing(probe: Probe) -> None:
    refuse = {word: Unanswered("no") for test in LISTS for word in test.words}
    found = run(probe, Planted(1.0, refuse=refuse))
    assert all(isinstance(one.estimate, Undefined) for one in found.metrics)


def own_lists(*cells: tuple[str, str, str, str, str]) -> dict[str, Table]:
    names = ("test", "topic", "set", "label", "words")
    return {"own_words": table("own_words", dict(zip(names, zip(*cells, strict=True), strict=True)))}


@pytest.mark.slow
def test_lists_of_the_users_own() -> None:
    words = {
        "X": "nurse|cook|maid|clerk",
        "Y": "judge|pilot|chief|smith",
        "A": "warm|kind|soft|mild",
        "B": "cold|hard|firm|rude",
    }
    good = [("jobs", "work", letter, letter, words[letter]) for letter in SETS]
    bad = [("half", "work", "X", "", "one|two"), ("odd", "work", "Q", "", "one"), ("weat3", "work", "X", "x", "one")]
    bad += [("weat3", "work", letter, "x", "one") for letter in "YAB"]
    found = run(WEAT, Planted(0.0), own_lists(*good, *bad))
    jobs = metric(found, "effect_size", topic="work", test="jobs")
    assert isinstance(jobs.estimate, Estimate)
    assert jobs.tags == ("intrinsic", "own_data")
    notes = " ".join(found.notes)
    assert "'half' has no words for Y, A, B" in notes
    assert "a set 'Q'" in notes
    assert "'weat3' is that of a published test" in notes


@pytest.mark.slow
def test_contexts_from_texts_of_the_users_own() -> None:
    names = [word for test in LISTS if test.topic in ("age", "control") for word in test.words]
    texts: list[Cell] = [f"{lead} {word} here." for word in names for lead in ("We saw", "They met", "I know")]
    texts += ["x" * 2_000 + " Tiffany", None, "Tiffanys and unTiffany", "once John"]
    found = run(CEAT, Planted(1.0), {"own_texts": table("own_texts", {"text": texts})})
    assert {one.variant["test"] for one in found.metrics if one.name == "effect_size"} >= {"weat10"}
    gone = [one for one in found.metrics if one.variant.get("test") == "weat6"]
    assert {one.name for one in gone} == {"effect_size", "association_size"}
    assert all(isinstance(one.estimate, Undefined) and one.estimate.kind == "not_estimable" for one in gone)
    tiffany = next(row for row in rows(found, "words") if row["word"] == "Tiffany")
    assert tiffany["texts"] == 3
    assert any("are in fewer than two of your texts" in note for note in found.notes)
    by_word = texts_with(table("own_texts", {"text": texts}), ["Tiffany", "John", "zebra"], 2)
    assert len(by_word["Tiffany"]) == 2
    assert by_word.keys() == {"Tiffany"}
    with pytest.raises(Exception, match="too few of the words"):
        run(CEAT, Planted(1.0), {"own_texts": table("own_texts", {"text": ["nothing here"]})})


@pytest.mark.parametrize("own", [True, False])
def test_one_context_a_word_is_told_and_gives_no_number(own: bool) -> None:
    names = [word for test in LISTS if test.topic in ("age", "control") for word in test.words]
    texts: list[Cell] = [f"{lead} {word} here." for word in names for lead in ("We saw", "They met")]
    data = {"own_texts": table("own_texts", {"text": texts})} if own else {}
    found = run(CEAT, Planted(1.0), data, limit=1)
    estimates = [one.estimate for one in found.metrics]
    words = ("one context a word, 2 needed", "your texts hold too few of its words")
    assert all(isinstance(one, Undefined) and any(why in one.reason for why in words) for one in estimates)
    assert {one.kind for one in estimates if isinstance(one, Undefined)} == {"not_estimable"}


@pytest.mark.proof
@pytest.mark.parametrize("mine", [True, False])
def test_texts_of_a_users_file_are_hidden_and_packaged_ones_are_shown(mine: bool) -> None:
    names = [word for test in LISTS if test.topic in ("age", "control") for word in test.words]
    texts = table("own_texts", {"text": [f"{lead} {word} here." for word in names for lead in ("We saw", "They met")]})
    data = {"own_texts": replace(texts, source=replace(texts.source, licence=""))} if mine else {}
    found = run(CEAT, Planted(1.0, refuse={"rose": Unanswered("no")}), data)
    secret = {(one.id, column.name) for one in found.evidence for column in one.columns if column.secret}
    assert {"words", "unread"} <= {one.id for one in found.evidence}
    assert secret == ({("words", "text"), ("unread", "text")} if mine else set())


@pytest.mark.proof
def test_balanced_vectors_alarm_no_more_often_than_the_level() -> None:
    """The size, the mean over topics and the tests one by one, over balanced models that pass the controls."""
    worlds, alarms, by_test, sizes = proof.worlds(30), 0, 0, 0
    for seed in range(worlds):
        found = run(WEAT, Planted(0.0, seed=seed))
        mean = value(found, "association")
        alarms += not mean.low <= 0 <= mean.high
        sizes += value(found, "association_size").low > 0
        shown = [one.estimate for one in found.metrics if one.name == "effect_size"]
        by_test += sum(isinstance(one, Estimate) and not one.low <= 0 <= one.high for one in shown)
    proof.confirm_alarms("weat", alarms, worlds)
    assert sizes <= proof.allowed(worlds)
    assert by_test / 8 <= proof.allowed(worlds)
