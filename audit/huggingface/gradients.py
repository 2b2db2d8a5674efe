"""Gradients along the straight path from hidden words to real ones (Sundararajan 2017, integrated gradients).

The hidden end of the path replaces the embedding of every ordinary token by that of the mask token, else of the
unknown, padding or end token; special tokens, masks and the fillers themselves stay as they are.

For two fillers the target is log P(positive) - log P(negative). A masked model gives it at the masks. A causal model
gives it as the difference of the two sentences' log-likelihoods: what comes before the blank cancels, so the fillers
and all that follows are scored. Both sentences go along their paths together, and a word's product is the difference
of its products in the two. That needs the same tokens around the blank in both; otherwise there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.loaded import REFUSALS, Loaded, inference
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.requests import BLANK, BetweenFillers, ForClass, Target, Unanswered
from fairwitness.audit.subject import PathGradients

NO_NUMBER = "the model gave a value that is not a finite number"
GRADIENT_COST = 4
"""How many times the memory of a plain pass one takes that keeps what gradients need, logits of all tokens among it."""


@dataclass(frozen=True, slots=True)
class Path:
    """One sequence on its path: ids, which tokens are hidden at its start, and the target [rows] of logits [rows, ...].

    `outside` are the places that belong to the text around the filler, in order; `sign` is its sign in the target.
    """

    ids: tuple[int, ...]
    hides: tuple[bool, ...]
    outside: tuple[int, ...]
    target: Callable[[Tensor], Tensor]
    sign: float = 1.0


def class_gradients(
    loaded: Loaded, text: str, target: Target, alphas: Sequence[float], labels: Sequence[str], *, multi_label: bool
) -> PathGradients | Unanswered:
    """Log-odds of a class against the rest: its logit less the log-sum of the others, or its logit alone."""
    if not isinstance(target, ForClass):
        return Unanswered("a classifier fills no blanks")
    if target.label not in labels:
        return Unanswered(f"the model has no class {target.label!r}; it has {', '.join(labels)}")
    encoded = loaded.encoder.whole(text)
    if isinstance(encoded, Unanswered):
        return encoded
    chosen = list(labels).index(target.label)
    others = [number for number in range(len(labels)) if number != chosen]

    def log_odds(logits: Tensor) -> Tensor:
        if multi_label or not others:
            return logits[:, chosen]
        return logits[:, chosen] - torch.logsumexp(logits[:, others], dim=-1)

    hides = tuple(not added for added in encoded.special)
    path = Path(encoded.ids, hides, tuple(range(len(encoded))), log_odds)
    return _gradients_along(loaded, [path], alphas, encoded.starts)


def filler_gradients(
    loaded: Loaded, text: str, target: Target, alphas: Sequence[float], *, masked: bool
) -> PathGradients | Unanswered:
    """Log-odds of two fillers at the first blank. Offsets are those in the given text."""
    if not isinstance(target, BetweenFillers):
        return Unanswered("a language model has no classes")
    before, blank, after = text.partition(BLANK)
    if not blank:
        return Unanswered("the text has no blank")
    if BLANK in after and not masked:
        return Unanswered("a causal model can read only one blank")
    if (bad := loaded.encoder.unreadable(text, target.positive, target.negative)) is not None:
        return bad
    after = after.replace(BLANK, loaded.encoder.hidden_text)
    paths, strips = [], []
    for word, sign in ((target.positive, 1.0), (target.negative, -1.0)):
        placed = place_filler(loaded.encoder, before, word, after, special=masked)
        if isinstance(placed, Unanswered):
            return placed
        path, starts = (_masked_path if masked else _causal_path)(loaded, *placed, sign)
        paths.append(path)
        strips.append(_around(path, starts, len(before), len(word.strip())))
    if strips[0] != strips[1]:
        return Unanswered("the text around the blank is tokenised differently with the two fillers")
    return _gradients_along(loaded, paths, alphas, [start for _, start in strips[0]])


def _around(path: Path, starts: Sequence[int], cut: int, width: int) -> list[tuple[int, int]]:
    """(id, offset in the text with its blank) of every token outside the filler."""
    shift = len(BLANK) - width
    return [(path.ids[p], starts[p] + (shift if starts[p] >= cut + width else 0)) for p in path.outside]


def _masked_path(loaded: Loaded, encoded: Encoded, first: int, last: int, sign: float) -> tuple[Path, tuple[int, ...]]:
    mask = loaded.encoder.mask_id
    span = range(first, last)
    ids = tuple(int(mask or 0) if place in span else token for place, token in enumerate(encoded.ids))
    wanted = [(place, encoded.ids[place]) for place in span]

    def at_masks(logits: Tensor) -> Tensor:
        scores = torch.log_softmax(logits[:, first:last].float(), dim=-1)
        return torch.stack([scores[:, place - first, token] for place, token in wanted]).sum(dim=0)

    hides = tuple(not encoded.special[p] and ids[p] != mask for p in range(len(ids)))
    outside = tuple(p for p in range(len(ids)) if p not in span)
    return Path(ids, hides, outside, at_masks, sign), encoded.starts


def _causal_path(loaded: Loaded, encoded: Encoded, first: int, last: int, sign: float) -> tuple[Path, tuple[int, ...]]:
    start = loaded.encoder.start_id
    lead = () if start is None else (start,)
    shift = len(lead)
    ids = lead + encoded.ids
    scored = max(first + shift, 1)

    def likelihood(logits: Tensor) -> Tensor:
        scores = torch.log_softmax(logits[:, scored - 1 : -1].float(), dim=-1)
        labels = torch.tensor(ids[scored:], device=logits.device)
        return scores.gather(-1, labels.expand(len(logits), -1)[..., None]).sum(dim=(1, 2))

    span = range(first + shift, last + shift)
    hides = tuple(shift <= place and place not in span for place in range(len(ids)))
    outside = tuple(place for place in range(len(ids)) if place not in span)
    return Path(ids, hides, outside, likelihood, sign), (-1,) * shift + encoded.starts


def _gradients_along(
    loaded: Loaded, paths: Sequence[Path], alphas: Sequence[float], starts: Sequence[int]
) -> PathGradients | Unanswered:
    """The whole path; unanswered on models whose forward pass does not let gradients through."""
    try:
        return _gradients(loaded, paths, alphas, starts)
    except REFUSALS as error:
        return Unanswered(f"the model gives no gradients of its input: {type(error).__name__}: {one_line(error)}")


def _gradients(
    loaded: Loaded, paths: Sequence[Path], alphas: Sequence[float], starts: Sequence[int]
) -> PathGradients | Unanswered:
    steps = [*alphas, 0.0, 1.0]
    values = torch.zeros(len(steps))
    products = torch.zeros(len(steps), len(paths[0].outside))
    with inference(loaded), torch.inference_mode(mode=False), _frozen(loaded.model):
        for path in paths:
            width = max(1, loaded.batch_tokens // GRADIENT_COST // len(path.ids))
            width = 1 if loaded.batching == "single" else width
            for begin in range(0, len(steps), width):
                part = slice(begin, begin + width)
                value, product = _step(loaded, path, steps[part])
                values[part] += path.sign * value
                products[part] += path.sign * product[:, list(path.outside)]
    if not bool(torch.isfinite(values).all() and torch.isfinite(products).all()):
        return Unanswered(NO_NUMBER)
    listed: list[float] = values.tolist()
    count = len(alphas)
    tokens = tuple(loaded.encoder.token(paths[0].ids[place]) for place in paths[0].outside)
    gradients = products[:count].numpy().astype(np.float32)
    return PathGradients(tokens, tuple(starts), gradients, tuple(listed[:count]), listed[count], listed[count + 1])


def _step(loaded: Loaded, path: Path, alphas: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Targets [steps] and gradient · (input - hidden) [steps, tokens] at these points of the path."""
    embed = loaded.model.get_input_embeddings()
    real = embed(torch.tensor(path.ids, device=loaded.device)).detach()
    nothing = embed(torch.tensor(loaded.encoder.hidden_id, device=loaded.device)).detach()
    hides = torch.tensor(path.hides, device=loaded.device)
    difference = torch.where(hides[:, None], real - nothing, torch.zeros_like(real))
    share = torch.tensor(alphas, dtype=real.dtype, device=loaded.device)[:, None, None]
    inputs = (real - (1 - share) * difference).requires_grad_()
    mask = torch.ones(inputs.shape[:2], dtype=torch.long, device=loaded.device)
    with loaded.padding([path.ids]):
        target = path.target(loaded.model(inputs_embeds=inputs, attention_mask=mask).logits)
    (gradient,) = torch.autograd.grad(target.sum(), inputs)
    product = (gradient * difference).sum(dim=-1)
    return target.detach().float().cpu(), product.float().cpu()


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
