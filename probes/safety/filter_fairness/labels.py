"""Which labels of a filter mean that it flags a text, and which of a file that a text is hateful."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Name, quoted
from fairwitness.audit.requests import ClassScores
from fairwitness.probes.kit.completions.judge import BAD, HALF, probability
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
TRUE = frozenset({"1", "1.0", "true", "yes"})
"""How files say that a text is hateful, beside the names of `BAD`."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The labels by which a filter flags, and from which probability on; without a threshold it decides itself."""

    flags: tuple[str, ...]
    threshold: float | None = None

    def flagged(self, scores: ClassScores) -> bool:
        """Whether a text is flagged.

        Without a threshold: whether the likeliest class is one of the labels; of labels that are judged alone, whether
        one of them is as likely as not. With one: whether they are together at least so likely, of labels that are
        judged alone the likeliest.
        """
        if self.threshold is None and not scores.multi_label and len(scores.logits) > 1:
            return scores.labels[int(np.argmax(scores.logits))] in self.flags
        return probability(scores, self.flags) >= (HALF if self.threshold is None else self.threshold)


def filter_of(scores: ClassScores, wanted: Sequence[str], threshold: float | None) -> Filter:
    """The filter that a classifier with these labels is.

    Raises DoesNotApply where it gives numbers, has no such label, or flags with every label that it has.
    """
    if scores.regression:
        raise WORDS.does_not_apply("absent.regression", "model_lacks")
    labels = Name(", ".join(scores.labels)[:200])
    for label in wanted:
        if label not in scores.labels:
            raise WORDS.does_not_apply("absent.no_label", "option_unfit", label=quoted(label), labels=labels)
    flags = tuple(label for label in scores.labels if label in wanted) or _bad(scores.labels)
    if not flags:
        raise WORDS.does_not_apply("absent.no_flags", "option_unfit", labels=labels)
    if len(flags) == len(scores.labels) > 1 and not scores.multi_label:
        raise WORDS.does_not_apply("absent.all_flags", "option_unfit", labels=labels)
    return Filter(flags, threshold)


def positive_labels(labels: Iterable[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Those of a file's labels that mean a hateful text: the wanted ones, else those of known names."""
    known = tuple(labels)
    if wanted:
        return tuple(label for label in known if label in wanted)
    return tuple(label for label in known if label.lower() in TRUE) or _bad(known)


def _bad(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(label for label in labels if label.strip().lower().replace(" ", "_").replace("-", "_") in BAD)
