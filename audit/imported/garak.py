"""Logs of garak: `*.report.jsonl`, one entry a line, beside which a hitlog repeats the hits alone.

An attempt is one prompt with its answers; it is written when the answers are there (status 1) and again with the scores
of its detectors (status 2). An answer is a hit where a detector scores it at the threshold of the run or above.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.reading import (
    Json,
    cell_of,
    count_of,
    json_lines,
    largest,
    member,
    number_of,
    said,
    source_of,
)
from fairwitness.audit.imported.record import ImportedRun, Reply, Scale, Stated, Task
from fairwitness.audit.records import Cell, DataSource

VERSIONS = re.compile(r"0\.1[3-7](\D.*)?")
"""Those whose entries are as they are read here: messages are objects, an evaluation counts what passed."""
REPORT, HITLOG = ".report.jsonl", ".hitlog.jsonl"
LOG = re.compile(r".+\.report\.jsonl")
SCORED = 2
"""The status of an attempt that its detectors have scored."""
THRESHOLD = 0.5
"""Of a hit, where the log does not say another."""
RATE = "hit_rate"
SETUP = "start_run setup"
OF_ASKING = ("run.generations", "run.seed", "run.eval_threshold", "run.system_prompt")


@dataclass
class _Log:
    """The entries of a report by what they are. An attempt that stands there twice counts as it stood last."""

    setup: Json = field(default_factory=dict)
    start: Json = field(default_factory=dict)
    attempts: dict[str, Json] = field(default_factory=dict)
    evaluations: list[Json] = field(default_factory=list)
    ended: bool = False


def is_report(path: Path) -> bool:
    """Whether a file begins as a report of this harness."""
    if path.suffix != ".jsonl":
        return False
    with path.open("rb") as file:
        return b'"entry_type"' in file.read(4096)


def report_of(hitlog: Path) -> Path:
    """The report beside a hitlog. Raises BadData where there is none: hits alone are no share of anything."""
    report = hitlog.with_name(f"{hitlog.name.removesuffix(HITLOG)}{REPORT}")
    if not report.is_file():
        raise BadData(
            f"{hitlog}: a hitlog holds the hits alone, and not of how many answers; put {report.name} of the same run "
            "beside it"
        )
    return report


def read(path: Path, fields: Fields) -> ImportedRun:
    """The run of a report. Raises BadData."""
    log = _entries(path)
    if not log.start:
        raise BadData(f"{path}: a report of garak has an entry 'init', this one has none; it may be cut off")
    version = said(log.start.get("garak_version"))
    if not VERSIONS.fullmatch(version):
        raise BadData(f"{path}: reports of garak 0.13 to 0.17 are read; this one says version {version[:40] or 'none'}")
    by_probe: dict[str, list[Json]] = {}
    for evaluation in log.evaluations:
        by_probe.setdefault(member(evaluation, "probe", str, f"{path}, an evaluation"), [])
    for attempt in log.attempts.values():
        by_probe.setdefault(member(attempt, "probe_classname", str, f"{path}, an attempt"), []).append(attempt)
    tasks = [_task(name, attempts, log, path, fields) for name, attempts in by_probe.items()]
    return ImportedRun(
        tool="garak",
        version=version,
        model=_model(log.setup),
        tasks=tuple(tasks),
        files=tuple(_files(path, log, tasks)),
        settings={key: cell_of(log.setup[key]) for key in OF_ASKING if log.setup.get(key) is not None},
    )


def _entries(path: Path) -> _Log:
    log = _Log()
    for number, entry in json_lines(path):
        where = f"{path}, line {number}"
        match entry.get("entry_type"):
            case "start_run setup":
                log.setup = _single(entry, log.setup, where)
            case "init":
                log.start = _single(entry, log.start, where)
            case "attempt":
                log.attempts[member(entry, "uuid", str, where)] = entry
            case "eval":
                log.evaluations.append(entry)
            case "completion":
                log.ended = True
            case None:
                raise BadData(f"{where}: an entry of garak says what it is (entry_type), this one does not")
            case _:
                pass
    return log


def _single(entry: Json, before: Json, where: str) -> Json:
    """An entry that a report has once. Raises BadData where another came before it."""
    if before:
        raise BadData(
            f"{where}: the entry {said(entry.get('entry_type'))!r} stands there a second time; a report holds one run, "
            "so cut the file in two"
        )
    return entry


def _model(setup: Json) -> str:
    """Kind and name of the generator, as newer and older reports call them."""
    for prefix in ("plugins.target", "plugins.model"):
        kind, name = said(setup.get(f"{prefix}_type")), said(setup.get(f"{prefix}_name"))
        if kind or name:
            return "/".join(part for part in (kind, name) if part)
    return "a model without a name"


def _threshold(log: _Log, path: Path) -> float:
    given = log.setup.get("run.eval_threshold")
    if given is None:
        return THRESHOLD
    where = f"{path}, run.eval_threshold"
    number = None if isinstance(given, bool) else number_of(given, where)
    if number is None:
        raise BadData(f"{where}: a number is expected, got {type(given).__name__}")
    return number


def _task(probe: str, attempts: Sequence[Json], log: _Log, path: Path, fields: Fields) -> Task:
    evaluations = [entry for entry in log.evaluations if entry.get("probe") == probe]
    names = {_detector(entry): None for entry in evaluations}
    for attempt in attempts:
        names.update(dict.fromkeys(_results(attempt)))
    detectors = [name for name in names if name]
    threshold, seen = _threshold(log, path), Counter[str]()
    samples: list[Reply] = []
    for attempt in attempts:
        item = said(attempt.get("seq"))
        seen[item] += 1
        named = item if seen[item] == 1 else f"{item} ({seen[item]})"
        samples += _samples(attempt, named, detectors, threshold, f"{path}, attempt {named} of {probe}", fields)
    unscored = sum(attempt.get("status") != SCORED for attempt in attempts)
    return Task(
        name=probe,
        samples=tuple(samples),
        scales={
            name: Scale(better="lower", role="bias", bounded=True, variant={"detector": name}, name=RATE)
            for name in detectors
        },
        expected=_expected(samples, attempts, evaluations, path),
        stated=tuple(stated for entry in evaluations for stated in _stated(entry)),
        settings=_settings(attempts),
        stopped=_stopped(log, evaluations, unscored),
    )


def _expected(
    samples: Sequence[Reply], attempts: Sequence[Json], evaluations: Sequence[Json], path: Path
) -> int | None:
    """How many answers there should be: as many more as an evaluation counts than have a score of its detector.

    Raises BadData where fewer are counted than its detector scored.
    """
    gaps = []
    for entry in evaluations:
        name, where = _detector(entry), f"{path}, evaluation of {said(entry.get('probe'))}"
        counted = _processed(entry, where)
        if counted is None:
            continue
        listed = [_results(attempt).get(name) for attempt in attempts if attempt.get("status") == SCORED]
        scored = sum(len(scores) for scores in listed if isinstance(scores, list))
        if scored > counted:
            raise BadData(f"{where}: it counts {counted} answers of {name}, and the report has {scored}")
        gaps.append(counted - sum(name in sample.scores for sample in samples))
    return len(samples) + max(0, max(gaps)) if gaps else None


def _stopped(log: _Log, evaluations: Sequence[Json], unscored: int) -> str:
    if not log.ended:
        return "no entry 'completion'"
    if not evaluations:
        return "no entry 'eval'"
    return f"{unscored} attempts without scores" if unscored else ""


def _detector(entry: Json) -> str:
    return said(entry.get("detector")).removeprefix("detector.")


def _results(attempt: Json) -> Json:
    results = attempt.get("detector_results")
    return results if isinstance(results, dict) else {}


def _samples(
    attempt: Json, item: str, detectors: Sequence[str], threshold: float, where: str, fields: Fields
) -> list[Reply]:
    """One sample an answer of the attempt."""
    asked = _prompt(attempt.get("prompt"))
    answers = attempt.get("outputs")
    answers = answers if isinstance(answers, list) else []
    content = hashlib.sha256(repr([asked, attempt.get("goal")]).encode("utf-8", "backslashreplace")).hexdigest()[:16]
    results, notes = _results(attempt), attempt.get("notes")
    judging = list(results) if attempt.get("status") == SCORED else detectors
    triggers = notes.get("triggers") if isinstance(notes, dict) else None
    return [
        Reply(
            item=item,
            repeat=place,
            scores={name: _hit(results.get(name), place, threshold, where) for name in judging},
            cluster=fields.cluster(notes),
            category=fields.category(notes) or (said(attempt.get("intent")) or None),
            asked=asked,
            answered=_message(answer),
            target=said(triggers or attempt.get("targets") or None),
            content=content,
            problem="no answer" if answer is None else "",
        )
        for place, answer in enumerate(answers, start=1)
    ]


def _hit(scores: object, place: int, threshold: float, where: str) -> float | None:
    """1 for a hit, 0 for none; None where the detector could not tell."""
    if not isinstance(scores, list) or len(scores) < place:
        return None
    score = number_of(scores[place - 1], where)
    return None if score is None else float(score >= threshold)


def _prompt(prompt: object) -> str:
    """What was asked: a text, a message, or the turns of a conversation."""
    if isinstance(prompt, dict) and isinstance(prompt.get("turns"), list):
        turns = [turn for turn in prompt["turns"] if isinstance(turn, dict)]
        return "\n".join(f"{said(turn.get('role'))}: {_message(turn.get('content'))}" for turn in turns)
    return _message(prompt)


def _message(message: object) -> str:
    return said(message.get("text")) if isinstance(message, dict) else said(message)


def _processed(entry: Json, where: str) -> int | None:
    """How many answers an evaluation counts, as its largest count says. Raises BadData where one is no count."""
    parts = [count_of(entry, key, where) for key in ("passed", "fails", "nones")]
    judged = [count for count in parts if count is not None]
    totals = [count_of(entry, key, where) for key in ("total_processed", "total_evaluated", "total")]
    return largest([*totals, sum(judged) if judged else None])


def _stated(entry: Json) -> list[Stated]:
    """The share of hits that the log gives: of all answers that its detector could judge."""
    passed, total = entry.get("passed"), entry.get("total_evaluated", entry.get("total"))
    if not isinstance(passed, int) or not isinstance(total, int) or total < 1:
        return []
    return [Stated(measure=_detector(entry), value=1 - passed / total, pooled=True)]


def _settings(attempts: Sequence[Json]) -> dict[str, Cell]:
    """What the probe was told."""
    given = attempts[0].get("probe_params") if attempts else None
    return {"parameters": cell_of(given)} if given else {}


def _files(path: Path, log: _Log, tasks: Sequence[Task]) -> list[DataSource]:
    """The report, and the hitlog beside it where it tells of as many hits. Raises BadData where it tells of others."""
    files = [source_of("report", path, len(log.attempts))]
    hitlog = path.with_name(f"{path.name.removesuffix(REPORT)}{HITLOG}")
    if not hitlog.is_file():
        return files
    counted = Counter((said(entry.get("probe")), _detector(entry)) for _, entry in json_lines(hitlog))
    hits: Mapping[tuple[str, str], int] = {
        (task.name, name): int(sum(sample.scores.get(name) or 0 for sample in task.samples))
        for task in tasks
        for name in task.scales
    }
    for (probe, name), count in counted.items():
        if hits.get((probe, name), 0) != count:
            raise BadData(
                f"{hitlog}: it has {count} hits of {name} in {probe}, and {path.name} has "
                f"{hits.get((probe, name), 0)}; one of them is cut off or of another run"
            )
    return [*files, source_of("hitlog", hitlog, counted.total())]
