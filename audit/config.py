"""Settings of a run: command line over environment over file over default, checked into one frozen value."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, get_origin

from pydantic import Field, ValidationError, model_validator

from fairwitness.audit import toml_text
from fairwitness.audit.checked import Checked
from fairwitness.audit.errors import BadConfig, BadOption, nearest
from fairwitness.audit.probe_file import is_file
from fairwitness.audit.records import Json
from fairwitness.audit.turns import Chat

PREFIX = "FAIRWITNESS_"
NOT_SETTINGS = frozenset({"FAIRWITNESS_CACHE_DIR", "FAIRWITNESS_API_KEY"})
"""Variables that are read elsewhere and say nothing about what is measured."""

SHOWING = ("out", "json", "quiet", "verbose", "dry_run", "exit_zero")
"""Settings that change how a run is shown, not what it finds: they stay out of the document."""

PERMISSIONS = ("allow_pickle", "trust_remote_code", "allow_remote_texts", "show_secrets", "exit_zero")
"""Settings that let a run do what it refuses otherwise. A settings file that lies there, unnamed, cannot grant them."""

ALTERNATIVES = (("suite", "probes"), ("baseline", "no_baseline"))
"""Two ways to say one thing each: naming one in a stronger place sets the other aside."""


LETTERS = {"suite": " (-s)", "probes": " (-p)"}
"""How the command line shortens settings that exclude each other."""

LATEST = "latest"
"""A baseline that is no folder: the newest finished run of the same family."""

MOST_THREADS = 1024
"""More end the process before anything is asked: each takes memory."""

MOST_QUESTIONS = 256
"""Questions at once that an endpoint may be asked: each takes a thread and a connection."""

LONGEST_WORDS = 80
"""Characters of what a user calls rows and decisions: it stands in every sentence about them."""

LONGEST_REASON = 500
"""Characters of why a run is compared with none."""


class RunConfig(Checked):
    """Everything that a run can be told. The names are those of the options, with `_` for `-`.

    `probes` are the repeated --probe, `probe` the options of single probes by name and option, `data` holds
    `[PROBE=]FILE`, `reference` holds `[COLUMN=]GROUP`, `baseline` the folder of a run or `latest`, `no_baseline` why
    there is none, `system` a system message or `@FILE`.
    """

    model: str | None = Field(default=None, min_length=1)
    suite: str = "default"
    probes: tuple[str, ...] = ()
    probe: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    data: tuple[str, ...] = ()
    policy: Path | None = None
    baseline: str | None = Field(default=None, min_length=1)
    baseline_optional: bool = False
    no_baseline: str | None = Field(default=None, min_length=1, max_length=LONGEST_REASON)
    facts: Path | None = None
    out: Path | None = None
    limit: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    device: str | None = None
    dtype: str | None = None
    batch_tokens: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1, le=MOST_THREADS)
    task: str | None = None
    base: str | None = Field(default=None, min_length=1)
    chat: Chat | None = None
    system: str | None = Field(default=None, min_length=1)
    judge: str | None = Field(default=None, min_length=1)
    labels: str | None = Field(default=None, min_length=1)
    reference_model: tuple[str, ...] = ()
    masked_model: str | None = Field(default=None, min_length=1)
    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    weight: str | None = None
    group: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    id: str | None = Field(default=None, min_length=1)
    unit: str | None = Field(default=None, min_length=1, max_length=LONGEST_WORDS)
    favourable: str | None = None
    favourable_name: str | None = Field(default=None, min_length=1, max_length=LONGEST_WORDS)
    outcome_name: str | None = Field(default=None, min_length=1, max_length=LONGEST_WORDS)
    max_minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    max_requests: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    max_price: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    price: tuple[str, ...] = ()
    concurrency: int | None = Field(default=None, ge=1, le=MOST_QUESTIONS)
    request_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    no_cache: bool = False
    offline: bool = False
    allow_remote_texts: bool = False
    trust_remote_code: bool = False
    allow_pickle: bool = False
    show_secrets: bool = False
    as_json: bool = Field(default=False, alias="json")
    exit_zero: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.quiet and self.verbose:
            raise ValueError("'quiet' and 'verbose' exclude each other")
        for pair in ALTERNATIVES:
            if set(pair) <= self.model_fields_set:
                raise ValueError(f"{' and '.join(map(_named, pair))} exclude each other: name one")
        return self


@dataclass(frozen=True, slots=True)
class Given:
    """What was set and where, strongest last: the file, the environment, the command line."""

    file: Json
    environment: Json
    command_line: Json
    path: str = ""

    def merged(self) -> dict[str, Any]:
        """One value per key. Options of one probe add up; everything else is replaced."""
        result: dict[str, Any] = {}
        for layer in (self.file, self.environment, self.command_line):
            for pair in ALTERNATIVES:
                if any(key in layer for key in pair):
                    result = {key: value for key, value in result.items() if key not in pair}
            options = _added(result.get("probe", {}), layer.get("probe", {}))
            result |= layer
            if options:
                result["probe"] = options
        return result


def _named(key: str) -> str:
    """A setting as people know it: by its name, and its letter where it has one.

    >>> _named("suite")
    "'suite' (-s)"
    """
    return f"{key!r}{LETTERS.get(key, '')}"


def _added(options: Any, more: Any) -> Any:
    """Options by probe, those of the stronger place over those before; what is none of either is left to the check."""
    if not isinstance(options, Mapping) or not isinstance(more, Mapping):
        return more
    added = dict(options)
    for probe, values in more.items():
        before = added.get(probe, {})
        both = isinstance(before, Mapping) and isinstance(values, Mapping)
        added[probe] = {**before, **values} if both else values
    return added


def load(path: Path | None, overrides: Json, environment: Mapping[str, str] | None = None) -> RunConfig:
    """The settings of a run. Raises BadConfig or BadOption for what is unknown or does not fit."""
    return resolve(gather(path, overrides, environment))


def gather(
    path: Path | None, overrides: Json, environment: Mapping[str, str] | None = None, *, named: bool = True
) -> Given:
    """What each place says, unknown keys refused. `environment` None is the one of this process.

    `named` is False for a settings file that was found and that nobody named: it cannot grant any of PERMISSIONS.
    """
    file = {} if path is None else _from_file(path, named=named)
    variables = os.environ if environment is None else environment
    return Given(file, _from_environment(variables), dict(overrides), "" if path is None else str(path))


def resolve(given: Given) -> RunConfig:
    """One checked value from all places."""
    try:
        return RunConfig.model_validate(given.merged())
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise BadOption(toml_text.explain(RunConfig, first)) from None


def _from_file(path: Path, *, named: bool) -> dict[str, Any]:
    source = toml_text.read(path, BadConfig)
    checked = toml_text.validate(RunConfig, source, BadConfig)
    granted = next((key for key in PERMISSIONS if getattr(checked, key)), None)
    if granted is not None and not named:
        raise BadConfig(
            f"{source.where([granted])}: a settings file that only lies here cannot set {granted!r}; give "
            f"--{granted.replace('_', '-')} on the command line, or name the file with --config"
        )
    values = dict(source.tables)
    folder = path.parent
    if files := [name for name in checked.probes if is_file(name)]:
        if not named:
            raise BadConfig(
                f"{source.where(['probes'])}: a settings file that only lies here cannot run {files[0]}; give -p "
                f"{files[0]} on the command line, or name the file with --config"
            )
        values["probes"] = [str(folder / name) if is_file(name) else name for name in checked.probes]
    for key in ("policy", "facts", "out"):
        if (path_of := getattr(checked, key)) is not None:
            values[key] = str(folder / path_of)
    if checked.system is not None and checked.system.startswith("@"):
        values["system"] = f"@{folder / checked.system[1:]}"
    if checked.baseline is not None and checked.baseline != LATEST:
        values["baseline"] = str(folder / checked.baseline)
    if checked.data:
        values["data"] = [_beside(folder, entry) for entry in checked.data]
    return values


def _beside(folder: Path, entry: str) -> str:
    """A `[PROBE=]FILE` of a settings file, its path read from where that file lies."""
    probe, file = split_data(entry)
    return f"{probe}={folder / file}" if probe else str(folder / file)


def split_data(entry: str) -> tuple[str, Path]:
    """`[PROBE=]FILE` as probe (empty for all) and file."""
    probe, separator, file = entry.partition("=")
    if separator and re.fullmatch(r"[\w-]+(\.[\w-]+)?", probe) and not exists(Path(entry)):
        return probe, Path(file)
    return "", Path(entry)


def exists(path: Path) -> bool:
    """Whether something is there; a name that the system cannot hold names nothing."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    known = {_variable(key): key for key in keys() if key != "probe"} | {PREFIX + "OPTION": "probe"}
    values: dict[str, Any] = {}
    for name in sorted(variables):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        if name not in known:
            raise BadConfig(f"the environment sets {name}, which is no setting{nearest(name, known)}")
        key, text = known[name], variables[name]
        if key == "probe":
            values[key] = options_from(_items(text))
        else:
            values[key] = _items(text) if _is_list(key) else text
        try:
            RunConfig.model_validate({key: values[key]})
        except ValidationError as problem:
            first = problem.errors(include_url=False)[0]
            raise BadConfig(f"the environment variable {name}: {toml_text.explain(RunConfig, first)}") from None
    return values


def _variable(key: str) -> str:
    return PREFIX + key.upper()


def _items(text: str) -> list[str]:
    """Items of a list in a variable: one a line, or between commas when it is one line."""
    parts = text.splitlines() if "\n" in text else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def _field(key: str) -> str:
    return "as_json" if key == "json" else key


def _is_list(key: str) -> bool:
    return get_origin(RunConfig.model_fields[_field(key)].annotation) is tuple


def keys() -> list[str]:
    """Every setting as files and variables spell it."""
    return [field.alias or name for name, field in RunConfig.model_fields.items()]


class Typed(str):
    """An option's value as it was typed on the command line: its type is found from the probe's schema."""

    __slots__ = ()


def options_from(items: list[str]) -> dict[str, dict[str, Typed]]:
    """`probe.option=value` settings by probe and option. Raises BadOption."""
    nested: dict[str, dict[str, Typed]] = {}
    for item in items:
        name, equals, value = item.partition("=")
        probe, dot, option = name.strip().partition(".")
        if not (equals and dot and probe and option):
            raise BadOption(f"-O {item!r} must read probe.option=value")
        nested.setdefault(probe, {})[option] = Typed(value)
    return nested


def readings(value: Any) -> list[Any]:
    """What a value may mean, likeliest first: a typed text as JSON, as itself, as a list between commas."""
    if not isinstance(value, Typed):
        return [value]
    text = str.__str__(value)
    try:
        return [json.loads(text), text, text.split(",")]
    except (ValueError, RecursionError):
        return [text, text.split(",")]


def recorded(given: Given, config: RunConfig, options: Mapping[str, Json], repeats: str = "") -> dict[str, Any]:
    """The settings for the manifest: as given in each place, as resolved, and the command that repeats them.

    `options` are the options of the probes that ran, defaults filled in; `repeats` is what repeats the run, where no
    command line does.
    """
    resolved = {key: value for key, value in config.model_dump(mode="json", by_alias=True).items() if key != "probe"}
    return {
        "given": {
            "file": _kept(given.file),
            "environment": _kept(given.environment),
            "command_line": _kept(given.command_line),
        },
        "resolved": {**_kept(resolved), "probe": {name: dict(values) for name, values in options.items()}},
        "command": repeats or command(given, config, showing=False),
    }


def _kept(layer: Json) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps({**layer}, default=str))
    return {key: value for key, value in plain.items() if key not in SHOWING}


def command(given: Given, config: RunConfig, *, showing: bool = True) -> str:
    """The line that repeats a run from the same folder, quoted for a shell; every setting is spelled out."""
    named = given.merged()
    values = config.model_dump(mode="json", by_alias=True)
    chosen = [key for key in keys() if key in named and key != "model" and (showing or key not in SHOWING)]
    words = ["fairwitness", "run", *([config.model] if config.model else [])]
    return shlex.join([*words, *(word for key in chosen for word in _words(key, values[key]))])


def pinned(line: str, folder: str) -> str:
    """The line that repeats a run, with the baseline that was found in the place of `latest`.

    >>> pinned("fairwitness run m --baseline latest", "runs/a b")
    "fairwitness run m --baseline 'runs/a b'"
    """
    line = line.replace(f"--baseline {LATEST}", f"--baseline {shlex.quote(folder)}")
    return line.replace(f"baseline={LATEST!r}", f"baseline={folder!r}")


def _words(key: str, value: Any) -> list[str]:
    flag = "--" + {"probes": "probe"}.get(key, key).replace("_", "-")
    match value:
        case bool():
            return [flag] if value else []
        case list():
            return [word for item in value for word in (flag, str(item))]
        case dict():
            pairs = [
                (f"{probe}.{option}", setting)
                for probe, options in value.items()
                for option, setting in options.items()
            ]
            return [word for name, setting in pairs for word in ("-O", f"{name}={_spelled(setting)}")]
        case _:
            return [flag, str(value)]


def _spelled(value: Any) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
