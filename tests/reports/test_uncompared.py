"""A run that was to be compared with an earlier one and was not says so, in words, in everything a reviewer sees."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from golden.sample import sample

from fairwitness.audit import document
from fairwitness.audit.outcomes import contradiction
from fairwitness.audit.records import Audit, Baseline, Uncompared, VerdictChange
from fairwitness.reports import FORMATS, terminal
from fairwitness.reports.outputs import github, junit, sarif

HOSTILE = "x]]>&<blink>\n::error::no `$(id)` | %0A"


BASELINE = Baseline(
    folder="b",
    sha256="0" * 64,
    spec="m",
    fingerprint="",
    started="",
    outcome="pass",
    changes=(),
    verdicts=(),
    flips=(),
    not_compared=(),
    warnings=(),
)


def uncompared(kind: str, reason: str = "main has no audit yet") -> Audit:
    made = replace(sample(), uncompared=Uncompared(kind=kind, reason=reason))  # type: ignore[arg-type]
    return document.from_json(json.loads(document.dump(document.to_json(made))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "words"),
    [("none", "Not compared with an earlier run"), ("left_out", "does not fit this run and was left out")],
)
def test_every_output_for_people_says_that_nothing_was_compared_and_why(kind: str, words: str) -> None:
    audit = uncompared(kind)
    drawn = {
        "page": str(FORMATS["html"].draw(audit)["report.html"]),
        "summary": github.summary(audit),
        "comment": github.comment(audit),
        "Markdown": str(FORMATS["md"].draw(audit)["report.md"]),
        "terminal": terminal.render(audit, 200),
        "annotations": "\n".join(github.workflow_commands(audit)),
        "JUnit": junit.render(audit),
        "SARIF": sarif.render(audit),
    }
    for name, text in drawn.items():
        assert words in text, name
        assert "main has no audit yet" in text, name
    assert drawn["annotations"].startswith("::notice::" if kind == "none" else "::warning::")
    case = ET.fromstring(drawn["JUnit"]).find("testsuite/testcase[@name='baseline']/skipped")  # noqa: S314 - ours
    assert case is not None, "a case that is skipped is seen; one that is not there is not missed"


def test_a_run_that_nobody_wanted_compared_says_nothing_of_it() -> None:
    audit = sample()
    assert "Not compared with an earlier run" not in github.summary(audit)
    assert "uncompared" not in document.to_json(audit)
    assert not [text for text in github.workflow_commands(audit) if "earlier run" in text]


@pytest.mark.slow
def test_the_reason_breaks_out_of_no_output() -> None:
    audit = uncompared("left_out", HOSTILE)
    (first, *_) = github.workflow_commands(audit)
    assert "\n" not in first
    assert "%0A" not in first.replace("%250A", "")
    assert "\n::error" not in github.summary(audit)
    assert "<blink>" not in str(FORMATS["html"].draw(audit)["report.html"])
    ET.fromstring(junit.render(audit))  # noqa: S314 - ours


def test_problems_say_whether_they_are_new_since_the_baseline() -> None:
    """SARIF asks that all results of a run have a state, or none."""
    audit = sample()
    plain = json.loads(sarif.render(audit))["runs"][0]["results"]
    assert not [result for result in plain if "baselineState" in result]
    told = [verdict for verdict in audit.verdicts if verdict.asked and verdict.outcome not in ("pass", "not_measured")]
    turns = ("new_failure", "changed", "unchanged")
    changes = tuple(
        VerdictChange(
            rule=verdict.rule,
            probe=verdict.probe,
            metric=verdict.metric,
            by=verdict.by,
            against=verdict.against,
            variant=verdict.variant,
            before="pass",
            after=verdict.outcome,
            turn=turn,  # type: ignore[arg-type]
            gated=True,
        )
        for verdict, turn in zip(told, turns, strict=False)
    )
    base = replace(BASELINE, verdicts=changes)
    results = json.loads(sarif.render(replace(audit, baseline=base)))["runs"][0]["results"]
    states = {result["partialFingerprints"]["fairwitness/v1"]: result["baselineState"] for result in results}
    assert [states.pop(verdict.fingerprint) for verdict in told[:3]] == ["new", "updated", "unchanged"]
    assert set(states.values()) == {"new"}, "what the baseline says nothing of is new"


def test_a_document_that_was_and_was_not_compared_is_refused() -> None:
    """By hand one could hide new failures behind it, or take the baseline away that a pass on a change rests on."""
    audit = sample()
    [*others, last] = audit.verdicts
    passed = replace(last, relative_to="baseline", outcome="pass", ground="inside", waived_from=None, counts=False)
    assert "judges a change since a baseline, and it has none" in contradiction(
        replace(audit, verdicts=(*others, passed))
    )
    open_still = replace(passed, outcome="not_measured", ground="no_baseline")
    assert contradiction(replace(audit, verdicts=(*others, open_still))) == ""
    assert "says that it was compared with none" in contradiction(
        replace(audit, baseline=BASELINE, uncompared=Uncompared(kind="none", reason="x"))
    )
