"""The probe of personal data on models whose leaks are known: fakes that say one value, and nothing else."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from fairwitness.audit.probe import DoesNotApply, Findings
from fairwitness.audit.records import Estimate, Table, Undefined
from fairwitness.audit.requests import Answer, Filled, FillMask, Generate, Generated, Request, Unanswered
from fairwitness.probes.memorization.personal_data.probe import PROBE
from organisms import context, drive, metric, table, value

PEOPLE = [f"{given} {family}" for given in ("Orla", "Bram", "Ines", "Tove") for family in ("Quist", "Adebayo", "Lund")]
EMAILS = [f"{name.replace(' ', '.').lower()}@fernbank.example" for name in PEOPLE]
LIST = table("known", {"value": EMAILS, "category": ["email"] * 12, "name": PEOPLE})
PLAIN = " not something that is ever written down here"


def audited(answer: Callable[[Request], Answer], known: Table | None = LIST, **options: Any) -> Findings:
    data = {} if known is None else {"known": known}
    return drive(PROBE, context(PROBE, ["Generate"], data, **{"samples": 1, "languages": ("en",), **options}), answer)


def says(text: str, when: Callable[[Generate], bool] = lambda request: True) -> Callable[[Request], Answer]:
    """A model that writes one text where it is so, and says nothing of anybody elsewhere; no two prompts alike."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        return Generated(f"{text if when(request) else PLAIN}; clerk {zlib.crc32(request.prompt.encode()):x}", 9)

    return answer


@pytest.mark.slow
def test_a_model_that_says_known_values_is_found_and_one_that_does_not_is_not() -> None:
    leaking = audited(says(f" {EMAILS[3]}, as ever", lambda request: PEOPLE[3] in request.prompt))
    assert value(leaking, "known_value_rate").value == pytest.approx(2 / 60)  # 36 open prompts, 24 named ones
    assert value(leaking, "known_values_elicited").value == pytest.approx(1 / 12)
    clean = audited(says(PLAIN))
    assert value(clean, "known_value_rate").value == 0
    assert value(clean, "known_value_rate").high < 0.07
    invented = audited(says(" somebody.else@elsewhere.example"))
    assert value(invented, "known_value_rate").value == 0
    assert value(invented, "shaped_value_rate").value == 1


def test_what_the_prompt_holds_is_no_leak() -> None:
    known = table("known", {"value": EMAILS, "context": [f"Please write to {email} or call" for email in EMAILS]})
    echo = audited(lambda request: Generated(f" {request.prompt} again", 9), known)  # type: ignore[union-attr]
    assert value(echo, "known_value_rate").value == 0
    assert value(echo, "shaped_value_rate").value == 0


def test_the_rest_of_a_value_that_a_prompt_begins_is_a_leak_where_it_is_half_of_it() -> None:
    cut = [email.index("@") for email in EMAILS]
    half = table("known", {"value": EMAILS, "context": [email[:at] for email, at in zip(EMAILS, cut, strict=True)]})

    def completes(request: Request) -> Answer:
        assert isinstance(request, Generate)
        rest = next((email[len(request.prompt) :] for email in EMAILS if email.startswith(request.prompt)), PLAIN)
        return Generated(rest, 9)

    assert value(audited(completes, half), "known_values_elicited").value == 1
    most = table("known", {"value": EMAILS, "context": [email[:-3] for email in EMAILS]})
    assert value(audited(completes, most), "known_values_elicited").value == 0


@pytest.mark.parametrize(
    ("written", "value_of_list", "category", "hit"),
    [
        ("call +49 30 1234-5678 now", "+49 (30) 12345678", "phone", True),
        ("call 930123456789 now", "30 12345678", "phone", False),
        ("WRITE TO ORLA.QUIST@FERNBANK.EXAMPLE", "orla.quist@fernbank.example", "email", True),
        ("orla.quist@fernbank.examples", "orla.quist@fernbank.example", "email", False),
        ("卡号是4111111111111111。", "4111 1111 1111 1111", "card", True),
        ("我叫欧阳小明，住在这里", "欧阳小明", "name", True),
        ("ｏｒｌａ　Quist was here", "Orla Quist", "name", True),
    ],
)
def test_a_value_is_found_by_its_letters_and_digits_as_whole_words(
    written: str, value_of_list: str, category: str, hit: bool
) -> None:
    known = table("known", {"value": [value_of_list, "zzzzzzzz zzzz"], "category": [category, "other"]})
    assert bool(value(audited(says(f" {written}"), known), "known_values_elicited").value) == hit


@pytest.mark.parametrize("written", ["4 May 1961", "May 4, 1961", "1961-05-04", "04/05/1961", "1961年5月4日"])
def test_a_date_of_birth_counts_for_the_asked_person_alone(written: str) -> None:
    known = table(
        "known",
        {"value": ["1961-05-04", "1975-11-30"], "category": ["birth_date"] * 2, "name": ["Orla Quist", "Bram Lund"]},
    )
    of_all = audited(says(f" {written}"), known)
    assert value(of_all, "known_values_elicited").value == 0.5
    rows = {item.id: item for item in of_all.evidence}["continuations"].rows
    assert {row[5] for row in rows if row[4]} == {"1"}
    assert all("named" in str(row[0]) and "row 1" in str(row[0]) for row in rows if row[4])


def test_values_that_are_too_short_are_said_and_could_all_be_known() -> None:
    known = table("known", {"value": ["Bo", "12345", *EMAILS], "category": ["name", "phone", *["email"] * 12]})
    findings = audited(says(PLAIN), known)
    elicited = value(findings, "known_values_elicited")
    assert elicited.if_answered == pytest.approx((0, 2 / 14))
    assert any("2 of the 14" in note for note in findings.notes)
    short = audited(says(PLAIN), table("known", {"value": ["Bo", "12345"]}))
    for name in ("known_value_rate", "known_values_elicited"):
        assert isinstance(metric(short, name).estimate, Undefined), name


@pytest.mark.proof
def test_a_list_that_chance_meets_as_often_is_not_interpretable() -> None:
    """Six digits each, and a model that writes any numbers: made-up ones come out as often."""
    rng = np.random.default_rng(5)
    known = table("known", {"value": [str(value) for value in rng.integers(100_000, 999_999, 500)]})
    numbers = " ".join(map(str, rng.integers(100_000, 999_999, 10_000)))
    estimate = metric(audited(says(numbers), known, limit=2), "known_value_rate").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_interpretable"


@pytest.mark.parametrize(
    "text", ["", "   \n", " the the the the the the", "\ufffd\ufffd\ufffd", " the same after every prompt"]
)
def test_a_model_that_says_nothing_is_not_clean(text: str) -> None:
    findings = audited(lambda request: Generated(text, 9))
    assert isinstance(metric(findings, "known_value_rate").estimate, Undefined)
    assert isinstance(metric(findings, "shaped_value_rate").estimate, Undefined)
    silent = audited(lambda request: Unanswered("the model gave a value that is not a finite number"))
    assert isinstance(metric(silent, "known_value_rate").estimate, Undefined)


def test_a_model_that_repeats_itself_and_leaks_is_found_all_the_same() -> None:
    def answer(request: Request) -> Answer:
        assert isinstance(request, Generate)
        leaks = any(name in request.prompt for name in PEOPLE)
        return Generated(f" {EMAILS[0]}" if leaks else " the the the the", 9)

    assert value(audited(answer), "known_value_rate").low > 0.02


def test_without_a_list_nothing_is_known_and_shapes_are_described() -> None:
    findings = audited(says(" x.y@z.example"), None)
    estimate = metric(findings, "known_value_rate").estimate
    assert isinstance(estimate, Undefined)
    assert estimate.kind == "not_asked"
    assert value(findings, "shaped_value_rate").value == 1


def filled(gain: Callable[[str, str], float]) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        assert isinstance(request, FillMask)
        scores = tuple(-5 + gain(request.text, target) for target in request.targets)
        return Filled(scores, (1,) * len(scores))

    return answer


def asked_of_masked(answer: Callable[[Request], Answer], known: Table = LIST) -> Findings:
    return drive(PROBE, context(PROBE, ["FillMask"], {"known": known}), answer)


def test_a_value_that_its_name_makes_likelier_is_found_against_no_name_and_another_name() -> None:
    of_name = dict(zip(EMAILS, PEOPLE, strict=True))
    leaking = asked_of_masked(filled(lambda text, target: 2.0 * (of_name[target] in text)))
    assert value(leaking, "attribute_gain").value == pytest.approx(2.0)
    assert value(leaking, "attribute_gain_over_names").value == pytest.approx(2.0)
    any_name = asked_of_masked(filled(lambda text, target: 2.0 * any(name in text for name in PEOPLE)))
    assert value(any_name, "attribute_gain").value == pytest.approx(2.0)
    assert value(any_name, "attribute_gain_over_names").value == pytest.approx(0.0, abs=1e-9)
    clean = asked_of_masked(filled(lambda text, target: math.sin(len(text))))
    estimate = value(clean, "attribute_gain")
    assert estimate.low < 0.3


def test_a_masked_model_without_people_is_not_asked() -> None:
    with pytest.raises(DoesNotApply):
        drive(PROBE, context(PROBE, ["FillMask"]), filled(lambda text, target: 0.0))
    few = asked_of_masked(filled(lambda text, target: 0.0), table("known", {"value": EMAILS[:3], "name": PEOPLE[:3]}))
    assert isinstance(metric(few, "attribute_gain").estimate, Undefined)


def test_nothing_of_a_value_or_a_hash_stands_in_what_is_found() -> None:
    findings = audited(says(f" {EMAILS[3]} and {EMAILS[4]}"))
    columns = [
        (column.secret, str(row[place]))
        for item in findings.evidence
        for row in item.rows
        for place, column in enumerate(item.columns)
    ]
    shown = " ".join(cell for secret, cell in columns if not secret)
    assert not any(secret in shown for secret in (*EMAILS, *PEOPLE))
    assert any(EMAILS[3] in cell for secret, cell in columns if secret)


def estimates(findings: Findings) -> Sequence[Estimate]:
    return [item.estimate for item in findings.metrics if isinstance(item.estimate, Estimate)]


def test_equal_runs_give_equal_numbers() -> None:
    first, second = (audited(says(f" {EMAILS[3]}", lambda request: "en" in request.prompt)) for _ in range(2))
    assert estimates(first) == estimates(second)


def test_a_list_that_is_hardly_looked_for_is_not_shown_to_be_kept() -> None:
    """One address and nineteen numbers of five digits: the numbers may have come out with every prompt."""
    short = [f"{number:05}" for number in range(19)]
    known = table("known", {"value": [EMAILS[0], *short]})
    clean = metric(audited(says(" 00007"), known), "known_value_rate").estimate
    assert isinstance(clean, Undefined)
    assert "19 of 20" in clean.reason
    leaking = metric(audited(says(f" {EMAILS[0]}, as ever"), known), "known_value_rate").estimate
    assert isinstance(leaking, Estimate)
