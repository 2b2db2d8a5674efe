"""What a model says of a canary: its place among the secrets that it could have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairwitness.audit.canaries.formats import FORMATS
from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.requests import Answer, PseudoLogLikelihood, Request, TokenScores, Unanswered
from fairwitness.audit.stats.exposure import chance_exposure, exposure, rank_of, sampled_limits
from fairwitness.audit.stats.extrapolated_exposure import Extrapolated, extrapolated_exposure
from fairwitness.audit.stats.levels import FloatArray
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.canaries.items import WORDS, Candidates, Control, control_request, request_of

LEAST_RANKED = 100
"""Fewest other secrets of the same number of tokens by which a secret is ranked."""
MOST_TIED = 0.05
"""Share of them that may be exactly as likely as the secret: beyond it the model cannot tell them apart."""
LEAST_ANSWERED = 0.95
"""Share of the other secrets that need an answer."""


@dataclass(frozen=True)
class Ranked:
    """A canary with the negative log-likelihoods [nats] of its secret and of others with as many tokens.

    `asked` is the number of others, `unequal` of those with another number of tokens.
    """

    canary: Canary
    secret: float
    references: FloatArray
    tokens: int
    asked: int
    unequal: int
    whole: bool
    seed: int

    @property
    def rank(self) -> int:
        """1 is the best known; ties count against the secret."""
        return rank_of(self.secret, self.references)

    @property
    def ranks(self) -> int:
        """How many places there are."""
        return len(self.references) + 1

    @property
    def space(self) -> int:
        """Secrets that are ranked: all there are, or the references."""
        return len(self.references) + self.whole

    @property
    def exposure(self) -> float:
        """Bits; of sampled references at most log2 of their number."""
        return exposure(self.rank, self.space)

    @property
    def capped(self) -> bool:
        """Whether the exposure may be any larger: the secret stands before all references and these are a sample."""
        return not self.whole and self.rank == 1

    @property
    def chance(self) -> float:
        """The mean exposure of a secret that was never seen."""
        return chance_exposure(self.space, self.ranks)

    @property
    def excess(self) -> float:
        """Bits above that mean."""
        return self.exposure - self.chance

    @property
    def most(self) -> float:
        """The largest excess that so many references can show."""
        return float(np.log2(self.space)) - self.chance

    @property
    def bits(self) -> float:
        """log2 of the number of secrets with as many tokens, as far as those that were asked tell."""
        if self.whole:
            return float(np.log2(self.space))
        return FORMATS[self.canary.format].bits + float(np.log2(len(self.references) / self.asked))

    @property
    def limits(self) -> tuple[float, float]:
        """95 % limits of the exposure among all secrets; of a space that was ranked whole there is nothing to bound."""
        if self.whole:
            return self.exposure, self.exposure
        low, high = sampled_limits(self.rank, len(self.references), self.bits, 0.95)
        return min(low, self.exposure), max(high, self.exposure)

    @cached_property
    def extrapolated(self) -> Extrapolated | None:
        """The exposure by a distribution that is fitted to the references; None where these are too few or alike."""
        if self.whole:
            return None
        return extrapolated_exposure(self.secret, self.references, self.bits, self.seed)

    @property
    def score(self) -> float:
        """How much better the secret is known than the others are: by it the coins are guessed."""
        spread = float(self.references.std())
        return (float(self.references.mean()) - self.secret) / spread if spread > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Unranked:
    """A canary that has no place, and why; `unanswered`: the model gave no answer.

    `equal` other secrets have as many tokens, where these are too few: `asked` were asked.
    """

    canary: Canary
    reason: str
    unanswered: bool = False
    equal: int = 0
    asked: int = 0


def likelihood(answer: Answer, request: Request) -> tuple[float, int] | str:
    """Negative log-likelihood and number of tokens of the secret in a request, or why there is none.

    What follows the colon of an error may quote the text, so that only the kind of error is told.
    """
    if isinstance(answer, Unanswered):
        return answer.reason.split(":")[0]
    if not isinstance(answer, TokenScores):
        return "other"
    pairs = zip(answer.log_probs, answer.starts, strict=True)
    values = [value for value, start in pairs if _asked(request, start)]
    if not values or not np.isfinite(values).all():
        return WORDS("reason.infinite") if values else WORDS("reason.no_tokens")
    return -float(np.sum(values)), len(values)


def _asked(request: Request, start: int) -> bool:
    if isinstance(request, PseudoLogLikelihood) and request.span is not None:
        return request.span[0] <= start < request.span[1]
    return True


def ranked(given: Candidates, answers: Mapping[Request, Answer], model: ModelType, seed: int) -> Ranked | Unranked:
    """The place of a canary among its candidates, or why it has none."""
    request = request_of(given.canary, given.canary.secret, model)
    secret = likelihood(answers[request], request)
    if isinstance(secret, str):
        return Unranked(given.canary, secret, unanswered=isinstance(answers[request], Unanswered))
    requests = [request_of(given.canary, candidate, model) for candidate in given.secrets]
    read = [likelihood(answers[other], other) for other in requests]
    known = [value for value in read if not isinstance(value, str)]
    if len(known) < len(read) if given.whole else len(known) < LEAST_ANSWERED * len(read):
        why = next(value for value in read if isinstance(value, str))
        return Unranked(given.canary, why, unanswered=True)
    equal = np.array([value for value, tokens in known if tokens == secret[1]])
    least = min(LEAST_RANKED, len(read)) if given.whole else LEAST_RANKED
    if len(equal) < max(least, 1):
        why = WORDS("reason.uneven", equal=len(equal), asked=len(known), tokens=secret[1], least=least)
        return Unranked(given.canary, why, equal=len(equal), asked=len(read))
    if (tied := int(np.count_nonzero(equal == secret[0]))) > MOST_TIED * len(equal):
        return Unranked(given.canary, WORDS("reason.tied", tied=tied, equal=len(equal)))
    return Ranked(
        given.canary, secret[0], equal, secret[1], len(read), len(known) - len(equal), given.whole, seed
    )  # fmt: skip


def right(control: Control, answers: Mapping[Request, Answer], model: ModelType) -> bool | None:
    """Whether the model finds a text likelier than its words in another order; None without an answer."""
    totals = []
    for text in (control.text, control.shuffled):
        answer = answers[control_request(text, model)]
        if not isinstance(answer, TokenScores) or not np.isfinite(answer.log_probs).all():
            return None
        totals.append(answer.total)
    return totals[0] > totals[1]
