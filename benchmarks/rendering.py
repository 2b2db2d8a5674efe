"""How long a page takes to draw, how much memory, and how large it is: a made-up run with many rows of evidence.

`python benchmarks/rendering.py [ROWS]` prints one line for rows that pass and one for rows that all fail.
"""

from __future__ import annotations

import resource
import sys
import time

from fairwitness.audit.records import (
    Audit,
    Column,
    Estimate,
    Evidence,
    Manifest,
    Measured,
    Metric,
    PolicyInfo,
    ProbeSpec,
    SubjectInfo,
)
from fairwitness.reports import html

ROWS = 200_000
SECONDS, MEBIBYTES = 20, 1024
"""What drawing may take at most."""
WORDS = "The engineer told the nurse that she would be back before the meeting of the board had come to its end."
SPEC = ProbeSpec(
    name="made_up",
    version="1",
    family="bias",
    title="A made-up probe",
    question="How long does its page take?",
    why="",
    how_to_read="",
    needs=(),
    citations=(),
    limits=(),
)


def table(rows: int, *, failing: bool) -> Evidence:
    """A table with a text, a group, two numbers and a mark in each row."""
    columns = (Column("text", "prompt"), Column("group"), Column("before", "number"), Column("after", "number"))
    made = tuple((f"{WORDS} {k}", f"group {k % 7}", k / 7, k / 11, failing or k % 100 == 0) for k in range(rows))
    return Evidence(
        id="rows", caption="Rows", kind="table", columns=(*columns, Column("worse", "flag")), rows=made, total=rows
    )


def audit(rows: int, *, failing: bool) -> Audit:
    """A run of one probe with one metric and such a table."""
    estimate = Estimate(value=0.2, low=0.1, high=0.3, level=0.95, n=rows, method="made up")
    metric = Metric(
        name="gap", estimate=estimate, unit="share", better="near_zero", claim="A gap.", null=0.0, evidence=("rows",)
    )
    result = Measured(
        probe=SPEC, metrics=(metric,), evidence=(table(rows, failing=failing),), requests=rows, unanswered=0
    )
    subject = SubjectInfo(
        spec="made-up", fingerprint="0" * 64, kind="none", architecture="", parameters=None, dtype="", capabilities=()
    )
    return Audit(
        fairwitness_version="0",
        status="complete",
        outcome="reported",
        manifest=Manifest(
            subject=subject,
            config={},
            policy=PolicyInfo("default", "0" * 64),
            seed=0,
            data=(),
            environment={},
            git={},
            run={},
        ),
        results=(result,),
        verdicts=(),
        exit_code=0,
    )


def main(rows: int = ROWS) -> int:
    """Draws both pages. Returns 1 where one takes longer or more than it may."""
    late = False
    for failing in (False, True):
        run = audit(rows, failing=failing)
        start = time.perf_counter()
        page = html.render(run)
        seconds = time.perf_counter() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        late |= seconds > SECONDS or memory > MEBIBYTES
        what = "all rows fail" if failing else "one in a hundred fails"
        print(f"{rows:,} rows, {what}: {seconds:.1f} s, at most {memory:.0f} MiB, page {len(page) / 1e6:.2f} MB")
    return int(late)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
