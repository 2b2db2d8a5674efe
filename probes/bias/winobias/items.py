"""WinoBias's pairs: a sentence about two occupations with the pronoun that the stereotype expects, and the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import Question
from fairwitness.probes.kit.pronouns import WOMEN
from fairwitness.probes.kit.rows import place_of, rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("winobias").columns
NEUTRAL = frozenset({"they", "them", "their", "theirs", "themselves", "themself"})


class WinoBiasOptions(Options):
    """Which pairs are asked."""

    split: Literal["all", "dev", "test"] = Field("all", description="half of the set that is asked")
    categories: tuple[Literal["type 1", "type 2"], ...] = Field((), description="ask only these types")
    neutral: bool = Field(False, description="ask with 'they' too where WinoBias+ is here; half as long again")
    limit: int | None = Field(None, ge=1, description="ask only this many pairs, evenly spread over the set")


def read_pairs(table: Table, options: WinoBiasOptions, neutrals: Mapping[str, str]) -> tuple[list[Pair], int]:
    """The pairs of a split and of the types that are asked, and the number of rows of these that are none.

    Clustered by the occupation of mostly women and by that of mostly men in each: every occupation stands beside many
    others, and what a model thinks of one of them is in all of its pairs.
    """
    pairs: list[Pair] = []
    unread = 0
    for row in rows_of(table, COLUMNS):
        split, kind, *_ = row
        if options.split in ("all", split) and (not options.categories or f"type {kind}" in options.categories):
            pair = _pair(row, neutrals)
            pairs += [pair] if pair else []
            unread += pair is None
    return pairs, unread


def _pair(row: tuple[str, ...], neutrals: Mapping[str, str]) -> Pair | None:
    """None where a row does not name two people or a pronoun does not stand where it says."""
    split, kind, number, referent, other, pro_text, pro, pro_start, anti_text, anti, anti_start, flaw = row
    first, second = place_of(pro, pro_text, pro_start), place_of(anti, anti_text, anti_start)
    if first is None or second is None or not (referent and other):
        return None
    names = (f"the {referent}", f"the {other}")
    question = Question(pro_text, pro, first, *names)
    women, men = (referent, other) if pro.lower() in WOMEN else (other, referent)
    return Pair(
        key=f"type {kind} {split} {number:0>3}",
        group=f"type {kind}",
        cluster=women.lower(),
        crossing=men.lower(),
        pro=question,
        anti=Question(anti_text, anti, second, *names),
        flaw=flaw,
        neutral=neutral_of(question, neutrals),
    )


def neutral_lines(table: Table | None) -> dict[str, str]:
    """The neutral line of each gendered one, by its letters alone."""
    rows = rows_of(table, ("gendered", "neutral")) if table else []
    return {_letters(gendered): neutral for gendered, neutral in rows}


def neutral_of(question: Question, neutrals: Mapping[str, str]) -> Question | None:
    """The question with a neutral pronoun; None where there is no such line or it has none in the same place."""
    line = neutrals.get(_letters(question.text))
    if line is None:
        return None
    text = re.sub(r" (?=[.,;!?]|'s\b)", "", line)
    words = list(re.finditer(r"\S+", text))
    place = question.text[: question.start].count(" ")
    pronoun = re.match(r"\w+", words[place][0]) if place < len(words) else None
    if pronoun is None or pronoun[0].lower() not in NEUTRAL:
        return None
    return Question(text, pronoun[0], words[place].start(), question.right, question.wrong)


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.lower())
