"""The settings to start from: the model that is here, the columns its table seems to have, and whether they work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairwitness.audit import config as settings
from fairwitness.audit import tabular
from fairwitness.audit.cli.init.surroundings import Surroundings
from fairwitness.audit.config import Given, RunConfig
from fairwitness.audit.datasets.tables import read_columns
from fairwitness.audit.errors import FairwitnessError
from fairwitness.audit.session import proposal
from fairwitness.audit.session.job import prepare
from fairwitness.audit.session.proposal import Looked
from fairwitness.audit.session.run import Prepared, preflight
from fairwitness.audit.session.select import PREDICTIONS, published
from fairwitness.audit.session.suites import SUITES

PACKAGE = "package:"
DEFAULT, OF_ROWS = "default", "fairness"
"""The suites for a model of language, and for one that decides on rows of a table."""
GUESSED = ("prediction", "label", "score", "id", "group", "favourable")
"""Settings that are guessed from the names and values of columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Settings to start from, what they come to, and what still keeps them from working."""

    values: Mapping[str, Any] = field(default_factory=dict)
    ready: Prepared | None = None
    """What would be asked, where that could be looked at."""
    problem: str = ""

    @property
    def model(self) -> str:
        """The model spec; empty where none was seen."""
        return str(self.values.get("model", ""))

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes that are named, or those of the suite."""
        suite = SUITES.get(self.values.get("suite", DEFAULT), SUITES[DEFAULT])
        return tuple(self.values.get("probes") or suite.probes)

    @property
    def asked(self) -> tuple[str, ...]:
        """The probes that this model would be asked; empty where it was not looked at."""
        return () if self.ready is None else tuple(plan.spec.name for plan in self.ready.plan.probes if not plan.reason)


def start(model: str | None, seen: Surroundings) -> Start:
    """The first settings that pass every check before the model is loaded; else those that lack least."""
    tried = Start()
    for values in _candidates(model, seen):
        attempt = _attempt(Given({}, {}, values))
        if not attempt.problem:
            return attempt
        tried = tried if tried.values else attempt
    return tried


def read(path: Path) -> Start:
    """The settings of a file that is there. Raises BadConfig for one that cannot be read."""
    given = settings.gather(path, {}, {}, named=False)
    return _attempt(given) if given.file.get("model") else Start(values=given.file)


def text(begun: Start) -> str:
    """The settings as lines of `fairwitness.toml`."""
    values = {"suite": DEFAULT, **begun.values}
    lines = [f"{key} = {toml(value)}" for key, value in values.items() if key not in (*GUESSED, "suite")]
    if not begun.model:
        lines.append('# model = "./candidate"       # a hub id, a folder, a file, predictions:FILE')
    suite = f"suite = {toml(values['suite'])}"
    lines.append(f"{suite:<29} # `fairwitness probes --suites` lists the others")
    guessed = [f"{key} = {toml(values[key])}" for key in GUESSED if key in values]
    if guessed:
        lines += ["", "# Guessed from the names and values of columns: check them.", *guessed]
    return "\n".join(lines)


def toml(value: Any) -> str:
    """A text, a number or a list of texts as TOML writes it.

    >>> toml(["a", "b"])
    '["a", "b"]'
    """
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_local(model: str) -> bool:
    """Whether a model is on this machine, so that looking at it needs no network."""
    return model.startswith((PREDICTIONS, PACKAGE)) or settings.exists(Path(model).expanduser())


def _candidates(model: str | None, seen: Surroundings) -> Iterator[dict[str, Any]]:
    """Settings to try, the likeliest first: a model, with each table for rows; else decisions in a table."""
    chosen = model or next(iter(seen.models), None)
    if chosen is None:
        yield from _decisions(seen.tables)
    elif tabular.reads(chosen):
        for table in seen.tables:
            yield from _proposed({"model": chosen, "suite": OF_ROWS, "data": [table]})
        yield {"model": chosen, "suite": OF_ROWS}
    elif chosen.startswith(PREDICTIONS) and not published(chosen):
        yield {"model": chosen, "suite": OF_ROWS}
        yield from _proposed({"model": chosen, "suite": OF_ROWS})
    else:
        yield {"model": chosen, "suite": DEFAULT}


def _decisions(tables: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Tables whose columns call themselves decisions and groups: of others nobody asked that they be taken for that."""
    for table in tables:
        columns = _columns(Path(table))
        for values in _proposed({"model": f"{PREDICTIONS}{table}", "suite": OF_ROWS}):
            decided = Looked.at(values["prediction"], columns.get(values["prediction"], ()))
            groups = [Looked.at(name, columns.get(name, ())) for name in values["group"]]
            if decided.says("prediction") and any(group.says("group") for group in groups):
                yield values


def _columns(path: Path) -> Mapping[str, Any]:
    try:
        return read_columns(path)
    except FairwitnessError:
        return {}


def _proposed(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings with each proposal of what they lack."""
    for more in proposal.proposed(RunConfig.model_validate(values)):
        if "group" in more:
            yield {**values, **{key: list(value) if key == "group" else value for key, value in more.items()}}


def _attempt(given: Given) -> Start:
    """The settings, checked as far as that goes without loading the model or asking the network."""
    values = given.merged()
    try:
        job = prepare(given)
        ready = preflight(job) if is_local(values["model"]) else None
    except FairwitnessError as mistake:
        return Start(values=values, problem=str(mistake))
    return Start(values=values, ready=ready)
