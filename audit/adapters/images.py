"""Functions that are given pictures, as subjects: what matches them with texts, and what classifies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.classifier import labels_of, scores_of
from fairwitness.audit.adapters.function import FunctionSubject
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.image_files import open_image, require_pillow
from fairwitness.audit.requests import (
    AnswerImage,
    Caption,
    ClassifyImage,
    ClassScores,
    ImageTextScores,
    MatchImageText,
    Unanswered,
)

IMAGES_AT_ONCE = 16
"""Pictures of one call where the user says nothing."""

AnyRequest = TypeVar("AnyRequest", MatchImageText, AnswerImage, Caption, ClassifyImage)
Answer = TypeVar("Answer")


class ImageSubject(FunctionSubject):
    """What subjects share whose function is given pictures: they are opened here, as PIL pictures in RGB.

    A file that holds no picture is not put to the function and stays unanswered.
    """

    def __init__(
        self, fn: Callable[..., Any], takes: Sequence[str], kind: str, capability: str, *, name: str, batch_size: int
    ) -> None:
        require_pillow()
        super().__init__(fn, takes, kind, (capability,), name=name, batch_size=batch_size)

    def ask_with_images(
        self,
        batch: Sequence[AnyRequest],
        call: Callable[[Sequence[AnyRequest], list[Any]], Sequence[Answer | Unanswered]],
    ) -> list[Answer | Unanswered]:
        """The answers to a batch, each request handed to `call` with its picture."""

        def asked(requests: Sequence[AnyRequest]) -> list[Answer | Unanswered]:
            opened = [open_image(request.image) for request in requests]
            places = [place for place, picture in enumerate(opened) if not isinstance(picture, Unanswered)]
            given = [requests[place] for place in places]
            answers = iter(call(given, [opened[place] for place in places]) if places else ())
            return [picture if isinstance(picture, Unanswered) else next(answers) for picture in opened]

        return self.ask(batch, asked)


class ImageMatcher(ImageSubject):
    """A model that matches pictures with texts: `fn(images, texts)` gives a row of numbers for each picture.

    `images` is a list of PIL pictures in RGB, `texts` a list of texts, and the numbers of a row say how well each text
    matches the picture, in their order: logits or cosines, higher is better. Pictures that are asked about the same
    texts share a call. With `independent` each pair is judged apart (sigmoid), not all texts of a picture together.
    Raises UnfitObject, BadOption, MissingExtra without Pillow.

    >>> ImageMatcher(lambda images, texts: [[len(text) for text in texts] for _ in images]).info.capabilities
    ('MatchImageText',)
    """

    def __init__(
        self, fn: Callable[..., Any], *, independent: bool = False, name: str = "", batch_size: int = IMAGES_AT_ONCE
    ) -> None:
        super().__init__(fn, ("images", "texts"), "image_matcher", "MatchImageText", name=name, batch_size=batch_size)
        self.independent = independent

    def match_images(self, batch: Sequence[MatchImageText]) -> list[ImageTextScores | Unanswered]:
        """The numbers of each picture's texts."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, request in enumerate(batch):
            groups.setdefault(request.texts, []).append(place)
        answers: dict[int, ImageTextScores | Unanswered] = {}
        for texts, places in groups.items():
            group = [batch[place] for place in places]
            scores = self.ask_with_images(group, partial(self._matched, texts))
            answers.update(zip(places, scores, strict=True))
        return [answers[place] for place in range(len(batch))]

    def _matched(
        self, texts: tuple[str, ...], requests: Sequence[MatchImageText], images: list[Any]
    ) -> list[ImageTextScores | Unanswered]:
        rows = returned.items(self.call(images, list(texts)), len(requests), self.info.spec, "picture")
        return [self._scores(row, len(texts)) for row in rows]

    def _scores(self, row: Any, count: int) -> ImageTextScores | Unanswered:
        try:
            values = returned.plain(row, self.info.spec)
            listed = list(values) if isinstance(values, list | tuple) else [values]
            if len(listed) != count:
                raise BadAnswer(f"{self.info.spec} returned {len(listed)} numbers for {count} texts of a picture")
            return ImageTextScores(
                tuple(returned.number(value, self.info.spec) for value in listed), independent=self.independent
            )
        except BadAnswer as error:
            return Unanswered(str(error))


class ImageClassifier(ImageSubject):
    """A classifier of pictures: `fn(images)` gives for each picture the probability of every label.

    `images` is a list of PIL pictures in RGB; `labels`, `multi_label` and what may be returned are as of `Classifier`.
    Raises UnfitObject, BadOption, MissingExtra without Pillow.

    >>> ImageClassifier(lambda images: [0.5 for _ in images], labels=["cat"]).labels
    ('cat',)
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        labels: Sequence[str],
        *,
        multi_label: bool = False,
        name: str = "",
        batch_size: int = IMAGES_AT_ONCE,
    ) -> None:
        super().__init__(fn, ("images",), "image_classifier", "ClassifyImage", name=name, batch_size=batch_size)
        self.labels = labels_of(labels, type(self).__name__)
        self.multi_label = multi_label

    def classify_images(self, batch: Sequence[ClassifyImage]) -> list[ClassScores | Unanswered]:
        """Logits whose softmax (sigmoid, where labels are judged apart) is what the function gave."""
        return self.ask_with_images(batch, self._classified)

    def _classified(self, requests: Sequence[ClassifyImage], images: list[Any]) -> list[ClassScores | Unanswered]:
        items = returned.items(self.call(images), len(requests), self.info.spec, "picture")
        return [scores_of(item, self.labels, self.info.spec, multi_label=self.multi_label) for item in items]
