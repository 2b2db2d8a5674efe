"""Gradients along the straight path from hidden words to real ones (Sundararajan 2017, integrated gradients).

The hidden end of the path replaces the embedding of every ordinary token by that of the mask token, else of the
unknown, padding or end token; or by zeros; or by the embeddings of tokens that are drawn evenly from the vocabulary
(Erion et al. 2021, expected gradients). Special tokens, masks and the fillers themselves stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import REFUSALS, Loaded, inference
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.requests import Unanswered
from fairwitness.audit.subject import Background, PathGradients

NO_NUMBER = "the model gave a value that is not a finite number"
GRADIENT_COST = 4
"""How many times the memory of a plain pass one takes that keeps what gradients need, logits of all tokens among it."""


@dataclass(frozen=True, slots=True)
class Path:
    """One sequence on its path: ids, which tokens are hidden at its start, and the target [rows] of logits [rows, ...].

    `outside` are the places that belong to the text around the filler, in order; `sign` is its sign in the target.
    `segments` are given to models that take them.
    """

    ids: tuple[int, ...]
    hides: tuple[bool, ...]
    outside: tuple[int, ...]
    target: Callable[[Tensor], Tensor]
    sign: float = 1.0
    segments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """Where on a path gradients are taken, and where the path begins; `seed` is that of the drawn beginnings."""

    alphas: Sequence[float]
    background: Background = "hidden"
    seed: int = 0


def gradients_along(
    loaded: Loaded, paths: Sequence[Path], points: Points, starts: Sequence[int]
) -> PathGradients | Unanswered:
    """The whole path; unanswered on models whose forward pass does not let gradients through."""
    try:
        return _gradients(loaded, paths, points, starts)
    except REFUSALS as error:
        return Unanswered(f"the model gives no gradients of its input: {type(error).__name__}: {one_line(error)}")


def _gradients(
    loaded: Loaded, paths: Sequence[Path], points: Points, starts: Sequence[int]
) -> PathGradients | Unanswered:
    count, width = len(points.alphas), len(paths[0].outside)
    draws = _draws(loaded, points, width)
    values, products = torch.zeros(count), torch.zeros(count, width)
    ends = torch.zeros(1 + (1 if draws is None else len(draws)))
    with inference(loaded), torch.inference_mode(mode=False), _frozen(loaded.model):
        for path in paths:
            line = _line(loaded, path, points.background, draws)
            size = max(1, loaded.batch_tokens // GRADIENT_COST // len(path.ids))
            size = 1 if loaded.batching == "single" else size
            for begin in range(0, count, size):
                part = slice(begin, begin + size)
                value, product = _step(loaded, path, line, points.alphas[part], begin)
                values[part] += path.sign * value
                products[part] += path.sign * product[:, list(path.outside)]
            ends += path.sign * _ends(loaded, path, line, size)
    if not bool(torch.isfinite(values).all() and torch.isfinite(products).all() and torch.isfinite(ends).all()):
        return Unanswered(NO_NUMBER)
    tokens = tuple(loaded.encoder.token(paths[0].ids[place]) for place in paths[0].outside)
    gradients = products.numpy().astype(np.float32)
    base, full = float(ends[1:].double().mean()), float(ends[0])
    return PathGradients(tokens, tuple(starts), gradients, tuple(values.tolist()), base, full)


def _draws(loaded: Loaded, points: Points, width: int) -> npt.NDArray[np.int64] | None:
    """Token ids [draws, width] for the places around the filler, one draw for two points; None where none are drawn."""
    if points.background != "drawn":
        return None
    rows = loaded.model.get_input_embeddings().weight.shape[0]
    ordinary = loaded.encoder.ordinary_ids
    generator = np.random.default_rng(points.seed)
    return generator.choice(ordinary[ordinary < rows], size=((len(points.alphas) + 1) // 2, width))


@dataclass(frozen=True, slots=True)
class Line:
    """The embeddings of a sequence [tokens, width], and what they differ by from each beginning [draws, ...]."""

    real: Tensor
    difference: Tensor

    def at(self, alphas: Sequence[float], first: int) -> tuple[Tensor, Tensor]:
        """Points of the path [points, tokens, width] and their differences; `first` is the number of the first one."""
        share = torch.tensor(alphas, dtype=self.real.dtype, device=self.real.device)[:, None, None]
        difference = self.difference
        if len(difference) > 1:
            difference = difference[[(first + place) // 2 for place in range(len(alphas))]]
        return self.real - (1 - share) * difference, difference

    def begins(self, first: int, last: int) -> Tensor:
        """The beginnings with these numbers."""
        return self.real - self.difference[first:last]


def _line(loaded: Loaded, path: Path, background: Background, draws: npt.NDArray[np.int64] | None) -> Line:
    embed = loaded.model.get_input_embeddings()
    real = embed(torch.tensor(path.ids, device=loaded.device)).detach()
    if background == "zero":
        begins = torch.zeros_like(real)[None]
    elif draws is None:
        begins = embed(torch.tensor(loaded.encoder.hidden_id, device=loaded.device)).detach()[None, None]
    else:
        ids = torch.tensor(path.ids).repeat(len(draws), 1)
        ids[:, list(path.outside)] = torch.from_numpy(draws)
        begins = embed(ids.to(loaded.device)).detach()
    hides = torch.tensor(path.hides, device=loaded.device)
    return Line(real, torch.where(hides[:, None], real - begins, torch.zeros_like(real)))


def _step(loaded: Loaded, path: Path, line: Line, alphas: Sequence[float], first: int) -> tuple[Tensor, Tensor]:
    """Targets [points] and gradient · (input - beginning) [points, tokens] at these points of the path."""
    inputs, difference = line.at(alphas, first)
    target = _target(loaded, path, inputs.requires_grad_())
    (gradient,) = torch.autograd.grad(target.sum(), inputs)
    product = (gradient * difference).sum(dim=-1)
    return target.detach().float().cpu(), product.float().cpu()


def _ends(loaded: Loaded, path: Path, line: Line, size: int) -> Tensor:
    """Targets of the text itself and of every beginning, without gradients."""
    begins = range(0, len(line.difference), size)
    rows = [line.real[None], *(line.begins(begin, begin + size) for begin in begins)]
    with torch.no_grad():
        return torch.cat([_target(loaded, path, inputs) for inputs in rows]).float().cpu()


def _target(loaded: Loaded, path: Path, inputs: Tensor) -> Tensor:
    mask = torch.ones(inputs.shape[:2], dtype=torch.long, device=loaded.device)
    segments = loaded.segments([path.segments] * len(inputs)) if path.segments else {}
    with loaded.padding([path.ids]):
        output = loaded.model(inputs_embeds=inputs, attention_mask=mask, **segments)
    logits = getattr(output, "logits", None)
    return path.target(torch.stack([output.start_logits, output.end_logits], dim=1) if logits is None else logits)


@contextmanager
def _frozen(model: Any) -> Iterator[None]:
    """No gradients for the weights inside the block."""
    wanted = [weight for weight in model.parameters() if weight.requires_grad]
    for weight in wanted:
        weight.requires_grad_(False)
    try:
        with torch.enable_grad():
            yield
    finally:
        for weight in wanted:
            weight.requires_grad_(True)
