"""Logs of inspect_ai, format 2: one task, as JSON (`.json`) or as a zip archive of its parts (`.eval`)."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.archive import Archive
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.reading import (
    Json,
    cell_of,
    count_of,
    json_file,
    json_text,
    largest,
    member,
    said,
    source_of,
)
from fairwitness.audit.imported.record import ImportedRun, Reply, Scale, Stated, Task
from fairwitness.audit.records import Cell

FORMAT = 2
LOG = re.compile(r".+\.eval|\d{4}-\d\d-\d\dT[\d+-]+_.+\.json")
"""Names that are those of logs of this harness."""
HEADER, START, SAMPLES = "header.json", "_journal/start.json", "samples/"
LETTERS: Mapping[str, float] = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
"""What inspect_ai's letters count: correct, partly correct, incorrect, no answer."""
WORDS_OF_SCORES: Mapping[str, float] = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
MEANS = ("accuracy", "mean")
"""Metrics that are the mean of the samples' scores."""
ATTACHED = "attachment://"
OF_ASKING = ("temperature", "top_p", "max_tokens", "seed", "system_message")


def is_log(tree: Json) -> bool:
    """Whether an object of a JSON file is a log of this harness."""
    return isinstance(tree.get("eval"), dict) and "status" in tree and "version" in tree


def read_json(path: Path, fields: Fields) -> ImportedRun:
    """The run of a log in JSON. Raises BadData."""
    tree = json_file(path)
    samples = tree.get("samples")
    return _run(tree, samples if isinstance(samples, list) else [], path, fields)


def read_archive(path: Path, fields: Fields) -> ImportedRun:
    """The run of an `.eval` archive. One without a header was never finished. Raises BadData."""
    with Archive(path) as archive:
        names = archive.names
        if HEADER in names:
            head = json_text(archive.text(HEADER), f"{path}, {HEADER}")
        elif START in names:
            head = {**json_text(archive.text(START), f"{path}, {START}"), "status": "started"}
        else:
            raise BadData(f"{path} is a zip archive, and no log of inspect_ai: it has no {HEADER}")
        listed = [name for name in names if name.startswith(SAMPLES) and name.endswith(".json")]
        samples = [json_text(archive.text(name), f"{path}, {name}") for name in listed]
    return _run(head, samples, path, fields)


def _run(tree: Json, listed: Sequence[object], path: Path, fields: Fields) -> ImportedRun:
    where = str(path)
    if tree.get("version") != FORMAT:
        raise BadData(f"{where}: logs of inspect_ai of format {FORMAT} are read; this one says {tree.get('version')!r}")
    spec = member(tree, "eval", dict, where)
    packages = spec.get("packages")
    given = [sample for sample in listed if isinstance(sample, dict)]
    if len(given) < len(listed):
        raise BadData(f"{where}: a sample of inspect_ai is an object, got another")
    task = _task(tree, spec, given, where, fields)
    limit = _config(spec).get("limit")
    return ImportedRun(
        tool="inspect_ai",
        version=said(packages.get("inspect_ai")) if isinstance(packages, dict) else "",
        model=said(spec.get("model")) or "a model without a name",
        tasks=(task,),
        files=(source_of("log", path, len(given)),),
        settings=_asking(spec),
        limit=limit if isinstance(limit, int) and not isinstance(limit, bool) else None,
    )


def _config(spec: Json) -> Json:
    config = spec.get("config")
    return config if isinstance(config, dict) else {}


def _asking(spec: Json) -> dict[str, Cell]:
    config = spec.get("model_generate_config")
    config = config if isinstance(config, dict) else {}
    return {key: cell_of(config[key]) for key in OF_ASKING if config.get(key) is not None}


def _task(tree: Json, spec: Json, given: Sequence[Json], where: str, fields: Fields) -> Task:
    results = tree.get("results")
    results = results if isinstance(results, dict) else {}
    read = [_scores(sample, where) for sample in given]
    measures = list(dict.fromkeys(measure for scores in read for measure in scores))
    samples = tuple(
        _sample(sample, {measure: scores.get(measure) for measure in measures}, where, fields)
        for sample, scores in zip(given, read, strict=True)
    )
    stated = _stated(results)
    settings = {"version": cell_of(spec.get("task_version")), "arguments": cell_of(spec.get("task_args") or None)}
    return Task(
        name=member(spec, "task", str, where),
        samples=samples,
        scales={measure: _scale(measure, given, stated) for measure in measures},
        expected=_expected(spec, results, where),
        stated=tuple(stated),
        settings={key: value for key, value in settings.items() if value is not None},
        stopped=_stopped(tree),
        uncompleted=_uncompleted(results, where),
    )


def _stopped(tree: Json) -> str:
    """How a task did not come to its end."""
    status = said(tree.get("status"))
    if tree.get("invalidated") is True:
        return "invalidated"
    return "" if status == "success" else status or "no status"


def _expected(spec: Json, results: Json, where: str) -> int | None:
    """The largest of what the results count and the head announces. Raises BadData where one is no count."""
    counted = [count_of(results, key, f"{where}, results") for key in ("total_samples", "completed_samples")]
    return largest([*counted, _announced(spec, where)])


def _uncompleted(results: Json, where: str) -> int:
    """How many of the samples that the results count were not completed. Raises BadData where one is no count."""
    total, completed = (count_of(results, key, f"{where}, results") for key in ("total_samples", "completed_samples"))
    return 0 if total is None or completed is None else max(0, total - completed)


def _announced(spec: Json, where: str) -> int | None:
    """Samples times epochs; None where the head does not say, or names single samples that were chosen."""
    dataset, config = spec.get("dataset"), _config(spec)
    dataset = dataset if isinstance(dataset, dict) else {}
    names, epochs = dataset.get("sample_ids"), count_of(config, "epochs", f"{where}, config")
    samples = largest(
        [count_of(dataset, "samples", f"{where}, dataset"), len(names) if isinstance(names, list) else None]
    )
    if samples is None or config.get("sample_id") is not None:
        return None
    limit = config.get("limit")
    if isinstance(limit, list) and len(limit) == 2 and all(isinstance(place, int) for place in limit):
        samples = max(0, min(limit[1], samples) - limit[0])
    elif limit is not None:
        samples = min(samples, count_of(config, "limit", f"{where}, config") or 0)
    return samples * max(1, epochs or 1)


def _scores(sample: Json, where: str) -> dict[str, float | None]:
    """The scores of one sample by scorer, or by scorer and key where one scorer gives several."""
    given = sample.get("scores")
    scores: dict[str, float | None] = {}
    for scorer, score in (given if isinstance(given, dict) else {}).items():
        value = score.get("value") if isinstance(score, dict) else None
        if isinstance(value, dict):
            scores |= {f"{scorer}.{key}": _number(part) for key, part in value.items()}
        else:
            scores[scorer] = _number(value)
    return scores


def _number(value: object) -> float | None:
    """What a score counts; None where it is no single number. NaN is how inspect_ai says that it could not score."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    if value in LETTERS:
        return LETTERS[value]
    if value.lower() in WORDS_OF_SCORES:
        return WORDS_OF_SCORES[value.lower()]
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _sample(sample: Json, scores: Mapping[str, float | None], where: str, fields: Fields) -> Reply:
    name, epoch = sample.get("id"), sample.get("epoch")
    if not isinstance(name, str | int) or not isinstance(epoch, int) or epoch < 1:
        raise BadData(
            f"{where}: a sample of inspect_ai has an id and an epoch from 1 on, this one has {name!r} and {epoch!r}"
        )
    asked, target = _text(sample.get("input"), sample), said(sample.get("target"))
    content = json.dumps([asked, target, sample.get("choices")], sort_keys=True)
    return Reply(
        item=str(name),
        repeat=epoch,
        scores=scores,
        cluster=fields.cluster(sample.get("metadata")),
        category=fields.category(sample.get("metadata")),
        asked=asked,
        answered=_answer(sample),
        target=target,
        content=hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()[:16],
        problem=_problem(sample),
    )


def _problem(sample: Json) -> str:
    error = sample.get("error")
    return said(error.get("message")) if isinstance(error, dict) else ""


def _text(content: object, sample: Json) -> str:
    """A text, a list of messages or of parts as one text; what was moved to the attachments is put back."""
    if isinstance(content, str):
        attachments = sample.get("attachments")
        key = content.removeprefix(ATTACHED)
        if key != content and isinstance(attachments, dict):
            return said(attachments.get(key, content))
        return content
    if isinstance(content, list):
        return "\n".join(_part(part, sample) for part in content)
    return said(content)


def _part(part: object, sample: Json) -> str:
    if not isinstance(part, dict):
        return said(part)
    inner = part.get("content", part.get("text", part.get("reasoning", "")))
    role = said(part.get("role"))
    return f"{role}: {_text(inner, sample)}" if role else _text(inner, sample)


def _answer(sample: Json) -> str:
    output = sample.get("output")
    if not isinstance(output, dict):
        return ""
    choices = output.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else output.get("completion")
    return _text(content, sample)


def _stated(results: Json) -> list[Stated]:
    """The means that the log gives, of means over epochs; other reducers and metrics are no means of the samples."""
    stated = []
    listed = results.get("scores")
    for score in listed if isinstance(listed, list) else []:
        if not isinstance(score, dict) or score.get("reducer") not in (None, "mean"):
            continue
        metrics = score.get("metrics")
        values = {name: _value(metric) for name, metric in (metrics if isinstance(metrics, dict) else {}).items()}
        measure = _measure(score)
        means = [value for name in MEANS if (value := values.get(name)) is not None]
        if means:
            stated.append(Stated(measure=measure, value=means[0], error=_error(metrics, values)))
    return stated


def _measure(score: Json) -> str:
    name, scorer = said(score.get("name")), said(score.get("scorer"))
    return name if name == scorer or not scorer else f"{scorer}.{name}"


def _value(metric: object) -> float | None:
    value = metric.get("value") if isinstance(metric, dict) else None
    return _number(value) if not isinstance(value, str) else None


def _error(metrics: Any, values: Mapping[str, float | None]) -> float | None:
    """The standard error of the log, where it is that of independent samples."""
    metric = metrics.get("stderr")
    options = metric.get("params") if isinstance(metric, dict) else None
    return None if isinstance(options, dict) and options.get("cluster") else values.get("stderr")


def _scale(measure: str, given: Sequence[Json], stated: Sequence[Stated]) -> Scale:
    """Letters and yes or no go from 0 to 1 and more is better; of plain numbers the log says neither."""
    scorer, _, key = measure.partition(".")
    values = [value for sample in given if (value := _raw(sample, scorer, key)) is not None]
    lettered = bool(values) and all(
        isinstance(value, bool) or (isinstance(value, str) and (value in LETTERS or value.lower() in WORDS_OF_SCORES))
        for value in values
    )
    return Scale(better="higher" if lettered else "none", bounded=lettered, name=measure)


def _raw(sample: Json, scorer: str, key: str) -> object:
    scores = sample.get("scores")
    score = scores.get(scorer) if isinstance(scores, dict) else None
    value = score.get("value") if isinstance(score, dict) else None
    return value.get(key) if isinstance(value, dict) else value
