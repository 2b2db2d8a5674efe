"""Which format a path holds, and the one reader of each."""

from __future__ import annotations

from pathlib import Path

from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.imported import garak, inspect_ai, lm_eval
from fairwitness.audit.imported.fields import Fields
from fairwitness.audit.imported.reading import json_file, unknown
from fairwitness.audit.imported.record import ImportedRun, Tool

TOOLS: tuple[Tool, ...] = ("lm_eval", "inspect_ai", "garak")
"""The harnesses whose logs are read."""
MOST_LISTED = 4


USUAL = Fields()


def read_log(path: Path, fields: Fields = USUAL) -> ImportedRun:
    """The run that a log tells of. `fields` name what ties its items together and their categories.

    A folder is that of one run, or holds one such folder. Raises BadData where nothing is there or the format or its
    version is not known, where several runs are, where the log is cut off, and where nothing in it has a score.
    """
    if path.is_dir():
        return read_log(_only(path), fields)
    if not path.is_file():
        raise BadData(f"{path}: there is no such file{_near(path)}")
    if lm_eval.SAMPLES.fullmatch(path.name):
        return lm_eval.read(lm_eval.results_of(path), fields)
    if path.suffix == ".eval":
        return inspect_ai.read_archive(path, fields)
    if path.suffix == ".json":
        return _of_json(path, fields)
    if path.name.endswith(garak.HITLOG):
        return garak.read(garak.report_of(path), fields)
    if garak.is_report(path):
        return garak.read(path, fields)
    raise unknown(path)


def _of_json(path: Path, fields: Fields) -> ImportedRun:
    tree = json_file(path)
    if lm_eval.is_results(tree):
        return lm_eval.read(path, fields)
    if inspect_ai.is_log(tree):
        return inspect_ai.read_json(path, fields)
    raise unknown(path)


def _only(folder: Path) -> Path:
    """The one log in a folder, or in those directly in it. Raises BadData where there is none, or several."""
    for files in (folder.glob("*"), folder.glob("*/*")):
        logs = sorted(path for path in files if _is_log(path))
        if len(logs) > 1:
            names = ", ".join(str(path.relative_to(folder)) for path in logs[:MOST_LISTED])
            more = ", ..." if len(logs) > MOST_LISTED else ""
            raise BadData(f"{folder} holds {len(logs)} runs: name one of {names}{more}")
        if logs:
            return logs[0]
    raise unknown(folder)


def _is_log(path: Path) -> bool:
    """Whether the name is that of a log that can stand for its run."""
    patterns = (lm_eval.RESULTS, inspect_ai.LOG, garak.LOG)
    return path.is_file() and any(pattern.fullmatch(path.name) for pattern in patterns)


def _near(path: Path) -> str:
    """The file of a like name in the same folder, as a clause."""
    try:
        return nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    except OSError:
        return ""
