"""All scores from one teacher-forced pass, against a pass for each: `python benchmarks/membership.py [MODEL]`.

Both ways ask the same model for the same documents, in one process, one after another and the other way round. MODEL is
a folder; without one a small random GPT-2 is made. Prints the seconds of each and their ratio.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "support")]

import tiny_models  # noqa: E402
from fairwitness.audit.engine import Engine  # noqa: E402
from fairwitness.audit.huggingface import Loading, load  # noqa: E402
from fairwitness.audit.requests import LogLikelihood, TokenScores  # noqa: E402
from fairwitness.probes.memorization.membership import scores  # noqa: E402

DOCUMENTS, SENTENCES = 200, 4
MIN_K = 0.2
ALONE = ("loss", "zlib", "min-k", "min-k++", "bits per byte", "hits", "p_z")
"""What a harness that asks for each score by itself asks a model for, one pass each."""


def documents() -> list[str]:
    """Texts of drawn sentences."""
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(tiny_models.SENTENCES, SENTENCES)) for _ in range(DOCUMENTS)]


def one_pass(folder: Path, texts: Sequence[str]) -> float:
    """Seconds for every score of every document from one pass over it."""
    engine = Engine(load(Loading(str(folder), offline=True, threads=1)))
    begun = time.perf_counter()
    answers = engine.answer([LogLikelihood("", text, moments=True) for text in texts])
    for text, answer in zip(texts, answers, strict=True):
        assert isinstance(answer, TokenScores)
        for name in ALONE:
            value(name, answer, text)
    return time.perf_counter() - begun


def pass_each(folder: Path, texts: Sequence[str]) -> float:
    """Seconds for the same scores where each asks the model for itself."""
    loaded = load(Loading(str(folder), offline=True, threads=1))
    begun = time.perf_counter()
    for name in ALONE:
        engine = Engine(loaded)  # nothing kept from the score before
        answers = engine.answer([LogLikelihood("", text, moments=name == "min-k++") for text in texts])
        for text, answer in zip(texts, answers, strict=True):
            assert isinstance(answer, TokenScores)
            value(name, answer, text)
    return time.perf_counter() - begun


def value(name: str, answer: TokenScores, text: str) -> float | None:
    """One score of one document."""
    match name:
        case "loss":
            return scores.mean_log_prob(answer)
        case "zlib":
            return scores.zlib_ratio(answer, text)
        case "min-k":
            return scores.min_k(answer, MIN_K)
        case "min-k++":
            return scores.min_k_plus(answer, MIN_K)
        case "bits per byte":
            return scores.bits_per_byte(answer, text)
        case "hits":
            return sum(answer.greedy) / len(answer.greedy)
        case _:
            return float(np.sum(answer.log_probs[-50:]))


def main() -> None:
    """Measures both ways, the second time in the other order, and prints the better time of each."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else tiny_models.build("causal:gpt2", Path(made))
        texts = documents()
        together = [one_pass(folder, texts)]
        apart = [pass_each(folder, texts), pass_each(folder, texts)]
        together.append(one_pass(folder, texts))
    times = min(apart) / min(together)
    print(f"{DOCUMENTS} documents, {len(ALONE)} scores")
    print(f"one pass for all: {min(together):.2f} s; a pass each: {min(apart):.2f} s; {times:.1f} times")


if __name__ == "__main__":
    main()
