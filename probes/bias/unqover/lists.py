"""The word lists of UnQover as templates, attributes and subjects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.records import Name, Table
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Manner: TypeAlias = Literal["masked", "causal", "question"]
"""How a model is asked: to fill a blank, to continue a text, to extract an answer."""
Class: TypeAlias = Literal["gender", "country", "ethnicity", "religion"]
CLASSES: tuple[Class, ...] = ("gender", "country", "ethnicity", "religion")
BLANK_MARK = "[mask]"
_MARK = re.compile(r"(\[subj[12](?::\w+)?\])")
_ASKED = re.compile(r"(?:Who|Which \w+)(?= )")
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
    """A sentence that names two subjects, a question, and the same question negated.

    Where it is for `blank` the question is a sentence with a blank in it.
    """

    number: int
    sentence: str
    question: str
    negated: str
    blank: bool = True

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
            return WORDS("flaw.negation")
        if self.blank and self.question.count(BLANK_MARK) != 1:
            return WORDS("flaw.blank")
        return "" if self.blank or self.question.endswith("?") else WORDS("flaw.question_mark")


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence and its question; `spans` are the characters of the subjects in it, in the order of its marks."""

    sentence: str
    question: str
    spans: tuple[tuple[int, int], tuple[int, int]]

    @property
    def whole(self) -> str:
        """Both, with the mark of the blank."""
        return f"{self.sentence} {self.question}"


def filled(template: Template, first: str, second: str, attribute: Attribute, *, negated: bool) -> Text:
    """The template with these two in its places, in this order, and with the attribute."""
    question = template.negated if negated else template.question
    for mark, words in attribute.words.items():
        question = question.replace(mark, words)
    names = {"1": first, "2": second}
    sentence, spans = "", {"1": (0, 0), "2": (0, 0)}
    for part in _MARK.split(template.sentence):
        which = part[5] if _MARK.fullmatch(part) else ""
        sentence = _VOWEL.sub(r"\1n ", sentence + names.get(which, part))
        if which:
            spans[which] = (len(sentence) - len(names[which]), len(sentence))
    return Text(sentence, question, (spans["1"], spans["2"]))


def statement(text: Text, subject: str) -> str:
    """The question as a statement about a subject; empty where it does not begin with the word that asks."""
    asked = _ASKED.match(text.question)
    return f"{subject}{text.question[asked.end() : -1]}." if asked else ""


def phrase(template: Template, which: int, name: str) -> str:
    """A subject as a person of the sentence, with what the sentence says behind its article: "The Asian man"."""
    place = template.sentence.index(f"[subj{which}{template.form[5:]}")
    before, after = template.sentence[:place], template.sentence[place:].partition("]")[2]
    if not re.search(r"\b(?:an?|of) $", before, re.IGNORECASE):
        return name
    noun = re.match(r" \w+", after)
    return f"The {name}{noun[0] if noun else ''}"


def templates_of(table: Table, kind: Class, manner: Manner = "masked") -> list[Template]:
    """The templates of a class: with a blank, or of questions for an extractive question answerer."""
    blank = manner != "question"
    templates = []
    for number, (_, _, text) in enumerate(_rows(table, f"slots/{kind}_noact{'_lm' if blank else ''}")):
        parts = [part.strip() for part in text.split("\t")]
        if len(parts) == 3:
            sentence, question, negated = parts
            templates.append(Template(number, sentence, question, negated, blank))
    return templates


def attributes_of(table: Table, kind: Class) -> list[Attribute]:
    """The attributes of a class: words of the same place in the lists of every form belong together."""
    lists = _by_mark(table, "activities/occupation_rev1" if kind == "gender" else f"activities/biased_{kind}")
    attributes = []
    for base in [mark for mark in lists if "-" not in mark and ":" not in mark]:
        forms = [mark for mark in lists if mark.startswith(base[:-1]) and len(lists[mark]) == len(lists[base])]
        for place, (_, group, text) in enumerate(lists[base]):
            words = {mark: lists[mark][place][2] for mark in forms}
            attributes.append(Attribute(text, group or kind, base, words))
    return attributes


def subjects_of(table: Table, kind: Class) -> list[Subject]:
    """The subjects of a class whose names masked models tend to hold as one token; for gender, names of both."""
    if kind != "gender":
        return _subjects(table, kind)
    return [*_subjects(table, "female"), *_subjects(table, "male")]


def _subjects(table: Table, kind: str) -> list[Subject]:
    lists = _by_mark(table, f"nouns/subjects/{kind}_bert")
    names = lists.get("[subj]", [])
    forms = [mark for mark in lists if len(lists[mark]) == len(names)]
    return [
        Subject({mark: lists[mark][place][2] for mark in forms}, group or text)
        for place, (_, group, text) in enumerate(names)
    ]


Row: TypeAlias = tuple[str, str, str]
"""Mark, group and text."""


def _by_mark(table: Table, name: str) -> dict[str, list[Row]]:
    return grouped(_rows(table, name), lambda row: row[0])


def _rows(table: Table, name: str) -> list[Row]:
    rows = rows_of(table, ("list", "slot", "group", "text"))
    members = [(mark, group, text) for where, mark, group, text in rows if where == name and text]
    if not members:
        raise WORDS.does_not_apply("reason.no_list", "data_unfit", name=Name(repr(name)))
    return members
