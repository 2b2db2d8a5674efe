"""What an in-toto test result says of an audit: passed, warned or failed, and which rules did.

https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md, version 0.1. What the run was made with
stands under `configuration`; a reader ignores the key `fairwitness`, as of any that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from fairwitness.audit.records import Audit
from fairwitness.reports.outputs.cases import Case, Problem, cases, problems
from fairwitness.reports.text import line


def predicate(audit: Audit) -> dict[str, Any]:
    """The predicate of the statement."""
    judged = cases(audit)
    of_run = [problem for problem in problems(audit) if problem.verdict is None]
    return {
        "result": result(audit),
        "configuration": [*_configuration(audit)],
        "passedTests": [_name(case) for case in judged if case.standing == "passed"],
        "warnedTests": [_name(case) for case in judged if case.standing in ("warns", "set_aside")],
        "failedTests": [
            *(_of_run(problem) for problem in of_run),
            *(_name(case) for case in judged if case.standing == "stops"),
        ],
        "fairwitness": {
            "version": line(audit.fairwitness_version),
            "outcome": audit.outcome,
            "exitCode": audit.exit_code,
            "started": line(str(audit.manifest.run.get("started", ""))),
        },
    }


def result(audit: Audit) -> Literal["PASSED", "WARNED", "FAILED"]:
    """Passed only where the policy passed the run; what no rule could fail, or what a rule warned of, is warned."""
    if audit.exit_code:
        return "FAILED"
    warned = any(case.standing != "passed" for case in cases(audit))
    return "PASSED" if audit.outcome == "pass" and not warned else "WARNED"


def _configuration(audit: Audit) -> Iterator[dict[str, Any]]:
    """The model, the policy and the data, each with its hash."""
    subject, policy = audit.manifest.subject, audit.manifest.policy
    named = [
        ("model", subject.spec, "fairwitness", subject.fingerprint),
        ("policy", policy.path, "sha256", policy.sha256),
    ]
    named += [("data", data.source, "sha256", data.sha256) for data in audit.manifest.data]
    for role, name, algorithm, digest in named:
        entry = {"name": line(name) or role, "annotations": {"role": role}}
        yield {**entry, **({"digest": {algorithm: line(digest)}} if digest else {})}


def _name(case: Case) -> str:
    return f"{line(case.verdict.probe)}/{case.name} #f-{line(case.verdict.fingerprint)}"


def _of_run(problem: Problem) -> str:
    return f"{problem.rule}: {problem.name} #f-{problem.fingerprint}"
