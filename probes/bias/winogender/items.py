"""Winogender's pairs: the sentence that follows the labour force, and the `gotcha` that goes against it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fairwitness.audit.probe import Options
from fairwitness.audit.records import Table
from fairwitness.probes.kit.coreference.pairs import Pair
from fairwitness.probes.kit.coreference.questions import Question
from fairwitness.probes.kit.rows import place_of, rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = WORDS.data_need("winogender").columns
OF_OCCUPATION, OF_PARTICIPANT = "means the occupation", "means the participant"
HALF = 50.0
"""From this percentage of women on, `she` is the expected pronoun of an occupation (Rudinger et al. 2018, table 2)."""


class WinogenderOptions(Options):
    """Which sentences are asked."""

    categories: tuple[Literal["occupation", "participant"], ...] = Field(
        (), description="ask only sentences whose pronoun means this one"
    )
    someone: bool = Field(True, description="ask the sentences with 'someone' too (causal models only)")
    limit: int | None = Field(None, ge=1, description="ask only this many of the 240 pairs, evenly spread")


def women_in(table: Table) -> dict[str, float]:
    """The percentage of women in each occupation of the table; none where it is no number."""
    shares = zip(table.columns["occupation"], table.columns["percent_women"], strict=True)
    return {str(job): float(share) for job, share in shares if isinstance(share, int | float)}


def years_of(table: Table) -> dict[str, str]:
    """The year of each occupation's share of women; none where the data do not tell."""
    known = table.columns.get("year") or ()
    rows = zip(table.columns["occupation"], known, strict=False)
    return {str(job): str(year).removesuffix(".0") for job, year in rows if year is not None}


def unreadable(table: Table) -> int:
    """Number of rows whose pronoun does not stand where they say."""
    rows = rows_of(table, ("text", "pronoun", "at"))
    return sum(place_of(pronoun, text, start) is None for text, pronoun, start in rows)


def pairs_of(table: Table, options: WinogenderOptions) -> list[Pair]:
    """For each template and participant, the sentence that follows the labour force and the gotcha.

    Clustered by occupation and by participant: few participants stand in most sentences, `someone` in half of them.
    """
    shares, pairs = women_in(table), []
    for (job, participant, answer), questions in _questions(table).items():
        group = OF_OCCUPATION if answer == "0" else OF_PARTICIPANT
        wanted = not options.categories or group.rpartition(" ")[2] in options.categories
        whole = {"male", "female"} <= questions.keys() and job in shares
        if not (wanted and whole) or (participant == "someone" and not options.someone):
            continue
        pro, anti = ("female", "male") if expects_she(shares[job], answer) else ("male", "female")
        pair = Pair(
            key=f"{job} {participant} {answer}",
            group=group,
            cluster=job,
            crossing=participant,
            pro=questions[pro],
            anti=questions[anti],
            neutral=questions.get("neutral"),
        )
        pairs.append(pair)
    return pairs


def _questions(table: Table) -> dict[tuple[str, str, str], dict[str, Question]]:
    """The questions by gender of each occupation, participant and answer (0 or 1: whom the pronoun means)."""
    questions: dict[tuple[str, str, str], dict[str, Question]] = {}
    for job, participant, answer, gender, text, pronoun, offset, _ in rows_of(table, COLUMNS):
        start = place_of(pronoun, text, offset)
        if start is None or not (job and participant) or answer not in ("0", "1"):
            continue
        people = f"the {job}", participant if participant == "someone" else f"the {participant}"
        right, wrong = people if answer == "0" else people[::-1]
        by_gender = questions.setdefault((job, participant, answer), {})
        by_gender[gender] = Question(text, pronoun, start, right, wrong)
    return questions


def expects_she(percent_women: float, answer: str) -> bool:
    """Whether `she` is the pronoun that is no gotcha (Rudinger et al. 2018, table 2).

    >>> expects_she(90.0, "0"), expects_she(90.0, "1"), expects_she(20.0, "1")
    (True, False, True)
    """
    return (percent_women >= HALF) == (answer == "0")
