"""The rows of private people, taken out of a document: how many there were stays, and the hash of what stood there.

Private is what a probe read from a table of the user's: items, and every table, strip and matrix of that probe. Nothing
in a document says whether a row of a table is a group or a person, so all of them go; metrics, intervals, verdicts and
curves stay. The same document gives the same redacted one, so that a signature can cover both.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

Tree = dict[str, Any]
OF_ROWS = frozenset({"table", "tokens", "matrix"})
"""Kinds of evidence that can hold a row for each person, or the words of a person's text."""
WORDED = frozenset({"tokens", "matrix"})
"""Those of them whose captions and columns can be words of a text."""
TAKEN_OUT: Tree = {"en": "Taken out of the run", "zh": "已从本次运行中移除"}


def redacted(data: Mapping[str, Any]) -> tuple[Tree, tuple[str, ...]]:
    """A document of `audit.json` without these rows, and the files that go with them, also those that went before."""
    made = copy.deepcopy(dict(data))
    private_sources = {source["sha256"] for source in made["manifest"]["data"] if not source["licence"]}
    gone: list[str] = []
    for result in made["results"]:
        if result["status"] == "measured" and _private(result, private_sources):
            gone += _without_items(result)
            result["evidence"] = [_without_rows(item) for item in result["evidence"]]
            gone += [item["redacted"]["file"] for item in result["evidence"] if item.get("redacted", {}).get("file")]
    return made, tuple(gone)


def _private(result: Mapping[str, Any], sources: set[str]) -> bool:
    """Whether a probe read a file of the user's: published sets have a licence, and decisions are always people's."""
    items = result.get("items")
    return bool(items and items["kind"] == "decision_rows") or bool(sources & set(result["sources"]))


def _without_items(result: Tree) -> Iterator[str]:
    if result.get("items"):
        result["items"]["redacted"] = True
        yield result["items"]["file"]


def _without_rows(item: Tree) -> Tree:
    if item["kind"] not in OF_ROWS or "redacted" in item or not item["shown"]:
        return item
    whole = json.dumps(item, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    taken = {
        "file": item.get("file", ""),
        "sha256": item.get("sha256") or hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest(),
        "rows": item["shown"],
    }
    left = {key: item[key] for key in ("id", "caption", "kind", "columns")}
    if item["kind"] in WORDED:
        nameless = {"name": {"en": "–"}, "role": "label", "unit": item["columns"][0]["unit"], "secret": False}
        left |= {"caption": TAKEN_OUT, "kind": "table", "columns": [nameless]}
    return {**left, "rows": [], "shown": 0, "total": item["total"], "redacted": taken}
