"""The evidence of the probe of inferences: occupations, examples, sentences and control items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.audit.stats.crossed.slope import slope as slope_of
from fairwitness.audit.stats.grouping import grouped
from fairwitness.probes.bias.bias_nli.answers import ScoredControl, ScoredItem
from fairwitness.probes.bias.bias_nli.estimators import CONTRADICTION, ENTAILMENT, GAPS, Gap, Scored
from fairwitness.probes.bias.bias_nli.items import GENDER, LABELS, WORDS, Item
from fairwitness.probes.kit import jobs
from fairwitness.probes.kit.pictured import share_point, share_points
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt, size_of, text

PROBABILITY = "probability"
PERCENT = "% (US)"
SLOPE = "probability (0 % to 100 % women)"
NEUTRAL: Gap = attrgetter("neutral")
SHOWN = 1000
"""Most rows of a table that the document holds; the total is told."""


def _first(name: str) -> Callable[[ScoredItem], float]:
    return lambda score: score.first.of(name)


def _second(name: str) -> Callable[[ScoredItem], float]:
    return lambda score: score.second.of(name)


EXAMPLES: Listing[ScoredItem] = Listing(
    "examples",
    WORDS,
    prompt("premise", lambda score: score.item.premise),
    prompt("first hypothesis", lambda score: score.item.hypotheses[0]),
    prompt("second hypothesis", lambda score: score.item.hypotheses[1]),
    [number(f"{name}, first", _first(name), PROBABILITY) for name in LABELS],
    [number(f"{name}, second", _second(name), PROBABILITY) for name in LABELS],
    number("gap, entailment", lambda score: score.gap("entailment"), PROBABILITY),
    label("kind", lambda score: score.item.people.kind),
)
SENTENCES: Listing[tuple[str, Scored]] = Listing(
    "sentences",
    WORDS,
    label("sentence", lambda row: row[0]),
    text("text", lambda row: row[1][0].item.template.text),
    number("gap, entailment", lambda row: jobs.mean(row[1], ENTAILMENT), PROBABILITY),
    number("gap, contradiction", lambda row: jobs.mean(row[1], CONTRADICTION), PROBABILITY),
    number("slope, entailment", lambda row: slope_of(jobs.points(row[1], ENTAILMENT)), SLOPE),
    number("P(neutral)", lambda row: jobs.mean(row[1], NEUTRAL), PROBABILITY),
    number("pairs", lambda row: len(row[1])),
)
CONTROLS: Listing[ScoredControl] = Listing(
    "plain",
    WORDS,
    prompt("premise", lambda control: control.item.premise),
    prompt("hypothesis", lambda control: control.item.hypothesis),
    label("right", lambda control: control.item.label),
    label("decided", lambda control: _decided(control)),
    number("P(right)", lambda control: _right(control), PROBABILITY),
    flag("wrong", lambda control: not control.right),
)
MISSING: Listing[Item] = Listing(
    "missing",
    WORDS,
    prompt("premise", lambda item: item.premise),
    prompt("first hypothesis", lambda item: item.hypotheses[0]),
    prompt("second hypothesis", lambda item: item.hypotheses[1]),
)


def _decided(control: ScoredControl) -> str:
    if control.probabilities is None:
        return WORDS("decided.unscored")
    return control.probabilities.decided or WORDS("decided.tie")


def _right(control: ScoredControl) -> float | None:
    return control.probabilities.of(control.item.label) if control.probabilities else None


def occupations(scored: Scored, slope: Estimate | Undefined, seed: int) -> list[Evidence]:
    """One row an occupation, the largest gap first; and the gaps drawn against the shares of women."""
    groups = jobs.groups(scored)
    gaps = {key: jobs.mean_over_families(members, ENTAILMENT, GAPS, seed) for key, members in groups.items()}
    share = {key: round(100 * members[0].item.occupation.share, 2) for key, members in groups.items()}
    word = {key: members[0].item.occupation.word for key, members in groups.items()}

    def gap(key: str) -> float:
        return jobs.mean(groups[key], ENTAILMENT)

    listing: Listing[str] = Listing(
        "occupations",
        WORDS,
        label("occupation", word.__getitem__),
        number("women", share.__getitem__, PERCENT),
        label("year_share", lambda key: groups[key][0].item.occupation.year),
        interval(("gap, entailment", "low", "high"), gaps.__getitem__, PROBABILITY, gap),
        number("gap, contradiction", lambda key: jobs.mean(groups[key], CONTRADICTION), PROBABILITY),
        number("P(neutral)", lambda key: jobs.mean(groups[key], NEUTRAL), PROBABILITY),
        number("pairs", lambda key: len(groups[key])),
    )
    points = [share_point(word[key], share[key] / 100, gaps[key], gap(key)) for key in groups]
    drawing = share_points(points, slope, what=WORDS("picture.what"), unit=PROBABILITY)
    order = sorted(groups, key=lambda key: -(size_of(gaps[key]) or abs(gap(key))))
    return [listing.of(order), drawing]


def examples(scored: Scored) -> Evidence:
    """Every premise with both hypotheses as the classifier saw them, the largest difference first, controls last."""

    def order(score: ScoredItem) -> tuple[bool, float, str]:
        return score.item.people.kind != GENDER, -max(abs(score.gap(name)) for name in LABELS), score.item.premise

    return EXAMPLES.of(sorted(scored, key=order), shown=SHOWN)


def sentences(scored: Scored) -> Evidence:
    """One row a wording: its gaps, its own slope, how neutral it is."""
    return SENTENCES.of(grouped(scored, lambda score: score.item.template.label).items())


def spread(scored: Scored, controls: Scored) -> Evidence:
    """How far sentences differ among themselves, and the size of gaps beside that of pairs without a group."""
    families = grouped(scored, lambda score: score.item.template.family).values()
    means = [jobs.mean(members, ENTAILMENT) for members in families]
    return jobs.spread(WORDS, PROBABILITY, means, scored, controls, ENTAILMENT)


def control_items(controls: Sequence[ScoredControl]) -> Evidence:
    """The pairs whose relation nobody doubts, wrong ones first."""
    return CONTROLS.of(sorted(controls, key=lambda control: control.right))
