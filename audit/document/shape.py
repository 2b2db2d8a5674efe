"""Whether JSON values have the shape that the published schema says: the part of JSON Schema that `audit.json` uses.

Keywords: type, enum, const, required, properties, additionalProperties, items, prefixItems, minItems, maxItems,
minLength, pattern, minimum, exclusiveMinimum, exclusiveMaximum, $ref, oneOf, anyOf, not, if/then/else. A test compares
it with a full validator.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

KINDS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema with its definitions. Without `closed`, keys that it does not know are allowed."""

    schema: Mapping[str, Any]
    closed: bool = True

    def problem(self, value: Any) -> str:
        """Where the value first departs from the schema and how; empty where it does not."""
        return self._problem(self.schema, value, "")

    def _problem(self, schema: Mapping[str, Any], value: Any, path: str) -> str:
        if "$ref" in schema:
            return self._problem(self.schema["$defs"][schema["$ref"].rpartition("/")[2]], value, path)
        return next(filter(None, self._problems(schema, value, path)), "")

    def _problems(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        where = path or "the document"
        kinds = schema.get("type", ())
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(KINDS[kind](value) for kind in kinds):
            yield f"{where} is no {' or '.join(kinds)}"
            return
        if "enum" in schema and not any(_same(value, allowed) for allowed in schema["enum"]):
            yield f"{where} is none of {', '.join(map(str, schema['enum']))}"
        if "const" in schema and not _same(value, schema["const"]):
            yield f"{where} is not {schema['const']!r}"
        match value:
            case Mapping():
                yield from self._of_object(schema, value, path)
            case list():
                yield from self._of_array(schema, value, path)
            case str():
                yield _of_text(schema, value, where)
            case int() | float():
                yield _of_number(schema, value, where)
            case _:
                pass
        yield from self._of_choice(schema, value, path)

    def _of_object(self, schema: Mapping[str, Any], value: Mapping[str, Any], path: str) -> Iterator[str]:
        known = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{path or 'the document'} lacks {name!r}"
        others = schema.get("additionalProperties", True)
        for name, inner in value.items():
            within = f"{path}.{name}" if path else name
            if name in known:
                yield self._problem(known[name], inner, within)
            elif isinstance(others, Mapping):
                yield self._problem(others, inner, within)
            elif not others and self.closed:
                yield f"{path or 'the document'} has an unknown key {name!r}"

    def _of_array(self, schema: Mapping[str, Any], value: list[Any], path: str) -> Iterator[str]:
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{path} has {len(value)} items"
        leading = schema.get("prefixItems", ())
        for place, inner in enumerate(value):
            expected = leading[place] if place < len(leading) else schema.get("items", {})
            yield self._problem(expected, inner, f"{path}[{place}]")

    def _of_choice(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        if "oneOf" in schema:
            problems = [self._problem(choice, value, path) for choice in schema["oneOf"]]
            if all(problems):
                yield _furthest(problems)
            elif problems.count("") > 1:
                yield f"{path or 'the document'} fits more than one of its alternatives"
        if "anyOf" in schema:
            problems = list(takewhile(bool, (self._problem(choice, value, path) for choice in schema["anyOf"])))
            if len(problems) == len(schema["anyOf"]):
                yield _furthest(problems)
        if "not" in schema and not self._problem(schema["not"], value, path):
            yield f"{path or 'the document'} has what it must not have"
        if "if" in schema:
            branch = "else" if self._problem(schema["if"], value, path) else "then"
            yield self._problem(schema.get(branch, {}), value, path)


def _furthest(problems: Iterable[str]) -> str:
    """The problem that lies deepest in the value: of the alternative that fits best."""
    return max(problems, key=lambda text: text.count(".") + text.count("["))


def _of_text(schema: Mapping[str, Any], value: str, where: str) -> str:
    if len(value) < schema.get("minLength", 0):
        return f"{where} is empty"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{where} does not read {schema['pattern']}"
    return ""


def _of_number(schema: Mapping[str, Any], value: float, where: str) -> str:
    if isinstance(value, bool):
        return ""
    low, above = schema.get("minimum", value), schema.get("exclusiveMinimum")
    below = schema.get("exclusiveMaximum")
    if not low <= value or (above is not None and value <= above) or (below is not None and value >= below):
        return f"{where} is out of its range"
    return ""


def _is_number(value: Any) -> bool:
    """Whether it is a number that a float can hold: Python reads NaN and Infinity from JSON, which has neither."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _same(value: Any, allowed: Any) -> bool:
    return bool(value == allowed) and isinstance(value, bool) == isinstance(allowed, bool)
