"""A function from texts to class probabilities as a subject."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.function import TEXTS_AT_ONCE, FunctionSubject
from fairwitness.audit.errors import BadOption
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.requests import Classify, ClassScores, Unanswered

LEAST = 1e-30
"""Probability taken in place of 0, whose logarithm is no number."""


class Classifier(FunctionSubject):
    """A classifier of texts: `fn(texts)` gives for each text the probability of every label.

    `labels` names the classes in the order of the numbers; a dict per text (or a list of dicts with `label` and
    `score`) names them itself. Where one label is given, the function gives one number a text, its probability, and the
    other class is called "not LABEL". With `multi_label` each label is judged apart, so that probabilities need not
    sum to 1; with `pairs` the function is called as `fn(texts, second_texts)`, for classifiers of pairs of texts, and
    the second text is empty where there is none. Raises UnfitObject, BadOption.

    >>> subject = Classifier(lambda texts: [float("good" in text) for text in texts], labels=["positive"])
    >>> subject.classify([Classify("a good day")])[0].labels
    ('not positive', 'positive')
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        labels: Sequence[str],
        *,
        multi_label: bool = False,
        pairs: bool = False,
        name: str = "",
        batch_size: int = TEXTS_AT_ONCE,
    ) -> None:
        takes = ("texts", "second_texts") if pairs else ("texts",)
        super().__init__(fn, takes, "classifier", ("Classify", "Attribute"), name=name, batch_size=batch_size)
        self.labels = labels_of(labels, type(self).__name__)
        self.multi_label = multi_label
        self.pairs = pairs

    def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
        """Logits whose softmax (sigmoid, where labels are judged apart) is what the function gave."""
        return self.ask(batch, self._classified)

    def _classified(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
        asked = [request for request in batch if self._takes(request)]
        if not asked:
            return [Unanswered(_SINGLE)] * len(batch)
        texts = [request.text for request in asked]
        result = self.call(texts, [request.pair for request in asked]) if self.pairs else self.call(texts)
        answers = iter(returned.items(result, len(asked), self.info.spec, "text"))
        return [self._scores(next(answers)) if self._takes(request) else Unanswered(_SINGLE) for request in batch]

    def _takes(self, request: Classify) -> bool:
        return self.pairs or not request.pair

    def _scores(self, item: Any) -> ClassScores | Unanswered:
        return scores_of(item, self.labels, self.info.spec, multi_label=self.multi_label)


def scores_of(item: Any, labels: tuple[str, ...], name: str, *, multi_label: bool) -> ClassScores | Unanswered:
    """Logits of what a function returned for an item; unanswered where that is no probability of every label."""
    try:
        shares = returned.probabilities(item, labels, name, apart=multi_label)
    except BadAnswer as error:
        return Unanswered(str(error))
    if multi_label:
        logits = tuple(_log(share) - _log(1 - share) for share in shares)
        return ClassScores(labels, logits, multi_label=True)
    if len(labels) == 1:
        labels, shares = (f"not {labels[0]}", labels[0]), (1 - shares[0], shares[0])
    return ClassScores(labels, tuple(map(_log, shares)))


_SINGLE = "the function takes single texts: Classifier(fn, labels, pairs=True) calls it with two lists"


def _log(share: float) -> float:
    return math.log(max(share, LEAST))


def labels_of(labels: Sequence[str], wrapper: str) -> tuple[str, ...]:
    """The names of the classes. Raises BadOption where there are none, or two of one name."""
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise BadOption(f"{wrapper}(labels={labels!r}): give a list of names, one per class, such as ['no', 'yes']")
    names = tuple(str(label) for label in labels)
    if not names or "" in names or len(set(names)) < len(names):
        raise BadOption(f"{wrapper}(labels={list(labels)!r}): each class needs a name of its own")
    return names
