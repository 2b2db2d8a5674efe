"""A model behind an endpoint as a subject: it is asked many questions at once, and its answers come one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fairwitness.audit.budget import Budget, Cost
from fairwitness.audit.endpoints import reading
from fairwitness.audit.endpoints.dispatch import Dispatcher
from fairwitness.audit.endpoints.http import Connection, NoReply, Refused, Reply, Said
from fairwitness.audit.endpoints.offer import Offer, served_by
from fairwitness.audit.endpoints.questions import Question, question
from fairwitness.audit.errors import LostEndpoint
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.subject import Arriving

STRANGE = 5
"""Answers in a row that cannot be read, or questions in a row that stay without one, after which nothing is asked."""
TOO_LONG = ("context_length_exceeded", "string_above_max_length", "exceed_context_size_error")
"""Codes of a refusal whose cause is the length of the text."""
KEPT = "answers so far are kept in the cache, and the same run goes on from there"


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost that are read, and that are written; in one currency of the user's."""

    read: float = 0.0
    written: float = 0.0

    def of(self, read: int, written: int) -> Cost:
        """The cost of so many tokens."""
        return Cost(read + written, (read * self.read + written * self.written) / 1e6)


def cost_by(price: Price, asked: Question, reply: Reply | None) -> Cost:
    """What a question cost: as the endpoint counts its tokens, and the most that it may where it does not tell."""
    most = price.of(asked.most_read, asked.most_written)
    match reply:
        case None:
            return most
        case Said(body=body):
            charged = reading.usage(body)
            return most if charged is None else price.of(*charged)
        case Refused():
            return Cost()
        case NoReply(billed=billed):
            return most if billed else Cost()


class EndpointSubject:
    """Answers Generate: a conversation, and a plain text where the endpoint continues those.

    Nothing of its content can be hashed: its fingerprint is that of its URL, its name and what it says of itself.
    Another name or fingerprint in a later answer ends the run.
    """

    def __init__(
        self,
        connection: Connection,
        offer: Offer,
        dispatcher: Dispatcher,
        info: SubjectInfo,
        *,
        priced: bool = False,
    ) -> None:
        self._connection = connection
        self.offer = offer
        self._dispatcher = dispatcher
        self.info = info
        self.priced = priced
        """Whether the user said what its tokens cost."""

    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        """The continuations, in order."""
        return self._in_order(batch)

    def arriving(self, requests: Sequence[Request], budget: Budget) -> Iterator[Arriving]:
        """The answers as they come. Raises OutOfBudget after those that were paid for, LostEndpoint likewise."""
        questions: list[Question] = []
        places: list[list[int]] = []
        known: dict[str, int] = {}
        for place, request in enumerate(requests):
            asked = self._question(request)
            if isinstance(asked, Unanswered):
                yield Arriving(place, asked, lasting=False)
                continue
            number = known.setdefault(f"{asked.path} {json.dumps(asked.payload)}", len(questions))
            if number == len(questions):
                questions.append(asked)
                places.append([])
            places[number].append(place)
        if not questions:
            return
        strange = 0
        problem: LostEndpoint | None = None
        round_ = self._dispatcher.replies(type(requests[0]).__name__, questions, budget)
        for arrived in round_:
            mine = places[arrived.place]
            try:
                read = [self._answer(requests[place], questions[arrived.place], arrived.reply) for place in mine]
            except LostEndpoint as error:
                problem = problem or error
                round_.stop()
                continue
            for place, arriving in zip(mine, read, strict=True):
                yield Arriving(place, arriving.answer, arriving.lasting)
            arriving = read[0]
            strange = strange + 1 if arriving.strange else 0
            if strange >= STRANGE and problem is None and isinstance(arriving.answer, Unanswered):
                problem = self._lost(f"{STRANGE} questions in a row have no answer: {arriving.answer.reason}")
                round_.stop()
        if problem is not None:
            raise problem

    def _in_order(self, batch: Sequence[Any]) -> list[Any]:
        answers: dict[int, Answer] = {item.place: item.answer for item in self.arriving(batch, Budget())}
        return [answers[place] for place in range(len(batch))]

    def _question(self, request: Request) -> Question | Unanswered:
        if isinstance(request, Generate | LogLikelihood):
            return question(request, self._connection.address.model, self.offer)
        return Unanswered(f"an endpoint does not answer {type(request).__name__}")

    def _answer(self, request: Request, asked: Question, reply: Reply) -> _Read:
        match reply:
            case Said(body=body):
                self._same(asked, body)
                try:
                    answer = self._read(request, body)
                except reading.OtherForm as error:
                    return _Read(Unanswered(str(error)), lasting=False, strange=True)
                return _Read(answer)
            case Refused():
                return self._refused(reply)
            case NoReply(words=words, passing=passing, trouble=trouble):
                if not passing and trouble != "large":
                    raise self._lost(words)
                return _Read(Unanswered(f"the endpoint did not answer: {words}"), lasting=False, strange=True)

    def _read(self, request: Request, body: Any) -> Answer:
        if isinstance(request, LogLikelihood):
            return (reading.token_scores if self.offer.echoes else reading.next_token)(request, body)
        return reading.generated(body, chat=isinstance(request, Generate) and request.chat)

    def _refused(self, reply: Refused) -> _Read:
        named = f" ({reply.code})" if reply.code else ""
        if reply.status in (401, 403, 404, 405):
            raise self._lost(f"it refuses us: HTTP {reply.status}{named}")
        said = f"{reply.words}" if reply.words else ""
        fault: Any = "long_text" if reply.code in TOO_LONG else "model"
        reason = f"the endpoint refused the question: HTTP {reply.status}{named}"
        return _Read(Unanswered(reason, fault, f"{reason}: {said}" if said else ""), lasting=False)

    def _same(self, asked: Question, body: Any) -> None:
        """Raises LostEndpoint where another model answers than in the trial."""
        before, now = self.offer.served[asked.path], served_by(body)
        if before != now:
            shown = self._connection.key.shown
            raise LostEndpoint(
                f"{self.info.spec} became another model while it was asked: {shown(before)} answered at first, and "
                f"{shown(now)} does now. Two models make no one result: {KEPT} once the first answers again; a new "
                "run asks the new one"
            )

    def _lost(self, why: str) -> LostEndpoint:
        return LostEndpoint(f"{self.info.spec} answers no more: {why}; {KEPT}")


class ScoringEndpoint(EndpointSubject):
    """One that also tells log-probabilities: of a text's own tokens (echo), or of the likeliest next tokens alone.

    Of the latter a continuation that is one of them has a score, and any other has none.
    """

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """The scores of every row, in its order."""
        answers = iter(self._in_order([request for row in rows for request in row]))
        return [[next(answers) for _ in row] for row in rows]


@dataclass(frozen=True, slots=True)
class _Read:
    answer: Answer
    lasting: bool = True
    strange: bool = False
