"""The layers of a model, found by how they are called: what goes into the first, out of each, and on to the head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module, ModuleList

from fairwitness.audit.huggingface.loaded import REFUSALS, Loaded


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The layers in their order, and the modules between the last of them and the body's output (the final norm)."""

    layers: tuple[Any, ...]
    tail: tuple[Any, ...]
    head: Any = None
    """Where body and head can only be run together: the one matrix that the head is."""
    width: int = 0
    """Of the states between the layers."""

    def logits(self, loaded: Loaded, states: Tensor) -> Tensor:
        """The head on what the tail gave [n, width]: float32 logits [n, vocabulary]."""
        if self.head is None:
            return loaded.logits(states)
        logits: Tensor = self.head(states)
        return logits.float()


@dataclass(slots=True, eq=False)
class Caught:
    """What modules were given and gave at the places of interest: [rows, width], by module."""

    inputs: dict[Module, Tensor] = field(default_factory=dict)
    outputs: dict[Module, Tensor] = field(default_factory=dict)


def find_stack(loaded: Loaded, ids: tuple[int, ...]) -> Stack | None:
    """The stack, seen in a pass over these tokens; None where there is none whose last states lead to the output.

    `ids` are a few tokens that the model can read. Every module between is seen to take what the one before it gave.
    """
    layers = layers_of(loaded.model)
    head = loaded.model.get_output_embeddings() if loaded.joined else None
    if layers is None or (loaded.joined and head is None):
        return None
    calls: list[tuple[Module, Tensor, Tensor]] = []

    def note(module: Module, inputs: Any, keywords: Any, output: Any) -> None:
        given, gave = stream_in(inputs, keywords), _tensor(output)
        if given is not None and gave is not None:
            calls.append((module, given, gave))

    hooks = [
        module.register_forward_hook(note, with_kwargs=True)
        for module in loaded.model.modules()
        if module not in (loaded.model, loaded.model.base_model)
    ]
    try:
        final = loaded.hidden(input_ids=loaded.tensor([ids], 0))
    except REFUSALS:
        return None
    finally:
        for hook in hooks:
            hook.remove()
    if head is not None:
        last = [(given, gave) for module, given, gave in calls if module is head]
        if len(last) != 1 or not _same(last[0][1], final):
            return None
        final = last[0][0]
    tail = _tail(layers[-1], calls, final)
    width = next((gave.shape[-1] for module, _, gave in calls if module is layers[-1]), 0)
    return None if tail is None else Stack(layers, tail, head, width)


def layers_of(model: Any) -> tuple[Any, ...] | None:
    """The one list of as many modules as the configuration has layers, none of them twice."""
    wanted = getattr(model.config, "num_hidden_layers", None)
    lists = [module for module in model.base_model.modules() if isinstance(module, ModuleList)]
    stacks = [layers for layers in lists if len(layers) == wanted]
    if len(stacks) != 1 or not wanted or len(set(map(id, stacks[0]))) < wanted:
        return None
    return tuple(stacks[0])


def _tail(last: Module, calls: list[tuple[Module, Tensor, Tensor]], final: Tensor) -> tuple[Any, ...] | None:
    """The modules that lead from the last layer's output to the body's, one after the other."""
    places = [place for place, (module, _, _) in enumerate(calls) if module is last]
    if len(places) != 1:
        return None
    states, tail = calls[places[0]][2], []
    for module, given, gave in calls[places[0] + 1 :]:
        if _same(states, final):
            break
        if _same(given, states) and not isinstance(module, torch.nn.Dropout):
            tail.append(module)
            states = gave
    return tuple(tail) if _same(states, final) else None


def _same(first: Tensor, second: Tensor) -> bool:
    return first.shape == second.shape and bool(torch.equal(first, second))


def stream_in(inputs: Any, keywords: Any) -> Tensor | None:
    """The states that a module was given: its first argument."""
    if inputs:
        return _tensor(inputs[0])
    return _tensor(keywords.get("hidden_states"))


def _tensor(value: Any) -> Tensor | None:
    value = value[0] if isinstance(value, tuple | list) and value else value
    return value if isinstance(value, Tensor) else None


@contextmanager
def catching(given: Sequence[Module], gave: Sequence[Module], places: Tensor) -> Iterator[Caught]:
    """Keeps what these modules are given and give at one place [rows] of each row; no hook stays, also after errors."""
    caught = Caught()
    rows = torch.arange(len(places), device=places.device)

    def taken(states: Tensor) -> Tensor:
        if states.dim() == 2:  # some layers go through their texts as one long row
            states = states.view(len(places), -1, states.shape[-1])
        return states[rows, places].clone()

    def note_input(module: Module, inputs: Any, keywords: Any) -> None:
        states = stream_in(inputs, keywords)
        if states is not None:
            caught.inputs[module] = taken(states)

    def note_output(module: Module, _inputs: Any, output: Any) -> None:
        states = _tensor(output)
        if states is not None:
            caught.outputs[module] = taken(states)

    hooks = [module.register_forward_pre_hook(note_input, with_kwargs=True) for module in dict.fromkeys(given)]
    hooks += [module.register_forward_hook(note_output) for module in dict.fromkeys(gave)]
    try:
        yield caught
    finally:
        for hook in hooks:
            hook.remove()
