"""The evidence of the gender probe: occupations, examples, sentences and controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.gender.scores import (
    Controlled,
    Score,
    Unscored,
    by_occupation,
    by_sentence,
    by_template,
    items_of,
    mean_size,
    of_occupation,
    probabilities,
)
from fairwitness.probes.kit.blanks import ModelType
from fairwitness.probes.kit.slope import sentence_slopes, slope

PROBABILITY = "probability"
NATS = "nats"


def examples(scored: Sequence[Score]) -> Evidence:
    """Every sentence with every occupation, the largest corrected gap first, with the exact text the model saw."""
    masked = scored[0].arm == "masked"
    prompts = (
        (Column("text", "prompt"),) if masked else (Column("text with she", "prompt"), Column("text with he", "prompt"))
    )
    columns = (
        Column("occupation"),
        Column("sentence"),
        *prompts,
        Column("P(she)", "number", PROBABILITY),
        Column("P(he)", "number", PROBABILITY),
        Column("gap", "number", PROBABILITY),
        Column("corrected gap", "number", NATS),
        Column("share of neutral", "number", "share"),
    )
    order = sorted(scored, key=lambda one: (-abs(one.corrected), one.occupation.key, one.template.label))
    rows = tuple(_example(score, masked) for score in order)
    caption = "Every sentence, the largest effect of an occupation first; P(she) and P(he) stand for the form that fits"
    return Evidence("examples", caption, "table", columns, rows, len(rows))


def _example(score: Score, masked: bool) -> tuple[Cell, ...]:
    texts = (score.asked.text,) if masked else tuple(map(score.asked.filled, score.asked.fillers[:2]))
    return (
        score.occupation.word,
        score.template.label,
        *texts,
        *score.probabilities,
        score.gap,
        score.corrected,
        score.reading.neutral,
    )


def occupations(scored: Sequence[Score], seed: int) -> Evidence:
    """One row an occupation: gap and corrected gap with intervals over sentence families."""
    columns = (
        Column("occupation"),
        Column("women in it", "number", "% (US)"),
        Column("year of the share"),
        Column("gap", "number", PROBABILITY),
        Column("gap, low", "number", PROBABILITY),
        Column("gap, high", "number", PROBABILITY),
        Column("corrected gap", "number", NATS),
        Column("corrected, low", "number", NATS),
        Column("corrected, high", "number", NATS),
        Column("sentences", "number"),
    )
    rows = [
        (
            group[0].occupation.word,
            round(100 * group[0].occupation.share, 2),
            group[0].occupation.year,
            *_summary(group, [score.gap for score in group], (-1.0, 1.0), seed),
            *_summary(group, [score.corrected for score in group], (-np.inf, np.inf), seed),
            len(group),
        )
        for group in by_occupation(scored).values()
    ]
    rows.sort(key=lambda row: -abs(float(str(row[6]))))
    caption = "Gaps by occupation, with 95 % intervals over sentence families; the largest effect first"
    return Evidence("occupations", caption, "table", columns, tuple(rows), len(rows))


def _summary(
    group: Sequence[Score], values: Sequence[float], bounds: tuple[float, float], seed: int
) -> tuple[Cell, ...]:
    lookup = dict(zip(map(id, group), values, strict=True))
    found = of_occupation(group, lambda score: lookup[id(score)], *bounds, seed)
    if isinstance(found, Estimate):
        return found.value, found.low, found.high
    return float(np.mean(values)), None, None


def templates(scored: Sequence[Score]) -> Evidence:
    """One row a wording: its mean gaps and its own slope."""
    columns = (
        Column("sentence"),
        Column("text", "text"),
        Column("gap", "number", PROBABILITY),
        Column("corrected gap", "number", NATS),
        Column("slope", "number", f"{NATS} from 0 to 100 % women"),
        Column("occupations", "number"),
    )
    rows = tuple(
        (
            label,
            group[0].template.text,
            float(np.mean([score.gap for score in group])),
            float(np.mean([score.corrected for score in group])),
            slope(items_of(group)),
            len(group),
        )
        for label, group in by_template(scored).items()
    )
    return Evidence(
        "templates",
        "Gaps by sentence, averaged over the occupations that were asked in it",
        "table",
        columns,
        rows,
        len(rows),
    )


def spread(scored: Sequence[Score], controls: Sequence[Score]) -> Evidence:
    """How far sentences differ among themselves, and the size of effects beside that of pairs without gender."""
    means = _means_less_occupation(scored)
    by_family: dict[str, list[float]] = {}
    for label, value in means.items():
        by_family.setdefault(label.rsplit(" ", 1)[0], []).append(value)
    within = [float(np.var(group, ddof=1)) for group in by_family.values() if len(group) > 1]
    family_means = [float(np.mean(group)) for group in by_family.values()]
    rows: tuple[tuple[Cell, ...], ...] = (
        (
            "SD between sentence families, corrected gap",
            float(np.std(family_means, ddof=1)) if len(family_means) > 1 else None,
        ),
        ("SD between wordings of one family, corrected gap", float(np.sqrt(np.mean(within))) if within else None),
        ("mean size of the corrected gap by occupation, pronouns", mean_size(scored)),
        ("mean size of the corrected gap by occupation, pairs without gender", mean_size(controls)),
        ("root mean square slope of one sentence, pronouns", _root_mean_square(scored)),
        ("root mean square slope of one sentence, pairs without gender", _root_mean_square(controls)),
    )
    columns = (Column("quantity"), Column("value", "number", NATS))
    caption = "How much wording alone moves the result, and what the occupations do to pairs without gender"
    return Evidence("spread", caption, "table", columns, rows, len(rows))


def _means_less_occupation(scored: Sequence[Score]) -> dict[str, float]:
    """Of every wording the mean corrected gap, each less that of its occupation: others are asked of other ones."""
    of = {key: float(np.mean([one.corrected for one in group])) for key, group in by_occupation(scored).items()}
    return {
        label: float(np.mean([one.corrected - of[one.occupation.key] for one in group]))
        for label, group in by_template(scored).items()
    }


def _root_mean_square(scored: Sequence[Score]) -> float | None:
    slopes = sentence_slopes(by_sentence(scored))
    return float(np.sqrt(np.mean(np.square(slopes)))) if slopes else None


def fillers(scores: Sequence[Score]) -> Evidence:
    """Tokens of each pronoun in this model."""
    counts: dict[str, set[int]] = {}
    for score in scores:
        for filler, count in zip(score.asked.fillers, score.reading.tokens, strict=False):
            counts.setdefault(filler, set()).add(count)
    rows = tuple((filler, ", ".join(map(str, sorted(found)))) for filler, found in counts.items())
    columns = (Column("pronoun"), Column("tokens", "text"))
    return Evidence(
        "fillers", "Tokens of each pronoun; only equal counts are compared", "table", columns, rows, len(rows)
    )


def competence(controlled: Sequence[Controlled], arm: ModelType) -> Evidence:
    """Sentences whose noun decides the pronoun; wrong ones first."""
    columns = (
        Column("text", "prompt"),
        Column("right pronoun"),
        Column("P(feminine)", "number", PROBABILITY),
        Column("P(masculine)", "number", PROBABILITY),
        Column("wrong", "flag"),
    )
    rows = [
        (one.asked.text, one.template.expected, *(_both(one, arm)), None if one.reading is None else not one.right)
        for one in sorted(controlled, key=lambda one: one.right)
    ]
    caption = "Sentences whose noun decides the pronoun: can the model do the task at all?"
    return Evidence("competence", caption, "table", columns, tuple(rows), len(rows))


def _both(one: Controlled, arm: ModelType) -> tuple[float | None, float | None]:
    return probabilities(one.reading, arm) if one.reading is not None else (None, None)


def unscored(missing: Sequence[Unscored]) -> Evidence:
    """Sentences that could not be scored, each with its reason."""
    columns = (Column("sentence"), Column("text", "prompt"), Column("reason", "text"))
    rows = tuple((one.template.label, one.asked.text, one.reason) for one in missing)
    return Evidence("unscored", "Sentences that could not be scored", "table", columns, rows, len(rows))
