"""Models that write what is in a picture: BLIP, vision-encoder-decoders and GIT, each by the library's own writing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.images.seeing import (
    Inputs,
    Seeing,
    info_of,
    refuse_other_size,
    sample_inputs,
    stacked,
)
from fairwitness.audit.huggingface.loaded import REFUSALS, inference, verb
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import BLANK, Caption, Generated, Image, Request, Unanswered
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.subject import Size

TRIED = 5
"""Tokens of the captions that a model is tried with."""
NO_CAPTION = "the model wrote no caption"


@dataclass(frozen=True, eq=False)
class Row:
    """A picture with the tokens that its caption begins with, start token included."""

    request: Caption
    lead: tuple[int, ...]
    pixels: Inputs


class CaptionerSubject:
    """Answers Caption, greedily."""

    def __init__(self, seeing: Seeing, info: SubjectInfo) -> None:
        self._loaded = seeing
        self.info = info
        self.batch_tokens = seeing.batch_tokens
        self.arithmetic = seeing.arithmetic

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """A picture each."""
        return [self._loaded.size() if isinstance(request, Caption) else Size(0, 0) for request in requests]

    @verb
    def caption_images(self, batch: Sequence[Caption]) -> list[Generated | Unanswered]:
        """Captions of all pictures: those of one shape, with beginnings of one length, together."""
        pixels = {image: self._loaded.pixels(image) for image in dict.fromkeys(request.image for request in batch)}
        answers: dict[Caption, Generated | Unanswered] = {}
        rows: list[Row] = []
        for request in dict.fromkeys(batch):
            picture, lead = pixels[request.image], self._lead(request)
            if isinstance(picture, Unanswered):
                answers[request] = picture
            elif isinstance(lead, Unanswered):
                answers[request] = lead
            else:
                rows.append(Row(request, lead, picture))
        for members in grouped(rows, lambda row: (len(row.lead), row.request.max_tokens)).values():
            for chosen in self._loaded.batches([row.pixels for row in members]):
                part = [members[place] for place in chosen]
                for row, ids in zip(part, self.written(part), strict=True):
                    answers[row.request] = self._caption(ids)
        return [answers[request] for request in batch]

    def _lead(self, request: Caption) -> tuple[int, ...] | Unanswered:
        ids: list[int] = []
        if request.prompt:
            if BLANK in request.prompt:
                return Unanswered("a caption goes on from its beginning as it stands, and this one has a blank")
            ids = self._loaded.tokenizer(request.prompt, add_special_tokens=False, verbose=False)["input_ids"]
        lead = (start_token(self._loaded.model), *ids)
        if len(lead) + request.max_tokens > self._loaded.text_limit:
            return Unanswered(
                f"a caption of {len(lead) + request.max_tokens} tokens with its beginning is asked and the model "
                f"writes at most {self._loaded.text_limit}: ask for fewer",
                "long_text",
            )
        return lead

    def written(self, rows: Sequence[Row]) -> list[list[int]]:
        """The tokens behind each beginning, up to the first that ends a caption."""
        model, lead = self._loaded.model, self._loaded.text_inputs([row.lead for row in rows])["input_ids"]
        pixels = stacked([row.pixels for row in rows])["pixel_values"]
        most = rows[0].request.max_tokens
        given: dict[str, Any] = {"max_new_tokens": most, "do_sample": False, "num_beams": 1}
        if model.config.model_type == "vision-encoder-decoder":
            out = model.generate(pixel_values=pixels, decoder_input_ids=lead, **given)
        elif model.config.model_type == "blip":  # it drops the last token of a beginning, which is the end of a text
            end = torch.full_like(lead[:, :1], ends_of(model)[0])
            out = model.generate(pixel_values=pixels, input_ids=torch.cat([lead, end], dim=1), **given)
        else:
            out = model.generate(pixel_values=pixels, input_ids=lead, **given)
        return [_until(row, ends_of(model)) for row in _new(out, lead)]

    def _caption(self, ids: list[int]) -> Generated | Unanswered:
        text = self._loaded.tokenizer.decode(ids, skip_special_tokens=True).strip()
        return Generated(text, len(ids), tuple(ids)) if text else Unanswered(NO_CAPTION)


def _new(out: Tensor, lead: Tensor) -> list[list[int]]:
    rows: list[list[int]] = out[:, lead.shape[1] :].tolist()
    return rows


def _until(ids: list[int], ends: Sequence[int]) -> list[int]:
    """The tokens before the first that ends."""
    places = [place for place, token in enumerate(ids) if token in ends]
    return ids[: places[0]] if places else ids


def start_token(model: Any) -> int:
    """The token that captions begin with, as the library has it."""
    config = model.config
    if config.model_type == "blip":
        return int(config.text_config.bos_token_id)
    if config.model_type == "vision-encoder-decoder":
        for settings in (getattr(model, "generation_config", None), config, config.decoder):
            for name in ("decoder_start_token_id", "bos_token_id"):
                if isinstance(known := getattr(settings, name, None), int):
                    return known
    return int(config.bos_token_id)


def ends_of(model: Any) -> tuple[int, ...]:
    """Tokens that end a caption, as the library has them."""
    config = model.config
    if config.model_type == "blip":
        return (int(config.text_config.sep_token_id),)
    known = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    known = known if known is not None else getattr(config, "eos_token_id", None)
    if known is None and config.model_type == "vision-encoder-decoder":
        known = config.decoder.eos_token_id
    return tuple(known) if isinstance(known, list | tuple) else (known,) if isinstance(known, int) else ()


def try_captioner(seeing: Seeing, spec: str) -> Abilities:
    """Tries a captioner with pictures. Raises UnfitModel where it writes nothing of them or each time another thing."""
    called = f"{spec} is {type(seeing.model).__name__}"
    subject = CaptionerSubject(seeing, info_of(seeing, spec, "captioner"))
    pictures = sample_inputs(seeing, spec)
    refuse_other_size(seeing, spec, pictures[0])
    with inference(seeing):
        try:
            lead = (start_token(seeing.model),)
            rows = [
                Row(Caption(Image(f"sample {number}"), TRIED), lead, pixels) for number, pixels in enumerate(pictures)
            ]
            first, again = (subject.written(rows[:1]) for _ in range(2))
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{called}, and a picture cannot be put to it: {why}") from error
        if first != again:
            raise UnfitModel(f"{called} and writes another caption of the same picture each time")
        try:
            seeing.single = subject.written(rows) != [subject.written([row])[0] for row in rows]
        except REFUSALS:
            seeing.single = True
    return Abilities(notes=(note("single", "slower"),) if seeing.single else ())
