"""Short questions to a freshly loaded encoder-decoder, each asked in two ways, and one that it must answer for itself.

Does it hang on its source, does it write from the left, and is what it gives in one pass, padded and in batches, what
it gives step by step and alone? Blanks are asked of it only where it is seen to fill them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.loaded import REFUSALS, Batching, Loaded
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.sequences.passes import DecoderRows, Target, encode_sources, target_values
from fairwitness.audit.huggingface.sequences.writing import Writing, barred_of, find_writing
from fairwitness.audit.huggingface.tokenizer import SENTENCES
from fairwitness.audit.huggingface.tries import LONG, SHORT, difference, readable, sample_ids
from fairwitness.audit.reasons import note
from fairwitness.audit.records import Name, Note

REBUILT = 0.5
"""Share of a text's other tokens that a model must write back as likeliest where it is to fill a blank in it."""
FEW = 12
"""Tokens of a text that is tried with a blank."""


def examine_writing(loaded: Loaded, spec: str) -> tuple[dict[str, str], list[Note]]:
    """Sets what `Loaded` says of an encoder-decoder; gives the requests that it does not answer, and notes.

    Raises UnfitModel where its targets do not hang on the source or are not written from the left, where it answers
    otherwise each time, and where decoder and head cannot be run one after the other.
    """
    called = f"{spec} is {type(loaded.model).__name__}"
    loaded.writing = find_writing(spec, loaded.model, loaded.encoder)
    trial = _Trial(loaded, called)
    trial.refuse()
    lacking: dict[str, str] = {}
    loaded.forbidden = (*loaded.forbidden, *barred_of(loaded.model))
    loaded.batching = trial.batching()
    if trial.goes_on():
        loaded.writing = replace(loaded.writing, cached=True)
        loaded.selects = True
    else:
        lacking["Generate"] = "no_cache"
    if problem := _fills(loaded):
        lacking["FillMask"] = problem
        loaded.writing = replace(loaded.writing, blanks="")
    return lacking, _notes(loaded.writing)


def _notes(writing: Writing) -> list[Note]:
    notes = [note("translates" if writing.translates else "empty_source", "source")]
    if writing.target_language:
        source, target = Name(writing.source_language or "-"), Name(writing.target_language)
        notes.append(note("languages", "source", source=source, target=target))
    return notes


class _Trial:
    """Two sources of two lengths, two targets, and what the whole model gives for each alone."""

    def __init__(self, loaded: Loaded, called: str) -> None:
        self._loaded = loaded
        self._called = called
        lead = loaded.writing.lead
        first, second, target = sample_ids(loaded, 3, readable(loaded, LONG))
        short = second[: min(SHORT, len(second))]
        self.sources = first, short
        self.targets = (*lead, *target[: readable(loaded, LONG) - len(lead)]), (*lead, *target[:2])
        try:
            self.alone = [self.whole(*pair) for pair in zip(self.sources, self.targets, strict=True)]
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{called}, and a plain source and target cannot be put to it: {why}") from error

    def whole(self, source: Sequence[int], target: Sequence[int]) -> Tensor:
        """Log-probabilities [tokens, vocabulary] of what follows each token of a target, in one pass of the model."""
        logits = self._loaded.model(
            input_ids=self._loaded.tensor([source], 0), decoder_input_ids=self._loaded.tensor([target], 0)
        ).logits[0]
        return torch.log_softmax(logits.float(), dim=-1)

    def refuse(self) -> None:
        """Raises UnfitModel for what makes every answer mean something else."""
        source, target = self.sources[0], self.targets[0]
        again = self._off(self.whole(source, target), self.alone[0])
        if again > 0:
            raise UnfitModel(
                f"{self._called} and gives another answer to the same source each time ({again:.2g} apart)"
            )
        last = next((token for token in (*self.sources[1], *source) if token != target[-1]), target[-1])
        if self._off(self.whole(source, (*target[:-1], last))[:-1], self.alone[0][:-1]) > 0:
            raise UnfitModel(
                f"{self._called}, and another last token of a target moves the scores of those before it: it does not "
                "write from the left"
            )
        if self._off(self.whole(self.sources[1], target), self.alone[0]) == 0:
            raise UnfitModel(
                f"{self._called}, and what it writes does not hang on its source: with another one every score is the "
                "same; are the weights between encoder and decoder there?"
            )
        try:
            apart = max(
                self._off(self._read([pair])[0], alone) for pair, alone in zip(self._pairs(), self.alone, strict=True)
            )
        except REFUSALS as error:
            raise UnfitModel(f"{self._called}, and its parts cannot be run apart: {one_line(error)}") from error
        if apart > 0:
            raise UnfitModel(
                f"{self._called}, and its encoder, decoder and head run one after the other give other scores than the "
                f"whole model (by {apart:.2g} nats)"
            )

    def batching(self) -> Batching:
        """Which pairs may share a batch without changing one another's scores."""
        try:
            padded = self._read(self._pairs())
            if max(map(self._off, padded, self.alone)) == 0:
                return "padded"
        except REFUSALS:
            pass  # it takes no mask of padding
        source = self.sources[0]
        pairs = [(source, self.targets[0]), (tuple(reversed(source)), self.targets[1])]
        try:
            expected = [self.alone[0], self.whole(*pairs[1])]
            return "equal" if max(map(self._off, self._read(pairs), expected)) == 0 else "single"
        except REFUSALS:
            return "single"

    def goes_on(self) -> bool:
        """Whether rows read token by token, repeated, dropped and in another order, have the scores of one pass."""
        loaded, lead = self._loaded, self._loaded.writing.lead
        order = [0, 1, 0] if loaded.batching == "padded" else [0, 0]
        sources = self.sources if loaded.batching == "padded" else self.sources[:1]
        target = self.targets[0]
        try:
            rows = DecoderRows(loaded, encode_sources(loaded, sources), range(len(sources)))
            logits = [rows.read([lead] * len(sources))[order]]
            rows.select(order)
            for token in target[len(lead) :]:
                logits.append(rows.read([[token]] * len(order)))
            expected = [self.whole(source, target)[len(lead) - 1 :] for source in sources]
        except REFUSALS:
            return False
        scores = torch.log_softmax(torch.stack(logits, dim=1), dim=-1)
        return all(
            self._off(scores[row].to(expected[0].device), expected[place]) == 0 for row, place in enumerate(order)
        )

    def _pairs(self) -> list[tuple[Sequence[int], Sequence[int]]]:
        return list(zip(self.sources, self.targets, strict=True))

    def _read(self, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[Tensor]:
        """As `whole`, with the parts run apart and all pairs in one batch."""
        loaded = self._loaded
        sources = encode_sources(loaded, [tuple(source) for source, _ in pairs])
        ids = loaded.tensor([target for _, target in pairs], loaded.encoder.padding)
        states = DecoderRows(loaded, sources, range(len(pairs))).advance(ids, keep=False)
        return [
            torch.log_softmax(loaded.logits(row[: len(target)]), dim=-1)
            for row, (_, target) in zip(states, pairs, strict=True)
        ]

    def _off(self, actual: Tensor, expected: Tensor) -> float:
        return difference(self._loaded, actual, expected)


def _fills(loaded: Loaded) -> str:
    """Why blanks are not asked of it; empty where it was seen to fill them."""
    writing = loaded.writing
    if not writing.blanks:
        return "no_blanks"
    if writing.translates:
        return "translates"
    texts = [*_plain_texts(loaded), *sample_ids(loaded, 2, readable(loaded, LONG) - 1)]
    if writing.blanks == "spans":
        return "" if any(_begins_with_sentinel(loaded, ids) for ids in texts) else "no_spans_filled"
    return "" if any(_rebuilds(loaded, ids) for ids in texts) else "not_rebuilt"


def _plain_texts(loaded: Loaded) -> Iterator[tuple[int, ...]]:
    for sentence in SENTENCES:
        ids = loaded.encoder.encode(sentence, special=False).ids[:FEW]
        if len(ids) > 2 and (len(ids) + 4) <= loaded.encoder.limit:
            yield ids


def _begins_with_sentinel(loaded: Loaded, ids: Sequence[int]) -> bool:
    """Whether the likeliest beginning of a target is the sentinel that stands in the source."""
    writing, middle = loaded.writing, len(ids) // 2
    hidden = (*ids[:middle], writing.sentinels[0], *ids[middle + 1 :])
    [values] = target_values(loaded, [_of(writing, hidden, (writing.sentinels[0],))])
    return values.tokens[0][1]


def _rebuilds(loaded: Loaded, ids: Sequence[int]) -> bool:
    """Whether the tokens around a masked one come back as the likeliest, each behind those before it."""
    writing, middle = loaded.writing, len(ids) // 2
    hidden = (*ids[:middle], loaded.encoder.mask_id or 0, *ids[middle + 1 :])
    [values] = target_values(loaded, [_of(writing, hidden, ids)])
    others = [greedy for place, (_, greedy) in enumerate(values.tokens) if place != middle]
    return sum(others) >= REBUILT * len(others)


def _of(writing: Writing, source: Sequence[int], target: Sequence[int]) -> Target:
    return Target((*writing.before, *source, *writing.behind), (*writing.lead, *target), len(writing.lead))
