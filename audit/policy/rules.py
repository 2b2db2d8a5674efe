"""What a policy is made of: rules on metrics, and waivers of rules."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

from fairwitness.audit.checked import Day, Said, said
from fairwitness.audit.policy.bounds import Decision, Operator, breach, decide
from fairwitness.audit.policy.selectors import Selector
from fairwitness.audit.records import Interval, Metric, MetricKey, Outcome, Severity, Text

OnOpen: TypeAlias = Literal["fail", "ignore"]
Alpha: TypeAlias = Annotated[float, Field(strict=True, gt=0, le=0.05)]
Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Named: TypeAlias = Annotated[str, Field(min_length=1)]
Words: TypeAlias = Annotated[
    Text,
    AfterValidator(said),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"en": {"type": "string", "minLength": 1}},
                    "required": ["en"],
                    "additionalProperties": {"type": "string"},
                },
            ]
        }
    ),
]
"""A text for readers: a string, or one for each language, English always."""

FIRST_YEAR = 2000
"""A waiver that ends before it was made with a mistake: a year of two digits, say."""


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


class Rule(Section):
    """A bound on the interval of every metric that `select` takes, or on that of its change.

    `relative_to = "baseline"` judges the change since the run that `--baseline` names: after minus before, of a ratio
    after over before.
    `min_effect`: a breach whose value lies less than this beyond the bound is inconclusive, not a failure.
    `fail_alpha`: how often, at most, a rule may fail where nothing is breached; a pass is decided at 0.05 all the same.
    `reason` and `source`: why the bound is what it is, and where it comes from; both are for readers alone.
    """

    id: Said
    select: Named
    op: Operator
    value: Number
    min_n: int | None = Field(default=None, ge=1, strict=True)
    min_effect: Number | None = Field(default=None, ge=0)
    fail_alpha: Alpha | None = None
    on_not_measured: OnOpen | None = None
    on_inconclusive: OnOpen | None = None
    severity: Severity | None = None
    reason: Words | None = None
    source: Words | None = None
    relative_to: Literal["baseline"] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        Selector.from_text(self.select)
        if self.op == "within" and self.value < 0:
            raise ValueError(f"rule {self.id!r}: 'within' needs a distance of 0 or more, got {self.value}")
        return self

    @cached_property
    def selector(self) -> Selector:
        """`select`, read."""
        return Selector.from_text(self.select)

    def breach(self, metric: Metric, value: float) -> float:
        """How far a value of the metric lies beyond the bound; negative on the allowed side."""
        return breach(self.op, self.value, metric.null, value)

    def decide(self, metric: Metric, interval: Interval) -> Decision:
        """Where an interval of the metric lies: wholly on the allowed side, wholly on the other, or on both."""
        return decide(self.op, self.value, metric.null, interval)

    @property
    def condition(self) -> str:
        """The rule as a reader sees it, such as `>= 0.8`, or `change >= -0.02` since a baseline."""
        return f"{'change ' if self.relative_to else ''}{self.op} {self.value:g}"


class AppliedRule(Rule):
    """A rule with the policy's defaults where it gives no key itself."""

    min_n: int
    min_effect: float
    fail_alpha: float
    on_not_measured: OnOpen
    on_inconclusive: OnOpen
    severity: Severity

    @classmethod
    def of(cls, rule: Rule, defaults: Defaults) -> Self:
        """The rule under these defaults."""
        return cls(**{**defaults.model_dump(), **rule.model_dump(exclude_none=True)})

    def leaves_open(self, outcome: Outcome) -> bool:
        """Whether a key says that such an outcome does not count."""
        match outcome:
            case "not_measured":
                return self.on_not_measured == "ignore"
            case "inconclusive":
                return self.on_inconclusive == "ignore"
            case "pass" | "fail" | "likely_violated" | "waived":
                return False


class Waiver(Section):
    """A breach that a named person accepts until a date. `max_value` is the worst value that is still accepted.

    `select` takes exactly what it names: a metric without groups, unless they stand in brackets or `[*]` takes any.
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
        if self.selector is not None and self.selector.probe == self.selector.metric == "*":
            raise ValueError(f"a waiver names 'probe/metric', with groups in brackets; {self.select!r} names neither")
        if self.expires.year < FIRST_YEAR:
            raise ValueError(f"a waiver cannot expire in {self.expires.year}, got {self.expires}")
        if self.created is not None and self.created > self.expires:
            raise ValueError(f"a waiver made on {self.created} cannot expire on {self.expires}")
        return self

    @cached_property
    def selector(self) -> Selector | None:
        """`select`, read; None where the waiver names a fingerprint."""
        return None if self.select is None else Selector.from_text(self.select)

    def takes(self, probe: str, metric: Metric, fingerprint: str) -> bool:
        """Whether the waiver speaks of this metric."""
        if self.selector is None:
            return self.fingerprint == fingerprint
        return self.selector.takes_exactly(probe, metric)

    def is_near(self, probe: str, metric: Metric) -> bool:
        """Whether the waiver names this metric of this probe, of other groups or marks."""
        selector = self.selector
        return selector is not None and selector.takes_name(probe, metric.name) and not self.takes(probe, metric, "")

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


def fingerprint(probe: str, metric: MetricKey, family: str) -> str:
    """Twelve hexadecimal digits that name a finding across runs of one model family."""
    named = json.dumps([probe, *metric, family], ensure_ascii=False)
    return hashlib.sha256(named.encode(errors="surrogatepass")).hexdigest()[:12]
