"""CEAT: the effect over many draws of one context a word."""

from __future__ import annotations

from collections.abc import Mapping

from fairwitness.audit.stats.language.association_contexts import Contexts, contextual_effect
from fairwitness.audit.stats.language.association_effect import Floats
from fairwitness.probes.bias.association.items import WORDS, WordTest
from fairwitness.probes.bias.association.results import Result, Spread, missing_words, unreadable, with_words


def contextual_result(test: WordTest, vectors: Mapping[str, Floats], draws: int, seed: int) -> Result:
    """One test over many contexts a word: vectors are [contexts, width] by word."""
    missing = missing_words(test, vectors)
    problem = unreadable(test, vectors)
    if problem is None and not any(len(vectors[word]) > 1 for word in test.words if word in vectors):
        problem = WORDS.undefined("reason.one_context", "few_units")
    if problem is not None:
        return Result(test, problem, missing=missing)
    contexts, targets = contexts_of(test, vectors)
    effect, moved = contextual_effect(contexts, draws, seed)
    spread = None if moved is None else Spread(draws, moved.sd, q=moved.q, tau2=moved.tau2, i2=moved.i2)
    return with_words(Result(test, effect, missing=missing, spread=spread), contexts.means(), targets, seed)


def contexts_of(test: WordTest, vectors: Mapping[str, Floats]) -> tuple[Contexts, tuple[str, ...]]:
    """The cosines of a test, and its target words."""
    sets = [members.where(vectors).words for members in test.sets]
    return Contexts.of([[vectors[word] for word in words] for words in sets]), (*sets[0], *sets[1])
