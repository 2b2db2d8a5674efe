"""The one kind of schema that settings and options have: frozen, and strict where a mistake would pass unseen."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, model_validator


class Checked(BaseModel):
    """Unknown names, true or false in place of a number, and numbers that are none are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_flags_for_numbers(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        for name, field in cls.model_fields.items():
            key = field.alias or name
            if isinstance(values.get(key), bool) and _is_number(field.annotation):
                raise ValueError(f"{key!r}: it must be a number, got {str(values[key]).lower()}")
        return values


def _is_number(annotation: Any) -> bool:
    kinds = {annotation, *get_args(annotation)}
    return bool(kinds & {int, float}) and bool not in kinds
