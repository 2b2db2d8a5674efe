"""The score of the control pairs, mixed as the asked pairs are, and what the asked pairs score beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.crossed.clustered import METHOD, Floats, Share, clustered_share
from fairwitness.probes.kit.sentences.pairs import WORDS
from fairwitness.probes.kit.sentences.preference import share_of
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName

AGAINST = "antistereo"
"""Direction of pairs whose second sentence is about the disadvantaged group."""


def control_score(
    controls: Sequence[ScoredPair], scored: Sequence[ScoredPair], name: ScoreName
) -> Estimate | Undefined:
    """The share of `control_share` with its interval."""
    share = control_share(controls, scored, name)
    return share if isinstance(share, Undefined) else share.estimate()


def control_adjusted_score(
    scored: Sequence[ScoredPair], controls: Sequence[ScoredPair], name: ScoreName
) -> Estimate | Undefined:
    """The share of the pairs less that of the control pairs, in percentage points (Zou & Donner 2008).

    The two count as independent. Where both exchange the same words, what these do to both is taken off, and the
    interval is wider than it need be.
    """
    score, control = share_of(scored, name), control_share(controls, scored, name)
    if isinstance(score, Undefined):
        return score
    if isinstance(control, Undefined):
        return control
    difference = stats.linear_combination([(1.0, score.statistic()), (-1.0, control.statistic())])
    return difference.estimate(f"difference of shares: {METHOD}", (-100.0, 100.0))


def control_share(controls: Sequence[ScoredPair], scored: Sequence[ScoredPair], name: ScoreName) -> Share | Undefined:
    """The share that the control pairs would have if they were mixed as `scored` is.

    Categories weigh as there, and of each category the share of pairs that have the disadvantaged group second is that
    of `scored`. Frames and exchanged terms are both drawn by chance: the variance is clustered two ways, and terms with
    a word in common hang together. Undefined below two of either.
    """
    weights, against = _mixed(controls, scored)
    controls = [control for control, weight in zip(controls, weights, strict=True) if weight > 0]
    weights, against = weights[weights > 0], against[weights > 0]
    frames = [control.pair.frame for control in controls]
    terms = [control.pair.exchange for control in controls]
    if not controls:
        return WORDS.undefined("reason.no_controls", "no_units")
    if min(len(set(frames)), len(set(terms))) < 2:
        return WORDS.undefined("reason.few_controls", "few_units", frames=len(set(frames)), terms=len(set(terms)))
    preferred = np.array([control.prefers_more(name) for control in controls], dtype=np.float64)
    tied = np.array([control.tied(name) for control in controls], dtype=np.float64)
    values = (1 - against) * preferred + against * (1 - preferred - tied)
    return clustered_share(values, weights, frames, words=terms, whole_clusters=True)


def uncontrolled_categories(scored: Sequence[ScoredPair], controls: Sequence[ScoredPair]) -> str:
    """A note on pairs of which no control pair is of the same category; empty where there are none."""
    known = {control.pair.category for control in controls}
    others = [score.pair.category for score in scored if score.pair.category not in known]
    if not others:
        return ""
    if len(others) == len(scored):
        return WORDS("note.no_category_controlled")
    names = ", ".join(sorted({name or "(none)" for name in others}))
    return WORDS("note.uncontrolled", count=len(others), total=len(scored), names=names)


def _mixed(controls: Sequence[ScoredPair], scored: Sequence[ScoredPair]) -> tuple[Floats, Floats]:
    """Weight of each control pair, 1 together, and how much of it is turned round.

    Where no category of the controls is asked, all control pairs weigh the same.
    """
    asked = Counter(score.pair.category for score in scored)
    turned = Counter(score.pair.category for score in scored if score.pair.direction == AGAINST)
    sizes = Counter(control.pair.category for control in controls)
    overall = turned.total() / max(asked.total(), 1)
    categories = [control.pair.category for control in controls]
    weights = np.array([asked[category] / sizes[category] for category in categories])
    against = [turned[category] / asked[category] if asked[category] else overall for category in categories]
    weights = weights if weights.sum() else np.ones(len(controls))
    return weights / weights.sum(), np.array(against)
