"""Functions that are given pictures and write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drawn_images import image_of, shape

from fairwitness import Captioner, ImageAnswerer
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import UnfitObject
from fairwitness.audit.requests import AnswerImage, Caption, Generated, Image, ImageAnswer, Unanswered


@pytest.fixture
def images(tmp_path: Path) -> list[Image]:
    for colour in ("red", "blue"):
        shape(colour, "square").save(tmp_path / f"{colour}.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    return [image_of(tmp_path / f"{name}.png") for name in ("red", "blue", "bad")]


def colour(image: Any) -> str:
    red, _, blue = image.getpixel((32, 32))
    return "red" if red > blue else "blue"


def test_questions_are_answered_in_their_order_and_a_bad_picture_is_not_put(images: list[Image]) -> None:
    def fn(pictures: list[Any], questions: list[str]) -> list[str]:
        return [f"{colour(picture)} {question}" for picture, question in zip(pictures, questions, strict=True)]

    asked = [AnswerImage(image, question, ("a", "b")) for question in ("one?", "two?") for image in images]
    answers = Engine(ImageAnswerer(fn)).answer(asked)
    assert [answer.text if isinstance(answer, ImageAnswer) else "" for answer in answers] == [
        "red one?", "blue one?", "", "red two?", "blue two?", "",
    ]  # fmt: skip
    assert isinstance(answers[0], ImageAnswer)
    assert answers[0].log_probs == (None, None)
    assert isinstance(answers[2], Unanswered)
    assert answers[2].fault == "bad_image"


def test_captions_are_texts_and_what_is_none_stays_unanswered(images: list[Image]) -> None:
    good = Engine(Captioner(lambda pictures: [f"a {colour(picture)} square " for picture in pictures]))
    captions = good.answer([Caption(image) for image in images])
    assert captions[0] == Generated("a red square", 3)
    assert isinstance(captions[2], Unanswered)
    for said, words in ((3, "returned int for a picture"), ("  ", "returned an empty text")):
        [answer] = Engine(Captioner(lambda pictures, said=said: [said for _ in pictures])).answer([Caption(images[0])])
        assert isinstance(answer, Unanswered)
        assert words in answer.reason
    [begun] = good.answer([Caption(images[0], 30, "a photograph of")])
    assert isinstance(begun, Unanswered)
    with pytest.raises(UnfitObject):
        Captioner("a text")  # type: ignore[arg-type]  # what a user may give
