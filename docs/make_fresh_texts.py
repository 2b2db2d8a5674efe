"""Writes texts that nobody can have seen into the package data: records, drawn at random by the layouts beside this.

A layout and all that is drawn from it belong to one half,
so that the half that sets a threshold and the one that checks it share no frame.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

LAYOUTS = Path(__file__).with_name("fresh_layouts.toml")
DATA = Path(__file__).parents[1] / "probes" / "data" / "memorization_texts.csv"
SEED = 20261130
DRAWN = {"logs": 42, "tables": 40, "forms": 44, "code": 14}
"""Texts that are drawn of each register, in turn from its layouts."""
PREFIX = "drawn_"
SOURCE = "written for this project, 2026"
FIELDS = ("id", "kind", "register", "half", "title", "source", "text")
SYLLABLES = ("bra", "cor", "del", "fen", "gos", "hul", "im", "jar", "kev", "lon", "mir", "nor", "ost", "pel", "quil")
ENDS = ("dow", "ell", "gar", "holm", "ick", "lin", "mere", "nar", "ost", "ra", "sen", "tov", "und", "wick", "zan")
FIRST = (
    "Anselm",
    "Bohdan",
    "Calla",
    "Dorit",
    "Eskil",
    "Fenna",
    "Goran",
    "Hedda",
    "Ilmar",
    "Jorun",
    "Kaspar",
    "Leocadia",
)
THINGS = ("lamp", "rye", "gauge", "kettle", "hinge", "beets", "mirror", "saddle", "fog", "ladder", "vase", "barley")


def drawn(layout: dict[str, Any], rng: np.random.Generator) -> str:
    """One text of a layout."""
    fewest, most = layout.get("lines", (7, 11)) if "line" in layout else (0, 0)
    lines = [layout["line"]] * int(rng.integers(fewest, most + 1)) if "line" in layout else []
    text = "\n".join([*([layout["head"]] if "head" in layout else []), *lines])
    return re.sub(rf"<({'|'.join(SLOTS)})(\d?)>", lambda slot: SLOTS[slot[1]](rng, int(slot[2] or 1)), text)


def _digits(rng: np.random.Generator, size: int) -> str:
    return str(rng.integers(10 ** (size - 1), 10**size))


def _word(rng: np.random.Generator, size: int) -> str:
    return "".join(map(str, rng.choice(SYLLABLES, 1 + int(rng.integers(2))))) + str(rng.choice(ENDS))


def _slots() -> dict[str, Callable[[np.random.Generator, int], str]]:
    return {
        "n": _digits,
        "word": _word,
        "place": lambda rng, size: _word(rng, size).capitalize(),
        "name": lambda rng, size: f"{rng.choice(FIRST)} {_word(rng, size).capitalize()}",
        "thing": lambda rng, size: str(rng.choice(THINGS)),
        "amount": lambda rng, size: f"{rng.integers(2, 400)}.{rng.integers(10, 99)}",
        "date": lambda rng, size: f"{rng.integers(2027, 2039)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}",
        "time": lambda rng, size: f"{rng.integers(0, 24):02}:{rng.integers(0, 60):02}:{rng.integers(0, 60):02}",
        "hex": lambda rng, size: f"{rng.integers(16 ** (size if size > 1 else 8)):08x}"[-(size if size > 1 else 8) :],
    }


SLOTS = _slots()


def rows() -> Iterator[dict[str, str]]:
    """A row a text."""
    layouts = tomllib.loads(LAYOUTS.read_text(encoding="utf-8"))
    for place, (register, count) in enumerate(DRAWN.items()):
        for number in range(count):
            layout = number % len(layouts[register])
            text = drawn(layouts[register][layout], np.random.default_rng([SEED, place, number]))
            yield _row(
                register,
                f"{PREFIX}{register}_{number + 1:02}",
                f"{register}, layout {layout + 1}",
                layout % 2 + 1,
                text,
            )


def _row(register: str, key: str, title: str, half: int, text: str) -> dict[str, str]:
    return {
        "id": key,
        "kind": "written",
        "register": register,
        "half": str(half),
        "title": title,
        "source": SOURCE,
        "text": text,
    }


def write(path: Path = DATA) -> None:
    """Puts the rows behind those that stand in the file by hand."""
    with path.open(encoding="utf-8", newline="") as file:
        kept = [row for row in csv.DictReader(file) if not row["id"].startswith(PREFIX)]
    drawn_rows = list(rows())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows([*kept, *drawn_rows])


if __name__ == "__main__":
    write()
