"""One trial says what an endpoint gives: a few short questions, each with less asked for where more is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairwitness.audit.budget import Budget, OutOfBudget
from fairwitness.audit.endpoints import reading
from fairwitness.audit.endpoints.dispatch import Dispatcher
from fairwitness.audit.endpoints.http import Connection, NoReply, Refused, Reply, Said
from fairwitness.audit.endpoints.offer import AS_IT_IS, CHAT, MOST_TOP, PLAIN, Offer, Path, Served, served_by
from fairwitness.audit.endpoints.questions import Question
from fairwitness.audit.errors import BadOption, UnfitEndpoint, UnknownModel

GREETING = "Hello."
SENTENCE = "The two of them read the letter again."
"""A text of several tokens, whose log-probabilities are no secret and not all the same."""
LIMITS = ("max_tokens", "max_completion_tokens")
ABSENT = (404, 405, 501)
"""HTTP statuses of a path that is not there."""
FEWER_TOP = 5
FORMS: tuple[Mapping[str, Any], ...] = (
    {"echo": True, "logprobs": 1},
    {"logprobs": MOST_TOP},
    {"logprobs": FEWER_TOP},
    {},
)
"""What is asked for beside a plain answer, most first."""
NOT_ASKED = Refused(404)
MOST_QUESTIONS = 8
"""The most questions of a trial."""


class Trial:
    """Asks an endpoint what it gives. Raises UnfitEndpoint, UnknownModel and BadOption with what to do."""

    def __init__(self, connection: Connection, dispatcher: Dispatcher, budget: Budget) -> None:
        self._connection = connection
        self._dispatcher = dispatcher
        self._budget = budget
        self._host = connection.address.url

    def run(self) -> Offer:
        """What was found. An endpoint that answers neither path is none that can be asked."""
        served: dict[Path, Served] = {}
        top: dict[Path, int] = {}
        limit_name, chat = self._chat()
        if isinstance(chat, Said):
            served[CHAT] = served_by(chat.body)
            top[CHAT] = len(reading.top_of_next(chat.body))
        plain, echoes = self._plain()
        if isinstance(plain, Said):
            served[PLAIN] = served_by(plain.body)
            top[PLAIN] = 0 if echoes else len(reading.top_of_next(plain.body))
        if not served:
            raise self._unfit(chat, plain)
        return Offer(served, limit_name, echoes, {path: count for path, count in top.items() if count})

    def _chat(self) -> tuple[str, Reply]:
        """How the endpoint calls the limit of an answer, and its reply in a chat."""
        messages = [{"role": "user", "content": GREETING}]
        name = LIMITS[0]
        reply: Reply = NOT_ASKED
        forms = [{"logprobs": True, "top_logprobs": MOST_TOP}, {"logprobs": True, "top_logprobs": FEWER_TOP}, {}]
        while forms:
            reply = self._ask(CHAT, {"messages": messages, name: 1, "temperature": AS_IT_IS, **forms[0]})
            if not isinstance(reply, Refused) or reply.status in ABSENT:
                break
            if name == LIMITS[0] and _names_limit(reply):
                name = LIMITS[1]
            else:
                forms.pop(0)
        return name, self._readable(reply, chat=True)

    def _plain(self) -> tuple[Reply, bool]:
        """The reply to a text as it stands, and whether it tells the log-probabilities of the text's own tokens."""
        reply: Reply = NOT_ASKED
        for more in FORMS:
            reply = self._ask(PLAIN, {"prompt": SENTENCE, "max_tokens": 1, "temperature": AS_IT_IS, **more})
            if isinstance(reply, Refused) and reply.status not in ABSENT:
                continue
            reply = self._readable(reply, chat=False)
            if not more.get("echo") or not isinstance(reply, Said):
                break
            if reading.echoes(reply.body, SENTENCE):
                return reply, True
        return reply, False

    def _readable(self, reply: Reply, *, chat: bool) -> Reply:
        """The reply; one without a text to read is a failure."""
        if isinstance(reply, Said):
            try:
                reading.choice(reply.body)
                reading.generated(reply.body, chat=chat)
            except reading.OtherForm as error:
                return NoReply("no_json", str(error), passing=False)
        return reply

    def _ask(self, path: Path, payload: Mapping[str, Any]) -> Reply:
        """One question. Raises UnfitEndpoint for a trouble that no other question mends."""
        asked = Question(path, {"model": self._connection.address.model, **payload})
        try:
            [arrived] = self._dispatcher.replies("trial", [asked], self._budget)
        except OutOfBudget as end:
            raise BadOption(
                f"--max-{end.limit}: what is left is too little for the trial of {self._host}, which asks up to "
                f"{MOST_QUESTIONS} short questions to see what the endpoint gives"
            ) from None
        reply = arrived.reply
        if isinstance(reply, NoReply):
            raise UnfitEndpoint(f"{self._host} cannot be asked: {reply.words}{_advice(reply)}")
        if isinstance(reply, Refused) and reply.status in (401, 403):
            key = "the key is refused" if self._connection.key.value else "it wants a key"
            raise UnfitEndpoint(
                f"{self._host} cannot be asked: {key} (HTTP {reply.status}); set FAIRWITNESS_API_KEY in the "
                "environment (OPENAI_API_KEY is sent to OpenAI alone)"
            )
        return reply

    def _unfit(self, chat: Reply, plain: Reply) -> UnfitEndpoint | UnknownModel:
        """Why neither path gives an answer."""
        model = self._connection.address.model
        replies = [reply for reply in (chat, plain) if isinstance(reply, Refused)]
        if any("model" in reply.code or reply.parameter == "model" for reply in replies):
            return UnknownModel(f"{self._host} knows no model {model!r}; `GET {self._host}/models` lists those it has")
        failed = next((reply for reply in (chat, plain) if isinstance(reply, NoReply)), None)
        if failed is not None:
            return UnfitEndpoint(f"{self._host} cannot be asked: {failed.words}")
        if all(reply.status in ABSENT for reply in replies):
            return UnfitEndpoint(
                f"{self._host} has neither chat/completions nor completions (HTTP {replies[0].status}), or no model "
                f"{model!r}: the URL of most endpoints ends in /v1"
            )
        first = next(reply for reply in replies if reply.status not in ABSENT)
        named = f" ({first.code or first.words})" if first.code or first.words else ""
        return UnfitEndpoint(f"{self._host} refuses a greeting of one word: HTTP {first.status}{named}")


def _names_limit(reply: Refused) -> bool:
    return reply.parameter == LIMITS[0] or LIMITS[1] in reply.words


def _advice(reply: NoReply) -> str:
    match reply.trouble:
        case "unreachable":
            return "; is the server running, and is the URL right?"
        case "certificate":
            return "; name the authority that signed it in SSL_CERT_FILE"
        case "html" | "no_json":
            return "; is the URL that of an API? Most end in /v1"
        case "slow":
            return "; --request-seconds gives it longer"
        case _:
            return ""
