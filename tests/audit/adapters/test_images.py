"""Functions that are given pictures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from drawn_images import image_of, shape

from fairwitness import ImageClassifier, ImageMatcher
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import BadOption, UnfitObject
from fairwitness.audit.requests import (
    ClassifyImage,
    ClassScores,
    Image,
    ImageTextScores,
    MatchImageText,
    Unanswered,
)


@pytest.fixture
def images(tmp_path: Path) -> list[Image]:
    paths = []
    for colour in ("red", "blue"):
        shape(colour, "square").save(tmp_path / f"{colour}.png")
        paths.append(tmp_path / f"{colour}.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    return [image_of(path) for path in (*paths, tmp_path / "bad.png")]


def redness(images: list[Any], texts: list[str]) -> list[list[float]]:
    """How red a picture is for texts of red, the contrary for others."""
    shares = [(image.getpixel((32, 32))[0] - image.getpixel((32, 32))[2]) / 255 for image in images]
    return [[share if "red" in text else -share for text in texts] for share in shares]


def test_a_matcher_is_given_pictures_and_texts_and_keeps_their_order(images: list[Image]) -> None:
    calls: list[tuple[int, tuple[str, ...]]] = []

    def fn(given: list[Any], texts: list[str]) -> list[list[float]]:
        calls.append((len(given), tuple(texts)))
        return redness(given, texts)

    asked = [MatchImageText(image, texts) for texts in (("red", "blue"), ("a red one",)) for image in images]
    answers = Engine(ImageMatcher(fn)).answer(asked)
    first, second, bad, *_ = answers
    assert isinstance(first, ImageTextScores)
    assert first.logits == pytest.approx((190 / 255, -190 / 255))
    assert isinstance(second, ImageTextScores)
    assert second.logits == pytest.approx((-190 / 255, 190 / 255))
    assert isinstance(bad, Unanswered)
    assert bad.fault == "bad_image"
    assert sorted(calls) == [(2, ("a red one",)), (2, ("red", "blue"))]


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        ([[1.0]], "1 numbers for 2 texts"),
        ([[1.0, math.nan]], "finite"),
        ([["a", "b"]], "a text where a number is expected"),
        ([], "0 answers for 1 picture"),
        (None, "nothing (None)"),
    ],
)
def test_what_is_no_row_of_numbers_is_no_answer(images: list[Image], returned: Any, why: str) -> None:
    [answer] = Engine(ImageMatcher(lambda images, texts: returned)).answer([MatchImageText(images[0], ("a", "b"))])
    assert isinstance(answer, Unanswered)
    assert why in answer.reason


def test_a_classifier_gives_logits_of_its_probabilities(images: list[Image]) -> None:
    subject = ImageClassifier(
        lambda given: [[0.9, 0.1] if image.getpixel((32, 32))[0] > 128 else [0.2, 0.8] for image in given],
        labels=["warm", "cold"],
    )
    red, blue, bad = Engine(subject).answer([ClassifyImage(image) for image in images])
    assert isinstance(red, ClassScores)
    assert red.labels == ("warm", "cold")
    assert red.logits[0] - red.logits[1] == pytest.approx(math.log(9))
    assert isinstance(blue, ClassScores)
    assert blue.logits[0] - blue.logits[1] == pytest.approx(math.log(0.25))
    assert isinstance(bad, Unanswered)


def test_a_file_that_changed_is_one_picture_without_an_answer(images: list[Image]) -> None:
    shape("green", "circle").save(images[0].path)
    changed, same = Engine(ImageMatcher(redness)).answer([MatchImageText(image, ("red",)) for image in images[:2]])
    assert isinstance(changed, Unanswered)
    assert "was changed after its table was read" in changed.reason
    assert isinstance(same, ImageTextScores)


def test_what_cannot_be_wrapped_is_refused() -> None:
    with pytest.raises(UnfitObject, match=r"ImageMatcher calls .* with 2 arguments \(images and texts\)"):
        ImageMatcher(lambda images: [])
    with pytest.raises(BadOption, match=r"ImageClassifier\(labels='red'\)"):
        ImageClassifier(lambda images: [], labels="red")
