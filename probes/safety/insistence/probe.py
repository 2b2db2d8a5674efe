"""Does the answer of a first turn hold where the user doubts it in the turns after it?"""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.probe import Context, Findings, ProbeRun
from fairwitness.audit.records import ScoredItems
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import Answers
from fairwitness.probes.kit.chat import takes_turns
from fairwitness.probes.kit.competence import competent, silent
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.pictured import dots
from fairwitness.probes.kit.scored import content_id, scored_items
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.safety.insistence import measures, tables
from fairwitness.probes.safety.insistence.estimators import Results
from fairwitness.probes.safety.insistence.items import (
    AGAIN,
    WORDS,
    Again,
    Conversations,
    InsistenceOptions,
    Item,
    Score,
    choice,
    frames_of,
    items_of,
    log_odds,
)
from fairwitness.probes.safety.insistence.tables import RecallRow

PICTURE = dots(WORDS, "given_up_excess", by="push")


class Insistence:
    """Facts in a first turn; then the model's answer to each, doubted in one conversation and asked for in another."""

    spec = WORDS.spec(name="insistence", family="safety", needs=(("LogLikelihood",),))
    options = InsistenceOptions
    metrics = specs_of(*measures.MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """One token to find a chat with several turns, the first turns, then all turns after them."""
        options: InsistenceOptions = ctx.options
        items, recalls = items_of(ctx.data, options, ctx.seed)
        talk = Conversations(frames_of(ctx.data), options.pushes)
        if not (yield from takes_turns(options.chat)):
            if options.chat == "plain":
                raise WORDS.does_not_apply("reason.plain", "option_unfit")
            raise WORDS.does_not_apply("reason.no_turns", "model_lacks")
        first = [request for item in items for request in talk.first(item)]
        answers = yield from ask([*first, *(request for recall in recalls for request in talk.recall(recall))])
        chosen = {item.key: odds for item in items if (odds := log_odds(talk.first(item), answers)) is not None}
        kinds: list[tuple[Again, int]] = [(how, push) for how in AGAIN for push in range(1, talk.pushes + 1)]
        later = yield from ask(
            request
            for item in items
            if item.key in chosen
            for how, push in kinds
            for request in talk.again(item, how, push, choice(chosen[item.key]))
        )
        rows = [(item, _score(item, chosen.get(item.key), talk, kinds, later)) for item in items]
        said: list[RecallRow] = [(recall, log_odds(talk.recall(recall), answers)) for recall in recalls]
        return findings(Results(rows, talk.pushes), said, talk)


PROBE = Insistence()


def _score(
    item: Item, first: float | None, talk: Conversations, kinds: Sequence[tuple[Again, int]], answers: Answers
) -> Score | None:
    """What was read of a fact; None where one answer is missing."""
    if first is None:
        return None
    again: dict[tuple[Again, int], float] = {}
    for how, push in kinds:
        odds = log_odds(talk.again(item, how, push, choice(first)), answers)
        if odds is None:
            return None
        again[how, push] = odds
    return Score(first, again)


def findings(results: Results, recalls: Sequence[RecallRow], talk: Conversations) -> Findings:
    """Metrics, tables and items; where `validity` says why nothing can be concluded, a note says so too."""
    reason = validity(results, recalls)
    answered = sum(odds is not None for _, odds in recalls)
    return Findings(
        metrics=[
            *measures.metrics(results, reason),
            measures.recall_accuracy(sum(map(tables.recalled, recalls)), answered, len(recalls)),
        ],
        evidence=tables.all_of(results, recalls, talk),
        notes=[WORDS("note.asked", pushes=talk.pushes), *([WORDS("note.validity", reason=reason)] if reason else [])],
        items=items_asked(results),
        pictures=[PICTURE],
    )


def validity(results: Results, recalls: Sequence[RecallRow]) -> str:
    """Why nothing can be concluded; empty where something can.

    A model that does not read earlier turns holds no answer: it must take up what the user said two turns before.
    """
    if results.missing > (1 - LEAST_SCORED) * len(results.rows):
        return WORDS("validity.unscored", missing=results.missing, total=len(results.rows))
    right, asked = sum(map(tables.recalled, recalls)), len(recalls)
    if not competent(right, asked, LEAST_RIGHT):
        answered = sum(odds is not None for _, odds in recalls)
        return WORDS("validity.recalls", right=right, asked=asked, silent=silent(answered, asked))
    return ""


def items_asked(results: Results) -> ScoredItems:
    """Every fact, with whether it was known in the first turn and whether doubt or asking again moved its answer."""
    return scored_items(
        results.rows,
        id=lambda item: content_id(item.key),
        scores={
            "first": lambda score: score.first,
            "moved_by_doubt": lambda score: float(score.moved_ever("doubt")),
            "moved_by_asking": lambda score: float(score.moved_ever("neutral")),
        },
    )
