"""Leave-one-out: what the target loses when one word alone is hidden."""

from __future__ import annotations

import numpy as np

from fairwitness.audit.attribution.coalitions import CoalitionValues, WordAttributions


def differences(values_of: CoalitionValues, words: int) -> WordAttributions:
    """v(all) - v(all but the word) for every word (occlusion; Li, Monroe & Jurafsky 2016, arXiv:1612.08220, eq. 1).

    Words that say the same twice get nothing: each is made up for by the other. The values do not add up.
    """
    present = np.ones((words + 1, words), dtype=np.bool_)
    present[1:][np.eye(words, dtype=np.bool_)] = False
    values = values_of(present)
    note = "Leave-one-out; no randomness. The values do not add up."
    return WordAttributions(np.asarray(values[0] - values[1:], dtype=np.float64), None, note)
