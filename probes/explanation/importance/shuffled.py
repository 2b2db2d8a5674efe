"""Permutation importance (Breiman 2001): what it costs a model that the values of a column are shuffled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.requests import Answer, Predict, Prediction
from fairwitness.probes.kit.decisions.asked_rows import LEAST_CHANCE, Row, Target
from fairwitness.probes.kit.decisions.categorical import Floats, is_number, outcome

Loss = str
"""`log_loss` of the true outcome in nats, `error` 0 or 1, `distance` from the true number, `change` of the target."""


@dataclass(frozen=True, slots=True)
class Shuffle:
    """Columns that are shuffled together, and the rows that come of it: `repeats` times all rows."""

    columns: tuple[str, ...]
    requests: tuple[Predict, ...]


def shuffles(
    names: Sequence[str], rows: Sequence[Row], units: Sequence[tuple[str, ...]], repeats: int, seed: int
) -> list[Shuffle]:
    """Every unit of columns, each shuffled among all rows `repeats` times by its own permutation."""
    made = []
    for number, unit in enumerate(units):
        rng = np.random.default_rng([seed, number])
        places = [names.index(name) for name in unit]
        requests = []
        for _ in range(repeats):
            order = rng.permutation(len(rows)).tolist()
            for row, other in zip(rows, order, strict=True):
                cells = list(row)
                for place in places:
                    cells[place] = rows[other][place]
                requests.append(Predict(tuple(zip(names, cells, strict=True))))
        made.append(Shuffle(unit, tuple(requests)))
    return made


def loss_name(answers: Sequence[Answer], truths: Sequence[str | None], target: Target) -> Loss:
    """What is lost: judged by true outcomes where any is known, else by how far the target moves."""
    if not any(truth is not None for truth in truths):
        return "change"
    if not target.labels:
        return "distance"
    scored = any(isinstance(answer, Prediction) and answer.scores for answer in answers)
    return "log_loss" if scored else "error"


def losses(
    loss: Loss, answers: Sequence[Answer], truths: Sequence[str | None], target: Target, before: Floats
) -> Floats:
    """The loss of each row, NaN where it is not known; of `change` against the targets `before`."""
    if loss == "change":
        return np.abs(np.array([target.value(answer) for answer in answers]) - before)
    return np.array([_loss(loss, answer, truth) for answer, truth in zip(answers, truths, strict=True)])


def _loss(loss: Loss, answer: Answer, truth: str | None) -> float:
    if truth is None or not isinstance(answer, Prediction):
        return math.nan
    match loss:
        case "log_loss":
            chance = math.fsum(share for name, share in answer.scores if outcome(name) == truth)
            return -math.log(max(chance, LEAST_CHANCE))
        case "distance":
            known = is_number(answer.label) and is_number(truth)
            return abs(float(answer.label) - float(truth)) if known else math.nan
        case _:
            return float(outcome(answer.label) != truth)


def rises(
    loss: Loss,
    shuffle: Shuffle,
    answers: Sequence[Answer],
    truths: Sequence[str | None],
    target: Target,
    targets: Floats,
    before: Floats,
) -> Floats:
    """How much more each row loses with the columns shuffled, the mean over repeats; NaN where one has no answer."""
    count = len(truths)
    made = []
    for start in range(0, len(shuffle.requests), count):
        made.append(losses(loss, answers[start : start + count], truths, target, targets) - before)
    return np.asarray(np.mean(made, axis=0), dtype=np.float64)
