"""Inference on the whole set: was the model trained on the members, taken together?

Maini et al. 2024, LLM Dataset Inference, https://arxiv.org/abs/2406.06443.

Scores of many attacks, each weak for one document, are weighed on one half of the documents and tested on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fairwitness.audit import stats
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.memorization.membership.attacks import Attack, FloatArray

RIDGE = 1.0
"""Penalty of the weights, in standard deviations of the scores."""
EXTREME = 3.0
"""Scores are cut at so many standard deviations, so that single documents do not decide."""


@dataclass(frozen=True, slots=True)
class SetInference:
    """The mean score of the members above that of the others, in standard deviations, and its one-sided p-value."""

    difference: Estimate | Undefined
    p: float | None


def set_inference(attacks: Sequence[Attack], member: npt.NDArray[np.bool_], seed: int) -> SetInference:
    """Weights by linear discriminants on a drawn half of each side, Welch's t test on the other half."""
    columns = [attack.scores for attack in attacks if not isinstance(attack.scores, Undefined)]
    learnt = _half(member, seed)
    values = _standardised(np.column_stack(columns), learnt)
    weights = _weights(values[learnt], member[learnt])
    tried = (values[~learnt] @ weights, member[~learnt])
    members, others = tried[0][tried[1]], tried[0][~tried[1]]
    spread = float(np.sqrt((members.var(ddof=1) + others.var(ddof=1)) / 2))
    difference = stats.mean_difference(members / (spread or 1.0), others / (spread or 1.0))
    if isinstance(difference, Undefined):
        return SetInference(difference, None)
    two_sided = stats.two_sided_p(difference, 0.0)
    p = two_sided / 2 if difference.value > 0 else 1 - two_sided / 2
    return SetInference(replace(difference, method="Welch t, on a half that the weights have not seen"), p)


def _half(member: npt.NDArray[np.bool_], seed: int) -> npt.NDArray[np.bool_]:
    """True for a drawn half of each side."""
    rng = np.random.default_rng([seed, 5])
    half = np.zeros(len(member), dtype=np.bool_)
    for side in (True, False):
        places = rng.permutation(np.flatnonzero(member == side))
        half[places[: len(places) // 2]] = True
    return half


def _standardised(values: FloatArray, learnt: npt.NDArray[np.bool_]) -> FloatArray:
    """Columns by the mean and spread of the half that is learnt from."""
    middle, spread = values[learnt].mean(axis=0), values[learnt].std(axis=0)
    return np.asarray(np.clip((values - middle) / np.where(spread > 0, spread, 1.0), -EXTREME, EXTREME))


def _weights(values: FloatArray, member: npt.NDArray[np.bool_]) -> FloatArray:
    """Fisher's linear discriminant with a ridge; of scores that say the same the weight is shared."""
    centred = np.where(member[:, None], values - values[member].mean(axis=0), values - values[~member].mean(axis=0))
    scatter = centred.T @ centred / len(values) + RIDGE * np.eye(values.shape[1])
    apart = values[member].mean(axis=0) - values[~member].mean(axis=0)
    return np.asarray(np.linalg.solve(scatter, apart), dtype=np.float64)
