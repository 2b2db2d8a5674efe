"""BUG's sentences: each around its one gendered pronoun, with the other gender's forms, and its control."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit.blanks import Answers, Blank, ModelType
from fairwitness.probes.kit.choices import balanced, spread
from fairwitness.probes.kit.pronouns import OTHER, WOMEN
from fairwitness.probes.kit.results import Items
from fairwitness.probes.kit.rows import place_of, rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("bug").columns
CONTROLS = 60
"""Control sentences, at most."""
Side = Literal["stereotype", "against", "neutral"]
SIDES: dict[str, Side] = {"1": "stereotype", "-1": "against", "0": "neutral"}


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence around its one gendered pronoun."""

    before: str
    pronoun: str
    after: str
    profession: str
    side: Side

    @property
    def blank(self) -> Blank:
        """The place of the pronoun; it may be filled by the pronoun and by the forms of the other gender."""
        others = OTHER[self.pronoun.lower()]
        if self.pronoun[:1].isupper():
            others = tuple(form.capitalize() for form in others)
        return Blank(self.before, self.after, (self.pronoun, *others))

    @property
    def feminine(self) -> bool:
        """Whether the pronoun is."""
        return self.pronoun.lower() in WOMEN

    @property
    def gender(self) -> str:
        """The gender of the pronoun in a word."""
        return "feminine" if self.feminine else "masculine"

    @property
    def text(self) -> str:
        """The sentence as it stands in the set."""
        return f"{self.before}{self.pronoun}{self.after}"


@dataclass(frozen=True, slots=True)
class Margin:
    """A sentence and log P(its pronoun) - log P(the other gender's), in nats."""

    item: Item
    nats: float

    @property
    def right(self) -> bool:
        """Whether the sentence's own pronoun is strictly the likelier one."""
        return self.nats > 0


def margin(item: Item, answers: Answers, model: ModelType) -> Margin | None:
    """The margin of a sentence; None without a whole answer, and where forms differ in tokens."""
    reading = item.blank.read(answers, model)
    if reading is None or not reading.equal_length:
        return None
    return Margin(item, reading.margin)


def items(ctx: Context) -> Items[Item]:
    """The sentences to ask, as many of each gender and kind, and controls made from some. Raises DoesNotApply."""
    table = ctx.data["bug"]
    pairs = sentences(table)
    if not pairs:
        raise WORDS.does_not_apply("reason.empty", "nothing_to_ask")
    chosen = balanced([item for item, _ in pairs], lambda item: (item.feminine, item.side), ctx.options.limit, ctx.seed)
    controls = list(dict.fromkeys(control for _, control in pairs if control is not None))
    note = WORDS("note.left_out", count=len(table) - len(pairs), total=len(table))
    return Items(items=chosen, controls=spread(controls, CONTROLS, ctx.seed), notes=[note])


def sentences(table: Table) -> list[tuple[Item, Item | None]]:
    """Sentences with one gendered pronoun, each with its control.

    In a control the profession is `woman` or `man` as the pronoun asks; None where it has no article before it.
    """
    pairs: list[tuple[Item, Item | None]] = []
    for text, pronoun, start, profession, place, count, stereotype in rows_of(table, COLUMNS):
        begin, noun = place_of(pronoun, text, start), place_of(profession, text, place)
        if count != "1" or pronoun.lower() not in OTHER or stereotype not in SIDES or begin is None or noun is None:
            continue
        item = Item(text[:begin], pronoun, text[begin + len(pronoun) :], profession.lower(), SIDES[stereotype])
        pairs.append((item, _control(item, noun)))
    return pairs


def _control(item: Item, place: int) -> Item | None:
    if place >= len(item.before) or not (article := re.search(r"\b(the|an?) $", item.before[:place], re.IGNORECASE)):
        return None
    noun = "woman" if item.feminine else "man"
    written = article[1][:1] if article[1].lower() == "an" else article[1]
    lead = f"{item.before[: article.start()]}{written} {noun}{item.before[place + len(item.profession) :]}"
    return Item(lead, item.pronoun, item.after, noun, "neutral")
