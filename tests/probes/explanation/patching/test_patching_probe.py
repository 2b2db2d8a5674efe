"""The patching probe on models whose parts carry what was planted, and on those of which nothing may be concluded."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from standins.patching import HEADS, LAYERS, carried_by, patched, sides

from fairwitness.audit.datasets import find
from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, ScoredItems, Table, Undefined
from fairwitness.audit.requests import (
    Answer,
    Classify,
    ClassScores,
    ForClass,
    Patch,
    Patched,
    Request,
    Target,
    Unanswered,
)
from fairwitness.probes.explanation.patching.items import PatchingOptions, pairs_of
from fairwitness.probes.explanation.patching.probe import PROBE
from organisms import context, drive, table

Answerer = Callable[[Request], Answer]
PLANTED = {(1, 2): 0.6}


def measure(answer: Answerer, data: Table | None = None, needs: str = "FillMask", **options: Any) -> Findings:
    tables = {} if data is None else {"patching_texts": data}
    return drive(PROBE, context(PROBE, ("Patch", needs), tables, 0, **options), answer)


def heads_named(findings: Findings) -> dict[str, Estimate]:
    """The heads of which something is claimed."""
    listed = [metric for metric in findings.metrics if metric.name == "head_effect"]
    return {
        str(metric.by["head"]): metric.estimate
        for metric in listed
        if isinstance(metric.estimate, Estimate) and "No head" not in metric.claim
    }


def undefined(findings: Findings) -> Undefined:
    """Why nothing is said of heads."""
    (metric,) = [metric for metric in findings.metrics if metric.name == "head_effect"]
    assert isinstance(metric.estimate, Undefined)
    return metric.estimate


def test_the_shipped_pairs_differ_in_a_word_or_a_name_that_no_other_pair_has() -> None:
    data = find(PROBE.spec.data[0])
    for blanks, least in ((True, 28), (False, 28)):
        pairs = pairs_of(data, PatchingOptions.model_validate({}), blanks=blanks)
        assert len(pairs) == least
        assert len({pair.words for pair in pairs}) == least
        assert all(len(pair.words) == 2 for pair in pairs)
    columns = data.columns
    fillers = set(zip(columns["kind"], columns["positive"], columns["negative"], strict=True))
    assert fillers == {("fill", "she", "he"), ("class", None, None)}


@pytest.mark.parametrize("needs", ["FillMask", "LogLikelihood", "Classify"])
def test_a_planted_head_is_named_with_its_size(needs: str) -> None:
    findings = measure(carried_by(PLANTED, noise=0.05), needs=needs)
    found = heads_named(findings)
    assert list(found) == ["head 3 of layer 2"]
    assert found["head 3 of layer 2"].value == pytest.approx(0.6, abs=0.02)
    assert found["head 3 of layer 2"].low > 0.55
    evidence = {item.id: item for item in findings.evidence}
    assert evidence["heads"].rows[1][3] == pytest.approx(0.6, abs=0.02)
    assert (len(evidence["heads"].rows), len(evidence["heads"].columns)) == (LAYERS, HEADS + 1)
    assert evidence["head-list"].rows[0][:2] == (2, 3)
    assert evidence["head-list"].total == LAYERS * HEADS
    assert {key for metric in findings.metrics for key in metric.evidence} <= set(evidence)


def test_where_no_head_carries_anything_none_is_named_and_it_is_said() -> None:
    named = [bool(heads_named(measure(carried_by({}, noise=0.2, seed=seed)))) for seed in range(8)]
    assert not any(named)
    findings = measure(carried_by({}, noise=0.2))
    (metric,) = [metric for metric in findings.metrics if metric.name == "head_effect"]
    assert "No head was found" in metric.claim
    assert any("none carries the difference" in note for note in findings.notes)


def test_the_output_of_the_layer_of_the_head_is_claimed() -> None:
    findings = measure(carried_by(PLANTED, noise=0.05))
    first = next(metric for metric in findings.metrics if metric.name == "output_effect")
    assert first.by == {"part": "the attention of layer 2"}
    assert "carries 60" in first.claim


def test_texts_that_hardly_differ_say_nothing() -> None:
    findings = measure(carried_by(PLANTED, size=0.1))
    assert undefined(findings).kind == "not_interpretable"
    assert "next to nothing to carry" in undefined(findings).reason


def test_a_model_that_tells_them_apart_in_no_direction_says_nothing() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Patch)
        value, other = (3.0 * (zlib.crc32(text.encode()) / 2**31 - 1) for text in (request.text, request.counterpart))
        return patched(request, value, other, PLANTED)

    findings = measure(answer, least=0.01)
    assert undefined(findings).kind == "not_interpretable"
    assert "in one direction" in undefined(findings).reason


@pytest.mark.parametrize("field", ["nothing", "everything"])
def test_patching_that_does_not_add_up_says_nothing(field: str) -> None:
    def answer(request: Request) -> Answer:
        given = carried_by(PLANTED)(request)
        assert isinstance(given, Patched)
        moved: dict[str, Any] = {field: getattr(given, field) + 0.1 * (given.other - given.value)}
        return replace(given, **moved)

    findings = measure(answer)
    assert undefined(findings).kind == "not_interpretable"
    assert "not what they are taken for" in undefined(findings).reason


def test_what_an_unrelated_text_moves_as_much_is_not_named() -> None:
    def answer(request: Request) -> Answer:
        given = carried_by(PLANTED)(request)
        assert isinstance(given, Patched)
        assert isinstance(request, Patch)
        if request.sites == "heads" and sides()[request.text] == sides()[request.counterpart]:
            given.by_head[:] = given.value + 3.0  # any text moves every head as far
        return given

    assert heads_named(measure(carried_by(PLANTED)))
    assert not heads_named(measure(answer))


def test_pairs_of_unequal_length_are_left_out_and_named() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Patch)
        if "mother" in request.text + request.counterpart or "Young" in request.text:
            return Unanswered("the text has 5 tokens and its counterpart 6", "unaligned")
        return carried_by(PLANTED)(request)

    findings = measure(answer)
    assert list(heads_named(findings)) == ["head 3 of layer 2"]
    (left_out,) = [item for item in findings.evidence if item.id == "left_out"]
    firsts = [text for text, side in sides().items() if side > 0 and "[MASK]" in text]
    gone = [text for text in firsts if "mother" in text or "Young" in text]
    assert left_out.total == len(gone) > 0.4 * len(firsts)
    assert findings.accounted == 2 * len(gone)  # whatever their share: the others are measured
    assert any("same number of tokens" in note for note in findings.notes)


def test_few_pairs_of_words_are_too_few() -> None:
    findings = measure(carried_by(PLANTED), limit=4)
    assert undefined(findings).code == "few_units"


def test_the_budget_patches_the_heads_of_the_strongest_layers_and_says_so() -> None:
    asked: set[tuple[int, ...]] = set()

    def answer(request: Request) -> Answer:
        if isinstance(request, Patch) and request.sites == "heads":
            asked.add(request.layers)
        return carried_by(PLANTED)(request)

    findings = measure(answer, heads=HEADS)
    assert asked == {(1,)}
    assert any(f"{HEADS} of {LAYERS * HEADS} heads were patched" in note for note in findings.notes)
    assert list(heads_named(findings)) == ["head 3 of layer 2"]


def test_a_classifier_is_asked_for_the_class_that_it_decides_most() -> None:
    labels: set[Target] = set()
    plain = carried_by(PLANTED)

    def answer(request: Request) -> Answer:
        if isinstance(request, Patch):
            labels.add(request.target)
        return ClassScores(("bad", "good"), (3.0, 0.0)) if isinstance(request, Classify) else plain(request)

    measure(answer, needs="Classify")
    assert labels == {ForClass("bad")}
    labels.clear()
    measure(answer, needs="Classify", label="good")
    assert labels == {ForClass("good")}


def test_own_pairs_name_their_fillers_and_rows() -> None:
    own = table(
        "patching_texts",
        {
            "text": ["The nurse said [MASK]", "plain", "A clerk said [MASK]"],
            "counterpart": ["The pilot said [MASK]", "other", "A miner said [MASK]"],
            "positive": ["her", "", ""],
            "negative": ["him", "", ""],
        },
    )
    asked: dict[str, Any] = {}

    def answer(request: Request) -> Answer:
        assert isinstance(request, Patch)
        asked[request.text] = request.target
        return patched(request, 1.0, -1.0, PLANTED)

    findings = measure(answer, own)
    assert (asked["The nurse said [MASK]"].positive, asked["A clerk said [MASK]"].positive) == ("her", "she")
    (pairs,) = [item for item in findings.evidence if item.id == "pairs"]
    assert sorted(row[0] for row in pairs.rows) == [1, 3]  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("needs", "texts", "words"), [("FillMask", "plain", "has a blank"), ("Classify", "a [MASK]", "have blanks")]
)
def test_texts_of_the_other_kind_do_not_apply(needs: str, texts: str, words: str) -> None:
    own = table("patching_texts", {"text": [texts], "counterpart": [f"{texts} b"]})
    with pytest.raises(DoesNotApply, match=words):
        measure(carried_by({}), own, needs)


def test_a_model_that_answers_nothing_fails() -> None:
    with pytest.raises(DoesNotApply, match="no pair of texts could be patched: no answer") as error:
        measure(lambda _: Unanswered("no answer: the text"))
    assert error.value.code == "unanswered"
    with pytest.raises(DoesNotApply, match="no text got a class"):
        measure(lambda _: Unanswered("no"), needs="Classify")


def test_every_pair_is_an_item() -> None:
    findings = measure(carried_by(PLANTED), limit=6)
    assert isinstance(findings.items, ScoredItems)
    assert findings.items.ids[:2] == ("row 1", "row 2")
    values = [value or 0.0 for value in findings.items.scores["difference_of_pair"]]
    assert np.allclose(values, 4.0, atol=1.0)


def test_a_head_is_not_named_by_two_pairs_that_have_a_null() -> None:
    """Six pairs, of which two alone have another one of their length: two pairs agree by chance too often."""
    lengths = {0: 4, 1: 4, 2: 5, 3: 6, 4: 7, 5: 8}
    words = [
        ("nurse", "smith"),
        ("maid", "king"),
        ("queen", "lord"),
        ("aunt", "monk"),
        ("girl", "duke"),
        ("wife", "abbot"),
    ]
    rows = [
        [f"The {word} " + "so " * (lengths[place] - 4) + "said [MASK]" for word in pair]
        for place, pair in enumerate(words)
    ]
    own = table("patching_texts", {"text": [row[0] for row in rows], "counterpart": [row[1] for row in rows]})
    firsts = {row[0] for row in rows}

    def answer(request: Request) -> Answer:
        assert isinstance(request, Patch)
        value, other = (
            (2.0 if text in firsts else -2.0) + 0.01 * len(text) for text in (request.text, request.counterpart)
        )
        made = patched(request, value, other, PLANTED)
        rng = np.random.default_rng(zlib.crc32(repr(request).encode()))
        made.by_head[:] += rng.normal(0, 1e-4, made.by_head.shape)
        return made

    findings = measure(answer, own)
    assert not any(
        metric.name == "head_effect" and isinstance(metric.estimate, Undefined) for metric in findings.metrics
    )
    assert not heads_named(findings)
    assert any("No head can be named" in note for note in findings.notes)


def test_a_model_that_ignores_its_input_is_measured_and_nothing_is_said() -> None:
    findings = measure(
        carried_by({}, size=0.0), table("patching_texts", {"text": ["A [MASK]"], "counterpart": ["B [MASK]"]})
    )
    assert undefined(findings).kind == "not_interpretable"


def test_own_words_stand_in_no_item() -> None:
    own = table(
        "patching_texts", {"text": ["Alice of Acme said [MASK]"], "counterpart": ["Zebedee of Acme said [MASK]"]}
    )
    items = measure(carried_by(PLANTED), own).items
    assert isinstance(items, ScoredItems)
    assert "alice" not in repr(items).lower()
