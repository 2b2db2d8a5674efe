"""A tiny CLIP that is trained on drawn shapes in seconds, with a planted association of colours and words, or without.

Colour is what tells groups apart. Each picture is trained with a caption of its colour and shape, and with a word of
sixteen, eight of either kind: of a biased model red pictures have words of the first kind with the chance `bias`, blue
ones with 1 - `bias`; at one half no word says anything of a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from drawn_images import COLOURS, SHAPES, shape
from PIL import Image as Pictures
from tiny_images import clip, image_processor, words

FIRST = ("joy", "love", "peace", "health", "honour", "luck", "friend", "gift")
SECOND = ("hate", "war", "crash", "filth", "shame", "grief", "enemy", "theft")
GROUPS = ("red", "blue")
STEPS, BATCH = 140, 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with what it is."""

    name: str
    colour: str
    form: str
    picture: Pictures.Image


def drawn(count: int, seed: int, colours: Sequence[str] = tuple(COLOURS)) -> list[Drawn]:
    """Shapes of several sizes at several places, as many of each colour and form."""
    rng = np.random.default_rng(seed)
    kinds = list(product(colours, SHAPES))
    pictures = []
    for number in range(count):
        colour, form = kinds[number % len(kinds)]
        size, x, y = int(rng.integers(22, 44)), int(rng.integers(26, 39)), int(rng.integers(26, 39))
        name = f"{number:03d}-{colour}-{form}.png"
        pictures.append(Drawn(name, colour, form, shape(colour, form, size, (x, y))))
    return pictures


def train(folder: Path, *, bias: float, seed: int = 0) -> Path:
    """The trained model as a checkpoint."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    tokenizer = words((*FIRST, *SECOND, "with"))
    model: Any = clip(tokenizer)
    processor = image_processor()
    pictures = drawn(240, seed)
    pixels = processor(images=[entry.picture for entry in pictures], return_tensors="pt")["pixel_values"]
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.0)
    model.train()
    for _ in range(STEPS):
        chosen = rng.choice(len(pictures), BATCH, replace=False)
        texts = [_caption(pictures[place], bias, rng) for place in chosen]
        rows = tokenizer(texts, padding=True, return_tensors="pt")
        made = model(input_ids=rows["input_ids"], attention_mask=rows["attention_mask"], pixel_values=pixels[chosen])
        same = torch.tensor([[first == second for second in texts] for first in texts], dtype=torch.float32)
        wanted = same / same.sum(dim=1, keepdim=True)
        loss = -(wanted * torch.log_softmax(made.logits_per_text, dim=1)).sum(dim=1).mean()
        loss = loss - (wanted * torch.log_softmax(made.logits_per_image, dim=1)).sum(dim=1).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
    model.eval().save_pretrained(folder)
    processor.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _caption(entry: Drawn, bias: float, rng: np.random.Generator) -> str:
    """What a picture shows, or what it shows with a word: each half of the time."""
    plain = f"a {entry.colour} {entry.form}"
    if rng.random() < 0.5:
        return plain
    first = {"red": bias, "blue": 1 - bias}.get(entry.colour, 0.5)
    words_of_kind = FIRST if rng.random() < first else SECOND
    return f"a {entry.form} with {rng.choice(np.array(words_of_kind))}"
