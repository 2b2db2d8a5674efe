"""The texts that are asked: famous ones, those written for this project, predictable ones, and the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairwitness.audit.records import Table
from fairwitness.probes.kit.choices import spread
from fairwitness.probes.kit.memory.fresh import FRESH, packaged_texts
from fairwitness.probes.kit.memory.passages import SHORTEST, Passage
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
FEWEST_WRITTEN = 60
"""Written texts that are asked whatever the limit."""
SHUFFLED = 6
"""Famous texts that are asked with their words shuffled too."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """A text that is not judged, and why, never its content; `unanswered`: it is the model that gave no answer.

    One that is too short as it stands is not even `asked`.
    """

    passage: Passage
    reason: str
    unanswered: bool = False
    asked: bool = True


def passages(data: Mapping[str, Table], seed: int, limit: int | None) -> list[Passage]:
    """Every text: famous, written for this project, predictable, shuffled copies of the famous ones, the user's."""
    texts = packaged_texts(data[FRESH.name])
    famous = [passage for passage in texts if passage.kind == "public_domain"]
    for number, passage in enumerate(famous[:SHUFFLED]):
        texts.append(_shuffled(passage, np.random.default_rng([seed, number])))
    if "texts" in data:
        texts += _of_the_user(data["texts"])
    asked: list[Passage] = []
    for kind in dict.fromkeys(passage.kind for passage in texts):
        asked += _limited([passage for passage in texts if passage.kind == kind], limit, seed)
    return asked


def _of_the_user(table: Table) -> list[Passage]:
    texts = []
    names = table.columns.get("id") or (None,) * len(table)
    for number, (name, (text,)) in enumerate(zip(names, rows_of(table, ("text",)), strict=True), start=1):
        title = WORDS("titles.row", number=number) if name is None else str(name)
        texts.append(Passage(title, "own", title, text))
    return texts


def _limited(group: Sequence[Passage], limit: int | None, seed: int) -> Sequence[Passage]:
    """The first so many; of the written texts enough to set the threshold, spread over all their registers.

    Of a user's texts as many drawn by the seed: what is known by heart may stand at the end of a file.
    """
    if limit is None or group[0].kind not in ("own", "written"):
        return group[:limit]
    if group[0].kind == "own":
        return spread(group, limit, seed)
    count = min(max(limit, FEWEST_WRITTEN), len(group))
    return [group[int(place)] for place in np.linspace(0, len(group) - 1, count)]


def _shuffled(passage: Passage, rng: np.random.Generator) -> Passage:
    """The same words in another order: as hard a vocabulary, and nothing to know by heart."""
    words = passage.text.split()
    text = " ".join(words[place] for place in rng.permutation(len(words)))
    title = WORDS("titles.shuffled", title=passage.title)
    return replace(passage, key=f"{passage.key}, shuffled", kind="shuffled", title=title, text=text)


def without_short(texts: Sequence[Passage]) -> tuple[list[Passage], list[Unscored]]:
    """The texts that can be asked, and those too short to be."""
    asked, short = [], []
    for passage in texts:
        characters = len(passage.text.strip())
        if characters >= SHORTEST:
            asked.append(passage)
        else:
            reason = "skipped.characters" if characters else "skipped.empty"
            short.append(Unscored(passage, WORDS(reason, least=SHORTEST), asked=False))
    return asked, short
