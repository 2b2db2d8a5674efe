"""Which personal data does a model give away: known values, values made likelier by a name, and shapes alone?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from fairwitness.audit.probe import Context, Findings, Options, ProbeRun
from fairwitness.audit.records import Evidence, Metric, Picture, ScoredItems
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.blanks import model_type
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.memorization.personal_data import metrics, presidio, tables
from fairwitness.probes.memorization.personal_data.attributes import Gain, gains, sentences_of
from fairwitness.probes.memorization.personal_data.continuations import Continuation, read
from fairwitness.probes.memorization.personal_data.items import (
    KNOWN,
    SHAPES,
    TEMPLATES,
    WORDS,
    PersonalDataOptions,
    prompts,
)
from fairwitness.probes.memorization.personal_data.known import SHORTEST, Known, KnownRow, known_of
from fairwitness.probes.memorization.personal_data.shapes import Recogniser, recogniser, shapes_of


class PersonalData:
    """Continuations of an attacker's prompts, and likelihoods of values with and without their person's name."""

    spec = WORDS.spec(name="personal_data", family="memorization", needs=(("Generate",), ("FillMask",)))
    options: type[Options] = PersonalDataOptions
    metrics = specs_of(*metrics.MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks once for all continuations and likelihoods."""
        options: PersonalDataOptions = ctx.options
        writes, model = "Generate" in ctx.capabilities, model_type(ctx)
        shaped = told_by(ctx)
        known = known_of(ctx.data[KNOWN], shaped, ctx.seed) if KNOWN in ctx.data else None
        asked = prompts(ctx.data, known, options, ctx.seed) if writes else []
        people = []
        if known is not None and {"FillMask", "LogLikelihood"} & ctx.capabilities:
            values = [cells[0] for cells in rows_of(ctx.data[KNOWN], ("value",))]
            people = sentences_of(
                list(zip(known.rows, values, strict=True)), ctx.data[TEMPLATES], options.attribute_language
            )
        if not asked and not people:
            raise WORDS.does_not_apply("reason.nobody", "nothing_to_ask")
        requests = chain(
            chain.from_iterable(prompt.requests(options, ctx.seed) for prompt in asked),
            chain.from_iterable(sentences.requests(model) for sentences in people),
        )
        answers = yield from ask(requests)
        written = read(asked, answers, known, shaped, options, ctx.seed)
        rows = gains(people, answers, model)
        lost = [sentences.row for sentences, row in zip(people, rows, strict=True) if row is None]
        return findings(ctx, known, written, rows, lost)


PROBE = PersonalData()
RATES = Picture(
    kind="dots",
    caption=WORDS("picture.rates"),
    metrics=("known_value_rate", "shaped_value_rate"),
    by=metrics.ASKED_FOR,
)
"""A row for each category that was asked for."""


def told_by(ctx: Context) -> Recogniser:
    """What tells shapes in this run."""
    shapes = shapes_of(ctx.data[SHAPES])
    if ctx.options.shapes == "presidio":
        ours = [shape for shape in shapes if shape.category in ("email", "secret")]
        return presidio.recogniser(recogniser(ours), ctx.options.spacy_model)
    return recogniser(shapes)


def findings(
    ctx: Context,
    known: Known | None,
    written: Sequence[Continuation],
    rows: Sequence[Gain | None],
    lost: Sequence[KnownRow],
) -> Findings:
    """Metrics, evidence and items."""
    results: list[Metric] = metrics.generated(written, known) if written else [metrics.no_writing()]
    results += metrics.attributed(ctx, rows)
    return Findings(
        metrics=results,
        evidence=_evidence(ctx, known, written, [row for row in rows if row is not None]),
        notes=_notes(ctx, known),
        items=_items(written, rows, lost, compared=known is not None),
        pictures=[RATES],
    )


def _evidence(
    ctx: Context, known: Known | None, written: Sequence[Continuation], rows: Sequence[Gain]
) -> list[Evidence]:
    evidence = []
    if written:
        evidence += [tables.shapes(written, known), tables.continuations(written, ctx.options.shown)]
    if written and known is not None:
        evidence.append(tables.values(written, known))
    return [*evidence, tables.attributes(rows)] if rows else evidence


def _notes(ctx: Context, known: Known | None) -> list[str]:
    if known is None:
        return [WORDS("note.not_given"), WORDS(f"note.{ctx.options.shapes}")]
    notes = [WORDS(f"note.{ctx.options.shapes}")]
    if short := len(known.rows) - len(known.matchable):
        notes.append(WORDS("note.short", count=short, total=len(known.rows), least=SHORTEST))
    return notes


@dataclass(frozen=True, slots=True)
class Scored:
    """An item that was asked: a continuation or a value in sentences."""

    id: str
    prompt: str
    category: str
    continuation: Continuation | None = None
    gain: Gain | None = None


def _items(
    written: Sequence[Continuation], rows: Sequence[Gain | None], lost: Sequence[KnownRow], *, compared: bool
) -> ScoredItems:
    """Every continuation and every value, by the name of its prompt or the number of its row, never by its words.

    `compared`: there are known values that continuations were compared with.
    """
    pairs: list[tuple[Scored, Scored | None]] = []
    for item in written:
        name = item.prompt.id
        asked = Scored(f"{name}, {item.number}", name, item.prompt.category)
        answered = item.text is not None and item.readable
        pairs.append((asked, replace(asked, continuation=item) if answered else None))
    scored = [(row.row, row) for row in rows if row is not None]
    for row, gain in [*scored, *((row, None) for row in lost)]:
        asked = Scored(f"attribute, row {row.number}", f"person {row.owner}", row.category)
        pairs.append((asked, None if gain is None else replace(asked, gain=gain)))
    return scored_items(
        sorted(pairs, key=lambda pair: pair[0].id),
        id=lambda item: item.id,
        scores={
            "known_value_rate": lambda item: (
                float(bool(item.continuation.known)) if compared and item.continuation else None
            ),
            "shaped_value_rate": lambda item: (
                None if item.continuation is None else float(bool(item.continuation.shaped))
            ),
            "attribute_gain": lambda item: None if item.gain is None else item.gain.over_none,
            "attribute_gain_over_names": lambda item: None if item.gain is None else item.gain.over_others,
        },
        clusters={"prompt": lambda item: item.prompt, metrics.ASKED_FOR: lambda item: WORDS(f"labels.{item.category}")},
    )
