"""What may stand in a facts file: every key can be left out, and one that is there says something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fairwitness.audit.checked import Day, Said
from fairwitness.audit.errors import shortened

LONGEST = 10_000
"""Characters of one fact."""
MOST_ENTRIES = 200
"""Entries of one list."""
FIRST_YEAR = 1000
"""An earlier one is a mistake: a year of two digits, say."""
PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")

Words: TypeAlias = Annotated[Said, Field(max_length=LONGEST)]


def _latest() -> date:
    """The last day that it can be anywhere on earth."""
    return datetime.now(UTC).date() + timedelta(days=1)


def _period(value: Any) -> str:
    """A day, a month or a year as a text of ISO 8601. Raises ValueError."""
    text = value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else str(value)
    if isinstance(value, bool | float) or not PERIOD.fullmatch(text):
        raise ValueError(f"write it as 2024, 2024-06 or 2024-06-30, got {shortened(value)}")
    try:
        day = first_day(text)
    except ValueError:
        raise ValueError(f"there is no such day or month: {text}") from None
    _sensible(day, text)
    return text


def _sensible(day: date, text: str) -> None:
    if day.year < FIRST_YEAR:
        raise ValueError(f"the year {day.year} is a mistake, got {text}")
    if day > _latest():
        raise ValueError(f"{text} is yet to come")


def _no_promise(value: date) -> date:
    """A day that has come. Raises ValueError for another."""
    _sensible(value, value.isoformat())
    return value


def first_day(period: str) -> date:
    """The first day of a year, a month or a day."""
    return date.fromisoformat(f"{period}-01-01"[:10])


def _listed(value: Any) -> Any:
    """One text as a list of one."""
    return [value] if isinstance(value, str) else value


Period: TypeAlias = Annotated[str, BeforeValidator(_period)]


class Section(BaseModel):
    """A table of the file: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Model(Section):
    """Whose model it is, and which."""

    provider: Words | None = None
    version: Words | None = None
    changes: Words | None = None


class Use(Section):
    """What it is for, and what not."""

    intended: Words | None = None
    users: Words | None = None
    out_of_scope: Words | None = None
    caveats: Words | None = None
    oversight: Words | None = None


class Data(Section):
    """A source of data: of whom, from when to when, and how it was recorded."""

    name: Words
    source: Words | None = None
    collected_from: Period | None = None
    collected_until: Period | None = None
    population: Words | None = None
    groups: Words | None = None
    consent: Words | None = None
    licence: Words | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        begin, end = self.collected_from, self.collected_until
        length = min(len(begin or ""), len(end or ""))
        if begin and end and end[:length] < begin[:length]:
            raise ValueError(f"'collected_until' ({end}) lies before 'collected_from' ({begin})")
        return self


class Mitigation(Section):
    """What was done against known harms."""

    measures: Annotated[tuple[Words, ...], BeforeValidator(_listed), Field(min_length=1, max_length=MOST_ENTRIES)] = ()


class Contact(Section):
    """Who answers questions."""

    name: Words
    role: Words | None = None
    address: Words | None = None


class Audit(Section):
    """Who ran the audit, and for whom."""

    by: Words | None = None
    on_behalf_of: Words | None = None
    independence: Words | None = None


class SignOff(Section):
    """Who vouches for what the file says."""

    name: Words
    role: Words
    date: Annotated[Day, AfterValidator(_no_promise)]


class FactsFile(Section):
    """The whole file."""

    version: Literal[1]
    model: Model = Model()
    use: Use = Use()
    training_data: Annotated[tuple[Data, ...], Field(max_length=MOST_ENTRIES)] = ()
    audit_data: Annotated[tuple[Data, ...], Field(max_length=MOST_ENTRIES)] = ()
    mitigation: Mitigation = Mitigation()
    contacts: Annotated[tuple[Contact, ...], Field(max_length=MOST_ENTRIES)] = ()
    audit: Audit = Audit()
    sign_off: SignOff | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        for table, entries in (
            ("training_data", self.training_data),
            ("audit_data", self.audit_data),
            ("contacts", self.contacts),
        ):
            names = [entry.name for entry in entries]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"[[{table}]] has the name {shortened(twice)} twice")
        return self

    def tables(self) -> Mapping[str, Any]:
        """What the file says, as plain values."""
        plain: Mapping[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return plain
