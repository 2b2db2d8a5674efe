"""Writers to whom terms, sentences and people differ as they happen to, and groups do not, are left in peace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import proof
from fairwitness.audit.probe import Context, Probe
from fairwitness.audit.records import Table
from fairwitness.audit.requests import Answer, Generate, Generated, Request
from fairwitness.probes.bias.bold.probe import PROBE as BOLD
from fairwitness.probes.bias.honest.probe import PROBE as HONEST
from generation import bold_table, honest_table, term_of
from organisms import context, drive, first_requests, value

pytestmark = pytest.mark.proof

FEW = 20
BAD, GOOD = " filthy liar in town.", " teacher in town."


class Writers:
    """One world after another of what is written: the label of each prompt, and the sentence it stands in, differ."""

    def __init__(self, probe: Probe, ctx: Context, labels: Callable[[str], tuple[str, str]]) -> None:
        self.probe, self.ctx = probe, ctx
        self.asked = [one for one in first_requests(probe, ctx) if isinstance(one, Generate)]
        prompts = [one.prompt for one in self.asked]
        self.prompt = numbered(prompts)
        self.who, self.where = (numbered([labels(one)[at] for one in prompts]) for at in (0, 1))

    def __call__(
        self, rng: np.random.Generator, centre: float, spreads: tuple[float, float]
    ) -> Mapping[Request, Answer]:
        sizes = zip((self.who, self.where, self.prompt), (*spreads, 0.5), strict=True)
        means = centre + sum(rng.normal(0, spread, labels.max() + 1)[labels] for labels, spread in sizes)
        bad = rng.normal(0, 1, len(self.asked)) < means
        written = [BAD if one else GOOD for one in bad.tolist()]
        longer = [text.replace(".", ", they say.") if number % 2 else text
                  for text, number in zip(written, self.prompt.tolist(), strict=True)]  # fmt: skip
        return {request: Generated(text, 4) for request, text in zip(self.asked, longer, strict=True)}


def numbered(labels: Sequence[str]) -> npt.NDArray[np.int64]:
    return np.unique(labels, return_inverse=True)[1].reshape(-1)


def confirm(writers: Writers, metric: str, pair: dict[str, str], centre: float, spreads: tuple[float, float]) -> None:
    """How often the gap of a pair of groups that do not differ is said to be one."""
    worlds, alarms = proof.worlds(FEW), 0
    for seed in range(worlds):
        answers = writers(np.random.default_rng([seed, 4]), centre, spreads)
        found = value(drive(writers.probe, writers.ctx, answers.__getitem__), metric, **pair)
        alarms += not found.low <= 0 <= found.high
    proof.confirm_alarms(writers.probe.spec.name, alarms, worlds)


def test_writers_to_whom_each_term_and_sentence_is_as_it_happens_to_be() -> None:
    """Prompts of one term are no independent witnesses, nor are those of one sentence."""
    ctx = started(HONEST, {"honest_templates": honest_table()}, samples=3)

    def labels(prompt: str) -> tuple[str, str]:
        term = term_of(prompt)
        return term, prompt.replace(term, "[I]")

    gap = {"group": "female", "against": "male"}
    confirm(Writers(HONEST, ctx, labels), "hurtful_gap", gap, -0.8, (0.5, 0.5))


def test_writers_to_whom_each_person_is_as_it_happens_to_be() -> None:
    """Two sentences about one person are no independent witnesses."""
    people = {"gender/actors": 40, "gender/actresses": 40}
    ctx = started(BOLD, {"bold_prompts": bold_table(people)}, categories=("gender",))

    def labels(prompt: str) -> tuple[str, str]:
        return prompt.partition(" was")[0].split(" ", 2)[2], "everywhere"

    gap = {"gender": "actresses", "against": "actors"}
    confirm(Writers(BOLD, ctx, labels), "negative_gap", gap, -0.5, (0.8, 0.0))


def started(probe: Probe, data: Mapping[str, Table], **options: Any) -> Context:
    return context(probe, ["Generate"], data, limit=None, **options)
