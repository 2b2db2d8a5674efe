"""How well does a model know secrets that were planted in its training data, and how often must it have seen them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from pydantic import Field

from fairwitness.audit.canaries.key_file import Canary
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Estimate, Evidence, Picture
from fairwitness.audit.stats.exposure import chance_p
from fairwitness.audit.stats.extrapolated_exposure import LEAST_REFERENCES
from fairwitness.probes.kit.canaries.asking import Reading, items_asked, read
from fairwitness.probes.kit.canaries.items import canaries_of
from fairwitness.probes.kit.canaries.planting import check_set, shown_planted
from fairwitness.probes.kit.canaries.scores import Ranked
from fairwitness.probes.kit.competence import competent
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.validity import LEAST_RIGHT, LEAST_SCORED
from fairwitness.probes.memorization.canaries import tables
from fairwitness.probes.memorization.canaries.measures import (
    MEASURES,
    NEVER,
    WORDS,
    dose_of,
    doses,
    growth,
    metrics,
    of_dose,
)

SURE = 0.001
"""The p-value below which canaries that were left out are not at chance."""


class CanariesOptions(Options):
    """How canaries are ranked."""

    references: int = Field(
        LEAST_REFERENCES, ge=100, description="other secrets that each is ranked among; 1,000 and more are extrapolated"
    )
    whole: int = Field(1_000, ge=0, description="formats of at most so many secrets are ranked whole")
    set: str = Field("", description="name of the set that the model was trained with, as canary make says it")
    limit: int | None = Field(None, ge=1, description="ask only the first canaries of each dose, so many")


class Canaries:
    """Ranks every canary of a key file among secrets of its format, after the same text."""

    spec = WORDS.spec(name="canaries", family="memorization", needs=(("LogLikelihood",), ("PseudoLogLikelihood",)))
    options: type[Options] = CanariesOptions
    metrics = specs_of(*MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks for all canaries. Raises BadOption for a key file of another training."""
        options: CanariesOptions = ctx.options
        check_set(ctx, PROBE.spec.name, options.set)
        canaries = first_of_each_dose(canaries_of(ctx.data["key"]), options.limit)
        reading = yield from read(canaries, ctx, options.references, options.whole)
        return findings(reading, shown_planted(ctx, options.set))


PROBE = Canaries()
BY_REPEATS = Picture(kind="dots", caption=WORDS("picture.dose"), metrics=("exposure_by_repeats",), by="repeats")


def first_of_each_dose(canaries: Sequence[Canary], limit: int | None) -> list[Canary]:
    """The canaries, or the first `limit` of those that stood in the training data equally often."""
    counts: Counter[int] = Counter()
    kept = []
    for canary in canaries:
        counts[dose_of(canary)] += 1
        if limit is None or counts[dose_of(canary)] <= limit:
            kept.append(canary)
    return kept


def findings(reading: Reading, planted: bool) -> Findings:
    """Metrics, evidence, notes and the picture."""
    made = doses(reading)
    reason = invalid(reading, planted)
    evidence: list[Evidence] = [tables.canaries(reading.ranked)]
    if (curve := tables.dose_response(made)) is not None:
        evidence.append(curve)
    if reading.unranked:
        evidence.append(tables.UNRANKED.of(reading.unranked))
    notes = [WORDS("note.chance")]
    if reading.unranked:
        notes.append(WORDS("note.skipped", count=len(reading.unranked)))
    if capped := sum(each.capped for each in reading.ranked):
        notes.append(WORDS("note.capped", count=capped))
    if reason:
        notes.append(WORDS("note.validity", reason=reason))
    scores: dict[str, Callable[[Ranked], float]] = {
        "above_chance": lambda row: row.excess,
        "bits_of_rank": lambda row: row.exposure,
    }
    return Findings(
        metrics=metrics(reading, reason),
        evidence=evidence,
        notes=notes,
        items=items_asked(reading, scores, {"repeats": lambda canary: str(dose_of(canary))}),
        pictures=[BY_REPEATS],
    )


def invalid(reading: Reading, planted: bool) -> str:
    """Why nothing good can be concluded; empty where something can."""
    total = len(reading.ranked) + len(reading.unranked)
    made = doses(reading)
    if len(reading.ranked) < LEAST_SCORED * total:
        return WORDS("validity.unread", count=len(reading.unranked), total=total)
    if not competent(reading.right, reading.controls, LEAST_RIGHT):
        return WORDS("validity.order", right=reading.right, asked=reading.controls)
    unseen = of_dose(made, NEVER).ranked
    if chance_p([each.rank for each in unseen], [each.ranks for each in unseen]) < SURE:
        return WORDS("validity.unseen")
    learned = growth(made)
    if not planted and not (isinstance(learned, Estimate) and learned.low > 0):
        return WORDS("validity.planted")
    return ""
