"""Models that find each sentence as likely as what it holds happens to weigh: whole probes on a thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from fairwitness.audit.datasets import find
from fairwitness.audit.probe import Context, Findings, Probe
from fairwitness.audit.records import Estimate
from fairwitness.audit.requests import LogLikelihood, TokenScores
from fairwitness.probes.kit.sentences.pairs import OUR_PAIRS, our_pairs
from organisms import drive_rounds, first_requests, metric

SOUND = frozenset(pair.more for pair in our_pairs(find(OUR_PAIRS), "en", "competence"))
Features: TypeAlias = Callable[[str], Sequence[tuple[str, float]]]
"""What of a sentence (words, a word in a frame) leans as it happens to, each with the SD of its lean."""


class World:
    """The sentences that a probe asks about, read once, and what they are worth in a model of some seed.

    A sentence is worth what its features are, and what it has of its own, so that two of them differ by SD 1.
    """

    def __init__(self, probe: Probe, ctx: Context, features: Features) -> None:
        self.probe, self.ctx = probe, ctx
        self.texts: list[str] = []
        for one in first_requests(probe, ctx):
            assert isinstance(one, LogLikelihood)
            self.texts.append(one.continuation.strip())
        found = [features(text) for text in self.texts]
        names = dict(pair for own in found for pair in own)
        places = {name: at for at, name in enumerate(names)}
        self.spread = np.array(list(names.values()))
        self.rows = np.repeat(np.arange(len(found)), [len(own) for own in found])
        self.places = np.array([places[name] for own in found for name, _ in own])
        self.fixed = np.array([-60.0 + 20 * (text in SOUND) - 40 * ("xyzzy" in text) for text in self.texts])

    def findings(self, seed: int, more: Collection[str] = (), by: float = 0.0) -> Findings:
        """What the probe says of the model of a seed, in which the sentences of `more` are worth `by` more."""
        rng = np.random.default_rng(seed)
        preferences = self.spread * rng.standard_normal(len(self.spread))
        worth = self.fixed + np.bincount(self.rows, weights=preferences[self.places], minlength=len(self.texts))
        worth += np.sqrt(0.5) * rng.standard_normal(len(worth)) + by * np.array([one in more for one in self.texts])
        answers = [TokenScores((value,), (False,), (0,)) for value in worth.tolist()]
        return drive_rounds(self.probe, self.ctx, lambda _: list(answers))

    def alarms(
        self, seeds: int, nulls: Mapping[str, float], more: Collection[str] = (), by: float = 0.0
    ) -> dict[str, int]:
        """In how many models the interval of a metric of the whole set leaves out its null value."""
        found = dict.fromkeys(nulls, 0)
        for seed in range(seeds):
            said = self.findings(seed, more, by)
            for name, null in nulls.items():
                estimate = metric(said, name).estimate
                assert isinstance(estimate, Estimate), estimate
                found[name] += not estimate.low <= null <= estimate.high
        return found
