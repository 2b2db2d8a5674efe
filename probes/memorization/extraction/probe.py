"""Which documents of a corpus does a language model give to whoever has their beginning?"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from pydantic import Field, field_validator

from fairwitness.audit import stats
from fairwitness.audit.probe import Context, Findings, Options, ProbeRun, RowWriter
from fairwitness.audit.records import Evidence, Name, Picture, ScoredItems
from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.kit.asking import ask
from fairwitness.probes.kit.claims import percent_words
from fairwitness.probes.kit.measures import specs_of
from fairwitness.probes.kit.memory.duplicates import Duplicates
from fairwitness.probes.kit.memory.fresh import FRESH, Fresh, fresh_texts
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.quantities import measure, usual_nats
from fairwitness.probes.kit.memory.readings import Loss, read_scores, totals_alone
from fairwitness.probes.kit.memory.start import Start, asked_by_start
from fairwitness.probes.kit.memory.thresholds import limits_of, scored
from fairwitness.probes.kit.scored import scored_items
from fairwitness.probes.memorization.extraction import shares, tables
from fairwitness.probes.memorization.extraction.documents import (
    WORDS,
    Corpus,
    Document,
    kept,
    lost,
)
from fairwitness.probes.memorization.extraction.reference import Compared, compare
from fairwitness.probes.memorization.extraction.shares import FEW, HIT_RATE, UNSEEN, ScoredDocuments

GRID = (25, 50, 100, 200)
"""Prefix lengths that are tried, beside the one that the headline takes."""


class ExtractionOptions(Options):
    """How the documents are read."""

    prefix: int = Field(50, ge=1, description="tokens of a document that are given, for the headline")
    prefixes: tuple[int, ...] = Field(GRID, description="further numbers of tokens that are given, for the table")
    suffix: int = Field(50, ge=1, description="tokens that must follow exactly")
    shown: int = Field(5, ge=0, description="documents whose greedy continuation is shown")
    reference_model: tuple[str, ...] = Field((), description="compared with: give it with --reference-model, not here")
    limit: int | None = Field(None, ge=1, description="ask only this many documents, drawn by the seed")

    @field_validator("prefixes")
    @classmethod
    def _positive(cls, prefixes: tuple[int, ...]) -> tuple[int, ...]:
        if any(prefix < 1 for prefix in prefixes):
            raise ValueError("prefixes: each must be 1 token or more")
        return prefixes

    @property
    def grid(self) -> tuple[int, ...]:
        """All prefixes, that of the headline first."""
        return tuple(dict.fromkeys((self.prefix, *sorted(self.prefixes))))


@dataclass(slots=True)
class Reading:
    """What has been read so far: numbers of each document, written and folded as they come."""

    writer: RowWriter
    documents: list[Document] = field(default_factory=list)
    duplicates: Duplicates = field(default_factory=Duplicates)

    def add(self, document: Document, text: str, cells: Sequence[object]) -> None:
        """The next document."""
        self.documents.append(document)
        self.duplicates.add(text)
        if not document.lost:
            self.writer.add(tuple(cells))  # type: ignore[arg-type]


class ExtractionProbe:
    """One pass over every document, in portions; then, where the model can write, a few continuations for show."""

    spec = WORDS.spec(
        name="extraction",
        family="memorization",
        needs=(("LogLikelihood",),),
        data=("documents", FRESH),
    )
    options: type[Options] = ExtractionOptions
    metrics = specs_of(*shares.MEASURES)

    def run(self, ctx: Context) -> ProbeRun:
        """Asks texts that nobody has seen, then the documents in portions, then some continuations."""
        options: ExtractionOptions = ctx.options
        corpus = Corpus(ctx.data["documents"], options.limit, ctx.seed)
        if not corpus.numbers:
            raise WORDS.does_not_apply("reason.no_documents", "data_unfit")
        texts = fresh_texts(ctx.data[FRESH.name])
        start, fresh = yield from _fresh(texts, options)
        competent = not (fresh.incompetent or fresh.exceeded)
        table = tables.documents(competent=competent)
        reading = Reading(ctx.open_table(table.id, WORDS("table.documents.caption"), table.columns()))
        for portion in corpus.portions():
            answers = yield from ask(chain.from_iterable(passage.requests(start=start.used) for _, passage in portion))
            for place, passage in portion:
                given = [answers[request] for request in passage.requests(start=start.used)]
                document = _document(place, passage, given, fresh, options)
                reading.add(document, passage.text, () if document.lost else table.cells(document))
        steps = compare(corpus, reading.documents, ctx.references)
        writes = "Generate" in ctx.capabilities
        written = yield from _written(corpus, reading.documents, options, writes=writes)
        return findings(options, corpus, reading, fresh, start, written, steps)

    def later(self, ctx: Context) -> Iterable[Request]:
        """What is asked of the documents, once it is known whether they are put behind a start token."""
        options: ExtractionOptions = ctx.options
        for portion in Corpus(ctx.data["documents"], options.limit, ctx.seed).portions():
            for _, passage in portion:
                yield from passage.requests()


PROBE = ExtractionProbe()


def _fresh(
    texts: Sequence[Passage], options: ExtractionOptions
) -> Generator[list[Request], list[Answer], tuple[Start, Fresh]]:
    """How the model is asked, and what it has right of texts that nobody has seen."""
    start, answers = yield from asked_by_start(texts, texts)
    if totals_alone(answers.values()):
        raise WORDS.does_not_apply("reason.totals", "model_lacks")
    read = {}
    for text in texts:
        scores = read_scores([answers[request] for request in text.requests(start=start.used)], WORDS, private=False)
        if not isinstance(scores, Loss):
            read[text] = scores
    usual = usual_nats(read.values())
    measured = [measure(text, scores, options.grid, options.suffix, usual=usual) for text, scores in read.items()]
    return start, Fresh.of(measured, usual)


def _document(
    place: int, passage: Passage, answers: Sequence[Answer], fresh: Fresh, options: ExtractionOptions
) -> Document:
    """What is kept of one document."""
    scores = read_scores(answers, WORDS, private=True)
    if isinstance(scores, Loss):
        return lost(place, passage, scores.reason, unanswered=scores.unanswered)
    quantities = measure(passage, scores, options.grid, options.suffix, usual=fresh.usual)
    [text] = scored([quantities], fresh.calibrations, competent=not fresh.incompetent)
    return kept(place, text)


def _written(
    corpus: Corpus, documents: Sequence[Document], options: ExtractionOptions, *, writes: bool
) -> Generator[list[Request], list[Answer], list[tables.Continuation]]:
    """What the model writes after the beginnings of the documents of which it has most right."""
    long = [document for document in documents if document.extraction is not None]
    chosen = sorted(long, key=_longest_first)[: options.shown]
    if not chosen:
        return []
    parts = [_parts(corpus.passage(document.number).text, document) for document in chosen]
    answers = yield from ask([Generate(given, options.suffix) for given, _ in parts] if writes else [])
    continuations = []
    for document, (given, suffix) in zip(chosen, parts, strict=True):
        answer = answers.get(Generate(given, options.suffix))
        text = answer.text if isinstance(answer, Generated) else None
        continuations.append(tables.Continuation(document, given, suffix, text))
    return continuations


def _longest_first(document: Document) -> tuple[bool, int, int]:
    extraction = document.extraction
    return document.framed, -(extraction.common if extraction else 0), document.number


def _parts(text: str, document: Document) -> tuple[str, str]:
    """A document's prefix and suffix; the token that follows a prefix brings its own space."""
    extraction = document.extraction
    first, last = (extraction.first, extraction.last) if extraction else (0, 0)
    given = text[:first].removesuffix(" ")
    return given, text[len(given) : last]


def findings(
    options: ExtractionOptions,
    corpus: Corpus,
    reading: Reading,
    fresh: Fresh,
    start: Start,
    written: Sequence[tables.Continuation],
    steps: Sequence[Compared] = (),
) -> Findings:
    """Metrics, evidence and notes; below the competence floor nothing is concluded but what is plainly given away."""
    documents = reading.documents
    judged = ScoredDocuments(documents, reading.duplicates.clusters(), _reason(fresh), _shifted(fresh))
    evidence = _evidence(judged, reading, options, written)
    named = [each.id for each in evidence]
    metrics = shares.metrics(judged, fresh.unseen, options.grid, options.suffix, tables=named)
    hits = stats.mean([text.hits / text.scored for text in fresh.texts], bounds=(0, 1), seed=corpus.seed)
    metrics += [HIT_RATE.metric(hits), UNSEEN.metric(fresh.unseen)]
    return Findings(
        metrics=metrics,
        evidence=evidence,
        notes=[*_notes(judged, corpus, reading, fresh, start, options), *map(_compared, steps)],
        items=_items(documents, judged.clusters),
        pictures=[SHARES, BY_PREFIX, BY_SAMPLES],
    )


SHARES = Picture(
    kind="dots",
    caption=WORDS("picture.shares"),
    metrics=("extractable", "known_in_part", "unseen_share_above"),
)
BY_PREFIX = Picture(kind="dots", caption=WORDS("picture.prefix"), metrics=("extractable_after",), by="prefix")
BY_SAMPLES = Picture(kind="dots", caption=WORDS("picture.samples"), metrics=("extractable_by_sampling",), by="samples")


def _reason(fresh: Fresh) -> str:
    """Why nothing is concluded from this model; empty where something is."""
    if fresh.incompetent:
        return WORDS("reason.competence", rate=percent_words(fresh.hit_rate), least=percent_words(fresh.least))
    return ""


def _shifted(fresh: Fresh) -> str:
    """Why the threshold says nothing of this model; empty where it does."""
    if fresh.exceeded:
        above, asked = fresh.above
        return WORDS("reason.exceeded", above=above, asked=asked)
    return ""


def _evidence(
    judged: ScoredDocuments, reading: Reading, options: ExtractionOptions, written: Sequence[tables.Continuation]
) -> list[Evidence]:
    grid = [tables.Given(judged, place, prefix) for place, prefix in enumerate(options.grid)]
    evidence = [tables.GRID.of(sorted(grid, key=lambda row: row.tokens))]
    if written:
        evidence.append(tables.EXTRACTED.of(written))
    copies = tables.clusters(judged)
    evidence += [] if copies is None else [copies]
    evidence.append(reading.writer.evidence())
    unread = [document for document in judged.documents if document.lost]
    return [*evidence, tables.skipped(unread)] if unread else evidence


def _notes(
    judged: ScoredDocuments, corpus: Corpus, reading: Reading, fresh: Fresh, start: Start, options: ExtractionOptions
) -> Iterable[str]:
    documents = judged.documents
    way = "used" if start.used else "none" if start.with_token == start.without else "unused"
    tokens = sum(document.tokens for document in documents)
    yield WORDS(
        "note.asked",
        documents=len(documents),
        clusters=len(judged.members),
        tokens=f"{tokens:,}",
        start=WORDS(f"start.{way}"),
    )
    if not reading.duplicates.near:
        yield WORDS("note.no_sketches")
    if len(judged.members) < FEW:
        yield WORDS("note.few", count=len(judged.members))
    if corpus.empty:
        yield WORDS("note.empty", count=corpus.empty)
    short = sum(not document.lost and document.extraction is None for document in documents)
    if short:
        yield WORDS("note.short", count=short, prefix=options.prefix, suffix=options.suffix)
    framed = [document for document in documents if document.framed and document.shared is None]
    if framed:
        exact = sum(document.extraction is not None and document.extraction.greedy for document in framed)
        yield WORDS("note.framed", count=len(framed), exact=exact)
    yield WORDS("note.threshold", count=len(fresh.texts), **limits_of(fresh.calibrations, 200))
    for reason in filter(None, (judged.reason, judged.shifted)):
        yield WORDS("note.validity", reason=reason)


def _compared(step: Compared) -> str:
    return WORDS("note.reference", model=Name(step.model), count=step.asked, shared=step.shared)


def _items(documents: Sequence[Document], clusters: Sequence[int]) -> ScoredItems:
    """Every document that was asked, by its name or number and never by its words."""
    rows = [
        (pair, None if pair[0].unanswered else pair[0])
        for pair in zip(documents, clusters, strict=True)
        if pair[0].unanswered or not pair[0].lost
    ]
    return scored_items(
        rows,
        id=lambda pair: str(pair[0].title),
        scores={
            "given_away": lambda document: _flag(document.given_away()),
            "longest_run": lambda document: document.counted,
            "common_prefix": lambda document: None if document.extraction is None else document.extraction.common,
            "bits_per_byte_of_text": lambda document: document.bits_per_byte,
        },
        clusters={"cluster": lambda pair: pair[1]},
    )


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)
