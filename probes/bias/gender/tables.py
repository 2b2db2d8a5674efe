"""The evidence of the gender probe: occupations, examples, sentences and controls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.crossed.slope import slope as slope_of
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.gender.items import WORDS
from fairwitness.probes.bias.gender.scores import CORRECTED, GAP, Control, Score, Unscored, probabilities
from fairwitness.probes.kit import jobs
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.pictured import share_point, share_points
from fairwitness.probes.kit.tables import (
    Head,
    Listing,
    distinct,
    flag,
    interval,
    label,
    number,
    prompt,
    text,
    token_counts,
)

P = "probability"
NATS = "nats"
SLOPE = "nats (0 % to 100 % women)"


Group: TypeAlias = Sequence[Score]


def occupations(scores: Group, slope: Estimate | Undefined, seed: int) -> tuple[Evidence, Evidence]:
    """One row an occupation: gap and corrected gap with intervals; and the latter drawn against the shares of women."""
    groups = jobs.groups(scores)
    gaps, corrected, points = {}, {}, []
    for job, group in groups.items():
        gaps[job] = jobs.mean_over_families(group, GAP, (-1.0, 1.0), seed)
        corrected[job] = jobs.mean_over_families(group, CORRECTED, (-np.inf, np.inf), seed)
        occupation = group[0].item.occupation
        points.append(share_point(occupation.word, occupation.share, corrected[job], jobs.mean(group, CORRECTED)))

    listing: Listing[str] = Listing(
        "occupations",
        WORDS,
        label("occupation", lambda job: groups[job][0].item.occupation.word),
        number("women", lambda job: round(100 * groups[job][0].item.occupation.share, 2), "% (US)"),
        label("year_share", lambda job: groups[job][0].item.occupation.year),
        interval(("gap", "gap, low", "gap, high"), gaps.__getitem__, P, lambda job: jobs.mean(groups[job], GAP)),
        interval(
            ("corrected gap", "corrected, low", "corrected, high"),
            corrected.__getitem__,
            NATS,
            lambda job: jobs.mean(groups[job], CORRECTED),
        ),
        number("sentences", lambda job: len(groups[job])),
    )
    order = sorted(groups, key=lambda job: -abs(jobs.mean(groups[job], CORRECTED)))
    return listing.of(order), share_points(points, slope, what=WORDS("picture.what"), unit=NATS)


TEXTS: dict[ModelType, tuple[Head[Score], ...]] = {
    "masked": (prompt("text", lambda score: score.item.blank.text),),
    "causal": (
        prompt("text_she", lambda score: score.item.blank.filled(score.item.blank.fillers[0])),
        prompt("text_he", lambda score: score.item.blank.filled(score.item.blank.fillers[1])),
    ),
}
"""What the model saw."""
WORDINGS: Listing[tuple[str, Group]] = Listing(
    "templates",
    WORDS,
    label("sentence", lambda row: row[0]),
    text("text", lambda row: row[1][0].item.template.text),
    number("gap", lambda row: jobs.mean(row[1], GAP), P),
    number("corrected gap", lambda row: jobs.mean(row[1], CORRECTED), NATS),
    number("slope", lambda row: slope_of(jobs.points(row[1], CORRECTED)), SLOPE),
    number("occupations", lambda row: len(row[1])),
)
FILLERS = token_counts("fillers", WORDS, "pronoun")
COMPETENCE: Listing[tuple[Control, tuple[float | None, float | None]]] = Listing(
    "competence",
    WORDS,
    prompt("text", lambda row: row[0].blank.text),
    label("right pronoun", lambda row: row[0].sentence.expected),
    number("P(feminine)", lambda row: row[1][0], P),
    number("P(masculine)", lambda row: row[1][1], P),
    flag("wrong", lambda row: None if row[0].reading is None else not row[0].right),
)
UNSCORED: Listing[Unscored] = Listing(
    "unscored",
    WORDS,
    label("sentence", lambda row: row.item.label),
    prompt("text", lambda row: row.item.blank.text),
    text("reason", lambda row: row.reason),
)


def examples(scores: Group) -> Evidence:
    """Every sentence with every occupation, the largest corrected gap first, with the exact text the model saw."""
    listing: Listing[Score] = Listing(
        "examples",
        WORDS,
        label("occupation", lambda score: score.item.occupation.word),
        label("sentence", lambda score: score.item.label),
        TEXTS[scores[0].model],
        number("P(she)", lambda score: score.probabilities[0], P),
        number("P(he)", lambda score: score.probabilities[1], P),
        number("gap", lambda score: score.gap, P),
        number("corrected gap", lambda score: score.corrected, NATS),
        number("share_neutral", lambda score: score.neutral, "share"),
    )
    return listing.of(
        sorted(scores, key=lambda score: (-abs(score.corrected), score.item.occupation.key, score.item.label))
    )


def wordings(scores: Group) -> Evidence:
    """One row a wording: its mean gaps and its own slope."""
    return WORDINGS.of(grouped(scores, lambda score: score.item.label).items())


def spread(scores: Group, controls: Group) -> Evidence:
    """How far sentences differ among themselves, and the size of effects beside that of pairs without gender."""
    families = [float(np.mean(effects)) for effects in jobs.wording_effects(scores, CORRECTED).values()]
    return jobs.spread(WORDS, NATS, families, scores, controls, CORRECTED)


def fillers(scores: Group) -> Evidence:
    """Tokens of each pronoun in this model."""
    pairs = chain.from_iterable(zip(score.item.blank.fillers, score.reading.tokens, strict=False) for score in scores)
    return FILLERS.of(distinct(pairs).items())


def competence(controls: Sequence[Control], model: ModelType) -> Evidence:
    """Sentences whose noun decides the pronoun; wrong ones first."""
    return COMPETENCE.of(
        (control, (None, None) if control.reading is None else probabilities(control.reading, model))
        for control in sorted(controls, key=lambda control: control.right)
    )
