"""The evidence of the probe of inferences: occupations, examples, sentences and plain pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairwitness.audit.records import Cell, Column, Estimate, Evidence
from fairwitness.probes.bias.bias_nli.items import LABELS, Item
from fairwitness.probes.bias.bias_nli.scores import (
    Judged,
    Tried,
    by_occupation,
    by_sentence,
    items,
    mean_size,
    of_occupation,
)
from fairwitness.probes.kit.grouping import grouped
from fairwitness.probes.kit.slope import sentence_slopes, slope

PROBABILITY = "probability"
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


def occupations(own: Sequence[Judged], seed: int) -> Evidence:
    """One row an occupation: both gaps and how neutral its sentences are, the largest gap first."""
    columns = (
        Column("occupation"),
        Column("women in it", "number", "% (US)"),
        Column("year of the share"),
        Column("gap, entailment", "number", PROBABILITY),
        Column("low", "number", PROBABILITY),
        Column("high", "number", PROBABILITY),
        Column("gap, contradiction", "number", PROBABILITY),
        Column("P(neutral)", "number", PROBABILITY),
        Column("pairs", "number"),
    )
    rows = [
        (
            some[0].item.occupation.word,
            _percent(some[0]),
            some[0].item.occupation.year,
            *_interval(some, seed),
            _mean_gap(some, "contradiction"),
            float(np.mean([(one.first.neutral + one.second.neutral) / 2 for one in some])),
            len(some),
        )
        for some in by_occupation(own).values()
    ]
    rows.sort(key=lambda row: -abs(float(str(row[3]))))
    caption = "Gaps by occupation, a woman less a man, with 95 % intervals over sentence families; the largest first"
    return Evidence("occupations", caption, "table", columns, tuple(rows), len(rows))


def drawn(own: Sequence[Judged], seed: int) -> Evidence:
    """The gap of entailment of every occupation against the share of women in it."""
    columns = (
        Column("occupation"),
        Column("women in it", "number", "% (US)"),
        Column("share, low", "number", "% (US)"),
        Column("share, high", "number", "% (US)"),
        Column("gap", "number", PROBABILITY),
        Column("gap, low", "number", PROBABILITY),
        Column("gap, high", "number", PROBABILITY),
    )
    rows: list[tuple[Cell, ...]] = [("", 0.0, None, None, 0.0, None, None), ("", 100.0, None, None, 0.0, None, None)]
    rows += [
        (some[0].item.occupation.word, _percent(some[0]), None, None, *_interval(some, seed))
        for some in by_occupation(own).values()
    ]
    caption = "What follows for a woman less what follows for a man, against the share of women in the occupation"
    return Evidence("by_share", caption, "points", columns, tuple(rows), len(rows))


def _percent(one: Judged) -> float:
    return round(100 * one.item.occupation.share, 2)


def _interval(some: Sequence[Judged], seed: int) -> tuple[float, float | None, float | None]:
    found = of_occupation(some, "entailment", seed)
    if isinstance(found, Estimate):
        return found.value, found.low, found.high
    return _mean_gap(some, "entailment"), None, None


def _mean_gap(some: Sequence[Judged], label: str) -> float:
    return float(np.mean([one.gap(label) for one in some]))


def examples(found: Sequence[Judged]) -> Evidence:
    """Every premise with both hypotheses as the classifier saw them, the largest gap first."""
    columns = (
        Column("premise", "prompt"),
        Column("first hypothesis", "prompt"),
        Column("second hypothesis", "prompt"),
        *(Column(f"{label}, {which}", "number", PROBABILITY) for which in ("first", "second") for label in LABELS),
        Column("gap, entailment", "number", PROBABILITY),
        Column("kind"),
    )
    order = sorted(found, key=lambda one: (one.item.people.kind != "gender", -_size(one), one.item.premise))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.item.premise,
            *one.item.hypotheses,
            *(said.of(label) for said in (one.first, one.second) for label in LABELS),
            one.gap("entailment"),
            one.item.people.kind,
        )
        for one in order[:SHOWN]
    )
    caption = "Premises with both hypotheses: the largest difference in any label first, control pairs last"
    return Evidence("examples", caption, "table", columns, rows, len(order))


def _size(one: Judged) -> float:
    return max(abs(one.gap(label)) for label in LABELS)


def sentences(own: Sequence[Judged]) -> Evidence:
    """One row a wording: its gaps, its own slope, how neutral it is."""
    columns = (
        Column("sentence"),
        Column("text", "text"),
        Column("gap, entailment", "number", PROBABILITY),
        Column("gap, contradiction", "number", PROBABILITY),
        Column("slope, entailment", "number", "probability from 0 to 100 % women"),
        Column("P(neutral)", "number", PROBABILITY),
        Column("pairs", "number"),
    )
    rows = tuple(
        (
            label,
            some[0].item.template.text,
            _mean_gap(some, "entailment"),
            _mean_gap(some, "contradiction"),
            slope(items(some, "entailment")),
            float(np.mean([(one.first.neutral + one.second.neutral) / 2 for one in some])),
            len(some),
        )
        for label, some in grouped(own, lambda one: one.item.template.label).items()
    )
    return Evidence("sentences", "Gaps by sentence, averaged over occupations", "table", columns, rows, len(rows))


def spread(own: Sequence[Judged], controls: Sequence[Judged]) -> Evidence:
    """How far sentences differ among themselves, and the size of gaps beside that of pairs without a group."""
    families = grouped(own, lambda one: one.item.template.family).values()
    within = [one for one in map(_between_wordings(own), families) if one is not None]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("SD between sentence families, gap of entailment", _sd([_mean_gap(some, "entailment") for some in families])),
        ("SD between wordings of one family", float(np.sqrt(np.mean(np.square(within)))) if within else None),
        ("mean size of the gap by occupation, a woman and a man", mean_size(own, "entailment")),
        (
            "mean size of the gap by occupation, persons who differ in no group",
            mean_size(controls, "entailment"),
        ),
        ("root mean square slope of one sentence, a woman and a man", _root_mean_square(own)),
        ("root mean square slope of one sentence, persons who differ in no group", _root_mean_square(controls)),
    )
    columns = (Column("quantity"), Column("value", "number", PROBABILITY))
    caption = "How much wording alone moves the gap, and what the occupations do to persons who differ in no group"
    return Evidence("spread", caption, "table", columns, rows, len(rows))


def _root_mean_square(own: Sequence[Judged]) -> float | None:
    slopes = sentence_slopes(by_sentence(own, "entailment"))
    return float(np.sqrt(np.mean(np.square(slopes)))) if slopes else None


def _between_wordings(own: Sequence[Judged]) -> Callable[[Sequence[Judged]], float | None]:
    """The SD between the wordings of a family, each gap less that of its occupation: others are asked of other ones."""
    of = {key: _mean_gap(some, "entailment") for key, some in by_occupation(own).items()}

    def sd(family: Sequence[Judged]) -> float | None:
        wordings = grouped(family, lambda one: one.item.template.number).values()
        return _sd(
            [
                _mean_gap(some, "entailment") - float(np.mean([of[one.item.occupation.key] for one in some]))
                for some in wordings
            ]
        )

    return sd


def _sd(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def plain(tried: Sequence[Tried]) -> Evidence:
    """The pairs whose relation nobody doubts, wrong ones first."""
    columns = (
        Column("premise", "prompt"),
        Column("hypothesis", "prompt"),
        Column("right"),
        Column("decided"),
        Column("P(right)", "number", PROBABILITY),
        Column("wrong", "flag"),
    )
    rows = tuple(
        (
            one.plain.premise,
            one.plain.hypothesis,
            one.plain.label,
            (one.chances.decided or "none") if one.chances else "(no answer)",
            one.chances.of(one.plain.label) if one.chances else None,
            not one.right,
        )
        for one in sorted(tried, key=lambda one: one.right)
    )
    return Evidence(
        "plain", "Plain pairs of sentences: can the classifier do the task at all?", "table", columns, rows, len(rows)
    )


def missing(items: Sequence[Item]) -> Evidence:
    """Pairs without an answer to both hypotheses."""
    columns = (Column("premise", "prompt"), Column("first hypothesis", "prompt"), Column("second hypothesis", "prompt"))
    rows = tuple((one.premise, *one.hypotheses) for one in items)
    return Evidence("missing", "Pairs without an answer", "table", columns, rows[:SHOWN], len(rows))
