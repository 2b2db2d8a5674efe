"""What is still known after unlearning: models that know texts by heart, that forgot them, that never saw them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest
from standins.known_texts import invented, scores

from fairwitness.audit.comparison.items import paired_items
from fairwitness.audit.probe import Context, DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Measured, SubjectInfo, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.memorization.forgetting.probe import PROBE
from organisms import context, drive, metric, table, value

FORGET = tuple(invented(text, 90) for text in range(40))
RETAIN = tuple(invented(text, 90) for text in range(40, 80))
DATA = {"forget": table("forget", {"text": FORGET}), "retain": table("retain", {"text": RETAIN})}


def mind(known: Sequence[str], log_prob: float = -3.0) -> Callable[[Request], Answer]:
    """A model that has all tokens of some texts right, and every fourth of others."""
    whole = set(known)

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        text = request.continuation
        if text in whole:
            return scores(text, lambda place, word: True)
        return scores(text, lambda place, word: place % 4 == 0, log_prob)

    return answer


class Reference:
    """A model beside the audited one."""

    info = SubjectInfo(
        spec="never", fingerprint="1" * 64, kind="fake", architecture="Fake", parameters=1, dtype="", capabilities=()
    )

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        self.answer = answer

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        return [self.answer(request) for request in requests]


@cache
def of_known(known: tuple[str, ...]) -> Findings:
    """What is found of a model that knows these texts by heart."""
    return audited(mind(known))


def audited(answer: Callable[[Request], Answer], data: Mapping[str, object] = DATA, **more: object) -> Findings:
    asked: Context = context(PROBE, ["LogLikelihood"], data)  # type: ignore[arg-type]
    return drive(PROBE, replace(asked, **more), answer)  # type: ignore[arg-type]


@pytest.mark.proof
def test_what_a_model_still_knows_is_found_and_what_it_forgot_is_not() -> None:
    before, after = of_known((*FORGET, *RETAIN)), of_known(RETAIN)
    assert value(before, "forget_known_share").value == 1
    assert value(after, "forget_known_share").value == 0
    assert value(after, "retain_known_share").value == 1
    assert value(before, "forget_hit_rate").value > 0.95
    assert value(after, "forget_hit_rate").value < 0.3
    assert value(after, "hit_rate_over_retain").high < -0.6


@pytest.mark.proof
def test_a_model_that_stopped_saying_them_and_still_finds_them_likely_is_told_by_one_that_never_saw_them() -> None:
    hiding = audited(mind(RETAIN, -1.5), references=(Reference(mind(RETAIN, -3.0)),))
    assert value(hiding, "forget_known_share").value == 0
    assert value(hiding, "bits_saved").low > 0
    honest = audited(mind(RETAIN), references=(Reference(mind(RETAIN)),))
    assert abs(value(honest, "bits_saved").value) < 1e-9
    silent = audited(mind(RETAIN), references=(Reference(lambda request: Unanswered("no answer")),))
    assert isinstance(metric(silent, "bits_saved").estimate, Undefined)


def measured(findings: Findings) -> Measured:
    return Measured(
        probe=PROBE.spec,
        metrics=tuple(findings.metrics),
        evidence=(),
        requests=1,
        unanswered=0,
        items=findings.items,
    )


@pytest.mark.proof
def test_two_runs_are_compared_text_by_text() -> None:
    before, after = of_known((*FORGET, *RETAIN)), of_known((*FORGET[:20], *RETAIN))
    pairs = paired_items(measured(before), measured(after))
    assert pairs is not None
    for name in ("forget_known_share", "forget_hit_rate", "forget_bits"):
        change = pairs.change(metric(after, name), value(before, name), value(after, name))
        assert change is not None
        assert isinstance(change[0], Estimate)
        assert change[0].n == 40
        assert not change[0].low <= 0 <= change[0].high, name


@pytest.mark.proof
@pytest.mark.parametrize(
    "answer",
    [
        lambda request: Unanswered("no answer"),
        lambda request: scores(request.continuation, lambda place, word: False, float("nan")),
        lambda request: TokenScores((), (), ()),
        lambda request: scores(request.continuation, lambda place, word: False),
    ],
    ids=["silent", "not a number", "empty", "knows nothing"],
)
def test_a_model_that_cannot_write_has_forgotten_nothing(answer: Callable[[Request], Answer]) -> None:
    estimate = metric(audited(answer), "forget_known_share").estimate
    assert isinstance(estimate, Undefined)


@pytest.mark.proof
def test_texts_that_cannot_be_read_could_all_be_known() -> None:
    def gappy(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        return Unanswered("too long") if request.continuation == FORGET[0] else mind(RETAIN)(request)

    assert value(audited(gappy), "forget_known_share").if_answered == (0, 1 / 40)


@pytest.mark.proof
def test_empty_texts_are_counted_and_texts_of_both_sets_are_told() -> None:
    data = {
        "forget": table("forget", {"text": ("", "short", *FORGET[:30], RETAIN[0])}),
        "retain": table("retain", {"text": RETAIN}),
    }
    findings = audited(mind(RETAIN), data)
    assert any(note.startswith("1 of the texts to forget stand") for note in findings.notes)
    assert any(note.startswith("2 of 73 texts") for note in findings.notes)
    nothing = {"forget": table("forget", {"text": ("", "short")}), "retain": DATA["retain"]}
    with pytest.raises(DoesNotApply, match="no text to forget"):
        audited(mind(RETAIN), nothing)


def test_names_of_items_hold_nothing_of_a_text() -> None:
    items = of_known(RETAIN).items
    assert items is not None
    assert set(items.ids) == {f"{name}, {number}" for name in ("forget", "retain") for number in range(1, 41)}  # type: ignore[union-attr]
