"""Scores against models that never saw the documents: the difference, offline LiRA and RMIA.

`audited` is minus the bits a byte (or the logit of the confidence) of the audited model, one value a document; `others`
are the same of the reference models [model, document].
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
PRIOR = 4.0
"""Degrees of freedom of the variance over all documents, to which that of a document is drawn."""


def reference(audited: FloatArray, others: FloatArray) -> FloatArray:
    """By how much the audited model finds a document likelier than the reference models do on average."""
    return np.asarray(audited - others.mean(axis=0))


def lira(audited: FloatArray, others: FloatArray) -> FloatArray:
    """Offline LiRA (Carlini et al. 2022): how far a document lies above what models without it say, in their spread.

    The variance of a document over K models is drawn to the mean of all documents' (`PRIOR` degrees of freedom; Smyth
    2004), as few models say little of one variance. One model has no spread: there the order is that of `reference`.
    """
    distance = reference(audited, others)
    models = len(others)
    if models < 2:
        return distance
    variances = others.var(axis=0, ddof=1)
    common = float(variances.mean())
    drawn = (PRIOR * common + (models - 1) * variances) / (PRIOR + models - 1)
    return distance / np.sqrt(np.where(drawn > 0, drawn, 1.0))


def rmia(audited: FloatArray, others: FloatArray, population: npt.NDArray[np.bool_]) -> FloatArray:
    """RMIA, offline (Zarifzadeh et al. 2024): the share of the population that a document beats, gamma 1.

    A document beats another where P(text | model) / P(text | references) is larger, per byte. The references' P is the
    mean of their probabilities. The `population` are the non-members; none is compared with itself, and a tie counts
    half.
    """
    mean = np.logaddexp.reduce(others * np.log(2), axis=0) / np.log(2) - np.log2(len(others))
    ratio = audited - mean
    known = np.sort(ratio[population])
    below, up_to = (np.searchsorted(known, ratio, side) for side in ("left", "right"))
    itself = population.astype(np.float64)
    return np.asarray(((below + up_to) / 2 - itself / 2) / np.maximum(len(known) - itself, 1.0), dtype=np.float64)
