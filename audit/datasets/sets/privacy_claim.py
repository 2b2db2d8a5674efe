"""A claim of differential privacy, as a person writes it down: a TOML file becomes a table of one row.

epsilon = 3.0              # what is claimed
delta = 1e-5
noise_multiplier = 1.1     # standard deviation of the noise over the clipping norm
sample_rate = 0.004        # or batch_size and examples
steps = 14000              # or epochs
examples = 60000           # records that are protected
sampling = "poisson"       # poisson, shuffled or fixed
clipping_norm = 1.0        # to which the gradient of each example is clipped
accountant = "RDP"         # in words, shown beside ours
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairwitness.audit.datasets.tables import Columns, text_of
from fairwitness.audit.errors import BadData, nearest
from fairwitness.audit.records import Cell

NUMBERS = (
    *("epsilon", "delta", "noise_multiplier", "sample_rate", "batch_size", "steps", "epochs", "examples"),
    "clipping_norm",
)
TEXTS = ("sampling", "accountant")
NEEDED = ("epsilon", "delta")
SAMPLING = ("poisson", "shuffled", "fixed")
WHOLE = ("steps", "examples", "batch_size")


def read(path: Path) -> Columns:
    """The claim with what follows from it (sample rate and steps). Raises BadData for what a claim cannot say."""
    try:
        said = tomllib.loads(text_of(path))
    except tomllib.TOMLDecodeError as error:
        raise BadData(f"{path} is no TOML file: {error}") from None
    for name, value in said.items():
        _check(path, name, value)
    for name in NEEDED:
        if name not in said:
            raise BadData(f"{path} says no {name}: a claim needs epsilon and delta")
    if said["delta"] >= 1:
        raise BadData(f"{path}: delta = {said['delta']}: it is a probability below 1")
    rate, steps = _derived(path, said)
    cells: dict[str, Cell] = {name: said.get(name) for name in (*NUMBERS, *TEXTS)}
    cells |= {"sample_rate": rate, "steps": steps}
    return {name: (cell,) for name, cell in cells.items()}


def _check(path: Path, name: str, value: Any) -> None:
    if name not in (*NUMBERS, *TEXTS):
        raise BadData(f"{path}: a claim says nothing of {name!r}{nearest(name, (*NUMBERS, *TEXTS))}")
    if name in TEXTS:
        if not isinstance(value, str):
            raise BadData(f"{path}: {name} = {value!r}: it is a text")
        if name == "sampling" and value not in SAMPLING:
            raise BadData(f"{path}: sampling = {value!r}: it is poisson, shuffled or fixed{nearest(value, SAMPLING)}")
        return
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not fits or (name in WHOLE and not isinstance(value, int)):
        kind = "a whole number" if name in WHOLE else "a number"
        raise BadData(f"{path}: {name} = {value!r}: it is {kind} above 0")


def _derived(path: Path, said: Mapping[str, Any]) -> tuple[float | None, int | None]:
    """Sample rate and steps, said or worked out. Raises BadData where both are there and differ by more than 1 %."""
    rate, steps = said.get("sample_rate"), said.get("steps")
    if "batch_size" in said and "examples" in said:
        made = said["batch_size"] / said["examples"]
        if rate is not None and abs(rate - made) > 0.01 * made:
            raise BadData(f"{path}: sample_rate = {rate}, but batch_size over examples is {made:.4g}")
        rate = made if rate is None else rate
    if rate is not None and rate > 1:
        raise BadData(f"{path}: a sample rate of {rate:.4g}: it is a share of the examples, at most 1")
    if rate is not None and "epochs" in said:
        made_steps = round(said["epochs"] / rate)
        if steps is not None and abs(steps - made_steps) > max(1, 0.01 * made_steps):
            raise BadData(f"{path}: steps = {steps}, but so many epochs at this sample rate are {made_steps}")
        steps = made_steps if steps is None else steps
    return rate, steps
