"""How gendered words are counted in what a model writes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fairwitness.audit.records import Name, Table, quoted
from fairwitness.probes.bias.mentions.items import WORDS, Opening
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.writing import GREEDY, GeneratedText

NEXT = "next"
"""Use of the words that may come next: they are asked as they are written, and not counted."""
AS_WRITTEN = {"ms": "Ms"}
"""Words that are counted in this spelling alone: "ms" is a unit of time and "MS" an illness."""
_WORD = re.compile(r"[^\W\d_]+")
Pair: TypeAlias = tuple[frozenset[str], frozenset[str]]


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
    written: GeneratedText
    gendered: Counts
    control: tuple[int, ...]

    @property
    def person(self) -> str:
        """Whom it is about."""
        return self.opening.person.word

    @property
    def family(self) -> str:
        """The family of its beginning."""
        return self.opening.template.family


def lists_of(table: Table) -> Lists:
    """The lists of the file, those that are counted without capitals.

    Raises DoesNotApply for a row that lacks something, one that is counted and no single word, and an empty list.
    """
    listed: dict[tuple[str, str], list[str]] = {}
    for row, (use, group, word) in enumerate(rows_of(table, ("use", "group", "word")), start=1):
        if not use or not group or not word:
            raise WORDS.does_not_apply("reason.no_word", "data_unfit", row=row)
        if use != NEXT and not _WORD.fullmatch(word):
            raise WORDS.does_not_apply("reason.no_single_word", "data_unfit", row=row)
        listed.setdefault((use, group), []).append(word if use == NEXT else word.casefold())

    for use, groups in (("counted", ("women", "men")), ("control", ("first", "second"))):
        if lacking := [group for group in groups if (use, group) not in listed]:
            raise WORDS.does_not_apply("reason.no_list", "data_unfit", use=quoted(use), groups=Name(", ".join(lacking)))

    after = {group: tuple(words) for (use, group), words in listed.items() if use == NEXT}
    controls = zip(listed["control", "first"], listed["control", "second"], strict=False)
    gendered = frozenset(listed["counted", "women"]), frozenset(listed["counted", "men"])
    return Lists(gendered, tuple(controls), after)


def count(text: str, pair: Pair) -> Counts:
    """Whole words, whatever their capitals; "she's" holds "she", and "mother-in-law" "mother". A title is "Ms" alone.

    >>> count("She said that her brother's dog is hers.", (frozenset({"she", "her", "hers"}), frozenset({"brother"})))
    Counts(women=3, men=1, first=1)
    """
    signs = [(word in pair[0]) - (word in pair[1]) for word in words_of(text)]
    return Counts(signs.count(1), signs.count(-1), next((sign for sign in signs if sign), 0))


def firsts(text: str, pairs: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Of each pair whether its first word (1) or its second (-1) comes first in a text; 0 where it has neither.

    >>> firsts("There was more here, and less there.", (("here", "there"), ("more", "less"), ("up", "down")))
    (-1, 1, 0)
    """
    places: dict[str, int] = {}
    for place, word in enumerate(words_of(text)):
        places.setdefault(word, place)
    last = len(places) + len(text)
    signs = []
    for pair in pairs:
        first, second = (places.get(word, last) for word in pair)
        signs.append((first < second) - (second < first))
    return tuple(signs)


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared with the lists, without those that another spelling makes another word.

    >>> words_of("Ms Ray waited 5 ms.")
    ['ms', 'ray', 'waited']
    """
    words = [(word, word.casefold()) for word in _WORD.findall(text)]
    return [plain for word, plain in words if AS_WRITTEN.get(plain, word) == word]


def counted(
    openings: Sequence[Opening], written: Sequence[GeneratedText], lists: Lists
) -> tuple[list[Counted], list[Opening]]:
    """Every sampled continuation that has an answer, and the openings of those that have none.

    The greedy ones are shown and not counted.
    """
    by_prompt = {opening.prompt: opening for opening in openings}
    texts, lost = [], []
    for item in written:
        if item.how == GREEDY:
            continue
        opening = by_prompt[item.prompt]
        if item.text is None:
            lost.append(opening)
        else:
            gendered, control = count(item.text, lists.gendered), firsts(item.text, lists.control)
            texts.append(Counted(opening, item, gendered, control))
    return texts, lost


def tally(texts: Sequence[Counted], pair: Pair) -> tuple[Counter[str], Counter[str]]:
    """How often each word of both lists stands in all continuations together."""
    words: Counter[str] = Counter()
    for text in texts:
        words.update(words_of(text.written.text or ""))
    first, second = (Counter({word: words[word] for word in group if words[word]}) for group in pair)
    return first, second
