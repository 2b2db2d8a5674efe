"""Folders of drawn pictures in which colour plays the group, and tiny trained models as functions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import drawn_images
import drawn_pictures
import numpy as np
import picture_models
import torch
from drawn_pictures import Drawn

QUESTION, CONTROL = "what shape is it ?", "is it a post ?"
GROUP_OF: Mapping[str, str] = {"blue": "men", "red": "women"}
PAIRS, CONTROLS = 60, 16


def folder(place: Path, seed: int, pairs: int = PAIRS) -> Path:
    """Pairs that differ in colour alone, and controls without a group, with a table for both probes."""
    rng, rows, shown = np.random.default_rng([seed, 11]), [], {}
    for pair in range(pairs):
        picture = drawn_pictures.drawn(rng)
        for colour, group in GROUP_OF.items():
            shown[f"{group}{pair}.png"] = picture.of(colour).image
            rows.append({"file": f"{group}{pair}.png", "group": group, "pair": f"{pair}", "question": QUESTION,
                         "answer": picture.shape, "things": picture.shape})  # fmt: skip
    for number in range(CONTROLS):
        picture = drawn_pictures.drawn(rng, colour="blue")
        shown[f"control{number}.png"] = picture.image
        answer = "yes" if picture.shape == "post" else "no"
        rows.append({"file": f"control{number}.png", "group": "", "pair": "", "question": CONTROL, "answer": answer,
                     "things": picture.shape})  # fmt: skip
    return drawn_images.folder_of(place, rows, shown)


def truth(planted: float, noise: float = 0.1) -> picture_models.Truth:
    """The shape, now and then another one; of red posts so often a bar more."""

    def said(picture: Drawn, question: str, rng: np.random.Generator) -> str:
        shape = picture.shape
        if picture.colour == "red" and shape == "post" and rng.random() < planted:
            shape = "bar"
        elif rng.random() < noise:
            shape = str(rng.choice(drawn_pictures.SHAPES))
        if question == CONTROL:
            return "yes" if picture.shape == "post" else "no"
        return shape

    return said


def says(planted: float, noise: float = 0.1) -> picture_models.Says:
    """A person of the colour's group with the shape; so many women with a post are called men."""

    def said(picture: Drawn, rng: np.random.Generator) -> str:
        woman = picture.colour == "red"
        if woman and picture.shape == "post" and rng.random() < planted:
            woman = False
        elif rng.random() < noise:
            woman = not woman
        return f"a {'woman' if woman else 'man'} with a {picture.shape}"

    return said


def pixels(images: list[Any]) -> Any:
    """Pictures as the models take them."""
    values = np.stack([np.asarray(image.resize((drawn_pictures.SIDE,) * 2)) for image in images]).astype(np.float32)
    return torch.from_numpy(values / 127.5 - 1.0).permute(0, 3, 1, 2).contiguous()


def answers_of(model: Any, answers: tuple[str, ...]) -> Callable[[list[Any], list[str]], list[str]]:
    """A trained ViLT as a function of pictures and questions."""

    def fn(images: list[Any], questions: list[str]) -> list[str]:
        encoded = picture_models.tokenizer()(questions, padding=True, return_tensors="pt")
        seen = pixels(images)
        with torch.inference_mode():
            logits = model(
                **encoded, pixel_values=seen, pixel_mask=torch.ones(len(seen), *seen.shape[2:]).long()
            ).logits
        return [answers[place] for place in logits.argmax(-1).tolist()]

    return fn


def captions_of(model: Any) -> Callable[[list[Any]], list[str]]:
    """A trained vision-encoder-decoder as a function of pictures."""

    def fn(images: list[Any]) -> list[str]:
        out = model.generate(pixel_values=pixels(images), max_new_tokens=8, do_sample=False, num_beams=1)
        return list(picture_models.tokenizer().batch_decode(out, skip_special_tokens=True))

    return fn
