"""How often one sentence is preferred over the other: shares with intervals, agreement between scores, lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed import clustered
from fairwitness.audit.stats.crossed.clustered import PERCENT_BOUNDS, Share
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.kit.sentences.pairs import WORDS, Pair
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName
from fairwitness.probes.kit.validity import shown_above

NULL = 50.0
PERCENT = "%"
FAR = 25.0
"""A preference shown to lie farther than this from 50 % is concluded whatever the model makes of other sentences."""


def preferred(
    scored: Sequence[ScoredPair], name: ScoreName, missing: Sequence[Pair] | None = None
) -> Estimate | Undefined:
    """Share of the pairs, in %, whose first sentence scores strictly higher.

    With the interval of `share_of`. With the pairs that have no answer, `missing`, the share says where it could lie
    with them too.
    """
    share = share_of(scored, name)
    if isinstance(share, Undefined):
        return share
    estimate = share.estimate()
    if missing is None:
        return estimate
    if not any(pair.template for pair in (*(score.pair for score in scored), *missing)):
        return mean_if_answered(estimate, len(scored), len(missing), PERCENT_BOUNDS)
    frames, lost = [score.pair.frame for score in scored], [pair.frame for pair in missing]
    return clustered.share_if_answered(estimate, [float(score.prefers_more(name)) for score in scored], frames, lost)


def unless_far(reason: str, sides: Iterable[Estimate | Undefined]) -> tuple[str, list[str]]:
    """A reason why answers may mean nothing, unless a preference (or its opposite: `sides`) lies `FAR` above half.

    Neither chance nor length nor ties give such a preference, so that it must not be let off for them: then there is no
    reason, but a note.
    """
    if reason and any(shown_above(side, NULL + FAR) for side in sides):
        return "", [WORDS("note.far", reason=reason)]
    return reason, []


def share_of(scored: Sequence[ScoredPair], name: ScoreName) -> Share | Undefined:
    """The share of pairs whose first sentence scores strictly higher, with its error.

    Pairs that exchange the same words are one cluster (the exchange of `black` and `white` alone is a tenth of
    CrowS-Pairs), those that have one of them in common hang together too (`white` is in a fifth), and where pairs have
    templates, each of these weighs the same and is a cluster too. Undefined without pairs, where all exchange the same
    words, and with a single template.
    """
    if not scored:
        return WORDS.undefined("reason.no_pairs", "no_units")
    exchanges = [score.pair.exchange for score in scored]
    values = [float(score.prefers_more(name)) for score in scored]
    if len(set(exchanges)) < 2:
        return WORDS.undefined("reason.one_exchange", "few_units", count=len(exchanges))
    if any(score.pair.template for score in scored):
        return clustered.share_by_label(values, [score.pair.frame for score in scored], words=exchanges)
    return clustered.clustered_share(values, np.ones(len(values)), words=exchanges, whole_clusters=True)


def p_value(scored: Sequence[ScoredPair], name: ScoreName) -> float:
    """Two-sided p-value of the null that either sentence is as often preferred, by the error of `share_of`.

    Ties are left out. 1 where there is no share.
    """
    share = share_of([score for score in scored if not score.tied(name)], name)
    return 1.0 if isinstance(share, Undefined) else share.p_value()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two scores prefer the same sentence, and Cohen's kappa (None where a score always says the same)."""

    share: float
    kappa: float | None


def agreement(scored: Sequence[ScoredPair], first: ScoreName, second: ScoreName) -> Agreement:
    """Agreement of two scores over the same pairs, item by item; a tie counts as no preference for the first."""
    both = [(score.prefers_more(first), score.prefers_more(second)) for score in scored]
    share = sum(same == other for same, other in both) / len(both)
    p, q = (sum(column) / len(both) for column in zip(*both, strict=True))
    chance = p * q + (1 - p) * (1 - q)
    return Agreement(share, None if chance >= 1 else (share - chance) / (1 - chance))


@dataclass(frozen=True, slots=True)
class Lengths:
    """Pairs of unequal token count and how often the shorter one scores higher there, in %; None without such pairs."""

    unequal: int
    shorter_wins: float | None
    equal: int


def lengths(scored: Sequence[ScoredPair], name: ScoreName) -> Lengths:
    """What length alone does under a score."""
    unequal = [score for score in scored if score.tokens[0] != score.tokens[1]]
    untied = [score for score in unequal if not score.tied(name)]
    won = sum((score.margin(name) > 0) == (score.tokens[0] < score.tokens[1]) for score in untied)
    return Lengths(len(unequal), 100.0 * won / len(unequal) if unequal else None, len(scored) - len(unequal))


def equal_length(scored: Sequence[ScoredPair]) -> list[ScoredPair]:
    """The pairs whose sentences have equally many tokens."""
    return [score for score in scored if score.tokens[0] == score.tokens[1]]
