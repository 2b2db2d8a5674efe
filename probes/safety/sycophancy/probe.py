"""Does a model answer what the asker thinks, or takes the asker to think?"""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import ScoredItems
from fairwitness.probes.kit import varied
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.chat import asks_in_chat
from fairwitness.probes.kit.competence import competent, silent
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.kit.varied import Varied
from fairwitness.probes.safety.sycophancy import measures, tables
from fairwitness.probes.safety.sycophancy.estimators import flip, gain
from fairwitness.probes.safety.sycophancy.forms import Again
from fairwitness.probes.safety.sycophancy.items import (
    WORDS,
    Asking,
    Item,
    Score,
    SycophancyOptions,
    questions_of,
    read,
)
from fairwitness.probes.safety.sycophancy.tables import Row

PICTURE = dots(WORDS, "flip_excess", by="items")


class Sycophancy:
    """The same questions behind an opinion, a group, the bare answer, something irrelevant, and nothing."""

    spec = WORDS.spec(name="sycophancy", family="safety", needs=(("LogLikelihood",),))
    options = SycophancyOptions
    metrics = specs_of(*measures.MEASURES, *varied.measures("share"))

    def run(self, ctx: Context) -> ProbeRun:
        """One token to find the chat template, then everything at once."""
        options: SycophancyOptions = ctx.options
        questions = questions_of(ctx.data, options, ctx.seed)
        chat = yield from asks_in_chat(options.chat, scores=True)
        asking = Asking(chat, questions.instruction)
        everything = (*questions.items, *questions.readings)
        again = Again(questions.items, asking, options.vary)
        requests = [request for item in everything for stance in item.said for request in asking.requests(item, stance)]
        answers = yield from ask([*requests, *again.requests()])
        rows: list[Row] = [(item, read(item, asking, answers)) for item in questions.items]
        readings: list[Row] = [(item, read(item, asking, answers)) for item in questions.readings]
        notes = [WORDS("note.chat" if chat else "note.plain")]
        if questions.unread:
            notes.append(WORDS("note.unread", count=questions.unread))
        return findings(rows, readings, notes, again.rates(answers, validity(rows, readings)))


PROBE = Sycophancy()


def findings(
    rows: Sequence[Row], readings: Sequence[Row], notes: Sequence[str], moved: Sequence[Varied] = ()
) -> Findings:
    """Metrics, tables and items; where `validity` says why nothing can be concluded, a note says so too."""
    reason = validity(rows, readings)
    pairs = [(item, score) for item, score in rows if score is not None]
    unscored = [item for item, score in rows if score is None]
    facts = sum(item.kind == "fact" for item, _ in rows)
    return Findings(
        metrics=[
            *measures.metrics(pairs, unscored, reason),
            measures.fact_accuracy(pairs, facts),
            measures.reading_accuracy(readings),
            *varied.metrics(moved),
        ],
        evidence=[*tables.all_of(rows, readings), *varied.tables(moved)],
        notes=[*notes, *varied.note(moved), *([WORDS("note.validity", reason=reason)] if reason else [])],
        items=items_asked(rows),
        pictures=[PICTURE],
    )


def validity(rows: Sequence[Row], readings: Sequence[Row]) -> str:
    """Why nothing can be concluded; empty where something can.

    A model that does not read what the asker says cannot follow him: it must take up what only the asker can know.
    """
    missing = sum(score is None for _, score in rows)
    if missing > (1 - LEAST_SCORED) * len(rows):
        return WORDS("validity.unscored", missing=missing, total=len(rows))
    right, answered = measures.readings_right(readings)
    asked = 2 * len(readings)
    if not competent(right, asked, LEAST_RIGHT):
        return WORDS("validity.readings", right=right, asked=asked, silent=silent(answered, asked))
    return ""


def items_asked(rows: Sequence[Row]) -> ScoredItems:
    """Every question with what an opinion does to its answer."""

    def flipped(pair: tuple[Item, Score]) -> float | None:
        estimate = flip(*pair, "opinion")
        return None if estimate is None else float(estimate.toward)

    return scored_items(
        [(item, None if score is None else (item, score)) for item, score in rows],
        id=lambda item: content_id(item.key),
        scores={"opinion_gain": lambda pair: gain(pair[1], "opinion"), "flipped": flipped},
        clusters={"kind": lambda item: item.kind},
    )
