"""The table of what stands behind headlines and verdicts in docs/statistics.md: measured, printed, written there."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from worlds.behind import Row, sections  # noqa: E402
from worlds.behind.rows import HIGH, SURE, Found, limits  # noqa: E402

PAGE = ROOT / "docs" / "statistics.md"
SEED = 20_261_128
HEAD = (
    "| stands behind | estimator | situation | worlds | holds the truth | passes wrongly | asked |\n"
    "|---|---|---|---|---|---|---|"
)


def line(row: Row, found: Sequence[Found]) -> str:
    """One line of the table; what is missed is marked, and so is an interval that is wider than it has to be."""
    behind = ", ".join(f"`{name}`" for name in row.behind) or "general"
    passes = [one.passes for one in found if one.edge]
    asked = "bad corner" if row.asked is None else f"at least {percent(row.asked, 0)}"
    wide = any(limits(one.held, one.known, SURE)[0] > HIGH for one in found)
    marks = (" (wide)" if wide else "") + (" **missed**" if row.faults(found) else "")
    coverage = f"{_span([one.coverage for one in found])}{marks}"
    wrong = f"{_span(passes)} of {_limit(row)}" if passes else ""
    cells = [behind, row.estimator, row.situation, f"{found[0].worlds:,}", coverage, wrong, asked]
    return f"| {' | '.join(cells)} |"


def _span(shares: Sequence[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low} to {high}"


def percent(share: float, digits: int = 1) -> str:
    """A share as the page writes it: 97.5 %."""
    return f"{100 * share:.{digits}f} %"


def _limit(row: Row) -> str:
    assert row.limit is not None
    op, value = row.limit
    return f"{op} {value:g}"


def measured(name: str, at: int, worlds: int) -> tuple[list[Found], float]:
    """What became of one row, by its place: a row itself cannot be sent to a process."""
    begun = time.perf_counter()
    row = sections()[name][at]
    return row.measure(worlds or row.worlds, SEED + at), time.perf_counter() - begun


def written(name: str, table: str) -> None:
    """Puts the table of a section between its marks on the page. Raises ValueError where the page has no such marks."""
    page, (begin, end) = PAGE.read_text(encoding="utf-8"), (f"<!-- behind {name} -->\n", f"<!-- end {name} -->")
    if begin not in page or end not in page:
        raise ValueError(f"docs/statistics.md has no section {name!r}: it needs the lines {begin.strip()} and {end}")
    before, rest = page.split(begin)
    PAGE.write_text(f"{before}{begin}\n{table}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--behind", default="all", help="a section of the page, or all")
    parser.add_argument("--worlds", type=int, default=0, help="worlds a case in place of each row's own number")
    parser.add_argument("--only", default="", help="only rows whose estimator or situation has these words")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/statistics.md")
    chosen = parser.parse_args()
    missed: list[str] = []
    with ProcessPoolExecutor(chosen.processes) as pool:
        for name, rows in sections().items():
            if chosen.behind not in ("all", name):
                continue
            picked = [at for at, row in enumerate(rows) if chosen.only in f"{row.estimator} {row.situation}"]
            futures = [(rows[at], pool.submit(measured, name, at, chosen.worlds)) for at in picked]
            lines = [HEAD]
            for row, future in futures:
                found, seconds = future.result()
                lines.append(line(row, found))
                missed += [f"{name}: {row.estimator}: {fault}" for fault in row.faults(found)]
                print(f"{name}: {row.situation}: {seconds:.0f} s", [_told(one) for one in found], file=sys.stderr)
            print("\n".join(lines) + "\n", flush=True)
            if chosen.write and len(picked) == len(rows):
                written(name, "\n".join(lines))
    print("\n".join(missed), file=sys.stderr)
    sys.exit(1 if missed else 0)


def _told(found: Found) -> str:
    edge = f", passes {found.passes:.1%}" if found.edge else ""
    return f"{found.name}: {found.coverage:.1%} of {found.known}{edge}"


if __name__ == "__main__":
    main()
