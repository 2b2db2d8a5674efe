"""A GPT-2 of any size in plain numpy, in which any part can be replaced: the oracle of activation patching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Key: TypeAlias = tuple[str, int]
"""`residual` before a layer (after the last one: its number), `heads`, `attention` and `mlp` of a layer."""


class NumpyGPT2:
    """The forward pass of Radford et al. 2019 (layer norm before each part, tanh GELU), one text at a time."""

    def __init__(self, model: Any) -> None:
        self.weights: dict[str, Array] = {
            name.removeprefix("transformer."): np.asarray(weight.detach().double().numpy())
            for name, weight in model.state_dict().items()
        }
        self.layers, self.heads = model.config.n_layer, model.config.n_head

    def run(self, ids: list[int], put: Mapping[Key, Any] | None = None) -> tuple[Array, dict[Key, Array]]:
        """Logits [length, vocabulary] and the states of every part; `put` maps states of a part to others."""
        put = put or {}
        noted: dict[Key, Array] = {}

        def part(key: Key, states: Array) -> Array:
            noted[key] = put[key](states) if key in put else states
            return noted[key]

        w = self.weights
        states = w["wte.weight"][ids] + w["wpe.weight"][: len(ids)]
        for layer in range(self.layers):
            states = part(("residual", layer), states)
            name = f"h.{layer}"
            mixed = self._mix(name, self._norm(f"{name}.ln_1", states))
            heads = part(("heads", layer), mixed)
            states = states + part(("attention", layer), self._linear(f"{name}.attn.c_proj", heads))
            inner = _gelu(self._linear(f"{name}.mlp.c_fc", self._norm(f"{name}.ln_2", states)))
            states = states + part(("mlp", layer), self._linear(f"{name}.mlp.c_proj", inner))
        states = part(("residual", self.layers), states)
        logits = self._norm("ln_f", states) @ w["lm_head.weight"].T
        return logits, noted

    def _mix(self, name: str, states: Array) -> Array:
        query, key, value = np.split(self._linear(f"{name}.attn.c_attn", states), 3, axis=-1)
        length, width = query.shape
        size = width // self.heads
        mixed = np.zeros_like(query)
        for head in range(self.heads):
            columns = slice(head * size, (head + 1) * size)
            scores = query[:, columns] @ key[:, columns].T / np.sqrt(size)
            scores = np.where(np.tril(np.ones((length, length))) > 0, scores, -np.inf)
            shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
            mixed[:, columns] = shares / shares.sum(axis=-1, keepdims=True) @ value[:, columns]
        return mixed

    def _linear(self, name: str, states: Array) -> Array:
        return np.asarray(states @ self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])

    def _norm(self, name: str, states: Array) -> Array:
        centred = states - states.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5)
        return np.asarray(scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])


def _gelu(values: Array) -> Array:
    return np.asarray(0.5 * values * (1 + np.tanh(np.sqrt(2 / np.pi) * (values + 0.044715 * values**3))))
