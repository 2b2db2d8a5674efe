"""Scores requests with lm-evaluation-harness's `hf` model at its best batch size. Runs in an environment of its own.

Usage: peer.py MODEL_FOLDER REQUESTS.json ANSWERS.json THREADS. The first 96 requests choose the batch size.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.update(OMP_WAIT_POLICY="PASSIVE", HF_HUB_OFFLINE="1", TQDM_DISABLE="1", TOKENIZERS_PARALLELISM="false")
BATCH_SIZES = (1, 4, 8, 16, 32, 64)
TRIAL = 96


def main() -> None:
    """Writes {"batch_size", "wall", "cpu", "values"} for the requests of a file."""
    import torch

    folder, asked, answers, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    logging.disable(logging.CRITICAL)
    requests = json.loads(Path(asked).read_text(encoding="utf-8"))
    model = _model(folder)
    trial = requests[:: max(1, len(requests) // TRIAL)][:TRIAL]
    _ask(model, trial[:8], 1)
    best = min(BATCH_SIZES, key=lambda size: _ask(model, trial, size)["wall"])
    result = _ask(model, requests, best) | {"batch_size": best}
    Path(answers).write_text(json.dumps(result), encoding="utf-8")


def _model(folder: str) -> Any:
    from lm_eval.models.huggingface import HFLM  # type: ignore[import-not-found]

    return HFLM(pretrained=folder, dtype="float32", device="cpu", batch_size=1)


def _ask(model: Any, requests: list[list[str]], batch_size: int) -> dict[str, Any]:
    model.batch_size_per_gpu = batch_size
    wall, cpu = time.perf_counter(), time.process_time()
    values = model.loglikelihood([SimpleNamespace(args=tuple(pair)) for pair in requests], disable_tqdm=True)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "values": [float(value) for value, _greedy in values],
    }


if __name__ == "__main__":
    main()
