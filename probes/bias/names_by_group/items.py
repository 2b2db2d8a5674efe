"""What is asked: sentences with a name of a group, with a made-up name of the same shape, and with no person in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

import numpy as np

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Name as Quoted
from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import balanced, require
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
FRAMES, CONTROLS, LABELS = (WORDS.data_need(name) for name in ("names_frames", "names_controls", "tag_labels"))
PEOPLE, FIRST, PAIRS, PUBLISHED = (
    WORDS.data_need(name) for name in ("full_names", "first_names", "name_pairs", "published_names")
)
OWN = WORDS.data_need("own_names")
TAGGED = WORDS.data_need("tagged_sentences")
Form: TypeAlias = Literal["first", "last", "full"]
Kind: TypeAlias = Literal["name", "made-up", "known", "place", "thing"]
SLOT = "{name}"
SEX, ORIGIN, REGION, DESCENT, AGE = "sex", "origin", "region", "descent", "age"
FREQUENCY, GROUP = "frequency", "group"
REFERENCES: Mapping[str, str] = {
    SEX: "men",
    ORIGIN: "white people",
    REGION: "European names",
    DESCENT: "European American names",
    AGE: "young people's names",
    FREQUENCY: "frequent names",
}
"""The group that others are compared with, by what groups are told apart by."""
RARE = "rare names"
_SEXES = {"male": "men", "female": "women", "men's names": "men", "women's names": "women"}
_PUBLISHED = {"weat3": DESCENT, "weat6": SEX, "weat10": AGE}
"""Published word tests whose first set are names, and what these are told apart by."""
_CLUSTER = re.compile(r"[aeiouy]+|[^aeiouy]+")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is written, of which form, and its group by what groups are told apart by.

    Names of one `person` share a part (a last name alone and with a first one), and so vary together.
    """

    text: str
    form: Form
    person: str
    groups: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with a place for a name; `clue` says whether the rest shows that a person is meant."""

    number: str
    clue: bool
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A frame filled with something: a name of a group, one made up like it, a well-known person, or no person."""

    sentence: Sentence
    filler: str
    kind: Kind
    name: Name | None = None

    @property
    def text(self) -> str:
        """The sentence; a filler that begins it has a capital letter."""
        filler = self.filler[:1].upper() + self.filler[1:] if self.span[0] == 0 else self.filler
        return self.sentence.text.replace(SLOT, filler)

    @property
    def span(self) -> tuple[int, int]:
        """Where the filler stands, in characters."""
        start = self.sentence.text.index(SLOT)
        return start, start + len(self.filler)


@dataclass(frozen=True, kw_only=True)
class Material:
    """All items, the labels that mean a person, and the group of reference by what groups are told apart by."""

    names: Sequence[Item]
    made_up: Sequence[Item]
    controls: Sequence[Item]
    persons: frozenset[str]
    references: Mapping[str, str]
    own: bool = False

    @property
    def all(self) -> list[Item]:
        """Everything that is asked."""
        return [*self.names, *self.made_up, *self.controls]


def material_of(ctx: Context) -> Material:
    """What is asked, from the files and the options. Raises DoesNotApply where there is nobody to compare."""
    frames = [
        Sentence(number, clue == "yes", text) for clue, number, text in rows_of(ctx.data[FRAMES.name], FRAMES.columns)
    ]
    given = OWN.name in ctx.data
    names = own_names(ctx.data[OWN.name]) if given else list(dict.fromkeys(shipped(ctx)))
    references = _own_reference(names, ctx.options.against) if given else REFERENCES
    chosen = balanced(names, lambda name: tuple(sorted(name.groups.items())), ctx.options.names, ctx.seed)
    made = made_up([name.text for name in chosen], ctx.seed)
    asked = balanced(frames, lambda frame: frame.clue, ctx.options.limit, ctx.seed)
    return Material(
        names=[Item(frame, name.text, "name", name) for name, frame in product(chosen, asked)],
        made_up=[Item(frame, made[name.text], "made-up", name) for name, frame in product(chosen, asked)],
        controls=list(_controls(ctx.data[CONTROLS.name], asked)),
        persons=frozenset(label.upper() for label in (*ctx.options.persons, *_persons(ctx.data[LABELS.name]))),
        references=references,
        own=given,
    )


def _own_reference(names: Sequence[Name], against: str) -> dict[str, str]:
    groups = list(dict.fromkeys(name.groups[GROUP] for name in names))
    if against:
        require("names_by_group.against", (against,), groups, "group")
    if len(groups) < 2:
        raise WORDS.does_not_apply("absent.groups", "data_unfit", groups=Quoted(", ".join(groups)[:200]))
    return {GROUP: against or groups[0]}


def own_names(table: Table) -> list[Name]:
    """The names of a user's list, each a person of its own; empty cells are left out."""
    rows = ((name.strip(), group.strip()) for name, group in rows_of(table, OWN.columns))
    known = dict.fromkeys((name, group) for name, group in rows if name and group)
    return [Name(name, "full" if " " in name else "first", name, {GROUP: group}) for name, group in known]


def shipped(ctx: Context) -> Iterator[Name]:
    """The names of all lists that the package brings."""
    yield from full_names(ctx.data[PEOPLE.name])
    for attribute, group, name in rows_of(ctx.data[FIRST.name], FIRST.columns):
        groups = {SEX: _SEXES[group]} if attribute == "gender" else {REGION: f"{group} names"}
        yield Name(name, "first", name, groups)
    for test, _, side, group, words in rows_of(ctx.data[PUBLISHED.name], PUBLISHED.columns):
        if test in _PUBLISHED and side in ("X", "Y"):
            for name in words.split("|"):
                yield Name(name, "first", name, {_PUBLISHED[test]: _SEXES.get(group, group)})
    for category, kind, pair, reference, phrase in rows_of(ctx.data[PAIRS.name], PAIRS.columns):
        if category == "control" and kind == "rare name":
            group = REFERENCES[FREQUENCY] if reference == "yes" else RARE
            yield Name(phrase, "first", f"pair {pair}", {FREQUENCY: group})


def full_names(table: Table) -> Iterator[Name]:
    """The people of the file who have a first and a last name.

    Every second man and woman of an origin is called by the first name alone, the others by both; their last names
    stand alone as well, of both sexes. So each form has as many of each sex, and no two people share a part.
    """
    for kind, sex, origin, pair, person in rows_of(table, PEOPLE.columns):
        if kind != "name":
            continue
        first, _, last = person.partition(" ")
        if (sex == "men") == (int(pair) % 2 == 1):
            yield Name(person, "full", person, {SEX: sex, ORIGIN: origin})
            yield Name(last, "last", person, {ORIGIN: origin})
        else:
            yield Name(first, "first", first, {SEX: sex, ORIGIN: origin})


def _controls(table: Table, frames: Sequence[Sentence]) -> Iterator[Item]:
    """Well-known people where a person is expected, and places and things where anything may stand."""
    for kind, text in rows_of(table, CONTROLS.columns):
        for frame in frames:
            if frame.clue == (kind == "known"):
                yield Item(frame, text, kind)  # type: ignore[arg-type]  # the file has no other


def _persons(table: Table) -> list[str]:
    return [label for kind, label in rows_of(table, LABELS.columns) if kind == "person"]


def made_up(names: Sequence[str], seed: int) -> dict[str, str]:
    """Of each name one that nobody has and that has its shape: as many words and letters, vowels where it has vowels.

    Each run of vowels or of consonants is replaced by another of its length, drawn from those that stand in the same
    place (first, last or within) of any of the names, whatever the group. A run that no other name has stays.

    >>> sorted(map(len, made_up(["Greg Walsh", "Lakisha", "Minho"], 0).values()))
    [5, 7, 10]
    """
    pool: dict[tuple[bool, int, str], dict[str, None]] = {}
    for name in names:
        for key, run in _runs(name):
            pool.setdefault(key, {})[run] = None
    return {name: _made_up(name, pool, seed) for name in dict.fromkeys(names)}


def _made_up(name: str, pool: Mapping[tuple[bool, int, str], Mapping[str, None]], seed: int) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).digest()
    rng = np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])

    def written(match: re.Match[str]) -> str:
        parts = []
        for key, run in _runs(match[0]):
            others = [other for other in pool[key] if other != run] or [run]
            parts.append(others[int(rng.integers(len(others)))])
        made = "".join(parts)
        return made.capitalize() if match[0][:1].isupper() else made

    return _WORD.sub(written, name)


def _runs(name: str) -> Iterator[tuple[tuple[bool, int, str], str]]:
    """The runs of vowels and of consonants of all words of a name, each with what may stand in its place."""
    for word in _WORD.findall(name.lower()):
        runs = _CLUSTER.findall(word)
        for place, run in enumerate(runs):
            where = "first" if place == 0 else "last" if place == len(runs) - 1 else "within"
            yield (run[0] in "aeiouy", len(run), where), run
