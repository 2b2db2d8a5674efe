"""A classifier of pictures: logits by label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.classifier import head_of
from fairwitness.audit.huggingface.images.seeing import Inputs, Seeing, alike, same, sample_inputs, stacked
from fairwitness.audit.huggingface.loaded import REFUSALS, inference, verb
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import ClassifyImage, ClassScores, Request, Unanswered
from fairwitness.audit.subject import Size


class ImageClassifierSubject:
    """Answers ClassifyImage, by any model of transformers that gives logits of classes for a picture."""

    def __init__(self, seeing: Seeing, info: SubjectInfo) -> None:
        self._loaded = seeing
        self.info = info
        self.batch_tokens = seeing.batch_tokens
        self.arithmetic = seeing.arithmetic
        self._head = head_of(info.spec, seeing.model.config)
        self.labels = self._head.labels
        self.multi_label = self._head.multi_label

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """A picture each."""
        return [self._loaded.size() if isinstance(request, ClassifyImage) else Size(0, 0) for request in requests]

    @verb
    def classify_images(self, batch: Sequence[ClassifyImage]) -> list[ClassScores | Unanswered]:
        """Logits of every picture."""
        inputs = [self._loaded.pixels(request.image) for request in batch]
        answers: list[ClassScores | Unanswered] = [
            made if isinstance(made, Unanswered) else Unanswered("not computed") for made in inputs
        ]
        asked = [(place, made) for place, made in enumerate(inputs) if not isinstance(made, Unanswered)]
        for chosen in self._loaded.batches([made for _, made in asked]):
            logits = class_logits(self._loaded.model, [asked[index][1] for index in chosen])
            for index, row in zip(chosen, logits.float().cpu(), strict=True):
                answers[asked[index][0]] = self._scores(row)
        return answers

    def _scores(self, row: Any) -> ClassScores:
        head = self._head
        return ClassScores(
            head.labels, tuple(map(float, row)), multi_label=head.multi_label, regression=head.regression
        )


def class_logits(model: Any, inputs: Sequence[Inputs]) -> Tensor:
    """Logits [pictures, classes] of pictures of one shape, in one pass."""
    logits: Tensor = model(**stacked(inputs)).logits
    return logits


def try_classifier(seeing: Seeing, spec: str) -> Abilities:
    """Tries a classifier with pictures; sets whether they may share a batch. Raises UnfitModel."""
    called = f"{spec} is {type(seeing.model).__name__}"
    pictures = sample_inputs(seeing, spec)
    with inference(seeing):
        try:
            alone = torch.cat([class_logits(seeing.model, [picture]) for picture in pictures])
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{called}, and a picture cannot be put to it: {why}") from error
        classes = len(head_of(spec, seeing.model.config).labels)
        if alone.shape != (len(pictures), classes):
            raise UnfitModel(f"{called}, gives {alone.shape[-1]} numbers a picture and names {classes} classes")
        if not same(seeing, class_logits(seeing.model, pictures[:1]), alone[:1]):
            raise UnfitModel(f"{called} and gives another answer to the same picture each time")
        if alike(alone[0], alone[1]) and alike(alone[1], alone[2]):
            raise UnfitModel(f"{called} and gives three different pictures the same logits")
        try:
            seeing.single = not same(seeing, class_logits(seeing.model, pictures), alone)
        except REFUSALS:
            seeing.single = True
    return Abilities(notes=(note("single", "slower"),) if seeing.single else ())
