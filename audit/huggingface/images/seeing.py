"""A loaded model that is given pictures: how they become its input, its texts, and what may share a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.loaded import REFUSALS
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.image_files import open_image
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import BLANK, Image, Unanswered
from fairwitness.audit.subject import Size

TOLERANCE, COARSE = 1e-4, 0.05
"""Largest difference of two values that count as the same, in proportion to the larger of them and 1: in float32, and
in half precision."""
ROUNDING = 1e-5
"""Distance of two vectors, in proportion to their length, that rounding explains."""
SIDE, PATCHES = 64, 200
"""Pixels of a side of the pictures that a model is tried with; tokens of a picture where no configuration tells."""

Inputs = Mapping[str, Tensor]


@dataclass(eq=False)
class Seeing:
    """A model with the processor that makes its input of a picture, and the tokenizer where it reads texts."""

    model: Any
    processor: Any
    device: torch.device
    dtype: torch.dtype
    batch_tokens: int
    arithmetic: str = ""
    tokenizer: Any = None
    without_embedding: tuple[str, ...] = ()
    """Special tokens that the model cannot read."""
    text_limit: int = 0
    """Tokens that it reads of a text, those counted that are added."""
    fixed_length: bool = False
    """Whether every text is filled up to `text_limit` and no mask says where it ends, as SigLIP was trained."""
    single: bool = False
    """Whether pictures that share a batch change one another's answers."""
    borrowed: bool = False
    """Whether the model is somebody's who goes on with it."""

    def pixels(self, image: Image) -> Inputs | Unanswered:
        """What the model is given of a picture, in a batch of its own. Raises ChangedImage."""
        picture = open_image(image)
        if isinstance(picture, Unanswered):
            return picture
        try:
            return self.prepared(picture)
        except REFUSALS as error:
            size = " × ".join(map(str, picture.size))
            why = f"{type(error).__name__}: {one_line(error)}"
            return Unanswered(f"the processor of the model takes no picture of {size} pixels ({why})", "bad_image")

    def prepared(self, picture: Any) -> Inputs:
        """The same of an open picture; each is prepared alone, so that others change nothing."""
        made = self.processor(images=[picture], return_tensors="pt", input_data_format="channels_last")
        return {name: self._placed(value) for name, value in made.items() if isinstance(value, Tensor)}

    def _placed(self, value: Tensor) -> Tensor:
        return value.to(self.device, self.dtype if value.is_floating_point() else None)

    def read(self, text: str) -> tuple[int, ...] | Unanswered:
        """The tokens of a text with those that are added; nothing is cut off."""
        if BLANK in text:
            return Unanswered("a text is read as it stands, and this one has a blank")
        if any(token in text for token in self.without_embedding):
            return Unanswered("the text spells a special token that the model cannot read")
        ids = self.tokenizer(text, truncation=False, padding=False, verbose=False)["input_ids"]
        special = set(self.tokenizer.all_special_ids) - {self.tokenizer.unk_token_id}
        words = [token for token in ids if token not in special]
        if not words:
            return Unanswered("the text has no tokens", "no_words")
        if all(token == self.tokenizer.unk_token_id for token in words):
            return Unanswered("the tokenizer knows no word of the text", "no_words")
        if len(ids) > self.text_limit:
            return Unanswered(
                f"the text has {len(ids)} tokens and the model reads at most {self.text_limit}", "long_text"
            )
        return tuple(ids)

    def text_inputs(self, rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Rows of tokens as one batch, filled up on the right, with a mask where the model was trained with one."""
        width = self.text_limit if self.fixed_length else max(map(len, rows))
        fill = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else 0
        ids = torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], device=self.device)
        if self.fixed_length:
            return {"input_ids": ids}
        reach = torch.arange(width, device=self.device)
        mask = (reach < torch.tensor([len(row) for row in rows], device=self.device)[:, None]).long()
        return {"input_ids": ids, "attention_mask": mask}

    @property
    def image_tokens(self) -> int:
        """About how many tokens the model makes of a picture."""
        config = getattr(self.model.config, "vision_config", self.model.config)
        side, patch = getattr(config, "image_size", None), getattr(config, "patch_size", None)
        if isinstance(side, int) and isinstance(patch, int) and patch > 0:
            return (side // patch) ** 2 + 1
        return PATCHES

    def size(self) -> Size:
        """What a picture costs."""
        return Size(1, self.image_tokens)

    def batches(self, inputs: Sequence[Inputs]) -> Iterator[list[int]]:
        """Places of inputs that are computed together: those of one shape, within the budget, in their order."""
        most = 1 if self.single else max(1, self.batch_tokens // self.image_tokens)
        groups: dict[tuple[tuple[str, tuple[int, ...]], ...], list[int]] = {}
        for place, made in enumerate(inputs):
            groups.setdefault(tuple((name, tuple(value.shape)) for name, value in made.items()), []).append(place)
        for places in groups.values():
            for start in range(0, len(places), most):
                yield places[start : start + most]


def stacked(inputs: Sequence[Inputs]) -> dict[str, Tensor]:
    """Inputs of several pictures, all of one shape, as one batch."""
    return {name: torch.cat([made[name] for made in inputs]) for name in inputs[0]}


def sample_pictures() -> list[Any]:
    """Three pictures that a model is tried with: noise, stripes and grey, always the same."""
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    stripes = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    stripes[::2, :, 0] = 255
    grey = np.full((SIDE, SIDE, 3), 128, dtype=np.uint8)
    return [Pictures.fromarray(pixels) for pixels in (noise, stripes, grey)]


def sample_inputs(seeing: Seeing, spec: str) -> list[Inputs]:
    """Their inputs. Raises UnfitModel where the processor makes none of a plain picture."""
    try:
        return [seeing.prepared(picture) for picture in sample_pictures()]
    except REFUSALS as error:
        why = f"{type(error).__name__}: {one_line(error)}"
        raise UnfitModel(
            f"{spec}: its image processor takes no plain picture of {SIDE} × {SIDE} pixels: {why}"
        ) from error


def refuse_other_size(seeing: Seeing, spec: str, pixels: Inputs) -> None:
    """Raises UnfitModel where pictures are made smaller than BLIP reads: it takes them, with the wrong places."""
    side = getattr(getattr(seeing.model.config, "vision_config", None), "image_size", None)
    height, width = pixels["pixel_values"].shape[-2:]
    if seeing.model.config.model_type == "blip" and side is not None and (height, width) != (side, side):
        raise UnfitModel(
            f"{spec}: its image processor makes pictures of {height} × {width} pixels and the model reads {side} × "
            f"{side}: one of them belongs to another model"
        )


def info_of(seeing: Seeing, spec: str, kind: str) -> SubjectInfo:
    """What is known of a model that is only tried."""
    architecture = type(seeing.model).__name__
    return SubjectInfo(
        spec=spec,
        fingerprint="",
        kind=kind,
        architecture=architecture,
        parameters=None,
        dtype=str(seeing.dtype),
        capabilities=(),
    )


def alike(first: Tensor, second: Tensor) -> bool:
    """Whether nothing but rounding sets two vectors apart: what they are made of made no difference."""
    return bool((first.float() - second.float()).norm() <= ROUNDING * first.float().norm())


def same(seeing: Seeing, first: Tensor, second: Tensor) -> bool:
    """Whether two outputs are the same but for rounding."""
    if first.shape != second.shape:
        return False
    slack = TOLERANCE if seeing.dtype == torch.float32 else COARSE
    a, b = first.float(), second.float()
    finite = bool(torch.isfinite(a).all()) and bool(torch.isfinite(b).all())
    return finite and bool(((a - b).abs() <= slack * b.abs().clamp(min=1)).all())
