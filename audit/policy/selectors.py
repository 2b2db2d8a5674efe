"""How a rule or a waiver selects metrics: by probe, name, labels and marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, get_args

from fairwitness.audit.records import Metric, Role, Scope

MARK = re.compile(r"(?:^|\s)(tag|role|scope):(\S+)(?=\s|$)")
MARKED: Mapping[str, tuple[str, ...]] = {"tag": (), "role": get_args(Role), "scope": get_args(Scope)}
"""What may stand behind each mark; a tag is any word."""
SELECT = re.compile(r"(?P<probe>[^/\[\]\s]+)/(?P<metric>[^\[\]\s]+)(?P<groups>\[.*\])?")
REST = re.compile(r"\s*\*\s*(?:,|$)")
"""Other groups too, among those that are named."""
GROUP = re.compile(r'\s*(?P<key>[^=,"\[\]]+?)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*?))\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class Selector:
    """Which metrics: `probe/metric`, `probe/metric[group=value]`, marks, or a metric and marks together.

    Marks are `tag:name`, `role:bias` and `scope:group`. A probe may be one of several, `weat|seat/association`.
    `groups` None takes metrics of any groups, empty only those without; a named group must fit, others are free. A key
    is looked for among the groups, then among the ways of measuring; `against` is the group compared with. A rule is
    read so (`takes`); a waiver takes what it names and nothing else (`takes_exactly`), unless `[*]` or
    `[group=value, *]` makes it as wide as a rule.
    """

    probe: str = "*"
    metric: str = "*"
    groups: tuple[tuple[str, str], ...] | None = None
    tags: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    widened: bool = False
    """Whether `*` stands among the groups: other groups and ways of measuring are free."""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Reads the text form. Raises ValueError that says what is wrong."""
        marks: dict[str, list[str]] = {kind: [] for kind in MARKED}
        for kind, word in MARK.findall(text):
            marks[kind].append(word)
            if MARKED[kind] and word not in MARKED[kind]:
                raise ValueError(f"select {text!r}: {kind} is one of {', '.join(MARKED[kind])}, got {word!r}")
        tags, roles, scopes = (tuple(words) for words in marks.values())
        rest = MARK.sub("", text).strip()
        if not rest and any(marks.values()):
            return cls(tags=tags, roles=roles, scopes=scopes)
        match = SELECT.fullmatch(rest)
        if match is None:
            raise ValueError(f"select {text!r} is neither 'probe/metric', 'probe/metric[group=value]' nor 'tag:name'")
        if match["groups"] is None:
            return cls(match["probe"], match["metric"], None, tags, roles, scopes)
        groups, widened = _groups(match["groups"][1:-1], text)
        return cls(match["probe"], match["metric"], groups, tags, roles, scopes, widened)

    @property
    def any_probe(self) -> bool:
        """Whether no probe is named, so that a probe without results cannot be said to be missing."""
        return self.probe == "*"

    def takes_probe(self, probe: str) -> bool:
        """Whether metrics of this probe can be selected at all."""
        return any(glob(name, probe) for name in self.probe.split("|"))

    def takes_name(self, probe: str, metric: str) -> bool:
        """Whether probe and metric fit, groups and marks aside."""
        return self.takes_probe(probe) and glob(self.metric, metric)

    def takes(self, probe: str, metric: Metric) -> bool:
        """Whether this metric of a probe is selected."""
        return self.takes_name(probe, metric.name) and self._takes_labels(metric) and self._takes_marks(metric)

    def takes_exactly(self, probe: str, metric: Metric) -> bool:
        """Whether this metric is selected, and named by all of its groups and ways of measuring.

        Without groups only a metric that has none is. The group compared with need not be named: a run measures a
        group against one other. Where a group column is called like a way of measuring, one name cannot say both.
        """
        if not self.takes(probe, metric):
            return False
        named = {key for key, _ in self.groups or ()}
        told_apart = not metric.by.keys() & metric.variant.keys()
        return self.widened or (told_apart and metric.by.keys() | metric.variant.keys() <= named)

    def _takes_labels(self, metric: Metric) -> bool:
        if self.groups is None or (self.widened and not self.groups):
            return True
        compared = {} if metric.against is None else {"against": metric.against}
        labels = {**compared, **metric.variant, **metric.by}
        if not self.groups:
            return not labels
        return all(key in labels and glob(value, labels[key]) for key, value in self.groups)

    def _takes_marks(self, metric: Metric) -> bool:
        return (
            all(any(glob(pattern, tag) for tag in metric.tags) for pattern in self.tags)
            and all(role == metric.role for role in self.roles)
            and all(scope == metric.scope for scope in self.scopes)
        )


@lru_cache(maxsize=4096)
def glob(pattern: str, text: str) -> bool:
    """Whether the whole text fits the pattern; `*` is any run of characters, `?` any one, all else itself.

    Takes at most len(pattern) * len(text) steps: only the last `*` is ever given more of the text. The same few names
    are asked for again by every rule, so that answers are remembered.
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


def _groups(inner: str, text: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The groups between the brackets, and whether `*` stands among them."""
    groups: list[tuple[str, str]] = []
    start, widened = 0, False
    while start < len(inner.rstrip()):
        if (rest := REST.match(inner, start)) is not None:
            start, widened = rest.end(), True
            continue
        match = GROUP.match(inner, start)
        if match is None:
            raise ValueError(f'the groups of {text!r} must read [name=value, name="value with, comma"], or [*] for any')
        groups.append((match["key"], match["plain"] if match["quoted"] is None else match["quoted"]))
        start = match.end()
    return tuple(groups), widened
