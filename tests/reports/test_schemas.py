"""SARIF and code quality follow the published schemas, and what GitHub and GitLab ask beyond them, at the edges."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from golden.sample import sample
from hostile import Planter, corpus

from fairwitness.audit.records import Audit, PolicyInfo, Verdict
from fairwitness.reports.outputs import github, gitlab, sarif
from fairwitness.reports.outputs.cases import problems

SCHEMAS = Path(__file__).parents[1] / "schemas"
KIB = 1024


def validator(name: str, kind: type[Any]) -> Any:
    return kind(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


SARIF = validator("sarif-2.1.0.json", jsonschema.Draft4Validator)
GITLAB = validator("gitlab-code-quality.json", jsonschema.Draft7Validator)


def planted() -> Audit:
    return Planter(itertools.cycle(corpus())).audit(sample())


def with_policy(path: str) -> Audit:
    manifest = replace(sample().manifest, policy=PolicyInfo(path, "00", {"ratio": 12}))
    return replace(sample(), manifest=manifest)


def crashed() -> Audit:
    return replace(sample(), results=sample().results[-1:], verdicts=(), exit_code=3, outcome="incomplete")


AUDITS: dict[str, Callable[[], Audit]] = {
    "sample": sample,
    "hostile": planted,
    "crashed": crashed,
    "nothing": lambda: replace(sample(), results=(), verdicts=(), exit_code=0, outcome="reported"),
    "policy": lambda: with_policy("ci/my policy.toml"),
    "windows": lambda: with_policy("ci\\my policy.toml"),
    "absolute": lambda: with_policy("/builds/team/policy.toml"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", AUDITS)
def test_sarif_follows_the_schema(name: str) -> None:
    drawn = json.loads(sarif.render(AUDITS[name]()))
    assert [error.message for error in SARIF.iter_errors(drawn)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", AUDITS)
def test_code_quality_follows_the_schema(name: str) -> None:
    issues = json.loads(gitlab.render(AUDITS[name]()))
    for issue in issues:
        assert [error.message for error in GITLAB.iter_errors(issue)] == []
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")
    assert bool(issues) is (name != "nothing")


def test_the_schemas_refuse_what_is_wrong() -> None:
    drawn = json.loads(sarif.render(sample()))
    drawn["runs"][0]["results"][0]["level"] = "critical"
    assert not SARIF.is_valid(drawn)
    assert not GITLAB.is_valid({"description": "x"})


def many(count: int, **changes: Any) -> Audit:
    """A run whose verdicts alone are problems, so many of one kind."""
    failing = next(verdict for verdict in sample().verdicts if verdict.outcome == "fail")
    return replace(sample(), results=(), verdicts=tuple(numbered(failing, place, changes) for place in range(count)))


def numbered(verdict: Verdict, place: int, changes: dict[str, Any]) -> Verdict:
    return replace(verdict, rule=f"rule-{place}", fingerprint=f"{place:012d}", **changes)


@pytest.mark.parametrize(("count", "shown", "rest"), [(9, 9, 0), (10, 10, 0), (11, 10, 2), (12, 10, 3), (300, 10, 291)])
@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("error", {}),
        ("warning", {"severity": "warn", "counts": False}),
        ("notice", {"outcome": "waived", "counts": False, "waiver": "W-1"}),
    ],
)
def test_ten_annotations_of_a_kind_are_shown_and_the_tenth_counts_the_others(
    count: int, shown: int, rest: int, kind: str, changes: dict[str, Any]
) -> None:
    lines = [text for text in github.workflow_commands(many(count, **changes)) if text.startswith(f"::{kind}")]
    assert len(lines) == shown
    said = re.findall(r"(\d+) more of this kind", lines[-1])
    assert said == ([str(rest)] if rest else [])
    assert sum("(report.html#f-" in text for text in lines) + rest == count


def test_an_annotation_is_no_longer_than_github_takes() -> None:
    long = many(1, reason="字" * 20_000, waiver="字" * 20_000, outcome="waived", counts=False)
    long = replace(long, verdicts=(replace(long.verdicts[0], rule="规" * 400),))
    (text,) = [line for line in github.workflow_commands(long) if line.startswith("::notice")]
    head, _, message = text.removeprefix("::").partition("::")
    title = re.search(r"title=([^,]*)", head)
    assert title
    assert len(title[1]) == github.LONGEST_TITLE
    assert len(message.encode()) <= github.LONGEST_MESSAGE
    assert message.endswith(f"(report.html#f-{long.verdicts[0].fingerprint})")


@pytest.mark.slow
def test_a_summary_that_fits_to_the_byte_is_whole_and_one_byte_less_cuts_it() -> None:
    whole = github.summary(planted())
    size = len(whole.encode())
    assert github.summary(planted(), size) == whole
    cut = github.summary(planted(), size - 1)
    assert len(cut.encode()) < size
    assert cut.endswith("The report holds the rest.\n")
    assert f"above {github.LIMIT // KIB} KiB" in cut
    assert github.LIMIT == KIB * KIB


@pytest.mark.slow
@pytest.mark.parametrize("room", range(0, 4000, 173))
def test_a_cut_summary_never_passes_its_limit_and_never_ends_within_a_block(room: int) -> None:
    whole, cut = github.summary(planted()), github.summary(planted(), room)
    assert len(cut.encode()) <= room
    kept = cut.rpartition("\nCut here:")[0]
    assert whole.startswith(kept)
    assert kept.count("```") % 2 == 0


@pytest.mark.parametrize(("most", "shown"), [(1, 1), (11, 11), (12, 12), (13, 12)])
def test_code_scanning_gets_all_results_up_to_its_limit(most: int, shown: int) -> None:
    audit = many(12)
    assert len(problems(audit)) == 12
    (run,) = json.loads(sarif.render(audit, most=most))["runs"]
    notices = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert len(run["results"]) == shown
    assert [text for text in notices if "left out" in text] == (
        [] if most >= 12 else [f"{12 - most} result{'s are' if most < 11 else ' is'} left out: code scanning takes no "
                               "more. The report holds all of them."]
    )  # fmt: skip
    assert len(run["tool"]["driver"]["rules"]) == shown


@pytest.mark.slow
def test_twenty_five_thousand_results_are_written_and_no_more() -> None:
    (run,) = json.loads(sarif.render(many(sarif.MOST + 1)))["runs"]
    assert len(run["results"]) == sarif.MOST == 25_000
