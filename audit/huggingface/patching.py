"""Activation patching: the target on a text while parts of the model compute what they computed on its counterpart.

Both texts are read once and all states noted; then the text is read again in batches, a row for each part, in which
that part alone comes from the counterpart (Vig et al. 2020, https://arxiv.org/abs/2004.12265). All rows are equally
long, so that nothing is padded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.loaded import REFUSALS, Loaded, inference
from fairwitness.audit.huggingface.patchable import Patchable
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.taps import Edit, Site, Taps, tapped
from fairwitness.audit.huggingface.vocabulary import token_scores
from fairwitness.audit.patches import OUTPUTS, PLACES
from fairwitness.audit.requests import BLANK, BetweenFillers, ForClass, Patch, Patched, Target, Unanswered
from fairwitness.audit.subject import Size

TEXT, COUNTERPART = 0, 1
"""The rows that are noted."""
ADDED: tuple[Site, ...] = ("heads", "mlp")
"""What a layer adds to the residual stream, before the projection of its attention and after that of the other part."""
CHECKS = 2
"""Rows in which nothing and everything is patched."""
MOST_TOKENS = 256
"""Longest text that is patched: the states of all its tokens in all layers are held at once."""
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence as it is fed, and where it is read: (token, id, sign) of log-probabilities that are added up.

    A classifier reads its class at `read` without any of them.
    """

    encoded: Encoded
    read: tuple[int, ...]
    scores: tuple[tuple[int, int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """The same row of a text and of its counterpart, as long as one another."""

    row: Row
    other: Row

    @property
    def changed(self) -> tuple[int, ...]:
        """The tokens that differ."""
        ids = zip(self.row.encoded.ids, self.other.encoded.ids, strict=True)
        return tuple(place for place, (token, other) in enumerate(ids) if token != other)

    @property
    def places(self) -> tuple[tuple[int, ...], ...]:
        """Tokens by `PLACES`: those that differ, all others, those where the target is read."""
        taken = {*self.changed, *self.row.read}
        rest = tuple(place for place in range(len(self.row.encoded)) if place not in taken)
        return self.changed, rest, self.row.read


@dataclass(frozen=True, slots=True)
class Reader:
    """How the target of a kind of model is read: the rows of a text, and the values of rows of one length."""

    rows: Callable[[str, Target], list[Row] | Unanswered]
    values: Callable[[Sequence[Row], Target], FloatArray]


def masked_reader(loaded: Loaded) -> Reader:
    """Log P(positive) - log P(negative) at the first blank of a text that is read whole."""

    def rows(text: str, target: Target) -> list[Row] | Unanswered:
        return _filled(loaded, text, target, lambda *placed: _masked_row(loaded, *placed), masked=True)

    return Reader(rows, lambda listed, _: _token_values(loaded, listed))


def causal_reader(loaded: Loaded) -> Reader:
    """Log P(positive) - log P(negative) after what stands before the first blank."""

    def rows(text: str, target: Target) -> list[Row] | Unanswered:
        return _filled(loaded, text, target, lambda *placed: _causal_row(loaded, *placed), masked=False)

    return Reader(rows, lambda listed, _: _token_values(loaded, listed, use_cache=False))


def class_reader(loaded: Loaded, labels: Sequence[str], *, alone: bool) -> Reader:
    """Log-odds of one class against the rest; its logit where outputs stand `alone`."""

    def rows(text: str, target: Target) -> list[Row] | Unanswered:
        if not isinstance(target, ForClass):
            return Unanswered("a classifier fills no blanks")
        if target.label not in labels:
            return Unanswered(f"the model has no class {target.label!r}; it has {', '.join(labels)}")
        encoded = loaded.encoder.whole(text)
        if isinstance(encoded, Unanswered):
            return encoded
        first = encoded.special[0] and encoded.ids[0] == loaded.encoder.tokenizer.cls_token_id
        return [Row(encoded, (0 if first else len(encoded) - 1,))]

    def values(listed: Sequence[Row], target: Target) -> FloatArray:
        logits = loaded.class_logits([row.encoded for row in listed]).double().cpu().numpy()
        chosen = list(labels).index(target.label) if isinstance(target, ForClass) else 0
        others = np.delete(logits, chosen, axis=1)
        rest = 0.0 if alone or not others.shape[1] else np.logaddexp.reduce(others, axis=1)
        return np.asarray(logits[:, chosen] - rest, dtype=np.float64)

    return Reader(rows, values)


def patched(loaded: Loaded, reader: Reader, batch: Sequence[Patch]) -> list[Patched | Unanswered]:
    """Each request on its own; unanswered on a model without the parts, or whose pass cannot be patched."""
    return [_patched(loaded, reader, request) for request in batch]


def patch_size(loaded: Loaded, reader: Reader, request: Patch) -> Size:
    """Tokens of the text, in a row for every part; nothing for one that cannot be read."""
    rows = reader.rows(request.text, request.target)
    if isinstance(rows, Unanswered) or loaded.patchable is None:
        return Size(0, 0)
    layers, heads = len(loaded.patchable.blocks), loaded.patchable.heads
    width = len(PLACES) * (layers + 1) + len(OUTPUTS) * layers
    if request.sites == "heads":
        width = len(request.layers or range(layers)) * heads
    return Size(len(rows) * (CHECKS + width), len(rows[0].encoded))


def _patched(loaded: Loaded, reader: Reader, request: Patch) -> Patched | Unanswered:
    parts = loaded.patchable
    if parts is None:
        return Unanswered("the parts of this model were not found")
    if any(not 0 <= layer < len(parts.blocks) for layer in request.layers):
        return Unanswered(f"the model has layers 0 to {len(parts.blocks) - 1}, and {request.layers} were asked")
    first = reader.rows(request.text, request.target)
    second = reader.rows(request.counterpart, request.target)
    if isinstance(first, Unanswered):
        return first
    if isinstance(second, Unanswered):
        return second
    if (problem := _unfit(first, second)) is not None:
        return problem
    pairs = [Pair(row, other) for row, other in zip(first, second, strict=True)]
    try:
        with inference(loaded), tapped(parts) as taps:
            values = sum(_values(loaded, reader, taps, request, pair) for pair in pairs)
    except REFUSALS as error:
        return Unanswered(f"the model cannot be patched: {type(error).__name__}: {one_line(error)}")
    if not np.isfinite(values).all():
        return Unanswered("the model gave a value that is not a finite number")
    return _answer(request, parts, np.asarray(values), pairs[0])


def _unfit(first: Sequence[Row], second: Sequence[Row]) -> Unanswered | None:
    """Why the two texts do not stand token against token; None where they do."""
    lengths, others = ([len(row.encoded) for row in rows] for rows in (first, second))
    if lengths != others:
        return Unanswered(f"the text has {lengths[0]} tokens and its counterpart {others[0]}", "unaligned")
    if [row.read for row in first] != [row.read for row in second]:
        return Unanswered("the target is read at other tokens of the counterpart", "unaligned")
    if all(row.encoded.ids == other.encoded.ids for row, other in zip(first, second, strict=True)):
        return Unanswered("the text and its counterpart are the same to the model", "unaligned")
    if max(lengths) > MOST_TOKENS:
        return Unanswered(f"the text has {max(lengths)} tokens, and up to {MOST_TOKENS} are patched", "long_text")
    return None


def _values(loaded: Loaded, reader: Reader, taps: Taps, request: Patch, pair: Pair) -> FloatArray:
    """The target on the text and on its counterpart, the checks, and the target with each part patched."""
    with taps.noted(2):
        values = [reader.values([pair.row, pair.other], request.target)]
    edits = [*_checks(taps.parts, pair), *_parts_of(request, taps.parts, pair)]
    computed = np.zeros(len(edits))
    for chosen in loaded.batches([len(pair.row.encoded)] * len(edits)):
        with taps.edited([edits[index] for index in chosen], TEXT):
            computed[chosen] = reader.values([pair.row] * len(chosen), request.target)
    return np.concatenate([*values, computed])


def _checks(parts: Patchable, pair: Pair) -> list[list[Edit]]:
    """Its own states put into the text from the middle on, and all that the layers add from the counterpart.

    A token at which the target is read has the counterpart's own embedding too where it is one that differs.
    """
    count = len(parts.blocks)

    def added(layers: Sequence[int], source: int) -> list[Edit]:
        return [Edit((site, layer), source) for layer in layers for site in ADDED]

    both = tuple(sorted(set(pair.changed) & set(pair.row.read)))
    start = [Edit(("residual", 0), COUNTERPART, both)] if both else []
    same = [Edit(("residual", count // 2), TEXT), *added(range(count // 2, count), TEXT)]
    return [same, [*start, *added(range(count), COUNTERPART)]]


def _parts_of(request: Patch, parts: Patchable, pair: Pair) -> list[list[Edit]]:
    """What a row takes from the counterpart, in the order of the answer's arrays."""
    count = len(parts.blocks)
    if request.sites == "heads":
        layers = request.layers or range(count)
        return [[Edit(("heads", layer), COUNTERPART, head=head)] for layer in layers for head in range(parts.heads)]
    edits = []
    for layer in range(count + 1):
        edits += [[Edit(("residual", layer), COUNTERPART, places)] for places in pair.places]
    for layer in range(count):
        edits += [[Edit((site, layer), COUNTERPART)] for site in OUTPUTS]
    return edits


def _answer(request: Patch, parts: Patchable, values: FloatArray, pair: Pair) -> Patched:
    value, other, nothing, everything = values[: 2 + CHECKS].tolist()
    rest = values[2 + CHECKS :].astype(np.float32)
    count = len(parts.blocks)
    cut = len(PLACES) * (count + 1) if request.sites == "layers" else 0
    heads = request.sites == "heads"
    return Patched(
        value,
        other,
        nothing,
        everything,
        tokens=len(pair.row.encoded),
        changed=pair.changed,
        read=pair.row.read,
        layers=count,
        heads=parts.heads,
        residual=rest[:cut].reshape(-1, len(PLACES)),
        outputs=rest[cut : 0 if heads else None].reshape(-1, len(OUTPUTS)),
        by_head=rest[cut if heads else len(rest) :].reshape(-1, parts.heads),
    )


def _filled(
    loaded: Loaded, text: str, target: Target, row_of: Callable[[Encoded, int, int, float], Row], *, masked: bool
) -> list[Row] | Unanswered:
    """A row for each filler; one for both where the model is fed the same."""
    if not isinstance(target, BetweenFillers):
        return Unanswered("a language model has no classes")
    before, blank, after = text.partition(BLANK)
    if not blank:
        return Unanswered("the text has no blank")
    if (bad := loaded.encoder.unreadable(text, target.positive, target.negative)) is not None:
        return bad
    after = after.replace(BLANK, loaded.encoder.hidden_text) if masked else ""
    rows: list[Row] = []
    for word, sign in ((target.positive, 1.0), (target.negative, -1.0)):
        placed = place_filler(loaded.encoder, before, word, after, special=masked)
        if isinstance(placed, Unanswered):
            return placed
        rows.append(row_of(*placed, sign))
    first, second = rows
    if first.encoded.ids == second.encoded.ids and first.read == second.read:
        return [replace(first, scores=first.scores + second.scores)]
    return rows


def _masked_row(loaded: Loaded, encoded: Encoded, first: int, last: int, sign: float) -> Row:
    mask = int(loaded.encoder.mask_id or 0)
    span = range(first, last)
    ids = tuple(mask if place in span else token for place, token in enumerate(encoded.ids))
    scores = tuple((place, encoded.ids[place], sign) for place in span)
    return Row(replace(encoded, ids=ids), tuple(span), scores)


def _causal_row(loaded: Loaded, encoded: Encoded, first: int, last: int, sign: float) -> Row:
    """The start token and all tokens but the last, which is only read off; the first token alone is not predicted."""
    lead = () if loaded.encoder.start_id is None else (loaded.encoder.start_id,)
    ids = (*lead, *encoded.ids[:last])
    span = range(max(first + len(lead), 1), len(ids))
    scores = tuple((place - 1, ids[place], sign) for place in span)
    return Row(replace(encoded, ids=ids[:-1]), tuple(place - 1 for place in span), scores)


def _token_values(loaded: Loaded, rows: Sequence[Row], **given: Any) -> FloatArray:
    """The signed sum of log-probabilities of each row; all rows are equally long."""
    states = loaded.hidden(input_ids=loaded.tensor([row.encoded.ids for row in rows], 0), **given)
    cells = [(number, place) for number, row in enumerate(rows) for place in dict.fromkeys(row.read)]
    where = torch.tensor(cells, device=loaded.device)
    values = np.zeros(len(rows))
    for part, logits in loaded.chunks(states[where[:, 0], where[:, 1]]):
        asked, signs = [], []
        for offset, (number, place) in enumerate(cells[part]):
            for position, token, sign in rows[number].scores:
                if position == place:
                    asked.append((offset, token))
                    signs.append((number, sign))
        for (number, sign), score in zip(signs, token_scores(logits, asked)[0], strict=True):
            values[number] += sign * score
    return values
