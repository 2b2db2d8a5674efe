"""How often our intervals hold the truth and our tests raise false alarms, over thousands of simulated worlds.

    python benchmarks/interval_coverage.py --behind SECTION|all [--worlds N] [--write]   see behind_verdicts.py
    python benchmarks/interval_coverage.py [--short] [--processes 2] [--only WORD] [--json FILE]

Prints the Markdown tables of docs/statistics.md: 4,000 worlds a cell, 1,000 where it is a bootstrap, all outcomes
where they can be listed. Exits 1 where a cell lies outside what is asked. About five minutes on two cores; `--short`,
a tenth of the worlds, half a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import behind_verdicts  # noqa: E402

from worlds import CELLS, Cell  # noqa: E402

SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Line:
    """One cell, measured: its shares, in how many worlds (0: all outcomes), and in what time."""

    cell: Cell
    shares: list[float]
    worlds: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the shares are as asked; the slack of few worlds is only given where few were looked at."""
        return self.cell.holds(self.shares, self.worlds if self.worlds < self.cell.worlds else 0)

    def row(self) -> str:
        """The line of the Markdown table."""
        low, high = min(self.shares), max(self.shares)
        span = f"{low:.1%}" if f"{low:.1%}" == f"{high:.1%}" else f"{low:.1%} to {high:.1%}"
        asked = "bad corner" if self.cell.corner else _asked(self.cell)
        mark = "" if self.holds else " **missed**"
        worlds = f"{self.worlds:,}" if self.worlds else "all"
        return f"| {self.cell.method} | {self.cell.situation} | {worlds} | {span}{mark} | {asked} |"


def _asked(cell: Cell) -> str:
    if cell.alarms:
        return f"at most {cell.high:.0%}"
    return f"{cell.low:.0%} to {cell.high:.0%}" if cell.high < 1 else f"at least {cell.low:.0%}"


def measure(index: int, worlds: int) -> tuple[list[float], float]:
    """Shares and seconds of one cell, by its place in the list: a cell itself cannot be sent to a process."""
    begun = time.perf_counter()
    shares = CELLS[index].measure(worlds, SEED + index)
    return shares, time.perf_counter() - begun


def tables(lines: Sequence[Line]) -> str:
    """Both tables, as docs/statistics.md holds them."""
    head = "| {} | situation | worlds | {} | asked |\n|---|---|---|---|---|"
    intervals = [line.row() for line in lines if not line.cell.alarms]
    tests = [line.row() for line in lines if line.cell.alarms]
    return "\n".join(
        [head.format("interval", "holds the truth"), *intervals, "", head.format("test", "false alarms"), *tests]
    )


def main() -> None:
    if any(argument.startswith("--behind") for argument in sys.argv):
        behind_verdicts.main()
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a tenth of the worlds")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="only cells whose method has this word")
    parser.add_argument("--json", type=Path, help="also write the shares to this file")
    chosen = parser.parse_args()
    indices = [at for at, cell in enumerate(CELLS) if chosen.only in cell.method]
    begun = time.perf_counter()
    with ProcessPoolExecutor(chosen.processes) as pool:
        sizes = [CELLS[at].worlds // (10 if chosen.short else 1) for at in indices]
        futures = [pool.submit(measure, at, worlds) for at, worlds in zip(indices, sizes, strict=True)]
        measured = [future.result() for future in futures]
    lines = [
        Line(CELLS[at], shares, worlds, seconds)
        for at, worlds, (shares, seconds) in zip(indices, sizes, measured, strict=True)
    ]
    print(tables(lines))
    print(f"\n{len(lines)} cells in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    if chosen.json:
        result = [
            {"method": line.cell.method, "situation": line.cell.situation, "worlds": line.worlds,
             "shares": line.shares, "holds": line.holds, "seconds": round(line.seconds, 2)}
            for line in lines
        ]  # fmt: skip
        chosen.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    sys.exit(0 if all(line.holds for line in lines) else 1)


if __name__ == "__main__":
    main()
