"""Passes of an encoder-decoder: the encoder once a source, the decoder on all of its targets, the head where asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.huggingface.vocabulary import likeliest, moments, token_scores

Ids = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """What the encoder made of texts: states [texts, longest, width], and 1 at real tokens; None: all as long."""

    states: Tensor
    mask: Tensor | None


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked of one target of a source: the tokens from `first` on, and what comes after the last.

    `closers` are tokens of which each may come last, and `top` how many of the likeliest next ones are wanted. `ids`
    begin with the lead.
    """

    source: Ids
    ids: Ids
    first: int
    closers: Ids = ()
    top: int = 0
    moments: bool = False

    @property
    def fed(self) -> Ids:
        """What the decoder reads: not the last token where nothing is read behind it."""
        return self.ids if self.closers or self.top else self.ids[:-1]


@dataclass(slots=True)
class Values:
    """Log-probability and greedy flag of each scored token, and what else was asked. Nats."""

    tokens: list[tuple[float, bool]] = field(default_factory=list)
    closing: float = 0.0
    """Of any of the closing tokens together; 0 where none were asked."""
    likeliest: tuple[tuple[int, float], ...] = ()
    moments: list[tuple[float, float]] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Of all scored tokens and the closing."""
        return float(sum(value for value, _ in self.tokens) + self.closing)


class DecoderRows:
    """Targets side by side, each under its source, read from left to right."""

    def __init__(self, loaded: Loaded, sources: Sources, owners: Sequence[int]) -> None:
        self._loaded = loaded
        self._sources = sources
        self._owners = torch.tensor(list(owners), device=loaded.device)
        self._kept: Any = None

    def advance(self, ids: Tensor, *, keep: bool = True) -> Tensor:
        """States [rows, new, width] of new tokens [rows, new] behind those that were read before."""
        mask = self._sources.mask
        output = self._loaded.writer(
            input_ids=ids,
            encoder_hidden_states=self._sources.states[self._owners],
            encoder_attention_mask=None if mask is None else mask[self._owners],
            past_key_values=self._kept,
            use_cache=keep,
        )
        self._kept = output.past_key_values if keep else None
        states: Tensor = output[0]
        return states

    def read(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Logits of what follows each row, of which so much is new, equally much in each: [rows, vocabulary]."""
        states = self.advance(torch.tensor([list(row) for row in rows], device=self._loaded.device))
        return torch.cat([logits for _, logits in self._loaded.chunks(states[:, -1])]).cpu()

    def select(self, places: Sequence[int]) -> None:
        """Goes on with these rows alone, in this order; one may be named more than once."""
        chosen = torch.tensor(list(places), device=self._loaded.device)
        self._kept.batch_select_indices(chosen)
        self._owners = self._owners[chosen]


def encode_sources(loaded: Loaded, rows: Sequence[Ids]) -> Sources:
    """One pass of the encoder over texts."""
    mask = loaded.padding_mask([len(row) for row in rows])
    return Sources(loaded.hidden(input_ids=loaded.tensor(rows, loaded.encoder.padding), attention_mask=mask), mask)


def begin_writing(loaded: Loaded, sources: Sequence[Ids]) -> tuple[DecoderRows, Tensor]:
    """Rows that have read their lead, and the logits after it; equal sources are read once."""
    different = list(dict.fromkeys(sources))
    rows = DecoderRows(loaded, encode_sources(loaded, different), range(len(different)))
    logits = rows.read([loaded.writing.lead] * len(different))
    place = {source: number for number, source in enumerate(different)}
    places = [place[source] for source in sources]
    if places != list(range(len(different))):
        rows.select(places)
    return rows, logits[torch.tensor(places)]


def target_values(loaded: Loaded, targets: Sequence[Target]) -> list[Values]:
    """What was asked of each target; equal ones are computed once, and those of one source share its encoding."""
    distinct = list(dict.fromkeys(targets))
    values: dict[Target, Values] = {}
    for chosen in packs(distinct, loaded.batch_tokens, loaded.batching):
        members = [distinct[index] for index in chosen]
        values.update(zip(members, _computed(loaded, members), strict=True))
    return [values[target] for target in targets]


def packs(targets: Sequence[Target], budget: int, batching: str = "padded") -> Iterator[list[int]]:
    """Index batches of at most `budget` padded tokens, sources and targets together; longest sources first.

    The targets of a source stay together where they fit.
    """
    groups: dict[Ids, list[int]] = {}
    for index in sorted(range(len(targets)), key=lambda place: (-len(targets[place].ids), targets[place].ids)):
        groups.setdefault(targets[index].source, []).append(index)
    pack = _Pack()
    for source in sorted(groups, key=lambda ids: (-len(ids), ids)):
        lengths = [len(targets[index].ids) for index in groups[source]]
        other = batching == "equal" and len(source) != pack.longest_source
        if pack.members and (other or pack.cost(len(source), lengths) > budget):
            yield pack.members
            pack = _Pack()
        for index, length in zip(groups[source], lengths, strict=True):
            if pack.members and (batching == "single" or pack.cost(len(source), [length], source) > budget):
                yield pack.members
                pack = _Pack()
            pack.add(index, source, length)
    if pack.members:
        yield pack.members


class _Pack:
    """A batch as it fills up."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self.longest_source = 0
        self._sources: dict[Ids, None] = {}
        self._longest = 0

    def cost(self, source: int, lengths: Sequence[int], held: Ids | None = None) -> int:
        """Padded tokens with targets of these lengths more, whose source is so long."""
        sources = len(self._sources) + (held not in self._sources)
        rows = len(self.members) + len(lengths)
        return sources * max(self.longest_source, source) + rows * max(self._longest, *lengths)

    def add(self, index: int, source: Ids, length: int) -> None:
        self.members.append(index)
        self._sources[source] = None
        self.longest_source = max(self.longest_source, len(source))
        self._longest = max(self._longest, length)


def _computed(loaded: Loaded, targets: Sequence[Target]) -> list[Values]:
    """One batch: states at every place that something is read of, then the head over these."""
    states, place_of = _states(loaded, targets)
    asked: dict[int, dict[int, None]] = {}
    for number, target in enumerate(targets):
        for place in range(target.first, len(target.ids)):
            asked.setdefault(place_of(number, place - 1), {})[target.ids[place]] = None
        if target.closers or target.top:
            asked.setdefault(place_of(number, len(target.ids) - 1), {}).update(dict.fromkeys(target.closers))
    tops = {place_of(number, len(target.ids) - 1): target.top for number, target in enumerate(targets) if target.top}
    spread = {
        place_of(number, place - 1)
        for number, target in enumerate(targets)
        for place in range(target.first, len(target.ids))
        if target.moments
    }
    read = _read(loaded, states, asked, tops, spread)
    return [_values(target, number, place_of, read) for number, target in enumerate(targets)]


@dataclass(slots=True)
class _Read:
    tokens: dict[tuple[int, int], tuple[float, bool]] = field(default_factory=dict)
    tops: dict[int, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    moments: dict[int, tuple[float, float]] = field(default_factory=dict)


def _read(
    loaded: Loaded, states: Tensor, asked: dict[int, dict[int, None]], tops: dict[int, int], spread: set[int]
) -> _Read:
    read, places = _Read(), list(asked)
    for part, logits in loaded.chunks(states[torch.tensor(places, device=loaded.device)]):
        inside = places[part]
        cells = [(offset, token) for offset, place in enumerate(inside) for token in asked[place]]
        if cells:
            for (offset, token), value, greedy in zip(cells, *token_scores(logits, cells), strict=True):
                read.tokens[inside[offset], token] = (value, greedy)
        for offset, place in enumerate(inside):
            if place in tops:
                read.tops[place] = likeliest(logits, offset, tops[place])
        wanted = [offset for offset, place in enumerate(inside) if place in spread]
        if wanted:
            for offset, mean, deviation in zip(wanted, *moments(logits[wanted]), strict=True):
                read.moments[inside[offset]] = (mean, deviation)
    return read


def _values(target: Target, number: int, place_of: Callable[[int, int], int], read: _Read) -> Values:
    places = [place_of(number, place - 1) for place in range(target.first, len(target.ids))]
    last = place_of(number, len(target.ids) - 1) if target.closers or target.top else -1
    closing = [read.tokens[last, token][0] for token in target.closers]
    return Values(
        [read.tokens[place, token] for place, token in zip(places, target.ids[target.first :], strict=True)],
        float(np.logaddexp.reduce(closing)) if closing else 0.0,
        read.tops[last] if target.top else (),
        [read.moments[place] for place in places] if target.moments else [],
    )


def _states(loaded: Loaded, targets: Sequence[Target]) -> tuple[Tensor, Callable[[int, int], int]]:
    """States of the decoder [places, width], and where that of a token of a target stands among them.

    The lead is read once per source where the model can go on from it.
    """
    different = list(dict.fromkeys(target.source for target in targets))
    owner = {source: number for number, source in enumerate(different)}
    owners = [owner[target.source] for target in targets]
    sources = encode_sources(loaded, different)
    if not loaded.writing.cached:
        fed = [target.fed for target in targets]
        states = DecoderRows(loaded, sources, owners).advance(loaded.tensor(fed, loaded.encoder.padding), keep=False)
        width = states.shape[1]
        return states.flatten(0, 1), lambda number, place: number * width + place
    lead = loaded.writing.lead
    rows = DecoderRows(loaded, sources, range(len(different)))
    flat = rows.advance(loaded.tensor([lead] * len(different), 0))[:, -1]
    rest = [target.fed[len(lead) :] for target in targets]
    width = max(map(len, rest))
    if width:
        rows.select(owners)
        behind = rows.advance(loaded.tensor(rest, loaded.encoder.padding))
        flat = torch.cat([flat, behind.flatten(0, 1)])

    def place_of(number: int, place: int) -> int:
        inside = place - len(lead)
        return owners[number] if inside < 0 else len(different) + number * width + inside

    return flat, place_of
