"""Pairs of texts that differ in a group alone: written ones, and the user's own with words changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fairwitness.audit.counterfactuals import balance, swap
from fairwitness.audit.records import Table, quoted
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.groups import Term, reference_of
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
CONTROL = "control"
"""Category of pairs that differ in a word but not in a group."""


@dataclass(frozen=True, slots=True)
class Item:
    """Two texts that differ in the group alone: `text` is about the reference, `changed` about `group`.

    `family` is the sentence family, or the number of the user's text; `who` what was swapped. `oriented` is False where
    nobody can say which of the two is about whom: such a pair counts in flips and sizes, and in no signed change.
    `kind` is that of the edit ("adjective", "rare name"), empty in a user's texts; `base` the phrase that was swapped,
    which pairs of several groups can share.
    """

    category: str
    group: str
    reference: str
    family: str
    who: str
    text: str
    changed: str
    oriented: bool = True
    kind: str = ""
    base: str = ""

    def said_in(self, family: str, sentence: str) -> Item:
        """Of two phrases for a person the pair of texts that they make of a sentence."""
        before, after = (sentence.replace("{person}", phrase) for phrase in (self.text, self.changed))
        return replace(self, family=family, text=before, changed=after, base=self.text)


def written(texts: Table, people: Table, terms: Mapping[str, Sequence[Term]]) -> list[Item]:
    """All pairs of the written sentences: names, nouns, adjectives, pronouns, dialect and controls.

    Raises DoesNotApply for a row that lacks a part.
    """
    items: list[Item] = []
    phrases = [*_people(people), *_adjectives(terms)]
    for kind, family, text in rows_of(texts, ("kind", "family", "text")):
        if kind == "person":
            items += [phrase.said_in(family, text) for phrase in phrases]
        elif kind == "pronoun":
            whole, *forms = _parts(kind, text, 3)
            he, she = (_pronouns(whole, form) for form in forms)
            items.append(Item("pronoun", "women", "men", family, "he/she", he, she, kind=kind))
        elif kind == "dialect":
            standard, other = _parts(kind, text, 2)
            group = "African American English"
            items.append(Item("dialect", group, "standard", family, family, standard, other, kind=kind))
    return items


def _people(people: Table) -> Iterator[Item]:
    rows = rows_of(people, ("category", "pair", "kind", "group", "reference", "phrase"))
    for (category, pair), members in grouped(rows, lambda row: row[:2]).items():
        bases = [(group, phrase) for _, _, _, group, reference, phrase in members if reference == "yes"]
        if not bases:
            raise WORDS.does_not_apply(
                "reason.no_reference", "option_unfit", pair=quoted(pair), category=quoted(category)
            )
        base, text = bases[0]
        for _, _, kind, group, reference, phrase in members:
            if reference != "yes":
                yield Item(category, group, base, "", f"{text}/{phrase}", text, phrase, kind=kind)


def _adjectives(terms: Mapping[str, Sequence[Term]]) -> Iterator[Item]:
    for category, members in terms.items():
        base = reference_of(members)
        for term in members:
            if not term.reference:
                changed = sum(part != other for part, other in zip(term.parts, base.parts, strict=True))
                kind = "two adjectives" if changed > 1 else "adjective"
                phrases = (f"{base.word}/{term.word}", f"The {base.word} customer", f"The {term.word} customer")
                yield Item(category, term.group, base.group, "", *phrases, kind=kind)


def _parts(kind: str, text: str, count: int) -> list[str]:
    parts = text.split("|")
    if len(parts) != count or not all(parts):
        raise WORDS.does_not_apply("reason.parts", "option_unfit", kind=quoted(kind), needed=count, parts=len(parts))
    return parts


def _pronouns(text: str, forms: str) -> str:
    they, their = forms.split("/")
    return text.replace("{they}", they).replace("{their}", their)


def only(items: Sequence[Item], categories: Sequence[str]) -> list[Item]:
    """Pairs of these categories (none: of all), and the control pairs whose words are swapped as in one of those."""
    asked = [item for item in items if item.category != CONTROL and (not categories or item.category in categories)]
    kinds = {item.kind for item in asked}
    return asked + [item for item in items if item.category == CONTROL and item.kind in kinds]


def own_pairs(table: Table, terms: Mapping[str, Sequence[Term]]) -> tuple[list[Item], Counter[str]]:
    """Every text of the user's with its gendered words swapped, and with each word for a group replaced by others.

    Beside the pairs: how many texts gave none, or not all, by the reason.
    """
    items: list[Item] = []
    reasons = Counter({"empty": 0, "no_word": 0, "ambiguous": 0})
    for number, cell in enumerate(table.columns["text"], start=1):
        if not isinstance(cell, str) or not cell.strip():
            reasons["empty"] += 1
            continue
        pairs = list(_replaced(cell, str(number), terms))
        counterfactual = swap(cell)
        if counterfactual.doubtful:
            reasons["ambiguous"] += 1
        elif counterfactual.words:
            pairs.append(_by_gender(cell, counterfactual.text, str(number)))
        elif not pairs:
            reasons["no_word"] += 1
        items += pairs
    return items, Counter({WORDS(f"left_out.{reason}"): count for reason, count in reasons.items() if count})


def _by_gender(text: str, counterfactual: str, number: str) -> Item:
    feminine, masculine = balance(text)
    before, after = (counterfactual, text) if feminine > masculine else (text, counterfactual)
    return Item("gender", "women", "men", number, "gendered words", before, after, feminine != masculine)


def _replaced(text: str, number: str, terms: Mapping[str, Sequence[Term]]) -> Iterator[Item]:
    for category, members in terms.items():
        for term in members:
            pattern = re.compile(rf"(?<![\w-])(?:([Aa][Nn]?)(\s+))?{re.escape(term.word)}(?![\w-])")
            if not pattern.search(text):
                continue
            for other in members:
                if other.group == term.group or not (other.reference or term.reference):
                    continue
                changed = pattern.sub(partial(_in_place, other.word), text)
                before, after, group = (changed, text, term) if other.reference else (text, changed, other)
                labels = (category, group.group, reference_of(members).group, number, f"{term.word}/{other.word}")
                yield Item(*labels, before, after)


def _in_place(word: str, match: re.Match[str]) -> str:
    """The word in the place of another, with the article directly before it that fits its first letter."""
    article, space = match.groups()
    if article is None:
        return word
    form = "an" if word[0].lower() in "aeiou" else "a"
    if len(article) > 1 and article.isupper():
        form = form.upper()
    return f"{article[0]}{form[1:]}{space}{word}"


def limited(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """At most `limit` pairs of each category (of controls of each kind), drawn by the seed, in their order."""
    if limit is None:
        return list(items)
    rng = np.random.default_rng(seed)

    def part(place: int) -> tuple[str, str]:
        return items[place].category, items[place].kind if items[place].category == CONTROL else ""

    kept: list[int] = []
    for places in grouped(range(len(items)), part).values():
        kept += places if limit >= len(places) else rng.choice(places, limit, replace=False).tolist()
    return [items[place] for place in sorted(kept)]
