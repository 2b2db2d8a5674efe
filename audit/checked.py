"""What settings, options and files are checked by: strict where a mistake would pass unseen."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from fairwitness.audit.errors import shortened

MOST = 2**32 - 1
"""The largest whole number that a setting takes: what draws by a seed takes no larger one."""


def said(text: str) -> str:
    """A text that says something. Raises ValueError for blanks and invisible signs alone."""
    if not any(sign.isalnum() for sign in text):
        raise ValueError("it must say something")
    return text


def day(value: Any) -> Any:
    """A date as TOML writes it, or such a text; never a number of seconds. Raises ValueError."""
    is_date = isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    if not is_date and (isinstance(value, datetime) or not isinstance(value, date)):
        raise ValueError(f"a date is written as 2026-12-31, got {value!r}")
    return value


Said: TypeAlias = Annotated[str, AfterValidator(said), WithJsonSchema({"type": "string", "pattern": r"\S"})]
Day: TypeAlias = Annotated[date, BeforeValidator(day)]


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
