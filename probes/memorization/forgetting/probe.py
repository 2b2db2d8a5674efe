"""What does a model still know of texts that it was made to forget, and of those that it was to keep?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

from pydantic import Field

from fairwitness.audit import reasons, stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Metric, Picture, ScoredItems, Undefined
from fairwitness.audit.requests import Request
from fairwitness.audit.stats.unanswered import mean_if_answered
from fairwitness.probes.kit.asking import unique
from fairwitness.probes.kit.claims import percent_words
from fairwitness.probes.kit.measures import Measure, specs_of
from fairwitness.probes.kit.memory.fresh import FRESH, Fresh, fresh_texts
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.quantities import Quantities, usual_nats
from fairwitness.probes.kit.memory.start import asked_by_start
from fairwitness.probes.kit.memory.thresholds import LEAST_HIT_RATE, scored
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.kit.tables import Listing, flag, label, number, prompt
from fairwitness.probes.kit.validity import LEAST_SCORED, shown_above
from fairwitness.probes.memorization.forgetting.readings import (
    FORGET,
    RETAIN,
    SETS,
    WORDS,
    Item,
    Reading,
    Set,
    items_of,
    overlap,
    quantities_of,
    whole,
)

CLEAR = 0.05
"""A share of texts shown to be known above this is concluded though the model may know no plain language."""
BITS_PER_BYTE = "bits per byte"
NUMBER = partial(Measure, words=WORDS, null=None, headline=False, evidence=("texts",))
QUANTITIES: Mapping[Set, tuple[Measure, Measure, Measure]] = {
    "forget": (
        NUMBER(name="forget_known_share", wording="known_share", unit="share", better="lower"),
        NUMBER(name="forget_hit_rate", wording="hit_rate", unit="share", better="lower", role="description"),
        NUMBER(name="forget_bits", wording="bits", unit=BITS_PER_BYTE, better="higher", role="description"),
    ),
    "retain": (
        NUMBER(name="retain_known_share", wording="known_share", unit="share", better="none", role="description"),
        NUMBER(name="retain_hit_rate", wording="hit_rate", unit="share", better="higher", role="description"),
        NUMBER(name="retain_bits", wording="bits", unit=BITS_PER_BYTE, better="lower", role="description"),
    ),
}
"""Of each set the share known in part, tokens right, and bits for a byte."""
MORE_HITS = Measure(
    name="hit_rate_over_retain", words=WORDS, unit="difference of shares", better="none", role="description"
)
SAVED = Measure(name="bits_saved", words=WORDS, unit=BITS_PER_BYTE, better="lower", headline=False, evidence=("texts",))


class ForgettingOptions(Options):
    """How many texts are read."""

    limit: int | None = Field(None, ge=1, description="ask only this many texts of each set, drawn by the seed")


class Forgetting:
    """One pass over the texts of both sets, and over those of a model that never saw them where one is named."""

    spec = WORDS.spec(
        name="forgetting", family="memorization", needs=(("LogLikelihood",),), data=(FORGET, RETAIN, FRESH)
    )
    options: type[Options] = ForgettingOptions
    metrics = specs_of(*chain.from_iterable(QUANTITIES.values()), MORE_HITS, SAVED)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks texts that nobody has seen and both sets at once."""
        items = items_of(ctx.data, ctx.options.limit, ctx.seed)
        asked = [item for item in items if not item.reason]
        if not any(item.set == FORGET for item in asked):
            raise WORDS.does_not_apply("reason.nothing", "data_unfit")
        texts = fresh_texts(ctx.data[FRESH.name])
        start, answers = yield from asked_by_start([*texts, *(item.passage for item in asked)], texts)
        written = quantities_of(texts, answers, start)
        fresh = Fresh.of(list(written.values()), usual_nats([whole(text, answers, start) or [] for text in texts]))
        passages = [item.passage for item in asked]
        read = quantities_of(passages, answers, start, fresh.usual)
        other: dict[Passage, Quantities] = {}
        if ctx.references:
            requests: list[Request] = unique(chain.from_iterable(text.requests(start=start.used) for text in passages))
            beside = dict(zip(requests, ctx.references[0](requests), strict=True))
            other = quantities_of(passages, beside, start)
        readings = []
        for item in asked:
            if item.passage in read:
                [text] = scored([read[item.passage]], fresh.calibrations, competent=not fresh.incompetent)
                readings.append(Reading(item, text, other.get(item.passage)))
        return findings(ctx, items, readings, fresh)


PROBE = Forgetting()
SCORES: Mapping[str, Callable[[Reading], float | None]] = {
    "known_share": lambda row: None if row.known is None else float(row.known),
    "hit_rate": lambda row: row.hit_rate,
    "bits": lambda row: row.bits_per_byte,
}
"""The scores of a text behind the metrics of its set, by the end of their names."""
TEXTS: Listing[Reading] = Listing(
    "texts",
    WORDS,
    label("set", lambda row: row.item.set),
    number("row", lambda row: row.item.number),
    number("longest run", lambda row: row.text.quantities.run.length, "tokens"),
    number("threshold", lambda row: row.text.limit, "tokens"),
    flag("above", lambda row: row.known),
    number("hit rate", lambda row: row.hit_rate),
    number("bits_per_byte", lambda row: row.bits_per_byte, BITS_PER_BYTE),
    number("saved", lambda row: row.bits_saved, BITS_PER_BYTE),
    prompt("text", lambda row: row.item.passage.text, secret=True),
)
DOTS = Picture(
    kind="dots",
    caption=WORDS("picture.dots"),
    metrics=("forget_known_share", "retain_known_share", "forget_hit_rate", "retain_hit_rate"),
)


def findings(ctx: Context, items: Sequence[Item], readings: Sequence[Reading], fresh: Fresh) -> Findings:
    """Metrics of each set and what they differ by."""
    metrics: list[Metric] = []
    for name in SETS:
        group = [row for row in readings if row.item.set == name]
        missing = sum(item.set == name and bool(item.passage.text.strip()) for item in items) - len(group)
        metrics += _of_set(ctx, name, group, missing, fresh)
    first, second = ([row.hit_rate for row in readings if row.item.set == name] for name in SETS)
    metrics.append(MORE_HITS.metric(stats.mean_difference(first, second, bounds=(0, 1))))
    if ctx.references:
        metrics.append(SAVED.metric(_saved(ctx, readings)))
    notes = [WORDS("note.overlap", count=count)] if (count := overlap(items)) else []
    if skipped := sum(bool(item.reason) for item in items):
        notes.append(WORDS("note.skipped", count=skipped, total=len(items)))
    order = sorted(readings, key=lambda row: (SETS.index(row.item.set), -row.text.quantities.counted, row.item.number))
    return Findings(
        metrics=metrics,
        evidence=[TEXTS.of(order)],
        notes=notes,
        items=_items(items, readings),
        pictures=[DOTS],
    )


def _of_set(ctx: Context, name: Set, group: Sequence[Reading], missing: int, fresh: Fresh) -> list[Metric]:
    known, hit_rate, bits = QUANTITIES[name]
    judged = [row for row in group if row.known is not None]
    count = sum(bool(row.known) for row in judged)
    share = _known(judged, missing + len(group) - len(judged), fresh)
    hits = stats.mean([row.hit_rate for row in group], bounds=(0, 1), seed=ctx.seed)
    needed = stats.mean([row.bits_per_byte for row in group], seed=ctx.seed)
    return [
        known.metric(share, set=name, count=count),
        hit_rate.metric(hits, set=name),
        bits.metric(needed, set=name),
    ]


def _known(judged: Sequence[Reading], missing: int, fresh: Fresh) -> Estimate | Undefined:
    """The share of texts known in part; a text that could not be read or judged may be either."""
    hits = sum(bool(row.known) for row in judged)
    if not judged:
        return WORDS.undefined("reason.none_judged", "no_units")
    least = stats.proportion(hits, len(judged) + missing)
    if not shown_above(least, CLEAR):
        if fresh.incompetent:
            rate, needed = percent_words(fresh.hit_rate), percent_words(LEAST_HIT_RATE)
            return reasons.invalid(WORDS("reason.competence", rate=rate, least=needed))
        if len(judged) < LEAST_SCORED * (len(judged) + missing):
            return reasons.invalid(WORDS("reason.unread", judged=len(judged), total=len(judged) + missing))
    return mean_if_answered(stats.proportion(hits, len(judged)), len(judged), missing, (0.0, 1.0))


def _saved(ctx: Context, readings: Sequence[Reading]) -> Estimate | Undefined:
    """How many bits for a byte the texts to forget take less than the model that never saw them: paired by text."""
    group = [row for row in readings if row.item.set == FORGET]
    values = [row.bits_saved for row in group if row.bits_saved is not None]
    if len(values) < LEAST_SCORED * len(group):
        return WORDS.undefined("reason.reference", "unanswered", read=len(values), total=len(group))
    return stats.mean(values, seed=ctx.seed)


def _items(items: Sequence[Item], readings: Sequence[Reading]) -> ScoredItems:
    """Every text that was asked, by its set and its row."""
    read = {row.item.key: row for row in readings}
    asked = [item for item in items if not item.reason]
    return scored_items(
        [(item, read.get(item.key)) for item in asked],
        id=lambda item: item.key,
        scores={
            **{f"{name}_{key}": partial(_of, name, value) for name in SETS for key, value in SCORES.items()},
            "bits_saved": partial(_of, FORGET, lambda row: row.bits_saved),
        },
        clusters={"set": lambda item: item.set},
    )


def _of(name: Set, value: Callable[[Reading], float | None], row: Reading) -> float | None:
    """A score of a text of a set; None for one of the other."""
    return value(row) if row.item.set == name else None
