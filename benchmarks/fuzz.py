"""100,000 damaged inputs of every kind that Fairwitness reads; each must end in a user's error or a right answer.

python benchmarks/fuzz.py [--cases N] [--seed N] [--only FAMILY ...]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from fuzzing.families import FAMILIES
from fuzzing.running import Tally, fuzz


def main() -> int:
    """Runs the families, prints a line for each and a traceback for each kind of crash; 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", choices=list(FAMILIES), default=list(FAMILIES))
    asked = parser.parse_args()
    whole = sum(FAMILIES[name][1] for name in asked.only)
    bad = 0
    for name in asked.only:
        begun = time.perf_counter()
        tally = fuzz(name, round(asked.cases * FAMILIES[name][1] / whole), asked.seed)
        _tell(name, tally, time.perf_counter() - begun)
        bad += tally.crashes.total()
    return 1 if bad else 0


def _tell(name: str, tally: Tally, seconds: float) -> None:
    mistakes = ", ".join(f"{kind} {count}" for kind, count in tally.mistakes.most_common())
    print(f"{name:<20} {tally.cases:>7} cases in {seconds:.0f} s: {tally.answers} answers, {mistakes or 'no mistakes'}")
    for kind, count in tally.crashes.most_common():
        number, text = tally.examples[kind]
        print(f"  CRASH {count} times, case {number}: {kind}\n{text}", flush=True)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
