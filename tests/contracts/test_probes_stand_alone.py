"""What two probes need stands in the kit: no two of them have six equal lines, nor (`.importlinter`) imports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

PROBES = Path(__file__).resolve().parents[2] / "probes"
LINES = 6
"""Equal lines of code, one after another, that are a second copy."""


IMPORTED = re.compile(r"^(?:from \S+ )?import \([^)]*\)$", re.MULTILINE)
"""An import over several lines."""


def sources() -> dict[str, list[str]]:
    """The code of each probe's files, by probe and file."""
    paths = [path for path in PROBES.glob("*/*/**/*.py") if path.relative_to(PROBES).parts[0] not in ("kit", "data")]
    return {str(path.relative_to(PROBES)): path.read_text(encoding="utf-8").splitlines() for path in sorted(paths)}


def windows(lines: list[str]) -> Iterator[tuple[str, ...]]:
    """Every run of so many lines of code; brackets alone, comments and imports are none."""
    code = [line.strip() for line in IMPORTED.sub("", "\n".join(lines)).splitlines()]
    code = [line for line in code if re.search(r"\w", line) and not line.startswith(("#", "import ", "from "))]
    for start in range(len(code) - LINES + 1):
        yield tuple(code[start : start + LINES])


def copies(files: Mapping[str, list[str]]) -> list[str]:
    """Runs of lines that two probes have, each with the files that have it."""
    places: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for name, lines in files.items():
        for window in windows(lines):
            places[window].add(name)
    twice = {window: names for window, names in places.items() if len({tuple(n.split("/")[:2]) for n in names}) > 1}
    return [f"{', '.join(sorted(names))}: {window[0]} …" for window, names in twice.items()]


def test_no_two_probes_have_the_same_lines() -> None:
    assert copies(sources()) == []


def test_a_second_copy_is_seen() -> None:
    lines = [f"line_{number} = {number}" for number in range(LINES)]
    imported = ["from x import (", *(f"    name_{number}," for number in range(LINES)), ")"]
    assert copies({"bias/one/probe.py": imported, "bias/two/items.py": imported}) == []
    spread = ["import x", "", *lines[:3], "", "# a comment", *[f"    {line}" for line in lines[3:]]]
    assert copies({"bias/one/probe.py": lines, "bias/two/items.py": spread}) != []
    assert copies({"bias/one/probe.py": lines, "bias/one/items.py": lines}) == []
    assert copies({"bias/one/probe.py": lines, "bias/two/items.py": lines[1:]}) == []
