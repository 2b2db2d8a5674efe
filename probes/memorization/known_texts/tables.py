"""The evidence of the probe of known texts. Every cell that holds a user's text stands in a secret column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Cell, Evidence
from fairwitness.probes.kit.memory.passages import TextKind
from fairwitness.probes.kit.memory.quantities import Extraction, Quantities
from fairwitness.probes.kit.memory.thresholds import ScoredText
from fairwitness.probes.kit.scored import finite
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number, prompt, text
from fairwitness.probes.memorization.known_texts.items import WORDS, Unscored


def table_of(kind: TextKind) -> str:
    """Id of the table that holds texts of this kind."""
    return {"own": "own", "public_domain": "public"}.get(kind, "controls")


def _read(name: str, cell: Callable[[Quantities], Cell], unit: str = "") -> Head[ScoredText]:
    return number(name, lambda row: cell(row.quantities), unit)


def _extracted(name: str, cell: Callable[[Extraction], Cell], unit: str = "") -> Head[ScoredText]:
    """A column of what comes after the prefix, empty where a text is too short."""
    return _read(name, lambda row: None if row.extraction is None else cell(row.extraction), unit)


def texts(table: str, rows: Sequence[ScoredText]) -> Evidence:
    """One row a text with all its quantities, those above the threshold and then the longest run first."""
    secret = table == "own"
    heads: tuple[Head[ScoredText], ...] = (
        label("title", lambda row: row.quantities.passage.title),
        label("kind", lambda row: WORDS(f"kind.{row.quantities.passage.kind}")),
        label("form", lambda row: WORDS(f"form.{row.quantities.form}")),
        _read("longest run", lambda row: row.run.length, "tokens"),
        _read("counted run", lambda row: row.counted, "tokens"),
        number("threshold", lambda row: row.limit, "tokens"),
        flag("above", lambda row: None if row.framed else row.above),
        label("reading", reading),
        text("text_run", lambda row: row.quantities.run.text, secret=secret),
        _read("run_start", lambda row: row.run.token),
        _read("best_segment", lambda row: row.segment, "nats"),
        number("segment_threshold", lambda row: finite(row.segment_limit), "nats"),
        _read("tokens", lambda row: row.tokens),
        _read("bits", lambda row: row.bits, "bits"),
        _read("bits_per_byte", lambda row: row.bits_per_byte, "bits per byte"),
        _read("bits_per_zlib_bit", lambda row: row.zlib_ratio),
        _read("zlib_share", lambda row: row.compressed),
        _read("min-k", lambda row: row.min_k, "nats"),
        _extracted("p_z, log10", lambda suffix: suffix.log_p_z / math.log(10)),
        _extracted("samples_even_chance", lambda suffix: suffix.samples_log10()),
        _extracted("common_prefix_suffix", lambda suffix: suffix.common, "tokens"),
        prompt("text", lambda row: row.quantities.passage.text, secret=secret),
    )
    return Listing(table, WORDS, heads).of(sorted(rows, key=_worst_first))


def reading(text: ScoredText) -> str:
    """One phrase on the runs of a text."""
    if text.above:
        return WORDS("reading.known" if text.competent else "reading.inconclusive")
    if text.framed:
        return WORDS("reading.framed")
    if text.quantities.run.length > text.limit:
        return WORDS("reading.predictable" if text.quantities.predictable else "reading.partly_predictable")
    return WORDS("reading.below")


def _worst_first(row: ScoredText) -> tuple[bool, int, int, str]:
    text = row.quantities
    return not row.above, -text.counted, -text.run.length, text.passage.key


@dataclass(frozen=True, slots=True)
class Continuation:
    """What the model wrote after the text that precedes a run."""

    quantities: Quantities
    text: str

    @property
    def common(self) -> int:
        """Characters that both begin with, white space at their ends left out."""
        run, written = self.quantities.run.text.strip(), self.text.strip()
        pairs = enumerate(zip(run, written, strict=False))
        return next((place for place, (a, b) in pairs if a != b), min(len(run), len(written)))


def continuations(table: str, rows: Sequence[Continuation], *, secret: bool, written: bool) -> Evidence:
    """What the model writes after the text before the longest run, beside the run.

    `secret` says that the texts are a user's own, `written` that what the model writes may come from such texts.
    """
    heads: tuple[Head[Continuation], ...] = (
        label("title", lambda row: row.quantities.passage.title),
        prompt("given", lambda row: row.quantities.run.before, secret=secret),
        text("text_run", lambda row: row.quantities.run.text, secret=secret),
        text("model wrote", lambda row: row.text, secret=secret or written),
        number("same beginning", lambda row: row.common, "characters"),
    )
    return Listing(table, WORDS, heads).of(rows)


UNSCORED: Listing[Unscored] = Listing(
    "skipped",
    WORDS,
    label("title", lambda row: row.passage.title),
    label("kind", lambda row: WORDS(f"kind.{row.passage.kind}")),
    number("characters", lambda row: len(row.passage.text)),
    text("reason", lambda row: row.reason),
)
"""Texts that are not judged, each with its reason and without its content."""
