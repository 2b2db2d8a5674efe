"""The judge that `--judge` names: a classifier, or a model that is asked, with an engine and a cache of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadOption
from fairwitness.audit.requests import Classify, Generate
from fairwitness.audit.session import subjects

if TYPE_CHECKING:
    from fairwitness.audit.budget import Budget
    from fairwitness.audit.engine import Engine, Progress


JUDGE = "judge"
"""The option in which a probe is told who judges, and how options on what is made of the judge's answers begin."""


def settings(config: RunConfig) -> RunConfig | None:
    """The run's settings with the judge in the model's place; None where no judge is named."""
    return config.model_copy(update={"model": config.judge, "task": None, "base": None}) if config.judge else None


def check(config: RunConfig, probes: Iterable[str], cache: Path) -> None:
    """Looks at the judge's files, before any weights are read. `probes` are the names of the selected ones.

    Raises BadOption where it neither classifies nor writes texts, and for options of probes that change nothing.
    """
    _refuse_unused(config, probes)
    judging = settings(config)
    if judging is None:
        return
    info = subjects.inspect(judging, cache)
    if not {kind.__name__ for kind in (Classify, Generate)} & set(info.capabilities):
        what = " ".join(filter(None, (info.architecture, f"({info.kind})")))
        raise BadOption(
            f"--judge {config.judge}: a judge must be a classifier of texts, or a model that answers in a chat; "
            f"this is {what}"
        )


def _refuse_unused(config: RunConfig, probes: Iterable[str]) -> None:
    """Options of the selected probes about a judge: none names one, and without one none changes anything."""
    for name in probes:
        for option in config.probe.get(name, {}):
            if option == JUDGE:
                raise BadOption(f"{name}.{option}: this option loads no judge; name one with --judge MODEL")
            if option.startswith(f"{JUDGE}_") and not config.judge:
                raise BadOption(f"{name}.{option}: no judge is named, so this changes nothing; add --judge MODEL")


@contextmanager
def opened(
    config: RunConfig, cache: Path, spending: Budget | None = None, progress: Progress | None = None
) -> Iterator[Engine | None]:
    """The loaded judge behind an engine that keeps its answers and spends what the run may; None without a judge."""
    from fairwitness.audit.cache import cache_of
    from fairwitness.audit.engine import Engine

    judging = settings(config)
    if judging is None:
        yield None
        return
    subject = subjects.load(judging, cache, spending)
    with cache_of(cache, subject.info.fingerprint, wanted=not config.no_cache) as kept:
        yield Engine(subject, cache=kept, batch_tokens=config.batch_tokens, progress=progress, spending=spending)
