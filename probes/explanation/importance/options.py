"""What a user can tell the probe: columns and their roles, methods, and what they may cost."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from pydantic import Field

from fairwitness.probes.kit.decisions.options import DecisionOptions
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
MethodName: TypeAlias = Literal["shap", "shap_tree", "shap_linear", "shap_permutation", "shap_kernel", "lime"]
NAMES: dict[str, str] = {name: WORDS(f"method.{name}") for name in get_args(MethodName)}


class ImportanceOptions(DecisionOptions):
    """Which columns of the table mean what, and how decisions are explained."""

    methods: tuple[MethodName, ...] = Field(
        ("shap", "lime"), min_length=1, description="methods to use; measured is what the first one says"
    )
    rows: int = Field(1000, ge=20, description="most rows whose columns are shuffled; more are sampled")
    explained: int = Field(100, ge=2, description="most rows that are explained, drawn from these")
    again: int = Field(20, ge=0, description="rows that are explained again with another seed and background")
    background: int = Field(25, ge=1, description="rows that hidden columns are filled from, drawn from these")
    budget: int = Field(0, ge=0, le=100_000, description="coalitions or draws for a row; 0 takes each method's default")
    repeats: int = Field(2, ge=1, le=20, description="times that each column is shuffled")
    row: int = Field(0, ge=0, description="explain this row of the table alone (the first is 1)")
    proxy_auc: float = Field(0.6, gt=0.5, lt=1, description="a column is a proxy where its AUC surely passes this")
    correlated: float = Field(0.7, gt=0, le=1, description="columns are taken together from this correlation on")
    min_group: int = Field(10, ge=2, description="explained rows that a group needs to be compared")
    shown: int = Field(20, ge=1, description="columns that pictures show, the most important first")
