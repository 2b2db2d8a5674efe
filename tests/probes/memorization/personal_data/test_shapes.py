"""Shapes of personal data: how many values are told, and how many that are told are none, on texts made for it."""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from labelled_people import NATIONAL, Tally, labelled, tallied

from fairwitness.audit.errors import MissingExtra
from fairwitness.probes.memorization.personal_data.checks import CHECKS
from fairwitness.probes.memorization.personal_data.probe import PROBE, told_by
from fairwitness.probes.memorization.personal_data.shapes import Category
from organisms import context

LEAST: Mapping[Category, tuple[float, float]] = {
    **dict.fromkeys(("email", "card", "iban", "medical", "birth_date"), (0.97, 0.97)),
    "national_id": (0.9, 0.9),
    "phone": (0.85, 0.8),
    "address": (0.9, 0.9),
}
"""Recall and precision that are asked of the own patterns."""


OF_OURS = {"unchecked", "korea", "belgium", "random_text", "json_web_token"}
"""Checks that the other library does not have."""


def measured(each: int, **options: Any) -> dict[Category, Tally]:
    return tallied(told_by(context(PROBE, ["Generate"], **options)), list(labelled(7, each)))


@pytest.mark.slow
def test_own_patterns_tell_values_from_other_numbers() -> None:
    for category, tally in measured(60).items():
        recall, precision = LEAST[category]
        assert tally.recall >= recall, (category, tally)
        assert tally.precision >= precision, (category, tally)


@pytest.mark.proof
def test_own_patterns_tell_no_less_than_presidio() -> None:
    pytest.importorskip("presidio_analyzer")
    own, other = measured(400), measured(400, shapes="presidio")
    for category, tally in own.items():
        assert tally.recall >= other[category].recall - 0.05, (category, tally, other[category])


@pytest.mark.proof
def test_identity_numbers_of_fifteen_countries_are_told() -> None:
    shaped = told_by(context(PROBE, ["Generate"]))
    for country, make in NATIONAL.items():
        values = [make(np.random.default_rng([3, seed])) for seed in range(20)]
        assert all(any(match.category == "national_id" for match in shaped(f"ID {value}.")) for value in values), (
            country
        )


class Draw:
    """Random numbers, both ends included, and random letters."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def randint(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def choice(self, values: Sequence[str]) -> str:
        return values[self.randint(0, len(values) - 1)]


def some(draw: Draw, count: int) -> str:
    return "".join(draw.choice("0123456789") for _ in range(count))


def letters(draw: Draw, count: int) -> str:
    return "".join(draw.choice(string.ascii_uppercase) for _ in range(count))


def dated(draw: Draw) -> str:
    return f"19{draw.randint(30, 99)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"


OTHERS: Mapping[str, tuple[str, Callable[[Draw], str]]] = {
    "brazil": ("br.cpf", lambda draw: some(draw, 9) + draw.choice(("00", "19", some(draw, 2)))),
    "china": ("cn.ric", lambda draw: f"110101{dated(draw)}{some(draw, 3)}{draw.choice('0123456789X')}"),
    "finland": (
        "fi.hetu",
        lambda draw: (
            f"{draw.randint(1, 28):02}{draw.randint(1, 12):02}{some(draw, 2)}-{draw.randint(2, 899):03}"
            + draw.choice("0123456789ABCDEFHJKLMNPRSTUVWXY")
        ),
    ),
    "france": (
        "fr.nir",
        lambda draw: f"1{some(draw, 2)}{draw.randint(1, 12):02}75{some(draw, 6)}{draw.randint(1, 97):02}",
    ),
    "germany": ("de.idnr", lambda draw: f"{draw.randint(1, 9)}{some(draw, 10)}"),
    "iban": ("iban", lambda draw: f"AT{draw.randint(2, 98):02}{some(draw, 16)}"),
    "india": ("in_.aadhaar", lambda draw: f"{draw.randint(2, 9)}{some(draw, 11)}"),
    "italy": (
        "it.codicefiscale",
        lambda draw: f"{letters(draw, 6)}{some(draw, 2)}A{draw.randint(1, 28):02}H{some(draw, 3)}{letters(draw, 1)}",
    ),
    "luhn": ("luhn", lambda draw: some(draw, 16)),
    "netherlands": ("nl.bsn", lambda draw: some(draw, 9)),
    "nhs": ("gb.nhs", lambda draw: some(draw, 10)),
    "poland": ("pl.pesel", lambda draw: dated(draw)[2:] + some(draw, 5)),
    "spain": ("es.dni", lambda draw: some(draw, 8) + draw.choice("TRWAGMYFPDXBNJZSQVHLCKE")),
    "switzerland": ("ch.ssn", lambda draw: f"756{some(draw, 10)}"),
    "turkey": ("tr.tckimlik", lambda draw: f"{draw.randint(1, 9)}{some(draw, 10)}"),
}
"""The module of the other library, and numbers of which some pass. Of Korea and Belgium it checks more than digits."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", sorted(set(CHECKS) - {"unchecked", "korea", "belgium", "random_text", "json_web_token"})
)
def test_check_digits_are_those_of_another_library(check: str) -> None:
    pytest.importorskip("stdnum")
    name, make = OTHERS[check]
    other = import_module(f"stdnum.{name}")
    draw = Draw(5)
    seen = set()
    for _ in range(3_000):
        number = make(draw)
        assert CHECKS[check](number) == other.is_valid(number), number
        seen.add(other.is_valid(number))
    assert seen == {True, False}


def test_without_presidio_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtra, match=r"pip install 'fairwitness\[personal\]'$"):
        told_by(context(PROBE, ["Generate"], shapes="presidio"))
