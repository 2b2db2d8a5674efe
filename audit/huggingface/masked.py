"""A masked language model: distributions at blanks and pseudo-log-likelihoods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch

from fairwitness.audit.huggingface.attention import attention_maps, token_texts
from fairwitness.audit.huggingface.describe import DescribesItsWeights
from fairwitness.audit.huggingface.embed import embed_size, embeddings
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.gradient_paths import filler_gradients
from fairwitness.audit.huggingface.gradients import Points
from fairwitness.audit.huggingface.layers import layers_size, read_layers
from fairwitness.audit.huggingface.loaded import Loaded, verb
from fairwitness.audit.huggingface.patching import Reader, masked_reader, patch_size, patched
from fairwitness.audit.huggingface.place import place_filler
from fairwitness.audit.huggingface.randomised import Randomisable
from fairwitness.audit.huggingface.translators import FitsItsTranslators
from fairwitness.audit.huggingface.unmasked import unmasked_likelihoods
from fairwitness.audit.huggingface.vocabulary import likeliest, token_scores
from fairwitness.audit.internals import Layers, ReadLayers
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import (
    BLANK,
    Attend,
    Attention,
    Embed,
    Embedding,
    Filled,
    FillMask,
    Patch,
    Patched,
    PseudoLogLikelihood,
    Request,
    Target,
    TokenScores,
    Unanswered,
    UnmaskedLikelihood,
)
from fairwitness.audit.subject import Background, PathGradients, Size


@dataclass(slots=True)
class Row:
    """A sequence with masks: values of the (position, token) pairs wanted, likeliest tokens by position."""

    ids: tuple[int, ...]
    wanted: dict[tuple[int, int], tuple[float, bool]] = field(default_factory=dict)
    tops: dict[int, int] = field(default_factory=dict)
    likeliest: dict[int, tuple[tuple[int, float], ...]] = field(default_factory=dict)


class Sheet:
    """All rows of a batch; equal rows are computed once."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, ...], Row] = {}

    def row(self, ids: tuple[int, ...]) -> Row:
        """The row with these ids, made when it is new."""
        return self.rows.setdefault(ids, Row(ids))


Cells: TypeAlias = tuple[Row, tuple[tuple[int, int], ...]]
"""(position, token) pairs of one row."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How one FillMask is read off its rows: per target its cells; row, position and number of the likeliest tokens."""

    targets: tuple[Cells, ...]
    top: tuple[Row, int, int] | None = None


class MaskedSubject(Randomisable, DescribesItsWeights, FitsItsTranslators):
    """Answers FillMask, PseudoLogLikelihood and Attend, and differentiates."""

    def __init__(self, loaded: Loaded, info: SubjectInfo) -> None:
        self._loaded = loaded
        self._encoder = loaded.encoder
        self.info = info
        self.batch_tokens = loaded.batch_tokens
        self.arithmetic = loaded.arithmetic

    def sizes(self, requests: Sequence[Request]) -> list[Size]:
        """Rows and tokens that each request costs when it is alone in its batch."""
        return [self._size(request) for request in requests]

    def _size(self, request: Request) -> Size:
        sheet = Sheet()
        if isinstance(request, FillMask):
            plan: object = self._plan_fill(request, sheet)
        elif isinstance(request, PseudoLogLikelihood):
            plan = self._plan_likelihood(request, sheet)
        elif isinstance(request, Attend | UnmaskedLikelihood):
            encoded = self._encoder.whole(request.text)
            return Size(0, 0) if isinstance(encoded, Unanswered) else Size(1, len(encoded))
        elif isinstance(request, ReadLayers):
            return layers_size(self._encoder, request, causal=False)
        elif isinstance(request, Embed):
            return embed_size(self._encoder, request, causal=False)
        elif isinstance(request, Patch):
            return patch_size(self._loaded, self._reader, request)
        else:
            return Size(0, 0)
        if isinstance(plan, Unanswered):
            return Size(0, 0)
        return Size(len(sheet.rows), max(map(len, sheet.rows)))

    @verb
    def fill_masks(self, batch: Sequence[FillMask]) -> list[Filled | Unanswered]:
        """Distributions at the asked blanks; the head runs at their masks only."""
        sheet = Sheet()
        plans = [self._plan_fill(request, sheet) for request in batch]
        self._compute(sheet)
        return [plan if isinstance(plan, Unanswered) else self._read_fill(plan) for plan in plans]

    @verb
    def pseudo_log_likelihoods(self, batch: Sequence[PseudoLogLikelihood]) -> list[TokenScores | Unanswered]:
        """One masked row per token of every text, packed over the whole batch."""
        sheet = Sheet()
        plans = [self._plan_likelihood(request, sheet) for request in batch]
        self._compute(sheet)
        return [plan if isinstance(plan, Unanswered) else _read_likelihood(*plan) for plan in plans]

    def embed(self, batch: Sequence[Embed]) -> list[Embedding | Unanswered]:
        """Vectors of texts, packed over the whole batch."""
        return embeddings(self._loaded, batch, causal=False)

    def unmasked_likelihoods(self, batch: Sequence[UnmaskedLikelihood]) -> list[TokenScores | Unanswered]:
        """Every token of texts with nothing masked, packed over the whole batch."""
        return unmasked_likelihoods(self._loaded, [self._encoder.whole(request.text) for request in batch])

    def attend(self, batch: Sequence[Attend]) -> list[Attention | Unanswered]:
        """Attention maps of each text."""
        return attention_maps(self._loaded, [self._encoder.whole(request.text) for request in batch])

    @verb
    def read_layers(self, batch: Sequence[ReadLayers]) -> list[Layers | Unanswered]:
        """What each layer says at the first blank of each text."""
        return read_layers(self._loaded, batch, causal=False)

    def patch(self, batch: Sequence[Patch]) -> list[Patched | Unanswered]:
        """The target of each pair of texts with one part after another patched."""
        return patched(self._loaded, self._reader, batch)

    @property
    def _reader(self) -> Reader:
        return masked_reader(self._loaded)

    def token_texts(self, text: str) -> tuple[str, ...]:
        """The tokens of a text as attention maps name them."""
        return token_texts(self._loaded, self._encoder.whole(text))

    def unread(self, text: str) -> str:
        """What tells this text from others whose words the tokenizer does not know either; empty: it knows all."""
        return self._encoder.unread(text)

    @property
    def hidden_text(self) -> str:
        """The token that stands for a hidden word, as a text spells it."""
        return self._encoder.hidden_text

    def path_gradients(
        self, text: str, target: Target, alphas: Sequence[float], background: Background = "hidden", seed: int = 0
    ) -> PathGradients | Unanswered:
        """Gradients of the log-odds of two fillers at the first blank."""
        return filler_gradients(self._loaded, text, target, Points(alphas, background, seed), masked=True)

    def _plan_fill(self, request: FillMask, sheet: Sheet) -> Fill | Unanswered:
        mask = self._encoder.token(self._mask)
        parts = request.text.split(BLANK)
        if not 0 <= request.at < len(parts) - 1:
            return Unanswered(f"the text has {len(parts) - 1} blanks, and number {request.at} (from 0) was asked")
        before, after = mask.join(parts[: request.at + 1]), mask.join(parts[request.at + 1 :])
        targets: list[Cells] = []
        for word in request.targets:
            placed = place_filler(self._encoder, before, word, after)
            if isinstance(placed, Unanswered):
                return placed
            encoded, first, last = placed
            row = sheet.row(_hide(encoded.ids, range(first, last), self._mask))
            pairs = tuple((position, encoded.ids[position]) for position in range(first, last))
            row.wanted.update(dict.fromkeys(pairs, (0.0, False)))
            targets.append((row, pairs))
        if request.top:
            top = self._plan_top(request, before + mask + after, sheet)
            return top if isinstance(top, Unanswered) else Fill(tuple(targets), top)
        return Fill(tuple(targets)) if targets else Unanswered("neither targets nor likeliest tokens were asked")

    def _plan_top(self, request: FillMask, text: str, sheet: Sheet) -> tuple[Row, int, int] | Unanswered:
        encoded = self._encoder.whole(text)
        if isinstance(encoded, Unanswered):
            return encoded
        masks = [place for place, token in enumerate(encoded.ids) if token == self._mask]
        if len(masks) <= request.at:
            return Unanswered("the tokenizer does not keep the mask token in this text")
        row, position = sheet.row(encoded.ids), masks[request.at]
        row.tops[position] = max(row.tops.get(position, 0), request.top)
        return row, position, request.top

    def _plan_likelihood(
        self, request: PseudoLogLikelihood, sheet: Sheet
    ) -> tuple[list[Cells], tuple[int, ...]] | Unanswered:
        encoded = self._encoder.whole(request.text)
        if isinstance(encoded, Unanswered):
            return encoded
        begin, end = request.span or (0, len(request.text))
        scored = [p for p in range(len(encoded)) if not encoded.special[p] and encoded.ids[p] != self._mask]
        scored = [p for p in scored if begin <= encoded.starts[p] < end]
        if not scored:
            return Unanswered("the text has no tokens to score")
        cells: list[Cells] = []
        for position in scored:
            hidden = [position]
            if request.variant == "word_l2r":
                hidden += _later_pieces(encoded, position)
            row = sheet.row(_hide(encoded.ids, hidden, self._mask))
            row.wanted[position, encoded.ids[position]] = (0.0, False)
            cells.append((row, ((position, encoded.ids[position]),)))
        return cells, tuple(encoded.starts[position] for position in scored)

    @property
    def _mask(self) -> int:
        mask = self._encoder.mask_id
        assert mask is not None, "the loader refuses a masked model without a mask token"  # noqa: S101
        return mask

    def _compute(self, sheet: Sheet) -> None:
        rows = list(sheet.rows.values())
        for chosen in self._loaded.batches([len(row.ids) for row in rows]):
            self._forward([rows[index] for index in chosen])

    def _forward(self, rows: Sequence[Row]) -> None:
        loaded = self._loaded
        places = [_positions(row) for row in rows]
        states = loaded.hidden_at(
            loaded.tensor(places, 0),
            input_ids=loaded.tensor([row.ids for row in rows], loaded.encoder.padding),
            attention_mask=loaded.padding_mask([len(row.ids) for row in rows]),
        )
        cells = [(number, column) for number, listed in enumerate(places) for column in range(len(listed))]
        where = torch.tensor(cells, device=loaded.device)
        for part, logits in loaded.chunks(states[where[:, 0], where[:, 1]]):
            chosen = [(rows[number], places[number][column]) for number, column in cells[part]]
            for offset, (row, position) in enumerate(chosen):
                if (count := row.tops.get(position)) is not None:
                    row.likeliest[position] = likeliest(logits, offset, count)
            _store(chosen, logits)

    def _read_fill(self, plan: Fill) -> Filled | Unanswered:
        sums = [np.float32(sum(row.wanted[pair][0] for pair in pairs)) for row, pairs in plan.targets]
        top: tuple[tuple[int, float], ...] = ()
        if plan.top is not None:
            row, position, number = plan.top
            top = row.likeliest[position][:number]
        if not np.isfinite(np.array([*sums, *(value for _, value in top)], dtype=np.float32)).all():
            return Unanswered("the model gave a value that is not a finite number")
        ids = tuple(token for token, _ in top)
        words = tuple(zip(self.token_words(ids), (value for _, value in top), strict=True))
        counts = tuple(len(pairs) for _, pairs in plan.targets)
        return Filled(tuple(float(value) for value in sums), counts, words, ids)

    def token_words(self, ids: Sequence[int]) -> tuple[str, ...]:
        """Single tokens of the vocabulary as they fill a blank."""
        return tuple(self._encoder.tokenizer.decode([token]).strip() for token in ids)


def _hide(ids: tuple[int, ...], positions: Sequence[int], mask: int) -> tuple[int, ...]:
    hidden = list(ids)
    for position in positions:
        hidden[position] = mask
    return tuple(hidden)


def _later_pieces(encoded: Encoded, position: int) -> list[int]:
    word = encoded.words[position]
    return [later for later in range(position + 1, len(encoded)) if word >= 0 and encoded.words[later] == word]


def _positions(row: Row) -> list[int]:
    return sorted({position for position, _ in row.wanted} | set(row.tops))


def _store(chosen: Sequence[tuple[Row, int]], logits: torch.Tensor) -> None:
    """Writes the wanted values of each (row, position), which are read off the same row of the logits."""
    asked = [
        (offset, token)
        for offset, (row, position) in enumerate(chosen)
        for place, token in row.wanted
        if place == position
    ]
    if not asked:
        return
    for (offset, token), value, greedy in zip(asked, *token_scores(logits, asked), strict=True):
        row, position = chosen[offset]
        row.wanted[position, token] = (value, greedy)


def _read_likelihood(cells: list[Cells], starts: tuple[int, ...]) -> TokenScores | Unanswered:
    values = [row.wanted[pair] for row, pairs in cells for pair in pairs]
    if not np.isfinite([value for value, _ in values]).all():
        return Unanswered("the model gave a value that is not a finite number")
    ids = tuple(token for _, pairs in cells for _, token in pairs)
    return TokenScores(tuple(value for value, _ in values), tuple(greedy for _, greedy in values), starts, ids=ids)
