"""What tells a metric from others of its name, in words: way of measuring, group, and the group compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from fairwitness.audit.records import Name, Translated, as_read, joined
from fairwitness.reports.i18n import both
from fairwitness.reports.text import line

COMPARED = "groups"
"""The variant of a metric over all groups of a column: its value is the column, or several joined by CROSS."""
CROSS = " × "
"""What stands between columns that are crossed, and their groups."""
APART = " · "
"""What stands between ways of measuring, and between these and groups."""


class Labelled(Protocol):
    """A metric, or what speaks of one."""

    @property
    def by(self) -> Mapping[str, str]:
        """The group by column."""

    @property
    def against(self) -> str | None:
        """The group compared with."""

    @property
    def variant(self) -> Mapping[str, str]:
        """The way of measuring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The labels of one metric, cleaned; names and values in pairs, as they read. `keys` are all pairs as they are."""

    variant: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    against: str | None
    keys: tuple[tuple[str, str], ...]
    key_against: str | None

    @classmethod
    def of(cls, metric: Labelled) -> Self:
        """The labels of a metric, of a verdict on one or of one that was not compared."""
        return cls(
            variant=_cleaned(metric.variant),
            groups=_cleaned(metric.by),
            against=None if metric.against is None else _name(metric.against),
            keys=tuple((line(name), line(value)) for name, value in (*metric.variant.items(), *metric.by.items())),
            key_against=None if metric.against is None else line(metric.against),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What values are split by: ways of measuring, then columns."""
        return tuple(name for name, _ in (*self.variant, *self.groups))

    @property
    def split_by(self) -> str:
        """The same in words; empty where there are none."""
        return _put([name for name, _ in self.variant], [name for name, _ in self.groups])

    @property
    def columns(self) -> frozenset[str]:
        """The columns whose groups it speaks of."""
        compared = [column for name, value in self.variant if name == COMPARED for column in value.split(CROSS)]
        return frozenset([*(name for name, _ in self.groups), *compared])

    @property
    def words(self) -> tuple[str, ...]:
        """All values, for an anchor."""
        compared = () if self.key_against is None else (self.key_against,)
        return (*(value for _, value in self.keys), *compared)

    @property
    def text(self) -> str:
        """Each value with its name; the group compared with stands behind `vs`, of a crossing with its columns."""
        said = _put([_way(name, value) for name, value in self.variant], _equated(self.groups))
        return said if self.against is None else both("against", group=said, other=self._against())

    @property
    def values(self) -> str:
        """The values without their names, for a table whose head has these, and the group compared with."""
        alone = self.values_alone
        return alone if self.against is None else both("against", group=alone, other=self.against)

    @property
    def values_alone(self) -> str:
        """The values without their names and without the group compared with."""
        return _put([value for _, value in self.variant], [value for _, value in self.groups])

    def named(self, *before: str) -> str:
        """The labels behind other words, separated by blanks as policies spell them: `sex=f vs m`."""
        compared = [] if self.key_against is None else [f"vs {self.key_against}"]
        return " ".join([*before, *(f"{name}={value}" for name, value in self.keys), *compared])

    def _against(self) -> str:
        """The group compared with: of a crossing each value with its column, of one column the value alone."""
        against = self.against or ""
        parts = against.split(CROSS)
        if len(self.groups) < 2 or len(parts) != len(self.groups):
            return against
        return joined(CROSS, _equated([(name, Name(part)) for (name, _), part in zip(self.groups, parts, strict=True)]))


def _cleaned(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((_name(name), _name(value)) for name, value in labels.items())


def _put(ways: Sequence[str], groups: Sequence[str]) -> str:
    return joined(APART, [*ways, *([joined(CROSS, groups)] if groups else [])])


def _name(label: str) -> str:
    """A label on one line, which is called the same in every language where it has no translation."""
    text = line(as_read(label))
    return text if isinstance(text, Translated) else Name(text)


def _equated(labels: Sequence[tuple[str, str]]) -> list[str]:
    return [_equal(name, value) for name, value in labels]


def _way(name: str, value: str) -> str:
    return both("by_groups", groups=value) if name == COMPARED else _equal(name, value)


def _equal(name: str, value: str) -> str:
    return joined("=", (name, value))
