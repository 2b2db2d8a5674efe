"""The score of the control pairs, mixed as the asked pairs are, and what the asked pairs score beyond it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assay.audit import stats
from assay.audit.records import Estimate, Undefined
from assay.audit.stats.clusters import crossed_error
from assay.probes.pairs.preference import share_sample
from assay.probes.pairs.scores import Scored, ScoreName

Floats = npt.NDArray[np.float64]

_NOTHING = 1e-9
METHOD = "Wilson, clustered by frame and terms"
AGAINST = "antistereo"
"""Direction of pairs whose second sentence is about the disadvantaged group."""


def control_score(controls: Sequence[Scored], scored: Sequence[Scored], name: ScoreName) -> Estimate | Undefined:
    """The share of `control_sample` with its interval."""
    sample = control_sample(controls, scored, name)
    return sample if isinstance(sample, Undefined) else sample.estimate(METHOD, (0.0, 100.0))


def less_control(scored: Sequence[Scored], controls: Sequence[Scored], name: ScoreName) -> Estimate | Undefined:
    """The share of the pairs less that of the control pairs, in percentage points (Zou & Donner 2008)."""
    if not scored:
        return Undefined("not estimable: no pairs")
    own, control = share_sample(scored, name), control_sample(controls, scored, name)
    if isinstance(own, Undefined):
        return own
    if isinstance(control, Undefined):
        return control
    both = stats.linear([(1.0, own), (-1.0, control)])
    return both.estimate(f"difference; controls: {METHOD}", (-100.0, 100.0))


def control_sample(controls: Sequence[Scored], scored: Sequence[Scored], name: ScoreName) -> stats.Sample | Undefined:
    """The share, in %, that the control pairs would have if they were mixed as `scored` is.

    Categories weigh as there, and of each category the share of pairs that have the disadvantaged group second is that
    of `scored`. Frames and exchanged terms are both drawn by chance: the variance is clustered two ways, the limits are
    those of `stats.effective_share`. Where nothing varies each frame (or term, if these are fewer) counts once.
    Undefined below two of either.
    """
    weights, against = _mixed(controls, scored)
    controls = [one for one, weight in zip(controls, weights, strict=True) if weight > 0]
    weights, against = weights[weights > 0], against[weights > 0]
    frames = [one.pair.template or f"row {one.pair.row}" for one in controls]
    terms = [one.pair.terms or f"row {one.pair.row}" for one in controls]
    clusters = min(len(set(frames)), len(set(terms)))
    if clusters < 2:
        few = f"{len(set(frames))} frames and {len(set(terms))} terms of control pairs, 2 of each needed"
        return Undefined(f"not estimable: {few if controls else 'no control pairs'}")
    preferred = np.array([one.prefers_more(name) for one in controls], dtype=np.float64)
    tied = np.array([one.tied(name) for one in controls], dtype=np.float64)
    values = (1 - against) * preferred + against * (1 - preferred - tied)
    value = min(1.0, max(0.0, float(weights @ values)))
    error = crossed_error(weights * (values - value), frames, terms)
    most = 1 / float(weights @ weights) if error > _NOTHING else float(clusters)
    share = stats.effective_share(value, error, most, df=clusters - 1, n=len(controls))

    def limits(z: float) -> tuple[float, float]:
        low, high = share.limits(z)
        return 100.0 * low, 100.0 * high

    return stats.Sample(100.0 * value, 1e4 * error**2, len(controls), limits)


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
