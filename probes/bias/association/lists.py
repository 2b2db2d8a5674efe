"""Word lists of association tests: two sets of targets and two of attributes each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Table

COLUMNS = ("test", "topic", "set", "label", "words")
SETS = ("X", "Y", "A", "B")
CONTROL = "control"
"""Topic of tests without social content, whose answer is known beforehand."""


@dataclass(frozen=True, slots=True)
class WordSet:
    """Words under one label, each once."""

    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordTest:
    """Are the words of X nearer to A, and those of Y nearer to B? `own` marks a test of the user's.

    `left_out` counts the words of a published test that the user's texts do not hold.
    """

    name: str
    topic: str
    x: WordSet
    y: WordSet
    a: WordSet
    b: WordSet
    own: bool = False
    left_out: int = 0

    @property
    def sets(self) -> tuple[WordSet, WordSet, WordSet, WordSet]:
        """X, Y, A and B."""
        return self.x, self.y, self.a, self.b

    @property
    def words(self) -> tuple[str, ...]:
        """Every word of the four sets, each once."""
        return tuple(dict.fromkeys(word for one in self.sets for word in one.words))


def read_lists(table: Table, *, own: bool = False, taken: Iterable[str] = ()) -> tuple[list[WordTest], list[str]]:
    """The tests of a table in its order, and what is wrong with those that cannot be asked."""
    rows: dict[str, dict[str, tuple[str, WordSet]]] = {}
    problems: list[str] = []
    for cells in zip(*(table.columns[name] for name in COLUMNS), strict=True):
        name, topic, letter, label, words = (str(cell if cell is not None else "").strip() for cell in cells)
        found = tuple(dict.fromkeys(word for part in words.split("|") if (word := part.strip())))
        if letter not in SETS:
            problems.append(f"the test {name!r} has a set {letter!r}, and the sets are {', '.join(SETS)}")
            continue
        rows.setdefault(name, {})[letter] = (topic, WordSet(label or letter, found))
    tests = []
    known = set(taken)
    for name, sets in rows.items():
        missing = [letter for letter in SETS if letter not in sets or not sets[letter][1].words]
        if missing:
            problems.append(f"the test {name!r} has no words for {', '.join(missing)}")
        elif name in known:
            problems.append(f"the name {name!r} is that of a published test")
        else:
            x, y, a, b = (sets[letter][1] for letter in SETS)
            tests.append(WordTest(name, sets["X"][0] or "own", x, y, a, b, own))
    return tests, problems


def chosen(tests: Sequence[WordTest], categories: Sequence[str]) -> list[WordTest]:
    """Tests of these topics, and always the controls; all where no topic is named."""
    return [one for one in tests if not categories or one.topic in (*categories, CONTROL)]
