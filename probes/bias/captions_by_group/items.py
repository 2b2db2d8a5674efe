"""What is asked: a caption of every picture of a user's table; and words by which captions name groups and things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.counterfactuals import swap_group
from fairwitness.audit.counterfactuals.words import FEMININE, SWAPS
from fairwitness.audit.probe import Context
from fairwitness.audit.requests import Caption
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.lexicon import words
from fairwitness.probes.kit.picture_rows import PictureRow, compared_groups, picture_rows
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PICTURES = WORDS.data_need("captioned_pictures")
GROUP_WORDS = WORDS.data_need("group_words")
PRONOUNS = {True: ("her", "hers"), False: ("his", "him")}
"""Pronouns with two counterparts, by whether they are feminine."""
FEMALE = frozenset(("woman", "women", "female", "females", "girl", "girls", "f"))
SAME = "/"
"""Between words for the same thing."""


@dataclass(frozen=True, slots=True)
class Material:
    """The pictures of people and those of controls, who is compared with whom, and the words that are looked for.

    `names` are the words by which a caption names each group; none for groups that no word is known of. `things` are
    the ways of naming each thing of the table, by its entry.
    """

    rows: Sequence[PictureRow]
    controls: Sequence[PictureRow]
    groups: Sequence[str]
    reference: str
    names: Mapping[str, frozenset[str]]
    things: Mapping[str, tuple[tuple[str, ...], ...]]
    max_tokens: int
    prompt: str = ""

    @property
    def all(self) -> list[PictureRow]:
        """Every row that is asked."""
        return [*self.rows, *self.controls]

    @property
    def named(self) -> bool:
        """Whether words are known of every group."""
        return all(group in self.names for group in (self.reference, *self.groups))


def material_of(ctx: Context) -> Material:
    """What is asked. Raises DoesNotApply where nobody is compared, BadOption for a column that is not there."""
    options = ctx.options
    optional = {"pair": options.pair, "things": options.things}
    rows = picture_rows(ctx.data[PICTURES.name], "captions_by_group", {"group": options.group}, optional)
    people = [row for row in rows if row.group]
    groups, reference = compared_groups(people, "captions_by_group", options.against)
    kept = set(spread(list(dict.fromkeys(row.cluster for row in people)), options.limit, ctx.seed))
    entries = dict.fromkeys(entry for row in rows for entry in row.entries("things"))
    return Material(
        rows=[row for row in people if row.cluster in kept],
        controls=[row for row in rows if not row.group and row.entries("things")],
        groups=groups,
        reference=reference,
        names=_names(ctx, [reference, *groups]),
        things={entry: _ways(entry) for entry in entries},
        max_tokens=options.max_tokens,
        prompt=options.prompt,
    )


def request(row: PictureRow, material: Material) -> Caption:
    """A caption of a picture."""
    return Caption(row.image, material.max_tokens, material.prompt)


def _names(ctx: Context, groups: Sequence[str]) -> dict[str, frozenset[str]]:
    """Words of the user's list for each group; else those of the two genders for groups that are called so."""
    if GROUP_WORDS.name in ctx.data:
        listed: dict[str, set[str]] = {}
        for group, word in rows_of(ctx.data[GROUP_WORDS.name], GROUP_WORDS.columns):
            listed.setdefault(group.strip(), set()).update(words(word))
        return {group: frozenset(listed[group]) for group in groups if listed.get(group)}
    return {group: gendered(feminine=is_feminine(group)) for group in groups if swap_group(group) != group}


def is_feminine(group: str) -> bool:
    """Whether a group that has a counterpart by gender is the feminine one."""
    return group.casefold() in FEMALE or group.casefold() in FEMININE


def gendered(*, feminine: bool) -> frozenset[str]:
    """English words by which a caption says that somebody is a woman or a girl, or a man or a boy."""
    nouns = FEMININE if feminine else frozenset(SWAPS) - FEMININE
    return nouns | frozenset(PRONOUNS[feminine])


def _ways(entry: str) -> tuple[tuple[str, ...], ...]:
    """The words of each way to name a thing."""
    return tuple(way for part in entry.split(SAME) if (way := words(part)))


def mentions(said: Sequence[str], ways: Sequence[Sequence[str]]) -> bool:
    """Whether the words of a caption hold one of the ways to name a thing; a word counts as its plural in -s or -es.

    >>> mentions(("two", "red", "umbrellas"), (("umbrella",), ("parasol",))), mentions(("a", "car"), (("cart",),))
    (True, False)
    """
    return any(
        all(_same(word, wanted) for word, wanted in zip(said[start:], way, strict=False))
        for way in ways
        for start in range(len(said) - len(way) + 1)
    )


def _same(word: str, wanted: str) -> bool:
    return word in (wanted, f"{wanted}s", f"{wanted}es")
