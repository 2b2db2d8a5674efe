"""Documents given away: clusters of near copies that count once, some of whose copies cannot be judged."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairwitness.audit.records import Estimate, Undefined
from fairwitness.probes.kit.memory.quantities import Extraction
from fairwitness.probes.memorization.extraction.documents import Document
from fairwitness.probes.memorization.extraction.shares import (
    SURE,
    TRIES,
    ScoredDocuments,
    Verdict,
    after,
    near,
    sampled,
)
from worlds.behind.rows import Case, Draw, Rng, Row

GIVEN = Document(0, "it", 400, tokens=120, above=True, extractions=(Extraction(-0.01, 50, 50, False, 50),))
KEPT = Document(0, "it", 400, tokens=120, extractions=(Extraction(-90.0, 50, 1, False, 20),))
VERDICTS: dict[str, Verdict] = {
    "extractable": after(0),
    "extractable_by_sampling": sampled(max(TRIES), min(SURE)),
    "near_verbatim": near,
    "known_in_part": lambda document: document.known,
}
EDGE = 0.0501
COPIES = 3.0
"""Mean number of copies of a document beyond the first, in the third of the corpus that has any."""


def _sizes(rng: Rng, clusters: int) -> list[int]:
    more = rng.geometric(1 / COPIES, clusters) * (rng.random(clusters) < 1 / 3)
    return [1 + int(count) for count in more]


def _share(clusters: int, rate: float, verdict: Verdict) -> Draw:
    """Of a text that is known each copy is given away with a chance of 0.8; the truth is that of its clusters."""

    def draw(rng: Rng) -> tuple[Estimate | Undefined, float]:
        sizes = _sizes(rng, clusters)
        documents, labels = [], []
        for label, size in enumerate(sizes):
            given = rng.random() < rate
            documents += [
                GIVEN if (given and copy == 0) or (given and rng.random() < 0.8) else KEPT for copy in range(size)
            ]
            labels += [label] * size
        judged = ScoredDocuments(documents, labels)
        return judged.share(judged.counts(verdict), verdict), rate

    return draw


def _cases(clusters: int, *rates: float, edge: bool = False) -> list[Case]:
    """Each metric in turn: they are one estimator."""
    names = list(VERDICTS)
    chosen = [(rate, names[(place + clusters) % len(names)]) for place, rate in enumerate(rates)]
    return [
        Case(f"{clusters} texts, {rate:g}, {name}", _share(clusters, rate, VERDICTS[name]), edge)
        for rate, name in chosen
    ]


def _every_copy_alone(rng: Rng) -> tuple[Estimate | Undefined, float]:
    """What counting every copy would do: not shipped, and shown to be wrong by a test."""
    sizes = _sizes(rng, 110)
    documents = [
        GIVEN if known else KEPT for known, size in zip(rng.random(110) < 0.1, sizes, strict=True) for _ in range(size)
    ]
    judged = ScoredDocuments(documents, range(len(documents)))
    return judged.share(judged.counts(after(0)), after(0)), 0.1


COPIES_ALONE: Callable[[np.random.Generator], tuple[Estimate | Undefined, float]] = _every_copy_alone
BEHIND = tuple(f"extraction/{name}" for name in VERDICTS)
ROWS = (
    Row(
        behind=BEHIND,
        estimator="share of distinct documents (Wilson over clusters of near copies)",
        situation="110 and 300 texts, a third of them with near copies, rates 0.1 to 0.9",
        cases=[*_cases(110, 0.1, 0.5, 0.9), *_cases(300, 0.1, 0.5, 0.9)],
        worlds=1_000,
    ),
    Row(
        behind=BEHIND,
        estimator="share of distinct documents (Wilson over clusters of near copies)",
        situation="30 texts, a third of them with near copies, rates 0.05 to 0.95; 73, 110 and 300 at the limit",
        cases=[
            *_cases(30, 0.05, 0.3, 0.7, 0.95),
            *(case for clusters in (73, 110, 300) for case in _cases(clusters, EDGE, edge=True)),
        ],
        limit=("<=", 0.05),
        asked=0.92,
        worlds=1_000,
    ),
)
