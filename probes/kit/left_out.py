"""Single texts that a model cannot be asked: which they are, why, and what a user can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from fairwitness.audit.probe import REMEDIES, Findings, remedy
from fairwitness.audit.records import Evidence, Name
from fairwitness.audit.requests import Answer, Request, Unanswered
from fairwitness.probes.kit.tables import Listing, number, text
from fairwitness.probes.kit.words import SHARED as WORDS

MOST = 0.2
"""Largest share of texts that may be left out where the others are measured all the same."""
FEW = 10
"""Texts that a sentence names; a table names all."""
Place: TypeAlias = int
"""The number of a text in its table, from 1."""


LEFT_OUT: Listing[tuple[Place, Unanswered]] = Listing(
    "left_out",
    WORDS,
    number("number", lambda row: row[0]),
    text("reason", lambda row: row[1].reason),
    text("what can be done", lambda row: remedy(row[1].fault)),
)


def of_the_text(answer: Answer) -> Unanswered | None:
    """Why the text itself cannot be asked; None where it was answered, or where the model is at fault."""
    return answer if isinstance(answer, Unanswered) and remedy(answer.fault) else None


def listed(places: Sequence[Place]) -> str:
    """The first few numbers of texts."""
    numbers = Name(", ".join(map(str, places[:FEW])))
    return WORDS("left_out.others", numbers=numbers) if len(places) > FEW else numbers


def remedies(left_out: Mapping[Place, Unanswered], total: int, what: str = "texts") -> list[str]:
    """A sentence on each remedy: which texts want it, by number and never by their words, and an example of why."""
    sentences = []
    for fault, what_to_do in REMEDIES.items():
        places = [place for place, missing in left_out.items() if missing.fault == fault]
        if places:
            values = {"count": len(places), "total": total, "what": WORDS.term("nouns", what)}
            reason = Name(left_out[places[0]].reason)
            sentences.append(
                WORDS("left_out.remedy", numbers=listed(places), reason=reason, remedy=what_to_do, **values)
            )
    return sentences


def table(left_out: Mapping[Place, Unanswered]) -> Evidence:
    """Every text that was left out, by number, with the reason and what can be done."""
    return LEFT_OUT.of(left_out.items())


def named(findings: Findings, answers: Sequence[Answer], what: str, rows: Sequence[Place] = ()) -> Findings:
    """The findings on texts asked in the order of their table, with those named that could not be asked.

    `rows` are their numbers where not all rows were asked. Up to a share of `MOST` of them do not make the probe fail:
    the others are measured.
    """
    numbers = rows or range(1, len(answers) + 1)
    places = {row: why for row, answer in zip(numbers, answers, strict=True) if (why := of_the_text(answer))}
    return naming(findings, places, len(answers), what, len(places))


def naming(findings: Findings, places: Mapping[Place, Unanswered], total: int, what: str, requests: int) -> Findings:
    """The same of texts that several requests are about, `requests` of which stayed unanswered for them."""
    if not places:
        return findings
    few = len(places) <= MOST * total
    return replace(
        findings,
        evidence=[*findings.evidence, table(places)],
        notes=[*findings.notes, *remedies(places, total, what)],
        accounted=findings.accounted + (requests if few else 0),
    )


def naming_rows(findings: Findings, requests: Mapping[Place, Request], answers: Mapping[Request, Answer]) -> Findings:
    """The findings with the rows of a table named that could not be asked.

    `requests` has one of each row, by its number; `answers` has those of all that was asked.
    """
    places = {row: why for row, request in sorted(requests.items()) if (why := of_the_text(answers[request]))}
    unasked = sum(of_the_text(answer) is not None for answer in answers.values())
    return naming(findings, places, len(requests), "rows", unasked)
