"""A language model behind a prefix: every prompt and context begins with it, as with a system prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fairwitness.audit.errors import WrongTask
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Generate, Generated, LogLikelihood, Request, TokenScores, Turn, Unanswered
from fairwitness.audit.subject import DecodesTokens, Generates, ScoresText, SharesPrefixes, Size, Sizes, Subject

KINDS = ("LogLikelihood", "Generate")
"""What is asked behind a prefix; requests of other kinds have no place for one."""


class Prefixed:
    """Answers as the model does after the prefix. Its fingerprint is of model and prefix together.

    Of a likelihood the prefix is part of the context, so that places in the text are told without it. Raises WrongTask
    for a model that does not continue texts.
    """

    def __init__(self, subject: Subject, prefix: str) -> None:
        if not (isinstance(subject, Generates) and isinstance(subject, ScoresText)):
            raise WrongTask(f"{subject.info.spec} continues no texts, so that no prefix can stand before them")
        self._subject: Any = subject
        self._prefix = prefix
        self.info = _described(subject.info, prefix)
        self.batch_tokens = getattr(subject, "batch_tokens", None)
        self.arithmetic = getattr(subject, "arithmetic", "")

    @property
    def tree_limit(self) -> int:
        """As of the model itself."""
        return self._subject.tree_limit if isinstance(self._subject, SharesPrefixes) else 0

    def token_ids(self, requests: Sequence[LogLikelihood]) -> list[tuple[int, ...]]:
        """The token ids of each request, those of the prefix included."""
        ids: list[tuple[int, ...]] = self._subject.token_ids([self._scored(request) for request in requests])
        return ids

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """What each request costs with its prefix."""
        behind = [self._behind(request) for request in requests]
        if isinstance(self._subject, Sizes):
            return self._subject.sizes(behind)
        return [Size(1, len(self._prefix) + 1) for _ in behind]

    def log_likelihoods(self, rows: Sequence[Sequence[LogLikelihood]]) -> list[list[TokenScores | Unanswered]]:
        """The scores of the model behind the prefix."""
        answers = self._subject.log_likelihoods([[self._scored(request) for request in row] for row in rows])
        return [
            [self._moved(request, answer) for request, answer in zip(asked, row, strict=True)]
            for asked, row in zip(rows, answers, strict=True)
        ]

    def generate(self, batch: Sequence[Generate]) -> list[Generated | Unanswered]:
        """Continuations behind the prefix."""
        answers: list[Generated | Unanswered] = self._subject.generate([self._continued(request) for request in batch])
        return answers

    def decode(self, request: Generate, ids: Sequence[int]) -> str:
        """The continuation of a prompt that has these tokens."""
        return self._subject.decode(self._continued(request), ids) if isinstance(self._subject, DecodesTokens) else ""

    def _behind(self, request: Request) -> Request:
        match request:
            case LogLikelihood():
                return self._scored(request)
            case Generate():
                return self._continued(request)
            case _:
                return request

    def _scored(self, request: LogLikelihood) -> LogLikelihood:
        if request.turns:
            return replace(request, turns=self._begun(request.turns))
        return replace(request, context=self._prefix + request.context)

    def _continued(self, request: Generate) -> Generate:
        if request.turns:
            return replace(request, turns=self._begun(request.turns))
        return replace(request, prompt=self._prefix + request.prompt)

    def _begun(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """A conversation whose first turn begins with the prefix."""
        return (replace(turns[0], text=self._prefix + turns[0].text), *turns[1:])

    def _moved(self, request: LogLikelihood, answer: TokenScores | Unanswered) -> TokenScores | Unanswered:
        """The scores with places as in the text of the request, before which the prefix stood."""
        if isinstance(answer, Unanswered) or request.turns:
            return answer
        return replace(answer, starts=tuple(max(0, start - len(self._prefix)) for start in answer.starts))


def _described(info: SubjectInfo, prefix: str) -> SubjectInfo:
    joined = f"{info.fingerprint}\nprefix\n{prefix}".encode("utf-8", "surrogatepass")
    return replace(
        info,
        spec=f"{info.spec} + prefix",
        fingerprint=hashlib.sha256(joined).hexdigest() if info.fingerprint else "",
        capabilities=tuple(kind for kind in info.capabilities if kind in KINDS),
    )
