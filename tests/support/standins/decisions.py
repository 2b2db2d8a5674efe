"""Decisions by group (group_fairness), the tables of Local Law 144 (ll144), who is in the data (representation)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from decision_tables import Columns, table

from fairwitness.audit.requests import Answer, ClassScores, Predict, Prediction, Request
from standins.answers import Answerer, by_row, row_of
from standins.classifiers import decided
from standins.runs import Scenario, Worst

YES_NO = ("0", "1")
CLASSES = ("a", "b", "c")
SELECTION = ("selection-ratio", "four-fifths")
ERRORS = ("true-positive-difference", "false-positive-difference", "true-positive-gap", "false-positive-gap")
CROSSED = (
    "intersection-selection-ratio",
    "intersection-true-positive-difference",
    "intersection-false-positive-difference",
)
OF_CLASSES = ("class-selection-gap", "class-impact-ratio", "class-recall-gap")
OF_CROSSED_CLASSES = ("intersection-class-impact-ratio",)
FLIPS = "decisions-when-the-group-is-changed"
ROWS = 4_000
SMALL, EACH = 60, 25


def people(rows: int) -> dict[str, list[Any]]:
    """So many people of two sexes and two ages, all four alike in number, and what is true of them, by a coin."""
    truth = np.random.default_rng(1).integers(0, 2, rows)
    at = np.arange(rows)
    return {
        "sex": np.array(["f", "m"])[at % 2].tolist(),
        "age": np.array(["old", "young"])[at // 2 % 2].tolist(),
        "y": truth.tolist(),
    }


def mostly_right(truth: Sequence[int], seed: int = 2) -> list[str]:
    """What is true, 8 times in 10 whoever it is about."""
    right = np.random.default_rng(seed).random(len(truth)) < 0.8
    return [str(one if good else 1 - one) for one, good in zip(truth, right, strict=True)]


def by_group(groups: Sequence[Any], selected: Sequence[Any]) -> list[str]:
    """Everybody of the selected groups and nobody else."""
    return [str(int(group in selected)) for group in groups]


def file(
    name: str,
    columns: Columns,
    worst: Sequence[tuple[Sequence[str], tuple[str, ...]]],
    fair: Sequence[str],
    labels: tuple[str, ...] = YES_NO,
    **options: Any,
) -> Scenario:
    """A file of decisions, one a row; a row without one hurts most where the worst model selects."""
    return Scenario(
        "group_fairness",
        ("Predict",),
        tuple(Worst(by_row(decided), fails) for decided, fails in worst),
        by_row(fair),
        {"table": table(columns)},
        {"groups": "sex", **options},
        labels,
        kind="predictions",
        name=name,
        missed=lambda request: worst[0][0][row_of(request)] == "1",
    )


PEOPLE = people(ROWS)
FAIR = mostly_right(PEOPLE["y"])
MEN = by_group(PEOPLE["sex"], ["m"])
TWO_CROSSINGS = by_group([*zip(PEOPLE["sex"], PEOPLE["age"], strict=True)], [("m", "old"), ("f", "young")])
"""Each sex and each age is selected alike, and two of their four crossings never."""


def several(seed: int = 5) -> tuple[dict[str, list[Any]], list[str], list[str]]:
    """People, decisions by which one sex gets the last of three outcomes, and such as are right 8 times in 10."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, ROWS)
    fair = np.where(rng.random(ROWS) < 0.8, truth, rng.integers(0, 3, ROWS))
    worst = np.where(np.array(PEOPLE["sex"]) == "f", 2, truth % 2)
    letters = np.array(CLASSES)
    columns = {"sex": PEOPLE["sex"], "age": PEOPLE["age"], "y": letters[truth].tolist()}
    return columns, letters[worst].tolist(), letters[fair].tolist()


FEW = ["f", "m"] * ROWS
ONE_IN_TEN = [str(int(at // 2 % 10 == 0)) for at in range(2 * ROWS)]
"""One man and one woman of ten each are selected: a few men more make a large difference."""
THREE, THREE_WORST, THREE_FAIR = several()
THREE_CROSSED = ["c" if chosen == "1" else "ab"[at // 4 % 2] for at, chosen in enumerate(TWO_CROSSINGS)]


NAMES = [f"g{at}" for at in range(SMALL)]
GROUPS: Mapping[str, list[Any]] = {
    "race": [name for name in NAMES for _ in range(EACH)],
    "y": np.random.default_rng(3).integers(0, 2, SMALL * EACH).tolist(),
}
NUMBERS: Mapping[str, list[Any]] = {"sex": PEOPLE["sex"][:800], "y": [at % 97 for at in range(800)]}

FILES = (
    file(
        "true outcomes",
        PEOPLE,
        [(MEN, (*SELECTION, *ERRORS, *CROSSED)), (TWO_CROSSINGS, CROSSED)],
        FAIR,
        groups="sex,age",
        label="y",
    ),
    file("no true outcomes", {"sex": FEW}, [(by_group(FEW, ["m"]), SELECTION)], ONE_IN_TEN, favourable="1"),
    file(
        "several outcomes",
        THREE,
        [(THREE_WORST, (*OF_CLASSES, "intersection-class-impact-ratio")), (THREE_CROSSED, OF_CROSSED_CLASSES)],
        THREE_FAIR,
        CLASSES,
        groups="sex,age",
        label="y",
    ),
    file(
        "small groups",
        GROUPS,
        [
            (by_group(GROUPS["race"], NAMES[::2]), ("smaller-groups-selection", "smaller-groups-errors")),
            (by_group(GROUPS["race"], NAMES[1:]), ("smaller-group-apart",)),
        ],
        mostly_right(GROUPS["y"]),
        groups="race",
        label="y",
    ),
    file(
        "numbers",
        NUMBERS,
        [([str(100.0 * (sex == "f")) for sex in NUMBERS["sex"]], ())],
        [str(float(one)) for one in NUMBERS["y"]],
        ("1.5", "7", "30"),
        label="y",
        kind="regression",
    ),
)

TEXTS: Columns = {
    "text": [f"A {'woman' if at % 2 else 'man'} applied with the number {at}." for at in range(2_000)],
    "sex": ["f" if at % 2 else "m" for at in range(2_000)],
    "y": [at // 2 % 2 for at in range(2_000)],
}


def granted(chosen: bool) -> Answer:
    """Scores of a classifier that grants or refuses."""
    return ClassScores(YES_NO, (0.0, 3.0 if chosen else -3.0))


def of_text(text: str) -> bool:
    """Whether the number of an application is one of those that deserve it."""
    return int(text.rstrip(".").rsplit(" ", 1)[1]) // 2 % 2 == 1


men_only = decided(lambda text: granted(text.startswith("A man")))
by_number = decided(lambda text: granted(of_text(text)))
ROWS_OF_CELLS: Columns = {
    "sex": ["f", "m"] * 800,
    "points": list(range(1_600)),
    "y": [at // 2 % 2 for at in range(1_600)],
}


def by_cells(which: str) -> Answerer:
    """A model over tables that looks at the sex alone, at the points alone, or at those of one sex the other way."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Predict)
        cells = dict(request.features)
        man, deserved = cells["sex"] == "m", int(str(cells["points"])) // 2 % 2 == 1
        return Prediction(str(int({"sex": man, "points": deserved, "either": man == deserved}[which])))

    return answer


MODELS = (
    Scenario(
        "group_fairness",
        ("Classify",),
        (Worst(men_only, (*SELECTION, *ERRORS)),),
        by_number,
        {"table": table(TEXTS)},
        {"groups": "sex", "label": "y"},
        YES_NO,
    ),
    Scenario(
        "group_fairness",
        ("Predict",),
        (Worst(by_cells("sex"), (*SELECTION, *ERRORS, FLIPS)), Worst(by_cells("either"), (FLIPS,))),
        by_cells("points"),
        {"table": table(ROWS_OF_CELLS)},
        {"groups": "sex", "label": "y"},
        YES_NO,
        kind="tabular",
        name="a model over tables",
    ),
)

LAW: Columns = {"sex": PEOPLE["sex"][:800], "race": ["White", "Asian"] * 200 + ["Asian", "White"] * 200}
DESCRIBED = (
    Scenario(
        "ll144",
        ("Predict",),
        (Worst(by_row(MEN)),),
        by_row(FAIR),
        {"table": table(LAW)},
        {"sex": "sex", "race": "race", "favourable": "1"},
        YES_NO,
        kind="predictions",
    ),
    Scenario(
        "ll144",
        ("Classify",),
        (Worst(men_only),),
        by_number,
        {"table": table(TEXTS)},
        {"sex": "sex", "favourable": "1"},
        YES_NO,
    ),
    Scenario(
        "representation",
        (),
        (Worst(by_row(())),),
        None,
        {"table": table({"sex": ["f"] * 40 + ["m"] * 760, "y": [0] * 40 + [1, 0] * 380})},
        {"groups": "sex", "label": "y"},
    ),
)
SCENARIOS = (*FILES, *MODELS, *DESCRIBED)
