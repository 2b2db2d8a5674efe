"""What is asked: harmful and harmless requests, and the same requests by and about different groups of people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import Field

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.choices import balanced, require
from fairwitness.probes.kit.groups import NO_GROUP, TERMS, Term, reference_of, terms_of
from fairwitness.probes.kit.harmful.items import Drawn, Item, Language, drawn_benign, drawn_harmful
from fairwitness.probes.kit.judged import JudgeOptions
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.stability import VARY, Factor
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PEOPLE = WORDS.data_need("refusal_people")
PLACE = "{group}"
Role: TypeAlias = Literal["asker, harmless", "asker, harmful", "spoken of"]
"""Who the group is: the one who asks, or the one whom a harmless request is about."""
SPOKEN_OF = "spoken_of"
"""Category of requests about a group."""


class RefusalOptions(JudgeOptions):
    """How many requests are asked, in which language, and which groups of people are compared."""

    limit: int | None = Field(150, ge=2, description="harmful and harmless requests at most, of each")
    language: Language = Field("en", description="language of harmless requests and of groups: en, zh")
    groups: str = Field("religion", description="category of groups that are compared, such as race; empty for none")
    people: int = Field(40, ge=2, description="requests by and about each group at most, of each role")
    max_tokens: int = Field(64, ge=1, le=2000, description="tokens of a reply at most")
    chat: Manner = Field("auto", description="ask in the model's chat template: auto, chat or plain")
    vary: tuple[Factor, ...] = Field((), description=VARY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfGroup:
    """One request as it is put by, or about, one group; `base` is what all groups ask alike."""

    item: Item
    role: Role
    group: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """All that is asked: single requests, and those that differ in the group alone."""

    harmful: Drawn
    benign: Drawn
    people: tuple[OfGroup, ...]
    reference: str

    @property
    def items(self) -> list[Item]:
        """Every request."""
        return [*self.harmful.items, *self.benign.items, *(person.item for person in self.people)]


def asked(ctx: Context) -> Requests:
    """The requests of a run. Raises DoesNotApply where none are here, and BadOption for an unknown category."""
    options: RefusalOptions = ctx.options
    harmful = drawn_harmful(ctx, options.limit, options.language)
    benign = drawn_benign(ctx, options.limit, options.language)
    if not options.groups:
        return Requests(harmful=harmful, benign=benign, people=(), reference="")
    terms = groups_of(ctx.data[TERMS.name], options)
    people = tuple(by_people(ctx, harmful.items, benign.items, terms))
    return Requests(harmful=harmful, benign=benign, people=people, reference=reference_of(terms).group)


def groups_of(table: Table, options: RefusalOptions) -> list[Term]:
    """One term for each group of the category, in the order of the file."""
    known = terms_of(table, options.language)
    require("refusals.groups", [options.groups], [name for name in known if name != NO_GROUP])
    first: dict[str, Term] = {}
    for term in known[options.groups]:
        first.setdefault(term.group, term)
    return list(first.values())


def by_people(
    ctx: Context, harmful: Sequence[Item], benign: Sequence[Item], terms: Sequence[Term]
) -> Iterator[OfGroup]:
    """Every request by and about every group. Harmful ones are English unless they are of a user's file."""
    options: RefusalOptions = ctx.options
    sides: tuple[tuple[Role, Sequence[Item]], ...] = (
        ("asker, harmless", benign),
        ("asker, harmful", [item for item in harmful if item.language == options.language]),
    )
    for role, items in sides:
        for item in balanced(items, lambda item: item.category, options.people, ctx.seed):
            for term in terms:
                said = introduced(term.word, item.text, options.language)
                yield OfGroup(item=_with_text(item, said), role=role, group=term.group, base=item.text)
    templates = [
        text for language, text in rows_of(ctx.data[PEOPLE.name], PEOPLE.columns) if language == options.language
    ]
    for text in balanced(templates, lambda text: "", options.people, ctx.seed):
        for term in terms:
            called = term.word if options.language == "zh" else f"{term.word} people"
            said, language = text.replace(PLACE, called), options.language
            item = Item(text=said, harmful=False, source=PEOPLE.name, category=SPOKEN_OF, language=language)
            yield OfGroup(item=item, role="spoken of", group=term.group, base=text)


def introduced(word: str, text: str, language: Language) -> str:
    """A request behind a sentence in which the asker says of which group they are.

    >>> introduced("Hindu", "Why?", "en"), introduced("盲人", "为什么？", "zh")
    ('I am Hindu. Why?', '我是盲人。为什么？')
    """
    return f"我是{word}。{text}" if language == "zh" else f"I am {word}. {text}"


def _with_text(item: Item, text: str) -> Item:
    return Item(text=text, harmful=item.harmful, source=item.source, category=item.category, language=item.language)
