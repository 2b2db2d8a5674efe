"""A GGUF file that lacks weights is no model: transformers would make them up."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_gguf import written

from fairwitness.audit.errors import CorruptModel
from fairwitness.audit.huggingface import gguf
from fairwitness.audit.huggingface.split import parts_of


def test_a_whole_file_is_converted(tmp_path: Path) -> None:
    assert (gguf.convert(parts_of(written(tmp_path / "m.gguf", 2)), tmp_path) / "model.safetensors").is_file()


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "without"), [(1, ""), (2, "blk.1.ffn_up"), (2, "output_norm")])
def test_weights_that_are_missing_are_not_made_up(layers: int, without: str, tmp_path: Path) -> None:
    with pytest.raises(CorruptModel, match=r"m\.gguf lacks \d+ weights? of LlamaForCausalLM, model\."):
        gguf.convert(parts_of(written(tmp_path / "m.gguf", layers, without=without)), tmp_path)
    assert not list((tmp_path / "models").glob("*/config.json"))


def test_layers_that_the_header_does_not_count_are_not_left_out(tmp_path: Path) -> None:
    with pytest.raises(CorruptModel, match=r"stores 3 layers and its header counts 2: a part of the model"):
        gguf.convert(parts_of(written(tmp_path / "m.gguf", 3)), tmp_path)
