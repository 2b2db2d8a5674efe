"""Documents of which half were trained on: sentences of one small grammar, dealt to both sides by chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairwitness.audit.records import DataSource, Table
from trained import Tiny, once_a_session, tiny_causal, tiny_masked

PARTS = (
    ("Anna", "Boris", "Clara", "David", "Elena", "Felix", "Greta", "Henry"),
    ("sold", "found", "washed", "carried", "painted", "forgot", "mended", "hid"),
    ("a red", "a blue", "an old", "a small", "a heavy", "a broken", "a green", "a round"),
    ("chair", "basket", "lamp", "clock", "drum", "kettle", "ladder", "mirror"),
    ("near the", "behind the", "under the", "above the"),
    ("river", "station", "church", "market", "bridge", "school", "harbour", "mill"),
    ("on Monday", "on Friday", "in winter", "in spring", "at noon", "at night", "in August", "in May"),
)
SENTENCES = 2
SIDE = 32
"""Documents of each side."""


def document(rng: np.random.Generator) -> str:
    """A few sentences, each part drawn from its list."""
    sentences = [" ".join(str(rng.choice(part)) for part in PARTS) for _ in range(SENTENCES)]
    return " . ".join(sentences) + " ."


def split(side: int = SIDE, seed: int = 3) -> tuple[list[str], list[str]]:
    """Members and non-members of one source."""
    rng = np.random.default_rng(seed)
    texts = [document(rng) for _ in range(2 * side)]
    return texts[:side], texts[side:]


def table(name: str, texts: list[str], **columns: list[str]) -> Table:
    """A user's file with one document a row."""
    source = DataSource(name=name, source=f"{name}.jsonl", sha256="0" * 64, licence="", rows=len(texts))
    return Table(source, {"text": tuple(texts), **{key: tuple(cells) for key, cells in columns.items()}})


def data(members: list[str], others: list[str]) -> dict[str, Table]:
    """Both sides as a probe is given them."""
    return {"members": table("members", members), "nonmembers": table("nonmembers", others)}


def _words() -> list[str]:
    return [" ".join(" ".join(part) for part in PARTS) + " ."]


def _batches(texts: list[str], seed: int) -> Iterator[list[str]]:
    rng = np.random.default_rng(seed)
    while True:
        yield [texts[place] for place in rng.choice(len(texts), 8)]


@once_a_session
def causal(steps: int = 160) -> Tiny:
    """A causal model that saw the members again and again, and nothing else; untrained with 0 steps."""
    members, _ = split()
    return tiny_causal(_batches(members, 5), _words(), steps, width=48)


def _blanks(texts: list[str], seed: int) -> Iterator[list[tuple[str, str]]]:
    """Members with one word blanked, in batches."""
    rng = np.random.default_rng(seed)
    while True:
        pairs = []
        for place in rng.choice(len(texts), 48):
            words = texts[place].split()
            blank = int(rng.integers(len(words)))
            pairs.append((" ".join([*words[:blank], "[MASK]", *words[blank + 1 :]]), words[blank]))
        yield pairs


@once_a_session
def masked(steps: int = 300) -> Tiny:
    """A masked model that saw the members again and again."""
    members, _ = split()
    return tiny_masked(_blanks(members, 6), _words(), steps, width=48)
