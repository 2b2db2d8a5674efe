"""The JSON Schema of `audit.json`, made from the records; the file in the package holds what this makes.

Types, names and choices are those of the dataclasses. Here stands what they do not say: bounds, and the few places
where a document is spelled otherwise than the records (`serialization`). Every key must be there but
those that were added within a major version, and no other may be.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from fairwitness.audit.document.serialization import adapter

Tree: TypeAlias = dict[str, Any]
NAMED: Tree = {"minLength": 1}
COUNTED: Tree = {"minimum": 0}
LEVEL: Tree = {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
HASH: Tree = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TEXT_OR_NULL: Tree = {"type": ["string", "null"]}
BOUNDS: Mapping[tuple[str, str], Tree] = {
    ("Interval", "level"): LEVEL,
    ("Estimate", "level"): LEVEL,
    ("Estimate", "n"): {"minimum": 1},
    ("Metric", "name"): NAMED,
    ("Evidence", "id"): NAMED,
    ("ProbeSpec", "name"): NAMED,
    ("DataNeed", "name"): NAMED,
    ("DataSource", "rows"): COUNTED,
    ("Evidence", "total"): COUNTED,
    ("Measured", "requests"): COUNTED,
    ("Measured", "unanswered"): COUNTED,
    ("Measured", "sources"): {"items": HASH},
    ("Measured", "items"): {"anyOf": [{"$ref": "#/$defs/StoredItems"}, {"type": "null"}]},
    ("StoredItems", "file"): {"pattern": "^items/[^/]+\\.parquet$"},
    ("StoredItems", "sha256"): HASH,
    ("StoredItems", "rows"): COUNTED,
    ("Baseline", "sha256"): HASH,
    ("FlipCount", "flipped"): COUNTED,
    ("FlipCount", "paired"): COUNTED,
    ("FlipCount", "lost"): COUNTED,
}
ADDED: Mapping[str, Collection[str]] = {
    "Audit": ("waivers", "baseline", "uncompared"),
    "Manifest": ("facts",),
    "Measured": ("pictures", "manners"),
    "PolicyInfo": ("lines", "bounds"),
    "StoredItems": ("redacted", "unit"),
    "SubjectInfo": ("card",),
    "Verdict": ("relative_to",),
}
"""Keys that records have since version 2.0, each with a default: a document that was written before them is read."""
TEXT_OF_PYDANTIC: Tree = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
TEXT: Tree = {
    "description": "A text for people by language, English always.",
    "type": "object",
    "properties": {"en": {"type": "string"}},
    "required": ["en"],
    "additionalProperties": {"type": "string"},
}
GIT: Tree = {
    "description": "The working directory's repository, where it is one.",
    "type": "object",
    "properties": {"commit": TEXT_OR_NULL, "dirty": {"type": ["boolean", "null"]}},
    "required": ["commit", "dirty"],
    "additionalProperties": False,
}
RUN: Tree = {
    "description": "All that may differ between equal runs. `model_calls` and `cache_hits` count batches.",
    "type": "object",
    "properties": {
        "started": {"type": "string"},
        "policy_recorded": {
            "description": "When the policy's hash was recorded, before the first model call.",
            "type": "string",
        },
        "seconds": {"type": "number"},
        "model_calls": {"type": "integer", **COUNTED},
        "cache_hits": {"type": "integer", **COUNTED},
        "host": {"type": "string"},
        "output": TEXT_OR_NULL,
        "probe_seconds": {"type": "object", "additionalProperties": {"type": "number"}},
        "limits_tried": {
            "description": "By probe, the limits on the number of items that this model was asked with, of these data, "
            "as far as the answer cache knows; null is no limit.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": ["integer", "null"]}},
        },
        "seeds_tried": {
            "description": "By probe, the seeds that this model was asked with, of these data, as far as the answer "
            "cache knows.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "integer"}},
        },
        "looks_known": {
            "description": "Whether an answer cache could tell of earlier looks; without one only this run's own are "
            "listed.",
            "type": "boolean",
        },
    },
    "required": ["started", "seconds", "model_calls", "cache_hits", "host", "probe_seconds"],
}


def made() -> Tree:
    """The schema (draft 2020-12) of the documents that this version writes."""
    tree = adapter().json_schema(mode="serialization")
    definitions: dict[str, Tree] = tree.pop("$defs")
    for name, definition in definitions.items():
        _close(definition)
        for field, schema in definition["properties"].items():
            schema |= BOUNDS.get((name, field), {})
    _close(tree)
    definitions["Text"] = TEXT
    for part in (tree, definitions):
        _texts(part)
        _types(part)
    _metric(definitions["Metric"])
    _evidence(definitions["Evidence"])
    for name, keys in ADDED.items():
        definition = tree if name == "Audit" else definitions[name]
        definition["required"] = [key for key in definition["required"] if key not in keys]
    for held in ("StoredRows", "ScoredItems", "DecisionRows"):
        del definitions[held]
    definitions["Manifest"]["properties"] |= {"git": GIT, "run": RUN}
    tree["properties"]["schema_version"] = {"type": "string", "pattern": "^2\\.[0-9]+$"}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:fairwitness:audit:2.0"}
    return {**head, **tree, "title": "Fairwitness audit", "$defs": definitions}


def _close(definition: Tree) -> None:
    """An object with all of its keys and no others, described by the first paragraph of its docstring."""
    definition["description"] = " ".join(definition["description"].split("\n\n")[0].split())
    definition["required"] = list(definition["properties"])
    definition["additionalProperties"] = False
    for schema in definition["properties"].values():
        for key in ("title", "default"):
            schema.pop(key, None)


def _texts(schema: Any) -> None:
    """Names the one form of a text wherever pydantic spells it out."""
    for key, inner in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if inner == TEXT_OF_PYDANTIC:
            schema[key] = {"$ref": "#/$defs/Text"}
        elif isinstance(inner, dict | list):
            _texts(inner)


def _types(schema: Any) -> None:
    """Says a choice among plain types as a list of types: shorter to read, and a reader need not try them in turn."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if not isinstance(inner, dict | list):
            continue
        _types(inner)
        if (
            isinstance(inner, dict)
            and (choices := inner.get("anyOf"))
            and all(set(choice) == {"type"} for choice in choices)
        ):
            del inner["anyOf"]
            inner["type"] = [choice["type"] for choice in choices]


def _metric(definition: Tree) -> None:
    """Either an estimate, or null and the reason beside it."""
    properties = definition["properties"]
    properties["estimate"] = {"anyOf": [{"$ref": "#/$defs/Estimate"}, {"type": "null"}]}
    properties["undefined"] = {"$ref": "#/$defs/Undefined"}
    definition |= {
        "if": {"properties": {"estimate": {"type": "null"}}},
        "then": {"required": ["undefined"]},
        "else": {"not": {"required": ["undefined"]}},
    }


def _evidence(definition: Tree) -> None:
    """Rows stand here, or in a file that is named with its hash; `stored` ones are read from there alone."""
    properties = definition["properties"]
    properties |= {
        "file": {"type": "string", "pattern": "^evidence/[^/]+\\.parquet$"},
        "sha256": HASH,
        "stored": {"const": True},
        "shown": {"type": "integer", **COUNTED},
    }
    properties["redacted"] = {
        "description": "Rows that were taken out of the run: how many, the hash of what stood here, and its file.",
        "type": "object",
        "properties": {
            "file": {"type": "string"},
            "sha256": HASH,
            "rows": {"type": "integer", **COUNTED},
        },
        "required": ["file", "sha256", "rows"],
        "additionalProperties": False,
    }
    definition["required"] = ["id", "caption", "kind", "columns", "shown", "total"]
    named = [{"required": [name]} for name in ("file", "sha256", "stored")]
    definition["oneOf"] = [
        {"required": ["rows"], "not": {"anyOf": named}},
        {"required": ["file", "sha256"], "not": {"anyOf": [{"required": ["rows"]}, {"required": ["redacted"]}]}},
    ]
