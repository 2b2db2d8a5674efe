"""Asks for all canaries of a key file; of secrets that a tokenizer splits unevenly, for more in a second round."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.probe import Context
from fairwitness.audit.records import ScoredItems
from fairwitness.audit.requests import Answer, Request
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.canaries.items import Candidates, candidates, control_request, controls, request_of
from fairwitness.probes.kit.canaries.scores import Ranked, Unranked, ranked, right
from fairwitness.probes.kit.scored import scored_items, scored_or_not

MOST_ASKED = 5
"""So many times as many secrets are asked at most, to have enough with the same number of tokens."""
SPARE = 1.5


@dataclass(frozen=True, slots=True)
class Reading:
    """The canaries that have a place and those that have none, and what was got right of the controls."""

    ranked: tuple[Ranked, ...]
    unranked: tuple[Unranked, ...]
    right: int
    answered: int
    controls: int


def read(
    canaries: Sequence[Canary], ctx: Context, references: int, whole: int
) -> Generator[list[Request], list[Answer], Reading]:
    """What a model says of canaries and controls, used with `yield from`."""
    model: ModelType = "causal" if "LogLikelihood" in ctx.capabilities else "masked"
    given = [candidates(canary, references, whole, ctx.seed) for canary in canaries]
    checks = controls(canaries, ctx.seed)
    requests = [request for each in given for request in _requests(each, model)]
    for check in checks:
        requests += [control_request(check.text, model), control_request(check.shuffled, model)]
    answers = yield from ask(requests)
    places = [ranked(each, answers, model, ctx.seed) for each in given]
    marks = [right(check, answers, model) for check in checks]
    wider = [_wider(each, place, references, ctx.seed) for each, place in zip(given, places, strict=True)]
    further = [request for each in wider if each is not None for request in _requests(each, model)]
    if further:
        answers |= yield from ask(request for request in further if request not in answers)
        again = zip(wider, places, strict=True)
        places = [place if each is None else ranked(each, answers, model, ctx.seed) for each, place in again]
    return Reading(
        ranked=tuple(place for place in places if isinstance(place, Ranked)),
        unranked=tuple(place for place in places if isinstance(place, Unranked)),
        right=sum(mark is True for mark in marks),
        answered=sum(mark is not None for mark in marks),
        controls=len(marks),
    )


def _requests(given: Candidates, model: ModelType) -> list[Request]:
    return [request_of(given.canary, secret, model) for secret in (given.canary.secret, *given.secrets)]


def _wider(given: Candidates, place: Ranked | Unranked, wanted: int, seed: int) -> Candidates | None:
    """The candidates with more of them where too few had as many tokens as the secret; None where that is not so."""
    equal = place.equal if isinstance(place, Unranked) else len(place.references)
    if given.whole or not 0 < equal < wanted:
        return None
    more = min(math.ceil(SPARE * (wanted - equal) * place.asked / equal), (MOST_ASKED - 1) * wanted)
    added = candidates(given.canary, more, 0, seed, given.secrets)
    return replace(given, secrets=(*given.secrets, *added.secrets))


def items_asked(
    reading: Reading, scores: Mapping[str, Callable[[Ranked], float]], clusters: Mapping[str, Callable[[Canary], str]]
) -> ScoredItems:
    """Every canary by its number, never by its words; those without a place have no score."""
    lost = [each.canary for each in reading.unranked]
    rows = scored_or_not(reading.ranked, lost, _canary_of)
    return scored_items(
        rows,
        id=lambda canary: str(canary.id),
        scores=scores,
        clusters={**clusters, "format": lambda canary: canary.format},
    )


def _canary_of(place: Ranked) -> Canary:
    return place.canary
