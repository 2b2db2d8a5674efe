"""Models that look at pictures: their answers and captions are the library's own, alone or together."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import looking
import numpy as np
import picture_models
import pytest
import torch
import transformers
from drawn_images import image_of
from PIL import Image as Pictures

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import AnswerImage, Caption, Generated, Image, ImageAnswer, Unanswered

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]
SAME = 1e-5
QUESTIONS = ("is it a post ?", "what shape is it and is it large ?")
CAPTIONERS = ("blip", "encoder-decoder", "git")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("looking")


@cache
def subject_in(place: Path, kind: str) -> Any:
    return load(Loading(str(looking.saved(place / kind, kind)), offline=True))


def near(first: ImageAnswer | Unanswered, other: ImageAnswer | Unanswered) -> bool:
    """Whether two answers are the same but for rounding."""
    assert isinstance(first, ImageAnswer)
    assert isinstance(other, ImageAnswer)
    values = [(first.log_prob, other.log_prob), *zip(first.log_probs, other.log_probs, strict=True)]
    off = [abs(a - b) / max(1.0, abs(a)) for a, b in values if a is not None and b is not None]
    return first.text == other.text and max(off) <= SAME and len(off) == sum(a is not None for a, _ in values)


@pytest.mark.parametrize("kind", ["vilt", "blip answers"])
def test_answers_of_a_batch_are_those_of_each_question_alone(kind: str, place: Path) -> None:
    subject = subject_in(place, kind)
    images = looking.pictures(place, 3)
    asked = [AnswerImage(image, question, ("yes", "red")) for image in images for question in QUESTIONS]
    asked.append(AnswerImage(images[0], QUESTIONS[0]))
    answers = subject.answer_images(asked)
    alone = [subject.answer_images([request])[0] for request in asked]
    assert all(map(near, answers, alone))
    assert len({answer.log_prob for answer in answers}) >= len(asked) - 1, "pictures and questions change the answer"


def test_a_class_of_vilt_is_judged_by_itself_as_its_library_does(place: Path) -> None:
    images = looking.pictures(place, 2)
    encoded = picture_models.tokenizer()([QUESTIONS[0]] * 2, return_tensors="pt")
    pixels = looking.pixels("vilt", images)
    with torch.no_grad():
        logits = looking.model("vilt")(
            **encoded, pixel_values=pixels, pixel_mask=torch.ones(2, *pixels.shape[2:]).long()
        )
    expected = torch.nn.functional.logsigmoid(logits.logits).numpy()
    answers = subject_in(place, "vilt").answer_images(
        [AnswerImage(image, QUESTIONS[0], ("No", "blue  thing", "zebra")) for image in images]
    )
    for answer, row in zip(answers, expected, strict=True):
        assert answer.text == looking.ANSWERS[int(row.argmax())]
        assert answer.independent
        assert answer.log_probs[:2] == pytest.approx((row[1], row[3]), abs=SAME)
        assert answer.log_probs[2] is None, "an answer that it has no class for has no probability"


def test_a_written_answer_is_the_librarys_and_has_its_probability(place: Path) -> None:
    images, model = looking.pictures(place, 3), looking.model("blip answers")
    subject, words = subject_in(place, "blip answers"), picture_models.tokenizer()
    written = 0
    for image, question in product(images, QUESTIONS):
        encoded = words([question], return_tensors="pt")
        given = {"input_ids": encoded["input_ids"], "pixel_values": looking.pixels("blip answers", [image])}
        out = model.generate(**given, max_new_tokens=10, do_sample=False, num_beams=1)
        text = words.decode(out[0, 1:], skip_special_tokens=True)
        [answer] = subject.answer_images([AnswerImage(image, question, ("red thing", "woman", "zebra"))])
        expected = [by_steps(model, given, words(said, add_special_tokens=False)["input_ids"]) for said in
                    ("red thing", "woman")]  # fmt: skip
        assert answer.log_probs[:2] == pytest.approx(expected, rel=SAME)
        assert answer.log_probs[2] is None, "a word that the tokenizer does not know cannot be written"
        written += answer.text == text
        assert answer.text == text or not text
    assert written >= 2


def by_steps(model: Any, given: dict[str, Any], ids: list[int]) -> float:
    """The log-probability of an answer with its end, its tokens read one after another."""
    states = model.vision_model(pixel_values=given["pixel_values"])[0]
    read = model.text_encoder(input_ids=given["input_ids"], encoder_hidden_states=states)[0]
    before, total = [picture_models.BEGIN], 0.0
    with torch.no_grad():
        for token in [*ids, picture_models.END]:
            logits = model.text_decoder(input_ids=torch.tensor([before]), encoder_hidden_states=read).logits[0, -1]
            total += float(logits.log_softmax(-1)[token])
            before.append(token)
    return total


@pytest.mark.parametrize("kind", CAPTIONERS)
def test_captions_are_the_librarys_greedy_ones_alone_and_together(kind: str, place: Path) -> None:
    images, model, words = looking.pictures(place, 4), looking.model(kind), picture_models.tokenizer()
    subject = subject_in(place, kind)
    captions = subject.caption_images([Caption(image, 8) for image in images])
    for image, caption in zip(images, captions, strict=True):
        out = model.generate(pixel_values=looking.pixels(kind, [image]), max_new_tokens=8, do_sample=False, num_beams=1)
        text = words.decode(out[0], skip_special_tokens=True).strip()
        assert isinstance(caption, Generated | Unanswered)
        assert (caption.text if isinstance(caption, Generated) else "") == text
    assert len({str(caption) for caption in captions}) > 1, "pictures change the caption"
    begun = [Caption(images[0], 5, "a man"), Caption(images[1], 5, "a"), Caption(images[2], 5)]
    assert subject.caption_images(begun) == [subject.caption_images([request])[0] for request in begun]


@pytest.mark.parametrize("kind", CAPTIONERS)
def test_a_caption_goes_on_from_its_beginning(kind: str, place: Path) -> None:
    """Begun with the first words of its own caption a model writes the rest of it."""
    subject = subject_in(place, kind)
    caption = next(
        (image, caption)
        for image in looking.pictures(place, 20)
        for caption in subject.caption_images([Caption(image, 6)])
        if isinstance(caption, Generated) and caption.tokens == len(caption.text.split()) == 6
    )
    image, whole = caption
    words = whole.text.split()
    [rest] = subject.caption_images([Caption(image, 4, " ".join(words[:2]))])
    assert isinstance(rest, Generated)
    assert rest.text.split() == words[2:6]


def test_an_empty_caption_is_none(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_in(place, "blip")
    monkeypatch.setattr(subject, "written", lambda rows: [[picture_models.PAD] for _ in rows])
    assert subject.caption_images([Caption(looking.pictures(place, 1)[0], 8)]) == [
        Unanswered("the model wrote no caption")
    ]


@pytest.mark.parametrize("kind", ["vilt", "blip answers", "blip"])
def test_a_bad_picture_and_a_long_question_stay_unanswered_beside_answers(kind: str, place: Path) -> None:
    subject, good = subject_in(place, kind), looking.pictures(place, 1)[0]
    (place / "none.png").write_bytes(b"no picture")
    (place / "gone.png").write_bytes(b"x")
    bad, gone = image_of(place / "none.png"), image_of(place / "gone.png")
    (place / "gone.png").unlink()
    if kind == "blip":
        answers = subject.caption_images([Caption(good, 4), Caption(bad, 4)])
        assert isinstance(subject.caption_images([Caption(good, 40)])[0], Unanswered)
    else:
        answers = subject.answer_images([AnswerImage(image, QUESTIONS[0]) for image in (good, bad)])
        [long] = subject.answer_images([AnswerImage(good, "is it " * 30)])
        assert isinstance(long, Unanswered)
        assert long.fault == "long_text"
    assert not isinstance(answers[0], Unanswered)
    assert isinstance(answers[1], Unanswered)
    assert answers[1].fault == "bad_image"
    del gone


def test_pictures_of_several_sizes_share_no_batch_and_change_nothing(place: Path) -> None:
    wide = np.random.default_rng(1).integers(0, 255, (32, 64, 3), dtype=np.uint8)
    Pictures.fromarray(wide).save(place / "wide.png")
    images: list[Image] = [*looking.pictures(place, 2), image_of(place / "wide.png")]
    subject = subject_in(place, "vilt")
    asked = [AnswerImage(image, QUESTIONS[0], ("yes",)) for image in images]
    assert all(map(near, subject.answer_images(asked), [subject.answer_images([each])[0] for each in asked]))


def test_what_a_checkpoint_lacks_is_named(place: Path) -> None:
    folder = looking.saved(place / "bare", "vilt")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(UnfitModel, match="does not say how its pictures are made"):
        load(Loading(str(folder), offline=True))
    folder = looking.saved(place / "numbered", "vilt")
    config = json.loads((folder / "config.json").read_text())
    names = [f"LABEL_{number}" for number in range(len(looking.ANSWERS))]
    config |= {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnfitModel, match=r"does not say what they mean \(id2label .* LABEL_0"):
        load(Loading(str(folder), offline=True))
    folder = looking.saved(place / "stranger", "blip")
    transformers.BlipImageProcessorPil(size={"height": 16, "width": 16}).save_pretrained(folder)
    with pytest.raises(UnfitModel, match="16 × 16 pixels and the model reads 32 × 32"):
        load(Loading(str(folder), offline=True))
