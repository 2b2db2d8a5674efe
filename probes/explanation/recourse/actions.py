"""What can be changed in a row, to which values, and what each change costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairwitness.audit.records import Cell
from fairwitness.probes.explanation.recourse.options import RecourseOptions
from fairwitness.probes.kit.decisions.categorical import Floats

MOST_CATEGORIES = 10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Action:
    """A column that can be changed.

    Of numbers `values` are those that occur, in order, and `heights` what has been paid on the way to each: their
    mid-distribution quantile, or their size in MADs; a change costs the difference. `direction` is 1 or -1 where they
    can only grow or fall. Of categories `cells` are the most frequent ones, which all cost `price`.
    """

    place: int
    name: str
    values: Floats
    heights: Floats
    whole: bool = False
    direction: int = 0
    cells: tuple[Cell, ...] = ()
    price: float = 0.0

    def height(self, value: float) -> float:
        """What has been paid on the way to a number."""
        return float(np.interp(value, self.values, self.heights))

    def cost(self, before: Cell, after: Cell) -> float:
        """What a change costs; 0 for none."""
        if not len(self.values):
            return 0.0 if before == after else self.price
        return abs(self.height(float(after or 0)) - self.height(float(before or 0)))

    def candidates(self, cell: Cell, steps: int, budget: float) -> list[Cell]:
        """Values to try: numbers at even costs up to the budget and the end of the column, nearer ones first."""
        if not len(self.values):
            return [other for other in self.cells if other != cell] if self.price <= budget else []
        if not isinstance(cell, int | float) or isinstance(cell, bool):
            return []
        start = self.height(cell)
        made: list[Cell] = []
        for sign, end in ((1, self.heights[-1]), (-1, self.heights[0])):
            if self.direction in (0, sign):
                reach = min(budget, sign * (float(end) - start))
                heights = [start + sign * reach * step / steps for step in range(1, steps + 1)] if reach > 0 else []
                for height in heights:
                    value = self.valued(float(np.interp(height, self.heights, self.values)), sign)
                    if sign * (float(value) - float(cell)) > 0 and value not in made:
                        made.append(value)
        return [value for value in made if self.cost(cell, value) <= budget + 1e-9]

    def valued(self, value: float, sign: int = 0) -> float | int:
        """A number as the column has it: a whole one, no nearer than asked for in the direction of the change."""
        if not self.whole:
            return value
        return int(np.ceil(value - 1e-9) if sign > 0 else np.floor(value + 1e-9) if sign < 0 else round(value))

    def between(self, before: Cell, after: Cell) -> Cell | None:
        """The number half way in cost; None where there is none in between, and of categories."""
        if not len(self.values) or isinstance(before, str | None) or isinstance(after, str | None):
            return None
        middle = self.valued((before + after) / 2)
        return None if middle in (before, after) else middle


def actions_of(names: Sequence[str], columns: Sequence[Sequence[Cell]], options: RecourseOptions) -> list[Action]:
    """The columns that can be changed, in their order; what never varies cannot."""
    fixed = {*options.groups, *options.immutable, options.label, options.id}
    made = []
    for place, (name, cells) in enumerate(zip(names, columns, strict=True)):
        if name in fixed or (options.actionable and name not in options.actionable):
            continue
        numbers = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
        if len(numbers) == sum(cell is not None for cell in cells) and len(set(numbers)) > 1:
            made.append(_of_numbers(place, name, numbers, options))
        elif not numbers and len(set(cells)) > 1:
            often = [cell for cell, _ in Counter(cells).most_common(MOST_CATEGORIES) if cell is not None]
            empty = np.empty(0)
            price = options.category_cost
            made.append(Action(place=place, name=name, values=empty, heights=empty, cells=tuple(often), price=price))
    return made


def _of_numbers(place: int, name: str, numbers: Sequence[int | float], options: RecourseOptions) -> Action:
    values, counts = np.unique(np.array(numbers, dtype=np.float64), return_counts=True)
    if options.cost == "quantile":
        heights = (np.cumsum(counts) - counts / 2) / counts.sum()
    else:
        heights = values / spread(np.array(numbers, dtype=np.float64))
    return Action(
        place=place,
        name=name,
        values=values,
        heights=heights,
        whole=all(isinstance(number, int) or float(number).is_integer() for number in numbers),
        direction=1 if name in options.increase else -1 if name in options.decrease else 0,
    )


def spread(numbers: Floats) -> float:
    """The median distance from the median (MAD); the mean distance where more than half are equal.

    >>> spread(np.array([1.0, 2.0, 4.0])), spread(np.array([0.0, 0.0, 0.0, 4.0]))
    (1.0, 1.0)
    """
    distances = np.abs(numbers - np.median(numbers))
    return float(np.median(distances)) or float(distances.mean())
