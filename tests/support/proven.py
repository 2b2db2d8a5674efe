"""Of which code the figures of docs/proof.md are: a hash for each part that they are about, and where it differs.

python tests/support/proven.py                        the tests that `make test` runs, as an expression of markers
python tests/support/proven.py short|whole [FOUND]    writes the hashes of today, and the counts in FOUND, on the page
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import proof

ROOT = proof.PAGE.parents[1]
HEADING = "Of which code"
FORMS = ("whole", "short")
LENGTH = 12
"""Hexadecimal digits that the page shows of a hash."""
TRANSLATIONS = re.compile(r"words\.\w+\.toml")
"""Files of words in another language."""


def parts() -> list[str]:
    """What the proofs are about: formulas, statistics, how a run asks and judges, families of probes, and the proofs.

    `audit` stands for the modules in that folder itself.
    """
    families = sorted(path for path in (ROOT / "probes").iterdir() if (path / "__init__.py").exists())
    return [
        "audit",
        "audit/metrics",
        "audit/policy",
        "audit/records",
        "audit/runner",
        "audit/stats",
        *(path.relative_to(ROOT).as_posix() for path in families),
        "tests/contracts",
        "tests/probes",
        "tests/properties",
        "tests/replay",
        "tests/support",
    ]


def hashes() -> dict[str, str]:
    """The hash of today of each part."""
    return {part: hash_of(ROOT / part, inner=part != "audit") for part in parts()}


def hash_of(folder: Path, inner: bool = True) -> str:
    """The first digits of the SHA-256 of the files of a folder, with `inner` of all folders in it; no translations."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*") if inner else folder.glob("*")):
        if path.is_file() and path.suffix != ".pyc" and not TRANSLATIONS.fullmatch(path.name):
            whole.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:LENGTH]


def changed(page: str, today: Mapping[str, str]) -> list[str]:
    """The parts whose hashes of today the page has in neither form; a part that it lacks is among them."""
    proven = {row["part"].strip("`"): {row[form].strip("`") for form in FORMS} for row in proof.table(page, HEADING)}
    return [part for part, digits in today.items() if digits not in proven.get(part, set())]


def expression(differing: Sequence[str]) -> str:
    """Which tests `make test` runs, as an expression of markers: all of them where the code of the proofs differs."""
    return "" if differing else "not proof"


def record(form: str, page: str, today: Mapping[str, str]) -> str:
    """The page with the hashes of today in the column of this form."""
    before = {row["part"].strip("`"): row for row in proof.table(page, HEADING)}
    lines = ["| part | whole | short |", "| --- | --- | --- |"]
    for part, digits in today.items():
        cells = {name: before.get(part, {}).get(name, "–") for name in FORMS} | {form: f"`{digits}`"}
        lines.append(f"| `{part}` | {cells['whole']} | {cells['short']} |")
    table = re.compile(rf"(## {HEADING}\n.*?)\| part \|.*?\n(?=\n|\Z)", re.DOTALL)
    return table.sub(lambda match: match[1] + "\n".join(lines) + "\n", page)


def count(key: str, alarms: int, page: str) -> str:
    """The page with so many false alarms of the probe in the table of balanced worlds."""
    row = re.compile(rf"^(\| `{key}` \| [^|]* \| )\d+ of {proof.WHOLE:,} \|", re.MULTILINE)
    return row.sub(lambda match: f"{match[1]}{alarms} of {proof.WHOLE:,} |", page)


def main() -> None:
    page = proof.PAGE.read_text(encoding="utf-8")
    if len(sys.argv) == 1:
        differing = changed(page, hashes())
        if differing:
            print(f"the proofs run in short, since they last did changed: {', '.join(differing)}", file=sys.stderr)  # noqa: T201
        print(expression(differing))  # noqa: T201
        return
    form, *counts = sys.argv[1:]
    page = record(form, page, hashes())
    for line in Path(counts[0]).read_text(encoding="utf-8").splitlines() if counts else []:
        key, alarms = json.loads(line)
        page = count(key, alarms, page)
    proof.PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
