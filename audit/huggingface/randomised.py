"""A model some of whose weights are drawn at random, for as long as a block lasts.

An explanation that stays as it was when the model no longer knows anything does not speak of what the model knows
(Adebayo et al. 2018, Sanity Checks for Saliency Maps, https://arxiv.org/abs/1810.03292).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeAlias

import torch
from torch.nn import Parameter

from fairwitness.audit.huggingface.loaded import Loaded
from fairwitness.audit.requests import Unanswered, Weights

Place: TypeAlias = tuple[Any, str, Parameter]
"""A part of the model, the name of a weight in it, and the weight."""


class Randomisable:
    """A subject whose model can be asked with weights drawn at random."""

    _loaded: Loaded
    arithmetic: str

    @contextmanager
    def randomised(self, weights: Weights, seed: int) -> Iterator[Self | Unanswered]:
        """Itself with drawn weights inside the block; the model has its own again after it, also after an error.

        Every weight of the head, or of the whole model, is replaced by normal numbers with its mean and its spread. The
        model's own tensors are not written to. A head that shares weights with the body (tied embeddings) is drawn
        apart from it. Unanswered where there is nothing to draw. What it then answers has other keys in a cache.
        """
        places = _places(self._loaded.model, weights)
        if isinstance(places, Unanswered):
            yield places
            return
        variant = copy.copy(self)
        variant.arithmetic = f"{self.arithmetic}, {weights} weights drawn by seed {seed}"
        try:
            drawn: dict[int, Parameter] = {}
            for number, (module, name, weight) in enumerate(places):
                if id(weight) not in drawn:
                    drawn[id(weight)] = _draw(weight, f"{number} {name} {seed}")
                module._parameters[name] = drawn[id(weight)]
            yield variant
        finally:
            for module, name, weight in places:
                module._parameters[name] = weight


def _places(model: Any, weights: Weights) -> list[Place] | Unanswered:
    """Where the weights stand that are drawn, in the order of the model."""
    base = model.base_model
    if weights == "head" and base is model:
        return Unanswered("the model has no head apart from its body")
    body = set(map(id, base.modules())) if weights == "head" else set()
    places: list[Place] = []
    for module in model.modules():
        if id(module) not in body:
            places += [(module, name, weight) for name, weight in module._parameters.items() if weight is not None]
    if not places:
        return Unanswered("the model has no weights to draw")
    if not all(weight.is_floating_point() for _, _, weight in places):
        return Unanswered("weights that are whole numbers (a quantised model) cannot be drawn")
    return places


def _draw(weight: Parameter, name: str) -> Parameter:
    """Normal numbers with the mean and the standard deviation of a weight, the same for the same name everywhere."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7])
    values = weight.detach().float()
    mean, spread = float(values.mean()), float(values.std(unbiased=False))
    noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
    drawn = (mean + spread * noise).to(device=weight.device, dtype=weight.dtype)
    return Parameter(drawn, requires_grad=weight.requires_grad)
