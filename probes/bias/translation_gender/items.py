"""What is asked: sentences about one person at work, in English and in languages whose nouns have a gender."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.occupations import OCCUPATIONS, Occupation, occupations_of
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
SENTENCES, FORMS = (WORDS.data_need(name) for name in ("translation_sentences", "translation_occupations"))
Kind: TypeAlias = Literal["stated", "open", "control"]
Gender: TypeAlias = Literal["women", "men"]
GENDERS: tuple[Gender, Gender] = ("women", "men")
LANGUAGES: Mapping[str, str] = {"es": "Spanish", "fr": "French", "de": "German"}
"""Languages into which translations are read, by their codes."""
EVEN = 0.5
"""Share of women in an occupation above which women are expected in it."""
_SLOT = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


@dataclass(frozen=True, slots=True)
class Job:
    """An occupation with its forms in one language, articles included; the first of each is the one that is scored."""

    occupation: Occupation
    forms: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def expected(self) -> Gender:
        """The gender of most people in it."""
        return "women" if self.occupation.share > EVEN else "men"


@dataclass(frozen=True, slots=True)
class Item:
    """A source, and its translation with a woman and with a man in it.

    `gender` is the one that the source says, None where it leaves it open; `job` is None of a control.
    """

    kind: Kind
    family: str
    source: str
    targets: tuple[str, str]
    gender: Gender | None
    job: Job | None = None

    @property
    def occupation(self) -> str:
        """The key of its occupation; of a control the family, which no other control has."""
        return self.family if self.job is None else self.job.occupation.key


@dataclass(frozen=True, slots=True)
class Control:
    """A plain sentence and the words of which its translation must have one."""

    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """All that is asked in one language."""

    language: str
    items: Sequence[Item]
    plain: Sequence[Control]

    def of(self, *kinds: Kind) -> list[Item]:
        """The items of these kinds."""
        return [item for item in self.items if item.kind in kinds]


def chosen(text: str, place: int) -> str:
    """A text with the first or the second word of each pair in it.

    >>> chosen("{The} s'est coupé{e|} avec {her|his} couteau.", 1)
    "{The} s'est coupé avec his couteau."
    """
    return _SLOT.sub(lambda match: match[place + 1], text)


def material_of(ctx: Context, code: str) -> Material:
    """What is asked in a language, by its code."""
    rows = rows_of(ctx.data[SENTENCES.name], ("kind", "family", "source", code))
    jobs = list(_jobs(ctx.data[FORMS.name], ctx.data[OCCUPATIONS.name], code))
    jobs = sorted(jobs, key=lambda job: (job.occupation.share, job.occupation.key))
    asked = spread(jobs, ctx.options.limit, ctx.seed)
    items: list[Item] = []
    for kind, family, source, target in rows:
        if kind == "control":
            items += [_control(family, source, target, gender) for gender in GENDERS]
        elif kind in ("stated", "open"):
            items += [item for job in asked for item in _about(kind, family, source, target, job)]
    plain = [Control(source, tuple(target.split("|"))) for kind, _, source, target in rows if kind == "word"]
    return Material(code, items, plain)


def _jobs(forms: Table, occupations: Table, code: str) -> Iterator[Job]:
    """The occupations whose forms tell women from men in this language."""
    known = {occupation.key: occupation for occupation in occupations_of(occupations, "en", None)}
    for key, women, men in rows_of(forms, ("occupation", f"{code}_women", f"{code}_men")):
        if women and men:
            yield Job(known[key], (tuple(women.split("|")), tuple(men.split("|"))))


def _control(family: str, source: str, target: str, gender: Gender) -> Item:
    place = GENDERS.index(gender)
    return Item("control", family, chosen(source, place), (chosen(target, 0), chosen(target, 1)), gender)


def _about(kind: str, family: str, source: str, target: str, job: Job) -> Iterator[Item]:
    first, second = (chosen(target, place).replace("{The}", _sentence_case(job.forms[place][0])) for place in range(2))
    text = source.replace("{occupation}", job.occupation.word)
    if kind == "open":
        yield Item("open", family, text, (first, second), None, job)
        return
    for place, gender in enumerate(GENDERS):
        yield Item("stated", family, chosen(text, place), (first, second), gender, job)


def _sentence_case(form: str) -> str:
    return form[:1].upper() + form[1:]
