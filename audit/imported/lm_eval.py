"""Logs of lm-evaluation-harness 0.4: `results_DATE.json` beside a `samples_TASK_DATE.jsonl` for every task.

One line of samples is one document under one filter; `metrics` names its scores. Keys of results read `METRIC,FILTER`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.reading import (
    Json,
    cell_of,
    count_of,
    json_file,
    json_lines,
    largest,
    member,
    number_of,
    said,
    source_of,
)
from fairwitness.audit.imported.record import ImportedRun, Reply, Scale, Stated, Task
from fairwitness.audit.records import Cell, DataSource

VERSIONS = re.compile(r"0\.4(\.\d+)*(\D.*)?")
RESULTS = re.compile(r"(?:results|.+?)_(\d{4}-\d\d-\d\dT[\d.-]+)\.json")
SAMPLES = re.compile(r"samples_(.+)_(\d{4}-\d\d-\d\dT[\d.-]+)\.jsonl")
NO_FILTER = "none"
MEANS = ("mean", "nanmean")
"""Aggregations that are the mean of the samples' scores."""
OF_MODEL = ("gen_kwargs", "random_seed", "numpy_seed", "torch_seed", "fewshot_seed")
OF_ASKING = ("system_instruction_sha", "fewshot_as_multiturn")


def is_results(tree: Json) -> bool:
    """Whether an object of a JSON file is a results file of this harness."""
    return isinstance(tree.get("results"), dict) and isinstance(tree.get("configs"), dict)


def results_of(samples: Path) -> Path:
    """The results file that belongs to a file of samples. Raises BadData where it is not beside it."""
    match = SAMPLES.fullmatch(samples.name)
    date = match[2] if match else ""
    beside = sorted(path for path in samples.parent.glob("*.json") if _date(path) == date and date)
    if not beside:
        raise BadData(
            f"{samples}: samples of lm_eval say neither which model was asked nor how many samples there are; put the "
            f"results_{date or 'DATE'}.json of the same run beside it"
        )
    return beside[0]


def read(path: Path, fields: Fields) -> ImportedRun:
    """The run of a results file. Raises BadData."""
    tree = json_file(path)
    version = _version(tree, path)
    configs, counts = member(tree, "configs", dict, str(path)), member(tree, "n-samples", dict, str(path))
    beside = _samples_beside(path)
    files = [source_of("results", path, len(configs))]
    tasks = []
    for name in _tasks(tree, [*configs, *counts, *beside], path):
        config, where = configs.get(name), beside.get(name)
        samples = _samples(where, name, fields) if where else _Read((), frozenset())
        if where:
            files.append(source_of(f"samples of {name}", where, len(samples.samples)))
        tasks.append(_task(tree, name, config if isinstance(config, dict) else {}, samples, counts))
    if len(files) == 1:
        raise BadData(f"{path}: no samples_*_{_date(path)}.jsonl lies beside it; run lm_eval with --log_samples")
    return _run(tree, version, tasks, files)


def _samples_beside(path: Path) -> dict[str, Path]:
    """The files of samples of the same run by their tasks."""
    beside = {}
    for file in sorted(path.parent.glob("samples_*.jsonl")):
        match = SAMPLES.fullmatch(file.name)
        if match and match[2] == _date(path):
            beside[match[1]] = file
    return beside


def _tasks(tree: Json, named: Sequence[str], path: Path) -> list[str]:
    """Every task that any part of the log names; of the results those that are no groups of others.

    Raises BadData where no file of samples could have the name of a task.
    """
    groups = tree.get("group_subtasks")
    groups = groups if isinstance(groups, dict) else {}
    names = list(dict.fromkeys([*named, *(name for name in tree["results"] if not groups.get(name))]))
    for name in names:
        if "/" in name or "\0" in name:
            raise BadData(f"{path}: the task {name!r} has a name that no file of samples can have")
    return names


def _run(tree: Json, version: str, tasks: Sequence[Task], files: Sequence[DataSource]) -> ImportedRun:
    config = tree.get("config")
    config = config if isinstance(config, dict) else {}
    limit = config.get("limit")
    if isinstance(limit, float) and not math.isfinite(limit):
        raise BadData(f"{files[0].source}: the limit of a task is a number of samples or a share, got {limit}")
    return ImportedRun(
        tool="lm_eval",
        version=version,
        model=_model(tree, config),
        tasks=tuple(tasks),
        files=tuple(files),
        settings={
            **{key: cell_of(config.get(key)) for key in OF_MODEL if config.get(key) is not None},
            **{key: cell_of(tree.get(key)) for key in OF_ASKING if tree.get(key) is not None},
        },
        limit=int(limit) if isinstance(limit, int | float) and not isinstance(limit, bool) and limit >= 1 else None,
    )


def _version(tree: Json, path: Path) -> str:
    version = tree.get("lm_eval_version")
    if not isinstance(version, str) or not VERSIONS.fullmatch(version):
        said_version = repr(version) if version is not None else "none"
        raise BadData(f"{path}: logs of lm_eval 0.4 are read; this one says version {said_version[:40]}")
    return version


def _date(path: Path) -> str:
    match = RESULTS.fullmatch(path.name)
    return match[1] if match else ""


def _model(tree: Json, config: Json) -> str:
    """The model as the harness calls it, else its arguments, else the kind of its door."""
    named = tree.get("model_name")
    if isinstance(named, str) and named:
        return named
    arguments = config.get("model_args")
    return said(arguments) or said(config.get("model")) or "a model without a name"


@dataclass(frozen=True, slots=True)
class _Read:
    """The samples of one task and the measures (`METRIC,FILTER`) that they have."""

    samples: tuple[Reply, ...]
    measures: frozenset[str]


def _samples(path: Path, task: str, fields: Fields) -> _Read:
    """One sample a document: the lines of its filters are joined. Raises BadData where a line repeats."""
    by_document: dict[str, list[Json]] = {}
    seen: set[tuple[str, str]] = set()
    scores: dict[str, dict[str, float | None]] = {}
    for number, line in json_lines(path):
        where = f"{path}, line {number}"
        document, filtered = str(line.get("doc_id")), str(line.get("filter", NO_FILTER))
        if "doc_id" not in line:
            raise BadData(f"{where}: a sample of lm_eval has a doc_id, this line has none")
        if (document, filtered) in seen:
            raise BadData(f"{where}: the sample {document!r} of task {task!r} stands there twice")
        seen.add((document, filtered))
        by_document.setdefault(document, []).append(line)
        by_measure = scores.setdefault(document, {})
        for metric in _metrics(line, where):
            by_measure[f"{metric},{filtered}"] = number_of(line.get(metric), f"{where}, {metric}")
    samples = tuple(_sample(document, lines[0], scores[document], fields) for document, lines in by_document.items())
    return _Read(samples, frozenset(measure for by_measure in scores.values() for measure in by_measure))


def _metrics(line: Json, where: str) -> list[str]:
    named = member(line, "metrics", list, where)
    if not all(isinstance(name, str) for name in named):
        raise BadData(f"{where}: 'metrics' should be a list of names")
    return list(named)


def _sample(document: str, line: Json, scores: Mapping[str, float | None], fields: Fields) -> Reply:
    doc = line.get("doc")
    arguments = _arguments(line)
    return Reply(
        item=document,
        scores=scores,
        cluster=fields.cluster(doc),
        category=fields.category(doc),
        asked=said(arguments[0][0]) if arguments and arguments[0] else said(doc),
        answered=_answer(line, arguments),
        target=said(line.get("target")),
        content=_content(line),
    )


def _arguments(line: Json) -> list[list[Any]]:
    """What each request of the sample was asked with, as `sanitised` logs and plain ones spell it."""
    given = line.get("arguments")
    if isinstance(given, dict):
        return [list(part.values()) if isinstance(part, dict) else [part] for part in given.values()]
    if isinstance(given, list):
        return [part if isinstance(part, list) else [part] for part in given]
    return []


def _answer(line: Json, arguments: Sequence[Sequence[Any]]) -> str:
    """What the model said; of several continuations the likeliest."""
    answers = line.get("filtered_resps")
    if not isinstance(answers, list):
        return said(answers)
    likelihoods = [_likelihood(answer) for answer in answers]
    known = [value for value in likelihoods if value is not None]
    if len(known) == len(answers) > 1 and len(arguments) == len(answers):
        best = arguments[likelihoods.index(max(known))]
        return said(best[1]) if len(best) > 1 else said(best)
    return said(answers[0]) if len(answers) == 1 else said(answers)


def _likelihood(answer: object) -> float | None:
    """The log-likelihood of an answer such as `["-3.2", "False"]`; None where it is another."""
    if not isinstance(answer, list) or len(answer) != 2:
        return None
    try:
        return float(answer[0])
    except (TypeError, ValueError):
        return None


def _content(line: Json) -> str:
    """A hash of document and target: those of the harness where it has them."""
    hashes = [line.get("doc_hash"), line.get("target_hash")]
    if not all(isinstance(value, str) and value for value in hashes):
        hashes = [json.dumps(line.get("doc"), sort_keys=True, ensure_ascii=True), str(line.get("target"))]
    return hashlib.sha256(repr(hashes).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _task(tree: Json, name: str, config: Json, read: _Read, counts: Json) -> Task:
    results = tree["results"].get(name)
    results = results if isinstance(results, dict) else {}
    better = tree.get("higher_is_better")
    directions = better.get(name) if isinstance(better, dict) else None
    measures = sorted({*read.measures, *(key for key in results if _is_value(key))})
    stated = _stated(name, results)
    return Task(
        name=name,
        samples=_completed(read, stated),
        scales={measure: _scale(measure, config, directions) for measure in measures},
        expected=_expected(name, counts, results, _limited(tree)),
        stated=stated,
        settings=_settings(tree, name),
    )


def _completed(read: _Read, stated: Sequence[Stated]) -> tuple[Reply, ...]:
    """The samples with None for each score that they lack.

    Some tasks have scores of a part of their documents alone: then the mean over these is what the log says of all.
    """
    lacking = []
    for measure in read.measures:
        scores = [sample.scores.get(measure) for sample in read.samples if measure in sample.scores]
        known = [score for score in scores if score is not None]
        said_mean = next((entry.value for entry in stated if entry.measure == measure), None)
        mean = sum(known) / len(known) if known else math.nan
        if said_mean is None or not math.isclose(mean, said_mean, rel_tol=1e-9, abs_tol=1e-9):
            lacking.append(measure)
    absent: dict[str, float | None] = dict.fromkeys(lacking)
    return tuple(replace(sample, scores={**absent, **sample.scores}) for sample in read.samples)


def _is_value(key: str) -> bool:
    return "," in key and not key.partition(",")[0].endswith("_stderr")


def _stated(task: str, results: Json) -> tuple[Stated, ...]:
    stated = []
    for key, value in results.items():
        number = number_of(value, f"results of task {task!r}, {key}") if _is_value(key) else None
        if number is not None:
            metric, _, filtered = key.partition(",")
            stated.append(Stated(measure=key, value=number, error=_error(results.get(f"{metric}_stderr,{filtered}"))))
    return tuple(stated)


def _error(value: object) -> float | None:
    """The log's own standard error; None where it says N/A, or NaN as of a single sample."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value == value else None


def _scale(measure: str, config: Json, directions: object) -> Scale:
    metric, _, filtered = measure.partition(",")
    higher = directions.get(metric) if isinstance(directions, dict) else None
    aggregation = _aggregation(config, metric)
    return Scale(
        better="none" if not isinstance(higher, bool) else "higher" if higher else "lower",
        not_a_mean="" if aggregation in (None, *MEANS) else str(aggregation),
        variant={} if filtered == NO_FILTER else {"filter": filtered},
        name=metric,
    )


def _aggregation(config: Json, metric: str) -> object:
    """How the task makes one number of the samples; None where its configuration does not say."""
    listed = config.get("metric_list")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return next((entry.get("aggregation") for entry in entries if entry.get("metric") == metric), None)


def _limited(tree: Json) -> bool:
    """Whether a part of a task's documents was asked."""
    config = tree.get("config")
    return isinstance(config, dict) and config.get("limit") is not None


def _expected(task: str, counts: Json, results: Json, limited: bool) -> int | None:
    """The largest count of the samples that were asked; without a limit these are all documents.

    Raises BadData where one is no count.
    """
    given = member(counts, task, dict, "n-samples") if task in counts else {}
    documents = count_of(given, "original", f"n-samples of task {task!r}")
    return largest(
        (
            None if limited else documents,
            count_of(given, "effective", f"n-samples of task {task!r}"),
            count_of(results, "sample_len", f"results of task {task!r}"),
        )
    )


def _settings(tree: Json, name: str) -> dict[str, Cell]:
    """The version of the task and how many examples were shown: numbers of others mean something else."""
    settings: dict[str, Cell] = {}
    for key, shown in (("versions", "version"), ("n-shot", "examples_shown")):
        values = tree.get(key)
        if isinstance(values, dict) and name in values:
            settings[shown] = cell_of(values[name])
    return settings
