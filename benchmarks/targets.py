"""Targets of an encoder-decoder scored through the engine, against one pair of source and target a call.

    python benchmarks/targets.py [--model FOLDER] [--sources N] [--targets N]

Without a model a random T5 of 4 and 4 layers is made, 256 wide. Both sides in one run, in seconds of processor; sums of
the scored tokens must agree to 1e-5 a token. Exits 1 where the ratio misses its target or values differ.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from machine import ROOT, facts
from transformers import T5Config, T5ForConditionalGeneration

from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Answer, LogLikelihood, TokenScores

TARGET = 4.0
"""Times one pair a call."""
EQUAL = 1e-5
JOBS = ("nurse", "doctor", "firefighter", "teacher", "baker", "engineer", "neighbour")
ENDS = ("was tired", "walked home together", "repaired the old radio", "had left so early", "was late", "minded nobody")


def made(folder: Path) -> Path:
    """A random model with the tokenizer of the tests."""
    import sys

    sys.path.insert(0, str(ROOT / "tests" / "support"))
    import tiny_models
    import tiny_sequences

    tokenizer = tiny_sequences.tokenizer_of("t5")
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=256, d_kv=64, d_ff=1024, num_layers=4, num_heads=4, decoder_start_token_id=0
    )
    return tiny_models.save(folder, T5ForConditionalGeneration(config), tokenizer)


def workload(sources: int, targets: int) -> list[LogLikelihood]:
    """Every target of every source."""
    texts = [
        f"The {JOBS[place % 7]} said to the {JOBS[place * 3 % 7]} that nobody in the village knew number {place}."
        for place in range(sources)
    ]
    endings = [f"The {JOBS[place % 7]} {ENDS[place % 6]}." for place in range(targets)]
    return [LogLikelihood(text, ending) for text in texts for ending in endings]


def by_loop(folder: Path, requests: Sequence[LogLikelihood]) -> tuple[float, list[float]]:
    """Seconds of processor and sums, as users write it: one pair a call, labels shifted by the library."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model: Any = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    sums = []
    begun = time.process_time()
    with torch.inference_mode():
        for request in requests:
            source = tokenizer(request.context, return_tensors="pt")
            labels = tokenizer(request.continuation, return_tensors="pt", return_special_tokens_mask=True)
            logits = model(**source, labels=labels["input_ids"]).logits[0].double().log_softmax(-1)
            values = logits.gather(1, labels["input_ids"][0, :, None])[:, 0]
            sums.append(float(values[labels["special_tokens_mask"][0] == 0].sum()))
    return time.process_time() - begun, sums


def by_engine(engine: Engine, requests: Sequence[LogLikelihood]) -> tuple[float, list[Answer]]:
    """Seconds of processor and answers."""
    begun = time.process_time()
    answers = engine.answer(requests)
    return time.process_time() - begun, answers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--sources", type=int, default=40)
    parser.add_argument("--targets", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = given.model or made(Path(place) / "model")
        subject = load(Loading(str(folder), offline=True))
        requests = workload(given.sources, given.targets)
        by_engine(Engine(subject), requests[:2])  # what is made at the first call is no part of it
        ours, answers = by_engine(Engine(subject), requests)
        other, sums = by_loop(folder, requests)
    scores = [answer for answer in answers if isinstance(answer, TokenScores)]
    apart = max(
        (abs(score.total - total) / len(score.log_probs) for score, total in zip(scores, sums, strict=True)),
        default=float("inf"),
    )
    tokens = sum(len(score.log_probs) for score in scores)
    print(facts())
    print(f"{len(requests)} pairs, {tokens} scored tokens: ours {ours:.2f} s, one pair a call {other:.2f} s")
    print(f"ratio {other / ours:.1f} (target {TARGET:g}), largest difference {apart:.1e} a token (allowed {EQUAL:g})")
    return 0 if other >= TARGET * ours and apart <= EQUAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
