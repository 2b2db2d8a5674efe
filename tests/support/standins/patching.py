"""Models whose parts carry what they are said to carry, when activations of one text are patched into another."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from fairwitness.audit.datasets import find
from fairwitness.audit.requests import Answer, Classify, ClassScores, Patch, Patched, Request, Unanswered
from fairwitness.probes.explanation.patching.probe import PROBE
from standins.answers import Answerer
from standins.runs import Scenario, Worst

LAYERS, HEADS = 3, 4
"""Of every stand-in."""
Noise = Callable[[tuple[int, ...]], npt.NDArray[np.float64]]


def patched(
    request: Patch,
    value: float,
    other: float,
    carried: Mapping[tuple[int, int], float] | None = None,
    noise: Noise = np.zeros,
) -> Patched:
    """A model in which heads carry the named shares (numbers from 0); its residual stream hands all over by halves.

    `noise(shape)` is added to the effects of heads and outputs, in log-odds.
    """
    moved = other - value
    heads = np.zeros((LAYERS, HEADS))
    for place, share in (carried or {}).items():
        heads[place] = share
    depth = np.linspace(0.0, 1.0, LAYERS + 1)
    residual = value + moved * np.stack([1 - depth, np.zeros(LAYERS + 1), depth], axis=1)
    outputs = np.stack([heads.sum(axis=1), np.full(LAYERS, 0.1)], axis=1)
    layers = request.layers or tuple(range(LAYERS))
    words = len(request.text.split())
    of_layers = request.sites == "layers"
    by_head = value + moved * heads[list(layers)] + noise((len(layers), HEADS))
    return Patched(
        value,
        other,
        value,
        other,
        tokens=words,
        changed=(1,),
        read=(words - 1,),
        layers=LAYERS,
        heads=HEADS,
        residual=(residual if of_layers else residual[:0]).astype(np.float32),
        outputs=(value + moved * outputs + noise((LAYERS, 2)) if of_layers else outputs[:0]).astype(np.float32),
        by_head=(by_head[:0] if of_layers else by_head).astype(np.float32),
    )


@cache
def sides() -> Mapping[str, float]:
    """1 for the first texts of the pairs that are shipped, -1 for their counterparts."""
    columns = find(PROBE.spec.data[0]).columns
    named = {str(text): 1.0 for text in columns["text"]}
    return named | {str(text): -1.0 for text in columns["counterpart"]}


def carried_by(
    carried: Mapping[tuple[int, int], float], size: float = 2.0, noise: float = 0.0, seed: int = 0
) -> Answerer:
    """A model that tells first texts from counterparts by `size` log-odds either way, in these heads."""

    def answer(request: Request) -> Answer:
        match request:
            case Patch(text=text, counterpart=counterpart):
                rng = np.random.default_rng([seed, zlib.crc32(repr(request).encode())])
                value, other = (size * sides().get(each, 0.0) + 0.1 * len(each) for each in (text, counterpart))
                return patched(request, value, other, carried, lambda shape: rng.normal(0.0, noise, shape))
            case Classify(text=text):
                return ClassScores(("bad", "good"), (0.0, size * sides().get(text, 0.0)))
            case _:
                return Unanswered("not this")

    return answer


SCENARIOS = tuple(
    Scenario("patching", ("Patch", needs), (Worst(carried_by({(1, 2): 0.6})),), labels=("bad", "good"))
    for needs in ("FillMask", "LogLikelihood", "Classify")
)
