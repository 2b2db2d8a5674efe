"""Texts as the runs of a model on them: hits of a Markov chain, without a model and without words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairwitness.probes.kit.memory.passages import Passage, TextKind
from fairwitness.probes.kit.memory.predictors import Form
from fairwitness.probes.kit.memory.quantities import (
    NO_RUN,
    Chains,
    Extraction,
    Quantities,
    chains_of,
)

Hits = npt.NDArray[np.bool_]


def text_of(
    chains: Chains,
    tokens: int,
    kind: TextKind = "written",
    form: Form = "sentences",
    extraction: Extraction | None = None,
    *,
    framed: bool = False,
) -> Quantities:
    """A text of so many tokens, of which none is given away, with these runs."""
    return Quantities(
        passage=Passage("it", kind, "it", "a text of twenty letters and more"),
        scored=tokens,
        tokens=tokens,
        open=tokens,
        hits=sum((*chains.ended, *chains.cut)),
        run=NO_RUN,
        chains=chains,
        bits=float(tokens),
        bits_per_byte=1.0,
        min_k=-1.0,
        zlib_ratio=1.0,
        compressed=0.6,
        extractions=(extraction,),
        form=form,
        framed=framed,
        outside=0 if framed else chains.longest,
    )


def markov(rng: np.random.Generator, texts: int, tokens: int, hit: Sequence[float], again: Sequence[float]) -> Hits:
    """Whether each token is hit, [text, token], after a miss with probability `hit` and after a hit with `again`.

    Both are drawn from between two ends for each text.
    """
    first, more = (rng.uniform(ends[0], ends[1], texts) for ends in (hit, again))
    chance = rng.random((texts, tokens))
    found = np.empty((texts, tokens), dtype=np.bool_)
    found[:, 0] = chance[:, 0] < first
    for at in range(1, tokens):
        found[:, at] = chance[:, at] < np.where(found[:, at - 1], more, first)
    return found


def read(hits: Hits, kind: TextKind = "written") -> list[Quantities]:
    """One text a row."""
    open_ = [False] * hits.shape[1]
    return [text_of(chains_of([list(row)], [open_]), hits.shape[1], kind) for row in hits]


def longest(hits: Hits) -> npt.NDArray[np.int64]:
    """The longest run of each row."""
    run = np.zeros(len(hits), dtype=np.int64)
    best = run.copy()
    for column in hits.T:
        run = np.where(column, run + 1, 0)
        best = np.maximum(best, run)
    return best
