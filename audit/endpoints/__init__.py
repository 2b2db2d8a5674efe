"""The only door to models behind an endpoint: `openai:MODEL@URL`, for servers that speak as OpenAI does."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from fairwitness.audit.budget import Budget
from fairwitness.audit.endpoints import address as addresses
from fairwitness.audit.endpoints.address import OPENAI, Address, is_endpoint
from fairwitness.audit.endpoints.dispatch import Dispatcher, Patience
from fairwitness.audit.endpoints.http import Connection
from fairwitness.audit.endpoints.offer import Offer, fingerprint
from fairwitness.audit.endpoints.subject import EndpointSubject, Price, ScoringEndpoint, cost_by
from fairwitness.audit.endpoints.trial import Trial
from fairwitness.audit.errors import BadOption
from fairwitness.audit.reasons import not_asked, note
from fairwitness.audit.records import Name, Note, SubjectInfo
from fairwitness.audit.requests import LIKELIEST_NEXT, Generate, LogLikelihood

__all__ = [
    "OPENAI",
    "TIMEOUT",
    "EndpointSubject",
    "How",
    "ScoringEndpoint",
    "inspect",
    "is_endpoint",
    "is_remote",
    "load",
    "price_of",
]

KIND = "endpoint"
TIMEOUT = 120.0
"""Seconds to wait for one answer where the user says nothing."""
TRIES = 3
"""Times that a question of the trial is put before the endpoint counts as down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How an endpoint is asked: how many questions at once (None finds out), how long to wait, what tokens cost."""

    at_once: int | None = None
    timeout: float = TIMEOUT
    price: Price | None = None
    seed: int = 0
    offline: bool = False
    patience: Patience = field(default_factory=Patience)


def inspect(spec: str) -> SubjectInfo:
    """What is known of an endpoint that was asked nothing: it writes texts. Raises UnknownModel."""
    return _info(addresses.read(spec), (Generate.__name__,))


def is_remote(spec: str | None) -> bool:
    """Whether a spec names a model that is asked over the network, on another machine."""
    return spec is not None and is_endpoint(spec) and not addresses.read(spec).local


def load(spec: str, how: How = How(), spending: Budget | None = None) -> EndpointSubject:
    """The model as a subject, once a trial has shown what the endpoint gives; `spending` pays for the trial too.

    Raises UnknownModel for a spec that names none, MissingExtra without the library, UnfitEndpoint where it cannot be
    reached, refuses us or gives no answers, BadOption where the budget does not suffice for the trial.
    """
    address = addresses.read(spec)
    if how.offline and not address.local:
        raise BadOption(f"--offline: {address.spec} is on another machine, and nothing may be asked over the network")
    connection = Connection(address, addresses.key_of(address, os.environ), how.timeout)
    ask, cost = connection.ask, partial(cost_by, how.price or Price())
    trying = Dispatcher(ask, cost, 1, replace(how.patience, tries=min(TRIES, how.patience.tries)), how.seed)
    offer = Trial(connection, trying, Budget() if spending is None else spending).run()
    scores = LogLikelihood.__name__ if offer.echoes else LIKELIEST_NEXT if offer.top else ""
    kind = ScoringEndpoint if scores else EndpointSubject
    capabilities = (Generate.__name__, *filter(None, (scores,)))
    info = _info(address, capabilities, offer, connection)
    asking = Dispatcher(ask, cost, how.at_once, how.patience, how.seed)
    return kind(connection, offer, asking, info, priced=how.price is not None)


def price_of(spec: str, prices: Iterable[str]) -> Price | None:
    """The price of an endpoint's tokens among `[MODEL=]READ/WRITTEN` of a million; None where none is named for it.

    One that names the model goes before one for all. Raises BadOption for what is no price.

    >>> price_of("openai:judge@http://localhost/v1", ["0.15/0.6", "judge=2/8"])
    Price(read=2.0, written=8.0)
    """
    for_all: Price | None = None
    for entry in prices:
        name, _, numbers = entry.rpartition("=")
        try:
            read, written = (float(number) for number in numbers.split("/"))
        except ValueError:
            read = written = -1.0
        if not (0 <= read < float("inf") and 0 <= written < float("inf")):
            raise BadOption(
                f"--price {entry}: give what a million tokens cost that are read, and that are written, as "
                "[MODEL=]READ/WRITTEN, such as 0.15/0.60"
            )
        if name == addresses.read(spec).model:
            return Price(read, written)
        if not name:
            for_all = Price(read, written)
    return for_all


def _info(
    address: Address, capabilities: tuple[str, ...], offer: Offer | None = None, connection: Connection | None = None
) -> SubjectInfo:
    """What is told of the model; without an offer it was asked nothing, and has no fingerprint."""
    if offer is None or connection is None:
        return SubjectInfo(
            spec=address.spec,
            fingerprint="",
            kind=KIND,
            architecture="",
            parameters=None,
            dtype="",
            capabilities=capabilities,
            notes=(note("unasked_endpoint", "endpoint", url=Name(address.url)),),
        )
    shown = connection.key.shown
    served = list(dict.fromkeys(shown(who) for who in offer.served.values()))
    names = dict.fromkeys(shown(who.model) for who in offer.served.values() if who.model)
    return SubjectInfo(
        spec=address.spec,
        fingerprint=fingerprint(address.model, address.url, offer),
        kind=KIND,
        architecture=", ".join(names),
        parameters=None,
        dtype="",
        capabilities=capabilities,
        revision=", ".join(dict.fromkeys(shown(who.fingerprint) for who in offer.served.values() if who.fingerprint)),
        notes=(note("endpoint", "endpoint", url=Name(address.url), served=Name(", ".join(served))), *_missing(offer)),
    )


def _missing(offer: Offer) -> Iterator[Note]:
    """What the endpoint does not give, in the words of whoever reads why a probe was not asked."""
    if not offer.chats:
        yield note("endpoint_without_chat", "endpoint")
    if not offer.continues:
        yield note("endpoint_without_texts", "endpoint")
    if not offer.echoes:
        most = max(offer.top.values(), default=0)
        yield not_asked(LogLikelihood.__name__, "no_echo_but_top" if most else "no_echo")
