"""Models that are given pictures answer as their own library does, and what cannot be put to them is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_images
import torch
from drawn_images import image_of, shape
from PIL import Image as Pictures
from transformers import AutoImageProcessor, AutoModel, AutoModelForImageClassification, AutoTokenizer

from fairwitness.audit.adapters import adapt
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.errors import FairwitnessError, UnfitModel, UnfitObject, WrongTask
from fairwitness.audit.huggingface import Loading, inspect, load
from fairwitness.audit.huggingface.images import matcher as matching
from fairwitness.audit.requests import (
    ClassifyImage,
    ClassScores,
    Image,
    ImageTextScores,
    MatchImageText,
    Unanswered,
)

TEXTS = ("a red circle", "a photo of a blue square by the sea", "two")
NEAR = 1e-5


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("models")

    def folder(name: str) -> Path:
        place = root / name.replace(":", "-")
        return place if place.is_dir() else tiny_images.build(name, place)

    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Of several shapes and sizes, one wider than high, one grey."""
    root = tmp_path_factory.mktemp("pictures")
    drawn = {f"{colour}-{form}.png": shape(colour, form) for colour in ("red", "blue") for form in ("circle", "square")}
    drawn["wide.png"] = shape("green", "triangle").resize((90, 40))
    drawn["grey.png"] = shape("yellow", "circle").convert("L")
    for name, picture in drawn.items():
        picture.save(root / name)
    return [root / name for name in drawn]


def loaded(folder: Path, **how: Any) -> Any:
    return load(Loading(str(folder), **how))


def of_library(model: Any, folder: Path, picture: Path, text: str) -> float:
    """The logit of one picture and one text, by the library alone."""
    fixed = model.config.model_type == "siglip"
    length: dict[str, Any] = {"padding": "max_length", "max_length": 16} if fixed else {}
    words = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt", **length)
    words.pop("token_type_ids", None)
    if fixed:
        words.pop("attention_mask", None)
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pixels = processor(images=Pictures.open(picture).convert("RGB"), return_tensors="pt")
    with torch.inference_mode():
        return float(model(**words, **pixels).logits_per_image)


@pytest.mark.arithmetic
@pytest.mark.parametrize("name", ["matcher:clip", "matcher:siglip"])
def test_logits_are_those_of_the_library_pair_by_pair(
    name: str, models: Callable[[str], Path], pictures: list[Path]
) -> None:
    answers = Engine(loaded(models(name))).answer([MatchImageText(image_of(path), TEXTS) for path in pictures])
    model = AutoModel.from_pretrained(models(name)).eval()
    for path, answer in zip(pictures, answers, strict=True):
        assert isinstance(answer, ImageTextScores)
        assert answer.independent is (name == "matcher:siglip")
        expected = [of_library(model, models(name), path, text) for text in TEXTS]
        assert answer.logits == pytest.approx(expected, abs=NEAR * max(1, *map(abs, expected)))
    assert len({answer.logits for answer in answers if isinstance(answer, ImageTextScores)}) == len(pictures)


@pytest.mark.arithmetic
def test_a_classifier_gives_the_logits_of_the_library(models: Callable[[str], Path], pictures: list[Path]) -> None:
    folder = models("classifier:vit")
    answers = Engine(loaded(folder)).answer([ClassifyImage(image_of(path)) for path in pictures])
    model = AutoModelForImageClassification.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    for path, answer in zip(pictures, answers, strict=True):
        assert isinstance(answer, ClassScores)
        assert answer.labels == tiny_images.LABELS
        with torch.inference_mode():
            expected = model(**processor(images=Pictures.open(path).convert("RGB"), return_tensors="pt")).logits[0]
        assert answer.logits == pytest.approx(expected.tolist(), abs=NEAR)


@pytest.mark.parametrize("name", ["matcher:clip", "matcher:siglip"])
def test_each_picture_and_each_text_is_read_once(
    name: str, models: Callable[[str], Path], pictures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = loaded(models(name))
    read = {"pictures": 0, "texts": 0}
    image_vectors, text_vectors = matching.image_vectors, matching.text_vectors

    def counted_pictures(seeing: Any, inputs: Any) -> Any:
        read["pictures"] += len(inputs)
        return image_vectors(seeing, inputs)

    def counted_texts(seeing: Any, rows: Any) -> Any:
        read["texts"] += len(rows)
        return text_vectors(seeing, rows)

    monkeypatch.setattr(matching, "image_vectors", counted_pictures)
    monkeypatch.setattr(matching, "text_vectors", counted_texts)
    requests = [MatchImageText(image_of(path), texts) for path in pictures for texts in (TEXTS, TEXTS[:1])]
    subject.match_images(requests)
    subject.match_images(requests[:2])
    assert read == {"pictures": len(pictures) + 1, "texts": len(TEXTS) + 1}


@pytest.mark.arithmetic
def test_answers_do_not_hang_on_what_shares_a_batch(models: Callable[[str], Path], pictures: list[Path]) -> None:
    requests = [MatchImageText(image_of(path), TEXTS) for path in pictures]
    together = Engine(loaded(models("matcher:clip"))).answer(requests)
    apart = Engine(loaded(models("matcher:clip"), batch_tokens=1), batch_tokens=1).answer(requests)
    for first, second in zip(together, apart, strict=True):
        assert isinstance(first, ImageTextScores)
        assert isinstance(second, ImageTextScores)
        assert first.logits == pytest.approx(second.logits, abs=NEAR * 10)


def test_a_text_that_is_too_long_or_unknown_is_refused_and_nothing_else(
    models: Callable[[str], Path], pictures: list[Path]
) -> None:
    image = image_of(pictures[0])
    lists = [TEXTS, (*TEXTS, "a red house " * 9), ("qwertz uiop",), ("a [MASK] house",), (), ("[PAD]",)]
    answers = Engine(loaded(models("matcher:clip"))).answer([MatchImageText(image, texts) for texts in lists])
    assert isinstance(answers[0], ImageTextScores)
    assert [(getattr(answer, "fault", ""), getattr(answer, "reason", "")) for answer in answers[1:]] == [
        ("long_text", "the text has 29 tokens and the model reads at most 16"),
        ("no_words", "the tokenizer knows no word of the text"),
        ("model", "a text is read as it stands, and this one has a blank"),
        ("model", "no texts to match"),
        ("no_words", "the text has no tokens"),
    ]


@pytest.mark.arithmetic
def test_a_bad_picture_loses_no_other_and_a_lost_file_is_not_remembered(
    models: Callable[[str], Path], pictures: list[Path], tmp_path: Path
) -> None:
    bad, lost = tmp_path / "bad.png", tmp_path / "lost.png"
    bad.write_bytes(b"no picture")
    shape("yellow", "square").save(lost)
    images = [image_of(path) for path in (pictures[0], bad, lost, pictures[1])]
    content = lost.read_bytes()
    lost.unlink()
    subject, cache = loaded(models("matcher:clip")), AnswerCache(tmp_path / "cache", "0" * 64)
    requests = [MatchImageText(image, TEXTS) for image in images]
    first, second, third, fourth = Engine(subject, cache=cache).answer(requests)
    assert isinstance(first, ImageTextScores)
    assert isinstance(second, Unanswered)
    assert second.fault == "bad_image"
    assert isinstance(third, Unanswered)
    assert third.reason == "ChangedImage: the file of a picture cannot be read: No such file or directory"
    assert isinstance(fourth, ImageTextScores)
    lost.write_bytes(content)
    again = Engine(subject, cache=cache).answer(requests)
    assert isinstance(again[2], ImageTextScores)
    engine = Engine(subject, cache=cache)
    assert engine.answer(requests) == again
    assert engine.asked == 0
    moved = tmp_path / "elsewhere.png"
    moved.write_bytes(content)
    [elsewhere] = engine.answer([MatchImageText(Image(images[2].sha256, str(moved)), TEXTS)])
    assert isinstance(elsewhere, ImageTextScores)
    assert elsewhere.logits == pytest.approx(again[2].logits, abs=NEAR)


def test_a_picture_that_the_processor_does_not_take_is_named(models: Callable[[str], Path], tmp_path: Path) -> None:
    sliver = tmp_path / "sliver.png"
    Pictures.fromarray(np.zeros((3, 4000, 3), dtype=np.uint8)).save(sliver)
    [answer] = Engine(loaded(models("matcher:clip"))).answer([MatchImageText(image_of(sliver), TEXTS)])
    assert isinstance(answer, ImageTextScores | Unanswered)


def test_a_model_in_memory_is_named_by_its_folder(models: Callable[[str], Path]) -> None:
    model = AutoModel.from_pretrained(models("matcher:clip"))
    with pytest.raises(UnfitObject, match="is a CLIPModel, which is given pictures: name the folder"):
        adapt(model, tokenizer=AutoTokenizer.from_pretrained(models("matcher:clip")))


def test_what_it_is_can_be_told_before_weights_are_read(models: Callable[[str], Path]) -> None:
    info = inspect(Loading(str(models("matcher:siglip"))))
    assert (info.kind, info.capabilities) == ("image_text_matcher", ("MatchImageText",))
    assert inspect(Loading(str(models("classifier:vit")))).kind == "image_classifier"


def _drop(*names: str) -> Callable[[Path], None]:
    def drop(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return drop


def _settings(file: str, **changed: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / file).read_text())
        for name, value in changed.items():
            inner, _, last = name.rpartition("__")
            (content[inner] if inner else content)[last] = value
        (folder / file).write_text(json.dumps(content))

    return change


@pytest.mark.parametrize(
    ("name", "spoil", "kind", "why"),
    [
        ("matcher:clip", _drop("preprocessor_config.json"), UnfitModel, "holds no preprocessor_config.json"),
        ("matcher:clip", _drop("tokenizer.json"), UnfitModel, "holds no tokenizer"),
        (
            "matcher:clip",
            _settings("config.json", text_config__eos_token_id=9),
            UnfitModel,
            "makes the same of different texts: does eos_token_id",
        ),
        (
            "matcher:clip",
            _settings("preprocessor_config.json", crop_size={"height": 16, "width": 16}),
            UnfitModel,
            "a picture with a text cannot be put to it",
        ),
        ("classifier:vit", _settings("config.json", id2label=dict.fromkeys("012", "a")), UnfitModel, "calls 3 classes"),
        ("matcher:clip", _settings("config.json", architectures=["CLIPTextModel"]), WrongTask, "is CLIPTextModel: its"),
    ],
)  # fmt: skip
def test_what_is_no_whole_model_is_refused_for_its_reason(
    name: str, spoil: Callable[[Path], None], kind: type[FairwitnessError], why: str,
    models: Callable[[str], Path], tmp_path: Path,
) -> None:  # fmt: skip
    folder = shutil.copytree(models(name), tmp_path / "model")
    spoil(folder)
    with pytest.raises(kind, match=why):
        loaded(folder)
