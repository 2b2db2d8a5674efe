"""The rule's categories of sex and of race or ethnicity, and which cell of a table belongs to which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.errors import BadOption, nearest
from fairwitness.audit.records import Cell
from fairwitness.probes.kit.decisions.categorical import Categorical, Codes, group
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
HISPANIC = "Hispanic or Latino"
NOT_HISPANIC = "Not Hispanic or Latino"
SEX = ("Male", "Female")
RACE = (
    HISPANIC,
    "White",
    "Black or African American",
    "Native Hawaiian or Pacific Islander",
    "Asian",
    "Native American or Alaska Native",
    "Two or More Races",
)
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Male": ("m", "man"),
    "Female": ("f", "woman"),
    HISPANIC: ("hispanic", "latino", "latina", "latinx", "hispanic latino", "hispanic or latina"),
    "White": ("caucasian", "non hispanic white", "white non hispanic", "white not hispanic or latino"),
    "Black or African American": (
        "black",
        "african american",
        "black african american",
        "non hispanic black",
        "black non hispanic",
        "black or african american not hispanic or latino",
    ),
    "Native Hawaiian or Pacific Islander": (
        "native hawaiian",
        "pacific islander",
        "native hawaiian or other pacific islander",
        "native hawaiian pacific islander",
        "nhpi",
    ),
    "Asian": ("asian american", "asian non hispanic", "asian not hispanic or latino"),
    "Native American or Alaska Native": (
        "native american",
        "american indian",
        "alaska native",
        "american indian or alaska native",
        "american indian alaska native",
        "amer indian eskimo",
        "aian",
    ),
    "Two or More Races": ("two or more", "two or more races not hispanic or latino", "multiracial"),
}
"""Common spellings beside the category's own name. What spans two categories (Asian or Pacific Islander) is in none."""


@dataclass(frozen=True, slots=True, eq=False)
class Categorised:
    """A column by the rule's categories: row r is in `names[codes[r]]`, of unknown category where the code is -1.

    `unknown` counts the cells of unknown category by how they are spelt.
    """

    column: str
    names: tuple[str, ...]
    codes: Codes
    unknown: Mapping[str, int]


def named(entries: Sequence[str]) -> dict[str, str]:
    """The user's own spellings, from `spelling=category`. Raises BadOption where the category is none of the rule."""
    known = {_plain(name): name for name in (*SEX, *RACE)}
    by_spelling: dict[str, str] = {}
    for entry in entries:
        spelling, sign, category = (part.strip() for part in entry.rpartition("="))
        if not sign or not spelling:
            raise BadOption(f"categories: {entry!r}: write value=category, for example Caucasian=White")
        if _plain(category) not in known:
            raise BadOption(
                f"categories: {category!r} is no category of the rule{nearest(category, (*SEX, *RACE))} (categories: "
                f"{', '.join((*SEX, *RACE))})"
            )
        by_spelling[spelling.casefold()] = known[_plain(category)]
    return by_spelling


def categorise(column: str, cells: Sequence[Cell], names: Sequence[str], given: Mapping[str, str]) -> Categorised:
    """The category of each cell: as the user says, else by the rule's name or a common spelling of it."""
    common = {_plain(spelling): name for name in names for spelling in (name, *SPELLINGS[name])}
    spelled = Categorical.of(cells, group)
    names_of = [given.get(value.casefold(), common.get(_plain(value), "")) for value in spelled.values]
    places = [names.index(name) if name in names else -1 for name in names_of]
    pairs = zip(spelled.values, places, strict=True)
    unknown = Counter({value: spelled.counts[value] for value, place in pairs if place < 0})
    codes = np.array(places, dtype=np.int64)[spelled.codes]
    return Categorised(column, tuple(names), codes, dict(unknown.most_common()))


def _plain(text: str) -> str:
    """Letters and figures alone, for a comparison."""
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))
