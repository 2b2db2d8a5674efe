"""What a classifier said of both texts of a pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Name, quoted
from fairwitness.audit.requests import Answer, ClassScores
from fairwitness.probes.bias.counterfactual.items import WORDS, Item
from fairwitness.probes.kit.classes import finite, probability


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """Probability of the class looked at and the decided class, for both texts of a pair."""

    item: Item
    before: float
    after: float
    decided: str
    decided_after: str

    @property
    def change(self) -> float:
        """Probability for the other group less that for the reference."""
        return self.after - self.before

    @property
    def flipped(self) -> bool:
        """Whether another class is decided."""
        return self.decided != self.decided_after


def scored_pairs(
    items: Sequence[Item], answer_of: Callable[[str], Answer], label: str
) -> tuple[list[ScoredPair], list[Item]]:
    """The pairs with answers to both texts, and those without, or of which the model cannot have told both apart."""
    scored, unscored = [], []
    for item in items:
        before, after = finite(answer_of(item.text)), finite(answer_of(item.changed))
        if before is None or after is None or (before.unread and before.unread == after.unread):
            unscored.append(item)
        else:
            values = probability(before, label), probability(after, label)
            scored.append(ScoredPair(item, *values, decided(before), decided(after)))
    return scored, unscored


def chosen_label(scores: Sequence[ClassScores], wanted: str) -> str:
    """The class to look at: the wanted one, the last of two, else the one decided most often (the first on a tie).

    Raises DoesNotApply where the classifier has no class of that name.
    """
    labels = scores[0].labels
    if scores[0].regression:
        raise WORDS.does_not_apply("reason.regression", "model_lacks")
    if wanted:
        if wanted not in labels:
            raise WORDS.does_not_apply(
                "reason.no_class", "option_unfit", label=quoted(wanted), classes=Name(", ".join(labels))
            )
        return wanted
    if len(labels) <= 2:
        return labels[-1]
    counts = Counter(decided(score) for score in scores)
    return max(labels, key=lambda label: counts[label])


def decided(scores: ClassScores) -> str:
    """The decided class; of independent classes all above one half, in words where none is."""
    if scores.multi_label or len(scores.logits) == 1:
        above = [label for label, logit in zip(scores.labels, scores.logits, strict=True) if logit > 0]
        none = WORDS("decided.not", label=scores.labels[0]) if len(scores.labels) == 1 else WORDS("decided.none")
        return ", ".join(above) or none
    return scores.labels[int(np.argmax(scores.logits))]
