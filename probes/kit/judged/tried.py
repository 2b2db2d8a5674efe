"""On which labelled examples a judge is tried: on all, or on some drawn by chance where every one takes a model.

A model in a chat reads hundreds of words for one verdict. It is tried on as many examples as show its errors well
enough to correct for them; what that costs in precision stands in the intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from fairwitness.audit import stats
from fairwitness.audit.judging import Calibration, Decided, Labelled, TextJudge
from fairwitness.audit.judging.calibration import CUT
from fairwitness.audit.judging.rates import LEAST_JUDGED
from fairwitness.audit.records import Estimate
from fairwitness.audit.stats.grouping import grouped
from fairwitness.audit.stats.judged import LEAST_LABELS

EACH = LEAST_LABELS
"""Examples of each class, and of each group that they name, on which a model in a chat must have a verdict."""
FIRST = 20
"""So many of each are put to it first: one that hardly ever answers in its form is asked no more."""
_SEED = 0
"""The same examples in every run, so that two runs try their judges alike and find what was answered before."""


def tried(judge: TextJudge, calibration: Calibration, each: int = EACH) -> tuple[Calibration, tuple[Decided, ...]]:
    """The examples that a judge was tried on, and what it says of each; `each` of 0 is all.

    Examples without a verdict are made up for by further ones, as long as there are any and most have one.
    """
    if judge.kind != "chat" or not each:
        return calibration, tuple(judge([example.said for example in calibration.examples]))
    rest = {name: iter(_shuffled(same)) for name, same in grouped(calibration.examples, _class_of).items()}
    asked: list[Labelled] = []
    decided: list[Decided] = []

    def ask(wanted: Callable[[tuple[str, bool]], int]) -> bool:
        some = [example for name, examples in rest.items() for example in islice(examples, wanted(name))]
        asked.extend(some)
        decided.extend(judge([example.said for example in some]) if some else ())
        return bool(some)

    def lacking(name: tuple[str, bool]) -> int:
        pairs = zip(asked, decided, strict=True)
        return each - sum(said.verdict is not None for example, said in pairs if _class_of(example) == name)

    going = ask(lambda _: min(FIRST, each))
    while going and not _silent(decided):
        going = ask(lacking)
    return replace(calibration, examples=tuple(asked), drawn_from=len(calibration.examples)), tuple(decided)


def _class_of(example: Labelled) -> tuple[str, bool]:
    return example.group, example.label >= CUT


def _shuffled(examples: Sequence[Labelled]) -> list[Labelled]:
    return [examples[place] for place in np.random.default_rng(_SEED).permutation(len(examples)).tolist()]


def _silent(decided: Iterable[Decided]) -> bool:
    """Whether it is shown to leave more examples without a verdict than a judge may."""
    said = list(decided)
    missing = stats.proportion(sum(each.verdict is None for each in said), len(said))
    return isinstance(missing, Estimate) and missing.low > 1 - LEAST_JUDGED
