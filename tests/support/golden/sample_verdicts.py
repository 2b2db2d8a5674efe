"""Verdicts of every outcome on the hand-made audit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from fairwitness.audit.records import Estimate, Ground, Interval, Measured, Undefined, Verdict

GROUNDS: dict[str, Ground] = {
    "pass": "inside",
    "fail": "outside",
    "likely_violated": "likely_outside",
    "inconclusive": "across",
    "not_measured": "not_estimable",
    "waived": "outside",
}


def verdict(
    rule: str,
    outcome: str,
    probe: str,
    metric: str,
    by: dict[str, str],
    reason: str,
    condition: str,
    threshold: float | None,
    **rest: object,
) -> Verdict:
    fingerprint = hashlib.sha256(f"{rule} {probe} {metric} {sorted(by.items())}".encode()).hexdigest()[:16]
    fields: dict[str, object] = {
        "severity": "error",
        "counts": outcome in {"fail", "inconclusive", "not_measured"},
        "fingerprint": fingerprint,
        "decided": None,
        "waiver": "",
    }
    fields.update(rest)
    return Verdict(
        ground=GROUNDS[outcome],
        rule=rule,
        outcome=outcome,  # type: ignore[arg-type]
        probe=probe,
        metric=metric,
        by=by,
        reason=reason,
        condition=condition,
        threshold=threshold,
        **fields,  # type: ignore[arg-type]
    )


def verdicts(results: Sequence[Measured]) -> tuple[Verdict, ...]:
    made = [
        verdict(
            "gender-gap",
            "inconclusive",
            "gender",
            "pronoun_gap",
            {},
            "the interval straddles the limit",
            "within 0.1",
            0.1,
            decided=Interval(0.975, -0.131, -0.035),
        ),
        verdict(
            "gender-spread",
            "fail",
            "gender",
            "gap_spread",
            {},
            "the whole interval lies above the limit",
            "<= 0.15",
            0.15,
        ),
        verdict(
            "gender-coverage",
            "pass",
            "gender",
            "supported_share",
            {},
            "the whole interval lies above the limit",
            ">= 0.95",
            0.95,
        ),
        verdict(
            "memorized-own",
            "not_measured",
            "known_texts",
            "known_share",
            {},
            "no texts were given with --data",
            "<= 0.01",
            0.01,
            variant={"texts": "own texts"},
        ),
        verdict(
            "memorized-public",
            "inconclusive",
            "known_texts",
            "longest_run",
            {},
            "the interval straddles the limit",
            "<= 5",
            5.0,
            severity="warn",
            counts=False,
            variant={"texts": "public domain"},
        ),
        verdict(
            "toxicity",
            "not_measured",
            "toxicity",
            "share",
            {},
            "this run asked none of the probes that the rule is about",
            "<= 0.01",
            0.01,
            asked=False,
            counts=False,
        ),
        verdict(
            "stable",
            "pass",
            "attribution",
            "seed_stability",
            {},
            "the whole interval lies above the limit",
            ">= 0.8",
            0.8,
            variant={"method": "SHAP"},
        ),
        verdict(
            "ratio",
            "waived",
            "group_fairness",
            "selection_ratio",
            {"race": "Hispanic / African-American"},
            "waived until 2026-12-31",
            ">= 0.8",
            0.8,
            waiver="W-12 · owner: risk team · known and monitored; ticket RISK-77 · <b>39 days left</b>",
        ),
        verdict(
            "accuracy",
            "pass",
            "group_fairness",
            "accuracy_difference",
            {"race": "African-American − Caucasian"},
            "the whole interval lies within",
            "within 0.1",
            0.1,
        ),
    ]
    for metric in results[1].metrics:
        if metric.name == "false_positive_rate_difference":
            made.append(
                verdict(
                    "error-gap",
                    "fail",
                    "group_fairness",
                    metric.name,
                    dict(metric.by),
                    "the whole interval lies above the limit",
                    "within 0.1",
                    0.1,
                    decided=metric.estimate.at(1 - 0.05 / 3) if isinstance(metric.estimate, Estimate) else None,
                )
            )
        if metric.name == "selection_ratio" and "Hispanic" not in metric.by["race"]:
            made.append(
                verdict(
                    "ratio",
                    "fail",
                    "group_fairness",
                    metric.name,
                    dict(metric.by),
                    "the whole interval lies below the limit",
                    ">= 0.8",
                    0.8,
                )
            )
        if metric.name == "selection_rate" and isinstance(metric.estimate, Undefined) and "sex" not in metric.by:
            made.append(
                verdict(
                    "rates",
                    "not_measured",
                    "group_fairness",
                    metric.name,
                    dict(metric.by),
                    metric.estimate.reason,
                    "<= 0.7",
                    0.7,
                    severity="warn",
                    counts=False,
                )
            )
    return tuple(made)
