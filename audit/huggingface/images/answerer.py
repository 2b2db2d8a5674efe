"""Models that answer questions about pictures: ViLT, whose answers are classes, and BLIP, which writes them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.classifier import class_names
from fairwitness.audit.huggingface.images.seeing import (
    Inputs,
    Seeing,
    alike,
    info_of,
    refuse_other_size,
    same,
    sample_inputs,
    stacked,
)
from fairwitness.audit.huggingface.loaded import REFUSALS, inference, verb
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import AnswerImage, Image, ImageAnswer, Request, Unanswered
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.subject import Size

QUESTIONS = ("What is it?", "What is in the picture, and is it red?")
"""A short one and a longer one that a model is tried with."""
LONGEST = 10
"""Tokens of a written answer at most: those of VQA have one to three words."""
_NUMBERED = re.compile(r"^LABEL_\d+$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Row:
    """A question as it is fed with its picture."""

    request: AnswerImage
    ids: tuple[int, ...]
    pixels: Inputs


class AnswererSubject(ABC):
    """Answers AnswerImage; how a row is answered is the model's."""

    def __init__(self, seeing: Seeing, info: SubjectInfo) -> None:
        self._loaded = seeing
        self.info = info
        self.batch_tokens = seeing.batch_tokens
        self.arithmetic = seeing.arithmetic

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """A picture each, which takes far more than its question."""
        return [self._loaded.size() if isinstance(request, AnswerImage) else Size(0, 0) for request in requests]

    @verb
    def answer_images(self, batch: Sequence[AnswerImage]) -> list[ImageAnswer | Unanswered]:
        """Answers to every question; what may share a pass does."""
        pixels = {image: self._loaded.pixels(image) for image in dict.fromkeys(request.image for request in batch)}
        answers: dict[AnswerImage, ImageAnswer | Unanswered] = {}
        rows: list[Row] = []
        for request in dict.fromkeys(batch):
            row = self._row(request, pixels)
            if isinstance(row, Unanswered):
                answers[request] = row
            else:
                rows.append(row)
        groups = grouped(rows, self.together)
        for members in groups.values():
            for chosen in self._loaded.batches([row.pixels for row in members]):
                part = [members[place] for place in chosen]
                for row, answer in zip(part, self.answered(part), strict=True):
                    answers[row.request] = answer
        return [answers[request] for request in batch]

    def _row(self, request: AnswerImage, pixels: Mapping[Image, Inputs | Unanswered]) -> Row | Unanswered:
        picture = pixels[request.image]
        if isinstance(picture, Unanswered):
            return picture
        ids = self._loaded.read(request.question)
        return ids if isinstance(ids, Unanswered) else Row(request, ids, picture)

    @abstractmethod
    def together(self, row: Row) -> Hashable:
        """By what rows may share a pass, beside the shape of their pictures."""

    @abstractmethod
    def answered(self, rows: Sequence[Row]) -> list[ImageAnswer | Unanswered]:
        """The answers to rows in one pass."""

    @abstractmethod
    def values(self, rows: Sequence[Row]) -> Tensor:
        """What the answers to rows are read from [rows, values]."""


class ClassAnswerer(AnswererSubject):
    """ViLT: each answer is a class that is judged by itself (sigmoid), as it was trained and its library reads it."""

    def __init__(self, seeing: Seeing, info: SubjectInfo) -> None:
        super().__init__(seeing, info)
        self._names = answer_names(info.spec, seeing.model.config)
        self._places = {_plain(name): place for place, name in reversed(list(enumerate(self._names)))}
        drawn = seeing.model.config.max_image_length
        self._draws = isinstance(drawn, int) and drawn > 0

    def together(self, row: Row) -> Hashable:
        """A model that looks at a part of its patches draws them by chance: each row alone, so that its draw stays."""
        return row.request if self._draws else ""

    def answered(self, rows: Sequence[Row]) -> list[ImageAnswer | Unanswered]:
        """The likeliest class, and the asked ones."""
        scores = torch.nn.functional.logsigmoid(self.values(rows)).cpu().numpy()
        return [self._answer(row.request, values) for row, values in zip(rows, scores, strict=True)]

    def values(self, rows: Sequence[Row]) -> Tensor:
        """Logits [rows, answers]."""
        texts = self._loaded.text_inputs([row.ids for row in rows])
        pixels = stacked([row.pixels for row in rows])
        seen = pixels["pixel_values"]
        pixels.setdefault("pixel_mask", torch.ones(len(seen), *seen.shape[2:], dtype=torch.long, device=seen.device))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            logits: Tensor = self._loaded.model(
                **texts, token_type_ids=torch.zeros_like(texts["input_ids"]), **pixels
            ).logits
        return logits.float()

    def _answer(self, request: AnswerImage, values: Any) -> ImageAnswer | Unanswered:
        if not np.isfinite(values).all():
            return Unanswered("the model gave a value that is not a finite number")
        best = int(values.argmax())
        places = [self._places.get(_plain(answer)) for answer in request.answers]
        asked = tuple(None if place is None else float(values[place]) for place in places)
        return ImageAnswer(self._names[best], float(values[best]), asked, independent=True)


class WritingAnswerer(AnswererSubject):
    """BLIP: an answer is written by a decoder that looks at the question and the picture together."""

    def together(self, row: Row) -> Hashable:
        """Questions of one length: the decoder looks at padding too where there is any."""
        return len(row.ids)

    def answered(self, rows: Sequence[Row]) -> list[ImageAnswer | Unanswered]:
        """The answers that are written, and how likely the asked ones are."""
        states = self.states(rows)
        written = self._written(states)
        return [
            self._answer(row.request, states[place : place + 1], ids)
            for place, (row, ids) in enumerate(zip(rows, written, strict=True))
        ]

    def values(self, rows: Sequence[Row]) -> Tensor:
        """The states that answers are written from, in a row each."""
        return self.states(rows).flatten(1).float()

    def states(self, rows: Sequence[Row]) -> Tensor:
        """What the model made of questions of one length and their pictures: [rows, length, width]."""
        model, pictures = self._loaded.model, {row.request.image: row.pixels for row in rows}
        seen = model.vision_model(pixel_values=stacked(list(pictures.values()))["pixel_values"])[0]
        place = {image: number for number, image in enumerate(pictures)}
        looked = seen[torch.tensor([place[row.request.image] for row in rows], device=seen.device)]
        texts = self._loaded.text_inputs([row.ids for row in rows])
        ones = torch.ones(looked.shape[:2], dtype=torch.long, device=looked.device)
        read: Tensor = model.text_encoder(**texts, encoder_hidden_states=looked, encoder_attention_mask=ones)[0]
        return read

    def _written(self, states: Tensor) -> list[list[int]]:
        """Greedy answers, without what begins and ends them."""
        model = self._loaded.model
        start, end = model.decoder_start_token_id, model.config.text_config.sep_token_id
        ids = torch.full((len(states), 1), start, device=states.device)
        out = model.text_decoder.generate(
            input_ids=ids,
            eos_token_id=end,
            pad_token_id=model.config.text_config.pad_token_id,
            encoder_hidden_states=states,
            encoder_attention_mask=torch.ones(states.shape[:2], dtype=torch.long, device=states.device),
            max_new_tokens=LONGEST,
            do_sample=False,
            num_beams=1,
        )
        rows = out[:, 1:].tolist()
        return [row[: row.index(end)] if end in row else row for row in rows]

    def _answer(self, request: AnswerImage, states: Tensor, ids: list[int]) -> ImageAnswer | Unanswered:
        tokens = [self._tokens(answer) for answer in request.answers]
        scored = self._scores(states, [ids, *(row for row in tokens if row)])
        if not np.isfinite(scored).all():
            return Unanswered("the model gave a value that is not a finite number")
        values = iter(scored[1:])
        asked = tuple(next(values) if row else None for row in tokens)
        text = self._loaded.tokenizer.decode(ids, skip_special_tokens=True).strip()
        if text:
            return ImageAnswer(text, scored[0], asked)
        known = [(value, answer) for value, answer in zip(asked, request.answers, strict=True) if value is not None]
        if not known:
            return Unanswered("the model wrote no answer")
        likeliest, answer = max(known, key=lambda pair: pair[0])
        return ImageAnswer(answer, likeliest, asked)

    def _tokens(self, answer: str) -> list[int]:
        """The tokens of an answer; none of one that the tokenizer does not know wholly."""
        encoded = self._loaded.tokenizer(answer, add_special_tokens=False)["input_ids"]
        unknown = self._loaded.tokenizer.unk_token_id
        return [] if unknown in encoded else list(encoded)

    def _scores(self, states: Tensor, answers: Sequence[Sequence[int]]) -> list[float]:
        """Log-probability of each answer with its end, nats; all are looked at together."""
        model = self._loaded.model
        start, end = model.decoder_start_token_id, model.config.text_config.sep_token_id
        rows = [[start, *ids, end] for ids in answers]
        texts = self._loaded.text_inputs(rows)
        ids = texts["input_ids"]
        spread = states.expand(len(rows), -1, -1)
        logits = model.text_decoder(
            **texts,
            encoder_hidden_states=spread,
            encoder_attention_mask=torch.ones(spread.shape[:2], dtype=torch.long, device=spread.device),
        ).logits
        scores = torch.log_softmax(logits[:, :-1].float(), dim=-1).gather(2, ids[:, 1:, None])[:, :, 0]
        return [float(scores[place, : len(row) - 1].sum()) for place, row in enumerate(rows)]


def answerer(seeing: Seeing, info: SubjectInfo) -> AnswererSubject:
    """The subject of a model, by what its answers are."""
    return (WritingAnswerer if seeing.model.config.model_type == "blip" else ClassAnswerer)(seeing, info)


def try_answerer(seeing: Seeing, spec: str) -> Abilities:
    """Tries a model with pictures and questions; sets whether rows may share a pass. Raises UnfitModel."""
    called = f"{spec} is {type(seeing.model).__name__}"
    subject = answerer(seeing, info_of(seeing, spec, "image_answerer"))
    rows = sample_rows(seeing, spec, QUESTIONS)
    with inference(seeing):
        try:
            alone = [subject.values([row]) for row in rows]
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{called}, and a picture and a question cannot be put to it: {why}") from error
        if not same(seeing, subject.values(rows[:1]), alone[0]):
            raise UnfitModel(f"{called} and gives another answer to the same picture each time")
        if alike(alone[0], alone[1]):
            raise UnfitModel(f"{called} and makes the same of two different pictures")
        pairs = [rows[:2], [rows[1], rows[2]]] if subject.together(rows[0]) == subject.together(rows[2]) else [rows[:2]]
        known = {id(row): value for row, value in zip(rows, alone, strict=True)}
        try:
            seeing.single = not all(
                same(seeing, value[None], known[id(row)])
                for pair in pairs
                for row, value in zip(pair, subject.values(pair), strict=True)
            )
        except REFUSALS:
            seeing.single = True
    return Abilities(notes=(note("single", "slower"),) if seeing.single else ())


def sample_rows(seeing: Seeing, spec: str, questions: Sequence[str]) -> list[Row]:
    """Two pictures with the first question and one with the second. Raises UnfitModel where it cannot be read."""
    rows = []
    pairs = zip(sample_inputs(seeing, spec), (questions[0], questions[0], questions[1]), strict=True)
    for number, (pixels, question) in enumerate(pairs):
        ids = seeing.read(question)
        if isinstance(ids, Unanswered):
            ids = tuple(seeing.tokenizer(question)["input_ids"])[: seeing.text_limit]
        refuse_other_size(seeing, spec, pixels)
        rows.append(Row(AnswerImage(Image(f"sample {number}"), question), ids, pixels))
    return rows


def answer_names(spec: str, config: Any) -> tuple[str, ...]:
    """The answers of a model that chooses among classes. Raises UnfitModel where its configuration names none."""
    names = tuple(class_names(spec, config))
    if any(map(_NUMBERED.match, names)):
        shown = ", ".join(names[:4])
        raise UnfitModel(
            f"{spec} answers with classes and does not say what they mean (id2label in config.json has {shown}, ...): "
            "write there which answer each number is"
        )
    return names


def _plain(answer: str) -> str:
    """An answer by which a class is found: case and outer blanks aside."""
    return " ".join(answer.casefold().split())
