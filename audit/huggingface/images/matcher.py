"""A model with a tower for pictures and one for texts, which scores how well they match (CLIP, SigLIP and others)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.abilities import Abilities
from fairwitness.audit.huggingface.images.seeing import Inputs, Seeing, alike, same, sample_inputs, stacked
from fairwitness.audit.huggingface.loaded import REFUSALS, inference, longest_first, verb
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.reasons import note
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import ImageTextScores, MatchImageText, Request, Unanswered
from fairwitness.audit.subject import Size

REMEMBERED = 256
"""Lists of texts whose vectors are remembered: a run asks all pictures about the same few."""
SAMPLE_TEXTS = ("a photo of a cat", "two", "a red house by the sea in winter")
"""Texts of several lengths that a model is tried with."""


class MatcherSubject:
    """Answers MatchImageText with the logits of the model's own library: cosines times a scale, and a bias if any.

    A picture is read once a batch, and a list of texts once a run: its vectors hang on that list alone, so that a run
    that goes on where another ended gives the same numbers.
    """

    def __init__(self, seeing: Seeing, info: SubjectInfo) -> None:
        self._loaded = seeing
        self.info = info
        self.batch_tokens = seeing.batch_tokens
        self.arithmetic = seeing.arithmetic
        self._independent = judged_apart(seeing.model)
        self._texts: OrderedDict[tuple[str, ...], Tensor | Unanswered] = OrderedDict()

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """A picture each; its texts are read once for all."""
        return [self._loaded.size() if isinstance(request, MatchImageText) else Size(0, 0) for request in requests]

    @verb
    def match_images(self, batch: Sequence[MatchImageText]) -> list[ImageTextScores | Unanswered]:
        """The logits of each picture's texts."""
        texts = {request.texts: self._vectors_of(request.texts) for request in batch}
        wanted = {request.image: None for request in batch if not isinstance(texts[request.texts], Unanswered)}
        pictures = dict(zip(wanted, self._pictures(list(map(self._loaded.pixels, wanted))), strict=True))
        answers: list[ImageTextScores | Unanswered] = []
        for request in batch:
            vectors = texts[request.texts]
            picture = vectors if isinstance(vectors, Unanswered) else pictures[request.image]
            if isinstance(vectors, Unanswered) or isinstance(picture, Unanswered):
                answers.append(picture if isinstance(picture, Unanswered) else Unanswered("not computed"))
                continue
            logits = matched(self._loaded.model, picture[None], vectors)[0].float().cpu()
            answers.append(ImageTextScores(tuple(map(float, logits)), independent=self._independent))
        return answers

    def _pictures(self, inputs: Sequence[Inputs | Unanswered]) -> list[Tensor | Unanswered]:
        """The vector of each picture."""
        vectors: list[Tensor | Unanswered] = [
            made if isinstance(made, Unanswered) else Unanswered("not computed") for made in inputs
        ]
        asked = [(place, made) for place, made in enumerate(inputs) if not isinstance(made, Unanswered)]
        for chosen in self._loaded.batches([made for _, made in asked]):
            rows = image_vectors(self._loaded, [asked[index][1] for index in chosen])
            for index, row in zip(chosen, rows, strict=True):
                vectors[asked[index][0]] = row
        return vectors

    def _vectors_of(self, texts: tuple[str, ...]) -> Tensor | Unanswered:
        """The vectors of a list of texts [texts, width]; unanswered where one of them cannot be read whole."""
        if texts in self._texts:
            self._texts.move_to_end(texts)
            return self._texts[texts]
        read = [self._loaded.read(text) for text in texts]
        unread = next((row for row in read if isinstance(row, Unanswered)), None)
        if not texts:
            unread = Unanswered("no texts to match")
        known = unread or text_vectors(self._loaded, [row for row in read if not isinstance(row, Unanswered)])
        self._texts[texts] = known
        if len(self._texts) > REMEMBERED:
            self._texts.popitem(last=False)
        return known


def judged_apart(model: Any) -> bool:
    """Whether each pair is judged apart from the others, as models with a bias were trained (sigmoid)."""
    return hasattr(model, "logit_bias")


def matched(model: Any, pictures: Tensor, texts: Tensor) -> Tensor:
    """Logits [pictures, texts] of their vectors, as the libraries of these models make them."""
    cosines = (pictures / pictures.norm(dim=-1, keepdim=True)) @ (texts / texts.norm(dim=-1, keepdim=True)).T
    if hasattr(model, "temperature"):  # ALIGN
        logits: Tensor = cosines / model.temperature
        return logits
    logits = cosines * model.logit_scale.exp()
    return logits + model.logit_bias if judged_apart(model) else logits


def image_vectors(seeing: Seeing, inputs: Sequence[Inputs]) -> Tensor:
    """Vectors [pictures, width] of pictures of one shape, in one pass."""
    return _pooled(seeing.model.get_image_features(**stacked(inputs)))


def text_vectors(seeing: Seeing, rows: Sequence[Sequence[int]]) -> Tensor:
    """Vectors [texts, width], in batches within the budget, the longest first."""
    lengths = [seeing.text_limit if seeing.fixed_length else len(row) for row in rows]
    vectors: dict[int, Tensor] = {}
    for chosen in longest_first(lengths, seeing.batch_tokens, "single" if seeing.single else "padded"):
        pooled = _pooled(seeing.model.get_text_features(**seeing.text_inputs([rows[index] for index in chosen])))
        vectors.update(zip(chosen, pooled, strict=True))
    return torch.stack([vectors[place] for place in range(len(rows))])


def _pooled(output: Any) -> Tensor:
    vectors: Tensor = output if isinstance(output, Tensor) else output.pooler_output
    return vectors


def try_matcher(seeing: Seeing, spec: str) -> Abilities:
    """Tries a matcher with pictures and texts; sets whether pictures may share a batch.

    Raises UnfitModel where its two towers do not give what the whole model gives, where it gives another answer each
    time, and where different pictures or different texts are the same to it.
    """
    called = f"{spec} is {type(seeing.model).__name__}"
    pictures = sample_inputs(seeing, spec)
    rows = [seeing.read(text) for text in SAMPLE_TEXTS]
    texts = [row for row in rows if not isinstance(row, Unanswered)]
    if len(texts) < 2:
        raise UnfitModel(f"{called} and its tokenizer reads no plain English text: {rows[0]}")
    with inference(seeing):
        try:
            alone = torch.cat([image_vectors(seeing, [picture]) for picture in pictures])
            words = torch.cat([text_vectors(seeing, [row]) for row in texts])
            whole = seeing.model(**stacked(pictures[:1]), **seeing.text_inputs(texts[:1])).logits_per_image
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{called}, and a picture with a text cannot be put to it: {why}") from error
        if not same(seeing, matched(seeing.model, alone[:1], words[:1]), whole):
            raise UnfitModel(
                f"{called}, and its towers apart do not give what the whole gives: it is asked no other way"
            )
        if not same(seeing, image_vectors(seeing, pictures[:1]), alone[:1]):
            raise UnfitModel(f"{called} and gives another answer to the same picture each time")
        _refuse_alike(called, alone, words, texts)
        seeing.single = not _share_batches(seeing, pictures, texts, alone, words)
    return Abilities(notes=(note("single", "slower"),) if seeing.single else ())


def _share_batches(
    seeing: Seeing, pictures: Sequence[Inputs], texts: Sequence[Sequence[int]], alone: Tensor, words: Tensor
) -> bool:
    """Whether pictures, and texts of different lengths, get in a batch what they get alone."""
    try:
        return same(seeing, image_vectors(seeing, pictures), alone) and same(seeing, text_vectors(seeing, texts), words)
    except REFUSALS:
        return False


def _refuse_alike(called: str, pictures: Tensor, texts: Tensor, rows: Sequence[Sequence[int]]) -> None:
    """Raises UnfitModel where a tower does not look at what it is given."""
    if alike(pictures[0], pictures[1]) and alike(pictures[1], pictures[2]):
        raise UnfitModel(f"{called} and makes the same of three different pictures")
    pairs = combinations(range(len(rows)), 2)
    if any(rows[first] != rows[second] and alike(texts[first], texts[second]) for first, second in pairs):
        raise UnfitModel(
            f"{called} and makes the same of different texts: does eos_token_id in its config.json (text_config) name "
            "the token that its tokenizer ends a text with?"
        )
