"""SARIF 2.1.0 for code scanning: a result for everything that did not pass, at the policy that asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fairwitness.audit.records import Audit, NotApplicable, Turn, metric_key
from fairwitness.reports.headline import headline
from fairwitness.reports.i18n import both
from fairwitness.reports.outputs.cases import RUN, Problem, Standing, policy_file, policy_line, problems
from fairwitness.reports.since import lines, uncompared_of
from fairwitness.reports.text import line

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 25_000
"""Results that code scanning takes of one run."""
STATES: Mapping[Turn, str] = {
    "new_failure": "new",
    "only_new": "new",
    "changed": "updated",
    "unchanged": "unchanged",
}
"""What SARIF calls what a verdict did since the baseline; results that are no longer there are not listed."""
LEVELS: Mapping[Standing, str] = {"stops": "error", "warns": "warning", "set_aside": "note"}
DOCUMENT = "audit.json"
"""Where a result points when the policy stands in no file of the user."""


def render(audit: Audit, most: int = MOST) -> str:
    """The whole file, with at most so many results, those that weigh most first; it says how many are left out."""
    listed = problems(audit)
    shown = listed[:most]
    run = {
        "tool": {"driver": _driver(audit, shown)},
        "invocations": [_invocation(audit, len(listed) - len(shown))],
        "columnKind": "unicodeCodePoints",
        "results": [
            {**_result(problem, place(audit), policy_line(audit, problem)), **state}
            for problem, state in zip(shown, _states(audit, shown), strict=True)
        ],
        "properties": {
            "outcome": audit.outcome,
            "model": line(audit.manifest.subject.spec),
            "policySha256": line(audit.manifest.policy.sha256),
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1) + "\n"


def place(audit: Audit) -> str:
    """The policy file as a URI reference, else the document of the run."""
    path = (policy_file(audit) or DOCUMENT).replace("\\", "/")
    return f"file://{quote(path)}" if path.startswith("/") else quote(path)


def _states(audit: Audit, shown: Sequence[Problem]) -> list[dict[str, str]]:
    """What each result is beside the baseline; what that says nothing of is new, and without one none has a state."""
    if audit.baseline is None:
        return [{} for _ in shown]
    turned = {(change.rule, *change.key): STATES.get(change.turn, "new") for change in audit.baseline.verdicts}
    states = []
    for problem in shown:
        verdict = problem.verdict
        if verdict is None:
            states.append({"baselineState": "new"})
            continue
        key = metric_key(verdict.metric, verdict.by, verdict.against, verdict.variant)
        states.append({"baselineState": turned.get((verdict.rule, verdict.probe, key), "new")})
    return states


def _driver(audit: Audit, shown: Sequence[Problem]) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {}
    for problem in shown:
        text = {"text": _said(problem.verdict.condition if problem.verdict else problem.name)}
        level = {"level": "warning" if problem.verdict and problem.verdict.severity == "warn" else "error"}
        about = {"shortDescription": text, "help": text, "defaultConfiguration": level}
        rules.setdefault(_said(problem.rule), {"id": _said(problem.rule), **about})
    return {"name": RUN, "version": line(audit.fairwitness_version), "rules": list(rules.values())}


def _invocation(audit: Audit, left_out: int) -> dict[str, Any]:
    """How the run ended, which probes do not apply, and how many results did not fit."""
    notes = [
        _notice("note", f"{line(result.probe.title)}: {line(result.reason)}")
        for result in audit.results
        if isinstance(result, NotApplicable)
    ]
    notes += [_notice("warning", text) for text in (lines(audit) if uncompared_of(audit) else ())]
    if left_out:
        notes.append(_notice("warning", str(both("output.left_out", n=left_out))))
    return {
        "executionSuccessful": audit.exit_code in (0, 1),
        "exitCode": audit.exit_code,
        "exitCodeDescription": _said(str(headline(audit))),
        "toolExecutionNotifications": notes,
    }


def _notice(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _said(text)}}


def _result(problem: Problem, uri: str, start: int) -> dict[str, Any]:
    verdict = problem.verdict
    result: dict[str, Any] = {
        "ruleId": _said(problem.rule),
        "level": LEVELS[problem.standing],
        "message": {"text": _said(problem.message)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": start}}}],
        "partialFingerprints": {
            "fairwitness/v1": problem.fingerprint,
            "primaryLocationLineHash": f"{problem.fingerprint}:1",  # GitHub tells alerts apart by this one alone
        },
        "properties": {"probe": problem.probe, "name": problem.name, "outcome": verdict.outcome if verdict else "fail"},
    }
    if verdict and verdict.outcome == "waived":
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": _said(line(verdict.waiver))}
        ]
    return result


def _said(text: str) -> str:
    """A text that is never empty."""
    return line(text) or "–"
