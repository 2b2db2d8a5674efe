"""From a model spec to a subject: which adapter reads it, and whether it and the tables go together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit import endpoints, spacy_pipelines
from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadData, BadOption, nearest
from fairwitness.audit.internals import ReadLayers
from fairwitness.audit.records import ProbeSpec, SubjectInfo
from fairwitness.audit.requests import Predict, Request
from fairwitness.audit.runner.data_binding import PUBLIC
from fairwitness.audit.session.select import PREDICTIONS
from fairwitness.audit.spacy_pipelines import SPACY
from fairwitness.audit.subject import FitsTranslators, NeedsColumns, Subject

if TYPE_CHECKING:
    from fairwitness.audit.budget import Budget
    from fairwitness.audit.huggingface import Loading
    from fairwitness.audit.runner import BoundData
    from fairwitness.audit.tabular import Trust

DEVICES = ("cpu", "cuda", "mps", "xpu")
DTYPES = ("float32", "bfloat16", "float16")
"""Names that a run may have in its settings though no model of it computes: others are mistakes."""


def inspect(config: RunConfig, cache: Path) -> SubjectInfo:
    """What the model is; no weights are read and nothing in a file is run."""
    from fairwitness.audit import tabular

    spec = config.model or ""
    if spec.startswith(PREDICTIONS):
        return load(config, cache).info
    if tabular.reads(spec):
        return tabular.inspect(spec, _trust(config))
    if spec.startswith(SPACY):
        return spacy_pipelines.inspect(spec)
    if endpoints.is_endpoint(spec):
        return endpoints.inspect(spec)
    from fairwitness.audit import huggingface

    return huggingface.inspect(loading_of(config, cache))


def check_predictions(spec: str) -> None:
    """Looks at the file of a predictions subject. Raises BadData where none is named or it cannot be one."""
    from fairwitness.audit import tabular

    name = spec.removeprefix(PREDICTIONS)
    if not name:
        raise BadData(f"{PREDICTIONS} names no file: write {PREDICTIONS}FILE")
    tabular.check_predictions(Path(name))


def load(config: RunConfig, cache: Path, spending: Budget | None = None) -> Subject:
    """The model as a subject: decisions of a file, a model over a table, or a model that transformers reads.

    `spending` pays for what an endpoint is asked to see what it gives.
    """
    from fairwitness.audit import tabular

    spec = config.model or ""
    if spec.startswith(PREDICTIONS) or tabular.reads(spec):
        _refuse_unknown(config)
    if spec.startswith(PREDICTIONS):
        if config.task is not None:
            raise BadOption(f"--task {config.task}: a file of decisions has no task; leave it out")
        path = Path(spec.removeprefix(PREDICTIONS))
        if tabular.is_answers(path):
            return tabular.load_lines(path, config.prediction or "")
        if tabular.is_scores(path):
            return tabular.load_scores(path)
        label = None if config.data else config.label
        return tabular.load_predictions(path, label=label, prediction=config.prediction or "", score=config.score)
    if spec.startswith(SPACY):
        _refuse_unknown(config)
        if config.task is not None:
            raise BadOption(f"--task {config.task}: a pipeline of spaCy tags texts; leave it out")
        if config.base is not None:
            raise BadOption(f"--base {config.base}: a pipeline of spaCy stands on no other model; leave it out")
        return spacy_pipelines.load(spec)
    if endpoints.is_endpoint(spec):
        return _endpoint(config, spending)
    if Path(spec).suffix.lower() in tabular.MODULES:
        return _module(config)
    if tabular.reads(spec):
        return tabular.load(spec, _trust(config), config.task)
    from fairwitness.audit import huggingface

    return huggingface.load(loading_of(config, cache))


def _endpoint(config: RunConfig, spending: Budget | None) -> Subject:
    """A model behind an endpoint, once it was seen what the endpoint gives."""
    spec = config.model or ""
    _refuse_unknown(config)
    for name, value in (("task", config.task), ("base", config.base)):
        if value is not None:
            raise BadOption(f"--{name} {value}: nothing of a model behind an endpoint is loaded; leave it out")
    how = endpoints.How(
        at_once=config.concurrency,
        timeout=config.request_seconds or endpoints.TIMEOUT,
        price=endpoints.price_of(spec, config.price),
        seed=config.seed,
        offline=config.offline,
    )
    if config.max_price is not None and how.price is None:
        raise BadOption(
            f"--max-price {config.max_price:g}: nothing says what {spec} costs; add --price READ/WRITTEN, the price of "
            "a million tokens that it reads and that it writes"
        )
    return endpoints.load(spec, how, spending)


def refuse_unpaid(config: RunConfig) -> None:
    """Raises BadOption for a limit of tokens or money where nothing is paid by the token: it would limit nothing."""
    asked = (config.model, config.judge, config.masked_model, *config.reference_model)
    if any(map(endpoints.is_endpoint, asked)):
        return
    for name, value in (("max-tokens", config.max_tokens), ("max-price", config.max_price)):
        if value is not None:
            raise BadOption(
                f"--{name} {value:g}: only models behind an endpoint are paid by the token, and none is asked here; "
                "--max-requests and --max-minutes limit every run"
            )


def refuse_unpriced(config: RunConfig, subject: Subject | None) -> None:
    """Raises BadOption for a limit of money where a model in memory was loaded without a price."""
    if config.max_price is not None and isinstance(subject, endpoints.EndpointSubject) and not subject.priced:
        raise BadOption(
            f"--max-price {config.max_price:g}: {subject.info.spec} was loaded without a price; load it with "
            "price='READ/WRITTEN', what a million tokens cost"
        )


def away(config: RunConfig) -> frozenset[str]:
    """The specs of models on other machines, to which texts of the user's are not sent."""
    asked = (config.model, config.judge, config.masked_model, *config.reference_model)
    remote = (spec for spec in asked if spec is not None and endpoints.is_remote(spec))
    return frozenset() if config.allow_remote_texts else frozenset(endpoints.inspect(spec).spec for spec in remote)


def _refuse_unknown(config: RunConfig) -> None:
    """Raises BadOption for a device or a number format that no model could have, where none is needed."""
    if config.device is not None and config.device.partition(":")[0] not in DEVICES:
        raise BadOption(f"no device {config.device!r}{nearest(config.device, DEVICES)} (devices: {', '.join(DEVICES)})")
    if config.dtype is not None and config.dtype not in DTYPES:
        raise BadOption(f"no dtype {config.dtype!r}{nearest(config.dtype, DTYPES)} (dtypes: {', '.join(DTYPES)})")


def fit_rows(subject: Subject, specs: Iterable[ProbeSpec], supplied: Mapping[str, BoundData]) -> None:
    """Raises BadData where a table has other rows than the file of decisions about it.

    A table that a probe can do without tells more of its items, found by their names and not by the number of a row.
    """
    from fairwitness.audit import tabular

    if not isinstance(subject, tabular.PredictionsFile):
        return
    asking = [spec for spec in specs if (Predict.__name__,) in spec.needs]
    needs = [(supplied[spec.name].tables, need.name) for spec in asking for need in spec.data if need.required]
    given = (tables[name] for tables, name in needs if name in tables)
    for table in (source for source in given if not source.source.source.startswith(PUBLIC)):
        if len(table) != len(subject.labels):
            raise BadData(
                f"{table.source.source} has {len(table)} rows and {subject.info.spec} has {len(subject.labels)}: rows "
                "are matched by their number, so both need as many"
            )


def fit_columns(subject: Subject, requests: Iterable[Request]) -> None:
    """Raises BadData where a model over tables needs other columns than it would be asked with."""
    if isinstance(subject, NeedsColumns):
        asked = (tuple(name for name, _ in request.features) for request in requests if isinstance(request, Predict))
        for names in dict.fromkeys(asked):
            subject.check(names)


def fit_translators(subject: Subject, requests: Iterable[Request]) -> None:
    """Raises BadOption where a tuned lens is not one of this model: its translators have another shape."""
    if isinstance(subject, FitsTranslators):
        named = (request.translators for request in requests if isinstance(request, ReadLayers))
        for translators in dict.fromkeys(name for name in named if name is not None):
            subject.check_translators(translators)


def _module(config: RunConfig) -> Subject:
    """A torch module over a table, read by the adapter of torch."""
    from fairwitness.audit import tabular

    spec = config.model or ""
    path = tabular.model_file(spec, _trust(config))
    from fairwitness.audit import huggingface

    forward, architecture, parameters = huggingface.load_module(path)
    return tabular.table_module(spec, forward, architecture=architecture, parameters=parameters, task=config.task)


def _trust(config: RunConfig) -> Trust:
    from fairwitness.audit.tabular import Trust

    return Trust(pickle=config.allow_pickle, code=config.trust_remote_code)


def loading_of(config: RunConfig, cache: Path) -> Loading:
    """How transformers is to load the model of these settings."""
    from fairwitness.audit.huggingface import Loading

    return Loading(
        config.model or "",
        task=config.task,
        base=config.base,
        device=config.device,
        dtype=config.dtype,
        trust_remote_code=config.trust_remote_code,
        allow_pickle=config.allow_pickle,
        offline=config.offline,
        cache_dir=cache,
        threads=config.threads,
        batch_tokens=config.batch_tokens,
    )
