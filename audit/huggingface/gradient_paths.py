"""Which sequence a target is read from, and how: the paths along which its gradients are taken.

For two fillers the target is log P(positive) - log P(negative). A masked model gives it at the masks. A causal model
gives it as the difference of the two sentences' log-likelihoods: what comes before the blank cancels, so the fillers
and all that follows are scored. Both sentences go along their paths together, and a word's product is the difference
of its products in the two. That needs the same tokens around the blank in both; otherwise there is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.gradients import Path, Points, gradients_along
from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.requests import (
    BLANK,
    BetweenFillers,
    ForClass,
    LogLikelihood,
    OfContinuation,
    Target,
    Unanswered,
    given_offsets,
)
from fairwitness.audit.subject import PathGradients


def class_gradients(
    loaded: Loaded, text: str, target: Target, points: Points, labels: Sequence[str], *, multi_label: bool
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
    starts = given_offsets(encoded.starts, text, len(loaded.encoder.hidden_text))
    return gradients_along(loaded, [path], points, starts)


def filler_gradients(
    loaded: Loaded, text: str, target: Target, points: Points, *, masked: bool
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
    return gradients_along(loaded, paths, points, [start for _, start in strips[0]])


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

    span = range(first + shift, last + shift)
    hides = tuple(shift <= place and place not in span for place in range(len(ids)))
    outside = tuple(place for place in range(len(ids)) if place not in span)
    return Path(ids, hides, outside, _likelihood(ids, scored), sign), (-1,) * shift + encoded.starts


def _likelihood(ids: tuple[int, ...], scored: int) -> Callable[[Tensor], Tensor]:
    """Log-probability of the tokens from `scored` on, as a function of logits [rows, length, vocabulary]."""

    def likelihood(logits: Tensor) -> Tensor:
        scores = torch.log_softmax(logits[:, scored - 1 : -1].float(), dim=-1)
        labels = torch.tensor(ids[scored:], device=logits.device)
        return scores.gather(-1, labels.expand(len(logits), -1)[..., None]).sum(dim=(1, 2))

    return likelihood


def continuation_gradients(
    loaded: Loaded, text: str, target: OfContinuation, points: Points
) -> PathGradients | Unanswered:
    """Log-probability of what follows a text; its own tokens are never hidden."""
    encoder = loaded.encoder
    fed = encoder.fed(LogLikelihood(text, target.continuation))
    if isinstance(fed, Unanswered):
        return fed
    encoded = encoder.encode(text + target.continuation, special=False)
    lead = len(fed.ids) - len(encoded)
    context = range(lead, fed.first)
    hides = tuple(place in context for place in range(len(fed.ids)))
    path = Path(fed.ids, hides, tuple(range(len(fed.ids))), _likelihood(fed.ids, fed.first))
    starts = [encoded.starts[place - lead] if place in context else -1 for place in range(len(fed.ids))]
    return gradients_along(loaded, [path], points, starts)


def span_log_odds(
    places: Sequence[int], span: tuple[int, int], none: int | None, longest: int
) -> Callable[[Tensor], Tensor]:
    """Log-odds of a span of tokens at these places, as a function of boundary logits [rows, 2, length].

    Against all other spans of at most `longest` tokens, and against no answer where a place stands for it.
    """
    first, last = span
    width = min(longest, len(places))
    pairs = [(low, high) for low in range(len(places)) for high in range(low, min(low + width, len(places)))]
    others = [pair for pair in pairs if pair != (first, last)]

    def log_odds(logits: Tensor) -> Tensor:
        starts, ends = logits[:, 0].float(), logits[:, 1].float()
        positions = torch.tensor(list(places), device=logits.device)
        low = positions[[pair[0] for pair in others]]
        high = positions[[pair[1] for pair in others]]
        rest = starts[:, low] + ends[:, high]
        if none is not None:
            rest = torch.cat([rest, (starts + ends)[:, none : none + 1]], dim=1)
        return starts[:, places[first]] + ends[:, places[last]] - torch.logsumexp(rest, dim=1)

    return log_odds
