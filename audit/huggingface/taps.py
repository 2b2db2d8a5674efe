"""Hooks on the parts of a transformer that note what they compute, or put there what they computed on another text.

The model is left as it was found, also after an error: every hook and every replaced forward pass is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from torch import Tensor
from torch.nn import Module

from fairwitness.audit.huggingface.patchable import Patchable

Site: TypeAlias = Literal["residual", "heads", "attention", "mlp"]
"""The residual stream before a layer (before the one past the last: after it), what the heads of a layer computed, the
output of its attention, and of its feed-forward part."""
Key: TypeAlias = tuple[Site, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """What a row takes from a noted one: at which part, at which tokens (None: all), of which head (None: all)."""

    key: Key
    source: int
    places: tuple[int, ...] | None = None
    head: int | None = None


@dataclass(slots=True)
class Taps:
    """`notes` are states [rows, length, width] by part. A pass outside its blocks is as it would be without hooks."""

    parts: Patchable
    notes: dict[Key, Tensor] = field(default_factory=dict)
    noting: bool = False
    _by_key: dict[Key, list[tuple[int, Edit]]] = field(default_factory=dict)
    _rows: int = 1

    @contextmanager
    def noted(self, rows: int) -> Iterator[None]:
        """The pass of so many rows inside the block is noted."""
        self.noting, self._rows = True, rows
        try:
            yield
        finally:
            self.noting = False

    @contextmanager
    def edited(self, edits: Sequence[Sequence[Edit]], base: int) -> Iterator[None]:
        """The pass inside the block is that of the noted row `base`, with so many rows, each with its edits.

        Layers below the first one that any row edits compute what they computed before, and are not run again.
        """
        self._by_key, self._rows = {}, len(edits)
        for row, listed in enumerate(edits):
            for edit in listed:
                self._by_key.setdefault(edit.key, []).append((row, edit))
        first = min((edit.key[1] for listed in edits for edit in listed), default=0)
        below = range(min(first, len(self.parts.blocks) - 1)) if self.parts.skips else range(0)
        try:
            with self._skipped(below, len(edits), base):
                yield
        finally:
            self._by_key = {}

    @contextmanager
    def _skipped(self, numbers: Sequence[int], rows: int, base: int) -> Iterator[None]:
        layers = [self.parts.blocks[number].layer for number in numbers]
        before = [vars(layer).get("forward") for layer in layers]  # one that was put there, as accelerate does
        try:
            for number, layer in zip(numbers, layers, strict=True):
                state = self.notes["residual", number + 1][base]
                layer.forward = _giving(state.expand(rows, *state.shape))
            yield
        finally:
            for layer, forward in zip(layers, before, strict=True):
                vars(layer).pop("forward", None)
                if forward is not None:
                    layer.forward = forward

    def touch(self, key: Key, states: Tensor) -> Tensor:
        """Notes the states, or gives them with the edits of this pass; they may be laid out row after row."""
        by_row = states.reshape(self._rows, -1, states.shape[-1])
        if self.noting:
            self.notes[key] = by_row.detach().clone()
        listed = self._by_key.get(key)
        if not listed:
            return states
        noted, changed = self.notes[key], by_row.clone()
        step = noted.shape[-1] // self.parts.heads
        for row, edit in listed:
            columns = slice(None) if edit.head is None else slice(edit.head * step, (edit.head + 1) * step)
            places = slice(None) if edit.places is None else list(edit.places)
            changed[row, places, columns] = noted[edit.source, places, columns]
        return changed.reshape(states.shape)


def _giving(state: Tensor) -> Any:
    return lambda *_args, **_kwargs: state


@contextmanager
def tapped(parts: Patchable) -> Iterator[Taps]:
    """Hooks on all parts inside the block."""
    taps = Taps(parts)
    hooks: list[Any] = []
    try:
        for number, block in enumerate(parts.blocks):
            hooks += _hooks_on(taps, block.layer, block.attention, block.feed_forward, number)
        last = len(parts.blocks)
        hooks.append(parts.blocks[-1].layer.register_forward_hook(_on_output(taps, ("residual", last))))
        yield taps
    finally:
        for hook in hooks:
            hook.remove()


def _hooks_on(taps: Taps, layer: Module, attention: Module, feed_forward: Module, number: int) -> list[Any]:
    return [
        layer.register_forward_pre_hook(_on_layer_input(taps, ("residual", number)), with_kwargs=True),
        attention.register_forward_pre_hook(_on_input(taps, ("heads", number))),
        attention.register_forward_hook(_on_output(taps, ("attention", number))),
        feed_forward.register_forward_hook(_on_output(taps, ("mlp", number))),
    ]


def _on_layer_input(taps: Taps, key: Key) -> Any:
    def hook(_module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if args:
            return (taps.touch(key, args[0]), *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": taps.touch(key, kwargs["hidden_states"])}

    return hook


def _on_input(taps: Taps, key: Key) -> Any:
    return lambda _module, args: (taps.touch(key, args[0]), *args[1:])


def _on_output(taps: Taps, key: Key) -> Any:
    def hook(_module: Module, _args: Any, output: Any) -> Any:
        if isinstance(output, Tensor):
            return taps.touch(key, output)
        return (taps.touch(key, output[0]), *output[1:])

    return hook
