"""What a model card says of an audit: metadata for the hub, and a section of text with intervals and verdicts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from fairwitness.audit.records import Audit, Estimate, Measured, Metric, Verdict
from fairwitness.reports.facts import fact_rows
from fairwitness.reports.i18n import both
from fairwitness.reports.labels import Labels
from fairwitness.reports.markdown import findings, heading, judged_rows, not_tested, repeat, safe
from fairwitness.reports.rules import condition, worst
from fairwitness.reports.scorecard import Judgements
from fairwitness.reports.summary import summarise
from fairwitness.reports.text import human, line

OURS = "fairwitness/"
"""How the data set of our results begins: by it an earlier merge is known again."""
MOST_ROWS = 50
TASKS: Mapping[str, str] = {
    "causal_lm": "text-generation",
    "generator": "text-generation",
    "endpoint": "text-generation",
    "masked_lm": "fill-mask",
    "sequence_classifier": "text-classification",
    "classifier": "text-classification",
    "token_classifier": "token-classification",
    "tagger": "token-classification",
    "spacy": "token-classification",
    "question_answerer": "question-answering",
    "sequence_to_sequence": "text2text-generation",
    "encoder": "feature-extraction",
    "tabular": "tabular-classification",
    "predictions": "tabular-classification",
    "published": "tabular-classification",
}
"""The hub's word for what a kind of model does."""


def model_index(audit: Audit) -> list[dict[str, Any]]:
    """The `model-index` of our results, which has one model; empty where no metric has a value."""
    from huggingface_hub import EvalResult
    from huggingface_hub.repocard_data import eval_results_to_model_index

    task = TASKS.get(audit.manifest.subject.kind, "other")
    results = [
        EvalResult(
            task_type=task,
            dataset_type=f"{OURS}{line(result.probe.name)}",
            dataset_name=f"Fairwitness: {line(result.probe.title)} ({line(result.probe.version)})",
            metric_type=line(metric.name) or "metric",
            metric_name=Labels.of(metric).named(human(metric.name)),
            metric_value=estimate.value,
            metric_args=_arguments(metric, estimate, verdict),
        )
        for result, metric, estimate, verdict in _rows(audit)
    ]
    listed: list[dict[str, Any]] = eval_results_to_model_index(_model(audit), results) if results else []
    return listed


def eval_results(audit: Audit) -> list[dict[str, Any]]:
    """The entries of a file in `.eval_results/`, as `huggingface_hub.parse_eval_result_entries` reads them."""
    started = line(str(audit.manifest.run.get("started", "")))
    entries = []
    for result, metric, estimate, verdict in _rows(audit):
        dataset = {
            "id": f"{OURS}{line(result.probe.name)}",
            "task_id": Labels.of(metric).named(line(metric.name)) or "metric",
        }
        entry: dict[str, Any] = {"dataset": dataset, "value": estimate.value}
        if started:
            entry["date"] = started
        notes = {"probe version": line(result.probe.version), **_arguments(metric, estimate, verdict)}
        entries.append({**entry, "notes": "; ".join(f"{name}: {value}" for name, value in notes.items())})
    return entries


def section(audit: Audit) -> Iterator[str]:
    """The lines of the section, under a heading of the second level."""
    summary = summarise(audit)
    title, *about = heading(audit, summary)
    yield f"## {both('modelcard.title', version=safe(audit.fairwitness_version))}"
    yield from ("", f"**{title.removeprefix('# ')}**", *about)
    if started := audit.manifest.run.get("started"):
        yield from ("", str(both("modelcard.when", when=safe(str(started)))))
    inner = [
        *findings(audit),
        "",
        f"## {both('modelcard.results')}",
        *judged_rows(summary, MOST_ROWS),
        *not_tested(summary.absent),
        *_limits(audit),
        *repeat(audit),
    ]
    yield from (f"#{part}" if part.startswith("#") else part for part in inner)


def facts_sections(audit: Audit) -> Iterator[str]:
    """Sections for what only people can write: what somebody wrote, and what is missing by its name."""
    for table, rows in groupby(fact_rows(audit.manifest.facts), key=lambda row: row.name.partition(".")[0]):
        yield from (f"## {both(f'fact.table.{table}')}", "")
        for row in rows:
            entry = f" ({safe(row.entry)})" if row.entry else ""
            said = f"*{both('missing')}*" if row.missing else "; ".join(map(safe, row.texts))
            yield f"- **{row.label}**{entry}: {said}"
        yield ""


def _limits(audit: Audit) -> Iterator[str]:
    yield from ("", f"## {both('modelcard.limits')}", "")
    for result in audit.results:
        if isinstance(result, Measured):
            yield f"- **{safe(result.probe.title)}**"
            yield from (f"  - {safe(limit)}" for limit in result.probe.limits)


def _rows(audit: Audit) -> Iterator[tuple[Measured, Metric, Estimate, Verdict | None]]:
    """Every metric with a value that a rule speaks of or that stands for a whole probe."""
    judgements = Judgements(audit.verdicts)
    for result in audit.results:
        for metric in result.metrics if isinstance(result, Measured) else ():
            verdict = worst(judgements.of(result.probe.name, metric))
            wanted = verdict is not None or metric.scope == "overall"
            if wanted and isinstance(metric.estimate, Estimate) and isinstance(result, Measured):
                yield result, metric, metric.estimate, verdict


def _arguments(metric: Metric, estimate: Estimate, verdict: Verdict | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "n": estimate.n,
        "unit": line(metric.unit),
        "better": metric.better,
        "group": str(Labels.of(metric).text),
        "verdict": verdict.outcome if verdict else "no rule",
    }
    if verdict:
        said |= {
            "rule": line(verdict.rule),
            "limit": line(condition(verdict, metric.null)),
            "fingerprint": line(verdict.fingerprint),
        }
    return {name: value for name, value in said.items() if value != ""}


def _model(audit: Audit) -> str:
    last = re.split(r"[/:\\\\]", line(audit.manifest.subject.spec).rstrip("/\\"))[-1]
    return last or "model"
