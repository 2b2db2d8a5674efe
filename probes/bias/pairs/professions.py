"""BEC-Pro's sentences: people of both genders beside professions, and the same sentences without their profession."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import BLANK, Filled, FillMask, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.probes.bias.pairs.items import Skipped, clipped
from fairwitness.probes.bias.pairs.scores import AnswerTo

Language: TypeAlias = Literal["en", "de"]
Arm: TypeAlias = Literal["masked", "causal"]

SUBJECT, PROFESSION = "<person subject>", "<profession>"
PERSON: dict[Language, str] = {"en": "person", "de": "Person"}
"""Stands in the profession's place in the prior of a causal model."""
CONTROLS: dict[Language, tuple[str, str]] = {"en": ("neighbor", "colleague"), "de": ("Nachbar", "Kollege")}
"""Two words for people whose gender is the same or unsaid: what professions do to them is noise."""
KEYS = ("female", "male")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the set. `frame` is the subject with a blank for the person, `rest` what follows it.

    `template` is the same for both grammatical genders, `key` the profession (in English), `dominated` by whom.
    """

    row: int
    frame: str
    rest: str
    bare: str
    person: str
    gender: str
    template: str
    key: str
    profession: str
    dominated: str

    def masked(self) -> tuple[str, str]:
        """The sentence with the person blank, and with the profession blank too, a blank for each of its words."""
        blanks = " ".join([BLANK] * len(self.profession.split()))
        return self.frame + self.rest, self.frame + self.bare.replace(PROFESSION, blanks)

    def causal(self, language: Language) -> tuple[str, str]:
        """The sentence with the person, and with a person in place of the profession."""
        subject = self.frame.replace(BLANK, self.person)
        return subject + self.rest, subject + self.bare.replace(PROFESSION, PERSON[language])


def read_lines(table: Table) -> tuple[list[Line], list[Skipped]]:
    """The sentences of the published columns, and the rows whose sentence is not that of its template.

    The masked sentences of the file are not used: in ten rows a word that holds a person's name is masked in part.
    """
    names = ("Sentence", "Template", "Person", "Gender", "Profession", "Prof_Gender")
    count = len(table)
    keys = table.columns.get("Profession_EN", table.columns["Profession"])
    lines: list[Line] = []
    skipped: list[Skipped] = []
    columns = [table.columns[name] for name in names]
    for row, (key, *cells) in enumerate(zip(keys, *columns, strict=True), start=1):
        found = _line(row, str(key or ""), cells)
        if isinstance(found, Line):
            lines.append(found)
        else:
            skipped.append(Skipped(row, clipped(str(cells[0] or "")), found))
    assert len(lines) + len(skipped) == count  # noqa: S101
    return lines, skipped


def _line(row: int, key: str, cells: Sequence[Cell]) -> Line | str:
    if any(cell is None or not str(cell).strip() for cell in cells) or not key:
        return "a cell is empty"
    sentence, template, person, gender, profession, dominated = (str(cell).strip() for cell in cells)
    bare = template.partition(SUBJECT)[2]
    rest = bare.replace(PROFESSION, profession)
    if not bare or PROFESSION not in bare or not sentence.endswith(rest):
        return "the sentence is not that of its template"
    subject = sentence.removesuffix(rest)
    if subject.count(person) != 1 or gender not in KEYS:
        return "the person is not found in the subject" if gender in KEYS else f"the gender is none of {KEYS}"
    common = template.replace(", der ", ", die ")
    return Line(row, subject.replace(person, BLANK), rest, bare, person, gender, common, key, profession, dominated)


@dataclass(frozen=True, slots=True)
class Associated:
    """A sentence with log P(person | profession) less log P(person), in nats, and the tokens of the person."""

    line: Line
    value: float
    tokens: int


def fills(lines: Sequence[Line]) -> list[FillMask]:
    """One request a masked text, with every person that may stand there as a target."""
    targets: dict[tuple[str, int], dict[str, None]] = {}
    for line in lines:
        for text in line.masked():
            targets.setdefault((text, line.frame.count(BLANK) - 1), {})[line.person] = None
    return [FillMask(text, tuple(words), at) for (text, at), words in targets.items()]


def associate_masked(
    lines: Sequence[Line], requests: Sequence[FillMask], answer_to: AnswerTo
) -> list[Associated | Skipped]:
    """The association of every sentence from the distributions at its blank (Kurita 2019, Bartl 2020)."""
    known: dict[str, tuple[FillMask, Filled | str]] = {}
    for request in requests:
        answer = answer_to(request)
        filled = expect(answer, Filled)
        known[request.text] = (request, filled or (answer.reason if isinstance(answer, Unanswered) else "no answer"))
    return [_from_blanks(line, known) for line in lines]


def _from_blanks(line: Line, known: dict[str, tuple[FillMask, Filled | str]]) -> Associated | Skipped:
    values, tokens = [], 0
    for text in line.masked():
        request, filled = known[text]
        if isinstance(filled, str):
            return Skipped(line.row, clipped(text), filled)
        at = request.targets.index(line.person)
        values.append(filled.log_probs[at])
        tokens = filled.tokens[at]
    if not all(map(math.isfinite, values)):
        return Skipped(line.row, clipped(line.frame + line.rest), "the model gave a value that is not a finite number")
    return Associated(line, values[0] - values[1], tokens)


def sentences(lines: Sequence[Line], language: Language) -> list[Request]:
    """The whole sentences that a causal model is asked, each once."""
    return list(dict.fromkeys(LogLikelihood("", text) for line in lines for text in line.causal(language)))


def associate_causal(line: Line, language: Language, answer_to: AnswerTo) -> Associated | Skipped:
    """Log P of the sentence less that of the sentence with a person in place of the profession."""
    totals, lengths = [], []
    for text in line.causal(language):
        answer = answer_to(LogLikelihood("", text))
        scores = expect(answer, TokenScores)
        if scores is None or not math.isfinite(scores.total):
            return Skipped(
                line.row, clipped(text), answer.reason if isinstance(answer, Unanswered) else "no finite score"
            )
        totals.append(scores.total)
        lengths.append(sum(start < len(line.frame.replace(BLANK, line.person)) for start in scores.starts))
    return Associated(line, totals[0] - totals[1], lengths[0])
