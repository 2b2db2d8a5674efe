"""Sentences with personal data of which it is known what stands where, and sentences with numbers that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.probes.memorization.personal_data.checks import CHECKS
from fairwitness.probes.memorization.personal_data.shapes import Category, Shaped

Rng = np.random.Generator
FINNISH = "0123456789ABCDEFHJKLMNPRSTUVWXY"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GIVEN = ("orla", "bram", "ines", "tove", "ravi", "suki", "pell", "juno", "anders", "mirela")
FAMILY = ("quist", "adebayo", "lund", "okafor", "varga", "delacroix", "nakano", "oyelaran", "petrov", "silva")
MONTHS = ("January", "March", "May", "July", "October", "December")


@dataclass(frozen=True)
class Labelled:
    """A text and where a value of which category stands in it; none for text without personal data."""

    text: str
    category: Category | None
    start: int = 0
    end: int = 0


def digits(rng: Rng, count: int) -> str:
    """So many random digits."""
    return "".join(map(str, rng.integers(0, 10, count)))


def passing(check: str, draw: Callable[[], str]) -> str:
    """The first drawn text that passes a check."""
    while not CHECKS[check](text := draw()):
        pass
    return text


def pick(rng: Rng, words: Sequence[str]) -> str:
    """One of the words."""
    return words[int(rng.integers(len(words)))]


def day(rng: Rng) -> tuple[int, int, int]:
    """A day of birth: year, month, day."""
    return int(rng.integers(1930, 2010)), int(rng.integers(1, 13)), int(rng.integers(1, 29))


def emails(rng: Rng) -> str:
    """An address in one of three makes."""
    given, family = pick(rng, GIVEN), pick(rng, FAMILY)
    name = pick(rng, (f"{given}.{family}", f"{given[0]}{family}{digits(rng, 2)}", f"{given}_{family}+news"))
    return f"{name}@{pick(rng, ('fernbank', 'mail.meadow', 'klinik-nord'))}.{pick(rng, ('com', 'de', 'org', 'co.uk'))}"


def cards(rng: Rng) -> str:
    """A number that keeps Luhn's formula, in groups or not."""
    number = passing("luhn", lambda: (pick(rng, ("4", "51", "55")) + digits(rng, 16))[:16])
    groups = [number[place : place + 4] for place in range(0, 16, 4)]
    return pick(rng, ("", " ", "-")).join(groups)


def ibans(rng: Rng) -> str:
    """A German, French, Dutch or British account number, in groups or not."""
    country = pick(rng, ("DE", "FR", "NL", "GB"))
    body = {
        "DE": digits(rng, 18),
        "FR": digits(rng, 23),
        "NL": "ABNA" + digits(rng, 10),
        "GB": "WEST" + digits(rng, 14),
    }[country]
    number = int("".join(str(int(sign, 36)) for sign in body + country + "00"))
    text = f"{country}{98 - number % 97:02}{body}"
    return pick(rng, (text, " ".join(text[place : place + 4] for place in range(0, len(text), 4))))


def phones(rng: Rng) -> str:
    """A number in international or national form."""
    return pick(
        rng,
        (
            f"+49 {digits(rng, 3).replace('0', '3')} {digits(rng, 7)}",
            f"+1 415-{digits(rng, 3).replace('0', '4').replace('1', '4')}-{digits(rng, 4)}",
            f"(415) {digits(rng, 3).replace('0', '4').replace('1', '4')}-{digits(rng, 4)}",
            f"+33 6 {digits(rng, 2)} {digits(rng, 2)} {digits(rng, 2)} {digits(rng, 2)}",
            f"0{pick(rng, ('30', '89', '221'))} {digits(rng, 7)}",
        ),
    )


def birth_dates(rng: Rng) -> str:
    """A date in one of four orders."""
    year, month, number = day(rng)
    named = pick(rng, MONTHS)
    return pick(
        rng,
        (
            f"{year}-{month:02}-{number:02}",
            f"{number}/{month}/{year}",
            f"{number} {named} {year}",
            f"{number:02}.{month:02}.{year}",
        ),
    )


def addresses(rng: Rng) -> str:
    """A street and a number in English, German, French or Spanish."""
    number, name = int(rng.integers(1, 300)), pick(rng, ("Larkspur", "Tannen", "Voltaire", "Goya", "Harbour"))
    return pick(
        rng,
        (
            f"{number} {name} Street",
            f"{number} {name} Crescent",
            f"{name}straße {number}",
            f"{number} rue {name}",
            f"Calle {name}, {number}",
        ),
    )


def medical(rng: Rng) -> str:
    """A record number."""
    return digits(rng, 7)


def _dated(rng: Rng) -> str:
    year, month, number = day(rng)
    return f"{year % 100:02}{month:02}{number:02}"


NATIONAL: Mapping[str, Callable[[Rng], str]] = {
    "US": lambda rng: f"{rng.integers(100, 665)}-{rng.integers(10, 99)}-{rng.integers(1000, 9999)}",
    "GB": lambda rng: f"AB {digits(rng, 2)} {digits(rng, 2)} {digits(rng, 2)} {pick(rng, 'ABCD')}",
    "DE": lambda rng: passing("germany", lambda: f"{rng.integers(1, 10)}{digits(rng, 10)}"),
    "ES": lambda rng: passing("spain", lambda: digits(rng, 8) + pick(rng, "TRWAGMYFPDXBNJZSQVHLCKE")),
    "IT": lambda rng: passing(
        "italy",
        lambda: (
            "".join(pick(rng, LETTERS) for _ in range(6))
            + f"{digits(rng, 2)}A{rng.integers(10, 31)}H{digits(rng, 3)}{pick(rng, LETTERS)}"
        ),
    ),
    "FI": lambda rng: passing(
        "finland",
        lambda: f"{rng.integers(10, 29)}{rng.integers(10, 13)}{digits(rng, 2)}-{digits(rng, 3)}{pick(rng, FINNISH)}",
    ),
    "PL": lambda rng: passing("poland", lambda: _dated(rng) + digits(rng, 5)),
    "IN": lambda rng: passing(
        "india", lambda: f"{rng.integers(2, 10)}{digits(rng, 3)} {digits(rng, 4)} {digits(rng, 4)}"
    ),
    "KR": lambda rng: passing("korea", lambda: f"{_dated(rng)}-{rng.integers(1, 5)}{digits(rng, 6)}"),
    "TR": lambda rng: passing("turkey", lambda: f"{rng.integers(1, 10)}{digits(rng, 10)}"),
    "SE": lambda rng: passing("luhn", lambda: f"{_dated(rng)}-{digits(rng, 4)}"),
    "CA": lambda rng: passing(
        "luhn", lambda: f"{rng.integers(1, 8)}{digits(rng, 2)} {digits(rng, 3)} {digits(rng, 3)}"
    ),
    "BR": lambda rng: passing("brazil", lambda: f"{digits(rng, 3)}.{digits(rng, 3)}.{digits(rng, 3)}-{digits(rng, 2)}"),
    "FR": lambda rng: passing(
        "france",
        lambda: f"{rng.integers(1, 3)}{digits(rng, 2)}{rng.integers(10, 13)}75{digits(rng, 6)}{digits(rng, 2)}",
    ),
    "CH": lambda rng: passing("switzerland", lambda: f"756.{digits(rng, 4)}.{digits(rng, 4)}.{digits(rng, 2)}"),
}
"""Identity numbers of fifteen countries."""
MADE: Mapping[Category, tuple[Callable[[Rng], str], tuple[str, ...]]] = {
    "email": (emails, ("Write to {} today.", "Contact: {}", "<{}> wrote last week")),
    "phone": (phones, ("Call {} after six.", "Tel. {}", "My number is {}, as before")),
    "card": (cards, ("Charged to {} in May.", "Card {}, valid till 2029")),
    "iban": (ibans, ("Please transfer it to {}.", "IBAN {}")),
    "national_id": (
        lambda rng: NATIONAL[pick(rng, tuple(NATIONAL))](rng),
        ("The holder of {} signed.", "ID {}", "registered under {} since then"),
    ),
    "medical": (medical, ("Medical record number {}, seen twice.", "MRN {}", "Patient ID: {}")),
    "birth_date": (birth_dates, ("She was born on {} in Bergen.", "DOB {}", "Date of birth: {}")),
    "address": (addresses, ("They moved to {} in May.", "Deliver to {}, second floor")),
}
"""By category how a value is made, and sentences around it."""
NONE = (
    "The order {0} was shipped on 12 May 2021.",
    "Version 3.{1}.2 fixes issue {0} of the parser.",
    "Invoice {0}: 1,{1} euros, due within 30 days.",
    "The match ended {1} to 80 before 4{0} people.",
    "ISBN 978-3-16-14{1}-0, printed in 1998.",
    "Commit 9f{0}ab of the branch was reverted.",
    "Flight LH {1} leaves at 14:25 from gate 7.",
    "The part {0}-{1} costs 12.50 a piece.",
    "Nothing of the kind was ever said by anyone.",
    "He walked {1} miles down the road and back.",
)
"""Sentences with numbers of which none is personal."""


def labelled(seed: int, each: int) -> Iterator[Labelled]:
    """So many texts of each category, and as many of each kind without personal data."""
    rng = np.random.default_rng(seed)
    for category, (make, frames) in MADE.items():
        for _ in range(each):
            value = make(rng)
            before, _, after = pick(rng, frames).partition("{}")
            yield Labelled(f"{before}{value}{after}", category, len(before), len(before) + len(value))
    for sentence in NONE:
        for _ in range(each):
            yield Labelled(sentence.format(digits(rng, 6), digits(rng, 3)), None)


@dataclass
class Tally:
    """How many values there were and were told, and how many that were told are none."""

    values: int = 0
    told: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        """Share of values that were told."""
        return self.told / self.values

    @property
    def precision(self) -> float:
        """Share of what was told that is a value of the category."""
        return self.told / (self.told + self.wrong) if self.told + self.wrong else 0.0


def tallied(shaped: Callable[[str], list[Shaped]], texts: Sequence[Labelled]) -> dict[Category, Tally]:
    """By category what a recogniser told: a value is told where most of it lies in a place of its category."""
    tallies: dict[Category, Tally] = {category: Tally() for category in MADE}
    for text in texts:
        matches = [match for match in shaped(text.text) if match.category in tallies]
        if text.category is not None:
            tallies[text.category].values += 1
        right = [match for match in matches if match.category == text.category and _covers(match, text)]
        if right and text.category is not None:
            tallies[text.category].told += 1
        for match in matches:
            if match not in right:
                tallies[match.category].wrong += 1
    return tallies


def _covers(match: Shaped, text: Labelled) -> bool:
    return min(match.end, text.end) - max(match.start, text.start) >= 0.7 * (text.end - text.start)
