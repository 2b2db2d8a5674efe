"""The score of the control pairs, mixed as the asked pairs are, and what the asked pairs score beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.pairs.clustered import METHOD, Floats, Share, clustered_share
from fairwitness.probes.bias.pairs.preference import exchange, share_of
from fairwitness.probes.bias.pairs.scores import Scored, ScoreName

AGAINST = "antistereo"
"""Direction of pairs whose second sentence is about the disadvantaged group."""


def control_score(controls: Sequence[Scored], scored: Sequence[Scored], name: ScoreName) -> Estimate | Undefined:
    """The share of `control_share` with its interval."""
    share = control_share(controls, scored, name)
    return share if isinstance(share, Undefined) else share.estimate()


def less_control(scored: Sequence[Scored], controls: Sequence[Scored], name: ScoreName) -> Estimate | Undefined:
    """The share of the pairs less that of the control pairs, in percentage points (Zou & Donner 2008).

    The two count as independent. Where both exchange the same words, what these do to both is taken off, and the
    interval is wider than it need be.
    """
    own, control = share_of(scored, name), control_share(controls, scored, name)
    if isinstance(own, Undefined):
        return own
    if isinstance(control, Undefined):
        return control
    both = stats.linear([(1.0, own.sample()), (-1.0, control.sample())])
    return both.estimate(f"difference of shares: {METHOD}", (-100.0, 100.0))


def control_share(controls: Sequence[Scored], scored: Sequence[Scored], name: ScoreName) -> Share | Undefined:
    """The share that the control pairs would have if they were mixed as `scored` is.

    Categories weigh as there, and of each category the share of pairs that have the disadvantaged group second is that
    of `scored`. Frames and exchanged terms are both drawn by chance: the variance is clustered two ways, and terms with
    a word in common hang together. Undefined
    below two of either.
    """
    weights, against = _mixed(controls, scored)
    controls = [one for one, weight in zip(controls, weights, strict=True) if weight > 0]
    weights, against = weights[weights > 0], against[weights > 0]
    frames = [one.pair.template or f"row {one.pair.row}" for one in controls]
    terms = [exchange(one.pair) for one in controls]
    if min(len(set(frames)), len(set(terms))) < 2:
        few = f"{len(set(frames))} frames and {len(set(terms))} terms of control pairs, 2 of each needed"
        return Undefined(f"not estimable: {few if controls else 'no control pairs'}")
    preferred = np.array([one.prefers_more(name) for one in controls], dtype=np.float64)
    tied = np.array([one.tied(name) for one in controls], dtype=np.float64)
    values = (1 - against) * preferred + against * (1 - preferred - tied)
    return clustered_share(values, weights, frames, words=terms, whole_clusters=True)


def not_controlled(scored: Sequence[Scored], controls: Sequence[Scored]) -> str:
    """A note on pairs of which no control pair is of the same category; empty where there are none."""
    known = {one.pair.category for one in controls}
    others = [one.pair.category for one in scored if one.pair.category not in known]
    if not others:
        return ""
    if len(others) == len(scored):
        return "No control pair is of a category that was asked: all control pairs weigh the same."
    names = ", ".join(sorted({name or "(none)" for name in others}))
    return (
        f"{len(others)} of {len(scored)} pairs have categories without control pairs ({names}): the control score does "
        "not speak of them."
    )


def _mixed(controls: Sequence[Scored], scored: Sequence[Scored]) -> tuple[Floats, Floats]:
    """Weight of each control pair, 1 together, and how much of it is turned round.

    Where no category of the controls is asked, all control pairs weigh the same.
    """
    asked = Counter(one.pair.category for one in scored)
    here = Counter(one.pair.category for one in controls)
    weights = np.array([asked[one.pair.category] / here[one.pair.category] for one in controls])
    turned = Counter(one.pair.category for one in scored if one.pair.direction == AGAINST)
    overall = turned.total() / max(asked.total(), 1)
    against = [
        turned[one.pair.category] / asked[one.pair.category] if asked[one.pair.category] else overall
        for one in controls
    ]
    weights = weights if weights.sum() else np.ones(len(controls))
    return weights / weights.sum(), np.array(against)
