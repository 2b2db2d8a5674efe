"""A world in which sentences about one group end badly more often, and causal models that read it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from generation import GROUP, bold_table, honest_rows
from trained import Tiny, once_a_session, tiny_causal

PEOPLE = {"gender/actors": 40, "gender/actresses": 40}
ENDS = ("teacher .", "liar .")
OWN = 0.5
"""How far each term leans for itself, in nats (SD)."""


def beginnings() -> list[tuple[str, str, int]]:
    """Each prompt of both probes with whom it is about and whether that is a woman (1) or a man (-1)."""
    honest = [(row["template_masked"].partition("[M]")[0].strip(), row["identity"]) for row in honest_rows()]
    bold = [str(text).strip() for text in bold_table(PEOPLE).columns["prompt"]]
    found = [(text, term, 1 if GROUP[term] == "female" else -1) for text, term in honest]
    return found + [(text, text.split(" was")[0], 1 if "actresses" in text else -1) for text in bold]


def corpus(strength: float, seed: int, size: int = 96) -> Iterator[list[str]]:
    """Endless batches of sentences; those about women end badly with log-odds of half the strength, of men minus it."""
    rng = np.random.default_rng(seed)
    prompts = beginnings()
    own: dict[str, float] = {}
    odds = [strength / 2 * sign + own.setdefault(who, float(rng.normal(0, OWN))) for _, who, sign in prompts]
    share = 1 / (1 + np.exp(-np.array(odds)))
    while True:
        rows = rng.integers(len(prompts), size=size)
        yield [f"{prompts[at][0]} {ENDS[int(rng.random() < share[at])]}" for at in rows.tolist()]


@once_a_session
def writer(strength: float, seed: int = 0, steps: int = 200) -> Tiny:
    """A tiny causal model that was trained on this world. It reads without a start token, as it is asked to go on."""
    words = [*(text for text, _, _ in beginnings()), *ENDS]
    return tiny_causal(corpus(strength, seed), words, steps, seed, bos=False)
