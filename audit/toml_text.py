"""Reads a TOML file and turns every mistake in it into one message: file, line, what was got, nearest valid name.

`tomllib` keeps no line numbers, so the line of a key is found again in the text.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from fairwitness.audit.errors import UsageError, nearest, shortened

M = TypeVar("M", bound=BaseModel)
HEADER = re.compile(r"\s*+\[++([^\]]+)\]++\s*+(#.*)?$")
DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""")
"""A key of more parts than any of ours; reading it takes time that grows with the square of its parts."""


@dataclass(frozen=True, slots=True)
class TomlText:
    """A TOML file that was read: where it is called `name` in messages, its text, its tables and its hash."""

    name: str
    text: str
    tables: Mapping[str, Any]
    sha256: str

    def where(self, path: Sequence[str | int]) -> str:
        """`file:line` of a key such as ("rules", 2, "op"), or the file alone when the text does not show it."""
        line = line_of(self.text, path)
        return f"{self.name}:{line}" if line else self.name


def read(path: Path, error: type[UsageError], name: str = "") -> TomlText:
    """Reads and parses a file. Raises `error` when it is absent, unreadable or no TOML."""
    shown = name or str(path)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise error(f"no file {shown}") from None
    except IsADirectoryError:
        raise error(f"{shown} is a folder: name a file") from None
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not UTF-8 text"
        raise error(f"cannot read {shown}: {reason}") from None
    return TomlText(shown, text, _tables(text, error, shown), hashlib.sha256(raw).hexdigest())


def of_text(text: str, error: type[UsageError], name: str) -> TomlText:
    """The same of a text that stands in no file. Raises `error` where it is no TOML."""
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return TomlText(name, text, _tables(text, error, name), sha256)


def of_tables(tables: Mapping[str, Any], name: str) -> TomlText:
    """The same of tables that were never a text; their hash is that of their JSON, keys in order."""
    spelled = json.dumps(tables, sort_keys=True, default=str, ensure_ascii=False)
    return TomlText(name, "", tables, hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest())


def _tables(text: str, error: type[UsageError], name: str) -> dict[str, Any]:
    try:
        return _parsed(text)
    except (ValueError, RecursionError) as problem:
        reason = "it nests too deeply" if isinstance(problem, RecursionError) else str(problem)
        raise error(f"{name} is no valid TOML: {reason}") from None


def _parsed(text: str) -> dict[str, Any]:
    if DEEP_KEY.search(text):
        raise ValueError("a key has more than 64 parts")
    return tomllib.loads(text)


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Line (from 1) where the last key of the path is set; of its table's header when only that is found."""
    keys = [step for step in path if isinstance(step, str)]
    index = next((step for step in path if isinstance(step, int)), 0)
    lines = text.splitlines()
    for tables in (keys[:-1], keys):
        start, end = _section(lines, ".".join(tables), index)
        if start is None:
            continue
        if tables == keys:
            return start
        setting = next((index for index in range(start, end) if _sets(lines[index], keys[-1])), None)
        if setting is not None or tables:
            return setting + 1 if setting is not None else start
    return next((index for index, line in enumerate(lines, 1) if _sets(line, keys[-1], anywhere=True)), None)


def _section(lines: Sequence[str], table: str, index: int) -> tuple[int | None, int]:
    """First line after the header (as a count, so also the header's number from 1) and end of a table's lines."""
    headers = [
        (index, match[1].strip().replace('"', "")) for index, line in enumerate(lines) if (match := HEADER.match(line))
    ]
    ends = [start for start, _ in headers[1:]] + [len(lines)] if headers else []
    if not table:
        return 0, headers[0][0] if headers else len(lines)
    spans = zip(headers, ends, strict=True)
    matching = [(start + 1, end) for (start, name), end in spans if f"{name}.".startswith(f"{table}.")]
    return matching[index] if index < len(matching) else (None, 0)


def _sets(line: str, key: str, *, anywhere: bool = False) -> bool:
    before = r"(^|[\s{,.])" if anywhere else r"^\s*"
    return re.search(before + rf"[\"']?{re.escape(key)}[\"']?\s*[=.]", line) is not None


def validate(model: type[M], source: TomlText, error: type[UsageError]) -> M:
    """The file as a checked model. Raises `error` for its first mistake, with line and nearest valid name."""
    try:
        return model.model_validate(source.tables)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
        raise error(f"{source.where(first['loc'])}: {explain(model, first)}") from None


def explain(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    """One error of pydantic in plain words."""
    path = [step for step in problem["loc"] if not str(step).startswith("function-")]
    key = _called(path)
    kind, message = problem["type"], str(problem["msg"])
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        name = str(path[-1])
        return f"unknown key {shortened(name)}" + (nearest(name, known) or f" (known: {', '.join(known)})")
    if kind == "missing":
        return f"{_table(path)}lacks {key}"
    if kind in ("too_short", "string_too_short"):
        return f"{key} must not be empty"
    if kind in ("value_error", "assertion_error"):
        said = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return said if not path or isinstance(path[-1], int) or key in said else f"{key}: {said}"
    hint = ""
    if kind == "literal_error":
        hint = nearest(str(problem["input"]), re.findall(r"'([^']*)'", str(problem["ctx"]["expected"])))
    said = _lower(message).replace("valid tuple", "valid list")
    return f"{key}: {said}, got {shortened(problem['input'])}{hint}"


def _called(path: Sequence[str | int]) -> str:
    """The key that a path ends in, or the item of a list: `'limit'`, `'probes', item 1`."""
    match path:
        case [*_, str() as key]:
            return shortened(key)
        case [*_, str() as key, int() as place]:
            return f"{shortened(key)}, item {place + 1}"
        case _:
            return "''"


def _table(path: Sequence[str | int]) -> str:
    """Such as `the second of [[rules]] ` for ("rules", 1, "id")."""
    match path:
        case [str() as table, int() as place, *_]:
            return f"[[{table}]] number {place + 1} "
        case [str() as table, _, *_]:
            return f"[{table}] "
        case _:
            return "the file "


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _fields_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Names of the keys that may stand where the path leads."""
    here: type[BaseModel] = model
    for step in path:
        if isinstance(step, str) and step in here.model_fields:
            here = _model_in(here.model_fields[step].annotation) or here
    return [field.alias or name for name, field in here.model_fields.items() if field.annotation is not type(None)]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(part) for part in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)
