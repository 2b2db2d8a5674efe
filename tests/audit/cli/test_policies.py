"""`fairwitness policy`: what waivers cover, and what a policy would say of a run that is there."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fairwitness.audit import cli, document
from fairwitness.reports import html, markdown

ROWS = (
    [("m", "1")] * 150
    + [("m", "0")] * 50
    + [("f", "1")] * 60
    + [("f", "0")] * 140
    + [("x", "1")] * 60
    + [("x", "0")] * 140
)
RULE = 'version = 1\n[[rules]]\nid = "ratio"\nselect = "group_fairness/selection_rate_ratio"\nop = ">="\nvalue = {}\n'
WAIVER = '[[waivers]]\nselect = "{}"\nreason = "few people"\nowner = "risk"\nexpires = {}\n'
LATER = (datetime.now(UTC).date() + timedelta(days=400)).isoformat()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in which women and others are selected 0.4 times as often as men, which one rule forbids."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text("sex,d\n" + "".join(f"{sex},{decision}\n" for sex, decision in ROWS))
    (tmp_path / "own.toml").write_text(
        RULE.format(0.8) + WAIVER.format("group_fairness/selection_rate_ratio[sex=f]", LATER)
    )
    words = ["run", "predictions:d.csv", "-p", "group_fairness", "--prediction", "d", "--group", "sex"]
    assert cli.invoke([*words, "--reference", "sex=m", "--policy", "own.toml", "-o", "run", "-q"]) == 1
    return tmp_path


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tried(capsys: pytest.CaptureFixture[str], policy: str, code: int) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.invoke(["policy", "try", policy, "run", "--json"]) == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert answer["exit_code"] == code
    return answer


@pytest.mark.slow
def test_page_and_terminal_list_what_a_waiver_covered_and_what_it_did_not_name(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.invoke(["policy", "try", "own.toml", "run"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "Waiver of group_fairness/selection_rate_ratio[sex=f], owner risk, until" in said
    assert "waives group_fairness/selection_rate_ratio sex=f vs m (fail)" in said
    assert "does not name group_fairness/selection_rate_ratio sex=x vs m (fail)" in said
    assert "nothing: every rule on every result says the same" in said
    audit = document.read(run / "run")
    (use,) = audit.waivers
    assert sorted(meeting.effect for meeting in use.meetings) == ["not_named", "waived"]
    for language, words in (("en", "results of the same metric that it does not name"), ("zh", "但它没有指明的结果")):
        page = html.render(audit, language=language)
        section = page[page.index('id="waivers"') :].partition("</section>")[0]
        assert words in section
        assert section.count("sex=f vs m") == section.count("sex=x vs m") == 1
    assert "does not name group_fairness/selection_rate_ratio sex=x vs m" in markdown.render(audit)


@pytest.mark.slow
def test_a_policy_is_tried_without_touching_the_run(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashes(run / "run")
    (run / "mild.toml").write_text(RULE.format(0.1))
    answer = tried(capsys, "mild.toml", 0)
    assert answer["outcome"] == "pass"
    assert (answer["run"]["outcome"], answer["run"]["exit_code"]) == ("fail", 1)
    found = {
        change["by"]["sex"]: (change["before"]["outcome"], change["after"]["outcome"]) for change in answer["changes"]
    }
    assert found == {"f": ("waived", "pass"), "x": ("fail", "pass")}
    assert {verdict["outcome"] for verdict in answer["verdicts"] if verdict["asked"]} == {"pass"}
    assert cli.invoke(["policy", "try", "mild.toml", "run"]) == 0
    said = capsys.readouterr().out
    assert "ratio: fail (>= 0.8) → pass (>= 0.1): group_fairness/selection_rate_ratio sex=x vs m" in said
    assert "the run's own was fail, exit code 1" in said
    assert hashes(run / "run") == before


@pytest.mark.slow
def test_what_only_one_policy_has_is_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "other.toml").write_text(
        RULE.format(0.8).replace('"ratio"', '"another"').replace("value", "severity = 'warn'\nvalue")
    )
    answer = tried(capsys, "other.toml", 0)
    assert answer["outcome"] == "reported"
    assert {(change["rule"], change["before"] is None, change["after"] is None) for change in answer["changes"]} == {
        ("ratio", False, True),
        ("another", True, False),
    }
    assert cli.invoke(["policy", "try", "other.toml", "run"]) == 0
    assert "another: no such rule → fail (>= 0.8, warns)" in capsys.readouterr().out


@pytest.mark.slow
def test_the_shipped_policies_can_be_tried_and_give_the_code_of_a_run(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(capsys, "default", 1)["policy"]["path"] == "default"
    assert tried(capsys, "report-only", 0)["outcome"] == "reported"


@pytest.mark.slow
def test_many_rules_of_one_policy_alone_are_one_line_that_names_what_did_not_pass(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [RULE.format(0.1).partition("\n")[2].replace('"ratio"', f'"mild-{number}"') for number in range(8)]
    strict = RULE.format(0.9).partition("\n")[2].replace('"ratio"', '"strict"')
    (run / "many.toml").write_text("version = 1\n" + "".join(rules) + strict)
    assert cli.invoke(["policy", "try", "many.toml", "run"]) == 1
    said = capsys.readouterr().out
    assert "9 rules of this policy alone: fail 1 (strict), pass 8\n" in said
    assert "mild-0: no such rule" not in said
    assert "ratio: fail (>= 0.8, can fail a release) → no such rule" in said, "a few have their lines"


@pytest.mark.slow
def test_waivers_are_taken_as_of_today(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "late.toml").write_text(
        RULE.format(0.8) + WAIVER.format("group_fairness/selection_rate_ratio[*]", "2020-01-01")
    )
    answer = tried(capsys, "late.toml", 1)
    assert [meeting["effect"] for meeting in answer["waivers"][0]["meetings"]] == ["expired", "expired"]


@pytest.mark.slow
def test_mistakes_in_what_is_tried(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "wrong.toml").write_text(RULE.format(0.8).replace("rate_ratio", "rate_ration"))
    for arguments, message in (
        (["wrong.toml", "run"], "did you mean 'selection_rate_ratio'?"),
        (["absent.toml", "run"], "no file absent.toml"),
        (["own.toml", "nowhere"], "nowhere is no Fairwitness run"),
    ):
        capsys.readouterr()
        assert cli.invoke(["policy", "try", *arguments]) == 2
        assert message in capsys.readouterr().err


@pytest.mark.slow
def test_check_says_what_each_waiver_takes(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ratio = "group_fairness/selection_rate_ratio"
    targets = (ratio, f"{ratio}[*]", f"{ratio}[sex=f]", f"{ratio}[sex=f, *]", "gender/gap")
    (run / "waived.toml").write_text(
        RULE.format(0.8)
        + "".join(WAIVER.format(target, LATER) for target in targets)
        + WAIVER.format(ratio, LATER).replace("risk", "board")
        + WAIVER.format("", LATER).replace('select = ""', 'fingerprint = "0123456789ab"')
    )
    capsys.readouterr()
    assert cli.invoke(["policy", "check", "waived.toml"]) == 0
    said = capsys.readouterr().out
    for words in (
        "takes results that name no group; rules: ratio",
        "takes results of any groups; rules: ratio",
        "takes results of sex=f and of no further group; rules: ratio",
        "takes any result that names sex=f; rules: ratio",
        "no rule speaks of these: it waives nothing",
        "takes the one result of this fingerprint",
        f"CONTRADICTION: two waivers of {ratio} differ; the strictest ceiling holds",
    ):
        assert words in said


@pytest.mark.slow
def test_rules_about_a_change_look_at_the_baseline_of_the_run_or_at_one_that_is_named(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (run / "d.csv").write_text("sex,d\n" + "".join(f"{sex},{int(sex == 'm')}\n" for sex, _ in ROWS))
    words = ["run", "predictions:d.csv", "-p", "group_fairness", "--prediction", "d", "--group", "sex", "-q"]
    assert cli.invoke([*words, "--reference", "sex=m", "--policy", "report-only", "-o", "worse"]) == 0
    rule = RULE.format(-0.05).replace("rate_ratio", "rate_difference").replace(">=", "within").replace("-0.05", "0.05")
    (run / "change.toml").write_text(rule + 'relative_to = "baseline"\n')
    capsys.readouterr()
    assert cli.invoke(["policy", "try", "change.toml", "worse", "--json"]) != 0
    alone = json.loads(capsys.readouterr().out)
    assert {verdict["ground"] for verdict in alone["verdicts"] if verdict["asked"]} == {"no_baseline"}
    assert cli.invoke(["policy", "try", "change.toml", "worse", "--baseline", "run", "--json"]) != 0
    against = json.loads(capsys.readouterr().out)
    assert "no_baseline" not in {verdict["ground"] for verdict in against["verdicts"]}
    assert cli.invoke(["policy", "try", "change.toml", "worse", "--baseline", "nowhere"]) == 2
    own = [*words, "--reference", "sex=m", "--policy", "change.toml", "--baseline", "run", "-o", "changed"]
    assert cli.invoke(own) != 0
    capsys.readouterr()
    assert cli.invoke(["policy", "try", "change.toml", "changed", "--json"]) != 0
    again = json.loads(capsys.readouterr().out)
    assert again["changes"] == []
    assert again["verdicts"] == against["verdicts"]
    (run / "run" / "audit.json").write_text((run / "run" / "audit.json").read_text() + "\n")
    assert cli.invoke(["policy", "try", "change.toml", "changed", "--json"]) != 0
    said = capsys.readouterr()
    assert "is not there any more, or was changed" in said.err
    assert {verdict["ground"] for verdict in json.loads(said.out)["verdicts"] if verdict["asked"]} == {"no_baseline"}
