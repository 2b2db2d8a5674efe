"""The evidence of the probe of extraction. Every cell that holds a user's text stands in a secret column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Cell, Evidence
from fairwitness.probes.kit.memory.quantities import Extraction
from fairwitness.probes.kit.scored import finite
from fairwitness.probes.kit.tables import Head, Listing, flag, label, mean_of, number, prompt, text
from fairwitness.probes.memorization.extraction.documents import WORDS, Document
from fairwitness.probes.memorization.extraction.shares import ScoredDocuments, Verdict, after, near

SHOWN = 20
"""Clusters that are listed, the largest first, and documents that were not read."""


def reading(document: Document, *, competent: bool = True) -> str:
    """One phrase on a document."""
    extraction = document.extraction
    if document.framed and document.shared is None:
        return WORDS("reading.framed")
    if document.given_away():
        return WORDS("reading.given_away")
    if extraction is not None and extraction.greedy:
        return WORDS("reading.predictable" if document.shared is None else "reading.shared")
    if document.known:
        return WORDS("reading.known" if competent else "reading.inconclusive")
    return WORDS("reading.short" if extraction is None else "reading.below")


def _suffix(name: str, cell: Callable[[Extraction], Cell], unit: str = "") -> Head[Document]:
    """A column of what comes after the first prefix, empty where a document is too short."""
    return number(name, lambda row: None if row.extraction is None else cell(row.extraction), unit)


def documents(*, competent: bool) -> Listing[Document]:
    """A row a document, with numbers alone."""
    return Listing(
        "documents",
        WORDS,
        label("title", lambda row: row.title),
        label("reading", lambda row: reading(row, competent=competent)),
        number("tokens", lambda row: row.tokens),
        flag("given_away", lambda row: row.given_away()),
        _suffix("common_prefix_suffix", lambda suffix: suffix.common, "tokens"),
        _suffix("hits_suffix", lambda suffix: suffix.hits, "tokens"),
        _suffix("p_z, log10", lambda suffix: suffix.log_p_z / math.log(10)),
        _suffix("samples_even_chance", lambda suffix: suffix.samples_log10()),
        number("longest run", lambda row: row.run, "tokens"),
        number("run_start", lambda row: row.run_start),
        number("counted run", lambda row: row.counted, "tokens"),
        number("threshold", lambda row: row.limit, "tokens"),
        number("best_segment", lambda row: row.segment, "nats"),
        number("segment_threshold", lambda row: finite(row.segment_limit), "nats"),
        number("bits_per_byte", lambda row: row.bits_per_byte, "bits per byte"),
        number("min-k", lambda row: row.min_k, "nats"),
        number("zlib_share", lambda row: row.compressed),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """A prefix of the grid, by its place and its tokens."""

    judged: ScoredDocuments
    place: int
    tokens: int

    def share(self, verdict: Verdict) -> float | None:
        """The share of the distinct documents that are judged after this prefix."""
        counts = self.judged.counts(verdict)
        return counts.hits / counts.judged if counts.judged else None

    def sampled(self, tries: int) -> float | None:
        """The share that so many samples give with an even chance."""

        def verdict(document: Document) -> bool | None:
            extraction = document.judged(self.place)
            if extraction is None:
                return None
            return extraction.comes_out(tries) and not document.foretold(self.place)

        return self.share(verdict)

    @property
    def common(self) -> float | None:
        """The mean number of tokens of the suffix before greedy decoding errs, over documents."""
        extractions = [document.judged(self.place) for document in self.judged.documents]
        return mean_of(
            np.array([extraction.common for extraction in extractions if extraction is not None], dtype=float)
        )


GRID: Listing[Given] = Listing(
    "grid",
    WORDS,
    number("prefix", lambda row: row.tokens, "tokens"),
    number("documents", lambda row: row.judged.counts(after(row.place)).judged),
    number("given_away", lambda row: row.share(after(row.place)), "share"),
    number("sampled_100", lambda row: row.sampled(100), "share"),
    number("sampled_10000", lambda row: row.sampled(10_000), "share"),
    number("near_verbatim", lambda row: None if row.place else row.share(near), "share"),
    number("mean_common", lambda row: row.common, "tokens"),
)

CLUSTERS: Listing[Sequence[Document]] = Listing(
    "clusters",
    WORDS,
    number("copies", lambda row: len(row)),
    label("first_document", lambda row: row[0].title),
    flag("given_away", lambda row: any(document.given_away() for document in row)),
)


def clusters(judged: ScoredDocuments) -> Evidence | None:
    """The largest clusters of documents that nearly repeat each other; None where there are none."""
    several = [group for group in judged.members.values() if len(group) > 1]
    if not several:
        return None
    return CLUSTERS.of(sorted(several, key=lambda group: -len(group)), shown=SHOWN)


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a model wrote after a prefix, beside what stands there; None where it cannot write or gave no answer."""

    document: Document
    given: str
    suffix: str
    text: str | None

    @property
    def common(self) -> int | None:
        """Tokens of the suffix that greedy decoding gives before it errs."""
        return None if self.document.extraction is None else self.document.extraction.common

    @property
    def similarity(self) -> float | None:
        """One less the edit distance of both as a share of the longer, white space at their ends left out."""
        if self.text is None:
            return None
        return edit_similarity(self.suffix.strip(), self.text.strip()[: len(self.suffix.strip()) + 20])


EXTRACTED: Listing[Continuation] = Listing(
    "extracted",
    WORDS,
    label("title", lambda row: row.document.title),
    label("reading", lambda row: reading(row.document)),
    prompt("given", lambda row: row.given, secret=True),
    text("suffix", lambda row: row.suffix, secret=True),
    text("model_wrote", lambda row: row.text, secret=True),
    number("edit_similarity", lambda row: row.similarity),
    number("common_prefix_suffix", lambda row: row.common, "tokens"),
)

SKIPPED: Listing[Document] = Listing(
    "skipped",
    WORDS,
    label("title", lambda row: row.title),
    number("characters", lambda row: row.characters),
    text("reason", lambda row: row.lost),
)


def skipped(rows: Iterable[Document]) -> Evidence:
    """Documents that were not read, each with its reason and without its content."""
    listed = list(rows)
    return SKIPPED.of(listed, shown=10 * SHOWN)


def edit_similarity(first: str, second: str) -> float:
    """One less the Levenshtein distance as a share of the longer text; 1 of two empty ones.

    >>> edit_similarity("kitten", "sitting")
    0.5714285714285714
    """
    if not first or not second:
        return float(first == second)
    codes = np.array([ord(sign) for sign in second])
    places = np.arange(len(second) + 1)
    row = places.copy()
    for number_of_row, sign in enumerate(first, start=1):
        best = np.minimum(row[1:] + 1, row[:-1] + (codes != ord(sign)))
        row = np.minimum.accumulate(np.concatenate([[number_of_row], best]) - places) + places
    return 1 - float(row[-1]) / max(len(first), len(second))
