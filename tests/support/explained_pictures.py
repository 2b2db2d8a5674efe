"""One made-up probe whose result has every picture of an explanation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from judged_rows import SPEC, audit

from fairwitness.audit.records import Audit, Cell, Column, Evidence, EvidenceKind, Measured, Name, Picture, Translated

FIRST = "The nurse said she was [MASK] tired"
OTHER = "The nurse said he was very tired"
VALUES = (0.01, 0.8, -0.05, -1.25, 0.3, 0.04, 0.6)


def evidence(
    id: str, kind: EvidenceKind, columns: list[Column], rows: list[tuple[Cell, ...]], caption: str
) -> Evidence:
    return Evidence(
        id=id,
        caption=Translated(caption, {"zh": f"中文 {id}"}),
        kind=kind,
        columns=tuple(columns),
        rows=tuple(rows),
        total=len(rows),
    )


def strip(id: str, text: str, shift: float = 0.0, role: str = "doubted") -> Evidence:
    columns = [
        Column("word", "token"),
        Column("SHAP", "weight", "log-odds"),
        Column("SHAP error", "error", "log-odds"),
        Column("rollout", role, "log-odds"),  # type: ignore[arg-type]
        Column("a word for a person", "flag"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (word, value + shift, 0.1, abs(value), word in ("she", "he"))
        for word, value in zip(text.split(), VALUES, strict=True)
    ]
    return evidence(id, "tokens", columns, rows, f"{id}: {text}")


def steps(*rows: tuple[str, float, float | None, float | None, bool]) -> Evidence:
    columns = [Column("column", "label"), *(Column(name, "number", "log-odds") for name in ("value", "low", "high"))]
    return evidence("steps", "dots", [*columns, Column("total", "flag")], list(rows), "One row, column by column")


def layers(id: str, *, least: float, caption: str, heads: int = 9, count: int = 12) -> Evidence:
    rng = np.random.default_rng(len(id))
    columns = [Column("layer", "label", "share"), *(Column(f"head {k}", "number", "share") for k in range(heads))]
    rows: list[tuple[Cell, ...]] = [
        (f"layer {k}", *(rng.uniform(least, 0.4) for _ in range(heads))) for k in range(count)
    ]
    return evidence(id, "matrix", columns, rows, caption)


def words_map() -> Evidence:
    words = FIRST.split()
    rng = np.random.default_rng(1)
    columns = [Column("from", "label"), *(Column(f"{k} {word}", "number") for k, word in enumerate(words, start=1))]
    rows: list[tuple[Cell, ...]] = [
        (f"{k} {word}", *(rng.random(len(words)) ** 3).tolist()) for k, word in enumerate(words, start=1)
    ]
    return evidence("map-1", "matrix", columns, rows, "Layer 3, head 2")


def path() -> Evidence:
    columns = [Column("who", "label"), *(Column(name, "number") for name in ("layer", "log-odds", "low", "high"))]
    rows: list[tuple[Cell, ...]] = [
        (who, layer, sign * layer / 9, sign * layer / 9 - 0.2, sign * layer / 9 + 0.2)
        for who, sign in (("she", 1), ("he", -0.6))
        for layer in range(12)
    ]
    return evidence("path", "curves", columns, rows, "The answer layer by layer")


def swarm(count: int = 60) -> Evidence:
    rng = np.random.default_rng(2)
    columns = [Column("column", "label"), Column("SHAP", "number", "log-odds"), Column("value of the column", "number")]
    rows: list[tuple[Cell, ...]] = [
        (name, weight * (shade - 0.5) + float(rng.normal(0, 0.05)), shade)
        for name, weight in (("age", 2.0), ("income", -1.0), ("sex", 0.4))
        for shade in rng.random(count).tolist()
    ]
    return evidence("swarm", "table", columns, rows, "Every row of the table, column by column")


STEPS = steps(
    ("all columns hidden", -0.4, None, None, True),
    ("age = 51", 1.1, 0.9, 1.3, False),
    ("income = 1,200", -0.6, -0.7, -0.5, False),
    ("sex = f", -0.2, None, None, False),
    ("this row", -0.1, None, None, True),
)
EVERY = (
    strip("strip-1", FIRST),
    strip("strip-2", OTHER, 0.05),
    STEPS,
    layers("she", least=0.0, caption="she"),
    layers("he", least=0.0, caption="he"),
    layers("less", least=-0.4, caption="she less he"),
    words_map(),
    path(),
    swarm(),
)
PICTURES = (
    Picture(kind="tokens", evidence=("strip-1",)),
    Picture(kind="pair", caption=Name("Both"), evidence=("strip-1", "strip-2")),
    Picture(kind="waterfall", evidence=("steps",)),
    Picture(kind="heads", evidence=("she", "he", "less", "map-1")),
    Picture(kind="curves", evidence=("path",)),
    Picture(kind="beeswarm", evidence=("swarm",)),
)


def result(pictures: tuple[Picture, ...] = PICTURES, pieces: tuple[Evidence, ...] = EVERY) -> Measured:
    return Measured(probe=SPEC, metrics=(), evidence=pieces, requests=1, unanswered=0, pictures=pictures)


def document(pictures: tuple[Picture, ...] = PICTURES, pieces: tuple[Evidence, ...] = EVERY) -> Audit:
    made = audit([], [])
    return replace(made, results=(result(pictures, pieces),))
