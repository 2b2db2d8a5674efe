"""Short questions to a freshly loaded model: what goes wrong here would be measured as bias or as its absence.

Each compares two ways of asking the same thing. Models differ in what they do with padding, with a causal mask and with
attention; none of it can be told from a configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor
from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from fairwitness.audit.errors import UnfitModel
from fairwitness.audit.huggingface.attention import attention_layers, eager
from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.loaded import REFUSALS, Batching, Loaded
from fairwitness.audit.huggingface.questions import boundary_logits
from fairwitness.audit.huggingface.quiet import one_line
from fairwitness.audit.huggingface.tagger import token_logits

TOLERANCE = 1e-4
"""Largest difference of one token's log-probability between two ways that count as the same."""
COARSE = 0.2
"""The same in half precision, where the same sum in another order moves a token by less than this."""
ROUNDED = 10.0
"""Size of a number up to which rounding moves it by no more than that; a larger one in proportion."""
LONG, SHORT = 9, 4
"""Tokens of the rows that are tried together."""
UNDECODED = (
    'if it was trained to write from left to right, its config.json lacks "is_decoder": true; if it fills masks, its '
    "architecture there should be one that ends in ForMaskedLM"
)
TEXT, OTHER, LONGER = "I.", "It.", "I and you and we and they."
"""Contexts to a question: two that are as long as one another in most tokenizers, and a longer one."""


Reading: TypeAlias = Literal[
    "masked tokens", "next tokens", "classes", "spans", "tags", "states", "targets", "pictures"
]
"""What answers are read from: probabilities of tokens in a text that is read whole, or of each token after those before
it; logits of classes; logits of where a span begins and ends; logits of the label of each token; hidden states;
probabilities of what is written for a source. Pictures are tried elsewhere (`images`)."""


@dataclass(frozen=True, slots=True)
class Maps:
    """What is wrong with the attention maps; empty where they are right."""

    problem: str = ""
    padded: bool = True
    """Whether a row in a padded batch, run as maps need it, has the states and maps that it has alone."""


def sample_ids(loaded: Loaded, count: int, length: int) -> list[tuple[int, ...]]:
    """Random rows of ordinary ids, the same for the same vocabulary."""
    vocabulary = loaded.model.get_input_embeddings().weight.shape[0]
    barred = [token for token in (loaded.encoder.padding, loaded.encoder.mask_id) if token is not None]
    ordinary = np.delete(np.arange(vocabulary), barred)
    draws = np.random.default_rng(0).integers(len(ordinary), size=(count, length))
    return [tuple(int(ordinary[place]) for place in row) for row in draws]


def readable(loaded: Loaded, wanted: int) -> int:
    """`wanted` tokens, or as many as the model reads."""
    return max(1, min(wanted, loaded.encoder.limit))


def difference(loaded: Loaded, actual: Tensor, expected: Tensor, *, states: bool = False) -> float:
    """Largest difference of two outputs, less what rounding explains: above 0 they are not the same.

    `states` are hidden states that were brought to a length of about 1; all else are logits or log-probabilities.
    Expected ones that are no numbers are compared with nothing: every answer made of them will say so. Where only the
    found ones are none, they differ. Numbers are rounded in proportion to their size, so those beyond `ROUNDED` may be
    farther apart: a log-probability of -25 by two and a half times as much.
    """
    if actual.shape != expected.shape:
        return float("inf")
    if not bool(torch.isfinite(expected).all()):
        return 0.0
    if not bool(torch.isfinite(actual).all()):
        return float("inf")
    allowed = slack(loaded) / (10 if states and loaded.dtype != torch.float32 else 1)
    expected = expected.float()
    beyond = (actual.float() - expected).abs() - allowed * (expected.abs() / ROUNDED).clamp(min=1)
    return max(0.0, float(beyond.max()))


def slack(loaded: Loaded) -> float:
    """How far apart two logits or log-probabilities may be that are the same but for rounding."""
    return TOLERANCE if loaded.dtype == torch.float32 else COARSE


class Tries:
    """Rows of text, and the outputs that answers to them are read from, by the paths that subjects take.

    Raises UnfitModel where a plain row cannot be put to the model at all.
    """

    def __init__(self, loaded: Loaded, reading: Reading, spec: str) -> None:
        self.loaded = loaded
        self.reading: Reading = reading
        self._called = f"{spec} is {type(loaded.model).__name__}"
        self.rows = self._rows()
        self._refuse_what_a_text_lacks()
        try:
            self.first = self.outputs(self.rows[:1])[0]
            self.short = self.outputs(self.rows[1:2])[0]
        except REFUSALS as error:
            why = f"{type(error).__name__}: {one_line(error)}"
            raise UnfitModel(f"{self._called}, and a plain text cannot be put to it: {why}") from error

    def _refuse_what_a_text_lacks(self) -> None:
        """XLM and FlauBERT want to know languages, and find the end of a text by their own token of padding."""
        config, padding = self.loaded.model.config, self.loaded.encoder.pad_id
        if getattr(config, "use_lang_emb", False) and config.n_langs > 1:
            raise UnfitModel(
                f"{self._called} and is told of every token which of {config.n_langs} languages it is in, which a "
                "plain text does not say"
            )
        if padding is not None and getattr(config, "pad_index", padding) != padding:
            raise UnfitModel(
                f"{self._called}: its config.json takes token {config.pad_index} for padding (pad_index) and its "
                f"tokenizer {padding}"
            )

    def _rows(self) -> list[Encoded]:
        """A row, its beginning, and another row as long as that; real texts where a model must see where one ends."""
        loaded = self.loaded
        if self.reading == "spans":
            texts = [loaded.encoder.whole("Who?", text) for text in (LONGER, TEXT, OTHER)]
            if all(isinstance(text, Encoded) for text in texts):
                return [text for text in texts if isinstance(text, Encoded)]
        long, other = sample_ids(loaded, 2, readable(loaded, LONG))
        short = min(SHORT, max(1, len(long) - 1))
        return [_bare(long), _bare(long[:short]), _bare(other[:short])]

    def outputs(self, rows: Sequence[Encoded]) -> list[Tensor]:
        """What answers to each row are read from when they are asked in one batch: [tokens, ...], or [classes]."""
        loaded, lengths = self.loaded, [len(row) for row in rows]
        if self.reading == "spans":
            logits = torch.from_numpy(boundary_logits(loaded, rows))
            return [logit[:, :length] for logit, length in zip(logits, lengths, strict=True)]
        if self.reading == "tags":
            return [logit[:length] for logit, length in zip(token_logits(loaded, rows), lengths, strict=True)]
        if self.reading == "classes":
            return list(loaded.class_logits(rows))
        states = loaded.hidden(
            input_ids=loaded.tensor([row.ids for row in rows], loaded.encoder.padding),
            attention_mask=loaded.padding_mask(lengths),
            use_cache=False if self.reading == "next tokens" else None,
        )
        cut = [state[:length] for state, length in zip(states, lengths, strict=True)]
        if self.reading == "states":
            return [torch.nn.functional.normalize(value.float(), dim=-1) for value in cut]
        scores = torch.log_softmax(loaded.logits(torch.cat(cut)), dim=-1)
        return list(torch.split(scores, lengths))

    def repeats(self) -> None:
        """Raises UnfitModel where the same row gets another answer the second time."""
        moved = self._off(self.outputs(self.rows[:1])[0], self.first)
        if moved > 0:
            raise UnfitModel(
                f"{self._called} and gives another answer to the same text each time ({moved:.2g} apart): nothing "
                "measured of it could be repeated"
            )

    def refuse_unless_causal(self) -> None:
        """Raises UnfitModel where the score of a token hangs on what comes after it."""
        ids = self.rows[0].ids
        last = next((token for token in (*ids, *self.rows[2].ids) if token != ids[-1]), None)
        if len(ids) < 2 or last is None:
            return
        changed = self.outputs([_bare((*ids[:-1], last))])[0]
        moved = self._off(changed[:-1], self.first[:-1])
        if moved > 0:
            reads_both_ways = self.loaded.model.config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
            raise UnfitModel(
                f"{self._called}, and no causal model as it is: another last token moves the scores of those before it "
                f"by {moved:.2g} nats{'; ' + UNDECODED if reads_both_ways else ''}"
            )
        moved = self._off(self.short, self.first[: len(self.short)])
        if moved > 0:
            raise UnfitModel(
                f"{self._called}, and its scores of a text's beginning hang on how long the text is (by {moved:.2g} "
                "nats): they are no probabilities of what comes next"
            )

    def batching(self) -> Batching:
        """Which rows may share a batch without changing one another's answers."""
        long, short, other = self.rows
        try:
            padded = self.outputs([long, short])
            if max(self._off(padded[0], self.first), self._off(padded[1], self.short)) == 0:
                return "padded"
        except REFUSALS:
            pass  # it takes no mask of padding
        try:
            return "equal" if self._off(self.outputs([short, other])[0], self.short) == 0 else "single"
        except REFUSALS:
            return "single"

    def _off(self, actual: Tensor, expected: Tensor) -> float:
        return difference(self.loaded, actual, expected, states=self.reading == "states")


def attention_maps_tried(loaded: Loaded, rows: Sequence[Encoded], *, in_batches: bool) -> Maps:
    """Whether a model gives a map of every token on every token in each layer, with rows that sum to 1.

    `in_batches` also compares the outputs of a padded batch, as maps need it to be run, with those of each row alone.
    """
    long, short = rows[0], rows[1]
    try:
        with eager(loaded.model):
            alone = [attention_layers(loaded, [row.ids], None) for row in (long, short)]
            # Two lengths: the map of a window, one wide, looks right for texts of that very length.
            for row, (_, layers) in zip((long, short), alone, strict=True):
                if problem := _problem(loaded, layers, len(row)):
                    return Maps(problem)
            if not in_batches:
                return Maps()
            both, _ = attention_layers(loaded, [long.ids, short.ids], loaded.padding_mask([len(long), len(short)]))
    except REFUSALS:
        return Maps("no_maps")
    (first, _), (second, _) = alone
    scale = max(1.0, float(first.float().abs().max()))
    pairs = ((both[0], first[0]), (both[1, : len(short)], second[0]))
    return Maps(
        padded=all(difference(loaded, value / scale, other / scale, states=True) == 0 for value, other in pairs)
    )


def _problem(loaded: Loaded, layers: Any, length: int) -> str:
    if not layers or any(layer is None for layer in layers):
        return "no_maps"
    shapes = {tuple(layer.shape) for layer in layers}
    if len(shapes) > 1 or any(len(shape) != 4 or shape[0] != 1 or shape[2:] != (length, length) for shape in shapes):
        return "odd_maps"
    sums = torch.stack([layer.float().sum(dim=-1) for layer in layers])
    if not bool(torch.isfinite(sums).all()):
        return ""
    off = float((sums - 1).abs().max())
    least = min(float(layer.min()) for layer in layers)
    if off > (1e-3 if loaded.dtype == torch.float32 else 0.02) or least < 0:
        return "no_shares"
    return ""


def _bare(ids: Sequence[int]) -> Encoded:
    """A row of ids without characters behind them."""
    nothing = (-1,) * len(ids)
    zeros = (0,) * len(ids)
    return Encoded(tuple(ids), nothing, nothing, (False,) * len(ids), nothing, zeros, zeros)
