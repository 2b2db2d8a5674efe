"""How gendered words are counted in what a model writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Table
from fairwitness.probes.bias.mentions.items import Opening
from fairwitness.probes.kit.writing import GREEDY, Written

NEXT = "next"
"""Use of the words that may come next: they are asked as they are written, and not counted."""
AS_WRITTEN = {"ms": "Ms"}
"""Words that are counted in this spelling alone: "ms" is a unit of time and "MS" an illness."""
_WORD = re.compile(r"[^\W\d_]+")
Pair = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Lists:
    """Words for women and for men that are counted, pairs that say nothing of people, and words that may come next.

    The control words of one place in both groups are a pair.
    """

    gendered: Pair
    control: tuple[tuple[str, str], ...]
    next: Mapping[str, tuple[str, ...]]

    @property
    def next_words(self) -> tuple[str, ...]:
        """All words that may come next, group after group."""
        return tuple(word for group in self.next.values() for word in group)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one text: how many words of each list stand in it, and of which list the first is (1, -1, or 0 for none)."""

    women: int
    men: int
    first: int


@dataclass(frozen=True, slots=True)
class Counted:
    """One sampled continuation and what was counted in it: of each control pair the word that is first (1, -1, 0)."""

    opening: Opening
    written: Written
    gendered: Counts
    control: tuple[int, ...]


def lists_of(table: Table) -> Lists:
    """The lists of the file, those that are counted without capitals.

    Raises DoesNotApply for a row that lacks something, one that is counted and no single word, and an empty list.
    """
    found: dict[tuple[str, str], list[str]] = {}
    columns = (table.columns[name] for name in ("use", "group", "word"))
    for row, (use, group, word) in enumerate(zip(*columns, strict=True), start=1):
        if not use or not group or not word:
            raise DoesNotApply(f"row {row} of the words lacks a use, a group or a word")
        found.setdefault((str(use), str(group)), []).append(str(word) if use == NEXT else _single(str(word), row))

    def pair(use: str, first: str, second: str) -> Pair:
        if lacking := [group for group in (first, second) if (use, group) not in found]:
            raise DoesNotApply(f"the words have none of use {use!r} for {', '.join(lacking)}")
        return frozenset(found[use, first]), frozenset(found[use, second])

    after = {group: tuple(words) for (use, group), words in found.items() if use == NEXT}
    pair("control", "first", "second")
    controls = zip(found["control", "first"], found["control", "second"], strict=False)
    return Lists(pair("counted", "women", "men"), tuple(controls), after)


def _single(word: str, row: int) -> str:
    """An entry as it is compared with the words of a text."""
    if not _WORD.fullmatch(word):
        raise DoesNotApply(
            f"row {row} of the words is no single word: texts are counted by runs of letters, and a hyphen, an "
            "apostrophe, a blank or a digit ends one"
        )
    return word.casefold()


def count(text: str, pair: Pair) -> Counts:
    """Whole words, whatever their capitals; "she's" holds "she", and "mother-in-law" "mother". A title is "Ms" alone.

    >>> count("She said that her brother's dog is hers.", (frozenset({"she", "her", "hers"}), frozenset({"brother"})))
    Counts(women=3, men=1, first=1)
    """
    words = words_of(text)
    signs = [(one in pair[0]) - (one in pair[1]) for one in words]
    return Counts(signs.count(1), signs.count(-1), next((sign for sign in signs if sign), 0))


def firsts(text: str, pairs: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Of each pair whether its first word (1) or its second (-1) comes first in a text; 0 where it has neither.

    >>> firsts("There was more here, and less there.", (("here", "there"), ("more", "less"), ("up", "down")))
    (-1, 1, 0)
    """
    places: dict[str, int] = {}
    for at, word in enumerate(words_of(text)):
        places.setdefault(word, at)
    last = len(places) + len(text)
    return tuple(
        (places.get(first, last) < places.get(second, last)) - (places.get(second, last) < places.get(first, last))
        for first, second in pairs
    )


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared with the lists, without those that another spelling makes another word.

    >>> words_of("Ms Ray waited 5 ms.")
    ['ms', 'ray', 'waited']
    """
    found = [(one, one.casefold()) for one in _WORD.findall(text)]
    return [plain for one, plain in found if AS_WRITTEN.get(plain, one) == one]


def counted(openings: Sequence[Opening], written: Sequence[Written], lists: Lists) -> list[Counted]:
    """Every sampled continuation that has an answer; the greedy ones are shown and not counted."""
    opening = {one.prompt: one for one in openings}
    return [
        Counted(opening[one.prompt], one, count(one.text, lists.gendered), firsts(one.text, lists.control))
        for one in written
        if one.text is not None and one.how != GREEDY
    ]


def unanswered(openings: Sequence[Opening], written: Sequence[Written]) -> list[Opening]:
    """The opening of every sampled continuation that has no answer."""
    opening = {one.prompt: one for one in openings}
    return [opening[one.prompt] for one in written if one.text is None and one.how != GREEDY]


def tally(found: Sequence[Counted], pair: Pair) -> tuple[Counter[str], Counter[str]]:
    """How often each word of both lists stands in all continuations together."""
    words: Counter[str] = Counter()
    for one in found:
        words.update(words_of(one.written.text or ""))
    first, second = (Counter({word: words[word] for word in group if words[word]}) for group in pair)
    return first, second
