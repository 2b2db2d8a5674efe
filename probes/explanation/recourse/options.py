"""What a user can tell the probe: what a person can change, in which direction, and what that costs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from fairwitness.probes.kit.decisions.options import DecisionOptions, Names
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
DEFAULT_BUDGETS = {"quantile": 1.0, "mad": 6.0}


class RecourseOptions(DecisionOptions):
    """Which columns of the table mean what, which of them can be changed, and how far is searched."""

    immutable: Names = Field((), description="columns that nobody can change; group columns are always among them")
    actionable: Names = Field((), description="columns that can be changed; all but the immutable where none is named")
    increase: Names = Field((), description="columns of numbers that can only grow")
    decrease: Names = Field((), description="columns of numbers that can only fall")
    cost: Literal["quantile", "mad"] = Field(
        "quantile", description="a change of a number costs the quantiles it passes, or its size in MADs"
    )
    category_cost: float = Field(0.5, gt=0, description="what changing a category costs")
    budget: float = Field(0.0, ge=0, description="most that a change may cost; 0 is 1 quantile or 6 MADs")
    rows: int = Field(300, ge=20, description="most rows whose decision is looked at; more are sampled")
    steps: int = Field(8, ge=2, le=50, description="values of a column that are tried in each direction")
    depth: int = Field(3, ge=1, le=6, description="most columns that are changed together")
    beam: int = Field(3, ge=1, le=20, description="incomplete changes of a row that are gone on with")
    min_group: int = Field(10, ge=2, description="rows without the favourable decision that a group needs")

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        """A column cannot both only grow and only fall, nor be changed where nobody can change it."""
        for name in self.increase:
            if name in self.decrease:
                raise ValueError(f"column {name!r} can only grow and only fall: leave it out of one of them")
        for name in (*self.actionable, *self.increase, *self.decrease):
            if name in (*self.immutable, *self.groups):
                raise ValueError(f"column {name!r} is immutable (group columns always are) and cannot be changed")
        return self

    @property
    def most(self) -> float:
        """The most that a change may cost."""
        return self.budget or DEFAULT_BUDGETS[self.cost]
