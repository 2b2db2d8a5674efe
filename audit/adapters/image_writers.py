"""Functions that are given pictures and write: what answers questions about them, and what writes captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fairwitness.audit.adapters import returned
from fairwitness.audit.adapters.images import IMAGES_AT_ONCE, ImageSubject
from fairwitness.audit.halving import BadAnswer
from fairwitness.audit.requests import AnswerImage, Caption, Generated, ImageAnswer, Unanswered


class ImageAnswerer(ImageSubject):
    """A model that answers questions about pictures: `fn(images, questions)` gives a text for each.

    `images` is a list of PIL pictures in RGB, `questions` a list of as many texts. How likely an answer is it does not
    say. Raises UnfitObject, BadOption, MissingExtra without Pillow.

    >>> ImageAnswerer(lambda images, questions: ["yes" for _ in questions]).info.capabilities
    ('AnswerImage',)
    """

    def __init__(self, fn: Callable[..., Any], *, name: str = "", batch_size: int = IMAGES_AT_ONCE) -> None:
        super().__init__(fn, ("images", "questions"), "image_answerer", "AnswerImage", name=name, batch_size=batch_size)

    def answer_images(self, batch: Sequence[AnswerImage]) -> list[ImageAnswer | Unanswered]:
        """What the function answers; an empty text is no answer."""
        return self.ask_with_images(batch, self._answered)

    def _answered(self, requests: Sequence[AnswerImage], images: list[Any]) -> list[ImageAnswer | Unanswered]:
        given = self.call(images, [request.question for request in requests])
        items = returned.items(given, len(requests), self.info.spec, "question")
        return [self._answer(item, request) for item, request in zip(items, requests, strict=True)]

    def _answer(self, item: Any, request: AnswerImage) -> ImageAnswer | Unanswered:
        text = written(item, self.info.spec, "question")
        if isinstance(text, Unanswered):
            return text
        return ImageAnswer(text, None, (None,) * len(request.answers))


class Captioner(ImageSubject):
    """A model that writes what is in a picture: `fn(images)` gives a text for each.

    `images` is a list of PIL pictures in RGB. How long captions are is the function's. Raises UnfitObject, BadOption,
    MissingExtra without Pillow.

    >>> Captioner(lambda images: ["a cat" for _ in images]).info.capabilities
    ('Caption',)
    """

    def __init__(self, fn: Callable[..., Any], *, name: str = "", batch_size: int = IMAGES_AT_ONCE) -> None:
        super().__init__(fn, ("images",), "captioner", "Caption", name=name, batch_size=batch_size)

    def caption_images(self, batch: Sequence[Caption]) -> list[Generated | Unanswered]:
        """What the function writes; an empty text is no caption, and one with a beginning is not asked of it."""
        return self.ask_with_images(batch, self._captioned)

    def _captioned(self, requests: Sequence[Caption], images: list[Any]) -> list[Generated | Unanswered]:
        places = [place for place, request in enumerate(requests) if not request.prompt]
        given = self.call([images[place] for place in places]) if places else []
        items = dict(zip(places, returned.items(given, len(places), self.info.spec, "picture"), strict=True))
        return [self._caption(items[place]) if place in items else _no_beginning() for place in range(len(requests))]

    def _caption(self, item: Any) -> Generated | Unanswered:
        text = written(item, self.info.spec, "picture")
        return text if isinstance(text, Unanswered) else Generated(text, len(text.split()))


def written(item: Any, spec: str, what: str) -> str | Unanswered:
    """A text that a function gave for a picture or a question; unanswered where it is none, or empty."""
    if isinstance(item, Unanswered):
        return item
    if not isinstance(item, str):
        return Unanswered(
            str(BadAnswer(f"{spec} returned {type(item).__name__} for a {what}, where a text is expected"))
        )
    return item.strip() or Unanswered(f"{spec} returned an empty text")


def _no_beginning() -> Unanswered:
    return Unanswered("a function writes captions from their beginning: leave out the prompt")
