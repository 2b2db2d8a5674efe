"""The evidence of the memorization probe. Every cell that holds a user's text stands in a secret column."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fairwitness.audit.records import Cell, Column, Evidence
from fairwitness.probes.memorization.known_texts.predictors import FORMS
from fairwitness.probes.memorization.known_texts.quantities import Passage, Quantities, TextKind
from fairwitness.probes.memorization.known_texts.thresholds import Judged

KINDS: dict[TextKind, str] = {
    "own": "your texts",
    "public_domain": "famous texts",
    "written": "texts written for this project",
    "predictable": "predictable texts",
    "shuffled": "famous texts with their words shuffled",
}

CAPTIONS = {
    "own": "Your texts, those above the threshold and then the longest run first",
    "public": "Famous texts in the public domain, the longest run first: knowing them is no fault",
    "controls": "Controls: texts nobody has seen, predictable texts, and famous ones with their words shuffled",
}


def evidence_of(kind: TextKind) -> str:
    """Id of the table that holds texts of this kind."""
    return {"own": "own", "public_domain": "public"}.get(kind, "controls")


def texts(name: str, judged: Sequence[Judged]) -> Evidence:
    """One row a text with all its quantities."""
    secret = name == "own"
    columns = (
        Column("title"),
        Column("kind"),
        Column("form"),
        Column("longest run", "number", "tokens"),
        Column("counted run", "number", "tokens"),
        Column("threshold", "number", "tokens"),
        Column("above", "flag"),
        Column("reading"),
        Column("text of the run", "text", secret=secret),
        Column("run starts at token", "number"),
        Column("tokens", "number"),
        Column("bits", "number", "bits"),
        Column("bits per byte", "number", "bits per byte"),
        Column("bits / zlib bits", "number"),
        Column("zlib size / size", "number"),
        Column("min-k", "number", "nats"),
        Column("p_z, log10", "number"),
        Column("samples for an even chance, log10", "number"),
        Column("common prefix of the suffix", "number", "tokens"),
        Column("text", "prompt", secret=secret),
    )
    rows = tuple(map(_row, sorted(judged, key=_worst_first)))
    return Evidence(name, CAPTIONS[name], "table", columns, rows, len(rows))


def _worst_first(one: Judged) -> tuple[bool, int, int, str]:
    return not one.above, -one.of.counted, -one.of.run.length, one.of.passage.key


def _row(judged: Judged) -> tuple[Cell, ...]:
    one, shown = judged.of, judged.of.extraction
    return (
        one.passage.title,
        KINDS[one.passage.kind],
        FORMS[one.form],
        one.run.length,
        one.counted,
        judged.limit,
        None if judged.unclear else judged.above,
        judged.reading,
        one.run.text,
        one.run.token,
        one.tokens,
        one.bits,
        one.bits_per_byte,
        one.zlib_ratio,
        one.compressed,
        one.min_k,
        None if shown is None else shown.log_p_z / math.log(10),
        None if shown is None else shown.samples_log10(),
        None if shown is None else shown.common,
        one.passage.text,
    )


def continuations(name: str, shown: Sequence[tuple[Quantities, str]], *, secret: bool, written: bool) -> Evidence:
    """What the model writes after the text before the longest run, beside the run.

    `secret` says that the texts are a user's own, `written` that what the model writes may come from such texts.
    """
    columns = (
        Column("title"),
        Column("given", "prompt", secret=secret),
        Column("text of the run", "text", secret=secret),
        Column("model wrote", "text", secret=secret or written),
        Column("same beginning", "number", "characters"),
    )
    rows = tuple(
        (one.passage.title, one.run.before, one.run.text, text, _common(one.run.text, text)) for one, text in shown
    )
    caption = "Greedy continuation of the text before the longest run"
    return Evidence(name, caption, "table", columns, rows, len(rows))


def _common(first: str, second: str) -> int:
    pairs = zip(first.strip(), second.strip(), strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(first.strip()), len(second.strip())))


def skipped(rows: Sequence[tuple[Passage, str]]) -> Evidence:
    """Texts that are not judged, each with its reason and without its content."""
    columns = (Column("title"), Column("kind"), Column("characters", "number"), Column("reason", "text"))
    cells = tuple((one.title, KINDS[one.kind], len(one.text), reason) for one, reason in rows)
    return Evidence("skipped", "Texts that are not judged", "table", columns, cells, len(cells))
