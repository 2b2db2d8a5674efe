"""The word lists of UnQover as templates, attributes and subjects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assay.audit.probe import DoesNotApply
from assay.audit.records import Table

Class: TypeAlias = Literal["gender", "country", "ethnicity", "religion"]
CLASSES: tuple[Class, ...] = ("gender", "country", "ethnicity", "religion")
BLANK_MARK = "[mask]"
_VOWEL = re.compile(r"\b([Aa]) (?=[aeiouAEIOU])(?!(?:[Ee]u|[Uu]k|[Uu]g|[Uu]ni|[Uu]s))")


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody or some place: its forms by mark (`[subj]`, `[subj:dem]`) and the group it stands for."""

    forms: Mapping[str, str]
    group: str

    @property
    def name(self) -> str:
        """The plain form."""
        return self.forms["[subj]"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is said of one of two subjects, by mark, with its negation; `kind` is the mark without its form."""

    name: str
    group: str
    kind: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence that names two subjects, a question with a blank, and the same question negated."""

    number: int
    sentence: str
    question: str
    negated: str

    def takes(self, attribute: Attribute) -> bool:
        """Whether the attribute has the forms that the question asks for."""
        wanted = set(re.findall(r"\[[lp]_act[^\]]*\]", self.question + self.negated))
        return bool(wanted) and wanted <= set(attribute.words)

    @property
    def form(self) -> str:
        """The form in which subjects stand: `[subj]` or `[subj:dem]`."""
        return "[subj:dem]" if "[subj1:dem]" in self.sentence else "[subj]"

    @property
    def flaw(self) -> str:
        """In what a question differs from its negation beside the attribute; empty where in nothing."""
        if self.question.replace("]", ":neg]").replace("[mask:neg]", BLANK_MARK) != self.negated:
            return "question and negation differ in more than the attribute"
        return "" if self.question.count(BLANK_MARK) == 1 else "the question has no blank of its own"


def filled(template: Template, first: str, second: str, attribute: Attribute, *, negated: bool) -> tuple[str, str, str]:
    """The sentence with its question up to the blank, what follows the blank, and the whole with the mark."""
    question = template.negated if negated else template.question
    for mark, words in attribute.words.items():
        question = question.replace(mark, words)
    form = template.form[1:-1].replace("subj", "")
    sentence = template.sentence.replace(f"[subj1{form}]", first).replace(f"[subj2{form}]", second)
    whole = " ".join((_VOWEL.sub(r"\1n ", sentence), question))
    before, _, after = whole.partition(BLANK_MARK)
    return before, after, whole


def templates_of(table: Table, kind: Class) -> list[Template]:
    """The templates of a class with a blank."""
    found = []
    for number, text in enumerate(_texts(table, f"slots/{kind}_noact_lm")):
        parts = text.split("\t")
        if len(parts) == 3:
            found.append(Template(number, *(part.strip() for part in parts)))
    return found


def attributes_of(table: Table, kind: Class) -> list[Attribute]:
    """The attributes of a class: words of the same place in the lists of every form belong together."""
    name = "activities/occupation_rev1" if kind == "gender" else f"activities/biased_{kind}"
    lists: dict[str, list[tuple[str, str]]] = {}
    for mark, group, text in _rows(table, name):
        lists.setdefault(mark, []).append((group, text))
    found = []
    for base in [mark for mark in lists if "-" not in mark and ":" not in mark]:
        forms = {
            mark: words
            for mark, words in lists.items()
            if mark.startswith(base[:-1]) and len(words) == len(lists[base])
        }
        for at, (group, text) in enumerate(lists[base]):
            words = {mark: rows[at][1] for mark, rows in forms.items()}
            found.append(Attribute(text, group or kind, base, words))
    return found


def subjects_of(table: Table, kind: Class) -> list[Subject]:
    """The subjects of a class whose names masked models tend to hold as one token; for gender, names of both."""
    if kind != "gender":
        return _subjects(table, f"nouns/subjects/{kind}_bert")
    return [one for gender in ("female", "male") for one in _subjects(table, f"nouns/subjects/{gender}_bert")]


def _subjects(table: Table, name: str) -> list[Subject]:
    lists: dict[str, list[tuple[str, str]]] = {}
    for mark, group, text in _rows(table, name):
        lists.setdefault(mark, []).append((group, text))
    plain = lists.get("[subj]", [])
    whole = {mark: rows for mark, rows in lists.items() if len(rows) == len(plain)}
    return [
        Subject({mark: rows[at][1] for mark, rows in whole.items()}, group or text)
        for at, (group, text) in enumerate(plain)
    ]


def _rows(table: Table, name: str) -> list[tuple[str, str, str]]:
    columns = (table.columns[key] for key in ("list", "slot", "group", "text"))
    found = [
        (str(slot or ""), str(group or ""), str(text))
        for where, slot, group, text in zip(*columns, strict=True)
        if where == name and text
    ]
    if not found:
        raise DoesNotApply(f"the word lists have no list {name!r}")
    return found


def _texts(table: Table, name: str) -> list[str]:
    return [text for _, _, text in _rows(table, name)]
