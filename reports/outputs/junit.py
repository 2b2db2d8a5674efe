"""JUnit XML: a suite for each probe and a case for each rule, metric and group, for the test page of a pipeline.

What stops a release is a failure; warnings, what is waived and what a key of the policy leaves open are skipped and say
so; a crashed probe is an error. The first suite holds the outcome of the run as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from fairwitness.audit.records import Audit, Failed, NotApplicable, ProbeResult
from fairwitness.reports.headline import headline
from fairwitness.reports.outputs.cases import CRASHED, OUTCOME, RUN, Case, cases
from fairwitness.reports.since import lines, uncompared_of
from fairwitness.reports.text import clean, line

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold, written out or not."""
BASELINE = "baseline"
"""The case of a run that was to be compared with an earlier one, and was not."""
COUNTED = ("failure", "error", "skipped")


def render(audit: Audit) -> str:
    """The whole file."""
    root = Element("testsuites", name=RUN)
    _outcome(root, audit)
    by_probe: dict[str, list[Case]] = {result.probe.name: [] for result in audit.results}
    for case in cases(audit):
        by_probe.setdefault(case.verdict.probe, []).append(case)
    results = {result.probe.name: result for result in audit.results}
    seconds = audit.manifest.run.get("probe_seconds")
    for probe, members in by_probe.items():
        suite = SubElement(root, "testsuite", name=_text(probe))
        if isinstance(seconds, Mapping) and isinstance(spent := seconds.get(probe), int | float):
            suite.set("time", f"{spent:.3f}")
        _absence(suite, probe, results.get(probe))
        for case in members:
            _case(suite, case)
    for suite in root:
        _count(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _outcome(root: Element, audit: Audit) -> None:
    """The suite of the run as a whole: passed only where the exit code is 0."""
    suite = SubElement(root, "testsuite", name=RUN)
    subject, policy = audit.manifest.subject, audit.manifest.policy
    facts = {
        "model": subject.spec,
        "revision": subject.revision,
        "model_fingerprint": subject.fingerprint,
        "policy": policy.path,
        "policy_sha256": policy.sha256,
        "outcome": audit.outcome,
        "exit_code": str(audit.exit_code),
        "started": str(audit.manifest.run.get("started", "")),
        "fairwitness": audit.fairwitness_version,
    }
    _properties(suite, facts)
    case = SubElement(suite, "testcase", classname=RUN, name=OUTCOME)
    if audit.exit_code:
        kind = "failure" if audit.exit_code == 1 else "error"
        SubElement(case, kind, type=audit.outcome, message=_text(headline(audit)))
    if (none := uncompared_of(audit)) is not None:
        case = SubElement(suite, "testcase", classname=RUN, name=BASELINE)
        SubElement(case, "skipped", type=none.kind, message=_text(" ".join(lines(audit))))


def _absence(suite: Element, probe: str, result: ProbeResult | None) -> None:
    """A case for a probe that crashed or does not apply."""
    if not isinstance(result, Failed | NotApplicable):
        return
    case = SubElement(suite, "testcase", classname=f"{RUN}.{_text(probe)}", name="run")
    if isinstance(result, Failed):
        error = SubElement(case, "error", type=CRASHED, message=_text(result.reason))
        error.text = FORBIDDEN.sub("", clean(result.detail))
    else:
        SubElement(case, "skipped", type=result.status, message=_text(result.reason))


def _case(suite: Element, case: Case) -> None:
    verdict = case.verdict
    element = SubElement(suite, "testcase", classname=f"{RUN}.{_text(verdict.probe)}", name=_text(case.name))
    facts = {
        "rule": verdict.rule,
        "metric": verdict.metric,
        "outcome": verdict.outcome,
        "severity": verdict.severity,
        "fingerprint": verdict.fingerprint,
        "waiver": verdict.waiver,
    }
    _properties(element, facts)
    if case.standing != "passed":
        kind = "failure" if case.standing == "stops" else "skipped"
        SubElement(element, kind, type=verdict.outcome, message=_text(case.message))


def _properties(parent: Element, facts: Mapping[str, str]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in facts.items():
        if value:
            SubElement(properties, "property", name=name, value=_text(value))


def _count(suite: Element) -> None:
    members = suite.findall("testcase")
    suite.set("tests", str(len(members)))
    for kind in COUNTED:
        name = kind if kind == "skipped" else f"{kind}s"
        suite.set(name, str(sum(member.find(kind) is not None for member in members)))


def _text(text: str) -> str:
    return FORBIDDEN.sub("", line(text))
