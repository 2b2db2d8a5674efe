"""Extraction from one pass a document, against a pass for every score and against greedy writing at batch 1.

    python benchmarks/extraction.py                # a random model of a million parameters, made here
    python benchmarks/extraction.py --model SPEC   # any causal model, on the texts of the package
    python benchmarks/extraction.py --memory 4     # peak memory of a whole run on corpora of 1 and 4 MB

All sides see the same texts in one run, in seconds of processor; a side that finds other matches is a miss.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Answer, Generate, Generated, LogLikelihood, Request, TokenScores
from fairwitness.probes.kit.memory.passages import Passage
from fairwitness.probes.kit.memory.quantities import Quantities, measure

PREFIXES, SUFFIX = (50, 25, 100, 200), 50
WHOLE = ("log-likelihood", "zlib", "min-k", "longest run")
"""Scores that each take a pass over the whole document where nothing is shared."""
SEPARATE, GREEDY = 5.0, 10.0
"""What one pass must be faster than, in times."""
STARTS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "ch", "sh")
VOWELS, ENDS = ("a", "e", "i", "o", "u"), ("n", "k", "m", "s", "l")
WORDS = [f"{first}{middle}{last}" for first in STARTS for middle in VOWELS for last in ENDS]
LONGER = [f"{word}{other}" for word, other in zip(WORDS, WORDS[7:] + WORDS[:7], strict=True)]
"""About as many characters to a token as words of a language have."""


def small_model(
    folder: Path, words: Sequence[str] = WORDS, *, layers: int = 4, width: int = 128, seed: int = 0
) -> Path:
    """A random Llama of about a million parameters whose tokens are words."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from trained import SPECIAL, word_tokenizer

    tokenizer = word_tokenizer(words, "gpt2")
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=2048,
        initializer_range=0.15,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=None,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[: len(SPECIAL)] = 0.0  # a special token that is written would not stand in the text
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def documents(engine: Engine, count: int, tokens: int = 260, seed: int = 0) -> list[str]:
    """Half of them random, half such as the model writes itself after fifty random words."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, tokens)) for _ in range(count)]
    given = [" ".join(text.split()[:50]) for text in texts[: count // 2]]
    written = engine.answer([Generate(text, 60) for text in given])
    for place, (begin, answer) in enumerate(zip(given, written, strict=True)):
        assert isinstance(answer, Generated)
        rest = texts[place].split()[50 + len(answer.text.split()) :]
        texts[place] = " ".join([begin, *answer.text.split(), *rest])
    return texts


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of processor, and what came of it."""
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def one_pass(engine: Engine, passages: Sequence[Passage]) -> list[Quantities]:
    """All scores of all documents from one pass each."""
    requests = [request for passage in passages for request in passage.requests()]
    answers = iter(engine.answer(requests))
    read = []
    for passage in passages:
        scores = [answer for _ in passage.requests() if isinstance(answer := next(answers), TokenScores)]
        read.append(measure(passage, scores, PREFIXES, SUFFIX))
    return read


def separate(ask: Callable[[list[Request]], list[Answer]], read: Sequence[Quantities]) -> None:
    """A pass for every score, and one for the suffix after each prefix."""
    for _ in WHOLE:
        ask([request for quantities in read for request in quantities.passage.requests()])
    for place in range(len(PREFIXES)):
        parts: list[Request] = []
        for quantities in read:
            extraction, text = quantities.extractions[place], quantities.passage.windows[0]
            if extraction is not None:
                parts.append(
                    LogLikelihood(text[: extraction.first], text[extraction.first : extraction.last], bos=False)
                )
        ask(parts)


def greedy(subject: Any, read: Sequence[Quantities]) -> tuple[list[bool], float]:
    """Whether what is written after each prefix, one at a time, begins with the suffix; seconds of the first prefix."""
    engine, matches, first = Engine(subject, batch_tokens=1), [], 0.0
    for quantities in read:
        text = quantities.passage.windows[0]
        for place, extraction in enumerate(quantities.extractions):
            if extraction is None:
                continue
            given, suffix = text[: extraction.first].removesuffix(" "), text[extraction.first : extraction.last].strip()
            begun = time.process_time()
            [answer] = engine.answer([Generate(given, SUFFIX)])
            first += time.process_time() - begun if place == 0 else 0.0
            matches.append(isinstance(answer, Generated) and answer.text.strip().startswith(suffix))
    return matches, first


def generated(subject: Any, read: Sequence[Quantities]) -> list[bool]:
    """The same after the first prefix alone, by the library's own `generate`, a document at a time."""
    import torch

    loaded, matches = subject._loaded, []
    tokenizer = loaded.encoder.tokenizer
    for quantities in read:
        extraction = quantities.extraction
        if extraction is None:
            continue
        text = quantities.passage.windows[0]
        given, suffix = text[: extraction.first].removesuffix(" "), text[extraction.first : extraction.last].strip()
        ids = torch.tensor([loaded.encoder.prompt(given)])
        with torch.inference_mode():
            whole = loaded.model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=SUFFIX, do_sample=False
            )
        written = tokenizer.decode(whole[0], skip_special_tokens=True)
        matches.append(written[len(tokenizer.decode(ids[0], skip_special_tokens=True)) :].strip().startswith(suffix))
    return matches


def _cut(read: Sequence[Quantities]) -> list[str]:
    """The documents as far as the first suffix goes."""
    return [each.passage.windows[0][: each.extraction.last] for each in read if each.extraction is not None]


def compare(subject: Any, texts: Sequence[str]) -> bool:
    """Prints both ratios; whether each is as large as it must be and the matches are the same."""
    passages = [Passage(str(place), "own", str(place), text) for place, text in enumerate(texts)]
    one_pass(Engine(subject), passages[:2])  # what is made at the first call is no part of it
    ours, read = timed(lambda: one_pass(Engine(subject), passages))
    apart, _ = timed(lambda: separate(lambda requests: Engine(subject).answer(requests), read))
    wrote, (matches, first) = timed(lambda: greedy(subject, read))
    found = [each.greedy for quantities in read for each in quantities.extractions if each is not None]
    same = found == matches
    tokens = sum(quantities.tokens for quantities in read)
    print(
        f"{len(read)} documents, {tokens:,} tokens, {sum(found)} of {len(found)} suffixes given: "
        f"one pass {ours:.2f} s, scores read too"
    )
    print(f"a pass for every score: {apart:.2f} s, {apart / ours:.1f} times (target {SEPARATE:g})")
    print(f"greedy writing at batch 1 after each prefix: {wrote:.2f} s, {wrote / ours:.1f} times (target {GREEDY:g})")
    cut = [Passage(str(place), "own", "", text) for place, text in enumerate(_cut(read))]
    short, _ = timed(lambda: one_pass(Engine(subject), cut))
    print(f"after the first prefix alone: {first:.2f} s, {first / short:.1f} times one pass over as much")
    theirs, library = timed(lambda: generated(subject, read))
    same = same and library == [each.extraction.greedy for each in read if each.extraction is not None]
    print(
        f"`generate` at batch 1 after the first prefix: {theirs:.2f} s, {theirs / ours:.1f} times one pass over whole "
        f"documents, {theirs / short:.1f} times one over as much"
    )
    print(f"the same matches: {same}")
    return same and apart >= SEPARATE * ours and wrote >= GREEDY * ours and first >= GREEDY * short


def corpus(path: Path, megabytes: float, seed: int = 1) -> Path:
    """A JSONL file of documents of two thousand characters."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8") as file:
        size = 0
        while size < megabytes * 1e6:
            text = " ".join(rng.choice(LONGER, 260))
            size += len(text)
            file.write(json.dumps({"text": text}) + "\n")
    return path


def peak(model: Path, data: Path, output: Path) -> tuple[float, float]:
    """Peak memory in MB and seconds of a whole run in a process of its own."""
    begun = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "fairwitness",
        "run",
        str(model),
        "-p",
        "extraction",
        "--data",
        f"extraction={data}",
    ]
    command += ["-o", str(output), "--exit-zero", "--offline", "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    subprocess.run(command, check=True, capture_output=True)
    return max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024, time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", help="a causal model; a random one otherwise")
    parser.add_argument("--documents", type=int, default=32)
    parser.add_argument("--memory", type=float, help="megabytes of the larger corpus")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.memory:
            model = small_model(folder / "model", LONGER, layers=2, width=192)
            for size in (1.0, chosen.memory):
                memory, seconds = peak(model, corpus(folder / f"{size:g}.jsonl", size), folder / f"out-{size:g}")
                print(f"{size:g} MB of corpus: peak {memory:.0f} MB, {seconds:.0f} s")
            return 0
        subject = load(Loading(chosen.model or str(small_model(folder / "model"))))
        if chosen.model:
            from fairwitness.probes.kit.memory.fresh import FRESH
            from organisms import packaged

            texts = [str(text) for text in packaged(FRESH).columns["text"]]
            long = [text for text in texts if len(text) > 450][: chosen.documents]
            return 0 if compare(subject, long) else 1
        return 0 if compare(subject, documents(Engine(subject), chosen.documents)) else 1


if __name__ == "__main__":
    sys.exit(main())
