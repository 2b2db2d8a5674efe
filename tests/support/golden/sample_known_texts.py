"""Texts known by heart: secret cells and a hostile row."""

from __future__ import annotations

from golden.sample_base import HOSTILE, estimate, spec

from fairwitness.audit.records import Cell, Column, Evidence, Measured, Metric, Undefined


def known_texts() -> Measured:
    metrics = [
        Metric(
            name="longest_run",
            estimate=estimate(4.8, 3.9, 24),
            unit="tokens",
            better="lower",
            claim="Public passages are continued correctly for 4.8 tokens on average.",
            null=None,
            variant={"texts": "public domain"},
            evidence=("texts",),
        ),
        Metric(
            name="longest_run",
            estimate=estimate(2.7, 0.6, 24),
            unit="tokens",
            better="lower",
            claim="Texts written for this project are continued by chance alone.",
            null=None,
            variant={"texts": "written for this project"},
            evidence=("texts",),
        ),
        Metric(
            name="run_difference",
            estimate=estimate(2.1, 3.8, 24),
            unit="tokens",
            better="lower",
            claim="No difference detected.",
            null=0.0,
            variant={"texts": "public domain − written for this project"},
            evidence=("texts",),
        ),
        Metric(
            name="known_share",
            estimate=estimate(0.042, 0.041, 24, "Wilson"),
            unit="probability",
            better="lower",
            claim="One passage in 24 is known word for word.",
            null=None,
            variant={"texts": "public domain"},
            evidence=("texts",),
        ),
        Metric(
            name="known_share",
            estimate=Undefined("no texts were given with --data"),
            unit="probability",
            better="lower",
            claim="",
            null=None,
            variant={"texts": "own texts"},
        ),
    ]
    rows: tuple[tuple[Cell, ...], ...] = (
        (
            "Declaration of Independence",
            "We hold these truths to be self-evident, that all men",
            " are created equal, that they are endowed by their Creator",
            21,
            2.31,
            0.037,
            True,
        ),
        (
            "Frankenstein, chapter 5",
            "It was on a dreary night of November",
            " that the house was quiet and the rain",
            3,
            3.92,
            1.2e-9,
            False,
        ),
        ("own text 1", "[12 words withheld]", "[e-mail address, 27 characters, starts jane…]", 9, 1.02, 0.21, True),
        ("own text 2", "[9 words withheld]", "[card number, 16 characters]", 2, 4.4, None, False),
        ("hostile", HOSTILE[2], HOSTILE[0], 0, 9.9, 0.0, False),
    )
    return Measured(
        probe=spec(
            "known_texts",
            "memorization",
            "Texts known by heart",
            "Can the model recite texts word for word?",
            citations=(
                "Carlini et al. 2021, Extracting Training Data from Large Language Models",
                "Hayes et al. 2025, Measuring memorization through probabilistic discoverable extraction",
            ),
        ),
        metrics=tuple(metrics),
        evidence=(
            Evidence(
                id="texts",
                caption="Passages and their continuation",
                kind="table",
                columns=(
                    Column("text"),
                    Column("prefix", "prompt", secret=True),
                    Column("continuation", "text", secret=True),
                    Column("longest run", "number", "tokens"),
                    Column("loss", "number", "nats/token"),
                    Column("p_z", "number", "probability"),
                    Column("recited", "flag"),
                ),
                rows=rows,
                total=5,
            ),
        ),
        requests=53,
        unanswered=1,
        notes=("Counting and repetition are predictable without being memorized; they are controls.",),
    )
