"""Logs of other harnesses: those that lie in tests/logs, changed copies of them, and what an import makes of one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fairwitness.audit import document
from fairwitness.audit.records import Audit, Estimate, Measured, Metric
from fairwitness.audit.session.importing import Wanted, perform, prepare

LOGS = Path(__file__).resolve().parents[1] / "logs"
LM_EVAL = LOGS / "lm_eval" / "tiny-1"
LM_EVAL_OTHER = LOGS / "lm_eval" / "tiny-2"
"""Another model, and one of the tasks."""
INSPECT = LOGS / "inspect_ai" / "fw_plain.eval"
INSPECT_OTHER = LOGS / "inspect_ai" / "fw_plain_other.json"
INSPECT_EPOCHS = LOGS / "inspect_ai" / "fw_epochs.eval"
INSPECT_BROKEN = LOGS / "inspect_ai" / "fw_broken.eval"
GARAK = LOGS / "garak" / "repeat.report.jsonl"
GARAK_HITS = LOGS / "garak" / "repeat.hitlog.jsonl"


class Silent:
    """Watches nothing."""

    def hint(self, text: str) -> None: ...

    def event(self, name: str, what: Mapping[str, object]) -> None: ...

    def progress(self, kind: str, done: int, total: int) -> None: ...


def imported(log: Path, folder: Path, **wanted: Any) -> Audit:
    """The document of an import, with its items, as its folder holds it."""
    perform(prepare(Wanted(log=log, out=folder, **wanted)), Silent())
    return document.with_items(document.read(folder), folder)


def measured(audit: Audit) -> Measured:
    """The one result, which was measured."""
    [result] = audit.results
    assert isinstance(result, Measured), result
    return result


def metric(audit: Audit, name: str, *, by: Mapping[str, str] | None = None, **variant: str) -> Metric:
    """The metric of that name, group and way of measuring."""
    fitting = [
        found
        for found in measured(audit).metrics
        if found.name == name and dict(found.by) == dict(by or {}) and dict(found.variant) == variant
    ]
    [only] = fitting
    return only


def estimate(audit: Audit, name: str, **variant: Any) -> Estimate:
    """Its estimate, which there is."""
    value = metric(audit, name, **variant).estimate
    assert isinstance(value, Estimate), value
    return value


def table(audit: Audit, name: str) -> list[dict[str, Any]]:
    """The rows of a table by its columns."""
    [piece] = [piece for piece in measured(audit).evidence if piece.id == name]
    return [dict(zip([column.name for column in piece.columns], row, strict=True)) for row in piece.rows]


def copied(log: Path, folder: Path) -> Path:
    """A copy of a log's folder to be changed."""
    return Path(shutil.copytree(log, folder))


def results_file(folder: Path) -> Path:
    """The results file of a folder of lm_eval."""
    [path] = folder.glob("results_*.json")
    return path


def samples_file(folder: Path, task: str) -> Path:
    """The samples of a task in a folder of lm_eval."""
    [path] = folder.glob(f"samples_{task}_*.jsonl")
    return path


def change_json(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes the object of a JSON file."""
    tree = json.loads(path.read_text("utf-8"))
    change(tree)
    path.write_text(json.dumps(tree), encoding="utf-8")


def change_lines(path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Changes the objects of a file of JSON lines."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in change(lines)), encoding="utf-8")


TEN = (1, 1, 1, 0, 1, 0, 0, 1, 1, 1)


def ten_items(folder: Path, scores: tuple[float | None, ...] = TEN, *, shots: int = 0, **of_doc: list[Any]) -> Path:
    """A log of lm_eval with one task of ten items whose scores are known; `of_doc` are fields of the documents."""
    folder.mkdir(parents=True)
    date = "2026-11-30T12-00-00.000001"
    known = [float(score) for score in scores if score is not None]
    results = {
        "results": {"ten": {"alias": "ten", "acc,none": sum(known) / max(1, len(known)), "acc_stderr,none": "N/A"}},
        "configs": {"ten": {"task": "ten", "metric_list": [{"metric": "acc", "aggregation": "mean"}]}},
        "versions": {"ten": 1.0},
        "n-shot": {"ten": shots},
        "higher_is_better": {"ten": {"acc": True}},
        "n-samples": {"ten": {"original": len(scores), "effective": len(scores)}},
        "config": {"model": "hf", "model_args": "pretrained=known", "limit": None},
        "lm_eval_version": "0.4.13",
        "model_name": "known",
    }
    (folder / f"results_{date}.json").write_text(json.dumps(results), encoding="utf-8")
    lines = [
        {
            "doc_id": number,
            "doc": {"question": f"What is written on card {number}?", **{key: of_doc[key][number] for key in of_doc}},
            "target": "vellum",
            "arguments": {"gen_args_0": {"arg_0": f"What is written on card {number}?"}},
            "resps": [["quillon"]],
            "filtered_resps": ["quillon"],
            "filter": "none",
            "metrics": ["acc"],
            "acc": score,
        }
        for number, score in enumerate(scores)
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / f"samples_ten_{date}.jsonl").write_text(text, encoding="utf-8")
    return folder


def inspect_log(path: Path, scores: list[list[Any]], *, status: str = "success", **changes: Any) -> Path:
    """A log of inspect_ai in JSON: the values of one scorer, a list an item with one value an epoch."""
    epochs = len(scores[0]) if scores else 1
    samples = [
        {
            "id": f"item-{number}",
            "epoch": epoch,
            "input": f"What is written on card {number}?",
            "target": "a letter",
            "metadata": {"category": "left" if number % 2 else "right"},
            "output": {"choices": [{"message": {"role": "assistant", "content": "a number"}}]},
            "scores": {"match": {"value": value, "answer": "a number"}},
        }
        for number, values in enumerate(scores)
        for epoch, value in enumerate(values, start=1)
    ]
    tree = {
        "version": 2,
        "status": status,
        "eval": {
            "task": "cards",
            "task_version": 0,
            "model": "mockllm/model",
            "dataset": {"sample_ids": [f"item-{number}" for number in range(len(scores))]},
            "config": {"epochs": epochs},
            "packages": {"inspect_ai": "0.3.0"},
        },
        "results": {"total_samples": len(samples), "scores": []},
        "samples": samples,
        **changes,
    }
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


def garak_report(path: Path, hits: list[list[float | None]], *, ended: bool = True, **changes: Any) -> Path:
    """A report of garak with one probe and one detector: the detector's scores, a list a prompt with one an answer."""
    flat = [score for scores in hits for score in scores if score is not None]
    attempts = [
        {
            "entry_type": "attempt",
            "uuid": f"attempt-{number}",
            "seq": number,
            "status": status,
            "probe_classname": "own.Cards",
            "prompt": {"turns": [{"role": "user", "content": {"text": f"Say card {number}."}}]},
            "outputs": [{"text": "a card"} for _ in scores],
            "detector_results": {"own.Says": scores} if status == 2 else {},
            "goal": "say the card",
            "notes": {},
        }
        for status in (1, 2)
        for number, scores in enumerate(hits)
    ]
    lines = [
        {"entry_type": "start_run setup", "plugins.target_type": "test", "plugins.target_name": "Known"},
        {"entry_type": "init", "garak_version": "0.17.1", "run": "x"},
        *attempts,
        {
            "entry_type": "eval",
            "probe": "own.Cards",
            "detector": "own.Says",
            "passed": sum(score < 0.5 for score in flat),
            "total_evaluated": len(flat),
            "total_processed": sum(map(len, hits)),
            **changes,
        },
        *([{"entry_type": "completion", "run": "x"}] if ended else []),
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path
