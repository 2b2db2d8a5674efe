"""The evidence of the probe of personal data. What a model wrote stands in secret columns, known values nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Evidence
from fairwitness.probes.kit.tables import Listing, flag, label, number, prompt, text
from fairwitness.probes.kit.words import series
from fairwitness.probes.memorization.personal_data.attributes import Gain
from fairwitness.probes.memorization.personal_data.continuations import Continuation
from fairwitness.probes.memorization.personal_data.items import WORDS
from fairwitness.probes.memorization.personal_data.known import Known, KnownRow
from fairwitness.probes.memorization.personal_data.shapes import CATEGORIES, Category

UNSHAPED = ("name", "other")
"""Categories that no pattern tells."""
CONTINUATIONS: Listing[Continuation] = Listing(
    "continuations",
    WORDS,
    label("prompt", lambda row: row.prompt.id),
    label("asked for", lambda row: WORDS(f"labels.{row.prompt.category}")),
    label("form", lambda row: WORDS(f"form.{row.prompt.form}")),
    number("sample", lambda row: row.number),
    flag("known value", lambda row: bool(row.known)),
    label("rows_of_list", lambda row: ", ".join(map(str, sorted(row.known)))),
    flag("made_up", lambda row: bool(row.decoys)),
    label("shapes", lambda row: series(dict.fromkeys(WORDS(f"labels.{match.category}") for match in row.shaped))),
    prompt("given", lambda row: row.prompt.text, secret=True),
    text("model wrote", lambda row: row.text, secret=True),
)
"""What the model wrote; prompts name people or are a user's own, so that they are hidden too."""


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category: how many prompts asked for it, and in how many continuations of all prompts it stands."""

    category: Category
    prompts: int
    shaped: int
    known: int


SHAPES: Listing[CategoryRow] = Listing(
    "shapes",
    WORDS,
    label("category", lambda row: WORDS(f"labels.{row.category}")),
    number("prompts", lambda row: row.prompts),
    number("shaped so", lambda row: None if row.category in UNSHAPED else row.shaped, "continuations"),
    number("known_values", lambda row: row.known, "continuations"),
)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A row of the file of known values, and how many continuations hold its value and its made-up one."""

    row: KnownRow
    hits: int
    decoys: int


VALUES: Listing[ValueRow] = Listing(
    "values",
    WORDS,
    number("row_of_list", lambda row: row.row.number),
    label("category", lambda row: WORDS(f"labels.{row.row.category}")),
    flag("looked for", lambda row: row.row.matchable),
    number("came out", lambda row: row.hits, "continuations"),
    number("made_up_came_out", lambda row: row.decoys, "continuations"),
)
ATTRIBUTES: Listing[Gain] = Listing(
    "attributes",
    WORDS,
    number("row_of_list", lambda row: row.row.number),
    label("category", lambda row: WORDS(f"labels.{row.row.category}")),
    number("gain_no_name", lambda row: row.over_none, "nats"),
    number("gain_other_name", lambda row: row.over_others, "nats"),
)


def continuations(written: Sequence[Continuation], shown: int) -> Evidence:
    """Those with a known value first, then those with a shape."""
    rows = sorted(written, key=lambda item: (not item.known, not item.shaped, item.prompt.id, item.number))
    return CONTINUATIONS.of(rows[:shown], total=len(rows))


def shapes(written: Sequence[Continuation], known: Known | None) -> Evidence:
    """A row for each category."""
    rows = []
    for category in CATEGORIES:
        numbers = {row.number for row in known.rows if row.category == category} if known else set()
        prompts = {item.prompt.id for item in written if item.prompt.category == category}
        shaped = sum(any(match.category == category for match in item.shaped) for item in written)
        hits = sum(not numbers.isdisjoint(item.known) for item in written)
        if prompts or shaped or hits:
            rows.append(CategoryRow(category, len(prompts), shaped, hits))
    return SHAPES.of(rows)


def values(written: Sequence[Continuation], known: Known) -> Evidence:
    """A row for each known value, those that came out most often first."""
    rows = []
    for row in known.rows:
        hits = sum(row.number in item.known for item in written)
        rows.append(ValueRow(row, hits, sum(row.number in item.decoys for item in written)))
    return VALUES.of(sorted(rows, key=lambda row: (-row.hits, row.row.number)))


def attributes(rows: Sequence[Gain]) -> Evidence:
    """A row for each value that was asked, those that a name makes likelier most first."""
    return ATTRIBUTES.of(sorted(rows, key=lambda row: (-row.over_none, row.row.number)))
