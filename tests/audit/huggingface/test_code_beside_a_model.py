"""Python files that lie beside a model are never run unless the flag allows it, whatever stands on the input stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EVIL = "from pathlib import Path\nPath(__file__).resolve()\nopen({mark!r}, 'w').write('ran')\nclass Evil: pass\n"
AUTO_MAP = {"AutoTokenizer": ["evil.Evil", "evil.Evil"], "AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}


def gguf(path: Path) -> None:
    """A small file that transformers takes for a GGUF model."""
    writer_module = pytest.importorskip("gguf")
    writer = writer_module.GGUFWriter(str(path), "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>", "a"])
    writer.add_token_scores([0.0] * 4)
    writer.add_token_types([2, 3, 3, 1])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def run(folder: Path, model: str) -> subprocess.CompletedProcess[str]:
    """Audits it, with somebody who says yes to everything at the terminal."""
    environment = {**os.environ, "FAIRWITNESS_CACHE_DIR": str(folder / "cache"), "HF_HOME": str(folder / "hub")}
    return subprocess.run(
        [sys.executable, "-m", "fairwitness", "run", model, "-p", "gender", "--limit", "2", "--offline"],
        cwd=folder,
        env=environment,
        input="y\n" * 50,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_code_beside_a_gguf_file_is_not_run(tmp_path: Path) -> None:
    model, mark = tmp_path / "model", tmp_path / "EVIL_RAN"
    model.mkdir()
    gguf(model / "m.gguf")
    (model / "evil.py").write_text(EVIL.format(mark=str(mark)))
    (model / "tokenizer_config.json").write_text(json.dumps({"auto_map": AUTO_MAP, "tokenizer_class": "Evil"}))
    (model / "config.json.bak").write_text("{}")
    done = run(tmp_path, "model/m.gguf")
    assert not mark.exists()
    assert "custom code" not in done.stdout
    assert done.stderr.splitlines()[-1].startswith("error: m.gguf cannot be read as a GGUF model")
    assert done.returncode == 3
