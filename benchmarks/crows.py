"""CrowS-Pairs on the masked model: our scores against fairlms's and against the loop of the original script.

    python benchmarks/crows.py [--pairs N] [--threads N] [--repeats N]

Prints seconds of processor and wall, the score of each side on the same pairs and how many are decided alike, then
what all four scores cost together against the dearest alone. Exits 1 when a target is missed or decisions differ beyond
rounding. Each side is timed as the best of the repeats, in turn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from machine import ROOT, Timed, facts, timed
from transformers import AutoModelForMaskedLM, AutoTokenizer

from fairwitness.audit import huggingface
from fairwitness.audit.engine import Engine
from fairwitness.audit.requests import Request
from fairwitness.probes.kit.sentences.pairs import Pair
from fairwitness.probes.kit.sentences.scores import MASKED, ScoredPair, ScoreName, requests_for, score_pair

import workloads  # isort: skip

MODEL = ROOT / "../shared/models/masked-lm"
PEER_RATIO, LOOP_RATIO, SHARED_RATIO = 2.5, 5.0, 1.3
ALIKE = 0.98
"""Share of pairs that must be decided alike: the peer rounds its sums to three decimals."""


def ours(engine: Engine, pairs: Sequence[Pair], names: Sequence[ScoreName]) -> list[ScoredPair]:
    """Our scores of every pair, as the probe asks for them."""
    asked: list[Request] = [
        one for pair in pairs for text in (pair.more, pair.less) for one in requests_for(text, names)
    ]
    requests = list(dict.fromkeys(asked))
    answers = dict(zip(requests, engine.answer(requests), strict=True))
    found = [score_pair(pair, names, answers) for pair in pairs]
    return [one for one in found if isinstance(one, ScoredPair)]


def peer(model: Any, tokenizer: Any) -> Callable[[Sequence[Pair]], list[bool]]:
    """The CPS of fairlms, of one pair after the other; only the modules that it needs are imported."""
    found = find_spec("fairlms")
    if found is None or found.origin is None:
        raise SystemExit("the peer is the package fairlms: pip install --no-deps fairlms")
    part = ModuleType("fairlms")
    part.__path__ = [str(Path(found.origin).parent)]
    sys.modules["fairlms"] = part
    path = "definition/encoder_only/intrinsic_bias/probability_based/pseudo_log_likelihood_metrics/cps/cps.py"
    for name in ("definition", "definition.encoder_only"):
        inner = ModuleType(f"fairlms.{name}")
        inner.__path__ = [str(Path(found.origin).parent.joinpath(*name.split(".")))]
        sys.modules[inner.__name__] = inner
    scope: dict[str, Any] = {}
    source = (Path(found.origin).parent / path).read_text(encoding="utf-8")
    exec(compile(source, path, "exec"), scope)  # noqa: S102 - a file of the installed peer

    def run(pairs: Sequence[Pair]) -> list[bool]:
        each = [{"stereotype": pair.more, "anti_stereotype": pair.less} for pair in pairs]
        return [scope["compute_cps"](tokenizer, model, [one])[0] > 50 for one in each]

    return run


def loop(model: Any, tokenizer: Any, pairs: Sequence[Pair]) -> list[bool]:
    """The original script: one forward pass for every unmodified token of every sentence (Nangia et al. 2020)."""
    decided = []
    with torch.inference_mode():
        for pair in pairs:
            rows = [tokenizer(text, return_tensors="pt").input_ids for text in (pair.more, pair.less)]
            blocks = SequenceMatcher(None, *(row[0].tolist() for row in rows)).get_matching_blocks()
            sums = []
            for side, row in enumerate(rows):
                places = [block[side] + at for block in blocks for at in range(block.size)][1:-1]
                sums.append(sum(_masked(model, row, place, tokenizer.mask_token_id) for place in places))
            decided.append(sums[0] > sums[1])
    return decided


def _masked(model: Any, row: torch.Tensor, place: int, mask: int) -> float:
    hidden = row.clone()
    hidden[0, place] = mask
    logits = model(hidden).logits[0, place]
    return float(torch.log_softmax(logits, dim=-1)[row[0, place]])


def best(works: Sequence[Callable[[], Any]], repeats: int) -> list[tuple[Any, Timed]]:
    """Each work with its fastest time of several rounds, in which all take turns."""
    rounds = [[timed(work) for work in works] for _ in range(repeats)]
    return [min(column, key=lambda one: one[1].cpu) for column in zip(*rounds, strict=True)]


def main() -> int:
    """Measures, prints, and says whether every target is reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("pairs", 100), ("threads", 1), ("repeats", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    texts = workloads.crows_sentences(chosen.pairs)
    pairs = [Pair(at, more, less) for at, (more, less) in enumerate(zip(texts[::2], texts[1::2], strict=True))]
    subject = huggingface.load(huggingface.Loading(str(MODEL), threads=chosen.threads))
    engine = Engine(subject)
    model = AutoModelForMaskedLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    theirs = peer(model, tokenizer)
    ours(engine, pairs[:4], MASKED)
    sides = best(
        [
            lambda: [one.prefers_more("cps_original") for one in ours(engine, pairs, ("cps_original",))],
            lambda: theirs(pairs),
            lambda: loop(model, tokenizer, pairs),
        ],
        chosen.repeats,
    )
    alone: list[Callable[[], Any]] = [lambda one=name: ours(engine, pairs, (one,)) for name in MASKED]  # type: ignore[misc]
    costs = [spent.cpu for _, spent in best([*alone, lambda: ours(engine, pairs, MASKED)], chosen.repeats)]
    return report(sides, costs, len(pairs))


def report(sides: Sequence[tuple[list[bool], Timed]], costs: Sequence[float], pairs: int) -> int:
    """Prints the table; 1 where a target is missed."""
    print(facts())
    decided, spent = sides[0]
    missed = 0
    print(f"| CPS, {pairs} pairs | cpu s | wall s | score | decided alike | ratio | target |")
    print("|---|---|---|---|---|---|---|")
    targets = (0.0, PEER_RATIO, LOOP_RATIO)
    for name, (choices, took), target in zip(("ours", "fairlms", "original loop"), sides, targets, strict=True):
        alike = sum(one == other for one, other in zip(decided, choices, strict=True)) / pairs
        ratio = took.cpu / spent.cpu
        missed += ratio < target or alike < ALIKE
        score = 100 * sum(choices) / pairs
        print(f"| {name} | {took.cpu:.1f} | {took.wall:.1f} | {score:.2f} | {alike:.3f} | {ratio:.2f} | {target:g} |")
    *single, together = costs
    shared = together / max(single)
    missed += shared > SHARED_RATIO
    listed = ", ".join(f"{name} {cost:.1f} s" for name, cost in zip(MASKED, single, strict=True))
    print(f"all scores {together:.1f} s, {shared:.2f} x the dearest alone (at most {SHARED_RATIO:g}): {listed}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
