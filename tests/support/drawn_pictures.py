"""Pictures drawn in the tests: one shape of one colour on a grey ground, no two alike. Colour plays the group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SIDE = 32
"""Pixels of a side; what is written for a user is as large."""
COLOURS = {"red": (205, 45, 40), "blue": (50, 80, 200)}
SHAPES = ("square", "bar", "post")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture before it is drawn: all that a world needs to know of it."""

    shape: str
    colour: str
    place: tuple[int, int]
    size: int
    ground: int

    def of(self, colour: str) -> Drawn:
        """The same picture in another colour."""
        return replace(self, colour=colour)

    @property
    def image(self) -> Image.Image:
        """The picture."""
        picture = Image.new("RGB", (SIDE, SIDE), (self.ground,) * 3)
        left, top = self.place
        right, bottom = left + self.size, top + self.size
        draw, fill = ImageDraw.Draw(picture), COLOURS[self.colour]
        middle = (left + right) // 2, (top + bottom) // 2
        if self.shape == "bar":
            top, bottom = middle[1] - 2, middle[1] + 2
        if self.shape == "post":
            left, right = middle[0] - 2, middle[0] + 2
        draw.rectangle((left, top, right, bottom), fill=fill)
        return picture

    def saved(self, path: Path) -> Path:
        """The picture as a PNG file."""
        self.image.save(path)
        return path


def drawn(rng: np.random.Generator, shape: str = "", colour: str = "") -> Drawn:
    """A picture by chance; what is named of it is fixed."""
    size = int(rng.integers(14, 24))
    left, top = (int(edge) for edge in rng.integers(1, SIDE - size - 1, 2))
    return Drawn(
        shape or str(rng.choice(SHAPES)),
        colour or str(rng.choice(list(COLOURS))),
        (left, top),
        size,
        int(rng.integers(110, 235)),
    )


def pixels(pictures: list[Drawn]) -> Any:
    """Pictures as a tensor [pictures, 3, side, side] from -1 to 1, as the processors of `picture_models` give them."""
    import torch

    values = np.stack([np.asarray(picture.image) for picture in pictures]).astype(np.float32)
    return torch.from_numpy(values / 127.5 - 1.0).permute(0, 3, 1, 2).contiguous()
