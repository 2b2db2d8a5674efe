"""Which of three answers the stereotype expects: by the published list, or by the groups that a question names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from fairwitness.audit.records import Cell, Table
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
UNKNOWN = "unknown"
SEXES = {"man": "m", "boy": "m", "woman": "f", "girl": "f"}
"""Some questions name people by these words and the stereotyped sex by its letter."""
BY_CHANCE = 0.001
"""How often questions of other contents may agree with the published list by chance."""
Key: TypeAlias = tuple[str, str, str]
"""Category, template and number of a question, which together name it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Of whom an answer speaks: its group and its name, the two elements of `answer_info`."""

    group: str
    name: str = ""

    @property
    def unknown(self) -> bool:
        """Whether it speaks of nobody: it cannot be known."""
        return self.group.lower() == UNKNOWN

    @property
    def codes(self) -> frozenset[str]:
        """Everything that a list of stereotyped groups may call this person, without case and spaces.

        A group may be of several parts, as `F-Black` or `trans_M`. Of those of two categories `African` is one who is
        called African American too, as in the published list.
        """
        parts = {_plain(part) for part in re.split("[-_]", self.group)}
        codes = {_plain(self.group), _plain(self.name), *parts}
        if "-" in self.group and "african" in parts:
            codes.add("africanamerican")
        sexes = {SEXES[code] for code in codes if code in SEXES}
        return frozenset((codes | sexes) - {""})


def _plain(text: str) -> str:
    return "".join(text.lower().split())


def people_of(cells: Mapping[str, Cell]) -> list[Person]:
    """Of whom each of the three answers of a question speaks."""
    return [Person(*(str(cells.get(f"{name}{place}") or "") for name in ("group", "named"))) for place in range(3)]


def derived(people: Sequence[Person], stereotyped: Iterable[str], polarity: Cell) -> int | None:
    """The expected answer by the groups: the one person of a stereotyped group.

    A question of the other polarity (`nonneg`) expects the other person. None where not exactly one person is of such a
    group, or where the group of one is not known.
    """
    marked = {_plain(group) for group in stereotyped}
    named = [place for place, person in enumerate(people) if not person.unknown]
    stereotypical = [place for place in named if people[place].codes & marked]
    if len(stereotypical) != 1 or polarity not in ("neg", "nonneg") or not all(people[place].group for place in named):
        return None
    others = [place for place in named if place not in stereotypical]
    return stereotypical[0] if polarity == "neg" else others[0]


def by_groups(cells: Mapping[str, Cell]) -> int | None:
    """`derived` of a row of the table of questions."""
    marked = str(cells.get("stereotyped_groups") or "").split("|")
    return derived(people_of(cells), marked, cells.get("question_polarity"))


@dataclass(frozen=True, slots=True)
class Listed:
    """The published list: place of the expected answer and the intersection of each question, by what names it.

    `refused` are categories of which it is not used, with the reason.
    """

    places: Mapping[Key, int] = field(default_factory=dict)
    subsets: Mapping[Key, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def key_of(cells: Mapping[str, Cell]) -> Key:
    """What names a question."""
    return str(cells.get("category")), str(cells.get("question_index")), str(cells.get("example_id"))


def listed(targets: Table | None) -> Listed:
    """The list as it was published; empty without one."""
    if targets is None:
        return Listed()
    columns = targets.columns
    names = [columns[name] for name in ("category", "question_index", "example_id")]
    conditions = columns.get("full_cond", (None,) * len(targets))
    places: dict[Key, int] = {}
    subsets: dict[Key, str] = {}
    for category, index, number, place, condition in zip(*names, columns["target_loc"], conditions, strict=True):
        key = (str(category), str(index), str(number))
        if str(place) in ("0", "1", "2"):
            places[key] = int(str(place))
        if condition not in (None, "NA"):
            subsets[key] = " ".join(str(condition).split())
    return Listed(places, subsets)


def borne_out(published: Listed, rows: Iterable[Mapping[str, Cell]]) -> Listed:
    """The list for questions of a file that came without it: of those categories alone that bear it out.

    The numbers of a question may be those of another one in the published set. So all questions of a category must
    agree with the list, and so many that others would not by chance: it never expects "unknown" (a place drawn by
    chance would in a third), and names the same person as the groups of the question where these name one.
    """
    refused: dict[str, str] = {}
    seen: Counter[str] = Counter()
    against: Counter[str] = Counter()
    luck: dict[str, float] = {}
    for cells in rows:
        place = published.places.get(key_of(cells))
        if place is None:
            continue
        category = str(cells.get("category"))
        person = by_groups(cells)
        seen[category] += 1
        against[category] += people_of(cells)[place].unknown or person not in (None, place)
        luck[category] = luck.get(category, 1.0) * (2 / 3 if person is None else 1 / 3)
    for category, count in seen.items():
        if against[category]:
            refused[category] = WORDS("reason.contradicted", against=against[category], count=count)
        elif luck[category] > BY_CHANCE:
            refused[category] = WORDS("reason.few", count=count)
    places = {key: place for key, place in published.places.items() if key[0] not in refused}
    subsets = {key: name for key, name in published.subsets.items() if key[0] not in refused}
    return Listed(places, subsets, refused)
