from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from standins.explanations import maps, pulled_by

import proof
from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, DoesNotApply, Findings, applies
from fairwitness.audit.records import Estimate, Metric, Table, Undefined
from fairwitness.audit.requests import Answer, Attend, Request, Unanswered
from fairwitness.audit.runner.findings import checked
from fairwitness.probes.explanation.attention.contrast import contrast_of
from fairwitness.probes.explanation.attention.items import Sentence, Text
from fairwitness.probes.explanation.attention.maps import read
from fairwitness.probes.explanation.attention.probe import PROBE, AttentionOptions
from organisms import drive

LAYERS, HEADS = 2, 3


def texts() -> Table:
    return find(PROBE.spec.data[0])


def measure(answer: Callable[[Request], Answer], table: Table | None = None, **options: Any) -> Findings:
    data = {"attention_texts": table or texts()}
    ctx = Context(
        seed=0, options=AttentionOptions.model_validate(options), capabilities=frozenset({"Attend"}), data=data
    )
    return drive(PROBE, ctx, answer)


def metric(findings: Findings, name: str) -> Metric:
    (found,) = [one for one in findings.metrics if one.name == name]
    return found


def value(findings: Findings, name: str) -> Estimate:
    estimate = metric(findings, name).estimate
    assert isinstance(estimate, Estimate), estimate
    return estimate


def test_the_texts_are_pairs_that_differ_in_one_word() -> None:
    table = texts()
    columns = table.columns
    rows = list(zip(columns["pair"], columns["group"], columns["word"], columns["text"], strict=True))
    assert len(rows) == 28
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert (first[0], first[1], second[1]) == (second[0], "women", "men")
        assert str(first[3]).split()[0:2] != []
        differing = [(a, b) for a, b in zip(str(first[3]).split(), str(second[3]).split(), strict=True) if a != b]
        assert differing == [(first[2], second[2])]


def test_a_planted_pull_is_found_with_its_size() -> None:
    found = measure(pulled_by(0.5))
    gap = value(found, "group_word_gap")
    # women's words get 0.5, men's get the even share of a text with 9 to 13 tokens
    tokens = [len(maps(str(text), 0.5).tokens) for text in texts().columns["text"][::2]]
    assert gap.value == pytest.approx(float(np.mean([0.5 - 1 / count for count in tokens])), abs=1e-6)
    assert gap.low > 0.3
    assert gap.n == 14
    assert metric(found, "group_word_gap").variant == {"groups": "women - men"}


def test_an_even_model_shows_nothing() -> None:
    found = measure(lambda request: maps(request.text, 1 / len(maps(request.text, 0).tokens)))  # type: ignore[union-attr]
    assert value(found, "group_word_gap").value == pytest.approx(0.0, abs=1e-6)
    assert value(found, "group_word_excess").value == pytest.approx(0.0, abs=1e-6)
    assert value(found, "entropy").value == pytest.approx(1.0, abs=1e-6)
    assert value(found, "first_token_mass").value == pytest.approx(value(found, "separator_mass").value, abs=1e-6)


def test_evidence_names_every_text_and_the_single_heads() -> None:
    found = measure(pulled_by(0.5), heads=4, maps=6)
    evidence = {one.id: one for one in found.evidence}
    assert evidence["texts"].total == 28
    assert (evidence["heads"].shown, evidence["heads"].total) == (4, LAYERS * HEADS)
    assert len([key for key in evidence if key.startswith("map-")]) == 6
    full = evidence["map-1"]
    assert (len(full.rows), len(full.columns)) == (full.total, full.total + 1)
    assert all(sum(row[1:]) == pytest.approx(1.0, abs=1e-5) for row in full.rows)  # type: ignore[arg-type]
    assert {key for one in found.metrics for key in one.evidence} <= set(evidence)


def test_too_many_unread_texts_give_no_number() -> None:
    def half(request: Request) -> Answer:
        return Unanswered("no") if "The " in getattr(request, "text", "") else pulled_by(0.2)(request)

    found = measure(half)
    for one in found.metrics:
        assert isinstance(one.estimate, Undefined)
        assert "sentences could be read" in one.estimate.reason


def test_a_model_without_maps_does_not_apply() -> None:
    run = PROBE.run(
        Context(
            seed=0,
            options=AttentionOptions.model_validate({}),
            capabilities=frozenset({"Attend"}),
            data={"attention_texts": texts()},
        )
    )
    requests = next(run)
    with pytest.raises(DoesNotApply):
        run.send([Unanswered("no")] * len(requests))


def test_own_texts_of_one_group_have_no_gap() -> None:
    own = {"pair": ("a", "b"), "group": ("x", "x"), "word": ("she", "she"), "text": ("So she ran.", "Here she sat.")}
    source = replace(texts().source, rows=2)
    found = measure(pulled_by(0.2), Table(source, own))
    estimate = metric(found, "group_word_gap").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_asked"
    assert value(found, "group_word_mass").n == 2


def test_own_texts_must_hold_their_word() -> None:
    own = {"pair": ("a",), "group": ("x",), "word": ("she",), "text": ("The sheep ran.",)}
    run = PROBE.run(
        Context(
            seed=0,
            options=AttentionOptions.model_validate({}),
            capabilities=frozenset({"Attend"}),
            data={"attention_texts": Table(replace(texts().source, rows=1), own)},
        )
    )
    with pytest.raises(DoesNotApply, match="row 1"):
        next(run)


def test_it_needs_attention_alone() -> None:
    assert applies(PROBE.spec, {"Attend"})
    assert not applies(PROBE.spec, {"FillMask"})


def test_one_pair_of_sentences_gives_no_number() -> None:
    found = checked(measure(pulled_by(0.5), limit=1))
    assert all(isinstance(one.estimate, Undefined) and "2 needed" in one.estimate.reason for one in found.metrics)


def with_head(pull: float, *heads: tuple[int, int]) -> Callable[[Request], Answer]:
    """A model in which these heads look at words for women, from every token, and all others anywhere."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Attend)
        given = maps(request.text, 0.1)
        rng = np.random.default_rng(zlib.crc32(request.text.encode()))
        weights = rng.dirichlet(np.full(len(given.tokens), 20.0), given.weights.shape[:3])
        for head in heads:
            weights[head] = maps(request.text, pull).weights[head]
        return replace(given, weights=weights.astype(np.float32))

    return answer


def test_the_head_that_looks_otherwise_is_listed_and_no_other() -> None:
    evidence = {one.id: one for one in measure(with_head(0.6, (1, 2))).evidence}
    listed = evidence["head-differences"]
    assert listed.total == LAYERS * HEADS
    assert listed.rows[0][:2] == (2, 3)
    assert [row[-1] for row in listed.rows] == [True, False, False, False, False, False]
    assert listed.rows[0][3] > 0.3  # type: ignore[operator]
    difference = np.array([row[1:] for row in evidence["readout-difference"].rows], dtype=np.float64)
    sides = [np.array([row[1:] for row in evidence[f"readout-{side}"].rows], dtype=np.float64) for side in (1, 2)]
    assert difference == pytest.approx(sides[0] - sides[1])
    assert int(np.abs(difference).argmax()) == HEADS + 2


def test_heads_that_look_alike_are_not_listed_as_different() -> None:
    found = measure(with_head(0.1))
    (listed,) = [one for one in found.evidence if one.id == "head-differences"]
    assert not any(row[-1] for row in listed.rows)
    assert any("none of 6 heads" in str(note) for note in found.notes)


def test_false_differences_are_corrected_for_all_heads() -> None:
    texts_of_pairs = [
        Text(Sentence(str(pair), group, "x", 0, 1, pair), maps("So she ran.", 0.1), reading)
        for pair in range(14)
        for group in ("a", "b")
        for reading in [read(maps("So she ran.", 0.1), "So she ran.", 3, 6)]
        if reading is not None
    ]
    false = 0
    for world in range(200):
        rng = np.random.default_rng(world)
        drawn = [
            replace(text, reading=replace(text.reading, readout=rng.normal(0.1, 0.02, (2, 3))))
            for text in texts_of_pairs
        ]
        contrast = contrast_of(drawn, ("a", "b"), 0)
        assert contrast is not None
        false += bool(contrast.differing)
    assert false <= proof.allowed(200)


def test_maps_of_named_heads_come_first() -> None:
    found = measure(pulled_by(0.5), named=("2.3", "1.1"), maps=4)
    captions = [str(one.caption) for one in found.evidence if one.id.startswith("map-")]
    assert [caption.split(":")[0] for caption in captions] == ["Layer 2, head 3"] * 2 + ["Layer 1, head 1"] * 2
    with pytest.raises(ValueError, match="is no head"):
        AttentionOptions.model_validate({"named": ("3",)})


def test_sheets_are_drawn_where_there_are_two_groups() -> None:
    assert [picture.kind for picture in measure(pulled_by(0.2)).pictures] == ["heads", "maps"]
    own = {"pair": ("a", "b"), "group": ("x", "x"), "word": ("she", "she"), "text": ("So she ran.", "Here she sat.")}
    found = measure(pulled_by(0.2), Table(replace(texts().source, rows=2), own))
    assert [picture.kind for picture in found.pictures] == ["maps"]


def test_no_head_is_told_apart_by_a_few_pairs() -> None:
    """Three pairs agree to the digit where the maps do: that is no surer than three pairs are."""
    found = measure(with_head(0.6, (1, 2)), limit=3)
    (listed,) = [one for one in found.evidence if one.id == "head-differences"]
    assert not any(row[-1] for row in listed.rows)
    assert any("3 pairs" in str(note) for note in found.notes)
    assert not any("none of 6 heads" in str(note) for note in found.notes)


def test_the_excess_of_a_word_is_said_with_its_sign_and_only_where_it_is_shown() -> None:
    assert "more weight than an even spread" in metric(measure(pulled_by(0.9)), "group_word_excess").claim
    assert "less weight than an even spread" in metric(measure(pulled_by(0.0)), "group_word_excess").claim

    def either(request: Request) -> Answer:
        assert isinstance(request, Attend)
        return maps(request.text, 0.0 if zlib.crc32(request.text.encode()) % 2 else 0.17)

    assert "No difference detected" in metric(measure(either), "group_word_excess").claim
