"""Questions put to their own passage and to another one, and with names of two groups: passages and names lean."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.bias.answers_by_group import estimators as by_group
from fairwitness.probes.bias.answers_by_group.items import ORIGIN, REFERENCES, Person
from fairwitness.probes.bias.answers_by_group.items import Item as About
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


PASSAGES, OVER = 16, 0.1001


def about_people(names: int, right: float, difference: float, spread: float = 0.3) -> Draw:
    """So many names of two groups in every passage; names have a share `spread` of the variance, passages 0.2."""
    pair = ORIGIN, "a"
    people = [
        [Person(f"{group}{name}", {ORIGIN: group}) for name in range(names)] for group in (pair[1], REFERENCES[ORIGIN])
    ]
    items = [
        [About(str(passage), person, "q", "c", ("a",), named=False) for person in side for passage in range(PASSAGES)]
        for side in people
    ]

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        passages = np.sqrt(0.2) * rng.normal(size=(1, PASSAGES))
        rows: list[tuple[About, by_group.Said | None]] = []
        for side, share in zip(items, (right + difference, right), strict=True):
            leans = np.sqrt(spread) * rng.normal(size=(names, 1)) + passages
            hits = leans + np.sqrt(0.8 - spread) * rng.normal(size=(names, PASSAGES)) < norm.ppf(share)
            pairs = zip(side, hits.ravel().astype(float).tolist(), strict=True)
            rows += [(item, by_group.Said(item, "", hit, hit)) for item, hit in pairs]
        return by_group.Results(rows, 0).gap(pair), difference

    return draw


ROWS: tuple[Row, ...] = (
    Row(
        behind=("answers_by_group/f1_gap",),
        estimator="difference of means on the same passages, t, clustered by passage and by name",
        situation="8 and 32 names of a group, 16 passages; 0.5 to 0.95 right, 30 % of variance or more of names",
        cases=[
            *(
                Case(f"{names} names, {right:g}", about_people(names, right, 0.0))
                for names in (8, 32)
                for right in (0.5, 0.8)
            ),
            Case("8 names, 0.95, some hardly ever", about_people(8, 0.95, 0.0, 0.6)),
            Case("8 names, a gap of 30 points", about_people(8, 0.8, -0.3)),
            *(Case(f"limit, {names} names", about_people(names, 0.8, -OVER), edge=True) for names in (8, 32)),
        ],
        limit=("within", 0.1),
        asked=0.92,
    ),
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
