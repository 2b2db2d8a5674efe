"""A GGUF file that lacks weights is no model: transformers would make them up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fairwitness.audit.errors import CorruptModel
from fairwitness.audit.huggingface import gguf

WIDE, INNER, WORDS = 32, 64, ["<unk>", "<s>", "</s>", "▁the", "▁nurse", "▁she", "▁he", "a"]
OF_LAYER = {
    **dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (WIDE, WIDE)),
    **dict.fromkeys(("ffn_gate", "ffn_up"), (INNER, WIDE)),
    "ffn_down": (WIDE, INNER),
    **dict.fromkeys(("attn_norm", "ffn_norm"), (WIDE,)),
}


def written(path: Path, layers: int, *, without: str = "") -> Path:
    """A llama of two layers in which weights of so many are stored, all but one of them."""
    writer = pytest.importorskip("gguf").GGUFWriter(str(path), "llama")
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


def test_a_whole_file_is_converted(tmp_path: Path) -> None:
    assert (gguf.convert(written(tmp_path / "m.gguf", 2), tmp_path) / "model.safetensors").is_file()


def test_a_part_of_a_split_file_says_how_to_join_it(tmp_path: Path) -> None:
    part = written(tmp_path / "m-00001-of-00002.gguf", 1)
    with pytest.raises(CorruptModel, match=r"it is one part of several: join them with llama-gguf-split --merge"):
        gguf.convert(part, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "without"), [(1, ""), (2, "blk.1.ffn_up"), (2, "output_norm")])
def test_weights_that_are_missing_are_not_made_up(layers: int, without: str, tmp_path: Path) -> None:
    with pytest.raises(CorruptModel, match=r"m\.gguf lacks \d+ weights? of LlamaForCausalLM, model\."):
        gguf.convert(written(tmp_path / "m.gguf", layers, without=without), tmp_path)
    assert not list((tmp_path / "models").glob("*/config.json"))


def test_layers_that_the_header_does_not_count_are_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(CorruptModel, match=r"stores 3 layers and its header counts 2: a part of the model"):
        gguf.convert(written(tmp_path / "m.gguf", 3), tmp_path)
