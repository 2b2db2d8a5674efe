"""`fairwitness policy`: what a policy covers, and what it would say of a finished run."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairwitness.audit.cli.terminal import coloured, draw, say, say_json, tell

if TYPE_CHECKING:
    from fairwitness.audit.policy import Policy, VerdictDifference, Waiver
    from fairwitness.audit.records import Audit, Outcome, PolicyInfo, Since, Verdict

MOST_NAMED = 6
"""Results that a line names of a rule, and rules that have lines of their own where the other policy lacks them."""
OWN = "default"
"""How the policy that Fairwitness brings is named where a file is asked for."""


def check_policy(file: Path | None) -> int:
    """Prints what a valid policy covers. An invalid one raises BadPolicy."""
    from fairwitness.audit import policy, probe
    from fairwitness.audit.session.known import known_metrics
    from fairwitness.reports.terminal import counted

    read, info = policy.load(file)
    installed = probe.registry()
    known = known_metrics(installed.values())
    policy.check_probes(read, known)
    coverage = policy.coverage(read, known, _today())
    rules, waivers = counted(len(read.rules), "rule", "rules"), counted(len(read.waivers), "waiver", "waivers")
    say(f"{info.path} is valid: {rules}, {waivers}, sha256 {info.sha256[:12]}")
    for rule, covered in coverage.rules:
        severity = rule.severity or read.defaults.severity
        effect = "can fail a release" if severity == "error" else "warns"
        say(f"  {rule.id}: {rule.select} {rule.condition}, {effect}; {_covers(covered)}")
        if rule.reason or rule.source:
            say(f"    {rule.reason or 'no reason is given'} ({rule.source or 'no source is given'})")
    bare = [rule.id for rule in read.rules if not rule.reason and not rule.source]
    if bare:
        say(f"Without a reason or a source for its number: {', '.join(bare)}")
    if ungated := [name for name in coverage.ungated if name in installed]:
        say(f"No rule speaks of: {', '.join(ungated)}")
    for waiver, days in coverage.live:
        say(f"  waiver of {waiver.target}, {counted(days, 'day', 'days')} left: {waiver}")
        say(f"    {_reach(waiver, policy.rules_of(waiver, read, known))}")
    for waiver in coverage.expired:
        say(f"  waiver of {waiver.target} EXPIRED and waives nothing: {waiver}")
    for first, second in policy.contradictions(read.waivers, _today()):
        say(f"  CONTRADICTION: two waivers of {first.target} differ; the strictest ceiling holds: {first} / {second}")
    return 0


def try_policy(file: Path, folder: Path, *, baseline: Path | None, as_json: bool) -> int:
    """Prints what a policy would say of a run and what differs from the run's own verdicts; gives the exit code.

    `baseline` is the run that rules look at which judge a change; None: the one that the run was compared with.
    """
    from fairwitness.audit import document, policy, probe
    from fairwitness.audit.session.known import known_metrics
    from fairwitness.reports import terminal

    before = document.read(folder)
    read, info = policy.load(None if str(file) == OWN else file)
    known: dict[str, Collection[str]] = dict(known_metrics(probe.registry().values()))
    for name, metrics in policy.metrics_of_run(before).items():
        known[name] = frozenset({*known.get(name, ()), *metrics})
    policy.check_probes(read, known)
    today = _today()
    after = policy.tried(before, read, info, today, _since(read, before, folder, baseline))
    changes = policy.changes(before, after)
    if as_json:
        say_json(_tree(before, after, changes, today))
        return after.exit_code
    draw(terminal.render(after, shutil.get_terminal_size((100, 24)).columns, coloured()) + "\n")
    say(f"What {_called(info)} says otherwise than the run's own, {_called(before.manifest.policy)}:")
    lines = _lines(changes, before, after)
    for text in lines or ["nothing: every rule on every result says the same"]:
        say(f"  {text}")
    was, now = (f"{audit.outcome.replace('_', ' ')}, exit code {audit.exit_code}" for audit in (before, after))
    say(f"verdict: {now}; the run's own was {was}. Waivers as of {today.isoformat()}. Nothing was written.")
    return after.exit_code


def _since(read: Policy, audit: Audit, folder: Path, named: Path | None) -> Since | None:
    """What changed since a baseline, where rules judge it; None where there is none, or it is no longer what it was."""
    from fairwitness.audit.errors import BadRun
    from fairwitness.audit.session import baseline

    if not any(rule.relative_to for rule in read.rules):
        return None
    if named is not None:
        return baseline.read(named, folder).since(audit)
    if audit.baseline is None:
        return None
    try:
        against = baseline.read(Path(audit.baseline.folder), folder)
    except BadRun:
        against = None
    if against is None or against.sha256 != audit.baseline.sha256:
        tell(f"The baseline {audit.baseline.folder} is not there any more, or was changed: name one with --baseline")
        return None
    return against.since(audit)


def _today() -> date:
    return datetime.now(UTC).date()


def _called(info: PolicyInfo) -> str:
    return f"{info.path} (sha256 {info.sha256[:12]})"


def _covers(probes: Sequence[str]) -> str:
    return f"speaks of {', '.join(probes)}" if probes else "speaks of no probe that is installed"


def _reach(waiver: Waiver, rules: Sequence[str]) -> str:
    """Exactly which results a waiver takes, and under which rules."""
    selector = waiver.selector
    if selector is None:
        return "takes the one result of this fingerprint, under whatever rule"
    named = ", ".join(f"{key}={value}" for key, value in selector.groups or ())
    if selector.widened:
        which = f"any result that names {named}" if named else "results of any groups"
    else:
        which = f"results of {named} and of no further group" if named else "results that name no group"
    marks = " ".join([*selector.tags, *selector.roles, *selector.scopes])
    which += f" (marked {marks})" if marks else ""
    under = f"rules: {', '.join(rules)}" if rules else "no rule speaks of these: it waives nothing"
    return f"takes {which}; {under}"


def _lines(changes: Sequence[VerdictDifference], before: Audit, after: Audit) -> list[str]:
    """The changes rule by rule: what it was, what it would be, on which results; many rules of one side on one line."""
    ours, theirs = ({verdict.rule for verdict in audit.verdicts} for audit in (before, after))
    sides = {"of the run's own policy alone": ours - theirs, "of this policy alone": theirs - ours}
    folded: set[str] = set()
    last = []
    for where, names in sides.items():
        outcomes = _outcomes(changes, names)
        if len(outcomes) > MOST_NAMED:
            folded |= set(outcomes)
            last.append(f"{len(outcomes)} rules {where}: {_worst(outcomes)}")
    return [*_by_rule([change for change in changes if change.verdict.rule not in folded]), *last]


def _outcomes(changes: Sequence[VerdictDifference], names: Collection[str]) -> dict[str, list[Outcome]]:
    """What each of these rules said."""
    outcomes: dict[str, list[Outcome]] = {}
    for change in changes:
        if change.verdict.rule in names:
            outcomes.setdefault(change.verdict.rule, []).append(change.verdict.outcome)
    return outcomes


def _worst(rules: Mapping[str, Sequence[Outcome]]) -> str:
    """How many rules came to which outcome at worst, with the names of those that did not pass."""
    from fairwitness.audit.comparison.verdicts import WORST

    worst = {name: min(outcomes, key=WORST.index) for name, outcomes in rules.items()}
    said = []
    for outcome in WORST:
        names = [name for name, gravest in worst.items() if gravest == outcome]
        listed = "" if outcome == "pass" else f" ({', '.join(names[:MOST_NAMED])}{_more(len(names) - MOST_NAMED)})"
        said += [f"{outcome.replace('_', ' ')} {len(names)}{listed}"] if names else []
    return ", ".join(said)


def _by_rule(changes: Sequence[VerdictDifference]) -> list[str]:
    alike: dict[tuple[str, str, str], list[str]] = {}
    for change in changes:
        key = (change.verdict.rule, _said(change.before, change.after), _said(change.after, change.before))
        alike.setdefault(key, []).append(_name(change.verdict))
    return [
        f"{rule}: {before} → {after}: {', '.join(names[:MOST_NAMED])}{_more(len(names) - MOST_NAMED)}"
        for (rule, before, after), names in alike.items()
    ]


def _more(rest: int) -> str:
    return f" and {rest} more" if rest > 0 else ""


def _said(verdict: Verdict | None, other: Verdict | None) -> str:
    """Outcome, and limit and weight where these differ from the other verdict's."""
    if verdict is None:
        return "no such rule"
    if not verdict.asked:
        return "not asked"
    parts = [verdict.outcome.replace("_", " ")]
    if other is None or verdict.condition != other.condition:
        parts.append(verdict.condition)
    if other is None or verdict.severity != other.severity:
        parts.append("can fail a release" if verdict.severity == "error" else "warns")
    elif verdict.outcome == other.outcome and verdict.counts != other.counts:
        parts.append("counts" if verdict.counts else "does not count")
    return parts[0] if len(parts) == 1 else f"{parts[0]} ({', '.join(parts[1:])})"


def _name(verdict: Verdict) -> str:
    from fairwitness.reports.labels import Labels

    return Labels.of(verdict).named(f"{verdict.probe}/{verdict.metric}")


def _tree(before: Audit, after: Audit, changes: Sequence[VerdictDifference], today: date) -> dict[str, Any]:
    """The whole answer as JSON: verdicts and waivers as in a document."""
    from fairwitness.audit import document

    spelled = document.to_json(after)
    return {
        "policy": spelled["manifest"]["policy"],
        "waivers_as_of": today.isoformat(),
        "outcome": after.outcome,
        "exit_code": after.exit_code,
        "verdicts": spelled["verdicts"],
        "waivers": spelled["waivers"],
        "run": {
            "policy": document.to_json(before)["manifest"]["policy"],
            "outcome": before.outcome,
            "exit_code": before.exit_code,
        },
        "changes": [_change(change) for change in changes],
    }


def _change(change: VerdictDifference) -> dict[str, Any]:
    verdict = change.verdict
    named: dict[str, Any] = {
        "rule": verdict.rule,
        "probe": verdict.probe,
        "metric": verdict.metric,
        "by": dict(verdict.by),
    }
    named |= {"against": verdict.against, "variant": dict(verdict.variant), "fingerprint": verdict.fingerprint}
    return {**named, "before": _weight(change.before), "after": _weight(change.after)}


def _weight(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    said = {"outcome": verdict.outcome, "condition": verdict.condition}
    return {**said, "severity": verdict.severity, "counts": verdict.counts, "asked": verdict.asked}
