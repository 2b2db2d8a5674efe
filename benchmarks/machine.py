"""What this machine is and how fast it multiplies: the yardstick of every share in a benchmark."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Timed:
    """Wall and processor seconds of one piece of work."""

    wall: float
    cpu: float


def timed(work: Callable[[], T]) -> tuple[T, Timed]:
    """The result of the work, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Timed(time.perf_counter() - wall, time.process_time() - cpu)


def matmul_rate(size: int = 2048, repeats: int = 5) -> float:
    """Best floating-point operations per second of `torch.matmul` on two square float32 matrices."""
    one, other = torch.randn(size, size), torch.randn(size, size)
    torch.matmul(one, other)
    best = min(timed(lambda: torch.matmul(one, other))[1].wall for _ in range(repeats))
    return float(2 * size**3 / best)


def facts() -> dict[str, Any]:
    """Processor, threads, load, versions and commit."""
    names = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    flags = next((line for line in _lines("/proc/cpuinfo") if line.startswith("flags")), "")
    return {
        "processor": names[0] if names else platform.processor(),
        "vectors": "avx512" if "avx512f" in flags else "avx2" if "avx2" in flags else "other",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 2),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "commit": _commit(),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
