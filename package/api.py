"""Runs an audit from Python, reads one again, compares two: what the command line does, with objects for names."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from fairwitness import arguments, compared, notes
from fairwitness.audit import config as configuration
from fairwitness.audit import document
from fairwitness.audit.cli.terminal import Screen
from fairwitness.audit.config import Given
from fairwitness.audit.datasets.frames import is_frame, table_of
from fairwitness.audit.errors import BadOption, FairwitnessError, nearest, shortened
from fairwitness.audit.private import cache_folder
from fairwitness.audit.records import Audit, Table
from fairwitness.audit.session import explaining, importing, subjects
from fairwitness.audit.session.explaining import Question
from fairwitness.audit.session.job import prepare
from fairwitness.audit.session.memory import InMemory
from fairwitness.audit.session.run import Prepared, perform, preflight
from fairwitness.audit.subject import Subject
from fairwitness.compared import Comparison
from fairwitness.explanation import Explanation
from fairwitness.report import Report

if TYPE_CHECKING:
    from fairwitness.audit.probe import Probe

Run: TypeAlias = Report | str | PathLike[str]
"""A run by its report or its folder."""
INTERRUPTED = 130
LOADING = (
    "task", "base", "device", "dtype", "batch_tokens", "threads", "offline", "trust_remote_code", "allow_pickle",
    "prediction", "label", "score", "concurrency", "request_seconds", "price",
)  # fmt: skip
"""Settings that say how a model is loaded, and which columns of a file are decisions."""
EXPLAINING = (
    *(key for key in LOADING if key not in ("prediction", "label", "score", "concurrency", "request_seconds", "price")),
    "seed", "no_cache", "quiet", "group", "label",
)  # fmt: skip
"""Settings of an explanation."""


def run(
    model: Any,
    data: Any = None,
    *,
    tokenizer: Any = None,
    probes: str | PathLike[str] | Probe | Sequence[str | PathLike[str] | Probe] | None = None,
    suite: str | None = None,
    policy: str | PathLike[str] | Mapping[str, Any] | None = None,
    facts: str | PathLike[str] | Mapping[str, Any] | None = None,
    out: str | PathLike[str] | None = None,
    config: str | PathLike[str] | None = None,
    **settings: Any,
) -> Report:
    """Audits a model: asks it, measures, judges, writes the folder of the run, and gives its report.

    Args:
        model: a spec as on the command line (hub id, folder, file, `package:NAME`, `predictions:FILE`), or the thing
            itself: a loaded transformers model with its `tokenizer`, a pipeline, a fitted estimator, a function.
        data: your own table or texts, a path or a DataFrame; several as a mapping from `PROBE` or `PROBE.NEED`.
        tokenizer: of a model in memory that does not bring one.
        probes: names, files or Probe objects, in place of a suite.
        suite: a named set of probes; without either the one called `default`.
        policy: a file, a TOML text, a mapping or `report-only`; without it Fairwitness's own.
        facts: what only people know about the model: a file, a TOML text or a mapping.
        out: folder of the run; without it a temporary one, which lives as long as the report.
        config: a settings file. One that merely lies in the working directory is not read.
        settings: every other setting of a run by its name (`limit=50`, `group="sex"`, `probe={"gender": {...}}`).
            The environment (`FAIRWITNESS_SEED`) is read as on the command line, and arguments go before it.

    What was decided goes to the error stream, unless `quiet=True`. A model in memory is left as it was found. Raises
    UsageError before the first question, RunError after it, and KeyboardInterrupt once what is finished is kept.
    """
    folder = _Folder(out)
    given: Given | None = None
    try:
        named, memory = arguments.read_call(
            model,
            data,
            tokenizer=tokenizer,
            probes=probes,
            suite=suite,
            policy=policy,
            facts=facts,
            out=folder.path,
            more=settings,
        )
        given = configuration.gather(None if config is None else Path(config), named)
        audit = _audited(given, memory)
    except BaseException as error:
        folder.drop()
        if isinstance(error, FairwitnessError):
            notes.explain(error, given)
        raise
    if audit.exit_code == INTERRUPTED:
        folder.drop()
        raise KeyboardInterrupt
    return Report(audit, folder.path, temporary=folder.temporary)


def _audited(given: Given, memory: InMemory) -> Audit:
    """The audit of what was settled, with hints on the error stream."""
    job = prepare(given, memory)
    with Screen(quiet=job.config.quiet, verbose=job.config.verbose) as screen, _threads(job.config.threads):
        ready = preflight(job)
        for line in (*decided(ready), *job.selection.notes):
            screen.hint(line)
        return perform(job, screen, ready)


def decided(ready: Prepared) -> list[str]:
    """What was decided of a model before it is asked: what it is, what is asked, what falls away and why."""
    info = ready.info
    size = "" if info.parameters is None else f", {info.parameters / 1e6:.1f} M parameters"
    asked = [probe.spec.name for probe in ready.plan.probes if not probe.reason]
    lines = [
        f"{info.spec} is a {info.kind} ({info.architecture or 'no known class'}{size}); "
        f"it answers {', '.join(info.capabilities) or 'nothing'}",
        f"asked: {', '.join(asked) or 'nothing'}",
    ]
    lines += [f"not asked: {probe.spec.name}: {probe.reason}" for probe in ready.plan.probes if probe.reason]
    if not info.fingerprint and ready.subject is not None:
        lines.append("not fingerprinted: nothing will show whether another run asked the same, and no answers are kept")
    return lines


def load(model: Any, *, tokenizer: Any = None, data: Any = None, **settings: Any) -> Subject:
    """The subject that a run would ask: a model by its spec, or one in memory. Raises UsageError or CorruptModel.

    Settings are those that say how a model is loaded (`device`, `dtype`, `task`, `offline`, ...).
    """
    spec = arguments.spec_of(model)
    if spec is None:
        if settings:
            raise BadOption(f"{next(iter(settings))}: a model in memory is loaded already")
        return arguments.subject_of(model, tokenizer=tokenizer, data=data)
    for key in settings:
        if key not in LOADING:
            raise BadOption(f"no setting {key!r} of loading{nearest(key, LOADING)} (settings: {', '.join(LOADING)})")
    try:
        named = {key: arguments.plain(key, value) for key, value in settings.items() if value is not None}
        given = configuration.gather(None, {"model": spec, **named}, {})
        return subjects.load(configuration.resolve(given), cache_folder())
    except FairwitnessError as error:
        notes.explain(error)
        raise


def explain(
    model: Any,
    text: str | None = None,
    *,
    data: Any = None,
    row: int | None = None,
    pair: str | None = None,
    methods: str | Sequence[str] | None = None,
    target: str | None = None,
    tokenizer: Any = None,
    **settings: Any,
) -> Explanation:
    """Which words of a text or columns of a row moved the model's answer, by several methods, and what each is worth.

    Args:
        model: a spec, or a model in memory, as `run` takes it.
        text: the text; of a language model with one `[MASK]` where the fillers go.
        data: a table, by its file or as a DataFrame, of which a row is explained in place of a text.
        row: the number of that row, from 1.
        pair: a text to compare with, word by word.
        methods: methods in place of the usual ones (`fairwitness probes attribution` lists them).
        target: the class that is explained, or one filler against another: `she/he`.
        tokenizer: of a model in memory that does not bring one.
        settings: how the model is loaded (`device`, `dtype`, ...), `seed`, `no_cache`, `quiet`; `group` and `label`
            name columns of the table that are protected, or true outcomes.

    A run of the probe `attribution` or `importance`, whose folder does not stay. Raises UsageError before the first
    question and RunError after it; where there is nothing to explain, `why_not` of what comes back says why.
    """
    for key in settings:
        if key not in EXPLAINING:
            known = ", ".join(EXPLAINING)
            raise BadOption(f"no setting {key!r} of an explanation{nearest(key, EXPLAINING)} (settings: {known})")
    if (text is None) == (row is None):
        raise BadOption("give one text, or a table with the number of a row: explain(model, data=people, row=12)")
    if text is not None and not isinstance(text, str):
        raise BadOption(f"text: give one text, got {shortened(text)}")
    named, subject = _explained_model(model, tokenizer, data, settings)
    question = Question(
        model=named,
        text=text or "",
        table=_explained_table(data, row),
        row=row or 0,
        pair=pair,
        methods=(methods,) if isinstance(methods, str) else tuple(methods or ()),
        target=target,
        settings={key: value for key, value in settings.items() if value is not None},
    )
    try:
        with Screen(quiet=bool(settings.get("quiet")), verbose=False) as screen:
            audit = explaining.explain(question, screen, subject)
    except FairwitnessError as error:
        notes.explain(error)
        raise
    if audit.exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    return Explanation(audit)


def _explained_table(data: Any, row: int | None) -> str | Table:
    """The table of which a row is explained. Raises BadOption."""
    if row is None:
        if data is not None:
            raise BadOption("data: name the row of it that is explained: row=12")
        return ""
    if isinstance(row, bool) or not isinstance(row, int) or row < 1:
        raise BadOption(f"row: give the number of a row, from 1, got {shortened(row)}")
    if is_frame(data):
        return table_of(data)
    if not arguments.is_path(data):
        raise BadOption(f"data: give a path or a DataFrame, got {shortened(data)}")
    return str(data)


def _explained_model(model: Any, tokenizer: Any, data: Any, settings: Mapping[str, Any]) -> tuple[str, Subject | None]:
    """What an explanation calls the model, and the model itself where it is in memory."""
    spec = arguments.spec_of(model)
    if spec is not None:
        if tokenizer is not None:
            raise BadOption(f"tokenizer=: {spec} brings its own; a tokenizer is given with a model that is in memory")
        return spec, None
    if key := next((key for key in arguments.OF_LOADING if settings.get(key)), None):
        raise BadOption(f"{key}: a model in memory is asked as it stands; leave this out")
    subject = arguments.subject_of(model, tokenizer=tokenizer, data=data, batch_tokens=settings.get("batch_tokens"))
    return subject.info.spec, subject


def import_log(
    log: str | PathLike[str],
    *,
    policy: str | PathLike[str] | Mapping[str, Any] | None = None,
    cluster: str | None = None,
    category: str | None = None,
    out: str | PathLike[str] | None = None,
    show_secrets: bool = False,
    quiet: bool = False,
) -> Report:
    """The report of what another harness wrote down: lm-evaluation-harness, Inspect or garak. No model is asked.

    Args:
        log: the log, as `fairwitness import` takes it.
        policy: a file, a TOML text or a mapping; without it numbers are reported and none fails.
        cluster: the field of the samples that says which belong together; without it the first known one.
        category: the field of the samples that says of which category they are.
        out: folder of the run; without it a temporary one, which lives as long as the report.
        show_secrets: whether what was asked and said may stand in the document.
        quiet: whether nothing goes to the error stream.

    Raises BadData for a log that cannot be read, BadOption, BadPolicy, BadRun and CannotWrite. A log that lacks samples
    gives a report whose `exit_code` is 3.
    """
    for name, field in (("cluster", cluster), ("category", category)):
        if field is not None and not field.strip():
            raise BadOption(f"{name}: it must not be empty")
    file, judging = arguments.read_policy(policy)
    folder = _Folder(out)
    wanted = importing.Wanted(
        log=Path(log),
        policy=file,
        out=folder.path,
        cluster=cluster,
        category=category,
        show_secrets=show_secrets,
        judging=judging,
    )
    try:
        with Screen(quiet=quiet, verbose=False) as screen:
            audit = importing.perform(importing.prepare(wanted), screen)
    except BaseException:
        folder.drop()
        raise
    return Report(audit, folder.path, temporary=folder.temporary)


def read(folder: str | PathLike[str]) -> Report:
    """The report of a finished run, by its folder. Raises BadRun where there is none."""
    path = Path(folder)
    audit = document.read(path)
    return Report(audit, path if path.is_dir() else path.parent)


def compare(
    base: Run | Sequence[Run],
    new: Run | Sequence[Run],
    *,
    margin: float | None = None,
    min_effect: float | None = None,
    other_data: bool = False,
) -> Comparison:
    """What changed from one run to another beyond noise; both are reports or the folders of runs.

    Either may be several runs, as of one training with several seeds: then means over runs are compared by the spread
    between them, and a side of one run is refused, since it has none. A change that is shown to lie within `margin`
    counts as none, and one smaller than `min_effect` is neither worse nor better. `other_data` compares tables of other
    people, as independent samples. Raises BadRun where nothing can be compared.
    """
    return compared.compare(_reports(base), _reports(new), margin=margin, min_effect=min_effect, other_data=other_data)


def _reports(side: Run | Sequence[Run]) -> list[Report]:
    runs = [side] if isinstance(side, Report | str | PathLike) else side
    return [run if isinstance(run, Report) else read(run) for run in runs]


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """So many threads of torch inside the block, and as many as before after it."""
    if count is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Folder:
    """Where a run is written: the folder that was named, or a temporary one."""

    def __init__(self, out: str | PathLike[str] | None) -> None:
        self.temporary = out is None
        self.path = Path(tempfile.mkdtemp(prefix="fairwitness-")) if out is None else Path(out)

    def drop(self) -> None:
        """Takes back a temporary folder of which no report will speak."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)
