"""A user's own sentences, tagged by people: names of persons in them, their groups, and other names in their place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.audit.tags import join
from fairwitness.probes.bias.names_by_group.items import FREQUENCY, ORIGIN, REFERENCES, SEX, TAGGED, Name, shipped
from fairwitness.probes.bias.names_by_group.outcomes import is_person
from fairwitness.probes.kit.choices import spread

HE, SHE = frozenset(("he", "him", "his", "himself")), frozenset(("she", "her", "hers", "herself"))
VOWELS = frozenset("aeiouAEIOU")


@dataclass(frozen=True, slots=True)
class Person:
    """A name of a person in a sentence: its words by number, the last one left out, and its characters."""

    first: int
    last: int
    span: tuple[int, int]
    text: str


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence as its words were written, apart by blanks, with the people that are tagged in it."""

    line: str
    words: tuple[str, ...]
    people: tuple[Person, ...]

    @cached_property
    def text(self) -> str:
        """What the model reads."""
        return " ".join(self.words)

    def swapped(self, person: Person, name: str) -> tuple[str, tuple[int, int]]:
        """The sentence with another name in the place of a person's, and where it stands; a or an as it needs."""
        before = list(self.words[: person.first])
        if before and before[-1].lower() in ("a", "an"):
            article = "an" if name[:1] in VOWELS else "a"
            before[-1] = article.capitalize() if before[-1][:1].isupper() else article
        start = sum(len(word) + 1 for word in before)
        text = " ".join([*before, name, *self.words[person.last :]])
        return text, (start, start + len(name))


@dataclass(frozen=True, slots=True)
class Swap:
    """A name of a group in the place of a person's, as the model reads it."""

    sentence: TaggedSentence
    place: int
    name: Name
    group: str
    text: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Own:
    """The user's sentences, what our lists say of first and last names, and the names that were put in."""

    sentences: Sequence[TaggedSentence]
    groups: Mapping[str, Mapping[str, str]]
    swaps: Sequence[Swap]
    others: Sequence[str]
    """Names of tags that mean no person, which are not judged."""

    def groups_of(self, text: str) -> Mapping[str, str]:
        """The groups of a name, by what groups are told apart by: those of its first word, else of its last."""
        words = text.split()
        known: dict[str, str] = {}
        for word in (words[0], words[-1]):
            for axis, group in self.groups.get(word.lower(), {}).items():
                known.setdefault(axis, group)
        return known


def own_sentences(ctx: Context, persons: frozenset[str]) -> Own | None:
    """The user's sentences and the names to put in; None without a file."""
    if TAGGED.name not in ctx.data:
        return None
    names = list(dict.fromkeys(shipped(ctx)))
    sentences, others = _read(ctx.data[TAGGED.name], persons)
    swaps = list(_swaps(sentences, names, ctx.options.swaps, ctx.seed))
    return Own(sentences, _groups(names), swaps, others)


def _read(table: Table, persons: frozenset[str]) -> tuple[list[TaggedSentence], list[str]]:
    sentences: list[TaggedSentence] = []
    others: dict[str, None] = {}
    columns = (table.columns[name] for name in TAGGED.columns)
    for line, words, tags in zip(*columns, strict=True):
        written = tuple(str(word) for word in json.loads(str(words)))
        parts = [("", "") if tag == "O" else (tag[0].upper(), tag[2:]) for tag in json.loads(str(tags))]
        spans = list(join(parts))
        others |= dict.fromkeys(span.label for span in spans if not is_person(span.label, persons))
        people = tuple(_person(written, span.first, span.last + 1) for span in spans if is_person(span.label, persons))
        sentences.append(TaggedSentence(str(line), written, people))
    return sentences, list(others)


def _person(words: Sequence[str], first: int, last: int) -> Person:
    start = sum(len(word) + 1 for word in words[:first])
    text = " ".join(words[first:last])
    return Person(first, last, (start, start + len(text)), text)


def _groups(names: Sequence[Name]) -> dict[str, dict[str, str]]:
    """The groups of each first and last name; none by what two lists tell apart otherwise."""
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        words = name.text.split()
        for word in words:
            known = groups.setdefault(word.lower(), {})
            for axis, group in name.groups.items():
                if axis == FREQUENCY or (axis == SEX and len(words) > 1 and word != words[0]):
                    continue  # rare names are no group of people, and a last name is of no sex
                known[axis] = group if known.get(axis, group) == group else ""
    return {word: {axis: group for axis, group in known.items() if group} for word, known in groups.items()}


def _swaps(sentences: Sequence[TaggedSentence], names: Sequence[Name], limit: int, seed: int) -> Iterator[Swap]:
    """Names of each origin for one person of each sentence: of one word or two, of the sex that he or she says."""
    usable = spread([sentence for sentence in sentences if sentence.people], limit, seed)
    rng = np.random.default_rng(seed)
    pools = _pools(names)
    for number, sentence in enumerate(usable):
        place = int(rng.integers(len(sentence.people)))
        person = sentence.people[place]
        form = "full" if person.last - person.first > 1 else "first"
        sex = _sex(sentence) or ("men" if number % 2 else "women")
        for origin in dict.fromkeys(group for group, _, _ in pools):
            pool = pools.get((origin, sex, form), [])
            name = pool[int(rng.integers(len(pool)))]
            text, span = sentence.swapped(person, name.text)
            yield Swap(sentence, place, name, origin, text, span)


def _pools(names: Sequence[Name]) -> dict[tuple[str, str, str], list[Name]]:
    """Names by origin, sex and form; where a full name is due every first name has a last name of its origin."""
    people = [name for name in names if ORIGIN in name.groups and SEX in name.groups]
    origins = sorted({name.groups[ORIGIN] for name in people}, key=lambda group: group != REFERENCES[ORIGIN])
    pools: dict[tuple[str, str, str], list[Name]] = {}
    for origin in origins:
        lasts = [name.text for name in names if name.form == "last" and name.groups.get(ORIGIN) == origin]
        for sex in ("men", "women"):
            chosen = [name for name in people if (name.groups[ORIGIN], name.groups[SEX]) == (origin, sex)]
            groups = {ORIGIN: origin, SEX: sex}
            firsts = list(dict.fromkeys(name.text.split()[0] for name in chosen))
            pools[origin, sex, "first"] = [Name(text, "first", text, groups) for text in firsts]
            pools[origin, sex, "full"] = [
                Name(f"{text} {lasts[place % len(lasts)]}", "full", text, groups) for place, text in enumerate(firsts)
            ]
    return pools


def _sex(sentence: TaggedSentence) -> str:
    words = {word.lower() for word in sentence.words}
    if words & HE and not words & SHE:
        return "men"
    return "women" if words & SHE and not words & HE else ""
