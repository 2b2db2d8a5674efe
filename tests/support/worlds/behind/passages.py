"""Questions put to their own passage and to another one: confidence that leans by pair of passages."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.passages.reading import Question
from fairwitness.probes.safety.unanswerable.estimators import Results, Said
from fairwitness.probes.safety.unanswerable.items import Item, Kind
from worlds.behind.rows import Case, Draw, Rng, Row

TOGETHER = 6
"""Questions of two passages that swap theirs."""
KINDS: tuple[Kind, Kind] = ("own", "other")


def told_apart(pairs: int, area: float, within: float) -> Draw:
    """Normal confidences of which pairs of passages have a share `within` of the variance, with this area at large."""
    questions = [Question(str(place), "q", "c", ("a",), "p", "en") for place in range(TOGETHER * pairs)]
    items = [
        Item(question, "c", kind, str(place // TOGETHER)) for kind in KINDS for place, question in enumerate(questions)
    ]
    apart = float(norm.ppf(area) * np.sqrt(2))

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        leans = np.repeat(np.sqrt(within) * rng.normal(size=pairs), TOGETHER)
        own, other = (leans + np.sqrt(1 - within) * rng.normal(size=len(questions)) for _ in range(2))
        sure = norm.cdf(np.concatenate([own + apart, other])).tolist()
        rows = [(item, Said(item, "", chance, None)) for item, chance in zip(items, sure, strict=True)]
        return Results(rows, 0).separation(), area

    return draw


ROWS: tuple[Row, ...] = (
    Row(
        behind=("unanswerable/confidence_auc",),
        estimator="AUC (DeLong, clustered by pair of passages)",
        situation="26 and 8 pairs of passages, areas 0.5 to 0.97, 0 to 50 % of the variance of pairs; at the limit",
        cases=[
            *(
                Case(f"{pairs} pairs, {area:g}, {within:g}", told_apart(pairs, area, within))
                for pairs in (8, 26)
                for area in (0.5, 0.8, 0.97)
                for within in (0.0, 0.5)
            ),
            *(Case(f"limit, {pairs} pairs", told_apart(pairs, 0.699, 0.3), edge=True) for pairs in (8, 26)),
        ],
        limit=(">=", 0.7),
        asked=0.92,
    ),
)
