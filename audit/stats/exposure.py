"""How well a secret is known beside others that it could have been: ranks in bits (Carlini et al. 2019).

"The Secret Sharer: Evaluating and Testing Unintended Memorization in Neural Networks", USENIX Security 2019,
https://arxiv.org/abs/1802.08232, sec. 4. A secret and its references are negative log-likelihoods in nats: the smaller,
the better known. A secret that was never seen has any rank alike, which is 1.44 bits in the mean and not 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.stats import beta, gamma

from fairwitness.audit.stats.levels import FloatArray

LOG2E = math.log2(math.e)


def rank_of(secret: float, references: Sequence[float] | FloatArray) -> int:
    """The place of a secret among its references, 1 the best known; what ties with it stands before it.

    >>> rank_of(3.5, [1.0, 2.0, 3.5, 4.0])
    4
    """
    return 1 + int(np.count_nonzero(np.asarray(references) <= secret))


def exposure(rank: int, space: int) -> float:
    """Bits by which a secret outranks chance: log2(space) - log2(rank), rank in 1..space + 1.

    Carlini et al. 2019, sec. 4. `space` is the number of references, or of all secrets where all were ranked. Raises
    ValueError for another rank.

    >>> exposure(1, 16), exposure(4, 16)
    (4.0, 2.0)
    """
    if not 1 <= rank <= space + 1:
        raise ValueError(f"rank {rank} among {space}")
    return math.log2(space) - math.log2(rank)


@lru_cache(maxsize=4096)
def chance_exposure(space: int, ranks: int) -> float:
    """The mean exposure of a secret that was never seen: over all ranks alike, 1 to `ranks`. About log2(e) = 1.44 bits.

    Sampled references leave one rank more than there are references, a space that is ranked whole does not.

    >>> round(chance_exposure(1000, 1001), 3), round(chance_exposure(2, 2), 3)
    (1.435, 0.5)
    """
    if ranks < 1 or space < 1:
        raise ValueError(f"{ranks} ranks among {space}")
    return math.log2(space) - math.lgamma(ranks + 1) / math.log(2) / ranks


def chance_p(ranks: Sequence[int], among: Sequence[int]) -> float:
    """Two-sided p-value of all secrets having any rank alike, each 1 to its number in `among`.

    -ln of a uniform share is exponential, so that the sum over n secrets is of the gamma distribution of shape n. Ranks
    are taken in the middle of their step. 1 without a secret.

    >>> round(chance_p([50] * 20, [100] * 20), 4), chance_p([1] * 20, [100] * 20) < 1e-20
    (0.1583, True)
    """
    if len(ranks) == 0:
        return 1.0
    shares = (np.asarray(ranks, dtype=np.float64) - 0.5) / np.asarray(among, dtype=np.float64)
    total = float(-np.log(shares).sum())
    below = float(gamma.cdf(total, len(ranks)))
    return min(1.0, 2 * min(below, float(gamma.sf(total, len(ranks)))))


def sampled_limits(rank: int, references: int, bits: float, level: float) -> tuple[float, float]:
    """Limits of what the exposure would be, had all secrets been ranked: -log2 of Clopper and Pearson's of the share.

    The share is that of the space which is as well known as the secret. `bits` is log2 of the space, which no exposure
    is above.
    """
    before, tail = rank - 1, (1 - level) / 2
    low = float(beta.ppf(tail, before, references - before + 1)) if before else 0.0
    high = float(beta.ppf(1 - tail, before + 1, references - before)) if before < references else 1.0
    most = bits if low <= 0 else min(bits, -math.log2(low))
    return min(-math.log2(high), most), most
