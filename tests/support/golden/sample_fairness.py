"""Decisions by group: contrasts, crossings, groups that are too small, curves and points."""

from __future__ import annotations

import numpy as np
from golden.sample_base import estimate, spec

from fairwitness.audit.records import Cell, Column, Evidence, Measured, Metric, Undefined


def drawings() -> tuple[Evidence, ...]:
    """Curves that share a frame, curves that need a frame each, and points with crosses."""
    grid = [round(0.05 * step, 2) for step in range(21)]
    shares = (Column("race"), Column("threshold", "number", "score"), Column("selection rate", "number", "share"))
    band = (Column("low", "number", "share"), Column("high", "number", "share"))
    rates: list[tuple[Cell, ...]] = []
    for place, race in enumerate(("African-American", "Caucasian", "Hispanic", "Other", "Asian <b>", "\u202eNative")):
        for at in grid:
            value, half = round((1 - at) ** (0.7 + 0.3 * place), 4), round(0.02 + 0.01 * place, 4)
            rates.append((race, at, value, max(0.0, value - half), min(1.0, value + half), at == 0.5))
    rates += [(None, 0.5, 0.0, None, None, None), (None, 0.5, 1.0, None, None, None)]
    ends = (None, None)
    roc: list[tuple[Cell, ...]] = [
        (race, at, round(at**power, 4), *ends, at == 0.25)
        for race, power in (("African-American", 0.4), ("Caucasian", 0.5))
        for at in grid
    ]
    roc += [(None, 0.0, 0.0, *ends, None), (None, 1.0, 1.0, *ends, None)]
    axes = (Column("x", "number", "share"), Column("y", "number", "share"))
    trade = tuple(
        Column(f"{name}{end}", "number", "share") for name in ("accuracy", "gap") for end in ("", " low", " high")
    )
    crosses = (
        ("before", 0.65, 0.63, 0.67, 0.24, 0.21, 0.27, True),
        ("after: one threshold a group", 0.64, 0.62, 0.66, 0.02, -0.01, 0.05, False),
        ("after: weights", 0.645, 0.625, 0.665, 0.11, 0.08, 0.14, False),
        (None, 0.6, None, None, 0.0, None, None, None),
        (None, 0.7, None, None, 0.0, None, None, None),
    )
    return (
        Evidence(id="by_threshold", caption="Selection rate at every threshold, by race", kind="curves",
                 columns=(*shares, *band, Column("in use", "flag")), rows=tuple(rates), total=len(rates)),
        Evidence(id="roc", caption="True against false positive rate, by race; dotted: chance", kind="curves",
                 columns=(Column("race"), *axes, *band, Column("in use", "flag")), rows=tuple(roc), total=len(roc)),
        Evidence(id="trade", caption="Accuracy against the gap between groups", kind="points",
                 columns=(Column("model"), *trade, Column("in use", "flag")), rows=crosses, total=len(crosses)),
    )  # fmt: skip


def fairness() -> Measured:
    groups = {
        "African-American": (0.588, 0.016, 3696),
        "Caucasian": (0.348, 0.019, 2454),
        "Hispanic": (0.302, 0.035, 637),
        "Other": (0.226, 0.042, 377),
    }
    metrics: list[Metric] = []
    for group, (rate, half, n) in groups.items():
        metrics.append(
            Metric(
                name="selection_rate",
                estimate=estimate(rate, half, n, "Wilson"),
                unit="probability",
                better="none",
                claim=f"{rate:.1%} of {group} defendants are called high risk.",
                null=None,
                scope="group",
                by={"race": group},
                evidence=("groups",),
            )
        )
    for group, why in (
        ("Asian", "32 rows, 8 positives: fewer than 10 positives"),
        ("Native American", "18 rows: fewer than 30"),
    ):
        metrics.append(
            Metric(
                name="selection_rate",
                estimate=Undefined(why),
                unit="probability",
                better="none",
                claim="",
                null=None,
                scope="group",
                by={"race": group},
            )
        )
    contrasts = {
        "Caucasian": (0.240, 0.025, 0.592, 0.036),
        "Hispanic": (0.286, 0.038, 0.513, 0.061),
        "Other": (0.362, 0.045, 0.384, 0.072),
    }
    for group, (gap, half, share, width) in contrasts.items():
        metrics.append(
            Metric(
                name="false_positive_rate_difference",
                estimate=estimate(gap, half, 4000, "Newcombe"),
                unit="probability",
                better="near_zero",
                claim=f"More African-American than {group} defendants who did not reoffend are called high risk.",
                null=0.0,
                scope="group",
                by={"race": f"African-American − {group}"},
                evidence=("groups", "people"),
            )
        )
        metrics.append(
            Metric(
                name="selection_ratio",
                estimate=estimate(share, width, 4000, "log ratio"),
                unit="ratio",
                better="near_zero",
                claim=f"{group} defendants are called high risk {share:.2f} times as often as African-American ones.",
                null=1.0,
                scope="group",
                by={"race": f"{group} / African-American"},
                evidence=("groups",),
            )
        )
    metrics.append(
        Metric(
            name="accuracy_difference",
            estimate=estimate(-0.0316, 0.0241, 6150, "Newcombe"),
            unit="probability",
            better="near_zero",
            claim="Decisions are right about as often in both groups.",
            null=0.0,
            scope="group",
            by={"race": "African-American − Caucasian"},
            evidence=("groups",),
        )
    )
    rng = np.random.default_rng(3)
    for race in groups:
        for sex in ("Male", "Female"):
            for age in ("under 25", "25–45", "over 45"):
                rate = float(
                    np.clip(
                        groups[race][0]
                        + (0.05 if sex == "Male" else -0.08)
                        + {"under 25": 0.2, "25–45": 0.0, "over 45": -0.14}[age]
                        + rng.normal(0, 0.02),
                        0.06,
                        0.94,
                    )
                )
                by = {"race": race, "sex": sex, "age": age}
                if race == "Other" and sex == "Female":
                    metrics.append(
                        Metric(
                            name="selection_rate",
                            estimate=Undefined(f"{int(rng.integers(5, 29))} rows: fewer than 30"),
                            unit="probability",
                            better="none",
                            claim="",
                            null=None,
                            by=by,
                            evidence=(),
                            scope="detail",
                        )
                    )
                else:
                    metrics.append(
                        Metric(
                            name="selection_rate",
                            estimate=estimate(round(rate, 4), 0.05, int(rng.integers(40, 900)), "Wilson"),
                            unit="probability",
                            better="none",
                            claim="",
                            null=None,
                            by=by,
                            evidence=(),
                            scope="detail",
                        )
                    )
    people = tuple(
        (
            1000 + k,
            "African-American" if k % 3 else "Caucasian",
            int(rng.integers(18, 70)),
            "high" if k % 2 else "low",
            "no" if k % 4 else "yes",
            k % 2 == 1 and k % 4 != 0,
        )
        for k in range(64)
    )
    table = tuple(
        (group, n, rate, round(rate + 0.13, 4), round(rate - 0.14, 4)) for group, (rate, _, n) in groups.items()
    )
    return Measured(
        probe=spec(
            "group_fairness",
            "fairness",
            "Decisions by group",
            "Are decisions and errors spread alike over groups of people?",
        ),
        metrics=tuple(metrics),
        evidence=(
            Evidence(
                id="groups",
                caption="Rates by group",
                kind="table",
                columns=(
                    Column("race"),
                    Column("people", "number"),
                    Column("selection rate", "number", "probability"),
                    Column("true positive rate", "number", "probability"),
                    Column("false positive rate", "number", "probability"),
                ),
                rows=table,
                total=4,
            ),
            Evidence(
                id="people",
                caption="People wrongly called high risk first, then a sample of the rest",
                kind="table",
                columns=(
                    Column("row", "number"),
                    Column("race"),
                    Column("age", "number", "years"),
                    Column("decision"),
                    Column("reoffended"),
                    Column("wrongly high", "flag"),
                ),
                rows=people,
                total=7214,
            ),
            *drawings(),
        ),
        requests=7214,
        unanswered=0,
    )
