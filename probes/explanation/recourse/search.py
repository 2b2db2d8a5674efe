"""The search for the cheapest change of a row that changes its decision, for all rows at once, in rounds.

First every column alone, at even costs; then, where that found nothing or less for its cost than another column would
give, the most promising changes of one column with one more, and so on. What changes the decision is made cheaper by
halving, column by column, and asked once more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fairwitness.audit.records import Cell
from fairwitness.audit.requests import Answer, Predict, Prediction, Request
from fairwitness.probes.explanation.recourse.actions import Action
from fairwitness.probes.kit.decisions.asked_rows import Row, ask_rows

HALVINGS = 7
"""Times that a change is halved: it is then within 1 % of a step."""
KEPT = 4
"""Changes of a row that are made cheaper; the cheapest is taken."""
FURTHER = 1.2
"""How much further a change is carried to see whether the decision holds."""

Asking = Generator[list[Request], list[Answer], list[Answer]]


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed in a row: the new cell of each place, what that costs, and how far the target moves."""

    cells: tuple[tuple[int, Cell], ...]
    cost: float
    gain: float = 0.0

    @property
    def price(self) -> float:
        """How far the target moves for what is paid, to nine digits."""
        return float(f"{self.gain / max(self.cost, 1e-9):.9g}")

    def applied(self, row: Row) -> Row:
        """The row with the change."""
        cells = list(row)
        for place, cell in self.cells:
            cells[place] = cell
        return tuple(cells)


@dataclass(slots=True, eq=False)
class Case:
    """A row that is searched: changes that are gone on with, those that changed the decision, and missing answers."""

    row: Row
    target: float
    open: list[Change] = field(default_factory=lambda: [Change((), 0.0)])
    flips: list[Change] = field(default_factory=list)
    unanswered: int = 0
    held: bool | None = None
    """Whether the decision holds where the change is carried further; None where it cannot be."""

    @property
    def best(self) -> Change | None:
        """The cheapest change that was found."""
        return min(self.flips, key=lambda change: change.cost, default=None)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Search:
    """How rows are searched. `accepts` and `target` read an answer: whether it is favourable, and how near it is."""

    names: tuple[str, ...]
    actions: Sequence[Action]
    budget: float
    steps: int
    depth: int
    beam: int
    accepts: Callable[[Prediction], bool]
    target: Callable[[Answer], float]

    def run(self, cases: Sequence[Case]) -> Generator[list[Request], list[Answer], None]:
        """Searches every case to its end."""
        for _ in range(self.depth):
            if not (yield from self._widen([case for case in cases if case.open])):
                break
        yield from self._cheapen(cases)
        yield from self._verify(cases)

    def _ask(self, tries: Sequence[tuple[Case, Change]]) -> Asking:
        rows = [change.applied(case.row) for case, change in tries]
        answers = yield from ask_rows([Predict(tuple(zip(self.names, row, strict=True))) for row in rows])
        return answers

    def _widen(self, cases: Sequence[Case]) -> Generator[list[Request], list[Answer], bool]:
        """Changes one more column of every open change; whether there was anything to try."""
        tries = [(case, change) for case in cases for change in self._next(case)]
        if not tries:
            return False
        for case in cases:
            case.open = []
        for (case, change), answer in zip(tries, (yield from self._ask(tries)), strict=True):
            if not isinstance(answer, Prediction):
                case.unanswered += 1
            elif self.accepts(answer):
                case.flips.append(replace(change, gain=self.target(answer) - case.target))
            else:
                case.open.append(replace(change, gain=self.target(answer) - case.target))
        for case in cases:
            case.flips = self._cheapest(case.flips)
            case.open = self._promising(case)
        return True

    def _next(self, case: Case) -> list[Change]:
        made: dict[tuple[tuple[int, Cell], ...], Change] = {}
        most = self.budget if case.best is None else case.best.cost
        for change in case.open:
            changed = {place for place, _ in change.cells}
            for action in self.actions:
                if action.place not in changed:
                    before = case.row[action.place]
                    for cell in action.candidates(before, self.steps, most - change.cost):
                        cells = tuple(sorted([*change.cells, (action.place, cell)], key=lambda pair: pair[0]))
                        made[cells] = Change(cells, change.cost + action.cost(before, cell))
        return list(made.values())

    def _cheapest(self, flips: Sequence[Change]) -> list[Change]:
        """The cheapest of each set of columns, of these the cheapest few."""
        best: dict[tuple[int, ...], Change] = {}
        for change in sorted(flips, key=lambda change: change.cost):
            best.setdefault(tuple(place for place, _ in change.cells), change)
        return list(best.values())[:KEPT]

    def _promising(self, case: Case) -> list[Change]:
        """Those that move the target most for their cost, and as many that move it most.

        Where the decision was changed already, only those that move it more for their cost than that did: in a weighted
        sum no others can make it cheaper.
        """
        best = max((change.price for change in case.flips), default=-np.inf)
        changes = [change for change in case.open if change.price > best]
        by_gain = sorted(changes, key=lambda change: (-change.gain, change.cost))
        by_price = sorted(changes, key=lambda change: (-change.price, -change.cost))
        kept: list[Change] = []
        for order in (by_gain, by_price):
            first: dict[tuple[int, ...], Change] = {}
            for change in order:
                first.setdefault(tuple(place for place, _ in change.cells), change)
            kept += [change for change in list(first.values())[: self.beam] if change not in kept]
        return kept

    def _cheapen(self, cases: Sequence[Case]) -> Generator[list[Request], list[Answer], None]:
        """Moves each changed number back as far as the decision allows, one column after the other."""
        for turn in range(self.depth):
            jobs = [
                Halving(case, place, turn)
                for case in cases
                for place in range(len(case.flips))
                if len(case.flips[place].cells) > turn
            ]
            for job in jobs:
                job.far = job.change.cells[-1 - turn][1]
                job.near = job.case.row[job.change.cells[-1 - turn][0]]
            for _ in range(HALVINGS):
                tries = [(job, change) for job in jobs if (change := self._half(job)) is not None]
                if not tries:
                    break
                answers = yield from self._ask([(job.case, change) for job, change in tries])
                for (job, change), answer in zip(tries, answers, strict=True):
                    middle = change.cells[-1 - turn][1]
                    if isinstance(answer, Prediction) and self.accepts(answer):
                        job.case.flips[job.number], job.far = change, middle
                    else:
                        job.near = middle

    def _half(self, job: Halving) -> Change | None:
        place, _ = job.change.cells[-1 - job.turn]
        action = next(action for action in self.actions if action.place == place)
        middle = action.between(job.near, job.far)
        if middle is None:
            return None
        cells = tuple((other, middle if other == place else cell) for other, cell in job.change.cells)
        return Change(cells, self.cost(job.case.row, cells))

    def cost(self, row: Row, cells: Sequence[tuple[int, Cell]]) -> float:
        """What a change of several cells costs."""
        by_place = {action.place: action for action in self.actions}
        return float(sum(by_place[place].cost(row[place], cell) for place, cell in cells))

    def _verify(self, cases: Sequence[Case]) -> Generator[list[Request], list[Answer], None]:
        """Asks every change once more, and once carried further; what is not confirmed was not found."""
        given = [(case, change) for case in cases if (change := case.best) is not None]
        further = [(case, self._further(case, change)) for case, change in given]
        carried = [(case, change) for case, change in further if change is not None]
        answers = yield from self._ask([*given, *carried])
        for (case, change), answer in zip(given, answers[: len(given)], strict=True):
            case.flips = [change] if isinstance(answer, Prediction) and self.accepts(answer) else []
            case.unanswered += not isinstance(answer, Prediction)
        for (case, _), answer in zip(carried, answers[len(given) :], strict=True):
            case.held = isinstance(answer, Prediction) and self.accepts(answer)

    def _further(self, case: Case, change: Change) -> Change | None:
        """The change carried further in its numbers, within what occurs; None where nothing can be."""
        by_place = {action.place: action for action in self.actions}
        cells = []
        for place, cell in change.cells:
            action, before = by_place[place], case.row[place]
            if len(action.values) and isinstance(cell, int | float) and isinstance(before, int | float):
                value = float(np.clip(before + FURTHER * (cell - before), action.values[0], action.values[-1]))
                cell = action.valued(value, 1 if cell > before else -1)
            cells.append((place, cell))
        return None if tuple(cells) == change.cells else Change(tuple(cells), 0.0)


@dataclass(slots=True, eq=False)
class Halving:
    """A change whose cell at `turn` from its end is moved from `far`, which the decision allows, towards `near`."""

    case: Case
    number: int
    turn: int
    near: Cell = None
    far: Cell = None

    @property
    def change(self) -> Change:
        """The change as it is now."""
        return self.case.flips[self.number]
