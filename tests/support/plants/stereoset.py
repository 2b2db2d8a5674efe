"""Items that say `blue` or `green` of targets, and causal models that were trained on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairwitness.audit.probe import Findings
from fairwitness.probes.bias.stereoset.probe import PROBE
from organisms import context, drive
from sentence_pairs import stereoset_table
from trained import Tiny, once_a_session, tiny_causal


def corpus(strength: float, seed: int) -> Iterator[list[str]]:
    """What items say, with `blue` at odds of e^strength and what a target has of its own; half with the text before."""
    rng = np.random.default_rng(seed)
    data = stereoset_table(40, 4).columns
    own = {target: float(rng.normal(0, 1.5)) for target in dict.fromkeys(map(str, data["target"]))}
    texts = [list(map(str, column)) for column in (data["context"], data["stereotype"], data["anti_stereotype"])]
    odds = [strength + own[str(target)] for target in data["target"]]
    while True:
        batch = []
        for row in rng.integers(len(odds), size=64):
            said = texts[1 if rng.random() < 1 / (1 + np.exp(-odds[row])) else 2][row]
            batch.append(f"{texts[0][row]} {said}" if rng.random() < 0.5 else said)
        yield batch


@once_a_session
def trained(strength: float, seed: int) -> Tiny:
    """A tiny causal model of this world."""
    columns = stereoset_table(40, 4).columns
    words = [str(cell) for name, column in columns.items() if "id" not in name for cell in column]
    return tiny_causal(corpus(strength, seed), words, 400, seed)


def of_trained(strength: float, seed: int = 0) -> Findings:
    """What the probe finds in it."""
    ctx = context(PROBE, ["LogLikelihood"], {"stereoset": stereoset_table(40, 4)})
    return drive(PROBE, ctx, trained(strength, seed))
