"""What is asked: the questions of a user's table about its pictures, and the same with a change that means nothing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, TypeAlias

from fairwitness.audit.counterfactuals import swap
from fairwitness.audit.images import CHANGES, AnswerImage, ImageAnswer
from fairwitness.audit.probe import Context
from fairwitness.audit.requests import Answer, Request, Unanswered
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.picture_rows import PictureRow, compared_groups, picture_rows
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PICTURES = WORDS.data_need("vqa_pictures")
Version: TypeAlias = Literal["plain", "recompressed", "cropped", "darker", "reworded", "swapped"]
ARTICLES = frozenset(("a", "an", "the"))
_SIGNS = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Material:
    """The rows that are asked, those whose right answer the model must know, and who is compared with whom."""

    rows: Sequence[PictureRow]
    controls: Sequence[PictureRow]
    groups: Sequence[str]
    reference: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers that should be the same: to two pictures, or to one picture asked in two ways.

    `group` is that of the first picture. `flip` is None where one of them is not there.
    """

    group: str
    first: PictureRow
    second: PictureRow
    ways: tuple[Version, Version]
    said: tuple[str | None, str | None]

    @property
    def flip(self) -> float | None:
        """1 where they differ."""
        first, second = self.said
        return None if first is None or second is None else float(first != second)

    @property
    def cluster(self) -> int:
        """What ties it to others."""
        return self.first.cluster


def material_of(ctx: Context) -> Material:
    """What is asked. Raises DoesNotApply where nobody is compared, BadOption for a column that is not there."""
    options = ctx.options
    names = {"group": options.group, "question": options.question}
    optional = {"pair": options.pair, "answer": options.answer, "choices": options.choices, "swapped": options.swapped}
    rows = picture_rows(ctx.data[PICTURES.name], "vqa_swap", names, optional)
    asked = [row for row in rows if row.cell("question")]
    people = [row for row in asked if row.group]
    groups, reference = compared_groups(people, "vqa_swap", options.against)
    clusters = list(dict.fromkeys(row.cluster for row in people))
    kept = set(spread(clusters, options.limit, ctx.seed))
    controls = [row for row in asked if not row.group and row.entries("answer")]
    return Material([row for row in people if row.cluster in kept], controls, groups, reference)


def request(row: PictureRow, version: Version = "plain") -> AnswerImage:
    """A question about a picture, with one of the changes."""
    question, image = row.cell("question"), row.image
    if version == "swapped":
        question = swapped(row)
    elif version == "reworded":
        question = reworded(question)
    elif version != "plain":
        image = replace(image, change=version)
    return AnswerImage(image, question, row.entries("choices"))


def swapped(row: PictureRow) -> str:
    """The question with its gendered words swapped, or as the table has it; empty where nothing is to be swapped."""
    if given := row.cell("swapped"):
        return given
    made = swap(row.cell("question"))
    return made.text if made.words and not made.doubtful else ""


def reworded(question: str) -> str:
    """The question with the mark at its end taken away, or put there: a change that means nothing.

    >>> reworded("What is it?"), reworded("What is it")
    ('What is it', 'What is it?')
    """
    bare = question.rstrip("?？ ")
    return bare if bare != question and bare else f"{question}?"


def requests(material: Material) -> Iterator[AnswerImage]:
    """All that is asked in one round."""
    yield from map(request, material.controls)
    repeated = _repeated(material.rows)
    for row in material.rows:
        yield request(row)
        if swapped(row):
            yield request(row, "swapped")
            yield request(row, "reworded")
        if row.pair and (row.pair, row.cell("question")) not in repeated:
            for change in CHANGES:
                yield request(row, change)


class Said:
    """The answers, read: normalised as in the evaluation of VQA (Antol et al. 2015, section 3.1)."""

    def __init__(self, answers: Mapping[Request, Answer]) -> None:
        self._answers = answers

    def of(self, row: PictureRow, version: Version = "plain") -> str | None:
        """The answer, of named choices the likeliest; None where there is none, or a choice that the model lacks."""
        asked = request(row, version)
        answer = self._answers.get(asked)
        if not isinstance(answer, ImageAnswer):
            return None
        if not asked.answers:
            return plain(answer.text) or None
        values = answer.log_probs
        if all(value is None for value in values):  # it writes what it likes: one of the choices, or none
            written = plain(answer.text)
            return written if written in map(plain, asked.answers) else None
        known = [value for value in values if value is not None and math.isfinite(value)]
        if len(known) < len(values) or known.count(max(known)) > 1:  # it lacks a choice, or prefers none of several
            return None
        return plain(asked.answers[known.index(max(known))])

    def reason(self, row: PictureRow) -> str:
        """Why a row has no answer; empty where it has one."""
        if self.of(row) is not None:
            return ""
        answer = self._answers.get(request(row))
        if isinstance(answer, Unanswered):
            return answer.reason
        return WORDS("reason.lacking" if row.entries("choices") else "reason.empty")

    def right(self, row: PictureRow) -> float | None:
        """1 where the answer is one that the table has; None without either."""
        known = {plain(entry) for entry in row.entries("answer")}
        said = self.of(row)
        return None if said is None or not known else float(said in known)

    def lacking(self, rows: Sequence[PictureRow]) -> list[str]:
        """Choices of the table that the model cannot give."""
        names: dict[str, None] = {}
        for row in rows:
            asked = request(row)
            answer = self._answers.get(asked)
            if isinstance(answer, ImageAnswer):
                if all(value is None for value in answer.log_probs):
                    continue
                pairs = zip(asked.answers, answer.log_probs, strict=True)
                names.update(dict.fromkeys(choice for choice, value in pairs if value is None))
        return list(names)


def plain(answer: str) -> str:
    """An answer without capitals, signs and articles.

    >>> plain(" The Red ball. "), plain("Two-wheeled")
    ('red ball', 'two wheeled')
    """
    words = _SIGNS.sub(" ", unicodedata.normalize("NFKC", answer).casefold()).split()
    kept = [word for word in words if word not in ARTICLES]
    return " ".join(kept or words)


def across(material: Material, said: Said) -> list[Comparison]:
    """Every picture of a group beside each of the group of reference in its pair, asked the same."""
    comparisons = []
    for rows in _sets(material.rows).values():
        others = [row for row in rows if row.group == material.reference]
        for row in rows:
            for other in others if row.group != material.reference else ():
                answers = said.of(row), said.of(other)
                comparisons.append(Comparison(row.group, row, other, ("plain", "plain"), answers))
    return comparisons


def floor(material: Material, said: Said, group: str = "") -> list[Comparison]:
    """What flips without a change of group, of the pairs in which a group (none named: any) is compared.

    Where a pair has several pictures of a group, these beside one another, since pictures of a set differ in more than
    the group; else each picture beside itself with a change that means nothing.
    """
    comparisons: list[Comparison] = []
    for rows in _sets(material.rows).values():
        compared = [row for row in rows if row.group == material.reference or group in ("", row.group)]
        if len({row.group for row in compared}) < 2 or material.reference not in {row.group for row in compared}:
            continue
        by_group = grouped(compared, lambda row: row.group)
        if any(len(members) > 1 for members in grouped(rows, lambda row: row.group).values()):
            for members in by_group.values():
                for row, other in combinations(members, 2):
                    answers = said.of(row), said.of(other)
                    comparisons.append(Comparison(row.group, row, other, ("plain", "plain"), answers))
            continue
        for row in compared:
            for change in CHANGES:
                answers = said.of(row), said.of(row, change)
                comparisons.append(Comparison(row.group, row, row, ("plain", change), answers))
    return comparisons


def of_words(material: Material, said: Said, version: Literal["swapped", "reworded"]) -> list[Comparison]:
    """Each question that names a group, beside itself with the other group or with a change that means nothing."""
    return [
        Comparison(row.group, row, row, ("plain", version), (said.of(row), said.of(row, version)))
        for row in material.rows
        if swapped(row)
    ]


def _sets(rows: Sequence[PictureRow]) -> dict[tuple[str, str], list[PictureRow]]:
    """Rows of one pair that are asked the same."""
    return grouped([row for row in rows if row.pair], lambda row: (row.pair, row.cell("question")))


def _repeated(rows: Sequence[PictureRow]) -> set[tuple[str, str]]:
    """Pairs and questions of which there are several pictures of a group."""
    return {
        key
        for key, members in _sets(rows).items()
        if any(len(pictures) > 1 for pictures in grouped(members, lambda row: row.group).values())
    }
