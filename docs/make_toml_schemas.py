"""Writes the JSON Schemas of policy files and of fairwitness.toml, for editors: `python docs/make_toml_schemas.py`.

Types and choices are those of the code that reads the files. A test keeps both current.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import typer

from fairwitness.audit import probe
from fairwitness.audit.cli import app
from fairwitness.audit.config import ALTERNATIVES, RunConfig
from fairwitness.audit.policy import Policy
from fairwitness.audit.policy.selectors import MARKED
from fairwitness.audit.session.suites import SUITES

AUDIT = Path(__file__).parents[1] / "audit"
POLICY_FILE, SETTINGS_FILE = AUDIT / "policy" / "policy.schema.json", AUDIT / "fairwitness.schema.json"
KEYS = AUDIT / "policy" / "keys.toml"
Tree: TypeAlias = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that taplo, and with it Even Better TOML, reads."""


def policy_schema() -> Tree:
    """Of a policy file."""
    tree = _plain(Policy.model_json_schema())
    words = tomllib.loads(KEYS.read_text(encoding="utf-8"))
    parts = {"policy": tree, **{name.lower(): part for name, part in tree["definitions"].items()}}
    for name, part in parts.items():
        described = words[name] if name != "rule" else {**words["defaults"], **words["rule"]}
        part.pop("description", None)
        for key, schema in part["properties"].items():
            schema["description"] = described[key]
    for part in (parts["rule"], parts["waiver"]):
        part["properties"]["select"]["pattern"] = selector_pattern()
    parts["rule"] |= {
        "if": {"properties": {"op": {"const": "within"}}},
        "then": {"properties": {"value": {"minimum": 0}}},
    }
    parts["waiver"]["oneOf"] = [{"required": ["select"]}, {"required": ["fingerprint"]}]
    return _headed("policy", "Fairwitness policy", tree)


def settings_schema() -> Tree:
    """Of fairwitness.toml, with the options of the probes that Fairwitness brings."""
    tree = _plain(RunConfig.model_json_schema(by_alias=True))
    helped = {parameter.name: getattr(parameter, "help", "") for parameter in _run_parameters()}
    named = {"probe": "option", "json": "as_json"}
    tree.pop("description", None)
    for key, schema in tree["properties"].items():
        schema["description"] = " ".join((helped[named.get(key, key)] or "").split())
    tree["properties"]["suite"]["enum"] = list(SUITES)
    options = {name: _plain(entry.options.model_json_schema()) for name, entry in probe.registry().items()}
    definitions = tree.setdefault("definitions", {})
    for schema in options.values():
        definitions |= schema.pop("definitions", {})
        schema.pop("description", None)
    tree["properties"]["probe"] |= {"properties": options, "additionalProperties": {"type": "object"}}
    tree["allOf"] = [{"not": {"required": list(pair)}} for pair in ALTERNATIVES]
    return _headed("settings", "Fairwitness settings", tree)


def text(schema: Tree) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def files() -> Mapping[Path, str]:
    """Both files as they must stand."""
    return {POLICY_FILE: text(policy_schema()), SETTINGS_FILE: text(settings_schema())}


def selector_pattern() -> str:
    """What a selector looks like; what stands between its brackets is not looked at."""
    kinds = [f"{kind}:(?:{'|'.join(words)})" if words else rf"{kind}:\S+" for kind, words in MARKED.items()]
    mark = f"(?:{'|'.join(kinds)})"
    metric = r"[^/\[\]\s]+/[^\[\]\s]+(?:\[.*\])?"
    return rf"^\s*(?:{mark}\s+)*(?:{metric}|{mark})(?:\s+{mark})*\s*$"


def _run_parameters() -> Iterable[Any]:
    command: Any = typer.main.get_command(app)
    parameters: Iterable[Any] = command.commands["run"].params
    return parameters


def _headed(name: str, title: str, tree: Tree) -> Tree:
    head = {"$schema": DRAFT, "$id": f"urn:fairwitness:{name}:1"}
    return {**head, **tree, "title": title}


def _plain(tree: Tree) -> Tree:
    """The schema as an editor needs it: no nulls, which TOML does not have, no titles, definitions of draft 7."""
    plain: Tree = _without_nulls(tree)
    if "$defs" in plain:
        plain["definitions"] = plain.pop("$defs")
    return plain


def _without_nulls(schema: Any) -> Any:
    match schema:
        case {"anyOf": choices, **rest}:
            kept = [_without_nulls(choice) for choice in choices if choice != {"type": "null"}]
            others = _without_nulls({key: value for key, value in rest.items() if value is not None})
            return {**others, **kept[0]} if len(kept) == 1 else {**others, "anyOf": kept}
        case dict():
            return {
                key: _properties(value) if key == "properties" else _without_nulls(value)
                for key, value in schema.items()
                if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
            }
        case list():
            return [_without_nulls(part) for part in schema]
        case str():
            return schema.replace("#/$defs/", "#/definitions/")
        case _:
            return schema


def _properties(properties: Tree) -> Tree:
    """The keys of a table; one that takes nothing but null is none that a file may set."""
    return {name: _without_nulls(inner) for name, inner in properties.items() if inner.get("type") != "null"}


if __name__ == "__main__":
    for file, content in files().items():
        file.write_text(content, encoding="utf-8")
