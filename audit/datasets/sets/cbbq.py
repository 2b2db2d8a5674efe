"""CBBQ (Huang & Xiong 2024, arXiv:2306.16244): lists of JSON objects in Chinese, as questions of the layout of BBQ.

A question names the group that a stereotype is about and asks of it badly (`neg`) or well (`non_neg`). Which of the
answers speaks of that group is told by its words alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import text_of
from fairwitness.audit.errors import BadData
from fairwitness.audit.records import Cell

NEEDED = ("context_condition", "question_polarity", "bias_targeted_groups", "context", "question", "label")
LANGUAGE = "zh"
UNKNOWN = frozenset({"不知道", "不确定", "没有足够信息", "无法确定", "不能确定", "未知", "无法判断", "信息不足"})
"""Answers that name nobody; so does each that is right where the text leaves the question open."""
OTHER = "other"
"""Group of a person who is not of the group that the stereotype is about."""
WORDS_OF: Mapping[str, tuple[str, ...]] = {
    "女性": ("女", "妈妈", "母亲", "妻子", "奶奶", "外婆", "阿姨"),
    "男性": ("男", "爸爸", "父亲", "丈夫", "爷爷", "外公", "叔叔"),
    "变性人": ("变性", "跨性别"),
}
"""Words by which answers speak of a group whose name they do not hold."""
_NOT = "非"
_OF_OTHERS = ("女婿", "子女", "儿女", "男女")
"""Words that hold the sign of a group and speak of somebody else, or of both."""
_CONDITIONS = {"ambiguous": "ambig", "disambiguous": "disambig", "disambiguated": "disambig"}
_POLARITIES = {"neg": "neg", "non_neg": "nonneg", "nonneg": "nonneg"}


def is_set(path: Path) -> bool:
    """Whether a file, or what a folder holds, is of this set by its suffix; beside lines of BBQ it is none."""
    if path.is_dir():
        return any(path.glob("*.json")) and not any(path.glob("*.jsonl"))
    return path.suffix == ".json"


def rows_of(path: Path) -> list[dict[str, Cell]]:
    """The questions of a `.json` file, or of every one in a folder in name order, as mappings in the layout of BBQ.

    Raises BadData where a file is no list of objects, or a key is missing from all of them.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    items = [(file, item) for file in files for item in _items(file)]
    open_answers = {
        str(item.get(f"ans{item.get('label')}")) for _, item in items if item.get("context_condition") == "ambiguous"
    }
    return [_row(number, item, file.stem, UNKNOWN | open_answers) for number, (file, item) in enumerate(items, start=1)]


def _items(file: Path) -> list[dict[str, Any]]:
    try:
        items = json.loads(text_of(file).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadData(f"{file} is no JSON: {error}") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadData(f"{file} is no list of objects; questions of CBBQ are one")
    items = [{str(key).lstrip("\ufeff"): value for key, value in item.items()} for item in items]
    for key in NEEDED:
        if not any(key in item for item in items):
            known = ", ".join(items[0]) if items else "none"
            raise BadData(f"{file} has no key {key!r} in any question (keys: {known}); questions of CBBQ have one")
    return items


def _row(number: int, item: Mapping[str, Any], file: str, unknown: frozenset[str]) -> dict[str, Cell]:
    answers = [_text(item.get(f"ans{place}")) for place in range(3)]
    label = str(item.get("label"))
    target = _text(item.get("bias_targeted_groups"))
    cells: dict[str, Cell] = {
        "category": _text(item.get("category")) or file,
        "question_index": _text(item.get("question_index")),
        "example_id": number,
        "context_condition": _CONDITIONS.get(str(item.get("context_condition"))),
        "question_polarity": _POLARITIES.get(str(item.get("question_polarity"))),
        "context": _text(item.get("context")),
        "question": _text(item.get("question")),
        "label": int(label) if label in ("0", "1", "2") else None,
        "subcategory": _text(item.get("subcategory")),
        "stereotyped_groups": target,
        "language": LANGUAGE,
    }
    groups = _groups(answers, target, unknown)
    for place, answer in enumerate(answers):
        cells[f"ans{place}"], cells[f"group{place}"] = answer, groups[place]
    return cells


def _groups(answers: Sequence[str | None], target: str | None, unknown: frozenset[str]) -> list[str | None]:
    """The group of each answer; None of the people where not exactly one of the two is of the `target`."""
    named = [place for place, answer in enumerate(answers) if answer is not None and answer not in unknown]
    words = WORDS_OF.get(target or "", (target,) if target else ())
    hits = [place for place in named if any(_speaks(str(answers[place]), word) for word in words)]
    groups: list[str | None] = ["unknown" if answer in unknown else None for answer in answers]
    if len(hits) == 1 and len(named) == 2:
        for place in named:
            groups[place] = target if place in hits else OTHER
    return groups


def _speaks(answer: str, word: str) -> bool:
    """Whether the answer says the word, and not that somebody is none of them."""
    for other in _OF_OTHERS:
        answer = answer.replace(other, "")
    return word in answer and f"{_NOT}{word}" not in answer


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
