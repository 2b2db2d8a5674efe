"""A callback for `transformers.Trainer`: audits the model while it is trained, draws the trend, stops on policy.

>>> from fairwitness.integrations.trainer import AuditCallback
>>> AuditCallback("audits", probes="gender", limit=50).stop_on
('fail', 'likely_violated')
"""

from __future__ import annotations

import logging
import random  # noqa: TID251 - its state is kept for the training, and nothing is drawn from it
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from fairwitness.api import run
from fairwitness.audit.errors import BadOption, FairwitnessError, UnfitObject, nearest
from fairwitness.audit.records import AuditOutcome
from fairwitness.trend import Trend

Moment: TypeAlias = Literal["save", "evaluate", "epoch"]
LIMIT = 50
"""Items that each probe asks where the user says nothing: a trend needs few, a release more."""
_LOG = logging.getLogger(__name__)


class AuditCallback(TrainerCallback):  # type: ignore[misc] # types of transformers are not read
    """Audits the model before training and at every `moment` (`save`, `evaluate` or `epoch`), every so many of them.

    The model in memory is asked, with the same seed and so the same items each time, and is left as it was found, the
    states of the random numbers among it: a training with audits takes the steps of one without. Each audit is a run
    in `out/step-N`; `out/trend.json` and `out/trend.html` hold all of them. Training stops where `patience` audits in
    a row have an outcome in `stop_on`; a step that could not be audited is logged and shown, and breaks no such row.

    Args:
        out: folder of the runs and of the trend.
        data: your own table or texts, as for `fairwitness.run`.
        tokenizer: where the trainer has none (`processing_class`).
        moment: when to audit.
        every: audit at every so many of these moments.
        stop_on: outcomes at which training stops; an empty one never stops it.
        patience: so many of them in a row.
        at_start: audit before the first step too: the trend begins there, and mistakes show at once.
        limit: items that each probe asks; None for all.
        settings: every other setting of `fairwitness.run` (`probes`, `suite`, `policy`, `seed`, ...).

    Raises BadOption. A mistake in the settings that shows at the first audit is raised, later ones are logged.
    """

    def __init__(
        self,
        out: str | PathLike[str],
        *,
        data: Any = None,
        tokenizer: Any = None,
        moment: Moment = "save",
        every: int = 1,
        stop_on: Sequence[AuditOutcome] = ("fail", "likely_violated"),
        patience: int = 1,
        at_start: bool = True,
        limit: int | None = LIMIT,
        **settings: Any,
    ) -> None:
        _check(moment, get_args(Moment), "moment")
        for outcome in stop_on:
            _check(outcome, get_args(AuditOutcome), "stop_on")
        if every < 1 or patience < 1:
            raise BadOption(f"every={every}, patience={patience}: both are 1 or more")
        self.out = Path(out)
        self.data = data
        self.tokenizer = tokenizer
        self.moment = moment
        self.every = every
        self.stop_on = tuple(stop_on)
        self.patience = patience
        self.at_start = at_start
        self.settings = {"limit": limit, "quiet": True, **settings}
        self.trend = Trend()
        self.seen = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        """Audits the model as it is before the first step. Raises UnfitObject where several processes train it."""
        if args.world_size > 1:
            raise UnfitObject(
                f"AuditCallback audits in one process, and {args.world_size} train here: audit the saved checkpoints"
            )
        if self.at_start:
            self._audit(state, control, more, first=True)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Audits after a checkpoint was saved."""
        self._at("save", state, control, more)

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Audits after an evaluation."""
        self._at("evaluate", state, control, more)

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any) -> None:
        """Audits after an epoch."""
        self._at("epoch", state, control, more)

    def _at(self, moment: Moment, state: TrainerState, control: TrainerControl, more: dict[str, Any]) -> None:
        if moment != self.moment:
            return
        self.seen += 1
        if self.seen % self.every == 0:
            self._audit(state, control, more, first=not self.trend.steps)

    def _audit(self, state: TrainerState, control: TrainerControl, more: dict[str, Any], *, first: bool) -> None:
        step, epoch = int(state.global_step), state.epoch
        folder = self.out / f"step-{step:06d}"
        tokenizer = self.tokenizer if self.tokenizer is not None else more.get("processing_class")
        try:
            with kept_random_states():
                report = run(more["model"], self.data, tokenizer=tokenizer, out=folder, **self.settings)
        except FairwitnessError as error:
            if first:
                raise
            _LOG.warning("step %d could not be audited: %s", step, error)
            self.trend.missed(step, epoch, str(error))
        else:
            self.trend.add(step, epoch, report)
            _LOG.info("step %d: %s, exit code %d", step, report.outcome, report.exit_code)
        if self.trend.in_a_row(self.stop_on) >= self.patience:
            self.trend.stopped_at = step
            control.should_training_stop = True
            _LOG.warning("training stops at step %d: the audit says %s", step, self.trend.steps[-1].outcome)
        self.trend.save(self.out)


@contextmanager
def kept_random_states() -> Iterator[None]:
    """Gives torch, numpy and Python the random states back that they had."""
    numbers, words = np.random.get_state(), random.getstate()  # noqa: NPY002 - a training may draw from it
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            np.random.set_state(numbers)  # noqa: NPY002
            random.setstate(words)


def _check(value: str, known: Sequence[str], name: str) -> None:
    if value not in known:
        raise BadOption(f"{name}={value!r}: {', '.join(known)} are known{nearest(value, known)}")
