"""The one kind of schema that settings and options have: frozen, and strict where a mistake would pass unseen."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from fairwitness.audit.errors import shortened

MOST = 2**32 - 1
"""The largest whole number that a setting takes: what draws by a seed takes no larger one."""


class Checked(BaseModel):
    """Unknown names, true or false in place of a number, numbers that are none and those beyond counting are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields.get(info.field_name or "")
        if isinstance(value, bool) and field is not None and _is_number(field.annotation):
            raise ValueError(f"it must be a number, got {str(value).lower()}")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _no_endless_number(cls, value: Any) -> Any:
        if isinstance(value, int) and abs(value) > MOST:
            raise ValueError(f"it must be {MOST} at most, got {shortened(value)}")
        return value


def _is_number(annotation: Any) -> bool:
    kinds = {annotation, *get_args(annotation)}
    return bool(kinds & {int, float}) and bool not in kinds
