"""Reads a policy file and says what it covers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import chain
from pathlib import Path

from fairwitness.audit import toml_text
from fairwitness.audit.errors import BadPolicy, nearest
from fairwitness.audit.policy.rules import Policy, Rule, Waiver
from fairwitness.audit.policy.selectors import Selector, glob
from fairwitness.audit.records import DISTANCES, BoundInfo, PolicyInfo
from fairwitness.audit.toml_text import TomlText

DEFAULT = "default"
"""How the manifest names the policy that Fairwitness brings."""

REPORT_ONLY = "report-only"
"""The other policy that Fairwitness brings: the same rules, all of them warnings."""

GIVEN = "given in Python"
"""How messages and the manifest name a policy that stands in no file."""


def load(path: Path | None, today: date | None = None) -> tuple[Policy, PolicyInfo]:
    """The policy of a file, or Fairwitness's own for None or `report-only`, and the hash of its bytes.

    Raises BadPolicy with file, line and nearest valid key for the first mistake, and for a waiver that was made later
    than `today` (None: the clock's) is anywhere on earth.
    """
    name = DEFAULT if path is None else str(path)
    if path is None or name == REPORT_ONLY:
        packaged = Path(str(files("fairwitness.audit.policy") / "default_policy.toml"))
        source = toml_text.read(packaged, BadPolicy, "default policy")
    else:
        source = toml_text.read(path, BadPolicy)
    policy = _checked(source, today)
    if name == REPORT_ONLY:
        policy = policy.warning()
    lines = {} if name in (DEFAULT, REPORT_ONLY) else _lines(source, policy)
    return policy, PolicyInfo(name, source.sha256, lines, _bounds(policy))


def given(policy: str | Mapping[str, object], today: date | None = None) -> tuple[Policy, PolicyInfo]:
    """The policy of a TOML text or of its tables, and the hash of what was given. Raises BadPolicy as `load` does."""
    if isinstance(policy, str):
        source = toml_text.of_text(policy, BadPolicy, GIVEN)
    else:
        source = toml_text.of_tables(policy, GIVEN)
    read = _checked(source, today)
    return read, PolicyInfo(GIVEN, source.sha256, bounds=_bounds(read))


def _lines(source: TomlText, policy: Policy) -> dict[str, int]:
    """The line of each rule by its id, where the text shows it."""
    places = {
        rule.id: toml_text.line_of(source.text, ("rules", place, "id")) for place, rule in enumerate(policy.rules)
    }
    return {name: line for name, line in places.items() if line is not None}


def _bounds(policy: Policy) -> dict[str, BoundInfo]:
    """What the policy says of the bound of each rule, by its id."""
    return {
        rule.id: BoundInfo(rule.reason or "", rule.source or "") for rule in policy.rules if rule.reason or rule.source
    }


def _checked(source: TomlText, today: date | None) -> Policy:
    """The policy of a text that was read. Raises BadPolicy."""
    policy = toml_text.validate(Policy, source, BadPolicy)
    latest = (today or datetime.now(UTC).date()) + timedelta(days=1)
    for place, waiver in enumerate(policy.waivers):
        if waiver.created is not None and waiver.created > latest:
            where = source.where(("waivers", place, "created"))
            raise BadPolicy(f"{where}: the waiver of {waiver.owner} was made on {waiver.created}, which is yet to come")
    return policy


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which rules speak of which probes, and which waivers hold today."""

    rules: tuple[tuple[Rule, tuple[str, ...]], ...]
    ungated: tuple[str, ...]
    live: tuple[tuple[Waiver, int], ...]
    expired: tuple[Waiver, ...]


WHATEVER = "*"
"""Stands among the metrics of what names them itself, as a log of another harness does."""


def check_probes(policy: Policy, probes: Mapping[str, Collection[str]]) -> None:
    """Checks what rules name against the probes that are there, each with the names of the metrics that it declares.

    Raises BadPolicy for a rule that names a probe, or one of several, which is not installed, a metric that no probe of
    that name declares, or the change of one that has none.
    """
    for rule in policy.rules:
        for name in rule.selector.probe.split("|"):
            taken = [probe for probe in probes if glob(name, probe)]
            if not taken:
                raise BadPolicy(
                    f"rule {rule.id!r} speaks of the probe {name!r}, which is not installed{nearest(name, probes)} "
                    "(`fairwitness probes` lists those that are)"
                )
            declared = list(chain.from_iterable(probes[probe] for probe in taken))
            if all(WHATEVER in probes[probe] for probe in taken):
                continue
            _check_metric(rule, name, declared)
            _check_sign(rule, declared)


def _check_sign(rule: Rule, declared: Collection[str]) -> None:
    """Raises BadPolicy where a rule judges the change of nothing but distances without a sign, which have none."""
    metric = rule.selector.metric
    taken = [name for name in declared if glob(metric, name)]
    if rule.relative_to and metric != "*" and taken and all(name.endswith(DISTANCES) for name in taken):
        signed = [name for name in declared if name.startswith(metric) and not name.endswith(DISTANCES)]
        other = f"; name {signed[0]!r}, which has one" if signed else ""
        raise BadPolicy(
            f"rule {rule.id!r} judges the change of {metric!r} since a baseline: a distance without a sign has no "
            f"interval of its change{other}"
        )


def _check_metric(rule: Rule, probe: str, declared: Sequence[str]) -> None:
    """Raises BadPolicy where a rule names none of the metrics that its probe declares, or all probes of that name."""
    metric = rule.selector.metric
    if metric != "*" and not any(glob(metric, name) for name in declared):
        whose = "no probe declares" if probe == "*" else f"the probe {probe!r} does not declare"
        raise BadPolicy(
            f"rule {rule.id!r} speaks of the metric {metric!r}, which {whose}{nearest(metric, declared)} "
            "(`fairwitness probes NAME` lists those of a probe)"
        )


def coverage(policy: Policy, probes: Iterable[str], today: date) -> Coverage:
    """Rules by probe, probes that no rule names, and waivers with the days they have left."""
    names = tuple(probes)
    covered: Mapping[str, tuple[str, ...]] = {
        rule.id: tuple(name for name in names if rule.selector.takes_probe(name)) for rule in policy.rules
    }
    reached = set().union(*covered.values())
    return Coverage(
        rules=tuple((rule, covered[rule.id]) for rule in policy.rules),
        ungated=tuple(name for name in names if name not in reached),
        live=tuple((waiver, (waiver.expires - today).days) for waiver in policy.waivers if waiver.expires >= today),
        expired=tuple(waiver for waiver in policy.waivers if waiver.expires < today),
    )


def rules_of(waiver: Waiver, policy: Policy, probes: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The rules that can judge a metric which a waiver names, of those that probes declare; groups aside."""
    selector = waiver.selector
    if selector is None:
        return tuple(rule.id for rule in policy.rules)
    named = [(probe, name) for probe, names in probes.items() for name in names]
    return tuple(rule.id for rule in policy.rules if any(_meet(selector, rule.selector, *metric) for metric in named))


def _meet(waiver: Selector, rule: Selector, probe: str, metric: str) -> bool:
    """Whether waiver and rule can name one metric of this name; of no declared name, whether either takes the other."""
    if metric != WHATEVER:
        return waiver.takes_name(probe, metric) and rule.takes_name(probe, metric)
    alike = glob(waiver.metric, rule.metric) or glob(rule.metric, waiver.metric)
    return waiver.takes_probe(probe) and rule.takes_probe(probe) and alike
