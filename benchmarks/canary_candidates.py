"""10,000 secrets behind one prefix of 60 tokens: all of them as a run scores them, against one by one.

    python benchmarks/canary_candidates.py [--candidates 10000] [--alone 1000] [--width 256]
    python benchmarks/canary_candidates.py --masked --candidates 1000 --alone 100

A masked model reads both sides of a token, so nothing of one text serves another: each token of each secret is a pass
over the whole text, and what is asked together is only packed better. There no ratio is asked for, but that values are
equal, and how much arithmetic a second holds is told.

The model is random: how long a pass takes does not depend on what it has learned. One by one each secret is a pass of
its own over prefix and secret; of these `--alone` are timed, spread over all, and their values compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "support"), str(Path(__file__).parents[1] / "tests")]

from fairwitness.audit.canaries.formats import WORDS  # noqa: E402
from fairwitness.audit.engine import Engine  # noqa: E402
from fairwitness.audit.huggingface import Loading, load  # noqa: E402
from fairwitness.audit.requests import Answer, LogLikelihood, PseudoLogLikelihood, TokenScores  # noqa: E402
from trained import Tiny, word_tokenizer  # noqa: E402

PREFIX, SECRET = 60, 6
AT_LEAST, WITHIN = 8.0, 1e-4


def model(folder: Path, width: int, *, masked: bool) -> str:
    """A random model of four layers whose tokens are words."""
    import torch
    from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    if masked:
        tokenizer = word_tokenizer([" ".join(WORDS)], "bert")
        sizes = {"hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": 4, "num_attention_heads": 4}
        bert = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, pad_token_id=0, **sizes)
        return str(Tiny(BertForMaskedLM(bert).eval(), tokenizer).save(folder))
    tokenizer = word_tokenizer([" ".join(WORDS)], "gpt2")
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=128, n_embd=width, n_layer=4, n_head=4, bos_token_id=5, eos_token_id=3
    )
    return str(Tiny(GPT2LMHeadModel(config).eval(), tokenizer).save(folder))


def requests(candidates: int, *, masked: bool) -> list[LogLikelihood | PseudoLogLikelihood]:
    """Different secrets of up to six tokens behind the same sixty."""
    rng = np.random.default_rng(1)
    prefix = " ".join(rng.choice(np.array(WORDS), PREFIX))
    secrets: dict[str, None] = {}
    while len(secrets) < candidates:
        secrets[" ".join(rng.choice(np.array(WORDS), int(rng.integers(3, SECRET + 1))))] = None
    if not masked:
        return [LogLikelihood(prefix, f" {secret}") for secret in secrets]
    begin = len(prefix) + 1
    return [
        PseudoLogLikelihood(f"{prefix} {secret}", "original", span=(begin, begin + len(secret))) for secret in secrets
    ]


def alone_asked(subject: Any, request: LogLikelihood | PseudoLogLikelihood) -> Answer:
    """One secret in a call of its own."""
    if isinstance(request, PseudoLogLikelihood):
        [answer] = subject.pseudo_log_likelihoods([request])
    else:
        [[answer]] = subject.log_likelihoods([[request]])
    return cast(Answer, answer)


def flops(folder: Path, asked: Sequence[LogLikelihood | PseudoLogLikelihood]) -> float:
    """Least floating-point operations of a masked model: twice its layers' weights for every token of every pass."""
    subject: Any = load(Loading(str(folder), offline=True, threads=1))
    sizes = subject.sizes(asked)
    weights = sum(part.numel() for part in subject._loaded.model.base_model.encoder.parameters())
    return float(2 * weights * sum(size.rows * size.length for size in sizes))


def timed(
    folder: Path, asked: Sequence[LogLikelihood | PseudoLogLikelihood], *, alone: bool
) -> tuple[list[float], float, float]:
    """The totals, with the seconds of the clock and of the processor."""
    subject = load(Loading(str(folder), offline=True, threads=1))
    begun, spent = time.perf_counter(), time.process_time()
    answers = [alone_asked(subject, request) for request in asked] if alone else Engine(subject).answer(asked)
    totals = [answer.total for answer in answers if isinstance(answer, TokenScores)]
    assert len(totals) == len(asked)
    return totals, time.perf_counter() - begun, time.process_time() - spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=10_000)
    parser.add_argument("--alone", type=int, default=1_000)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--masked", action="store_true", help="a masked model, which shares nothing between secrets")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(model(Path(name) / "model", options.width, masked=options.masked))
        asked = requests(options.candidates, masked=options.masked)
        together, wall, cpu = timed(folder, asked, alone=False)
        step = max(1, len(asked) // options.alone)
        single, alone_wall, alone_cpu = timed(folder, asked[::step], alone=True)
        least = flops(folder, asked) if options.masked else 0.0
    apart = max(abs(a - b) for a, b in zip(together[::step], single, strict=True))
    ratios = [alone / len(single) * len(asked) / whole for alone, whole in ((alone_wall, wall), (alone_cpu, cpu))]
    print(f"{len(asked)} candidates together: {wall:.1f} s ({cpu:.1f} s of the processor)")
    print(f"{len(single)} of them one by one: {alone_wall:.1f} s ({alone_cpu:.1f} s of the processor)")
    print(f"ratio: {ratios[0]:.1f} by the clock, {ratios[1]:.1f} by the processor; values within {apart:.1e}")
    assert apart <= WITHIN
    if options.masked:
        print(f"{least / cpu / 1e9:.0f} GFLOP in a second of the processor: what is left is arithmetic")
        return
    assert ratios[1] >= AT_LEAST


if __name__ == "__main__":
    main()
