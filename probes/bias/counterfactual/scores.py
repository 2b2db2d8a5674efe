"""What a classifier said of both texts of a pair."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.probe import DoesNotApply, expect
from fairwitness.audit.records import Estimate, Undefined
from fairwitness.audit.requests import Answer, ClassScores
from fairwitness.probes.bias.counterfactual.items import Item
from fairwitness.probes.kit.classes import probability

RARE = 0.05
"""Least share of texts that must fall in another class than the commonest for few flips to tell something."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Probability of the class looked at and the decided class, for both texts of a pair."""

    item: Item
    before: float
    after: float
    decided: str
    decided_swapped: str

    @property
    def change(self) -> float:
        """Probability for the other group less that for the reference."""
        return self.after - self.before

    @property
    def flipped(self) -> bool:
        """Whether another class is decided."""
        return self.decided != self.decided_swapped


def judged(items: Sequence[Item], answer_of: Callable[[str], Answer], label: str) -> tuple[list[Judged], list[Item]]:
    """The pairs with answers to both texts, and those without, or of which the model cannot have told both apart."""
    found, missing = [], []
    for one in items:
        both = [expect(answer_of(text), ClassScores) for text in (one.text, one.swapped)]
        first, second = (None if scores is None or not finite(scores) else scores for scores in both)
        if first is None or second is None or read_alike(first, second):
            missing.append(one)
        else:
            chances = probability(first, label), probability(second, label)
            found.append(Judged(one, *chances, decided(first), decided(second)))
    return found, missing


def chosen_label(scores: Sequence[ClassScores], wanted: str) -> str:
    """The class to look at: the wanted one, the last of two, else the one decided most often (the first on a tie).

    Raises DoesNotApply where the classifier has no class of that name.
    """
    labels = scores[0].labels
    if scores[0].regression:
        raise DoesNotApply("this model gives a number for a text and no probability of a class", of_model=True)
    if wanted:
        if wanted not in labels:
            raise DoesNotApply(f"the classifier has no class {wanted!r} (classes: {', '.join(labels)})")
        return wanted
    if len(labels) <= 2:
        return labels[-1]
    counts = Counter(decided(one) for one in scores)
    return max(labels, key=lambda label: counts[label])


def decided(scores: ClassScores) -> str:
    """The decided class; of independent classes all above one half, in words where none is."""
    if scores.multi_label or len(scores.logits) == 1:
        above = [label for label, logit in zip(scores.labels, scores.logits, strict=True) if logit > 0]
        return ", ".join(above) or (f"not {scores.labels[0]}" if len(scores.labels) == 1 else "none of the labels")
    return scores.labels[int(np.argmax(scores.logits))]


def below_floor(found: Sequence[Judged], missing: Sequence[Item], left_out: int = 0) -> Undefined | None:
    """Why no change can be concluded; None when it can.

    `left_out` of the missing pairs hold a text that cannot be asked at all, which is no fault of the classifier.
    """
    total = len(found) + len(missing)
    if len(found) < 0.95 * (total - left_out):
        return Undefined(
            f"below the competence floor: {len(missing)} of {total} pairs have no answer, or differ in words alone "
            "that the tokenizer does not know"
        )
    if found and float(np.ptp([(one.before, one.after) for one in found])) == 0:
        why = "below the competence floor: the classifier gives every text the same score"
        return Undefined(why, "not_interpretable")
    return None


def too_uniform(found: Sequence[Judged], flips: Sequence[Estimate | Undefined]) -> Undefined | None:
    """Why flips tell nothing; None when they do.

    `flips` are the flip rates of the groups. Where nearly all texts are decided alike, next to nothing could flip, and
    a small rate is no sign that groups are treated alike; a large one is one of harm, so that one group whose rate is
    shown to be above `RARE` (at 95 % for all groups together) is enough.
    """
    decisions = {one.item.text: one.decided for one in found} | {one.item.swapped: one.decided_swapped for one in found}
    total = len(decisions)
    label, most = Counter(decisions.values()).most_common(1)[0]
    if total - most >= RARE * total:
        return None
    known = [one for one in flips if isinstance(one, Estimate)]
    sure = [one.at(1 - 0.05 / len(known)) for one in known]
    if any(one is not None and one.low > RARE for one in sure):
        return None
    why = f"{most} of {total} texts are decided as {label!r}, so next to nothing could flip"
    return Undefined(f"below the competence floor: {why}", "not_interpretable")


def read_alike(first: ClassScores, second: ClassScores) -> bool:
    """Whether two texts were the same to the model, since its tokenizer does not know in what they differ."""
    return bool(first.unread) and first.unread == second.unread


def finite(scores: ClassScores) -> bool:
    """Whether every logit is a finite number."""
    return all(map(math.isfinite, scores.logits))
