"""From settings to probes with checked options, before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fairwitness.audit import tabular, toml_text
from fairwitness.audit.adapters.predictions import Predictions
from fairwitness.audit.config import Given, RunConfig, exists, readings, split_data
from fairwitness.audit.errors import BadData, BadOption, UnknownProbe, nearest, shortened
from fairwitness.audit.judging import ANSWERS
from fairwitness.audit.probe import Options, Probe, applies, find, registry
from fairwitness.audit.records import Table
from fairwitness.audit.requests import AttributeRow, Predict
from fairwitness.audit.runner import Scope
from fairwitness.audit.session.memory import NOTHING, InMemory
from fairwitness.audit.session.suites import SUITES, Suite

SHARED = {
    "limit": "limit",
    "chat": "chat",
    "judge": "judge",
    "labels": "labels",
    "reference_model": "reference_model",
    "masked_model": "masked_model",
    "label": "label",
    "prediction": "prediction",
    "score": "score",
    "weight": "weight",
    "group": "groups",
    "reference": "reference",
    "id": "id",
    "unit": "unit",
    "favourable": "favourable",
    "favourable_name": "favourable_name",
    "outcome_name": "outcome_name",
}
"""Settings of a run that stand for the option of that name in every selected probe that has it."""

MORE_OR_LESS = ("limit", "chat", "judge", "labels", "reference_model", "masked_model")
"""Of these, settings that a probe may have otherwise than the rest of the run."""

OF_EVERY_PROBE = "chat"
"""A setting that means something for a probe that has no such option, too: what it asks is put in that manner."""

PREDICTIONS = "predictions:"

_WAYS = 4
"""Ways to name a data set that a message lists at most."""

OF_PREDICTIONS = ("label", "prediction", "score")
"""Settings that a predictions file itself reads, whichever probes are selected."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The probes of a run with their options, the user's data for each, and what the user should hear about them."""

    probes: tuple[tuple[Probe, Options], ...]
    files: Mapping[str, Path | Table]
    notes: tuple[str, ...] = ()
    scope: Scope = field(default_factory=Scope)


def select(config: RunConfig, given: Given, memory: InMemory = NOTHING) -> Selection:
    """Probes, options and data of a run. Raises UnknownProbe, BadOption or BadData."""
    suite = chosen_suite(config)
    probes = chosen(config, memory.probes)
    known = {probe.spec.name for probe in probes}
    for name in config.probe:
        if name not in known:
            find(name)
            if name in given.command_line.get("probe", {}):
                raise BadOption(f"-O {name}.…: the probe {name!r} is not selected (add -p {name})")
    notes = _unused_options(config, probes, memory)
    return Selection(
        tuple((probe, _options(probe, config, suite)) for probe in probes),
        files(config, probes, memory),
        notes,
        Scope() if suite is None else Scope(frozenset(suite.probes), frozenset(suite.optional)),
    )


def chosen(config: RunConfig, given: Mapping[str, Probe] = NOTHING.probes) -> list[Probe]:
    """The selected probes, each once; `given` are those that are not installed."""
    suite = chosen_suite(config)
    names = dict.fromkeys(suite.probes if suite else config.probes)
    return [given[name] if name in given else find(name) for name in names]


def chosen_suite(config: RunConfig) -> Suite | None:
    """The suite of a run; None where its probes were named. Raises UnknownProbe."""
    if config.probes:
        return None
    if config.suite not in SUITES:
        raise UnknownProbe(f"no suite {config.suite!r}{nearest(config.suite, SUITES)} (suites: {', '.join(SUITES)})")
    return SUITES[config.suite]


def files(config: RunConfig, probes: Sequence[Probe], memory: InMemory = NOTHING) -> dict[str, Path | Table]:
    """The user's data for each probe (or `PROBE.NEED`); a predictions file also serves as the table.

    Raises BadData for a file that is not there, BadOption for one of which it is unclear which probe should read it.
    """
    model = config.model or ""
    needs = {probe.spec.name: need for probe in probes if (need := _own(probe))}
    if _decides(model, memory):
        specs = {probe.spec.name: probe.spec for probe in probes}
        needs = {name: need for name, need in needs.items() if applies(specs[name], _asked_of_rows(model, memory))}
    assigned: dict[str, Path | Table] = {}
    if isinstance(memory.subject, Predictions):
        assigned = dict.fromkeys(needs, memory.subject.table)
    elif model.startswith(PREDICTIONS):
        path = Path(model.removeprefix(PREDICTIONS))
        assigned = dict.fromkeys(needs, path)
        if carries_questions(model):
            assigned |= {probe.spec.name: path for probe in probes if any(need.format for need in probe.spec.data[:1])}
    for entry in config.data:
        name, path = split_data(entry)
        table = memory.tables.get(str(path))
        if table is None and not exists(path):
            raise BadData(f"no file {str(path)[:200]} (--data {entry[:200]})")
        keys = [_named(name, entry, probes)] if name else _takers(needs, probes, path)
        assigned |= dict.fromkeys(keys, path if table is None else table)
    return assigned | _labelled(config, probes)


def _labelled(config: RunConfig, probes: Sequence[Probe]) -> dict[str, Path | Table]:
    """The answers that people labelled, for every probe that can use them. Raises BadData where no such file is."""
    if not config.labels:
        return {}
    if not Path(config.labels).is_file():
        raise BadData(f"no file {config.labels[:200]} (--labels)")
    takers = [probe.spec.name for probe in probes if any(need.name == ANSWERS for need in probe.spec.data)]
    return {f"{name}.{ANSWERS}": Path(config.labels) for name in takers}


def _decides(model: str, memory: InMemory) -> bool:
    """Whether the subject decides on rows of a table."""
    if memory.subject is not None:
        return Predict.__name__ in memory.subject.info.capabilities
    return model.startswith(PREDICTIONS) or tabular.reads(model)


def _asked_of_rows(model: str, memory: InMemory) -> tuple[str, ...]:
    """What can be asked of a subject that decides on rows: a file of decisions explains none."""
    if memory.subject is not None:
        return memory.subject.info.capabilities
    decided = Predict.__name__
    return (decided,) if model.startswith(PREDICTIONS) else (decided, AttributeRow.__name__)


def carries_questions(model: str) -> bool:
    """Whether a predictions file is one of published answers, which holds the questions of a set beside them."""
    return model.startswith(PREDICTIONS) and tabular.is_answers(Path(model.removeprefix(PREDICTIONS)))


def published(model: str) -> bool:
    """Whether a predictions file is one as benchmarks publish them, which names its own columns."""
    path = Path(model.removeprefix(PREDICTIONS))
    return model.startswith(PREDICTIONS) and (tabular.is_answers(path) or tabular.is_scores(path))


def _own(probe: Probe) -> str:
    """The first data of a probe that only a file of the user's serves; empty where there is none."""
    needs = (need for need in probe.spec.data if need.name != ANSWERS)
    return next((need.name for need in needs if not (need.package or need.hub)), "")


def _named(key: str, entry: str, probes: Sequence[Probe]) -> str:
    """The key of a file that was given for one probe or one need of it."""
    name, _, need = key.partition(".")
    taker = next((probe for probe in probes if probe.spec.name == name), None) or find(name)
    if taker not in probes:
        raise BadOption(f"--data {entry}: the probe {name!r} is not selected (add -p {name})")
    known = [source.name for source in taker.spec.data]
    if not known:
        raise BadOption(f"--data {entry}: the probe {name!r} reads no data")
    if need and need not in known:
        hint = nearest(need, known) or f"; it has {', '.join(map(repr, known))}"
        raise BadOption(f"--data {entry}: the probe {name!r} has no data {need!r}{hint}")
    return key


def _takers(needs: Mapping[str, str], probes: Sequence[Probe], path: Path) -> list[str]:
    """The probes that a file without a name is for: those that need one of the user's, if all need the same data.

    Where none needs one, the file takes the place of the only data set that the selected probes read.
    """
    if not needs:
        return [_replaced(probes, path)]
    if len(set(needs.values())) > 1:
        ways = " or ".join(f"--data {name}={path}" for name in needs)
        raise BadOption(f"--data {path}: say which probe it is for: {ways}")
    return list(needs)


def _replaced(probes: Sequence[Probe], path: Path) -> str:
    """The only probe that reads data, where it reads one set; BadOption with the ways to name one of several."""
    needs = [(probe.spec, need) for probe in probes for need in probe.spec.data]
    if len(needs) == 1:
        return needs[0][0].name
    if not needs:
        raise BadOption(f"--data {path}: none of the selected probes reads data")
    ways = [spec.name if len(spec.data) == 1 else f"{spec.name}.{need.name}" for spec, need in needs]
    shown = " or ".join(f"--data {way}={path}" for way in ways[:_WAYS])
    more = f", and {len(ways) - _WAYS} others (`fairwitness data` lists them)" if len(ways) > _WAYS else ""
    raise BadOption(f"--data {path}: say which data it takes the place of: {shown}{more}")


def _unused_options(config: RunConfig, probes: Sequence[Probe], memory: InMemory) -> tuple[str, ...]:
    """Notes on settings that some probes do not have. Raises BadOption where none has them."""
    notes: list[str] = []
    for key, option in SHARED.items():
        if not getattr(config, key) or key == OF_EVERY_PROBE:
            continue
        without_option = [probe.spec.name for probe in probes if option not in probe.options.model_fields]
        read_from_file = key in OF_PREDICTIONS and (config.model or "").startswith(PREDICTIONS)
        if len(without_option) == len(probes) and not read_from_file:
            known = {**registry(), **memory.probes}
            takers = ", ".join(name for name, probe in known.items() if option in probe.options.model_fields)
            flag = f"--{key.replace('_', '-')}"
            raise BadOption(f"{flag} is for {takers}, and none of these is asked: add one with -p, or leave it out")
        if without_option and key == "limit":
            notes.append(f"--limit changes nothing for {', '.join(without_option)}")
    return tuple(notes)


def _options(probe: Probe, config: RunConfig, suite: Suite | None) -> Options:
    """The options of one probe: its own over the shared ones over those of the suite over its defaults."""
    fields, name = probe.options.model_fields, probe.spec.name
    shared = {option: getattr(config, key) for key, option in SHARED.items() if option in fields}
    settings = config.probe.get(name, {})
    for option in settings:
        if option not in fields:
            hint = nearest(option, fields) or f" (options: {', '.join(fields) or 'none'})"
            raise BadOption(f"the probe {name!r} has no option {shortened(option)}{hint}")
    _agree(name, config, settings)
    chosen: dict[str, Any] = {} if suite is None else dict(suite.options.get(name, {}))
    chosen |= {option: value for option, value in shared.items() if value not in (None, ())}
    chosen |= {option: _typed(fields[option], value) for option, value in settings.items()}
    try:
        return probe.options.model_validate(chosen)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = [step for step in first["loc"] if isinstance(step, str)]
        called = where[-1] if where else str(next(iter(first["loc"]), ""))
        explanation = (
            toml_text.explain(probe.options, first).removeprefix(f"{called!r}").removeprefix(": ").removeprefix(", ")
        )
        raise BadOption(f"{'.'.join([name, *where])}: {explanation}") from None


def _agree(name: str, config: RunConfig, options: Mapping[str, Any]) -> None:
    """Raises BadOption where a column or an outcome is named twice, and not alike: one of the two would be dropped."""
    for key, option in SHARED.items():
        given = getattr(config, key)
        if (
            key not in MORE_OR_LESS
            and option in options
            and given
            and str(options[option]) not in (given, ",".join(given))
        ):
            flag = f"--{key.replace('_', '-')}"
            raise BadOption(
                f"{flag} names {given if isinstance(given, str) else ', '.join(given)!r} and {name}.{option} "
                f"{options[option]!r}: name it once"
            )
    columns = [entry.partition("=")[0] for entry in config.reference if "=" in entry]
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise BadOption(f"--reference names two groups of column {twice!r}: {', '.join(config.reference)}")
    if config.label and config.label == config.prediction:
        raise BadOption(f"--label and --prediction are the same column, {config.label!r}: no decision would be wrong")


def _typed(field: Any, value: Any) -> Any:
    """The first reading of a typed value that fits the option; where none does, the one that fails furthest inside."""
    adapter: TypeAdapter[Any] = TypeAdapter(field.annotation)
    depths: list[tuple[int, Any]] = []
    for reading in readings(value):
        try:
            adapter.validate_python(reading)
        except ValidationError as problem:
            depths.append((len(problem.errors(include_url=False)[0]["loc"]), reading))
            continue
        return reading
    return max(depths, key=lambda depth: depth[0])[1]
