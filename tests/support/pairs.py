"""Two runs over the same people, made from decisions: what `compare` is tested on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fairwitness.audit import metrics, stats
from fairwitness.audit.records import (
    Audit,
    DataNeed,
    DataSource,
    DecisionRows,
    Estimate,
    Manifest,
    Measured,
    Metric,
    PolicyInfo,
    ProbeSpec,
    ScoredItems,
    Severity,
    SubjectInfo,
    Undefined,
    Verdict,
)

SPEC = ProbeSpec(
    name="group_fairness",
    version="1.0",
    family="fairness",
    title="Decisions by group",
    question="?",
    why="",
    how_to_read="",
    needs=(("Predict",),),
    citations=(),
    limits=(),
    data=(DataNeed(name="table", what="your table"),),
)
RATES = (
    "base_rate",
    "selection_rate",
    "accuracy",
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
)
CONTRASTED = ("selection_rate", "accuracy", "true_positive_rate", "false_positive_rate", "positive_predictive_value")
BETTER = {"accuracy": "higher", "true_positive_rate": "higher", "false_positive_rate": "lower"}

Flags = npt.NDArray[np.bool_]


def run(
    sex: Sequence[str],
    truth: Sequence[int],
    selected: Sequence[int],
    scores: Sequence[float] | None = None,
    *,
    gates: Sequence[str] = (),
    sha: str = "s",
    fingerprint: str = "a",
    options: Mapping[str, Any] | None = None,
) -> Audit:
    """A run with the metrics of one group column; the most frequent group is the reference."""
    codes, names = _codes(sex)
    positive, chosen = np.array(truth, dtype=np.bool_), np.array(selected, dtype=np.bool_)
    counts = np.asarray(metrics.counts(positive, chosen, codes, len(names)), dtype=np.float64)
    found = tuple(_metrics(names, counts, positive, scores))
    measured = Measured(
        probe=SPEC,
        metrics=found,
        evidence=(),
        requests=len(sex),
        unanswered=0,
        items=decisions(sex, truth, selected, scores),
    )
    verdicts = tuple(
        Verdict(
            ground="across",
            rule="gate",
            outcome="pass",
            probe=SPEC.name,
            metric=one.name,
            by=one.by,
            against=one.against,
            reason="",
            severity="error",
            counts=True,
            fingerprint="",
        )
        for one in found
        if one.name in gates
    )
    return audit((measured,), verdicts, sha=sha, fingerprint=fingerprint, options=options or {}, rows=len(sex))


def audit(
    results: Sequence[Measured],
    verdicts: Sequence[Verdict] = (),
    *,
    sha: str = "s",
    fingerprint: str = "a",
    options: Mapping[str, Any] | None = None,
    rows: int = 1,
) -> Audit:
    """A complete document of these results."""
    manifest = Manifest(
        subject=SubjectInfo(
            spec=f"predictions:{fingerprint}.csv",
            fingerprint=fingerprint,
            kind="predictions",
            architecture="",
            parameters=None,
            dtype="",
            capabilities=("Predict",),
        ),
        config={"resolved": {"probe": {SPEC.name: dict(options or {})}}},
        policy=PolicyInfo("default", "p"),
        seed=0,
        data=(DataSource(name="table", source=f"{sha}.csv", sha256=sha, licence="", rows=rows),),
        environment={},
        git={"commit": None, "dirty": None},
        run={"started": "", "seconds": 0.0, "model_calls": 0, "cache_hits": 0, "host": "", "probe_seconds": {}},
    )
    return Audit(
        fairwitness_version="0",
        status="complete",
        outcome="pass",
        manifest=manifest,
        results=tuple(results),
        verdicts=tuple(verdicts),
        exit_code=0,
    )


def decisions(
    sex: Sequence[str], truth: Sequence[int | None], selected: Sequence[int], scores: Sequence[float] | None = None
) -> DecisionRows:
    """The decisions by row, as the probe gives them."""
    return DecisionRows(
        rows=tuple(range(1, len(sex) + 1)),
        groups={"sex": tuple(sex)},
        decisions=tuple(str(int(decision)) for decision in selected),
        selected=tuple(bool(decision) for decision in selected),
        outcomes=tuple(None if outcome is None else str(outcome) for outcome in truth),
        counted=tuple(None if outcome is None else outcome == 1 for outcome in truth),
        rule="the outcome '1'",
        scores=() if scores is None else tuple(map(float, scores)),
    )


def _codes(sex: Sequence[str]) -> tuple[npt.NDArray[np.int64], list[str]]:
    names = sorted(set(sex), key=lambda name: (-list(sex).count(name), name))
    return np.array([names.index(name) for name in sex], dtype=np.int64), names


def _metrics(
    names: Sequence[str], counts: npt.NDArray[np.float64], positive: Flags, scores: Sequence[float] | None
) -> Iterator[Metric]:
    for name in RATES:
        share, better = metrics.SHARES[name], BETTER.get(name, "none")
        parts = [({}, counts.sum(axis=0)), *(({"sex": group}, row) for group, row in zip(names, counts, strict=True))]
        for by, row in parts:
            yield Metric(
                name=name,
                estimate=stats.proportion(*map(float, share.of(row))),
                unit="share",
                better=better,  # type: ignore[arg-type]
                claim="",
                by=by,
            )
        hits, base = (part.tolist() for part in share.of(counts))
        if name not in CONTRASTED or min(base) == 0 or len(names) < 2:
            continue
        for at, found in enumerate(stats.rate_contrasts(hits, base, 0), start=1):
            groups = {"by": {"sex": names[at]}, "against": names[0], "scope": "group"}
            yield Metric(
                name=f"{name}_difference",
                estimate=found,
                unit="share",
                better="near_zero",
                claim="",
                null=0.0,
                **groups,  # type: ignore[arg-type]
                tags=("contrast",),
            )
            if name == "selection_rate":
                ratio = stats.ratio(hits[at], base[at], hits[0], base[0])
                signed = "selection_rate_ratio_to_reference"
                yield Metric(
                    name=signed,
                    estimate=ratio,
                    unit="ratio",
                    better="near_zero",
                    claim="",
                    null=1.0,
                    **groups,  # type: ignore[arg-type]
                    tags=("contrast",),
                )


def item_run(
    scores: Mapping[str, Sequence[float | None]],
    *,
    ids: Sequence[str] | None = None,
    clusters: Mapping[str, Sequence[str]] | None = None,
    metrics: Sequence[Metric] = (),
    gates: Sequence[str] = (),
    fingerprint: str = "a",
) -> Audit:
    """A run of a probe of items with these scores; rules that can fail a release speak of the gates."""
    first = next(iter(scores.values()))
    rows = ScoredItems(
        ids=tuple(ids or [f"item {place}" for place in range(len(first))]),
        scores={name: tuple(column) for name, column in scores.items()},
        clusters={name: tuple(labels) for name, labels in (clusters or {}).items()},
        unanswered=tuple(score is None for score in first),
    )
    result = Measured(
        probe=replace(SPEC, name="items", data=()),
        metrics=tuple(metrics),
        evidence=(),
        requests=len(first),
        unanswered=0,
        items=rows,
    )
    verdicts = [
        Verdict(
            ground="inside",
            rule="gate",
            outcome="pass",
            probe="items",
            metric=metric.name,
            by=metric.by,
            reason="",
            severity="error",
            counts=True,
            fingerprint="",
        )
        for metric in metrics
        if metric.name in gates
    ]
    return audit([result], verdicts, fingerprint=fingerprint)


def mean_metric(
    name: str,
    scores: Sequence[float | None],
    clusters: Sequence[str] | None = None,
    by: Mapping[str, str] | None = None,
) -> Metric:
    """The mean of scores as a metric of which more is better."""
    places = [place for place, score in enumerate(scores) if score is not None]
    values = [score for score in scores if score is not None]
    labels = None if clusters is None else [clusters[place] for place in places]
    estimate = stats.mean(values) if labels is None else stats.mean(values, clusters=labels, weigh="values")
    return Metric(name=name, estimate=estimate, unit="share", better="higher", claim="", by=by or {})


def with_estimate(run: Audit, name: str, estimate: Estimate | Undefined, severity: Severity = "error") -> Audit:
    """The run with another overall estimate of a metric."""
    (result,) = run.results
    assert isinstance(result, Measured)
    changed = tuple(
        replace(one, estimate=estimate) if one.name == name and not one.by else one for one in result.metrics
    )
    return replace(run, results=(replace(result, metrics=changed),))
