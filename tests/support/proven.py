"""Of which code the figures of docs/proof.md are: a hash for each part that they are about, and where it differs.

python tests/support/proven.py                        the tests that `make test` runs, as an expression of markers
python tests/support/proven.py short|whole [FOUND]    writes the hashes of today, and the counts in FOUND, on the page
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import proof

ROOT = proof.PAGE.parents[1]
HEADING = "Of which code"
FORMS = ("whole", "short")
LENGTH = 12
"""Hexadecimal digits that the page shows of a hash."""


def parts() -> list[str]:
    """The folders that the proofs are about: formulas, statistics and every family of probes."""
    families = sorted(path for path in (ROOT / "probes").iterdir() if (path / "__init__.py").exists())
    return ["audit/metrics", "audit/stats", *(str(path.relative_to(ROOT)) for path in families)]


def hash_of(folder: Path) -> str:
    """The first digits of the SHA-256 of the files of a folder, but for words, which change no figure."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and path.name != "words.toml":
            whole.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:LENGTH]


def changed() -> list[str]:
    """The parts that are not as they were when the proofs last ran, in either form."""
    proven = {row["part"].strip("`"): {row[form].strip("`") for form in FORMS} for row in proof.rows(HEADING)}
    return [part for part in parts() if hash_of(ROOT / part) not in proven.get(part, set())]


def record(form: str, page: str) -> str:
    """The page with the hashes of today in the column of this form."""
    before = {row["part"].strip("`"): row for row in proof.rows(HEADING)}
    lines = ["| part | whole | short |", "| --- | --- | --- |"]
    for part in parts():
        cells = {name: before.get(part, {}).get(name, "–") for name in FORMS} | {form: f"`{hash_of(ROOT / part)}`"}
        lines.append(f"| `{part}` | {cells['whole']} | {cells['short']} |")
    table = re.compile(rf"(## {HEADING}\n.*?)\| part \|.*?\n(?=\n|\Z)", re.DOTALL)
    return table.sub(lambda match: match[1] + "\n".join(lines) + "\n", page)


def count(key: str, alarms: int, page: str) -> str:
    """The page with so many false alarms of the probe in the table of balanced worlds."""
    row = re.compile(rf"^(\| `{key}` \| [^|]* \| )\d+ of {proof.WHOLE:,} \|", re.MULTILINE)
    return row.sub(lambda match: f"{match[1]}{alarms} of {proof.WHOLE:,} |", page)


def main() -> None:
    if len(sys.argv) == 1:
        differing = changed()
        if differing:
            print(f"the proofs run in short, since they last did changed: {', '.join(differing)}", file=sys.stderr)  # noqa: T201
        print("" if differing else "not proof")  # noqa: T201
        return
    form, *counts = sys.argv[1:]
    page = record(form, proof.PAGE.read_text(encoding="utf-8"))
    for line in Path(counts[0]).read_text(encoding="utf-8").splitlines() if counts else []:
        key, alarms = json.loads(line)
        page = count(key, alarms, page)
    proof.PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
