"""From settings to a run that was checked as far as that goes without its model."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from fairwitness.audit import config as settings
from fairwitness.audit import document, facts, policy
from fairwitness.audit.budget import Budget
from fairwitness.audit.config import Given, RunConfig
from fairwitness.audit.errors import BadOption, MissingOption
from fairwitness.audit.manner import USUAL, Manner
from fairwitness.audit.policy import Policy
from fairwitness.audit.private import cache_folder
from fairwitness.audit.probe import Options, registry
from fairwitness.audit.records import Facts, PolicyInfo
from fairwitness.audit.session import subjects
from fairwitness.audit.session.known import known_metrics
from fairwitness.audit.session.manner import manner_of
from fairwitness.audit.session.memory import NOTHING, InMemory
from fairwitness.audit.session.place import claim, run_folder
from fairwitness.audit.session.select import PREDICTIONS, Selection, published, select


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run that was checked as far as that goes without its model."""

    config: RunConfig
    given: Given
    selection: Selection
    policy: Policy
    policy_info: PolicyInfo
    facts: Facts
    folder: Path
    cache: Path
    memory: InMemory = NOTHING
    manner: Manner = USUAL
    spending: Budget = field(default_factory=Budget)
    """What the run may spend; its minutes run from the moment at which the settings were read."""

    @property
    def model(self) -> str:
        """The model spec."""
        return self.config.model or ""

    @property
    def options(self) -> dict[str, Options]:
        """The options of each probe by its name."""
        return {probe.spec.name: options for probe, options in self.selection.probes}

    @property
    def repeats(self) -> str:
        """The line that repeats this run."""
        return self.memory.repeats or settings.command(self.given, self.config)


def prepare(given: Given, memory: InMemory = NOTHING) -> Job:
    """Checks settings, probes, options, data, policy, facts and folder. Raises UsageError."""
    begun = time.monotonic()
    config = settings.resolve(given)
    subjects.refuse_unpaid(config)
    subjects.refuse_unpriced(config, memory.subject)
    subjects.away(config)
    if not config.model:
        raise BadOption("no model is named: fairwitness run MODEL, or `model` in fairwitness.toml")
    named = memory.subject is None and config.model.startswith(PREDICTIONS)
    if named and not config.prediction and not published(config.model):
        subjects.check_predictions(config.model)
        raise MissingOption(
            f"{config.model} needs --prediction COLUMN, the decisions, and --group COLUMN, the groups to compare; "
            "--label COLUMN names true outcomes, --score COLUMN scores, --id COLUMN people, --favourable VALUE the "
            "decision that counts as selected"
        )
    selection = select(config, given, memory)
    judging, info = memory.policy or policy.load(config.policy)
    policy.check_probes(judging, known_metrics([*registry().values(), *(probe for probe, _ in selection.probes)]))
    folder = run_folder(config.out, config.model)
    document.check_folder(folder)
    return Job(
        config=config,
        given=given,
        selection=selection,
        policy=judging,
        policy_info=info,
        facts=memory.facts or facts.load(config.facts),
        folder=folder,
        cache=cache_folder(),
        memory=memory,
        manner=manner_of(config.chat, config.system),
        spending=Budget(
            minutes=config.max_minutes,
            requests=config.max_requests,
            tokens=config.max_tokens,
            price=config.max_price,
            begun=begun,
        ),
    )


def claimed(job: Job) -> Job:
    """The job with a folder that no run beside this one writes; a folder that the user named is the user's."""
    if job.config.out is not None:
        return job
    with document.writing(job.folder):
        return replace(job, folder=claim(job.folder))
