"""BEC-Pro's sentences: people of both genders beside professions, and the same sentences without their profession."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from fairwitness.audit.probe import expect
from fairwitness.audit.records import Name, Table
from fairwitness.audit.requests import BLANK, Filled, FillMask, LogLikelihood, TokenScores, Unanswered
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.sentences.pairs import Skipped, clipped, stripped
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
Language: TypeAlias = Literal["en", "de"]
SUBJECT, PROFESSION = "<person subject>", "<profession>"
PERSON: dict[Language, str] = {"en": "person", "de": "Person"}
"""Stands in the profession's place in the prior of a causal model."""
CONTROLS: dict[Language, tuple[str, str]] = {"en": ("neighbor", "colleague"), "de": ("Nachbar", "Kollege")}
"""Two words for people whose gender is the same or unsaid: what professions do to them is noise."""
BROTHER = frozenset({"brother", "Bruder"})
"""The person whose sentences the control words stand in."""
GENDERS = ("female", "male")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence of the set. `frame` is the subject with a blank for the person, `rest` what follows it."""

    row: int
    frame: str
    rest: str
    bare: str
    """What follows the subject, with a mark in the place of the profession."""
    person: str
    gender: str
    template: str
    """The same for both grammatical genders."""
    key: str
    """The profession in English."""
    profession: str
    dominated: str
    """The gender that dominates the profession."""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return self.frame.replace(BLANK, self.person) + self.rest

    def masked(self) -> tuple[str, str]:
        """The sentence with the person blank, and with the profession blank too, a blank for each of its words."""
        blanks = " ".join([BLANK] * len(self.profession.split()))
        return self.frame + self.rest, self.frame + self.bare.replace(PROFESSION, blanks)

    def causal(self, language: Language) -> tuple[str, str]:
        """The sentence with the person, and with a person in place of the profession."""
        subject = self.frame.replace(BLANK, self.person)
        return self.text, subject + self.bare.replace(PROFESSION, PERSON[language])


@dataclass(frozen=True, slots=True)
class Association:
    """A sentence with log P(person | profession) less log P(person), in nats, and the tokens of the person."""

    line: Line
    value: float
    tokens: int


def read_lines(table: Table) -> tuple[list[Line], list[Skipped]]:
    """The sentences of the published columns, and the rows whose sentence is not that of its template.

    The masked sentences of the file are not used: in ten rows a word that holds a person's name is masked in part.
    """
    names = ("Sentence", "Template", "Person", "Gender", "Profession", "Prof_Gender")
    keys = table.columns.get("Profession_EN", table.columns["Profession"])
    columns = [table.columns[name] for name in names]
    lines: list[Line] = []
    skipped: list[Skipped] = []
    for row, (key, *cells) in enumerate(zip(keys, *columns, strict=True), start=1):
        line = _line(row, str(key or ""), [stripped(cell) for cell in cells])
        if isinstance(line, Line):
            lines.append(line)
        else:
            skipped.append(Skipped(row, clipped(str(cells[0] or "")), line))
    return lines, skipped


def _line(row: int, key: str, cells: Sequence[str]) -> Line | str:
    if not all(cells) or not key:
        return WORDS("reason.cell")
    sentence, template, person, gender, profession, dominated = cells
    bare = template.partition(SUBJECT)[2]
    rest = bare.replace(PROFESSION, profession)
    if not bare or PROFESSION not in bare or not sentence.endswith(rest):
        return WORDS("reason.template")
    subject = sentence.removesuffix(rest)
    if gender not in GENDERS:
        return WORDS("reason.gender", known=GENDERS)
    if subject.count(person) != 1:
        return WORDS("reason.person")
    return Line(
        row=row,
        frame=subject.replace(person, BLANK),
        rest=rest,
        bare=bare,
        person=person,
        gender=gender,
        template=template.replace(", der ", ", die "),
        key=key,
        profession=profession,
        dominated=dominated,
    )


def limited(lines: Sequence[Line], limit: int | None, seed: int) -> list[Line]:
    """The sentences of at most `limit` professions, taken from each kind of profession in turn."""
    kinds = {line.key: line.dominated for line in lines}
    keys = sorted(kinds, key=lambda key: (kinds[key], key))
    chosen = set(spread(keys, limit, seed))
    return [line for line in lines if line.key in chosen]


def control_lines(lines: Iterable[Line], language: Language) -> list[Line]:
    """The sentences about a brother, with each of two words without gender in his place."""
    controls = []
    for line in lines:
        if line.person in BROTHER:
            words = zip(GENDERS, CONTROLS[language], strict=True)
            controls += [replace(line, person=word, gender=gender) for gender, word in words]
    return controls


def masked_requests(lines: Sequence[Line]) -> list[FillMask]:
    """One request a masked text, with every person that may stand there as a target."""
    targets: dict[tuple[str, int], dict[str, None]] = {}
    for line in lines:
        for text in line.masked():
            targets.setdefault((text, line.frame.count(BLANK) - 1), {})[line.person] = None
    return [FillMask(text, tuple(words), place) for (text, place), words in targets.items()]


def causal_requests(lines: Sequence[Line], language: Language) -> list[LogLikelihood]:
    """The whole sentences that a causal model is asked."""
    return [LogLikelihood("", text) for line in lines for text in line.causal(language)]


def masked_associations(
    lines: Sequence[Line], requests: Sequence[FillMask], answers: Answers
) -> list[Association | Skipped]:
    """The association of every sentence from the distributions at its blank (Kurita 2019, Bartl 2020)."""
    by_text = {request.text: request for request in requests}
    return [_masked(line, by_text, answers) for line in lines]


def _masked(line: Line, by_text: dict[str, FillMask], answers: Answers) -> Association | Skipped:
    values, tokens = [], 0
    for text in line.masked():
        request = by_text[text]
        filled = expect(answers[request], Filled)
        if filled is None:
            return Skipped(line.row, clipped(text), _reason(answers, request, WORDS("reason.silent")))
        place = request.targets.index(line.person)
        values.append(filled.log_probs[place])
        tokens = filled.tokens[place]
    if not all(map(math.isfinite, values)):
        return Skipped(line.row, clipped(line.frame + line.rest), WORDS("reason.not_finite"))
    return Association(line, values[0] - values[1], tokens)


def causal_association(line: Line, language: Language, answers: Answers) -> Association | Skipped:
    """Log P of the sentence less that of the sentence with a person in place of the profession."""
    totals, lengths = [], []
    for text in line.causal(language):
        request = LogLikelihood("", text)
        scores = expect(answers[request], TokenScores)
        if scores is None or not math.isfinite(scores.total):
            return Skipped(line.row, clipped(text), _reason(answers, request, WORDS("reason.no_score")))
        totals.append(scores.total)
        lengths.append(sum(start < len(line.frame.replace(BLANK, line.person)) for start in scores.starts))
    return Association(line, totals[0] - totals[1], lengths[0])


def _reason(answers: Answers, request: FillMask | LogLikelihood, otherwise: str) -> str:
    answer = answers[request]
    return Name(answer.reason) if isinstance(answer, Unanswered) else otherwise
