"""How a rule or a waiver selects metrics: by probe, name, groups and tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

SELECT = re.compile(r"(?P<probe>[^/\[\]\s]+)/(?P<metric>[^\[\]\s]+)(?P<groups>\[.*\])?")
GROUP = re.compile(r'\s*(?P<key>[^=,"\[\]]+?)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*?))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Selector:
    """Which metrics: `probe/metric`, `probe/metric[group=value]`, `tag:name`, or a metric and tags together.

    A probe may be one of several, `weat|seat/association`.
    `groups` None takes metrics of any groups, empty only those without; a named group must fit, others are free.
    """

    probe: str = "*"
    metric: str = "*"
    groups: tuple[tuple[str, str], ...] | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the text form. Raises ValueError that says what is wrong."""
        tags = tuple(match[1] for match in re.finditer(r"(?:^|\s)tag:(\S+)(?=\s|$)", text))
        rest = re.sub(r"(?:^|\s)tag:\S+(?=\s|$)", "", text).strip()
        if not rest and tags:
            return cls(tags=tags)
        match = SELECT.fullmatch(rest)
        if match is None:
            raise ValueError(f"select {text!r} is neither 'probe/metric', 'probe/metric[group=value]' nor 'tag:name'")
        groups = None if match["groups"] is None else _groups(match["groups"][1:-1], text)
        return cls(match["probe"], match["metric"], groups, tags)

    @property
    def any_probe(self) -> bool:
        """Whether no probe is named, so that a probe without results cannot be said to be missing."""
        return self.probe == "*"

    def takes_probe(self, probe: str) -> bool:
        """Whether metrics of this probe can be selected at all."""
        return any(glob(name, probe) for name in self.probe.split("|"))

    def takes_name(self, probe: str, metric: str) -> bool:
        """Whether probe and metric fit, groups and tags aside."""
        return self.takes_probe(probe) and glob(self.metric, metric)

    def takes(self, probe: str, metric: str, by: Mapping[str, str], tags: tuple[str, ...]) -> bool:
        """Whether this metric is selected."""
        return self.takes_name(probe, metric) and self._takes_groups(by) and self._takes_tags(tags)

    def _takes_groups(self, by: Mapping[str, str]) -> bool:
        if self.groups is None:
            return True
        if not self.groups:
            return not by
        return all(key in by and glob(value, by[key]) for key, value in self.groups)

    def _takes_tags(self, tags: tuple[str, ...]) -> bool:
        return all(any(glob(pattern, tag) for tag in tags) for pattern in self.tags)


def glob(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern; `*` is any run of characters, `?` any one, all else itself.

    Takes at most len(pattern) * len(text) steps: only the last `*` is ever given more of the text.
    """
    sign = place = 0
    star, resume = -1, 0
    while place < len(text):
        if sign < len(pattern) and pattern[sign] == "*":
            star, resume = sign, place
            sign += 1
        elif sign < len(pattern) and pattern[sign] in ("?", text[place]):
            sign, place = sign + 1, place + 1
        elif star >= 0:
            resume += 1
            sign, place = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[sign:])


def _groups(inner: str, text: str) -> tuple[tuple[str, str], ...]:
    groups: list[tuple[str, str]] = []
    start = 0
    while start < len(inner.rstrip()):
        match = GROUP.match(inner, start)
        if match is None:
            raise ValueError(f'the groups of {text!r} must read [name=value, name="value with, comma"]')
        groups.append((match["key"], match["plain"] if match["quoted"] is None else match["quoted"]))
        start = match.end()
    return tuple(groups)
