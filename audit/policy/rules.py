"""What a policy is made of: rules on metrics, and waivers of rules, each with a way to select metrics."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fairwitness.audit.records import Metric, Severity

Operator: TypeAlias = Literal["<=", ">=", "within"]
OnOpen: TypeAlias = Literal["fail", "ignore"]
Alpha: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=0.05)]
Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _said(text: str) -> str:
    """A text that says something. Raises ValueError for blanks and invisible signs alone."""
    if not any(sign.isalnum() for sign in text):
        raise ValueError("it must say something")
    return text


def _day(value: Any) -> Any:
    """A date as TOML writes it, or such a text; never a number of seconds."""
    spelled = isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)
    if not spelled and (isinstance(value, datetime) or not isinstance(value, date)):
        raise ValueError(f"a date is written as 2026-12-31, got {value!r}")
    return value


Text: TypeAlias = Annotated[str, Field(min_length=1)]
Said: TypeAlias = Annotated[str, AfterValidator(_said)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day)]

FIRST_YEAR = 2000
"""A waiver that ends before it was made with a mistake: a year of two digits, say."""

SELECT = re.compile(r"(?P<probe>[^/\[\]\s]+)/(?P<metric>[^\[\]\s]+)(?P<groups>\[.*\])?")
GROUP = re.compile(r'\s*(?P<key>[^=,"\[\]]+?)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*?))\s*(?:,|$)')


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
        return (
            self.takes_name(probe, metric)
            and self._takes_groups(by)
            and all(any(glob(wanted, tag) for tag in tags) for wanted in self.tags)
        )

    def _takes_groups(self, by: Mapping[str, str]) -> bool:
        if self.groups is None:
            return True
        if not self.groups:
            return not by
        return all(key in by and glob(value, by[key]) for key, value in self.groups)


def _groups(inner: str, text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(inner.rstrip()):
        match = GROUP.match(inner, at)
        if match is None:
            raise ValueError(f'the groups of {text!r} must read [name=value, name="value with, comma"]')
        found.append((match["key"], match["plain"] if match["quoted"] is None else match["quoted"]))
        at = match.end()
    return tuple(found)


class Section(BaseModel):
    """A table of the policy file: frozen, unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Defaults(Section):
    """What a rule takes where it says nothing itself."""

    min_n: int = Field(default=1, ge=1, strict=True)
    min_effect: Number = Field(default=0.0, ge=0)
    fail_alpha: Alpha = 0.05
    on_not_measured: OnOpen = "fail"
    on_inconclusive: OnOpen = "fail"
    severity: Severity = "error"


def _later(_: Any) -> None:
    raise ValueError("'relative_to' is not known to this version: rules judge this run alone, not a baseline")


class Rule(Section):
    """A bound on the interval of every metric that `select` takes.

    `min_effect`: a breach whose value lies less than this beyond the bound is inconclusive, not a failure.
    `fail_alpha`: how often, at most, a rule may fail where nothing is breached; a pass is decided at 0.05 all the same.
    """

    id: Said
    select: Text
    op: Operator
    value: Number
    min_n: int | None = Field(default=None, ge=1, strict=True)
    min_effect: Number | None = Field(default=None, ge=0)
    fail_alpha: Alpha | None = None
    on_not_measured: OnOpen | None = None
    on_inconclusive: OnOpen | None = None
    severity: Severity | None = None
    relative_to: Annotated[None, BeforeValidator(_later)] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        Selector.parse(self.select)
        if self.op == "within" and self.value < 0:
            raise ValueError(f"rule {self.id!r}: 'within' needs a distance of 0 or more, got {self.value}")
        return self

    @property
    def selector(self) -> Selector:
        """`select`, read."""
        return Selector.parse(self.select)

    @property
    def condition(self) -> str:
        """The rule as a reader sees it, such as `>= 0.8`."""
        return f"{self.op} {self.value:g}"


class Waiver(Section):
    """A breach that a named person accepts until a date. `max_value` is the worst value that is still accepted.

    Worst means highest under `<=`, lowest under `>=`, farthest from the null value under `within`. What was not
    measured, or cannot be interpreted, is waived only where `covers` says so in as many words.
    """

    reason: Said
    owner: Said
    expires: Day
    select: str | None = None
    fingerprint: str | None = Field(default=None, pattern="^[0-9a-f]{12}$")
    approved_by: str | None = None
    created: Day | None = None
    max_value: Number | None = None
    ticket: str | None = None
    covers: tuple[Literal["not_measured", "not_interpretable"], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.select is None) == (self.fingerprint is None):
            raise ValueError("a waiver names either 'select' or 'fingerprint'")
        if self.select is not None:
            Selector.parse(self.select)
        if self.expires.year < FIRST_YEAR:
            raise ValueError(f"a waiver cannot expire in {self.expires.year}, got {self.expires}")
        if self.created is not None and self.created > self.expires:
            raise ValueError(f"a waiver made on {self.created} cannot expire on {self.expires}")
        return self

    def takes(self, probe: str, metric: Metric, fingerprint: str) -> bool:
        """Whether the waiver speaks of this metric."""
        if self.select is None:
            return self.fingerprint == fingerprint
        return Selector.parse(self.select).takes(probe, metric.name, metric.by, metric.tags)

    @property
    def target(self) -> str:
        """What the waiver speaks of, as the file names it."""
        return self.select or self.fingerprint or ""

    def __str__(self) -> str:
        approved = f"; approved by {self.approved_by}" if self.approved_by else ""
        ticket = f"; ticket {self.ticket}" if self.ticket else ""
        return f"{self.reason}; owner {self.owner}{approved}; expires {self.expires.isoformat()}{ticket}"


class Policy(Section):
    """All rules and waivers of one file."""

    version: Literal[1]
    defaults: Defaults = Defaults()
    rules: tuple[Rule, ...] = Field(min_length=1)
    waivers: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two rules have the id {twice!r}")
        return self

    def warning(self) -> Self:
        """The same policy with every rule a warning, so that it reports and fails nothing."""
        rules = tuple(rule.model_copy(update={"severity": "warn"}) for rule in self.rules)
        return self.model_copy(update={"rules": rules})


def fingerprint(probe: str, metric: str, by: Mapping[str, str], family: str) -> str:
    """Twelve hexadecimal digits that name a finding across runs of one model family."""
    named = json.dumps([probe, metric, sorted(by.items()), family], ensure_ascii=False)
    return hashlib.sha256(named.encode(errors="surrogatepass")).hexdigest()[:12]


def breach(op: Operator, bound: float, null: float | None, value: float) -> float:
    """How far a value lies beyond the bound; negative on the allowed side."""
    match op:
        case "<=":
            return value - bound
        case ">=":
            return bound - value
        case "within":
            if null is None:
                raise ValueError("'within' needs a null value")
            return abs(value - null) - bound
