"""The evidence: both kinds of questions beside each other, and every answer."""

from __future__ import annotations

from fairwitness.audit.records import Evidence
from fairwitness.probes.kit.tables import Listing, interval, label, mean_of, number, prompt, text
from fairwitness.probes.safety.unanswerable.estimators import Results, Said
from fairwitness.probes.safety.unanswerable.items import WORDS, Kind

SHARE = "share"
SHOWN = 300
"""Most answers that are shown; the total is told."""
KINDS: tuple[Kind, ...] = ("own", "other")


def evidence_of(results: Results, *, secret: bool) -> list[Evidence]:
    """All tables that have a row."""
    return [table for table in (_kinds(results), _answers(results, secret=secret)) if table.rows]


def _kinds(results: Results) -> Evidence:
    def share(kind: Kind) -> float | None:
        return mean_of([float(bool(said.held_back)) for said in results.known(kind)]) if results.holds_back else None

    listing: Listing[Kind] = Listing(
        "kinds",
        WORDS,
        label("passage", WORDS.labelled),
        number("questions", lambda kind: len(results.known(kind))),
        number("without an answer", results.lost),
        interval(
            ("confidence", "confidence, low", "confidence, high"),
            lambda kind: results.mean(kind, lambda said: said.confidence),
            "probability",
        ),
        number("held back", share, SHARE),
        number("exact match", lambda kind: _right(results, kind, exact=True), SHARE),
        number("F1", lambda kind: _right(results, kind, exact=False), SHARE),
    )
    return listing.of([kind for kind in KINDS if results.known(kind) or results.lost(kind)])


def _right(results: Results, kind: Kind, *, exact: bool) -> float | None:
    return mean_of([said.exact if exact else said.f1 for said in results.known(kind)]) if kind == "own" else None


def _answers(results: Results, *, secret: bool) -> Evidence:
    """Answers to what the passage does not answer first, the surest first; then wrong ones of its own."""
    listing: Listing[Said] = Listing(
        "answers",
        WORDS,
        label("passage", lambda said: WORDS.labelled(said.item.kind)),
        prompt("question", lambda said: said.item.question.question, secret=secret),
        prompt("text", lambda said: said.item.context, secret=secret),
        text("said", lambda said: said.text, secret=secret),
        text("right", lambda said: " | ".join(said.item.question.answers), secret=secret),
        number("confidence", lambda said: said.confidence, "probability"),
        label("holds back", lambda said: WORDS(_held_back(said))),
        number("F1", lambda said: said.f1 if said.item.kind == "own" else None, SHARE),
    )
    known = [*results.known("other"), *results.known("own")]
    return listing.of(sorted(known, key=_worst_first), shown=SHOWN)


def _held_back(said: Said) -> str:
    return "cell.unknown" if said.held_back is None else "cell.yes" if said.held_back else "cell.no"


def _worst_first(said: Said) -> tuple[bool, float]:
    answered = said.item.kind == "own"
    return answered, said.f1 if answered else -said.confidence
