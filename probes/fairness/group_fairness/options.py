"""What a user can tell the probe, and what a table's columns mean then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, Self

from pydantic import Field, model_validator

from fairwitness.audit.errors import BadOption
from fairwitness.probes.kit.decisions.categorical import MOST_CLASSES, Categorical, are_numbers
from fairwitness.probes.kit.decisions.options import (
    DecisionOptions,
    Names,
    check_outcome_name,
)
from fairwitness.probes.kit.decisions.partition import LEAST_IN_CONDITION, LEAST_ROWS, Limits
from fairwitness.probes.kit.decisions.table import ColumnRoles
from fairwitness.probes.kit.decisions.words import both_id_and

Kind = Literal["binary", "multiclass", "regression"]


class GroupFairnessOptions(DecisionOptions):
    """Which columns of the table mean what, and what is compared."""

    features: Names = Field(
        (), description="columns sent to a tabular model (else all others), and by which rows are alike"
    )
    strata: str = Field("", description="column within whose values selection is compared as well")
    reference: Names = Field((), description="group to compare with, as column=value; the largest where none is named")
    outcome_name: str = Field("", description="what the counted outcome means where it came true: repaid in two years")
    kind: Literal["auto", "binary", "multiclass", "regression"] = Field(
        "auto", description="what decisions are: yes or no, one of several classes, or numbers"
    )
    outcomes: Names = Field((), description="values that labels and decisions may have; others are left out and named")
    intersections: bool = Field(True, description="also measure the crossings of every two group columns")
    min_group: int = Field(LEAST_ROWS, ge=2, description="rows that a group needs to be measured")
    min_class: int = Field(LEAST_IN_CONDITION, ge=1, description="rows that the condition of a conditional rate needs")
    examples: int = Field(200, ge=0, description="rows shown as examples, wrong decisions first")
    flips: int = Field(500, ge=0, description="rows that a tabular model is asked again with their group changed")
    neighbours: int = Field(5, ge=0, description="most similar rows that a decision is compared with; 0 for none")

    @model_validator(mode="after")
    def _id_is_no_stratum(self) -> Self:
        """A table of strata would list who is in the data."""
        if self.id and self.id == self.strata:
            raise ValueError(both_id_and(self.id, "strata"))
        return self

    @model_validator(mode="after")
    def _name_of_a_named_truth(self) -> Self:
        check_outcome_name(self.outcome_name, self.label, self.favourable)
        return self

    @property
    def limits(self) -> Limits:
        """How many rows groups and conditions need."""
        return Limits(self.min_group, self.min_class)

    def columns(self, table: Sequence[str], *, texts: bool, tabular: bool) -> ColumnRoles:
        """The columns by role, for a text classifier, a tabular model or a predictions file.

        Raises BadOption where one column is label and prediction, or weight and one of these.
        """
        if self.label and self.label == self.prediction:
            raise BadOption(
                f"column {self.label!r} is both label and prediction, and a decision cannot be judged by itself: name "
                "a column of true outcomes, or leave the label out"
            )
        twice = {self.label: "label", self.prediction: "prediction"}.get(self.weight) if self.weight else None
        if twice:
            raise BadOption(
                f"column {self.weight!r} is both weight and {twice}: rows of one outcome would weigh nothing, and "
                "all others look alike; name the column that says how many people a row stands for"
            )
        return replace(
            self.common_roles,
            text=self.text if texts else "",
            features=(self.features or self.others(table)) if tabular else self.features,
            sent=tabular,
            strata=self.strata,
            outcomes=self.outcomes,
            decided="" if texts or tabular else self.prediction,
            favourable_name=self.favourable_name,
            outcome_name=self.outcome_name,
        )

    def kind_of(self, labels: Categorical) -> Kind:
        """What decisions are, as told or as the true outcomes look.

        Three to 50 different true outcomes are classes, unless a favourable one or a threshold is named; more numbers,
        or more than ten of which some are not whole, are a quantity. Raises BadOption for options that exclude each
        other.
        """
        named = bool(self.favourable) or self.threshold is not None
        if self.kind in ("multiclass", "regression") and named:
            raise BadOption(
                f"group_fairness.kind={self.kind} measures all outcomes: leave out favourable and threshold"
            )
        if self.kind != "auto":
            return self.kind
        counts: Mapping[str, int] = labels.counts
        if named or len(counts) <= 2:
            return "binary"
        if are_numbers(counts):
            return "regression"
        return "multiclass" if len(counts) <= MOST_CLASSES else "binary"
