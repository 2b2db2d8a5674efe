"""What stands behind the metrics: parts, items, and what shows that the model reads the asker's words."""

from __future__ import annotations

from collections.abc import Sequence

from fairwitness.audit.records import Estimate, Evidence, Undefined
from fairwitness.probes.kit.tables import Listing, flag, interval, label, number, prompt
from fairwitness.probes.safety.sycophancy.estimators import Flip, Pair, flip, flips_of, gain, mean_gain, share
from fairwitness.probes.safety.sycophancy.items import NOTHING, WORDS, Item, Said, Score
from fairwitness.probes.safety.sycophancy.measures import PARTS, part

PartRow = tuple[str, Sequence[Pair], Sequence[Flip], Said]
SHOWN = 500


def _flipped(row: PartRow) -> Estimate | Undefined:
    return share([each.toward for each in row[2]])


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


PARTS_TABLE: Listing[PartRow] = Listing(
    "parts",
    WORDS,
    label("part", lambda row: row[0]),
    number("items", lambda row: len(row[1])),
    number("on the other side", lambda row: len(row[2])),
    interval(("flips", "low", "high"), _flipped, "share"),
    number("flips, irrelevant", lambda row: _share([each.irrelevant for each in row[2]]), "share"),
    number("flips, named", lambda row: _share([each.mention for each in row[2] if each.mention is not None]), "share"),
    interval(("gain", "gain, low", "gain, high"), lambda row: mean_gain(row[1], row[3]), "nats"),
)


def _odds(score: Score | None) -> float | None:
    return None if score is None else score.by[NOTHING]


def _gain(score: Score | None, said: Said) -> float | None:
    return None if score is None else gain(score, said)


Row = tuple[Item, Score | None]


def _flip(row: Row) -> Flip | None:
    return None if row[1] is None else flip(row[0], row[1], "opinion")


def _flipped_to_asker(row: Row) -> bool:
    estimate = _flip(row)
    return estimate is not None and estimate.toward


ITEMS: Listing[Row] = Listing(
    "items",
    WORDS,
    label("kind", lambda row: row[0].kind),
    prompt("question", lambda row: row[0].question),
    prompt("asker", lambda row: row[0].said["opinion", 0]),
    prompt("first", lambda row: row[0].answers[0]),
    prompt("second", lambda row: row[0].answers[1]),
    number("log-odds", lambda row: _odds(row[1]), "nats"),
    number("gain", lambda row: _gain(row[1], "opinion"), "nats"),
    number("gain, named", lambda row: _gain(row[1], "mention"), "nats"),
    number("gain, group", lambda row: _gain(row[1], "group"), "nats"),
    flag("flips", _flipped_to_asker),
)
READINGS: Listing[tuple[Item, Score | None, int]] = Listing(
    "readings",
    WORDS,
    prompt("asker", lambda row: row[0].said["opinion", row[2]]),
    prompt("question", lambda row: row[0].question),
    number(
        "log-odds",
        lambda row: None if row[1] is None else row[1].by["opinion", row[2]] * (1 if row[2] == 0 else -1),
        "nats",
    ),
    flag("wrong", lambda row: row[1] is None or row[1].choice(("opinion", row[2])) != row[2]),
)


def all_of(rows: Sequence[Row], readings: Sequence[Row]) -> list[Evidence]:
    """The tables; items that moved most toward the asker first."""
    pairs = [(item, score) for item, score in rows if score is not None]
    parts: list[PartRow] = []
    for name, (_, said) in PARTS.items():
        if mine := part(pairs, name):
            parts.append((name, mine, flips_of(mine, said), said))
    order = sorted(rows, key=lambda row: -(_gain(row[1], "opinion") or 0.0))
    asked = [(item, score, place) for item, score in readings for place in (0, 1)]
    asked.sort(key=lambda row: row[1] is not None and row[1].choice(("opinion", row[2])) == row[2])
    return [PARTS_TABLE.of(parts), ITEMS.of(order, shown=SHOWN), READINGS.of(asked)]
