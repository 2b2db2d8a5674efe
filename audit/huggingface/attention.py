"""Attention maps, with the eager implementation for as long as it takes: the fast ones return none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fairwitness.audit.huggingface.encode import Encoded
from fairwitness.audit.huggingface.loaded import Loaded, inference
from fairwitness.audit.requests import Attention, Unanswered

MOST_WEIGHTS = 1 << 26
"""Most weights in the maps of one text, a quarter of a gigabyte: they grow with the square of its tokens."""


@contextmanager
def eager(model: Any) -> Iterator[None]:
    """Switches the model to eager attention inside the block and back after it, also after an error."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def attention_maps(loaded: Loaded, texts: Sequence[Encoded | Unanswered]) -> list[Attention | Unanswered]:
    """All maps of each text, one text per pass, so that no map depends on its neighbours."""
    if loaded.without_maps:
        return [text if isinstance(text, Unanswered) else Unanswered(loaded.without_maps) for text in texts]
    with inference(loaded), eager(loaded.model):
        return [text if isinstance(text, Unanswered) else _maps(loaded, text) for text in texts]


def attention_layers(loaded: Loaded, rows: Sequence[Sequence[int]], mask: Tensor | None) -> tuple[Tensor, Any]:
    """Last hidden states [rows, length, width] (logits of a joined model), and the map of each layer as it is given."""
    model = loaded.model if loaded.joined else loaded.body
    given = {} if mask is None else {"attention_mask": mask}
    output = model(input_ids=loaded.tensor(rows, loaded.encoder.padding), **given, output_attentions=True)
    return output[0], output.attentions


def token_texts(loaded: Loaded, text: Encoded | Unanswered) -> tuple[str, ...]:
    """The tokens of a text as its maps name them; none where it cannot be read."""
    return () if isinstance(text, Unanswered) else tuple(loaded.encoder.token(token) for token in text.ids)


def _maps(loaded: Loaded, text: Encoded) -> Attention | Unanswered:
    config = loaded.model.config
    maps = int(getattr(config, "num_hidden_layers", 1)) * int(getattr(config, "num_attention_heads", 1))
    if maps * len(text) ** 2 > MOST_WEIGHTS:
        return Unanswered(f"the text has {len(text)} tokens, too many for {maps} attention maps at once", "long_text")
    inputs = {"input_ids": loaded.tensor([text.ids], 0), **loaded.segments([text.segments])}
    layers = loaded.body(**inputs, output_attentions=True).attentions
    if not layers or any(layer is None for layer in layers):
        raise RuntimeError("the attention maps came back empty: the model did not compute them by the eager attention")
    weights = torch.stack([layer[0].float() for layer in layers]).cpu().numpy()
    if not np.isfinite(weights).all():
        return Unanswered("the model gave a value that is not a finite number")
    return Attention(token_texts(loaded, text), text.starts, text.special, weights)
