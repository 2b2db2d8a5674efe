"""Models that a run asks beside the audited one: those that --reference-model names, and the one of --masked-model.

Each is loaded when it is first asked and let go of afterwards, so that sixteen of them need the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fairwitness.audit.config import RunConfig
from fairwitness.audit.errors import BadOption
from fairwitness.audit.records import SubjectInfo
from fairwitness.audit.requests import Answer, FillMask, Request
from fairwitness.audit.runner import SecondModels
from fairwitness.audit.session import subjects

if TYPE_CHECKING:
    from fairwitness.audit.budget import Budget

OPTIONS = {"reference_model": "--reference-model", "masked_model": "--masked-model"}
"""The options in which a probe is told of these models, and the flags that name them."""


class LazyModel:
    """A model that is loaded when it is asked: requests in, answers out in order and in full number.

    `info` is what its files say until it was loaded, and then what it is, with its content fingerprint. Its answers are
    kept in the cache as those of the audited model are, and it spends what the run may.
    """

    def __init__(self, config: RunConfig, info: SubjectInfo, cache: Path, spending: Budget | None) -> None:
        self._config = config
        self._cache = cache
        self._spending = spending
        self.info = info
        self.model_calls = 0
        self.cache_hits = 0

    def __call__(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers. Raises UsageError where it cannot be loaded, OutOfBudget where the run may ask no more."""
        from fairwitness.audit.cache import cache_of
        from fairwitness.audit.engine import Engine

        config = self._config
        subject = subjects.load(config, self._cache, self._spending)
        self.info = subject.info
        with cache_of(self._cache, subject.info.fingerprint, wanted=not config.no_cache) as kept:
            engine = Engine(subject, cache=kept, batch_tokens=config.batch_tokens, spending=self._spending)
            try:
                return engine.answer(requests)
            finally:
                self.model_calls += engine.model_calls
                self.cache_hits += engine.cache_hits


def check(config: RunConfig, subject: SubjectInfo, probes: Iterable[str], cache: Path) -> None:
    """Looks at the files of these models, before any weights are read. `probes` are the names of the selected ones.

    Raises BadOption for a reference model that answers nothing the audited one is asked, for a masked model that fills
    no blanks, and for options of probes that would load none of them.
    """
    for probe in probes:
        for option in config.probe.get(probe, {}):
            if option in OPTIONS:
                raise BadOption(f"{probe}.{option}: this option loads no model; name one with {OPTIONS[option]} MODEL")
    opened(config, cache, subject=subject)


def opened(
    config: RunConfig, cache: Path, spending: Budget | None = None, *, subject: SubjectInfo | None = None
) -> SecondModels:
    """The models that the settings name, none of them loaded yet. Raises BadOption where one cannot serve.

    `subject` is the audited model, where it is to be seen whether they answer the same.
    """
    references = []
    for name in config.reference_model:
        reference = _named(config, name, cache, spending)
        if subject is not None and not set(reference.info.capabilities) & set(subject.capabilities):
            raise BadOption(
                f"--reference-model {name}: it is a {reference.info.kind} and answers nothing that {subject.spec}, "
                f"a {subject.kind}, is asked"
            )
        references.append(reference)
    masked = None if config.masked_model is None else _named(config, config.masked_model, cache, spending)
    if masked is not None and FillMask.__name__ not in masked.info.capabilities:
        what = " ".join(filter(None, (masked.info.architecture, f"({masked.info.kind})")))
        raise BadOption(f"--masked-model {config.masked_model}: it must fill blanks; this is {what}")
    return SecondModels(tuple(references), masked)


def _named(config: RunConfig, name: str, cache: Path, spending: Budget | None) -> LazyModel:
    """One of these models by its spec, with the settings of the run but its task."""
    settings = config.model_copy(update={"model": name, "task": None, "base": None})
    return LazyModel(settings, subjects.inspect(settings, cache), cache, spending)
