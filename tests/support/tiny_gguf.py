"""A tiny llama as a GGUF file, whole or in parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

WIDE, INNER, WORDS = 32, 64, ["<unk>", "<s>", "</s>", "▁the", "▁nurse", "▁she", "▁he", "a"]
OF_LAYER = {
    **dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (WIDE, WIDE)),
    **dict.fromkeys(("ffn_gate", "ffn_up"), (INNER, WIDE)),
    "ffn_down": (WIDE, INNER),
    **dict.fromkeys(("attn_norm", "ffn_norm"), (WIDE,)),
}


def written(path: Path, layers: int, *, without: str = "", tensors_a_part: int = 0) -> Path:
    """A llama of two layers in which weights of so many are stored, all but one; in parts of so many tensors."""
    writer = pytest.importorskip("gguf").GGUFWriter(str(path), "llama", split_max_tensors=tensors_a_part)
    for say, number in (
        (writer.add_context_length, 64),
        (writer.add_embedding_length, WIDE),
        (writer.add_block_count, 2),
        (writer.add_feed_forward_length, INNER),
        (writer.add_head_count, 4),
        (writer.add_file_type, 0),
    ):
        say(number)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(WORDS)
    writer.add_token_scores([0.0] * len(WORDS))
    writer.add_token_types([2, 3, 3, *[1] * (len(WORDS) - 3)])
    sizes = {"token_embd": (len(WORDS), WIDE), "output": (len(WORDS), WIDE), "output_norm": (WIDE,)}
    sizes |= {f"blk.{at}.{name}": size for at in range(layers) for name, size in OF_LAYER.items()}
    rng = np.random.default_rng(0)
    for name, size in sizes.items():
        if name != without:
            writer.add_tensor(f"{name}.weight", rng.normal(0, 0.1, size).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
