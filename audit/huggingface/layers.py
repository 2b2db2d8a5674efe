"""What each layer says at one place of a text (logit lens; nostalgebraist 2020), and what each part adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.encode import Encoder
from fairwitness.audit.huggingface.loaded import HEAD_ROWS, Loaded
from fairwitness.audit.huggingface.parts import Contributions, Parts, contributions, find_parts
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.huggingface.stack import Caught, Stack, catching
from fairwitness.audit.huggingface.translators import Maps, maps_of
from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.requests import BLANK, Unanswered
from fairwitness.audit.subject import Size

NO_NUMBER = "the model gave a value that is not a finite number"
NO_TRANSLATED = "the translators lead to a value that is not a finite number"
NO_STACK = "no list of layers was found whose last states lead to the output"


@dataclass(frozen=True, slots=True)
class Place:
    """A row of tokens, where in it the layers are read, and the tokens that are asked for there."""

    ids: tuple[int, ...]
    place: int
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How all rows of a batch are read: the layers, the parts or why there are none, the maps of a tuned lens."""

    stack: Stack
    parts: Parts | str
    maps: Maps | None
    causal: bool


def layers_size(encoder: Encoder, request: ReadLayers, *, causal: bool) -> Size:
    """One row of tokens; (0, 0) for a request without an answer."""
    planned = plan(encoder, request, causal=causal)
    return Size(0, 0) if isinstance(planned, Unanswered) else Size(1, len(planned.ids))


def read_layers(loaded: Loaded, batch: Sequence[ReadLayers], *, causal: bool) -> list[Layers | Unanswered]:
    """The answer to each request, in one pass of its text, packed over the whole batch."""
    plans = [plan(loaded.encoder, request, causal=causal) for request in batch]
    answers: list[Layers | Unanswered] = [
        planned if isinstance(planned, Unanswered) else Unanswered("not computed") for planned in plans
    ]
    owners = [owner for owner, planned in enumerate(plans) if isinstance(planned, Place)]
    places = [planned for planned in plans if isinstance(planned, Place)]
    if not places:
        return answers
    stack: Stack | None = loaded.stack
    if stack is None:
        return [planned if isinstance(planned, Unanswered) else Unanswered(NO_STACK) for planned in plans]
    parts = find_parts(loaded, stack)
    named = [batch[owner].translators for owner in owners]
    for translators in dict.fromkeys(named):
        maps = None if translators is None else maps_of(loaded, translators)
        mine = [index for index, name in enumerate(named) if name == translators]
        if isinstance(maps, str):
            for index in mine:
                answers[owners[index]] = Unanswered(maps)
            continue
        way = Way(stack, parts, maps, causal)
        for chosen in loaded.batches([len(places[index].ids) for index in mine]):
            some = [mine[number] for number in chosen]
            tops = [batch[owners[index]].top for index in some]
            for index, answer in zip(some, _read(loaded, way, [places[index] for index in some], tops), strict=True):
                answers[owners[index]] = answer
    return answers


def plan(encoder: Encoder, request: ReadLayers, *, causal: bool) -> Place | Unanswered:
    """Where the layers are read: at the first mask, or at the last token before the first blank."""
    before, blank, after = request.text.partition(BLANK)
    if not blank:
        return Unanswered("the text has no blank")
    if len(request.targets) < 2:
        return Unanswered("layers are read for two targets or more")
    if (bad := encoder.unreadable(request.text, *request.targets)) is not None:
        return bad
    rows = [_row(encoder, before, word, "" if causal else after, causal=causal) for word in request.targets]
    first = rows[0]
    for row in rows:
        if isinstance(row, Unanswered):
            return row
    placed = [row for row in rows if isinstance(row, Place)]
    if isinstance(first, Unanswered) or any((row.ids, row.place) != (first.ids, first.place) for row in placed):
        return Unanswered("the text around the blank is tokenised differently with the targets")
    return Place(first.ids, first.place, tuple(row.targets[0] for row in placed))


def _row(encoder: Encoder, before: str, word: str, after: str, *, causal: bool) -> Place | Unanswered:
    """The row that is read for one target, which must be a single token."""
    mask = encoder.mask_id
    after = after.replace(BLANK, encoder.hidden_text)
    placed = place_filler(encoder, before, word, after, special=not causal)
    if isinstance(placed, Unanswered):
        return placed
    encoded, first, last = placed
    if last - first != 1:
        return Unanswered(
            f"the target {word!r} is {last - first} tokens, and a layer is read for one", "several_tokens"
        )
    if not causal:
        hidden = (*encoded.ids[:first], int(mask or 0), *encoded.ids[last:])
        return Place(hidden, first, (encoded.ids[first],))
    start = encoder.start_id
    lead = (start,) if start is not None and (first == 0 or encoder.adds_start) else ()
    ids = (*lead, *encoded.ids[:first])
    if not ids:
        return Unanswered("nothing stands before the blank, and the tokenizer has no start token")
    return Place(ids, len(ids) - 1, (encoded.ids[first],))


def _read(loaded: Loaded, way: Way, rows: Sequence[Place], tops: Sequence[int]) -> list[Layers | Unanswered]:
    """One pass over these rows, then the head on what every layer held at their places."""
    stack, parts = way.stack, way.parts
    places = torch.tensor([row.place for row in rows], device=loaded.device)
    given = [stack.layers[0]] if isinstance(parts, str) else parts.given
    given += [] if stack.head is None else [stack.head]
    gave = [*stack.layers, *([] if isinstance(parts, str) else parts.gave)]
    with catching(given, gave, places) as caught:
        states = loaded.hidden(
            input_ids=loaded.tensor([row.ids for row in rows], loaded.encoder.padding),
            attention_mask=loaded.padding_mask([len(row.ids) for row in rows]),
            use_cache=False if way.causal else None,
        )
    alone = torch.arange(len(rows), device=loaded.device)
    final = states[alone, places] if stack.head is None else caught.inputs[stack.head]
    stream = torch.stack([caught.inputs[stack.layers[0]], *(caught.outputs[layer] for layer in stack.layers)], dim=1)
    count = stream.shape[1]
    if way.maps is not None:
        stream = torch.cat([stream, way.maps.translated(stream[:, :-1])], dim=1)
    for module in stack.tail:
        stream = module(stream)
    added: Contributions | str = parts if isinstance(parts, str) else _added(loaded, parts, caught, final, rows)
    answers: list[Layers | Unanswered] = []
    step = max(1, HEAD_ROWS // (stream.shape[1] + 1))
    for begin in range(0, len(rows), step):
        part = slice(begin, begin + step)
        held = torch.cat([stream[part], final[part, None]], dim=1)
        logits = stack.logits(loaded, held.flatten(0, 1)).view(*held.shape[:2], -1)
        for offset, row in enumerate(rows[part]):
            answers.append(_answer(loaded, row, logits[offset], count, tops[begin + offset], added, begin + offset))
    return answers


def _added(loaded: Loaded, parts: Parts, caught: Caught, final: Tensor, rows: Sequence[Place]) -> Contributions | str:
    return contributions(loaded, parts, caught, final, [(row.targets[0], row.targets[1]) for row in rows])


def _answer(
    loaded: Loaded, row: Place, logits: Tensor, count: int, top: int, added: Contributions | str, number: int
) -> Layers | Unanswered:
    """What is read of one row: logits [`count` of the lens, then those of the tuned lens, the model's own]."""
    finite = torch.isfinite(logits).all(dim=-1)
    if not bool(finite.all()):
        return Unanswered(NO_NUMBER if not bool(finite[:count].all() & finite[-1]) else NO_TRANSLATED)
    scores = logits - logits.logsumexp(dim=-1, keepdim=True)
    final, lens = scores[-1], scores[:count]
    answer = int(final.argmax())
    ranks, divergences = _against(lens, final)
    values, ids = lens.topk(max(1, min(top, lens.shape[-1])), dim=-1)
    targets = list(row.targets)
    difference = float(logits[-1, targets[0]]) - float(logits[-1, targets[1]])
    more: dict[str, Any] = {"heads": np.zeros((0, 0), dtype=np.float32), "unread": added}
    if isinstance(added, Contributions):
        more = {
            "heads": added.heads[number].cpu().numpy(),
            "mlps": _listed(added.mlps[number]),
            "embedding": float(added.embedding[number]),
            "biases": float(added.biases[number]),
        }
    if len(scores) > count + 1:
        tuned = torch.cat([scores[count:-1], lens[-1:]])
        more["tuned"] = tuned[:, targets].cpu().numpy()
        more["tuned_ranks"], more["tuned_divergences"] = _against(tuned, final)
    top_ids = tuple(tuple(tokens) for tokens in ids.tolist())
    return Layers(
        log_probs=lens[:, targets].cpu().numpy(),
        own=_listed(final[targets]),
        ranks=ranks,
        answers=_listed(lens[:, answer]),
        divergences=divergences,
        difference=difference,
        top=tuple(words_of(loaded, tokens) for tokens in top_ids),
        top_log_probs=tuple(tuple(row) for row in values.tolist()),
        top_ids=top_ids,
        **more,
    )


def _against(lens: Tensor, final: Tensor) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Ranks of the model's own likeliest token by layer, and KL(final || layer) in nats: log-probabilities of both."""
    answer, share = int(final.argmax()), final.exp()
    ranks = (lens > lens[:, answer, None]).sum(dim=-1).add(1)
    return tuple(ranks.tolist()), _listed((share @ final - lens @ share).clamp_(min=0.0))


def words_of(loaded: Loaded, ids: Sequence[int]) -> tuple[str, ...]:
    """Single tokens of the vocabulary as they stand in a text."""
    return tuple(loaded.encoder.tokenizer.decode([token]).strip() for token in ids)


def _listed(values: Tensor) -> tuple[float, ...]:
    return tuple(values.float().tolist())
