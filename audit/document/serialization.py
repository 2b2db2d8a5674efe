"""Records <-> the plain JSON values of a document: pydantic over the same dataclasses, and what JSON says otherwise.

Some things stand otherwise in a document than in the records. A metric without an estimate has `"estimate": null` and
its reason under `undefined`. A text is a mapping of language to string. Evidence says how many rows are `shown`, and
rows stored in a file are named by it. A baseline that a run does not have is not there, nor is why it has none where
nobody asked. The version comes first, and a result says its status behind its probe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from fairwitness.audit.records import Audit, Failed, Measured, NotApplicable

Tree: TypeAlias = dict[str, Any]


@cache
def adapter() -> TypeAdapter[Audit]:
    """Pydantic's reader and writer of audits, made when it is first needed."""
    return TypeAdapter(Audit)


@cache
def _writers() -> Mapping[str, TypeAdapter[Any]]:
    """A writer for each status of a result: a union takes a result with a number of numpy for none of its kinds."""
    kinds = {"measured": Measured, "not_applicable": NotApplicable, "failed": Failed}
    return {status: TypeAdapter(kind) for status, kind in kinds.items()}


def _dumped(writer: TypeAdapter[Any], record: Any) -> Tree:
    tree: Tree = writer.dump_python(record, mode="json", fallback=_plain, warnings=False)
    return tree


def to_dict(audit: Audit) -> Tree:
    """An audit as plain JSON values; rows stored in a file stay there. Raises ValueError on a number that is none."""
    manifest = audit.manifest
    _finite((manifest.config, manifest.environment, manifest.git, manifest.run))
    data = _dumped(adapter(), replace(audit, results=()))
    data["results"] = [_dumped(_writers()[result.status], result) for result in audit.results]
    _finite(data)
    for result in data["results"]:
        result["metrics"] = [_metric_out(metric) for metric in result.get("metrics", ())]
        result["evidence"] = [_evidence_out(evidence) for evidence in result.get("evidence", ())]
    data["results"] = [_result_out(result) for result in data["results"]]
    data["verdicts"] = [_without_nothing(verdict, "relative_to") for verdict in data["verdicts"]]
    data = _without_nothing(_without_nothing(data, "baseline"), "uncompared")
    return {"schema_version": data.pop("schema_version"), **data}


def from_dict(data: Mapping[str, Any]) -> Audit:
    """The audit of `to_dict`. Raises ValueError, in one line, on anything else."""
    results = []
    for result in data["results"]:
        metrics = [_metric_in(metric) for metric in result.get("metrics", ())]
        evidence = [_evidence_in(evidence) for evidence in result.get("evidence", ())]
        measured = {"metrics": metrics, "evidence": evidence} if result["status"] == "measured" else {}
        results.append({**result, **measured})
    try:
        return adapter().validate_python({**data, "results": results})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _plain(value: Any) -> Any:
    """What JSON does not know: a number of numpy as that number, all else as text."""
    return value.item() if hasattr(value, "item") else str(value)


def _without_nothing(tree: Tree, key: str) -> Tree:
    """The tree without a key that says nothing."""
    return {name: value for name, value in tree.items() if name != key or value is not None}


def _result_out(result: Tree) -> Tree:
    """The probe and the status first."""
    leading = {"probe": result.pop("probe"), "status": result.pop("status")}
    if leading["status"] != "measured":
        del result["metrics"], result["evidence"]
    elif result["items"] and not result["items"]["redacted"]:
        del result["items"]["redacted"]
    return {**leading, **result}


def _metric_out(metric: Tree) -> Tree:
    if "kind" not in metric["estimate"]:
        return metric
    return {**metric, "estimate": None, "undefined": metric["estimate"]}


def _metric_in(metric: Mapping[str, Any]) -> Tree:
    known = {**metric}
    undefined = known.pop("undefined", None)
    return known if undefined is None else {**known, "estimate": undefined}


def _evidence_out(evidence: Tree) -> Tree:
    rows, stored, total = evidence.pop("rows"), evidence.pop("stored"), evidence.pop("total")
    redacted = evidence.pop("redacted")
    if redacted is not None:
        return {**evidence, "rows": rows, "shown": 0, "total": total, "redacted": redacted}
    if stored is None:
        return {**evidence, "rows": rows, "shown": len(rows), "total": total}
    place = {"file": stored["file"], "sha256": stored["sha256"], "stored": True}
    return {**evidence, **place, "shown": stored["rows"], "total": total}


def _evidence_in(evidence: Mapping[str, Any]) -> Tree:
    if not evidence.get("stored"):
        return {**evidence, "stored": None}
    stored = {"file": evidence["file"], "sha256": evidence["sha256"], "rows": evidence["shown"]}
    return {**evidence, "rows": (), "stored": stored}


def _finite(value: Any) -> None:
    """Raises ValueError where a number in a tree is none. Pydantic would write null where it knows no type."""
    match value:
        case Mapping():
            for inner in value.values():
                _finite(inner)
        case list() | tuple():
            for inner in value:
                _finite(inner)
        case float() if not math.isfinite(value):
            raise ValueError(f"{value} cannot stand in a document")
        case _:
            pass
