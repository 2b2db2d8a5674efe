"""Vectors of words for the association probes: noise, and what was planted in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Cell, Table
from fairwitness.audit.requests import Answer, Embed, Embedding, Request
from fairwitness.probes.bias.association.items import SETS, read_lists
from fairwitness.probes.bias.association.probe import CEAT, WEAT
from organisms import context, drive, packaged

WIDTH = 40
LISTS, _ = read_lists(packaged(WEAT.spec.data[0]), of_user=False, taken=())


@dataclass
class Planted:
    """Vectors of noise by word, a little more noise by text; a plant moves X and A one way, Y and B the other.

    Every topic has a direction of its own. `strength` is that of the tests about people, `control` of the others,
    `strengths` those of single topics.
    """

    strength: float
    control: float = 2.0
    seed: int = 0
    refuse: Mapping[str, Answer] = field(default_factory=dict)
    strengths: Mapping[str, float] = field(default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        assert isinstance(request, Embed)
        if request.word in self.refuse:
            return self.refuse[request.word]
        values = noise(f"{self.seed} {request.word}") + 0.3 * noise(f"{self.seed} {request.text}")
        for test in LISTS:
            size = {"control": self.control, **self.strengths}.get(test.topic, self.strength)
            for letter, one in zip(SETS, test.sets, strict=True):
                if request.word in one.words:
                    values[TOPICS.index(test.topic)] += (size if letter in "XY" else 2.0) * (
                        1 if letter in "XA" else -1
                    )
                    break
        return Embedding(values.astype(np.float32), 1)


TOPICS = tuple(dict.fromkeys(test.topic for test in LISTS))


def noise(key: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=WIDTH)


def run(
    probe: Probe, model: Callable[[Request], Answer], data: Mapping[str, Table] | None = None, **options: Any
) -> Findings:
    return drive(probe, asking(probe, data, **options), model)


def asking(probe: Probe, data: Mapping[str, Table] | None = None, **options: Any) -> Context:
    """A context that asks little of CEAT."""
    more = {"draws": 30, "limit": 4} if probe is CEAT else {}
    return context(probe, ("Embed",), data, **{**more, **options})


def rows(findings: Findings, name: str) -> list[dict[str, Cell]]:
    [found] = [one for one in findings.evidence if one.id == name]
    return [dict(zip((column.name for column in found.columns), row, strict=True)) for row in found.rows]
