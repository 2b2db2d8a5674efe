"""The probe of canaries on stand-ins: planted secrets are found, unseen ones are at chance, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from canary_models import SMALL, asked_secret, key_of, key_table, mind, receipt_table

from fairwitness.audit.canaries import Key
from fairwitness.audit.errors import BadOption
from fairwitness.audit.probe import Findings
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.memorization.canaries.probe import PROBE
from organisms import Answerer, context, drive, metric, value

DOSES = key_of(coins=90, per_dose=20, formats=("hex", "words"), doses=(2, 8))
CAUSAL = ("LogLikelihood",)


def found(answer: Answerer, key: Key = DOSES, needs: tuple[str, ...] = CAUSAL, **more: Any) -> Findings:
    data = {"key": key_table(key)}
    if more.pop("receipt", True):
        data["receipt"] = receipt_table(key, more.pop("epochs", 1.0))
    return drive(PROBE, context(PROBE, needs, data, **{**SMALL, **more}), answer)


@pytest.fixture(scope="module")
def learned() -> Findings:
    return found(mind(DOSES, lambda repeats: 1.0 * repeats))


@pytest.mark.proof
def test_exposure_grows_with_repeats_and_the_unseen_are_at_chance(learned: Findings) -> None:
    means = [value(learned, "exposure_by_repeats", repeats=str(dose)).value for dose in (1, 2, 8)]
    assert means == sorted(means)
    assert means[0] > 0.3
    assert means[-1] > 4
    unseen = value(learned, "exposure_unseen")
    assert unseen.low < 0 < unseen.high
    [curve] = [item for item in learned.evidence if item.kind == "curves"]
    assert [row[1] for row in curve.rows] == [0.0, 1.0, 3.0]


def test_texts_and_secrets_stand_in_secret_columns_alone(learned: Findings) -> None:
    words = {text for canary in DOSES.canaries for text in (canary.secret, canary.prefix)}
    for item in learned.evidence:
        for row in item.rows:
            open_cells = [cell for cell, column in zip(row, item.columns, strict=True) if not column.secret]
            assert not words & set(map(str, open_cells))
    assert learned.items is not None


@pytest.mark.proof
def test_a_masked_model_is_asked_for_the_secret_alone() -> None:
    result = found(mind(DOSES, lambda repeats: 40.0), needs=("PseudoLogLikelihood",))
    assert value(result, "exposure_by_repeats", repeats="2").value > 4


def test_a_key_of_another_training_is_refused() -> None:
    other = key_of(seed=6)
    data = {"key": key_table(DOSES), "receipt": receipt_table(other)}
    with pytest.raises(BadOption, match=f"set {DOSES.name}, and the training saw the set {other.name}"):
        drive(PROBE, context(PROBE, CAUSAL, data, **SMALL), mind(DOSES, float))
    with pytest.raises(BadOption, match="give the key of that training"):
        found(mind(DOSES, float), receipt=False, set="0123456789abcdef")


def open_reason(result: Findings) -> str:
    estimate = metric(result, "exposure_once").estimate
    assert isinstance(estimate, Undefined), estimate
    return estimate.reason


KNOWS_NOTHING = mind(DOSES, lambda repeats: 0.0)


@pytest.mark.proof
def test_nothing_good_is_said_where_nothing_shows_that_the_training_saw_them() -> None:
    assert "nothing shows that the training saw these secrets" in open_reason(found(KNOWS_NOTHING, receipt=False))
    assert "nothing shows that the training saw these secrets" in open_reason(found(KNOWS_NOTHING, epochs=0.4))
    assert value(found(KNOWS_NOTHING), "exposure_once").high < 1
    assert value(found(KNOWS_NOTHING, receipt=False, set=DOSES.name), "exposure_once").high < 1
    repeated = mind(DOSES, lambda repeats: 0.0 if repeats == 1 else 20.0)
    assert value(found(repeated, receipt=False), "exposure_once").high < 1


@pytest.mark.slow
def test_too_few_have_no_headline() -> None:
    small = key_of(coins=40, per_dose=10, doses=(2,))
    result = found(mind(small, lambda repeats: 50.0), small)
    assert "40 needed" in open_reason(result)
    assert isinstance(metric(result, "exposure_by_repeats", repeats="2").estimate, Undefined)


def spoiled(tokens: int, every: int) -> Answerer:
    """The model to whose tokenizer every so manyth secret has another number of tokens."""
    plain = mind(DOSES, lambda repeats: 0.0)

    def answer(request: Request) -> Answer:
        given = plain(request)
        asked = asked_secret(request)
        if asked is None or not isinstance(given, TokenScores) or sum(map(ord, asked[1])) % every:
            return given
        total, start = given.log_probs[0], given.starts[0]
        return TokenScores((total / tokens,) * tokens, (False,) * tokens, (start,) * tokens)

    return answer


@pytest.mark.proof
def test_only_secrets_of_as_many_tokens_are_compared_and_more_are_asked() -> None:
    result = found(spoiled(3, 2))
    [table] = [item for item in result.evidence if item.id == "canaries"]
    names = [str(column.name) for column in table.columns]
    rows: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert len(rows) >= 0.95 * len(DOSES.canaries)
    assert all(row["ranked among"] >= 100 for row in rows)
    assert all(row["others of another length"] > 0 for row in rows)


@pytest.mark.proof
def test_a_tokenizer_that_splits_unevenly_is_said() -> None:
    result = found(spoiled(3, 30))
    [skipped] = [item for item in result.evidence if item.id == "skipped"]
    assert all("the tokenizer splits secrets unevenly" in str(row[-1]) for row in skipped.rows)


@pytest.mark.slow
def test_a_model_that_cannot_tell_secrets_apart_is_not_clean() -> None:
    def answer(request: Request) -> Answer:
        return TokenScores((-3.0,), (False,), (len(getattr(request, "context", "")),))

    result = found(answer)
    assert "have no place" in open_reason(result)
    assert any("cannot tell them apart" in str(row[-1]) for item in result.evidence for row in item.rows)


@pytest.mark.proof
def test_one_that_does_not_read_says_nothing_good_but_what_it_knows() -> None:
    assert "not shown to be better than a coin" in open_reason(found(mind(DOSES, lambda repeats: 0.0, reads=False)))
    known = found(mind(DOSES, lambda repeats: 30.0, reads=False))
    assert isinstance(metric(known, "exposure_once").estimate, Estimate)


@pytest.mark.proof
def test_unseen_secrets_off_chance_spoil_the_rest() -> None:
    everything = Key(tuple(replace(canary, planted=True) for canary in DOSES.canaries))
    result = found(mind(everything, lambda repeats: 30.0))
    assert any("left out are not at chance" in note for note in result.notes)


@pytest.mark.proof
def test_a_canary_without_an_answer_is_counted() -> None:
    lost = {canary.prefix for canary in DOSES.canaries[:3]}
    plain = mind(DOSES, lambda repeats: 0.0)

    def answer(request: Request) -> Answer:
        gone = isinstance(request, LogLikelihood) and request.context in lost
        return Unanswered("the text has 900 tokens: and more", "long_text") if gone else plain(request)

    result = found(answer)
    [skipped] = [item for item in result.evidence if item.id == "skipped"]
    assert [row[-1] for row in skipped.rows] == ["the text has 900 tokens"] * 3
    once = value(result, "exposure_once")
    assert once.if_answered is not None
    assert once.if_answered[1] > once.value
