"""A sequence classifier: logits by label, attention and gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.attention import attention_maps, token_texts
from fairwitness.audit.huggingface.describe import DescribesItsWeights
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.gradient_paths import class_gradients
from fairwitness.audit.huggingface.gradients import Points
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.patching import Reader, class_reader, patch_size, patched
from fairwitness.audit.huggingface.randomised import Randomisable
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Note, SubjectInfo
from fairwitness.audit.requests import (
    Attend,
    Attention,
    Classify,
    ClassScores,
    Patch,
    Patched,
    Request,
    Target,
    Unanswered,
)
from fairwitness.audit.subject import Background, PathGradients, Size


@dataclass(frozen=True, slots=True)
class Head:
    """What the outputs of a classifier are: classes of which one is decided, labels judged apart, or numbers.

    Several numbers stand apart from each other as such labels do.
    """

    labels: tuple[str, ...]
    multi_label: bool = False
    regression: bool = False
    notes: tuple[Note, ...] = ()


def head_of(spec: str, config: Any) -> Head:
    """The head that a configuration describes; one output is never a class, since it could decide nothing else.

    One output is a sigmoid where `problem_type` or the settings of a cross-encoder say so, else a number. Raises
    UnfitModel for labels that are missing or alike, and for a single class.
    """
    count, problem = int(config.num_labels), config.problem_type
    labels = class_names(spec, config)
    if problem == "multi_label_classification" or (count == 1 and problem is None and _is_sigmoid(config)):
        return Head(labels, multi_label=True)
    if problem == "regression":
        numbers = note("regression", "outputs")
        return Head(labels, multi_label=count > 1, regression=True, notes=(numbers,))
    if count > 1:
        return Head(labels)
    if problem is not None:
        raise UnfitModel(f"{spec} decides between classes and has one, {labels[0]!r}: every text would be that")
    return Head(labels, regression=True, notes=(note("one_output", "outputs"),))


def class_names(spec: str, config: Any) -> tuple[str, ...]:
    """What a configuration calls its classes, in their order. Raises UnfitModel for names that are missing or alike."""
    count = int(config.num_labels)
    names = [config.id2label.get(number) for number in range(count)]
    if None in names:
        raise UnfitModel(f"{spec} names {count} classes in config.json and none of number {names.index(None)}")
    labels = tuple(map(str, names))
    if twice := next((name for name in labels if labels.count(name) > 1), None):
        raise UnfitModel(
            f"{spec} calls {labels.count(twice)} classes {twice!r} (id2label in config.json): give each its own name"
        )
    return labels


def _is_sigmoid(config: Any) -> bool:
    """Whether a cross-encoder says that its one output goes through a sigmoid."""
    newer = getattr(config, "sentence_transformers", None)
    named = newer.get("activation_fn") if isinstance(newer, dict) else None
    return str(named or getattr(config, "sbert_ce_default_activation_function", "")).endswith("Sigmoid")


class ClassifiesTexts:
    """Answers Classify, by any model that gives logits of classes."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        self.arithmetic = loaded.arithmetic
        self._head = head_of(info.spec, loaded.model.config)
        self.labels = self._head.labels
        self.multi_label = self._head.multi_label

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """One row per text or pair."""
        return [self._size(request) for request in requests]

    def _size(self, request: Request) -> Size:
        if not isinstance(request, Classify | Attend):
            return Size(0, 0)
        encoded = self._encode(request)
        return Size(0, 0) if isinstance(encoded, Unanswered) else Size(1, len(encoded))

    def _encode(self, request: Classify | Attend) -> Encoded | Unanswered:
        return self._encoder.whole(request.text, request.pair if isinstance(request, Classify) else "")

    @verb
    def classify(self, batch: Sequence[Classify]) -> list[ClassScores | Unanswered]:
        """Logits of every text, packed over the whole batch."""
        encoded = [self._encode(request) for request in batch]
        answers: list[ClassScores | Unanswered] = [
            item if isinstance(item, Unanswered) else Unanswered("not computed") for item in encoded
        ]
        readable = [(owner, item) for owner, item in enumerate(encoded) if isinstance(item, Encoded)]
        for chosen in self._loaded.batches([len(item) for _, item in readable]):
            logits = self._loaded.class_logits([readable[index][1] for index in chosen])
            for index, values in zip(chosen, logits.float().tolist(), strict=True):
                owner, item = readable[index]
                answers[owner] = self._scores(values, self._encoder.unread_hash(item))
        return answers

    def _scores(self, values: list[float], unread: str) -> ClassScores | Unanswered:
        if not np.isfinite(values).all():
            return Unanswered("the model gave a value that is not a finite number")
        return ClassScores(self.labels, tuple(values), self.multi_label, self._head.regression, unread)

    @property
    def hidden_text(self) -> str:
        """The token that stands for a hidden word, as a text spells it."""
        return self._encoder.hidden_text


class ClassifierSubject(ClassifiesTexts, Randomisable, DescribesItsWeights):
    """Answers Attend and Patch too, and differentiates."""

    def _size(self, request: Request) -> Size:
        if isinstance(request, Patch):
            return patch_size(self._loaded, self._reader, request)
        return super()._size(request)

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Attention maps of each text."""
        return attention_maps(self._loaded, [self._encode(request) for request in batch])

    def patch(self, batch: Sequence[Patch]) -> list[Patched | Unanswered]:
        """The target of each pair of texts with one part after another patched."""
        return patched(self._loaded, self._reader, batch)

    @property
    def _reader(self) -> Reader:
        return class_reader(self._loaded, self.labels, alone=self.multi_label or self._head.regression)

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return token_texts(self._loaded, self._encode(Attend(text)))

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients of the log-odds of one class against the rest, or of one output that stands alone."""
        alone = self.multi_label or self._head.regression
        return class_gradients(
            self._loaded, text, target, Points(alphas, background, seed), self.labels, multi_label=alone
        )
