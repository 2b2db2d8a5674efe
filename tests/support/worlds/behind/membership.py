"""Members and non-members whose scores are normal, and documents that say nothing of their side."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.memorization.membership import blind as baseline
from fairwitness.probes.memorization.membership.attacks import Attack
from fairwitness.probes.memorization.membership.inference import set_inference
from fairwitness.probes.memorization.membership.results import FALSE_ALARMS, blind_auc, share_found
from worlds.behind.rows import Case, Draw, Rng, Row

AUC_EDGE, TPR_EDGE = 0.6001, 0.1001
SIZES = ((60, 60), (130, 300), (300, 300))


def _apart(auc: float) -> float:
    """How far the members' normal scores lie above for this AUC."""
    return float(np.sqrt(2) * norm.ppf(auc))


def _world(rng: Rng, members: int, others: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    member = np.arange(members + others) < members
    return rng.normal(0, 1, len(member)) + shift * member, member


def _auc(members: int, others: int, auc: float) -> Draw:
    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        return stats.auc(*_world(rng, members, others, _apart(auc))), auc

    return draw


def _rate(members: int, others: int, rate: float) -> Draw:
    shift = float(norm.isf(FALSE_ALARMS)) - float(norm.isf(rate))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        scores, member = _world(rng, members, others, shift)
        return share_found(scores[member], scores[~member]), rate

    return draw


def _aucs(*aucs: float, edge: bool = False) -> list[Case]:
    return [
        Case(f"{members} and {others}, {auc:g}", _auc(members, others, auc), edge)
        for members, others in SIZES
        for auc in aucs
    ]


def _rates(*rates: float, edge: bool = False) -> list[Case]:
    return [
        Case(f"{members} and {others}, {rate:g}", _rate(members, others, rate), edge)
        for members, others in ((130, 300), (300, 1_000))
        for rate in rates
    ]


def _above(side: int, auc: float) -> Case:
    """Beside a baseline whose scores hang together with those of the attack and say nothing of the side."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        scores, member = _world(rng, side, side, 0.0)
        blind = 0.6 * scores + 0.8 * rng.normal(0, 1, len(member))
        return stats.paired_auc_difference(scores + _apart(auc) * member, blind, member), auc - 0.5

    return Case(f"{side} of each, {auc:g}", draw)


def _blind(side: int) -> Draw:
    """Documents that are points in many dimensions, of two families, and differ in nothing."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        member = np.arange(2 * side) < side
        kernels = {}
        for name, width in (("words", 40), ("length", 3)):
            points = rng.normal(0, 1, (2 * side, width)) / np.sqrt(width)
            kernels[name] = points @ points.T
        return blind_auc(baseline.of_kernels(kernels, member, int(rng.integers(1 << 30))), member), 0.5

    return draw


def _set(side: int) -> Draw:
    """Three scores that hang together and say nothing of the side."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        member = np.arange(2 * side) < side
        common = rng.normal(0, 1, 2 * side)
        attacks = [Attack(str(place), "", common + rng.normal(0, 0.5, 2 * side)) for place in range(3)]
        return set_inference(attacks, member, int(rng.integers(1 << 30))).difference, 0.0

    return draw


AUC, TPR = ("membership/membership_auc",), ("membership/membership_tpr",)
ROWS = (
    Row(
        behind=AUC,
        estimator="AUC of members and others (DeLong)",
        situation="60 and 60, 130 and 300, 300 and 300 documents, normal scores, AUC 0.5 and 0.8",
        cases=_aucs(0.5, 0.8),
    ),
    Row(
        behind=AUC,
        estimator="AUC of members and others (DeLong)",
        situation="at the limit: 60 and 60, 130 and 300, 300 and 300 documents",
        cases=_aucs(AUC_EDGE, edge=True),
        limit=("<=", 0.6),
    ),
    Row(
        behind=TPR,
        estimator="share of members above the threshold of the others (binomial mixture)",
        situation="130 and 300, 300 and 1,000 documents, normal scores, share 0.01 and 0.5 at 1 % false alarms",
        cases=_rates(0.01, 0.5),
    ),
    Row(
        behind=TPR,
        estimator="share of members above the threshold of the others (binomial mixture)",
        situation="at the limit: 130 and 300, 300 and 1,000 documents",
        cases=_rates(TPR_EDGE, edge=True),
        limit=("<=", 0.1),
    ),
    Row(
        behind=("membership/membership_above_blind",),
        estimator="AUC less that of a blind baseline (DeLong, paired)",
        situation="100 documents of each side, AUC 0.5 and 0.75 beside a baseline that knows nothing",
        cases=[_above(100, 0.5), _above(100, 0.75)],
    ),
    Row(
        behind=("membership/blind_auc",),
        estimator="AUC of a cross-validated ridge (wider of DeLong and of permutations)",
        situation="40 and 100 documents of each side that differ in nothing",
        cases=[Case(f"{side} of each", _blind(side)) for side in (40, 100)],
        asked=0.92,
    ),
    Row(
        behind=("membership/set_difference",),
        estimator="weighed scores on the other half (Welch t)",
        situation="30 and 100 documents of each side, three scores that say nothing",
        cases=[Case(f"{side} of each", _set(side)) for side in (30, 100)],
    ),
)
