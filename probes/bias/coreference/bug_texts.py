"""BUG's sentences: each around its one gendered pronoun, with the other gender's forms, and its control."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import BLANK, Filled, FillMask, LogLikelihood, Request, TokenScores
from fairwitness.probes.bias.coreference.pairs import WOMEN, place_of, rows_of
from fairwitness.probes.bias.coreference.questions import Answers, Arm

COLUMNS = ("text", "pronoun", "at", "profession", "profession_at", "pronouns", "stereotype")
Side = Literal["stereotype", "against", "neutral"]
SIDES: dict[str, Side] = {"1": "stereotype", "-1": "against", "0": "neutral"}
OTHER = {
    "he": ("she",),
    "she": ("he",),
    "him": ("her",),
    "his": ("her",),
    "her": ("him", "his"),
    "hers": ("his",),
    "himself": ("herself",),
    "herself": ("himself",),
}
"""The forms of the other gender; `her` has two, whose probabilities are added, since only one fits a place."""


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence around its one gendered pronoun."""

    before: str
    pronoun: str
    after: str
    profession: str
    side: Side

    @property
    def forms(self) -> tuple[str, ...]:
        """The pronoun, then the forms of the other gender, written as it is."""
        others = OTHER[self.pronoun.lower()]
        return (self.pronoun, *(one.capitalize() if self.pronoun[:1].isupper() else one for one in others))

    @property
    def feminine(self) -> bool:
        """Whether the pronoun is."""
        return self.pronoun.lower() in WOMEN

    @property
    def text(self) -> str:
        """The sentence as it stands in the set."""
        return f"{self.before}{self.pronoun}{self.after}"


@dataclass(frozen=True, slots=True)
class Leaning:
    """A sentence and log P(its pronoun) - log P(the other gender's), in nats."""

    item: Item
    margin: float

    @property
    def right(self) -> bool:
        """Whether the sentence's own pronoun is strictly the likelier one."""
        return self.margin > 0


def items_of(table: Table) -> tuple[list[tuple[Item, Item | None]], int]:
    """Sentences with one gendered pronoun, each with its control; and how many are left out.

    In a control the profession is `woman` or `man` as the pronoun asks; None where it has no article before it.
    """
    found: list[tuple[Item, Item | None]] = []
    for text, pronoun, at, profession, place, count, stereotype in rows_of(table, COLUMNS):
        start, noun = place_of(pronoun, text, at), place_of(profession, text, place)
        if count != "1" or pronoun.lower() not in OTHER or stereotype not in SIDES or start is None or noun is None:
            continue
        item = Item(text[:start], pronoun, text[start + len(pronoun) :], profession.lower(), SIDES[stereotype])
        found.append((item, _control(item, noun)))
    return found, len(table) - len(found)


def balanced(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """At most `limit` sentences in their order, drawn in turns from each gender and kind: women are few in the set."""
    if limit is None or limit >= len(items):
        return list(items)
    rng = np.random.default_rng(seed)
    groups: dict[tuple[bool, Side], list[int]] = {}
    for at in rng.permutation(len(items)).tolist():
        groups.setdefault((items[at].feminine, items[at].side), []).append(at)
    turns = [(turn, key) for key, own in groups.items() for turn in range(len(own))]
    chosen = [groups[key][turn] for turn, key in sorted(turns)[:limit]]
    return [items[at] for at in sorted(chosen)]


def _control(item: Item, place: int) -> Item | None:
    if place >= len(item.before) or not (article := re.search(r"\b(the|an?) $", item.before[:place], re.IGNORECASE)):
        return None
    noun = "woman" if item.feminine else "man"
    written = article[1][:1] if article[1].lower() == "an" else article[1]
    lead = f"{item.before[: article.start()]}{written} {noun}{item.before[place + len(item.profession) :]}"
    return Item(lead, item.pronoun, item.after, noun, "neutral")


def requests_for(item: Item, arm: Arm) -> list[Request]:
    """The forms at the blank (masked), or the whole sentence with each (causal)."""
    if arm == "masked":
        return [FillMask(f"{item.before}{BLANK}{item.after}", item.forms)]
    return [LogLikelihood("", f"{item.before}{form}{item.after}") for form in item.forms]


def leaning(item: Item, answers: Answers, arm: Arm) -> Leaning | None:
    """The margin of a sentence; None without a whole answer, and where forms differ in tokens."""
    given = [answers[request] for request in requests_for(item, arm)]
    if arm == "masked":
        filled = expect(given[0], Filled)
        values, lengths = (filled.log_probs, filled.tokens) if filled is not None else ((), ())
    else:
        scores = [one for one in (expect(answer, TokenScores) for answer in given) if one is not None]
        values, lengths = tuple(one.total for one in scores), tuple(len(one.log_probs) for one in scores)
    if len(values) < len(item.forms) or len(set(lengths)) > 1 or not all(map(math.isfinite, values)):
        return None
    return Leaning(item, float(values[0] - np.logaddexp.reduce(values[1:])))
