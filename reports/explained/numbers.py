"""An explanation as JSON: words, values, errors, and the cards of the methods."""

from __future__ import annotations

from typing import Any

from fairwitness.audit.records import Audit, Evidence
from fairwitness.reports.explained.view import Explanation, Strips, explanation, is_flagged
from fairwitness.reports.pictures.paired_words import PairedStrip
from fairwitness.reports.strips import Strip, Token
from fairwitness.reports.text import clean

WORD_COLUMNS = ("text", "method", "word", "value", "error", "protected", "doubted")


def to_json(audit: Audit) -> dict[str, Any]:
    """The explanation of a run of one probe; texts are in English, numbers as the document has them."""
    made = explanation(audit)
    subject = audit.manifest.subject
    return {
        "model": {"spec": made.model, "kind": subject.kind, "fingerprint": subject.fingerprint},
        "probe": audit.results[0].probe.name,
        "repeats": str(audit.manifest.config.get("command", "")),
        "why_not": str(made.why_not) or None,
        "texts": [_text(text) for text in made.texts],
        "differences": [_difference(strip) for strip in made.differences],
        "totals": [_table(piece) for piece in made.totals],
        "cards": [_table(card) for card in made.cards],
        "unjudged": made.unjudged,
        "notes": [str(note) for note in made.notes],
        "limits": [str(limit) for limit in made.limits],
    }


def words_of(made: Explanation) -> list[dict[str, Any]]:
    """A record for each word of each text and method, as a DataFrame takes them."""
    return [
        {
            "text": place,
            "method": str(strip.name),
            "word": token.word,
            "value": token.exact,
            "error": token.error,
            "protected": token.protected,
            "doubted": strip.doubted,
        }
        for place, text in enumerate(made.texts, start=1)
        for strip in text.strips
        for token in strip.tokens
    ]


def card_records(card: Evidence) -> list[dict[str, Any]]:
    """The rows of a card, by the names of its columns."""
    names = [str(column.name) for column in card.columns]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in card.rows]


def _text(text: Strips) -> dict[str, Any]:
    tokens = text.strips[0].tokens if text.strips else ()
    return {
        "explained": str(text.caption),
        "words": [token.word for token in tokens],
        "protected": [token.protected for token in tokens],
        "methods": [_strip(strip) for strip in text.strips],
    }


def _difference(strip: PairedStrip) -> dict[str, Any]:
    return {
        "name": str(strip.name),
        "unit": str(strip.unit),
        "doubted": strip.doubted,
        "words": [
            [None if token is None else token.word for token in (each.first, each.other)] for each in strip.columns
        ],
        "values": [each.exact for each in strip.columns],
        "unsure": [each.unsure for each in strip.columns],
    }


def _strip(strip: Strip) -> dict[str, Any]:
    errors = [token.error for token in strip.tokens]
    return {
        "name": str(strip.name),
        "unit": str(strip.unit),
        "doubted": strip.doubted,
        "values": [token.exact for token in strip.tokens],
        "errors": None if all(error is None for error in errors) else errors,
    }


def _word(token: Token | None) -> str | None:
    return None if token is None else token.word


def _table(piece: Evidence) -> dict[str, Any]:
    rows = [
        {**record, **({"total": True} if piece.kind == "dots" and is_flagged(piece, row) else {})}
        for record, row in zip(card_records(piece), piece.rows, strict=True)
    ]
    return {"id": piece.id, "caption": str(piece.caption), "rows": rows}


def _plain(cell: object) -> object:
    return clean(cell) if isinstance(cell, str) else cell
