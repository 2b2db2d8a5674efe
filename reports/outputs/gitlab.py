"""GitLab's code quality report: an issue for everything that did not pass, for the widget of a merge request."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from fairwitness.audit.records import Audit
from fairwitness.reports.outputs.cases import Problem, policy_file, policy_line, problems
from fairwitness.reports.text import line

DOCUMENT = "audit.json"
"""Where an issue points when the policy stands in no file of the user."""


def render(audit: Audit) -> str:
    """The whole file: a list, the worst first; fingerprints are unique, for GitLab drops the second of a kind."""
    path = (policy_file(audit) or DOCUMENT).removeprefix("./")
    seen: Counter[str] = Counter()
    issues = []
    for problem in problems(audit):
        seen[problem.fingerprint] += 1
        times = seen[problem.fingerprint]
        mark = problem.fingerprint if times == 1 else f"{problem.fingerprint}-{times}"
        issues.append(_issue(problem, mark, path, policy_line(audit, problem)))
    return json.dumps(issues, ensure_ascii=False, indent=1) + "\n"


def _issue(problem: Problem, mark: str, path: str, begin: int) -> dict[str, Any]:
    return {
        "description": line(problem.message) or problem.name,
        "check_name": line(problem.rule) or "–",
        "fingerprint": mark,
        "severity": _severity(problem),
        "location": {"path": path, "lines": {"begin": begin}},
    }


def _severity(problem: Problem) -> str:
    match problem.standing:
        case "stops":
            clear = problem.verdict is None or problem.verdict.outcome == "fail"
            return "critical" if clear else "major"
        case "warns":
            return "minor"
        case "set_aside" | "passed":
            return "info"
