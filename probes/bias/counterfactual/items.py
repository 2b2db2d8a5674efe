"""Pairs of texts that differ in a group alone: written ones, and the user's own with words swapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from fairwitness.audit.probe import DoesNotApply
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.swapping import balance, swap
from fairwitness.probes.kit.groups import Term, crossed_terms, reference_of

CONTROL = "control"
"""Category of pairs that differ in a word but not in a group."""

NOUN = "customer"


@dataclass(frozen=True, slots=True)
class Item:
    """Two texts that differ in the group alone: `text` is about the reference, `swapped` about `group`.

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
    swapped: str
    oriented: bool = True
    kind: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True)
class Swap:
    """A phrase about the reference and one about the group that takes its place."""

    category: str
    kind: str
    group: str
    reference: str
    base: str
    other: str
    who: str = ""

    def item(self, family: str, text: str) -> Item:
        """The swap in one sentence."""
        before, after = (text.replace("{person}", phrase) for phrase in (self.base, self.other))
        who = self.who or f"{self.base}/{self.other}"
        return Item(
            self.category, self.group, self.reference, family, who, before, after, kind=self.kind, base=self.base
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """Texts of the user's that gave no pair, and why."""

    reason: str
    texts: int


def written(texts: Table, people: Table, terms: Mapping[str, Sequence[Term]]) -> list[Item]:
    """All pairs of the written sentences: names, nouns, adjectives, pronouns, dialect and controls."""
    found: list[Item] = []
    swaps = [*_people(people), *_adjectives(terms)]
    for kind, family, text in _rows(texts, "kind", "family", "text"):
        if kind == "person":
            found += [one.item(family, text) for one in swaps]
        elif kind == "pronoun":
            whole, *forms = _parts(kind, text, 3)
            he, she = (_pronouns(whole, one) for one in forms)
            found.append(Item("pronoun", "women", "men", family, "he/she", he, she, kind=kind))
        elif kind == "dialect":
            standard, other = _parts(kind, text, 2)
            group = "African American English"
            found.append(Item("dialect", group, "standard", family, family, standard, other, kind=kind))
    return found


def only(items: Sequence[Item], categories: Sequence[str]) -> list[Item]:
    """Pairs of these categories (none: of all), and the control pairs whose words are swapped as in one of those."""
    kept = [one for one in items if one.category != CONTROL and (not categories or one.category in categories)]
    kinds = {one.kind for one in kept}
    return kept + [one for one in items if one.category == CONTROL and one.kind in kinds]


def crossings(name: str, terms: Mapping[str, Sequence[Term]]) -> list[Term]:
    """The terms of two categories crossed, such as `age+religion`."""
    first, second = name.split("+")
    return crossed_terms(terms[first], terms[second])


def own(table: Table, terms: Mapping[str, Sequence[Term]]) -> tuple[list[Item], list[Skipped]]:
    """Every text of the user's with its gendered words swapped, and with each word for a group replaced by others."""
    found: list[Item] = []
    doubtful = plain = empty = 0
    for number, cell in enumerate(table.columns["text"], start=1):
        if not isinstance(cell, str) or not cell.strip():
            empty += 1
            continue
        pairs = list(_replaced(cell, str(number), terms))
        twin = swap(cell)
        if twin.doubtful:
            doubtful += 1
        elif twin.words:
            pairs.append(_twin(cell, twin.text, str(number)))
        elif not pairs:
            plain += 1
        found += pairs
    skipped = [
        Skipped("no text in the cell", empty),
        Skipped("no word for a group", plain),
        Skipped("'her' or 'his' has two readings, so the text was not swapped by gender", doubtful),
    ]
    return found, [one for one in skipped if one.texts]


def limited(items: Sequence[Item], limit: int | None, seed: int) -> list[Item]:
    """At most `limit` pairs of each category (of controls of each kind), drawn by the seed, in their order."""
    parts: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(items):
        parts.setdefault((one.category, one.kind if one.category == CONTROL else ""), []).append(at)
    rng = np.random.default_rng(seed)
    kept: list[int] = []
    for places in parts.values():
        if limit is None or limit >= len(places):
            kept += places
        else:
            kept += [places[at] for at in sorted(rng.choice(len(places), limit, replace=False))]
    return [items[at] for at in sorted(kept)]


def _twin(text: str, twin: str, number: str) -> Item:
    feminine, masculine = balance(text)
    one, other = (twin, text) if feminine > masculine else (text, twin)
    return Item("gender", "women", "men", number, "gendered words", one, other, feminine != masculine)


def _replaced(text: str, number: str, terms: Mapping[str, Sequence[Term]]) -> Iterator[Item]:
    for category, listed in terms.items():
        for term in listed:
            pattern = re.compile(rf"(?<![\w-])(?:([Aa][Nn]?)(\s+))?{re.escape(term.word)}(?![\w-])")
            if not pattern.search(text):
                continue
            for other in listed:
                if other.group == term.group or not (other.reference or term.reference):
                    continue
                twin = pattern.sub(partial(_in_place, other.word), text)
                base, swapped, group = (twin, text, term) if other.reference else (text, twin, other)
                reference = reference_of(listed).group
                yield Item(category, group.group, reference, number, f"{term.word}/{other.word}", base, swapped)


def _in_place(word: str, match: re.Match[str]) -> str:
    """The word in the place of another, with the article directly before it that fits its first letter."""
    article, space = match.groups()
    if article is None:
        return word
    form = "an" if word[0].lower() in "aeiou" else "a"
    if len(article) > 1 and article.isupper():
        form = form.upper()
    return f"{article[0]}{form[1:]}{space}{word}"


def _people(people: Table) -> list[Swap]:
    rows: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for category, kind, pair, *row in _rows(people, "category", "kind", "pair", "group", "reference", "phrase"):
        group, reference, phrase = row
        rows.setdefault((category, pair), []).append((kind, group, reference, phrase))
    found = []
    for (category, name), own in rows.items():
        base = next((row for row in own if row[2] == "yes"), None)
        if base is None:
            raise DoesNotApply(f"the pair {name!r} of {category!r} has no phrase whose column 'reference' says yes")
        found += [Swap(category, row[0], row[1], base[1], base[3], row[3]) for row in own if row[2] != "yes"]
    return found


def _adjectives(terms: Mapping[str, Sequence[Term]]) -> list[Swap]:
    found = []
    for category, listed in terms.items():
        base = reference_of(listed)
        phrase = f"The {base.word} {NOUN}"
        for one in listed:
            if not one.reference:
                changed = sum(a != b for a, b in zip(one.parts, base.parts, strict=True))
                kind = "two adjectives" if changed > 1 else "adjective"
                who = f"{base.word}/{one.word}"
                found.append(Swap(category, kind, one.group, base.group, phrase, f"The {one.word} {NOUN}", who))
    return found


def _parts(kind: str, text: str, count: int) -> list[str]:
    """The parts of a written text. Raises DoesNotApply where there are more or fewer."""
    parts = text.split("|")
    if len(parts) != count or not all(parts):
        raise DoesNotApply(f"a text of the kind {kind!r} needs {count} parts divided by '|', one has {len(parts)}")
    return parts


def _pronouns(text: str, forms: str) -> str:
    they, their = forms.split("/")
    return text.replace("{they}", they).replace("{their}", their)


def _rows(table: Table, *names: str) -> Iterator[tuple[str, ...]]:
    def spelled(cell: Cell) -> str:
        return "" if cell is None else str(cell)

    for row in zip(*(table.columns[name] for name in names), strict=True):
        yield tuple(map(spelled, row))
