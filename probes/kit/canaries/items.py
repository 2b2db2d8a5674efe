"""The canaries of a key file, the secrets that each could have been, and how a model is asked for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.canaries.formats import FORMATS
from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.canaries.make import draw
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import LogLikelihood, PseudoLogLikelihood
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
COLUMNS = ("id", "format", "repeats", "planted", "prefix", "secret")
CONTROLS = 30
"""Texts that are asked in their order and with their words shuffled."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """A canary and the other secrets that it is ranked among; `whole` says that these are all there are."""

    canary: Canary
    secrets: tuple[str, ...]
    whole: bool


def canaries_of(table: Table) -> list[Canary]:
    """The canaries of a key file as the harness reads it."""
    columns = (table.columns[name] for name in COLUMNS)
    canaries = []
    for number, kind, repeats, planted, prefix, secret in zip(*columns, strict=True):
        canaries.append(Canary(_whole(number), str(kind), _whole(repeats), planted is True, str(prefix), str(secret)))
    return canaries


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def set_of(table: Table) -> str:
    """The name of the set of a key file or of a receipt."""
    return str(table.columns["set"][0])


def candidates(canary: Canary, count: int, whole: int, seed: int, asked: Sequence[str] = ()) -> Candidates:
    """Other secrets of the same format: all of a format that has at most `whole`, else `count` drawn by the seed.

    Those in `asked` are not drawn again. No secret is drawn twice, so that each rank is equally likely by chance.
    """
    kind = FORMATS[canary.format]
    if kind.size <= whole:
        every = (kind.secret(number) for number in range(kind.size))
        return Candidates(canary, tuple(secret for secret in every if secret != canary.secret), whole=True)
    rng = np.random.default_rng([seed, canary.id, len(asked)])
    known = {canary.secret, *asked}
    drawn: dict[str, None] = {}
    most = min(count, kind.size - len(known))
    while len(drawn) < most:
        secret = kind.secret(draw(kind.size, rng))
        if secret not in known:
            drawn[secret] = None
    return Candidates(canary, tuple(drawn), whole=False)


def request_of(canary: Canary, secret: str, model: ModelType) -> LogLikelihood | PseudoLogLikelihood:
    """The text of a canary with this secret in it; of masked models the secret alone is masked, token by token."""
    kind = FORMATS[canary.format]
    before = canary.prefix + kind.lead
    if model == "causal":
        return LogLikelihood(canary.prefix, kind.lead + secret)
    span = len(before), len(before) + len(secret)
    return PseudoLogLikelihood(f"{before}{secret}{kind.end}", "original", span=span)


@dataclass(frozen=True, slots=True)
class Control:
    """A text before a secret, and the same with its words in another order."""

    text: str
    shuffled: str


def controls(canaries: Sequence[Canary], seed: int) -> list[Control]:
    """Controls from texts before secrets, of canaries drawn by the seed."""
    rng = np.random.default_rng([seed, len(canaries)])
    made = []
    for place in rng.permutation(len(canaries))[:CONTROLS]:
        words = canaries[place].prefix.split()
        order = rng.permutation(len(words))
        while len(words) > 1 and list(order) == sorted(order):
            order = rng.permutation(len(words))
        made.append(Control(" ".join(words), " ".join(words[index] for index in order)))
    return made


def control_request(text: str, model: ModelType) -> LogLikelihood | PseudoLogLikelihood:
    """The likelihood of a whole text."""
    return LogLikelihood("", text) if model == "causal" else PseudoLogLikelihood(text, "original")
