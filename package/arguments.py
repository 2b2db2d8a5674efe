"""What `run` was called with, as the settings of a run and the objects in it that have no name of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, TypeGuard, get_origin

from fairwitness.audit import facts as model_facts
from fairwitness.audit import policy as policies
from fairwitness.audit.adapters import Predictions, adapt
from fairwitness.audit.config import RunConfig
from fairwitness.audit.datasets.frames import NAME as FRAME
from fairwitness.audit.datasets.frames import is_frame, table_of
from fairwitness.audit.errors import BadOption, UnknownModel, nearest, shortened
from fairwitness.audit.policy import Policy
from fairwitness.audit.probe import Probe, registry
from fairwitness.audit.records import PolicyInfo, Table
from fairwitness.audit.session.memory import InMemory
from fairwitness.audit.subject import Subject
from fairwitness.report import Report

OF_COMMAND_LINE = ("json", "dry_run", "exit_zero", "as_json")
"""Settings about what a process prints and how it ends."""
OF_LOADING = ("task", "base", "device", "dtype", "trust_remote_code", "allow_pickle")
"""Settings about how a model is loaded."""
IN_SIGNATURE = ("model", "data", "probes", "suite", "policy", "facts", "out")


@dataclass(slots=True)
class Call:
    """The arguments of one call: settings by name, and how each is written in the line that repeats it."""

    settings: dict[str, Any] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    objects: bool = False
    """Whether an argument is an object that no command line can name."""

    def name(self, key: str, value: Any, written: str | None = None) -> None:
        """Takes a setting; one that is `written` otherwise than by its value is an object."""
        self.settings[key] = value
        self.written.append(f"{key}={value!r}" if written is None else f"{key}={written}")
        self.objects = self.objects or written is not None

    @property
    def line(self) -> str:
        """The line of Python that repeats the call, where an object is in it; empty where a command line does."""
        return f"fairwitness.run({', '.join(self.written)})" if self.objects else ""


def read_call(
    model: object,
    data: object,
    *,
    tokenizer: object,
    probes: object,
    suite: str | None,
    policy: object,
    facts: object = None,
    out: Path,
    more: Mapping[str, Any],
) -> tuple[dict[str, Any], InMemory]:
    """The settings and the objects of a call. Raises UsageError for what is no such argument."""
    call = Call()
    subject = _subject(call, model, tokenizer, data, more)
    given = _probes(call, probes)
    if suite is not None:
        call.name("suite", suite)
    tables = _data(call, data)
    judging = _text(call, "policy", policy, "a file, a TOML text, a mapping or 'report-only'")
    known = _text(call, "facts", facts, "a file, a TOML text or a mapping")
    for key, value in more.items():
        _check_name(key)
        if value is not None:
            call.name(key, plain(key, value))
    memory = InMemory(
        subject=subject,
        probes=given,
        tables=tables,
        policy=None if judging is None else policies.given(judging),
        facts=None if known is None else model_facts.given(known),
        repeats=call.line,
    )
    return {**call.settings, "out": str(out)}, memory


def read_policy(policy: object) -> tuple[Path, tuple[Policy, PolicyInfo] | None]:
    """The file of a policy, and what stands in no file; `report-only` where none is given. Raises BadPolicy."""
    call = Call()
    judging = _text(call, "policy", policy, "a file, a TOML text, a mapping or 'report-only'")
    named = Path(call.settings.get("policy", policies.REPORT_ONLY))
    return named, None if judging is None else policies.given(judging)


def spec_of(model: object) -> str | None:
    """The spec of a model that is named; None for one in memory. Raises UnknownModel for nothing and empty names."""
    if model is None or (isinstance(model, str) and not model.strip()):
        raise UnknownModel("no model: give a spec or path, a loaded model with its tokenizer, a pipeline or a function")
    return str(model) if is_path(model) else None


def subject_of(
    model: object, *, tokenizer: object = None, data: object = None, batch_tokens: int | None = None
) -> Subject:
    """What a model in memory can be asked. Raises UnfitObject and WrongTask for what cannot be audited."""
    table = data if is_frame(model) else _frame(data)  # a table as the model: were the two arguments swapped?
    return adapt(model, tokenizer=tokenizer, data=table, batch_tokens=batch_tokens)


def is_path(value: object) -> TypeGuard[str | PathLike[str]]:
    """Whether a value names a file or a model."""
    return isinstance(value, str | PathLike)


def _subject(call: Call, model: object, tokenizer: object, data: object, more: Mapping[str, Any]) -> Subject | None:
    spec = spec_of(model)
    if spec is not None:
        if tokenizer is not None:
            raise BadOption(f"tokenizer=: {spec} brings its own; a tokenizer is given with a model that is in memory")
        call.settings["model"] = spec
        call.written.append(repr(spec))
        return None
    if key := next((key for key in OF_LOADING if more.get(key)), None):
        raise BadOption(f"{key}: a model in memory is asked as it stands; leave this out")
    subject = subject_of(model, tokenizer=tokenizer, data=data, batch_tokens=more.get("batch_tokens"))
    call.settings["model"] = subject.info.spec
    call.written.append("model")
    call.objects = True
    if tokenizer is not None:
        call.written.append("tokenizer=tokenizer")
    if isinstance(subject, Predictions):
        call.settings |= subject.chosen  # as `--prediction` and its like are of a file
    return subject


def _probes(call: Call, probes: object) -> dict[str, Probe]:
    """Probes that were given as objects, by name; those and the names become settings."""
    if probes is None:
        return {}
    items = [probes] if is_path(probes) or isinstance(probes, Probe) else probes
    if not isinstance(items, Iterable):
        raise BadOption(f"probes: give names, files or Probe objects, got {shortened(probes)}")
    names: list[str] = []
    written: list[str] = []
    given: dict[str, Probe] = {}
    for item in items:
        if isinstance(item, Probe):
            name = item.spec.name
            if name in registry() and registry()[name] is not item:
                raise BadOption(f"probes: a probe of the name {name!r} is installed already: rename this one")
            given[name] = item
            written.append(name)
        elif is_path(item):
            name = str(item)
            written.append(repr(name))
        else:
            raise BadOption(f"probes: give names, files or Probe objects, got {shortened(item)}")
        names.append(name)
    if not names:
        raise BadOption("probes: the list is empty; leave it out, and the default suite is asked")
    call.name("probes", names, f"[{', '.join(written)}]" if given else None)
    return given


def _data(call: Call, data: object) -> dict[str, Table]:
    """The tables in memory by the names that stand for them in the settings; files become settings alone."""
    tables: dict[str, Table] = {}
    if data is None:
        return tables
    named: list[str] = []
    for key, value in _entries(data):
        name = str(value)
        if not is_path(value):
            if not is_frame(value):
                raise BadOption(f"data: give a path or a DataFrame, or several by probe, got {shortened(value)}")
            name = FRAME if FRAME not in tables else f"{FRAME} {len(tables) + 1}"
            tables[name] = table_of(value, name)
        named.append(f"{key}={name}" if key else name)
    call.name("data", named, "data" if tables else None)
    return tables


def _entries(data: object) -> Iterable[tuple[str, object]]:
    return data.items() if isinstance(data, Mapping) else [("", data)]


def _frame(data: object) -> object:
    """The table in memory whose columns a model may need as they are; None where there is none."""
    return None if data is None else next((value for _, value in _entries(data) if is_frame(value)), None)


def _text(call: Call, key: str, value: object, kinds: str) -> str | Mapping[str, Any] | None:
    """The TOML text or the tables of what no file holds; a file becomes a setting. `kinds` says what may be given."""
    if value is None:
        return None
    if isinstance(value, Mapping) or (isinstance(value, str) and "\n" in value):
        call.written.append(f"{key}={key}")
        call.objects = True
        return value
    if not is_path(value):
        raise BadOption(f"{key}: give {kinds}, got {shortened(value)}")
    call.name(key, str(value))
    return None


def _check_name(key: str) -> None:
    if key in OF_COMMAND_LINE:
        raise BadOption(f"{key}: this is a setting of the command line alone")
    fields = RunConfig.model_fields
    if key not in fields:
        known = [name for name in fields if name not in (*OF_COMMAND_LINE, *IN_SIGNATURE)]
        close = nearest(key, [*known, *IN_SIGNATURE, "tokenizer", "config"])
        raise BadOption(f"no setting {key!r}{close or ' (settings: ' + ', '.join(known) + ')'}")


def plain(key: str, value: Any) -> Any:
    """A value as a settings file would hold it: a single item of a list as a list, pairs as `KEY=VALUE`.

    Raises BadOption for the values of a column where its name is meant.
    """
    for item in value if isinstance(value, list | tuple) else [value]:
        if getattr(item, "shape", ()):
            name = getattr(item, "name", None)
            known = f" ({key}={name!r}?)" if isinstance(name, str) else ""
            raise BadOption(f"{key}: give the name of a column{known}, not its values; got {shortened(item)}")
    if get_origin(RunConfig.model_fields[key].annotation) is tuple:
        if isinstance(value, Mapping):
            return [f"{name}={item}" for name, item in value.items()]
        return [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else value
    if key == "favourable" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if key == "baseline" and isinstance(value, Report):
        return str(value.folder)
    return str(value) if isinstance(value, PathLike) else value
