"""Tables of evidence: the setting, the user's texts, and what the model wrote unmarked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fairwitness.audit.records import Evidence
from fairwitness.audit.requests import Generate
from fairwitness.probes.kit.tables import Head, Listing, flag, label, number, prompt, text
from fairwitness.probes.memorization.watermark.items import WORDS, Setting
from fairwitness.probes.memorization.watermark.marks import Reading


@dataclass(frozen=True)
class Row:
    """A text in a table: what was read of it, and what it is called where something is concluded."""

    reading: Reading
    called: bool | None
    p: float | None
    """Corrected for the number of texts, where it is."""

    @property
    def surprising(self) -> bool:
        """Whether what was said and what is found differ."""
        said = {"marked": True, "unmarked": False}.get(self.reading.item.set)
        return self.called is not None and said is not None and said != self.called


def settings(setting: Setting, alpha: float) -> Evidence:
    """The key by its fingerprint, and how it was used."""
    rows = {
        "key": setting.called,
        "share": f"{setting.share:g}",
        "bias": f"{setting.bias:g}",
        "seeding": setting.seeding,
        "width": str(setting.width),
        "drawing": setting.drawing,
        "alpha": f"{alpha:g}",
    }
    listing: Listing[tuple[str, str]] = Listing(
        "settings", WORDS, label("quantity", lambda row: WORDS(f"setting.{row[0]}")), label("value", lambda row: row[1])
    )
    return listing.of(list(rows.items()))


def texts(readings: Sequence[Reading], called: Mapping[str, bool], p: Mapping[str, float]) -> Evidence:
    """The user's texts, whose words are secret."""
    rows = [Row(row, called.get(row.item.key), p.get(row.item.key)) for row in readings]
    order = sorted(rows, key=lambda row: (not row.surprising, row.called is None, row.reading.p))
    return TEXTS.of(order)


def controls(readings: Sequence[Reading], called: Mapping[str, bool]) -> Evidence:
    """What the model wrote, with the seeds; its words may be anybody's, and are secret."""
    rows = [Row(row, called.get(row.item.key), row.p) for row in readings]
    return CONTROLS.of(sorted(rows, key=lambda row: (row.called is None, row.reading.p, row.reading.item.key)))


def _of_counts(name: str) -> Callable[[Row], int | None]:
    """One of the counts of a text, where it was read."""
    return lambda row: None if row.reading.green is None else int(getattr(row.reading.green, name))


def _asked(row: Row) -> Generate:
    """What the model was asked to write. Raises ValueError for a text that it did not write."""
    if row.reading.item.request is None:
        raise ValueError("a text of the user's was not asked for")
    return row.reading.item.request


COUNTS: tuple[Head[Row], ...] = (
    number("z", lambda row: row.reading.z if row.reading.green else None),
    number("scored", _of_counts("places")),
    number("draws", _of_counts("draws")),
    number("green", _of_counts("green_draws")),
    number("entropy", lambda row: row.reading.entropy, "nats"),
    number("likeliest", lambda row: row.reading.likeliest),
    label("not_judged", lambda row: WORDS(f"not_judged.{row.reading.reason}") if row.reading.reason else ""),
)
"""What both tables say of a text."""
TEXTS: Listing[Row] = Listing(
    "texts",
    WORDS,
    label("name", lambda row: row.reading.item.key),
    label("said", lambda row: WORDS(f"labels.{row.reading.item.set}")),
    flag("called marked", lambda row: row.called),
    number("p_corrected", lambda row: row.p),
    COUNTS,
    prompt("text", lambda row: row.reading.item.text, secret=True),
)
CONTROLS: Listing[Row] = Listing(
    "controls",
    WORDS,
    label("name", lambda row: row.reading.item.key),
    number("seed", lambda row: _asked(row).seed),
    flag("called marked", lambda row: row.called),
    number("p", lambda row: row.p),
    COUNTS,
    prompt("prompt", lambda row: _asked(row).prompt),
    text("text", lambda row: row.reading.item.text, secret=True),
)
