"""Which texts the memorization probe asks: ours from a table, shuffled copies, and the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.memorization.known_texts.quantities import Passage, TextKind

SHORTEST = 20
"""Fewest characters of a text that is asked, and fewest scored tokens of one that is judged."""
FEWEST_WRITTEN = 60
"""Written texts that are asked whatever the limit."""
SHUFFLED = 6
"""Famous texts that are asked with their words shuffled too."""


def passages(data: Mapping[str, Table], seed: int, limit: int | None) -> list[Passage]:
    """Every text: famous, written for this project, predictable, shuffled copies of the famous ones, the user's."""
    table = data["memorization_texts"]
    rows = zip(*(table.columns[name] for name in ("id", "kind", "title", "text")), strict=True)
    found = [Passage(str(key), _kind(str(kind)), str(title), str(text)) for key, kind, title, text in rows]
    for at, one in enumerate([one for one in found if one.kind == "public_domain"][:SHUFFLED]):
        found.append(_shuffled(one, np.random.default_rng([seed, at])))
    if own := data.get("texts"):
        names = own.columns.get("id") or (None,) * len(own)
        for at, (name, text) in enumerate(zip(names, own.columns["text"], strict=True)):
            label = f"row {at + 1}" if name is None else str(name)
            found.append(Passage(label, "own", label, "" if text is None else str(text)))
    kinds = dict.fromkeys(one.kind for one in found)
    return [one for kind in kinds for one in _some([one for one in found if one.kind == kind], kind, limit, seed)]


def _some(group: Sequence[Passage], kind: TextKind, limit: int | None, seed: int) -> Sequence[Passage]:
    """The first so many; of the written texts enough to set the threshold, spread over all their registers.

    Of a user's texts as many drawn by the seed: what is known by heart may stand at the end of a file.
    """
    if kind == "own":
        return spread(group, limit, seed)
    if limit is None or kind != "written":
        return group[:limit]
    many = min(max(limit, FEWEST_WRITTEN), len(group))
    return [group[int(at)] for at in np.linspace(0, len(group) - 1, many)]


def _kind(text: str) -> TextKind:
    match text:
        case "public_domain" | "written" | "predictable":
            return text
        case _:
            raise ValueError(f"kind {text!r} is none of public_domain, written, predictable")


def _shuffled(one: Passage, rng: np.random.Generator) -> Passage:
    """The same words in another order: as hard a vocabulary, and nothing to know by heart."""
    words = one.text.split()
    text = " ".join(words[at] for at in rng.permutation(len(words)))
    return replace(one, key=f"{one.key}, shuffled", kind="shuffled", title=f"{one.title}, shuffled", text=text)


def sorted_out(found: Sequence[Passage]) -> tuple[list[Passage], list[tuple[Passage, str]]]:
    """The texts that can be asked, and those too short to be."""
    short = [one for one in found if len(one.text.strip()) < SHORTEST]
    reasons = [
        "the text is empty" if not one.text.strip() else f"fewer than {SHORTEST} characters: too short to judge"
        for one in short
    ]
    kept = [one for one in found if len(one.text.strip()) >= SHORTEST]
    return kept, list(zip(short, reasons, strict=True))
