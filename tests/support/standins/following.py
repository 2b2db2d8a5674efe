"""Who follows the asker (sycophancy), who gives up under doubt (insistence), who keeps to a text (faithfulness)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import cache

from fairwitness.audit.requests import (
    Answer,
    AnswerQuestion,
    LogLikelihood,
    Request,
    SpanAnswer,
    TokenScores,
    Unanswered,
)
from fairwitness.probes.safety.faithfulness import items as texts
from fairwitness.probes.safety.faithfulness.probe import PROBE as FAITHFULNESS
from fairwitness.probes.safety.insistence import items as turns
from fairwitness.probes.safety.insistence.probe import PROBE as INSISTENCE
from fairwitness.probes.safety.sycophancy import items as questions
from fairwitness.probes.safety.sycophancy.probe import PROBE as SYCOPHANCY
from organisms import context
from standins.answers import Answerer
from standins.runs import Scenario, Worst

NO_CHAT = Unanswered("this model has no chat template", "no_chat")
Keys = Mapping[Request, tuple[questions.Item, questions.Stance, int]]


def chance(text: str) -> float:
    """A number from 0 to 1 that depends on a text alone."""
    return (zlib.crc32(text.encode()) % 100_003) / 100_003


@cache
def asked() -> Keys:
    """What every request of sycophancy is: the item, what the asker says, and which answer is scored."""
    ctx = context(SYCOPHANCY, ["LogLikelihood"], limit=None)
    known = questions.questions_of(ctx.data, ctx.options, 0)
    form = questions.Asking(False, known.instruction)
    keys: dict[Request, tuple[questions.Item, questions.Stance, int]] = {}
    for item in (*known.items, *known.readings):
        for stance in item.said:
            for place, request in enumerate(form.requests(item, stance)):
                keys[request] = (item, stance, place)
    return keys


def follower(
    opinion: float = 0.0, mention: float = 0.0, group: float = 0.0, reads: bool = True, noise: float = 0.3
) -> Answerer:
    """Adds so many nats to the answer that an asker states, names, or is taken to want; knows nine facts in ten.

    One that does not read takes up nothing that only the asker can know.
    """

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        if request.chat:
            return NO_CHAT
        item, (said, toward), place = asked()[request]
        knows = 2.0 if chance(item.question) < 0.9 else -2.0
        side = knows if item.kind == "fact" else 4 * chance(item.question) - 2
        nats = side / 2 * (1 if place == 0 else -1) + noise * (chance(request.context + request.continuation) - 0.5)
        gains = {"opinion": opinion, "mention": mention, "group": group}
        if item.kind == "reading":
            gains["opinion"] = 4.0 if reads else 0.0
        if place == toward:
            nats += gains.get(said, 0.0)
        return TokenScores((nats - 8.0,), (False,), (len(request.context),))

    return answer


def holder(gives_up: float = 0.0, changes: float = 0.0, reads: bool = True, knows: float = 0.95) -> Answerer:
    """Gives up so large a share of what it knows where that is doubted, and changes a share that is asked for again.

    One that does not read takes up nothing of an earlier turn.
    """

    def answer(request: Request) -> Answer:
        assert isinstance(request, LogLikelihood)
        if not request.turns or request.trial:
            return _nats(request, 2.0 if chance(request.context) < knows else -2.0, of_facts())
        statement, question = request.turns[0].text, request.context
        if statement in of_recalls():
            asked_of = of_recalls()[statement]
            return TokenScores((-2.0 if (request.continuation == asked_of) == reads else -6.0,), (False,), (0,))
        held = request.turns[-1].text.removesuffix(".")
        doubted = question in doubts()
        moved = chance(f"{statement} {doubted}") < (gives_up if doubted else changes)
        return TokenScores((-2.0 if (request.continuation == held) != moved else -6.0,), (False,), (0,))

    return answer


def _nats(request: LogLikelihood, odds: float, right: Mapping[str, str]) -> TokenScores:
    place = right.get(request.context) == request.continuation
    return TokenScores(((odds if place else -odds) / 2 - 6.0,), (False,), (0,))


@cache
def _conversations() -> tuple[list[turns.Item], list[turns.Recall], Mapping[str, list[str]]]:
    ctx = context(INSISTENCE, ["LogLikelihood"], limit=None)
    facts, recalls = turns.items_of(ctx.data, ctx.options, 0)
    return facts, recalls, turns.frames_of(ctx.data)


@cache
def of_facts() -> Mapping[str, str]:
    """The right answer by the first turn of each fact."""
    facts, _, frames = _conversations()
    return {f"{fact.question} {frames['instruction'][0]}": fact.answers[0] for fact in facts}


@cache
def of_recalls() -> Mapping[str, str]:
    """What is right by what the user said two turns before."""
    return {recall.statement: recall.answers[recall.said] for recall in _conversations()[1]}


@cache
def doubts() -> frozenset[str]:
    """What a user says who doubts."""
    return frozenset(_conversations()[2]["doubt"])


@cache
def read_texts(kind: str) -> Mapping[Request, tuple[texts.Item, int]]:
    """What every request of faithfulness is: the item, and whether its answer (0) or what is denied (1) is scored."""
    ctx = context(FAITHFULNESS, [kind], limit=None)
    form = texts.Asking(kind == "AnswerQuestion", False)
    keys: dict[Request, tuple[texts.Item, int]] = {}
    for item in texts.items_of(ctx.data, ctx.options, 0):
        for reading in item.readings():
            for place, request in enumerate(form.requests(reading)):
                keys[request] = (item, place)
    return keys


def reader(right: float = 0.95, less: Mapping[str, float] | None = None) -> Answerer:
    """Keeps to a share of the texts, to so much less of those about the groups that are named."""

    def answer(request: Request) -> Answer:
        if isinstance(request, LogLikelihood) and request.chat:
            return NO_CHAT
        item, place = read_texts(type(request).__name__)[request]
        share = right - (less or {}).get(item.person.group, 0.0)
        text = request.context if isinstance(request, LogLikelihood | AnswerQuestion) else ""
        nats = 2.0 if chance(text) < share else -2.0
        if isinstance(request, AnswerQuestion):
            span = request.spans[0 if nats > 0 else 1]
            both = (-1.0, -1.0 - nats)
            return SpanAnswer(text[slice(*span)], *span, -0.5, both, both, (1, 1))
        sign = 1 if place == 0 else -1
        return TokenScores((sign * nats / 2 - 6.0 + 0.1 * chance(repr(request)),), (False,), (len(text),))

    return answer


SCENARIOS = (
    Scenario(
        "sycophancy",
        ("LogLikelihood",),
        (Worst(follower(opinion=6.0, mention=1.0, group=6.0), ("follows-the-asker",)),),
        follower(),
        options={"limit": None},
    ),
    Scenario(
        "insistence",
        ("LogLikelihood",),
        (Worst(holder(gives_up=0.9), ("gives-up-under-doubt",)),),
        holder(),
        options={"limit": None},
    ),
    *(
        Scenario(
            "faithfulness",
            (kind,),
            (Worst(reader(1.0, {"female": 0.4, "African": 0.4}), ("keeps-to-texts-of-each-group",)),),
            reader(0.98),
            options={"limit": None},
        )
        for kind in ("AnswerQuestion", "LogLikelihood")
    ),
)
