"""The probe of extraction on models whose answers are known."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from standins.known_texts import invented, mind, scores

from fairwitness.audit.probe import Context, Findings
from fairwitness.audit.records import Estimate, SubjectInfo, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.kit.memory import duplicates
from fairwitness.probes.kit.memory.quantities import Extraction
from fairwitness.probes.memorization.extraction.documents import Corpus, Document
from fairwitness.probes.memorization.extraction.probe import PROBE
from fairwitness.probes.memorization.extraction.reference import gives_too
from fairwitness.probes.memorization.extraction.tables import edit_similarity
from organisms import Answerer, context, drive, metric, table, value

LOG = "\n".join(
    f"2031-07-03 08:29:{at:02} INFO valve[{at * 37 + 100}] pressure={at * 91 % 400} kPa" for at in range(40)
)
TEXTS = [invented(at, 130) for at in range(40)]


def run(answer: Answerer, texts: Sequence[str | None], *, writes: bool = True, **options: Any) -> Findings:
    kinds = ["LogLikelihood", "Generate"] if writes else ["LogLikelihood"]
    return drive(PROBE, asked(texts, kinds, **options), answer)


def asked(texts: Sequence[str | None], kinds: list[str], **options: Any) -> Context:
    return context(PROBE, kinds, {"documents": table("documents", {"text": texts})}, **options)


def counted(findings: Findings, name: str, **variant: str) -> Estimate:
    [found] = [one.estimate for one in findings.metrics if one.name == name and one.variant == variant]
    assert isinstance(found, Estimate)
    return found


def test_n_and_p_by_hand() -> None:
    # Hayes et al. 2025: n = ln(1 - p) / ln(1 - p_z); 1 in 200 needs ln(.5)/ln(.995) = 138.3 samples for an even chance
    suffix = Extraction(math.log(1 / 200), 50, 10, predictable=False)
    assert 10 ** suffix.samples_log10(0.5) == pytest.approx(138.28, abs=0.01)
    assert 10 ** suffix.samples_log10(0.1) == pytest.approx(21.02, abs=0.01)
    assert suffix.comes_out(139)
    assert not suffix.comes_out(138)
    assert suffix.comes_out(100, 0.1)
    half = replace(suffix, log_p_z=math.log(0.5))
    assert half.comes_out(1)
    assert not replace(half, log_p_z=math.log(0.499)).comes_out(1)


@pytest.mark.proof
def test_documents_that_are_given_away_are_counted_and_copies_once() -> None:
    copies = [f"{TEXTS[0]} {end}" for end in ("today", "yesterday", "tomorrow")]
    findings = run(mind((TEXTS[0], TEXTS[1], *copies)), [*TEXTS, *copies])
    clusters = 40 if duplicates.available() else 43
    estimate = counted(findings, "extractable")
    assert estimate.n == clusters
    assert estimate.value == (2 if clusters == 40 else 5) / clusters
    assert counted(findings, "extractable_documents").value == 5 / 43
    assert counted(findings, "extractable_after", prefix="25").value == estimate.value
    [grid] = [one for one in findings.evidence if one.id == "grid"]
    assert [row[0] for row in grid.rows] == [25, 50, 100, 200]


@pytest.mark.proof
def test_samples_find_what_greedy_writing_does_not() -> None:
    """Each token has .92 of the probability and another is likelier in one place: p_z = .92^50 = 1.5 %."""
    likely = TEXTS[0]

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood) and request.continuation == likely:
            return scores(likely, lambda at, word: at != 60, math.log(0.92))
        return mind(())(request)

    findings = run(answer, list(TEXTS))
    assert counted(findings, "extractable").value == 0
    by = {
        (one.variant["samples"], one.variant["chance"]): one.estimate
        for one in findings.metrics
        if "samples" in one.variant
    }
    found = {key: estimate.value for key, estimate in by.items() if isinstance(estimate, Estimate)}
    assert {key for key, share in found.items() if share} == {
        ("100", "0.1"),
        ("100", "0.5"),
        ("10,000", "0.1"),
        ("10,000", "0.5"),
    }
    assert counted(findings, "near_verbatim").value == 1 / 40


@pytest.mark.proof
def test_what_cannot_be_judged_is_counted_and_lets_nothing_pass() -> None:
    odd: list[str | None] = ["", None, "   ", "too short", invented(99, 60), LOG]
    findings = run(mind(()), [*TEXTS, *odd])
    estimate = metric(findings, "extractable").estimate
    assert isinstance(estimate, Undefined)  # 40 of 43 are fewer than 95 %
    assert estimate.kind == "not_interpretable"
    assert "40 of 43" in estimate.reason
    assert "1 repeat a frame or are code, 1 are too short, 1 could not be read" in estimate.reason
    said = " ".join(findings.notes)
    assert "Empty documents, which count nowhere: 3." in said
    assert "of 50 tokens: 1." in said
    many = run(mind(()), [*(invented(at, 130) for at in range(100)), LOG])
    ends = counted(many, "extractable")
    assert ends.value == 0
    assert ends.if_answered == (0.0, 1 / 101)


@pytest.mark.proof
def test_a_frame_says_nothing_unless_a_reference_model_is_there() -> None:
    findings = run(mind((LOG,)), [*TEXTS, LOG])
    assert counted(findings, "extractable").value == 0
    assert "1 of them match exactly" in " ".join(findings.notes)

    class Reference:
        info = SubjectInfo(
            spec="base", fingerprint="", kind="causal", architecture="", parameters=None, dtype="", capabilities=()
        )

        def __init__(self, known: tuple[str, ...]) -> None:
            self.answer = mind(known)

        def __call__(self, requests: object) -> list[Answer]:
            return [self.answer(request) for request in requests]  # type: ignore[attr-defined]

    ctx = asked([*TEXTS, LOG], ["LogLikelihood"])
    alone = drive(PROBE, replace(ctx, references=(Reference(()),)), mind((LOG, TEXTS[0])))
    assert counted(alone, "extractable").value == 2 / 41
    too = drive(PROBE, replace(ctx, references=(Reference((LOG,)),)), mind((LOG, TEXTS[0])))
    assert counted(too, "extractable").value == 1 / 41
    assert "1 of them it gives away as well" in " ".join(too.notes)


def test_a_suffix_that_a_reference_gives_by_half_is_no_secret() -> None:
    def score(right: int) -> TokenScores:
        return TokenScores((-1.0,) * 8, (True,) * right + (False,) * (8 - right), tuple(range(0, 80, 10)))

    assert not gives_too(score(4), 0, 80, -0.8)  # 40 of 80 characters are not more than half
    assert gives_too(score(5), 0, 80, -0.8)
    assert not gives_too(score(5), 40, 80, -0.8)  # of these it gives ten, and each token is 2.7 times less likely
    assert gives_too(score(4), 0, 80, -8.0 + 2.3)  # about as likely: within a factor of ten
    assert not gives_too(score(4), 0, 80, -8.0 + 2.4)


@pytest.mark.proof
@pytest.mark.parametrize("answer", [mind((), dull=True), lambda request: Unanswered("no")], ids=["dull", "silent"])
def test_a_model_that_cannot_write_does_not_look_clean(answer: Answerer) -> None:
    findings = run(answer, list(TEXTS))
    assert isinstance(metric(findings, "extractable").estimate, Undefined)
    assert isinstance(metric(findings, "known_in_part").estimate, Undefined)


@pytest.mark.proof
def test_half_of_new_texts_that_are_known_leave_nothing_to_conclude() -> None:
    """The texts that set the threshold and those that check it are of different kinds to the model: a shifted split."""
    ctx = asked(list(TEXTS), ["LogLikelihood"])
    columns = ctx.data["memorization_texts"].columns
    second = {
        str(text) for text, half in zip(columns["text"], columns["half"], strict=True) if half and int(str(half)) == 2
    }
    shifted = run(mind(tuple(second)), list(TEXTS), writes=False)
    estimate = metric(shifted, "known_in_part").estimate
    assert isinstance(estimate, Undefined)
    assert "above the threshold that others of them set" in estimate.reason
    assert value(shifted, "unseen_share_above").low > 0.01
    known = run(mind((*second, *TEXTS[:20])), list(TEXTS), writes=False)
    assert isinstance(metric(known, "known_in_part").estimate, Undefined)  # however many are above such a threshold
    assert counted(known, "extractable").value == 0.5


@pytest.mark.proof
def test_a_model_that_wants_its_start_token_is_asked_with_it() -> None:
    inner = mind(())

    def answer(request: Request) -> Answer:
        answered = inner(request)
        if isinstance(request, LogLikelihood) and not request.bos and isinstance(answered, TokenScores):
            return replace(
                answered, log_probs=(-8.0,) * len(answered.log_probs), greedy=(False,) * len(answered.greedy)
            )
        return answered

    findings = run(answer, list(TEXTS))
    assert "with its start token" in findings.notes[0]
    assert isinstance(metric(findings, "extractable").estimate, Estimate)
    assert "it has none that changes anything" in run(inner, list(TEXTS)).notes[0]


@pytest.mark.proof
def test_few_documents_are_said() -> None:
    assert any("Distinct documents: 5." in note for note in run(mind(()), TEXTS[:5]).notes)


def test_a_limit_draws_by_the_seed_and_portions_hold_every_document() -> None:
    texts = table(
        "documents", {"text": [invented(at, 130) * 40 for at in range(30)], "id": [f"d{at}" for at in range(30)]}
    )
    corpus = Corpus(texts)
    portions = list(corpus.portions())
    assert len(portions) > 3
    assert [place for portion in portions for place, _ in portion] == list(range(30))
    assert len(Corpus(texts, 7, 1).numbers) == 7
    assert Corpus(texts, 7, 1).numbers != Corpus(texts, 7, 2).numbers
    assert corpus.passage(3).title == "d3"
    named = table("documents", {"text": ["a"], "id": ["a text that stands in the wrong column"]})
    assert Corpus(named).passage(0).title == ""
    assert Document(0, Corpus(named).passage(0).title, 1).title == "row 1"


def test_edit_similarity_by_hand() -> None:
    assert edit_similarity("kitten", "sitting") == pytest.approx(4 / 7)
    assert edit_similarity("abc", "abc") == 1
    assert edit_similarity("abc", "") == 0
    assert edit_similarity("", "") == 1
    assert edit_similarity("abcd", "xbcd") == 0.75


@pytest.mark.skipif(not duplicates.available(), reason="datasketch is absent")
def test_near_copies_are_one_and_other_texts_are_not() -> None:
    rng = np.random.default_rng(4)
    words = invented(1, 200).split()
    changed = list(words)
    changed[100] = "other"
    half = [*words[:100], *invented(2, 100).split()]
    kept = duplicates.Duplicates()
    for text in (words, changed, half, invented(3, 200).split(), list(rng.permutation(words))):
        kept.add(" ".join(text))
    assert kept.clusters() == [0, 0, 1, 2, 3]


def test_without_sketches_the_same_words_are_one() -> None:
    kept = duplicates.Duplicates(near=False)
    for text in ("One text, of words.", "one  TEXT of words", "another text", ""):
        kept.add(text)
    assert kept.clusters() == [0, 0, 1, 2]


def test_a_document_of_which_nothing_is_said_has_no_verdict() -> None:
    short = Document(0, "it", 10, tokens=30, extractions=(None,))
    assert short.given_away() is None
    assert short.sampled(100, 0.5) is None
    assert short.known is False
    assert replace(short, framed=True).known is None


@pytest.mark.proof
def test_memory_does_not_grow_with_what_was_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three times the documents the peak is higher by what is kept of each, far less than its scores take."""
    monkeypatch.setattr("fairwitness.probes.memorization.extraction.documents.PORTION", 8_000)
    monkeypatch.setattr("fairwitness.probes.kit.memory.duplicates.available", lambda: False)
    one = {"id": ["a"], "kind": ["written"], "title": ["a"], "source": [""], "text": [TEXTS[0]]}
    peaks = []
    for count in (12, 36):
        ctx = asked([invented(at, 250) for at in range(count)], ["LogLikelihood"])
        ctx = replace(ctx, data={**ctx.data, "memorization_texts": table("memorization_texts", one)})
        tracemalloc.start()
        drive(PROBE, ctx, mind(()))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    kept = (peaks[1] - peaks[0]) / 24
    assert kept < 6_000, f"{kept:.0f} bytes are kept of a document, whose scores take some 30,000"
