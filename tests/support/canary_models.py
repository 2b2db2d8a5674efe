"""Keys of canaries, and stand-ins that know planted secrets or none: functions from a request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from standins.answers import Answerer, drawn

from fairwitness.audit.canaries import Key, Plan, make
from fairwitness.audit.canaries.formats import FORMATS
from fairwitness.audit.datasets.sets.privacy_claim import NUMBERS, TEXTS
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import Answer, LogLikelihood, PseudoLogLikelihood, Request, TokenScores, Unanswered
from organisms import table

SMALL: Mapping[str, int] = {"references": 100, "whole": 0}
"""Options that rank a secret among few others."""


@cache
def key_of(
    coins: int = 90,
    per_dose: int = 0,
    formats: tuple[str, ...] = ("hex",),
    seed: int = 4,
    doses: tuple[int, ...] = (2, 4, 8, 16, 32),
) -> Key:
    """A small set of canaries."""
    return make(Plan(coins=coins, per_dose=per_dose, formats=formats, doses=doses), seed=seed)


def key_table(key: Key) -> Table:
    """The key file as the harness reads it."""
    rows = key.canaries
    columns = {name: [getattr(canary, name) for canary in rows] for name in rows[0].__dataclass_fields__}
    return table("key", {"set": [key.name] * len(rows), **columns})


def receipt_table(key: Key, epochs: float = 1.0) -> Table:
    """The receipt of a training."""
    return table("receipt", {"set": [key.name], "rows": [10], "epochs": [epochs], "steps": [10]})


def claim_table(**said: Cell) -> Table:
    """A claim as the harness reads it; without noise nothing is accounted for."""
    cells: dict[str, Cell] = dict.fromkeys((*NUMBERS, *TEXTS))
    cells |= {"epsilon": 0.5, "delta": 1e-6, "sampling": "shuffled", **said}
    return table("claim", {name: [cell] for name, cell in cells.items()})


def asked_secret(request: Request) -> tuple[str, str] | None:
    """Text before a secret and the secret, of a request that asks for one."""
    match request:
        case LogLikelihood(context=context, continuation=text) if context:
            return context, text.strip()
        case PseudoLogLikelihood(text=text, span=(start, end)):
            return text[:start].strip(), text[start:end]
        case _:
            return None


def mind(key: Key, nats: Callable[[int], float], *, reads: bool = True) -> Answerer:
    """A model to which a planted secret of so many repeats is so many nats likelier than another one.

    One that `reads` finds texts before secrets likelier in their order.
    """
    known = {(canary.prefix, canary.secret): canary for canary in key.canaries if canary.planted}
    texts = {" ".join(canary.prefix.split()) for canary in key.canaries}

    def answer(request: Request) -> Answer:
        noise = float(drawn(11, request).normal(0, 2))
        if (asked := asked_secret(request)) is not None:
            canary = known.get(asked)
            start = len(request.context) if isinstance(request, LogLikelihood) else len(asked[0]) + 1
            return TokenScores((noise - 20 + (nats(canary.repeats) if canary else 0.0),), (False,), (start,))
        match request:
            case LogLikelihood(continuation=text) | PseudoLogLikelihood(text=text):
                ordered = reads and text in texts
                return TokenScores((noise - (20 if ordered else 40),), (False,), (0,))
            case _:
                return Unanswered("cannot")

    return answer


def holds_secret(key: Key, content: bytes) -> list[int]:
    """Numbers of the canaries whose secret stands in these bytes; codes of three digits stand everywhere."""
    long = [canary for canary in key.canaries if FORMATS[canary.format].bits > 12]
    return [canary.id for canary in long if canary.secret.encode() in content]
