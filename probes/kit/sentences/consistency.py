"""Whether scores of pairs of sentences measure one thing: halves of the pairs, and one score beside another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairwitness.audit import reasons
from fairwitness.audit.records import Estimate, Metric, Undefined
from fairwitness.audit.stats.reliability import FEWEST_PARTS, part_means, scoring_agreement, split_half
from fairwitness.probes.kit.consistency import Consistency
from fairwitness.probes.kit.sentences.pairs import WORDS
from fairwitness.probes.kit.sentences.scores import ScoredPair, ScoreName
from fairwitness.probes.kit.validity import unless


def consistency(scored: Sequence[ScoredPair], names: Sequence[ScoreName], reason: str, seed: int) -> list[Metric]:
    """Split-half reliability of the default score, and its agreement with each other one."""
    few = _few_categories(scored)
    parts, items = (WORDS(f"parts.{name}") for name in (("terms", "sentences") if few else ("categories", "terms")))
    halves = unless(reason, lambda: reliability(scored, names[0], seed))
    evidence = ("categories",) if scored else ()
    both = Consistency(parts=parts, items=items, tags=("intrinsic",), evidence=evidence)
    means: dict[str, Mapping[str, float]] = {}
    for name in names:
        means[name] = part_means((score.pair.exchange, float(score.prefers_more(name))) for score in scored)
    return [both.reliability(halves), *agreements(means, WORDS("parts.terms"), reason)]


def reliability(scored: Sequence[ScoredPair], name: ScoreName, seed: int) -> Estimate | Undefined:
    """Reliability of the shares of categories, from halves of the exchanges, so that no exchange is in both halves.

    Below four categories that of the shares of exchanges, from halves of the templates, or of the pairs.
    """
    if _few_categories(scored):
        parts, items = [score.pair.exchange for score in scored], [score.pair.frame for score in scored]
        return split_half([float(score.prefers_more(name)) for score in scored], parts, items, seed)
    chosen = [score for score in scored if score.pair.category]
    parts, items = [score.pair.category for score in chosen], [score.pair.exchange for score in chosen]
    return split_half([float(score.prefers_more(name)) for score in chosen], parts, items, seed)


def _few_categories(scored: Sequence[ScoredPair]) -> bool:
    return len({score.pair.category for score in scored} - {""}) < FEWEST_PARTS


def agreements(means: Mapping[str, Mapping[str, float]], parts: str, reason: str) -> list[Metric]:
    """How well each other score agrees with the first over `parts`, of which `means` has the share under each score."""
    default, *others = means
    metrics = []
    for name in others:
        first, second = means[default], means[name]
        agreed = reasons.invalid(reason) if reason else scoring_agreement(first, second)
        scorings = (WORDS("what.score", score=default), WORDS("what.score", score=name))
        behind = ("agreement",) if first else ()
        both = Consistency(parts=parts, items="", scorings=scorings, tags=("intrinsic",), evidence=behind)
        metrics.append(both.agreement(agreed))
    return metrics
