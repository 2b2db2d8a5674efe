"""A sequence classifier: logits by label, attention and gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.audit.huggingface.attention import attention_maps, pieces
from assay.audit.huggingface.encode import Encoded
from assay.audit.huggingface.gradients import class_gradients
from assay.audit.huggingface.loaded import Loaded, longest_first, verb
from assay.audit.records import SubjectInfo
from assay.audit.requests import Attend, Attention, Classify, ClassScores, Request, Target, Unanswered
from assay.audit.subject import PathGradients, Size

CAPABILITIES = ("Classify", "Attend", "Attribute")


class ClassifierSubject:
    """Answers Classify and Attend, and differentiates."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        config = loaded.model.config
        self.labels: tuple[str, ...] = tuple(str(config.id2label[number]) for number in range(config.num_labels))
        self.multi_label = config.problem_type == "multi_label_classification"

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
        for chosen in longest_first([len(item) for _, item in readable], self.batch_tokens):
            logits = self._forward([readable[index][1] for index in chosen])
            for index, values in zip(chosen, logits, strict=True):
                answers[readable[index][0]] = self._scores(values)
        return answers

    def _scores(self, values: list[float]) -> ClassScores | Unanswered:
        if not np.isfinite(values).all():
            return Unanswered("the model gave a value that is not a finite number")
        return ClassScores(self.labels, tuple(values), self.multi_label)

    def _forward(self, rows: Sequence[Encoded]) -> list[list[float]]:
        loaded = self._loaded
        with loaded.padding([row.ids for row in rows]) as fill:
            logits = loaded.model(
                input_ids=loaded.tensor([row.ids for row in rows], fill),
                attention_mask=loaded.padding_mask([len(row) for row in rows]),
                **loaded.segments([row.segments for row in rows]),
            ).logits
        values: list[list[float]] = logits.float().tolist()
        return values

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Attention maps of each text."""
        return attention_maps(self._loaded, [self._encode(request) for request in batch])

    def pieces(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return pieces(self._loaded, self._encode(Attend(text)))

    def path_gradients(self, text: str, target: Target, alphas: Sequence[float]) -> PathGradients | Unanswered:
        """Gradients of the log-odds of one class against the rest."""
        return class_gradients(self._loaded, text, target, alphas, self.labels, multi_label=self.multi_label)
