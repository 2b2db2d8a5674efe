"""A loaded model with its encoder, and the forward passes that every kind of subject shares."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from inspect import signature
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeAlias, TypeVar

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

from fairwitness.audit.huggingface.encode import Encoded, Encoder
from fairwitness.audit.huggingface.quiet import quiet
from fairwitness.audit.subject import OutOfMemory

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="HasLoaded")
Batching: TypeAlias = Literal["padded", "equal", "single"]
"""Rows that may share a batch: any, filled up with padding; those of one length; none."""
REFUSALS = (
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    NotImplementedError,
    AssertionError,
)
"""What models raise when they are called in a way that they do not support."""
HOOKED = "_output_capturing_hooks_installed"
"""What transformers calls the mark of a model whose layers it has hooked."""
HEAD_ROWS = 512
"""Positions whose logits over the vocabulary are held at once."""


@dataclass(eq=False)
class Loaded:
    """What the loader hands to a subject. `batch_tokens` is the budget of padded tokens for one forward pass."""

    model: Any
    encoder: Encoder
    device: torch.device
    dtype: torch.dtype
    batch_tokens: int
    reader: Any = None
    """What reads a text, where that is a part of the model: the encoder of an encoder-decoder."""
    writer: Any = None
    """The decoder of an encoder-decoder; None: the model has none apart."""
    writing: Any = None
    """How an encoder-decoder is made to write (`sequences.Writing`)."""
    joined: bool = False
    """Whether body and head can only be run together; then the hidden states below are the logits themselves."""
    last_attention: Any = None
    """An encoder's last attention block, where all that follows it works position by position; None: not known."""
    batching: Batching = "padded"
    tree_limit: int = 0
    """Deepest prefix tree in tokens that is exact on a causal model; 0: plain rows only."""
    selects: bool = False
    """Whether rows that a causal model goes on with can be dropped and repeated, and each goes on as it does alone."""
    prefixes: bool = False
    """Whether it can also go on with one beginning in several ways, filled up behind it."""
    without_maps: str = ""
    """Why there are no attention maps; empty where there are."""
    stack: Any = None
    """The layers, and what leads from the last of them to the head (`stack.Stack`); None: not found."""
    tuned: Any = None
    """The maps of a tuned lens that was read last (`translators.Maps`); None: none was."""
    patchable: Any = None
    """The parts of the model that can be patched (`patchable.Patchable`); None where they were not found."""
    arithmetic: str = ""
    """What computes: another one gives the same answers only up to their last digits."""
    forbidden: tuple[tuple[int, ...], ...] = ()
    """Sequences of tokens that it may not write: the token that would complete one is never chosen."""
    exported: str = ""
    """The library that computes the model, where that is not torch."""
    borrowed: bool = False
    """Whether the model is somebody's who goes on with it: nothing is left in it that training could not use."""

    def batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Index batches of rows that may be computed together, longest first."""
        return longest_first(lengths, self.batch_tokens, self.batching)

    def tensor(self, rows: Sequence[Sequence[int]], fill: int, width: int | None = None) -> Tensor:
        """Rows of ids, filled up on the right: [rows, width]."""
        width = width or max(map(len, rows))
        return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows], device=self.device)

    def segments(self, rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Segment ids, for tokenizers that hand them to their model, models that take them and texts that use them."""
        handed = "token_type_ids" in self.encoder.tokenizer.model_input_names and any(map(any, rows))
        if not handed or not self._takes_segments():
            return {}
        return {"token_type_ids": self.tensor(rows, 0)}

    def _takes_segments(self) -> bool:
        """DistilBERT has BERT's tokenizer and no segments; some models have a single one."""
        known = getattr(self.model.config, "type_vocab_size", None)
        return known not in (0, 1) and "token_type_ids" in signature(self.model.forward).parameters

    @contextmanager
    def padding(self, rows: Sequence[Sequence[int]]) -> Iterator[int]:
        """An id to pad these rows with, which the model takes for padding inside the block.

        A decoder classifies by the last id that is no padding, so without a padding token it is one that no row holds.
        """
        used = {token for row in rows for token in row}
        free = (token for token in range(len(used) + 1) if token not in used)
        fill = self.encoder.pad_id if self.encoder.pad_id is not None else next(free)
        config = self.model.config
        known = hasattr(config, "pad_token_id")  # configurations of some models have no such name
        before = config.pad_token_id if known else None
        config.pad_token_id = fill
        try:
            yield fill
        finally:
            if known:
                config.pad_token_id = before
            else:
                del config.pad_token_id

    def class_logits(self, rows: Sequence[Encoded]) -> Tensor:
        """Logits [rows, classes] of a classifier, all rows in one batch."""
        with self.padding([row.ids for row in rows]) as fill:
            logits: Tensor = self.model(
                input_ids=self.tensor([row.ids for row in rows], fill),
                attention_mask=self.padding_mask([len(row) for row in rows]),
                **self.segments([row.segments for row in rows]),
            ).logits
        return logits

    def padding_mask(self, lengths: Sequence[int]) -> Tensor | None:
        """1 at real tokens, 0 at padding: [rows, longest]; None when all rows are equally long."""
        longest = max(lengths)
        if min(lengths) == longest:
            return None
        reach = torch.arange(longest, device=self.device)
        return (reach < torch.tensor(lengths, device=self.device)[:, None]).long()

    def hidden(self, **inputs: Any) -> Tensor:
        """Last hidden states [rows, length, width] of the model without its head."""
        inputs = {name: value for name, value in inputs.items() if value is not None}
        if self.joined:
            logits: Tensor = self.model(**inputs).logits
            return logits
        states: Tensor = self.body(**inputs)[0]
        return states.to(self.device)  # of a model that is spread over devices they are elsewhere

    @property
    def body(self) -> Any:
        """What makes hidden states of a text."""
        return self.model.base_model if self.reader is None else self.reader

    def hidden_at(self, positions: Tensor, **inputs: Any) -> Tensor:
        """Last hidden states [rows, k, width] at positions [rows, k]; the last layer computes no others.

        Nothing reads them: with a mask per row they are a ninth of the work of a six-layer encoder.
        """
        if self.last_attention is None or self.joined:
            return _take(self.hidden(**inputs), positions)

        def narrow(_module: Any, _inputs: Any, output: Any) -> Any:
            if isinstance(output, tuple):
                return (_take(output[0], positions), *output[1:])
            return _take(output, positions)

        hook = self.last_attention.register_forward_hook(narrow)
        try:
            return self.hidden(**inputs)
        finally:
            hook.remove()

    def logits(self, states: Tensor) -> Tensor:
        """The head applied to hidden states [n, width]: float32 logits [n, vocabulary]."""
        if self.joined:
            return states.float()
        base = self.model.base_model if self.writer is None else self.writer
        given = BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=states[None])
        forward = vars(base).get("forward")  # one that was put there, as accelerate does
        base.forward = lambda *_args, **_kwargs: given
        ids = torch.zeros((1, len(states)), dtype=torch.long, device=self.device)
        inputs: dict[str, Any] = {"input_ids": ids}
        if self.writer is not None:  # what the encoder would have made is not looked at
            inputs = {"decoder_input_ids": ids, "encoder_outputs": (states[None, :1],), "use_cache": False}
        try:
            logits: Tensor = self.model(**inputs).logits[0]
        finally:
            del base.forward
            if forward is not None:
                base.forward = forward
        return logits.float()

    def chunks(self, states: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """Logits of hidden states [n, width], a bounded number of rows at a time."""
        for begin in range(0, len(states), HEAD_ROWS):
            part = slice(begin, min(begin + HEAD_ROWS, len(states)))
            yield part, self.logits(states[part])


def _take(states: Tensor, positions: Tensor) -> Tensor:
    positions = positions.to(states.device)
    return states.gather(1, positions[..., None].expand(-1, -1, states.shape[-1]))


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Every part in evaluation mode inside the block; those that were in training mode are so again after it."""
    training = [module for module in model.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def unhooked(model: Any) -> Iterator[None]:
    """Takes away after the block what a pass left on the model's parts.

    transformers hooks every layer when attention maps are asked for the first time, and marks the model.
    """
    before = [(module, set(module._forward_hooks), HOOKED in vars(module)) for module in model.modules()]
    try:
        yield
    finally:
        for module, hooks, marked in before:
            for added in set(module._forward_hooks) - hooks:
                del module._forward_hooks[added]
            if HOOKED in vars(module) and not marked:
                delattr(module, HOOKED)


@contextmanager
def inference(loaded: Runs) -> Iterator[None]:
    """Quiet, in evaluation mode, without gradients; a failed allocation becomes OutOfMemory.

    What a borrowed model keeps of a pass, such as the positions it has seen, may be part of a gradient later on.
    """
    left = unhooked(loaded.model) if loaded.borrowed else nullcontext()
    try:
        with quiet(), torch.no_grad() if loaded.borrowed else torch.inference_mode(), evaluating(loaded.model), left:
            yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory(str(error)) from error
    except RuntimeError as error:
        if "allocate memory" in str(error) or "out of memory" in str(error).lower():
            raise OutOfMemory(str(error)) from error
        raise


class Runs(Protocol):
    """A model with whether it is somebody's who goes on with it."""

    model: Any
    borrowed: bool


class HasLoaded(Protocol):
    """A subject that asks a loaded model."""

    @property
    def _loaded(self) -> Runs: ...


def verb(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Runs a subject's verb under `inference`."""

    @functools.wraps(method)
    def run(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with inference(subject._loaded):
            return method(subject, *args, **kwargs)

    return run


def longest_first(lengths: Sequence[int], budget: int, batching: Batching = "padded") -> Iterator[list[int]]:
    """Index batches of at most `budget` padded tokens, longest first; one too long for the budget goes alone."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda place: (-lengths[place], place)):
        full = bool(batch) and (len(batch) + 1) * lengths[batch[0]] > budget
        other = bool(batch) and batching == "equal" and lengths[index] != lengths[batch[0]]
        if batch and (full or other or batching == "single"):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
