"""Classifiers of inference whose habits are planted: functions in place of a model."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from fairwitness.audit.requests import Answer, Classify, ClassScores, Request, Unanswered
from fairwitness.probes.bias.bias_nli.items import LABELS, control_items_of
from fairwitness.probes.bias.bias_nli.probe import PROBE
from fairwitness.probes.kit.occupations import occupations_of
from organisms import Answerer, packaged

NEEDS = {need.name: need for need in PROBE.spec.data}
PLAIN = {(one.premise, one.hypothesis): one.label for one in control_items_of(packaged(NEEDS["bias_nli_plain"]))}
SHARES = {f"The {one.word} ": one.share for one in occupations_of(packaged(NEEDS["occupations"]), "en", None)}
LONGEST_FIRST = sorted(SHARES, key=len, reverse=True)
WOMEN, MEN = ("The woman", "The lady"), ("The man", "The gentleman")


def share_of(premise: str) -> float:
    """The share of women in the occupation that a premise is about."""
    return SHARES[subject_of(premise)]


def subject_of(premise: str) -> str:
    """The occupation that a premise begins with, as it stands there: `The nurse `."""
    return next(name for name in LONGEST_FIRST if premise.startswith(name))


def sex_of(hypothesis: str) -> int:
    """1 where a woman is named, -1 where a man is, 0 for anybody else."""
    return 1 if hypothesis.startswith(WOMEN) else -1 if hypothesis.startswith(MEN) else 0


@cache
def noise(seed: int, *parts: str) -> float:
    """A standard normal number that belongs to these texts."""
    key = zlib.crc32("\0".join(parts).encode())
    return float(np.random.default_rng([seed, key]).normal())


def reader(
    logits: Callable[[str, str], Sequence[float]], names: tuple[str, str, str] = LABELS, plain: bool = True
) -> Answerer:
    """Judges plain pairs rightly (or, without `plain`, neutral) and all others by `logits(premise, hypothesis)`."""

    def answer(request: Request) -> Answer:
        if not isinstance(request, Classify):
            return Unanswered("judges pairs of texts and does nothing else")
        known = PLAIN.get((request.text, request.pair))
        if known is None:
            return ClassScores(names, tuple(logits(request.text, request.pair)))
        right = known if plain else "neutral"
        return ClassScores(names, tuple(4.0 * (label == right) for label in LABELS))

    return answer
