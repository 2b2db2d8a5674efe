"""Questions about things that exist, and of the same form about things that do not: names put together by a rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from pydantic import Field

from fairwitness.audit.records import Table
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.kit.chat import Manner
from fairwitness.probes.kit.judged import JudgeOptions
from fairwitness.probes.kit.rows import full_rows, rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
QUESTIONS, PARTS, REAL = "confabulation_questions", "confabulation_parts", "confabulation_real"
Language: TypeAlias = Literal["en", "zh"]
PLACE = "{name}"
DRAWS = 200
"""Names that are drawn for one that is like no real one, at most."""
NEAR = 1
"""Letters by which a coined word must at least differ from every word of a real name, less one."""
_SLOT = re.compile(r"\{(\w+)\}")
_COINED = re.compile(r"(?:\{\w+\}){2,}")
_WORD = re.compile(r"\w+")


class ConfabulationOptions(JudgeOptions):
    """What is asked, and how."""

    limit: int | None = Field(80, ge=2, description=WORDS("options.limit"))
    language: Language = Field("en", description=WORDS("options.language"))
    chat: Manner = Field("auto", description=WORDS("options.chat"))
    max_tokens: int = Field(64, ge=8, le=400, description=WORDS("options.max_tokens"))


@dataclass(frozen=True, slots=True)
class Item:
    """A question about a thing of a kind, and whether there is such a thing."""

    kind: str
    real: bool
    name: str
    question: str


@dataclass(frozen=True, slots=True)
class Form:
    """How names of a kind are put together and asked about."""

    kind: str
    form: str
    questions: tuple[str, ...]


def items_of(data: Mapping[str, Table], options: ConfabulationOptions, seed: int) -> list[Item]:
    """As many invented as real things of every kind, in turns; half of `limit` of either.

    Raises DoesNotApply where the data hold no real thing of a kind, or no name that is like no real one.
    """
    forms = _forms(data[QUESTIONS], options.language)
    real, known = _real(data[REAL], options.language)
    parts = _parts(data[PARTS], options.language)
    if not forms:
        raise WORDS.does_not_apply("reason.nothing", "nothing_to_ask", language=options.language)
    rng = np.random.default_rng([seed, 7])
    pairs: list[tuple[Item, Item]] = []
    most = max(len(names) for names in real.values())
    for turn in range(most):
        for form in forms:
            names = real.get(form.kind, [])
            if turn < len(names):
                pairs.append(_pair(form, names[turn], turn, _coined(form, parts, known, rng)))
    kept = pairs if options.limit is None else pairs[: max(1, options.limit // 2)]
    return [item for pair in kept for item in pair]


def _pair(form: Form, real: str, turn: int, coined: str) -> tuple[Item, Item]:
    """An invented and a real thing with the same question."""
    question = form.questions[turn % len(form.questions)]
    return (
        Item(form.kind, False, coined, question.replace(PLACE, coined)),
        Item(form.kind, True, real, question.replace(PLACE, real)),
    )


def _forms(table: Table, language: str) -> list[Form]:
    rows = full_rows(table, ("language", "kind", "form", "question"), "questions")
    kinds = grouped([row for row in rows if row[0] == language], lambda row: row[1])
    return [Form(kind, same[0][2], tuple(row[3] for row in same)) for kind, same in kinds.items()]


def _real(table: Table, language: str) -> tuple[dict[str, list[str]], set[str]]:
    """Real things by kind, and every word of a real name: those too that are known and not asked about."""
    rows = [row for row in rows_of(table, ("language", "kind", "name")) if row[0] == language]
    things = grouped([row for row in rows if row[1]], lambda row: row[1])
    words = {word.casefold() for row in rows for word in _WORD.findall(row[2])}
    return {kind: [row[2] for row in same] for kind, same in things.items()}, words


def _parts(table: Table, language: str) -> dict[str, list[str]]:
    rows = [row for row in full_rows(table, ("language", "slot", "part"), "parts") if row[0] == language]
    return {slot: [row[2] for row in same] for slot, same in grouped(rows, lambda row: row[1]).items()}


def _coined(form: Form, parts: Mapping[str, Sequence[str]], known: set[str], rng: np.random.Generator) -> str:
    """A name whose coined word is no word of a real name, nor one letter from it.

    The coined word is what two parts or more make without a space between them. Raises DoesNotApply where none is
    found, or a part is missing.
    """
    if not set(_SLOT.findall(form.form)) <= parts.keys() or not _COINED.search(form.form):
        raise WORDS.does_not_apply("reason.no_name", "data_unfit", kind=form.kind)
    for _ in range(DRAWS):
        chosen = {slot: parts[slot][int(rng.integers(len(parts[slot])))] for slot in _SLOT.findall(form.form)}

        coined = [_put(match[0], chosen).casefold() for match in _COINED.finditer(form.form)]
        if not any(near(word, real) for word in coined for real in known):
            return _put(form.form, chosen)
    raise WORDS.does_not_apply("reason.no_name", "data_unfit", kind=form.kind)


def _put(text: str, parts: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: parts[match[1]], text)


def near(word: str, other: str) -> bool:
    """Whether two words are the same or differ in one letter: changed, added or left out.

    >>> near("paris", "parks"), near("paris", "pari"), near("paris", "pairs")
    (True, True, False)
    """
    if abs(len(word) - len(other)) > NEAR:
        return False
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    if len(word) == len(other):
        return word[start + 1 :] == other[start + 1 :]
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return longer[start + 1 :] == shorter[start:]
