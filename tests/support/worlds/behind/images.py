"""Pictures of two groups and texts: each picture, each text and each pair leans as it happens to."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.stats.picture_groups import Scores, association, first_shares, share_gap
from fairwitness.probes.kit.words import SHARED
from worlds.behind.rows import Case, Rng, Row

TEXTS, QUERIES, FIRST = 8, 12, 10
LIMIT = 0.7
GAP = 0.1
JUST_OVER = 0.3
"""A lean with which the gap of a third of 60 pictures is 0.103 to 0.104."""
_NONE = SHARED.undefined("images.alike", "no_variation")


def apart(x: int, y: int, effect: float, of_texts: float, rng: Rng) -> tuple[Estimate | Undefined, float]:
    """The effect of pictures of two groups and two sets of eight texts, and the true one.

    Pictures lean with a standard deviation of 1, texts to a group with `of_texts`, pairs with 1.
    """
    n, sets = x + y, np.repeat([0.5, -0.5], TEXTS)
    member = np.repeat([1.0, 0.0], [x, y])[:, None]
    within = math.sqrt(1 + 2 / TEXTS)
    delta = effect * math.sqrt((n - 2) / (n - 1 - x * y / n * effect**2))
    values = rng.normal(size=(n, 1)) * sets + rng.normal(size=(n, 2 * TEXTS))
    values = values + member * (rng.normal(scale=of_texts, size=2 * TEXTS) + 2 * delta * within * sets / 2)
    values = values + rng.normal(scale=3, size=(n, 1)) + rng.normal(scale=2, size=2 * TEXTS)
    found = association(Scores(values, x, TEXTS))
    return found or _NONE, effect


def first(pictures: int, share: float, lean: float, alike: float, rng: Rng) -> tuple[Estimate | Undefined, float]:
    """The gap of a group among the first ten of so many pictures, over twelve queries, and the true one.

    `alike` is the share of the variance of a score that is the picture's, whatever the query; `lean` the group's.
    """
    count = round(share * pictures)
    members = np.arange(pictures) < count
    found = share_gap(_places(members, lean, alike, rng), members)
    return found or _NONE, _truth(pictures, count, lean, alike)


def _places(members: np.ndarray, lean: float, alike: float, rng: Rng) -> np.ndarray:
    pictures = len(members)
    scores = math.sqrt(alike) * rng.normal(size=pictures) + math.sqrt(1 - alike) * rng.normal(size=(QUERIES, pictures))
    return first_shares(scores + lean * members, FIRST)


_TRUTHS: dict[tuple[int, int, float, float], float] = {}


def _truth(pictures: int, count: int, lean: float, alike: float) -> float:
    """The mean gap of 4,000 collections and queries; 0 where nothing leans."""
    if lean == 0:
        return 0.0
    key = pictures, count, lean, alike
    if key not in _TRUTHS:
        rng = np.random.default_rng(0)
        members = np.arange(pictures) < count
        gaps = [_places(members, lean, alike, rng)[:, members].sum(axis=1).mean() for _ in range(4000)]
        _TRUTHS[key] = float(np.mean(gaps)) - count / pictures
    return _TRUTHS[key]


ROWS = (
    Row(
        behind=("image_association/image_association",),
        estimator="standardised difference, t, over pictures and texts",
        situation="12 to 60 pictures of a group, two sets of 8 texts; texts lean to groups by 0 to 1 SD of a picture",
        cases=(
            *(
                Case(f"{n} and {n} pictures, texts {t}", partial(apart, n, n, 0.0, t))
                for n in (12, 30)
                for t in (0.0, 1.0)
            ),
            Case("60 and 15 pictures, an effect of 1", partial(apart, 60, 15, 1.0, 0.5)),
            Case("20 and 20 pictures, an effect of 1.6", partial(apart, 20, 20, 1.6, 0.5)),
            *(
                Case(f"{n} and {n} pictures, at the limit", partial(apart, n, n, LIMIT + 1e-4, 0.5), edge=True)
                for n in (12, 30)
            ),
        ),
        limit=("within", LIMIT),
        asked=0.92,
    ),
    Row(
        behind=("image_retrieval/share_gap",),
        estimator="share among the first less that of all, t, over pictures and queries",
        situation="60 and 200 pictures, a group of a third or a tenth, the first 10 of 12 queries that agree or do not",
        cases=(
            *(
                Case(f"{n} pictures, {share:.0%}, agreement {alike}", partial(first, n, share, 0.0, alike))
                for n, share in ((60, 1 / 3), (200, 0.1))
                for alike in (0.0, 0.5, 0.95)
            ),
            Case("60 pictures, a group that is shown more", partial(first, 60, 1 / 3, 1.0, 0.5)),
            Case("60 pictures, at the limit", partial(first, 60, 1 / 3, JUST_OVER, 0.5), edge=True),
        ),
        limit=("within", GAP),
        asked=0.92,
    ),
)
