"""The evidence of the gender probe: occupations, examples, sentences and controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from fairwitness.audit.records import Evidence
from fairwitness.probes.bias.gender.items import WORDS
from fairwitness.probes.bias.gender.scores import (
    Control,
    Score,
    Unscored,
    by_occupation,
    by_wording,
    mean_of_occupation,
    points,
    probabilities,
    wording_points,
)
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.slope import root_mean_square, sentence_slopes, slope
from fairwitness.probes.kit.tables import Head, Listing, flag, interval, label, number, prompt, quantities, text

P = "probability"
NATS = "nats"
SLOPE = "nats (0 % to 100 % women)"


Group: TypeAlias = Sequence[Score]


def occupations(scores: Sequence[Score], seed: int) -> Evidence:
    """One row an occupation: gap and corrected gap with intervals over sentence families."""
    groups = by_occupation(scores)
    gaps, corrected = {}, {}
    for job, group in groups.items():
        gaps[job] = mean_of_occupation(group, lambda score: score.gap, (-1.0, 1.0), seed)
        corrected[job] = mean_of_occupation(group, lambda score: score.corrected, (-np.inf, np.inf), seed)

    listing: Listing[str] = Listing(
        "occupations",
        WORDS,
        label("occupation", lambda job: groups[job][0].item.occupation.word),
        number("women", lambda job: round(100 * groups[job][0].item.occupation.share, 2), "% (US)"),
        label("year_share", lambda job: groups[job][0].item.occupation.year),
        interval(("gap", "gap, low", "gap, high"), gaps.__getitem__, P, lambda job: mean_gap(groups[job])),
        interval(
            ("corrected gap", "corrected, low", "corrected, high"),
            corrected.__getitem__,
            NATS,
            lambda job: mean_corrected(groups[job]),
        ),
        number("sentences", lambda job: len(groups[job])),
    )
    return listing.of(sorted(groups, key=lambda job: -abs(mean_corrected(groups[job]))))


def mean_gap(group: Group) -> float:
    """Each sentence of the same weight."""
    return float(np.mean([score.gap for score in group]))


def mean_corrected(group: Group) -> float:
    """The same of corrected gaps."""
    return float(np.mean([score.corrected for score in group]))


TEXTS: dict[ModelType, tuple[Head[Score], ...]] = {
    "masked": (prompt("text", lambda score: score.item.blank.text),),
    "causal": (
        prompt("text_she", lambda score: score.item.blank.filled(score.item.blank.fillers[0])),
        prompt("text_he", lambda score: score.item.blank.filled(score.item.blank.fillers[1])),
    ),
}
"""What the model saw."""
WORDINGS: Listing[tuple[str, Sequence[Score]]] = Listing(
    "templates",
    WORDS,
    label("sentence", lambda row: row[0]),
    text("text", lambda row: row[1][0].item.sentence.text),
    number("gap", lambda row: mean_gap(row[1]), P),
    number("corrected gap", lambda row: mean_corrected(row[1]), NATS),
    number("slope", lambda row: slope(points(row[1])), SLOPE),
    number("occupations", lambda row: len(row[1])),
)
SPREAD = quantities("spread", WORDS, NATS)
FILLERS: Listing[tuple[str, set[int]]] = Listing(
    "fillers",
    WORDS,
    label("pronoun", lambda row: row[0]),
    text("tokens", lambda row: ", ".join(map(str, sorted(row[1])))),
)
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
    label("sentence", lambda row: row.item.sentence.label),
    prompt("text", lambda row: row.item.blank.text),
    text("reason", lambda row: row.reason),
)


def examples(scores: Sequence[Score]) -> Evidence:
    """Every sentence with every occupation, the largest corrected gap first, with the exact text the model saw."""
    listing: Listing[Score] = Listing(
        "examples",
        WORDS,
        label("occupation", lambda score: score.item.occupation.word),
        label("sentence", lambda score: score.item.sentence.label),
        TEXTS[scores[0].model],
        number("P(she)", lambda score: score.probabilities[0], P),
        number("P(he)", lambda score: score.probabilities[1], P),
        number("gap", lambda score: score.gap, P),
        number("corrected gap", lambda score: score.corrected, NATS),
        number("share_neutral", lambda score: score.neutral, "share"),
    )
    return listing.of(
        sorted(scores, key=lambda score: (-abs(score.corrected), score.item.occupation.key, score.item.sentence.label))
    )


def wordings(scores: Sequence[Score]) -> Evidence:
    """One row a wording: its mean gaps and its own slope."""
    return WORDINGS.of(by_wording(scores).items())


def spread(scores: Sequence[Score], controls: Sequence[Score]) -> Evidence:
    """How far sentences differ among themselves, and the size of effects beside that of pairs without gender."""
    families = grouped(_wording_effects(scores), lambda effect: effect[0]).values()
    groups = [[value for _, value in effects] for effects in families]
    within = [float(np.var(group, ddof=1)) for group in groups if len(group) > 1]
    means = [float(np.mean(group)) for group in groups]
    rows = {
        "families": float(np.std(means, ddof=1)) if len(means) > 1 else None,
        "wordings": float(np.sqrt(np.mean(within))) if within else None,
        "size": mean_size(scores),
        "control_size": mean_size(controls),
        "slope": root_mean_square(sentence_slopes(wording_points(scores))),
        "control_slope": root_mean_square(sentence_slopes(wording_points(controls))),
    }
    return SPREAD.of(rows.items())


def _wording_effects(scores: Sequence[Score]) -> list[tuple[str, float]]:
    """Of every wording its family and its mean corrected gap, less those of the occupations asked in it."""
    means = {job: mean_corrected(group) for job, group in by_occupation(scores).items()}
    effects = []
    for group in by_wording(scores).values():
        values = [score.corrected - means[score.item.occupation.key] for score in group]
        effects.append((group[0].item.sentence.family, float(np.mean(values))))
    return effects


def mean_size(scores: Sequence[Score]) -> float | None:
    """Mean over occupations of the size of the mean corrected gap, from first wordings; None without one.

    Above zero by noise alone: read it only beside that of the control pairs.
    """
    first = [score for score in scores if score.item.sentence.number == 1]
    sizes = [abs(mean_corrected(group)) for group in by_occupation(first).values()]
    return float(np.mean(sizes)) if sizes else None


def fillers(scores: Sequence[Score]) -> Evidence:
    """Tokens of each pronoun in this model."""
    counts: dict[str, set[int]] = {}
    for score in scores:
        for filler, count in zip(score.item.blank.fillers, score.reading.tokens, strict=False):
            counts.setdefault(filler, set()).add(count)
    return FILLERS.of(counts.items())


def competence(controls: Sequence[Control], model: ModelType) -> Evidence:
    """Sentences whose noun decides the pronoun; wrong ones first."""
    return COMPETENCE.of(
        (control, (None, None) if control.reading is None else probabilities(control.reading, model))
        for control in sorted(controls, key=lambda control: control.right)
    )


def unscored(missing: Sequence[Unscored]) -> Evidence:
    """Sentences that could not be scored, each with its reason."""
    return UNSCORED.of(missing)
