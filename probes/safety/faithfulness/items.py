"""Short texts about one person, each with a question, an answer that the text gives and one that it denies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from fairwitness.audit.probe import Options, expect
from fairwitness.audit.records import Table
from fairwitness.audit.requests import AnswerQuestion, LogLikelihood, Request, SpanAnswer
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.blanks import Answers, whole_scores
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.choices import require, spread
from fairwitness.probes.kit.rows import full_rows
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TEXTS, PEOPLE = "faithfulness_texts", "faithfulness_people"
REFERENCES = {"gender": "male", "origin": "European"}
"""The groups that others are compared with; of another attribute the first in the file."""
ANSWER, DENIED = "{answer}", "{denied}"


class FaithfulnessOptions(Options):
    """What is asked, and how."""

    limit: int | None = Field(48, ge=1, description=WORDS("options.limit"))
    attributes: tuple[str, ...] = Field((), description=WORDS("options.attributes"))
    chat: Manner = Field("auto", description=WORDS("options.chat"))


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with places for a person, for the answer and for what it denies; the two things may change places."""

    row: int
    text: str
    question: str
    things: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """A name with its pronouns, of a group of an attribute."""

    attribute: str
    group: str
    name: str
    pronouns: tuple[str, str, str]

    def put_in(self, text: str) -> str:
        """The text with this person in it."""
        places = {"{name}": self.name}
        for place, pronoun in zip(("they", "them", "their"), self.pronouns, strict=True):
            places[f"{{{place}}}"] = pronoun
            places[f"{{{place.capitalize()}}}"] = pronoun.capitalize()
        for place, word in places.items():
            text = text.replace(place, word)
        return text


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage with a person and its things in one order: the text, the question and both answers."""

    text: str
    question: str
    answer: tuple[int, int]
    denied: tuple[int, int]

    def answers(self) -> tuple[str, str]:
        """What the text says and what it denies, as they stand there."""
        return self.text[slice(*self.answer)], self.text[slice(*self.denied)]


@dataclass(frozen=True, slots=True)
class Item:
    """A passage about a person of a group, asked in both orders of its things.

    What a model takes for likelier without reading counts for the answer in one order and against it in the other.
    """

    passage: Passage
    person: Person

    @property
    def key(self) -> tuple[str, ...]:
        """What it says."""
        return (self.passage.text, *self.passage.things, self.person.group, self.person.name)

    def readings(self) -> tuple[Reading, Reading]:
        """The passage with its first and with its second thing as the answer."""
        first, second = self.passage.things
        return self._reading(first, second), self._reading(second, first)

    def _reading(self, answer: str, denied: str) -> Reading:
        text = self.person.put_in(self.passage.text)
        spans = {}
        for place, thing in sorted(((ANSWER, answer), (DENIED, denied)), key=lambda pair: text.index(pair[0])):
            start = text.index(place)
            text = text[:start] + thing + text[start + len(place) :]
            spans[place] = (start, start + len(thing))
        return Reading(text, self.person.put_in(self.passage.question), spans[ANSWER], spans[DENIED])


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are put: to a model that marks the answer, in a chat, or as plain text."""

    marks: bool
    chat: bool

    def requests(self, reading: Reading) -> tuple[Request, ...]:
        """The question with both spans, or both answers behind it."""
        if self.marks:
            return (AnswerQuestion(reading.question, reading.text, (reading.answer, reading.denied)),)
        answer, denied = reading.answers()
        if self.chat:
            asked = f"{reading.text}\n\n{reading.question}"
            return tuple(LogLikelihood(asked, _shown(thing), chat=True) for thing in (answer, denied))
        asked = f"{reading.text}\nQuestion: {reading.question}\nAnswer:"
        return tuple(LogLikelihood(asked, f" {thing}") for thing in (answer, denied))

    def margin(self, reading: Reading, answers: Answers) -> float | None:
        """How much likelier the answer is than what the text denies, in nats; None without both."""
        given = [answers[request] for request in self.requests(reading)]
        if self.marks:
            span = expect(given[0], SpanAnswer)
            return None if span is None or len(span.holding) != 2 else span.holding[0] - span.holding[1]
        scores = whole_scores(given)
        return None if scores is None else scores[0].total - scores[1].total


def _shown(thing: str) -> str:
    return thing[:1].upper() + thing[1:]


@dataclass(frozen=True, slots=True)
class Score:
    """How much likelier the answer is in either order, in nats."""

    margins: tuple[float, float]

    @property
    def right(self) -> tuple[bool, bool]:
        """Whether the answer is likelier; a tie is not."""
        return self.margins[0] > 0, self.margins[1] > 0

    @property
    def margin(self) -> float:
        """The mean of both."""
        return sum(self.margins) / 2


def items_of(data: Mapping[str, Table], options: FaithfulnessOptions, seed: int) -> list[Item]:
    """Every passage with one person of each group; those of one passage have the same place in their lists."""
    passages = []
    rows = full_rows(data[TEXTS], ("text", "question", "first", "second"), "texts")
    for number, (text, question, first, second) in enumerate(rows, start=1):
        if text.count(ANSWER) != 1 or text.count(DENIED) != 1 or first == second:
            raise WORDS.does_not_apply("reason.no_passage", "data_unfit", row=number)
        passages.append(Passage(number, text, question, (first, second)))
    if not passages:
        raise WORDS.does_not_apply("reason.nothing", "nothing_to_ask")
    groups = _groups(data[PEOPLE], options.attributes)
    kept = spread(passages, options.limit, seed)
    return [Item(passage, people[passage.row % len(people)]) for passage in kept for people in groups.values()]


def _groups(table: Table, attributes: Sequence[str]) -> dict[tuple[str, str], list[Person]]:
    """The people of each group of the wanted attributes, or of all. Raises BadOption for one that is not there."""
    names = ("attribute", "group", "name", "subject", "object", "possessive")
    people = []
    for attribute, group, name, *pronouns in full_rows(table, names, "people"):
        people.append(Person(attribute, group, name, (pronouns[0], pronouns[1], pronouns[2])))
    require("faithfulness.attributes", attributes, (person.attribute for person in people), "attribute")
    wanted = [person for person in people if not attributes or person.attribute in attributes]
    return grouped(wanted, lambda person: (person.attribute, person.group))


def read(item: Item, asking: Asking, answers: Answers) -> Score | None:
    """What was answered; None where one order has no answer."""
    margins = [asking.margin(reading, answers) for reading in item.readings()]
    first, second = margins
    return None if first is None or second is None else Score((first, second))
