"""A function of the user's as a subject: what it must look like, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from fairwitness.audit.errors import BadOption, UnfitObject
from fairwitness.audit.halving import BadAnswer, in_halves
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Note, SubjectInfo
from fairwitness.audit.requests import Request, Unanswered
from fairwitness.audit.subject import Size

ARCHITECTURE = "function"
TEXTS_AT_ONCE = 32
"""Texts of one call where the user says nothing."""

AnyRequest = TypeVar("AnyRequest")
Answer = TypeVar("Answer")


class FunctionSubject:
    """What subjects that call a function share: its name, its batches, and that it has no fingerprint.

    The function is called with whole lists of at most `batch_size` items, never with an empty one. It must answer each
    item whatever stands beside it and in the order given: another order cannot be seen. Where it raises or returns what
    is no answer, the batch is halved until the guilty items are found; they alone stay unanswered.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        takes: Sequence[str],
        kind: str,
        capabilities: tuple[str, ...],
        *,
        name: str = "",
        batch_size: int = TEXTS_AT_ONCE,
        notes: tuple[Note, ...] = (),
    ) -> None:
        wrapper = type(self).__name__
        refuse_unfit(fn, wrapper, takes)
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise BadOption(f"{wrapper}(batch_size={batch_size!r}): the number of items of one call is 1 or more")
        self.fn = fn
        self.batch_tokens = batch_size
        self.info = SubjectInfo(
            spec=name or name_of(fn),
            fingerprint="",
            kind=kind,
            architecture=ARCHITECTURE,
            parameters=None,
            dtype="",
            capabilities=capabilities,
            notes=(note("function", "not_fingerprinted"), *notes),
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.info.spec})"

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """Every item costs the same: batches are counted in items."""
        return [Size(1, 1) for _ in requests]

    def ask(
        self, batch: Sequence[AnyRequest], call: Callable[[Sequence[AnyRequest]], Sequence[Answer | Unanswered]]
    ) -> list[Answer | Unanswered]:
        """The answers to a batch, at most `batch_size` items a call, in order."""
        answers: list[Answer | Unanswered] = []
        for start in range(0, len(batch), self.batch_tokens):
            answers += in_halves(batch[start : start + self.batch_tokens], call)
        return answers

    def call(self, *arguments: object, **settings: object) -> Any:
        """What the function returns. Raises BadAnswer for what must be awaited, and where it would end the process."""
        try:
            result = self.fn(*arguments, **settings)
        except SystemExit as end:
            raise BadAnswer(f"{self.info.spec} called sys.exit({end.code!r}) instead of an answer") from end
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise BadAnswer(f"{self.info.spec} returned something to await: {_WAIT}")
        return result


_WAIT = "give a function that waits for it, such as lambda texts: asyncio.run(fn(texts))"


def name_of(fn: object) -> str:
    """What a function is called where the user names nothing."""
    inner = fn.func if isinstance(fn, partial) else fn
    name = getattr(inner, "__name__", "") or type(inner).__name__
    return "lambda" if name == "<lambda>" else name


def refuse_unfit(fn: object, wrapper: str, takes: Sequence[str]) -> None:
    """Raises UnfitObject for a class, a coroutine function, and what cannot be called with lists of these names."""
    if isinstance(fn, type):
        raise UnfitObject(f"{wrapper}: {fn.__name__} is a class: give an instance of it, or a function")
    if not callable(fn):
        hint = ": give it to fairwitness.run as it is" if hasattr(fn, "predict") else ""
        raise UnfitObject(f"{wrapper} takes a function, and {type(fn).__name__} cannot be called{hint}")
    if any(map(_must_be_awaited, (fn, fn.__call__))):
        raise UnfitObject(f"{wrapper}: {name_of(fn)} is a coroutine function: {_WAIT}")
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return  # built-in functions do not always say what they take
    try:
        signature.bind(*takes)
    except TypeError as error:
        lists = " and ".join(takes)
        raise UnfitObject(
            f"{wrapper} calls {name_of(fn)} with {_counted(takes)} ({lists}), and its signature is {signature}: {error}"
        ) from error


def _must_be_awaited(fn: object) -> bool:
    return inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn)


def _counted(takes: Sequence[str]) -> str:
    return "one argument" if len(takes) == 1 else f"{len(takes)} arguments"


def keywords_of(fn: Callable[..., Any], wanted: Sequence[str]) -> frozenset[str]:
    """Which of these settings a function takes by keyword."""
    try:
        parameters = inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return frozenset()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return frozenset(wanted)
    named = {name for name, parameter in parameters.items() if parameter.kind is not parameter.POSITIONAL_ONLY}
    return frozenset(named.intersection(wanted))


def names(fn: Callable[..., Any], keyword: str) -> bool:
    """Whether a function names a parameter, so that it takes it by keyword; one that takes any keyword names none."""
    try:
        parameter = inspect.signature(fn).parameters.get(keyword)
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
