"""What every probe over a table lets a user say of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from fairwitness.audit.probe import Context, Options
from fairwitness.audit.records import Table
from fairwitness.probes.kit.decisions.table import ColumnRoles
from fairwitness.probes.kit.decisions.words import WORDS, both_id_and


def _split(value: Any) -> Any:
    """Lets a comma-separated text stand for a list."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


def check_outcome_name(name: str, label: str, favourable: str) -> None:
    """Raises ValueError where a meaning is given for a true outcome that nobody named."""
    for option, given in (("--label COLUMN", label), ("--favourable VALUE", favourable)):
        if name and not given:
            raise ValueError(f"{name!r} says what a true outcome means: name that outcome too, with {option}")


class TableOptions(Options):
    """Which columns of the table mean what."""

    groups: Names = Field((), description="columns that say which group a row belongs to")
    label: str = Field("", description="column of true outcomes; without it only selection rates are measured")
    prediction: str = Field("", description="column of decisions, for a predictions file")
    score: str = Field("", description="column of scores, for a predictions file")
    weight: str = Field("", description="column of weights: how much each row counts")
    id: str = Field(
        "", description="column that names the person of each row; rows of one person count as one person's"
    )
    unit: str = Field("", description="what a row stands for, in the plural, as sentences say it: applicants")

    @model_validator(mode="after")
    def _id_is_no_other_column(self) -> Self:
        roles = {"group": self.groups, "label": (self.label,), "prediction": (self.prediction,)}
        roles |= {"score": (self.score,), "weight": (self.weight,)}
        if twice := next((role for role, names in roles.items() if self.id and self.id in names), ""):
            raise ValueError(both_id_and(self.id, twice))
        return self

    @property
    def common_roles(self) -> ColumnRoles:
        """The columns by role, as far as every probe over a table reads them alike."""
        return ColumnRoles(groups=self.groups, label=self.label, weight=self.weight, identity=self.id, unit=self.unit)

    def others(self, table: Sequence[str]) -> tuple[str, ...]:
        """The columns that are none of label, prediction, score, weight and id."""
        named = {self.label, self.prediction, self.score, self.weight, self.id}
        return tuple(name for name in table if name not in named)


class DecisionOptions(TableOptions):
    """The same, and which decision counts as selected."""

    text: str = Field("text", description="column of texts, for a text classifier")
    features: Names = Field((), description="columns that a tabular model is given; all others where none is named")
    favourable: str = Field("", description="outcome counted as selected: a value such as 1, or a rule such as >=5")
    favourable_name: str = Field("", description="what that outcome means for a person, as a verb: is granted the loan")
    threshold: float | None = Field(None, description="count as selected where the score (or number) is at least this")

    @model_validator(mode="after")
    def _name_of_a_named_outcome(self) -> Self:
        """What an outcome means must not be said of one that was guessed."""
        if self.favourable_name and not self.favourable and self.threshold is None:
            raise ValueError(
                f"{self.favourable_name!r} says what a decision means: name that decision too, with --favourable VALUE"
            )
        return self


def table_of(ctx: Context, row: Literal["person", "person_or_text"]) -> Table:
    """The table of the run, with a `row` for each line. Raises DoesNotApply without one."""
    if "table" not in ctx.data:
        raise WORDS.does_not_apply("unfit.no_table", "data_missing", row=WORDS(f"unfit.{row}"))
    return ctx.data["table"]
