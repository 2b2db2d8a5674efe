"""The facts file: what is given and what is missing, every mistake in one message, and its way into the document."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from documented_facts import filled
from jsonschema import Draft202012Validator

import fairwitness
from fairwitness.audit import document, facts
from fairwitness.audit.cli import invoke
from fairwitness.audit.config import load as settings
from fairwitness.audit.errors import BadFacts, BadOption
from fairwitness.audit.facts.schema import first_day
from fairwitness.audit.records import FACTS, LISTS, Facts, fact_names

SHORT = """version = 1
[use]
intended = "Orders loans"
[[training_data]]
name = "Applications"
collected_from = 2019
collected_until = "2020-06"
[mitigation]
measures = ["Weights", "Thresholds"]
[sign_off]
name = "Ada"
role = "Risk"
date = 2026-01-31
"""
ROWS = "sex,granted\n" + "f,yes\nf,no\nm,yes\nm,no\n" * 20


def as_file(folder: Path, text: str) -> Path:
    path = folder / "facts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_fact_can_be_written_and_every_one_can_be_missing(tmp_path: Path) -> None:
    whole = facts.load(as_file(tmp_path, filled()))
    assert {fact.name for fact in whole.given} == set(fact_names())
    assert whole.missing == ()
    none = facts.load(as_file(tmp_path, facts.template()))
    assert none.given == ()
    assert none.missing == Facts().missing
    within_lists = {f"{table}.{key}" for table in LISTS for key in FACTS[table]}
    assert {missing.name for missing in none.missing} == set(fact_names()) - within_lists


def test_what_is_left_as_dots_is_a_mistake(tmp_path: Path) -> None:
    for line in re.findall(r"(?m)^# (\w+ = .*)$", facts.template()):
        kept = filled().replace(re.sub(r"…", "said", line), line, 1)
        kept = kept.replace(line.replace("…", "2024-02-01"), line, 1)
        assert "…" in kept
        with pytest.raises(BadFacts):
            facts.load(as_file(tmp_path, kept))


def test_facts_stand_word_for_word_and_what_is_missing_by_name(tmp_path: Path) -> None:
    read = facts.load(as_file(tmp_path, SHORT))
    assert read.sha256 == hashlib.sha256(SHORT.encode()).hexdigest()
    assert [(fact.name, fact.entry, fact.text) for fact in read.given] == [
        ("use.intended", "", "Orders loans"),
        ("training_data", "", "Applications"),
        ("training_data.collected_from", "Applications", "2019"),
        ("training_data.collected_until", "Applications", "2020-06"),
        ("mitigation.measures", "", "Weights"),
        ("mitigation.measures", "", "Thresholds"),
        ("sign_off.name", "", "Ada"),
        ("sign_off.role", "", "Risk"),
        ("sign_off.date", "", "2026-01-31"),
    ]
    missing = {(fact.name, fact.entry) for fact in read.missing}
    assert ("training_data.consent", "Applications") in missing
    assert ("audit_data", "") in missing
    assert ("training_data", "") not in missing


TOMORROW = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("intended", "intendet", ":3: unknown key 'intendet'; did you mean 'intended'?"),
        ("[use]", "[usage]\n[use]", ":2: unknown key 'usage'; did you mean 'use'?"),
        ('"Orders loans"', '""', ":3: 'intended': it must say something"),
        ('"Orders loans"', '" \\u200b"', ":3: 'intended': it must say something"),
        ('"Orders loans"', "7", ":3: 'intended': input should be a valid string, got 7"),
        ('"Weights"', '" "', ":9: it must say something"),
        ('["Weights", "Thresholds"]', "[]", ":9: 'measures' must not be empty"),
        ('"2020-06"', '"2018-12"', "'collected_until' (2018-12) lies before 'collected_from' (2019)"),
        ('"2020-06"', '"2020-13"', ":7: 'collected_until': there is no such day or month: 2020-13"),
        ('"2020-06"', '"June"', ":7: 'collected_until': write it as 2024, 2024-06 or 2024-06-30, got 'June'"),
        ('"2020-06"', "20.5", ":7: 'collected_until': write it as 2024, 2024-06 or 2024-06-30, got 20.5"),
        ("2019", "19", ":6: 'collected_from': write it as 2024, 2024-06 or 2024-06-30, got 19"),
        ('"2020-06"', '"9999"', ":7: 'collected_until': 9999 is yet to come"),
        ("2026-01-31", TOMORROW, f":13: 'date': {TOMORROW} is yet to come"),
        ("2026-01-31", '"31.1.2026"', ":13: 'date': a date is written as 2026-12-31, got '31.1.2026'"),
        ('role = "Risk"\n', "", "[sign_off] lacks 'role'"),
        ('name = "Applications"\n', "", "[[training_data]] number 1 lacks 'name'"),
        ("version = 1", "version = 2", ":1: 'version': input should be 1, got 2"),
        ("version = 1\n", "", "the file lacks 'version'"),
        (
            "[use]",
            '[[training_data]]\nname = "Applications"\n[use]',
            "[[training_data]] has the name 'Applications' twice",
        ),
        ("Orders loans", "x" * 10_001, ":3: 'intended': "),
    ],
)
def test_a_mistake_is_one_message_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = as_file(tmp_path, SHORT.replace(old, new, 1))
    with pytest.raises(BadFacts) as mistake:
        facts.load(path)
    said = str(mistake.value)
    assert said.startswith(str(path))
    assert message in said
    assert "\n" not in said


def test_more_than_a_page_holds_is_refused(tmp_path: Path) -> None:
    entry = '[[contacts]]\nname = "{name}"\naddress = "' + "x" * 9_990 + '"\n'
    eleven = "version = 1\n" + "".join(entry.format(name=name) for name in "abcdefghijk")
    with pytest.raises(BadFacts, match=r"says 109,901 characters, and a page holds 100,000"):
        facts.load(as_file(tmp_path, eleven))


def test_a_date_may_be_a_year_or_a_month() -> None:
    assert [first_day(text).isoformat() for text in ("2019", "2019-06", "2019-06-30")] == [
        "2019-01-01",
        "2019-06-01",
        "2019-06-30",
    ]


def test_the_command_line_writes_one_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(["facts", "new"]) == 0
    assert invoke(["facts", "check", "facts.toml"]) == 0
    assert "0 given, 18 missing" in capsys.readouterr().out
    assert invoke(["facts", "new"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert invoke(["facts", "check", "none.toml"]) == 2
    assert "no file none.toml" in capsys.readouterr().err


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "decisions.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(table: Path, *more: str) -> int:
    words = ["--prediction", "granted", "--group", "sex", "--favourable", "yes", "-p", "representation", "-q"]
    code: int = invoke(["run", f"predictions:{table}", *words, "-o", str(table.parent / "out"), *more])
    return code


@pytest.mark.slow
def test_facts_go_into_the_document_which_fits_its_schema(table: Path) -> None:
    path = as_file(table.parent, SHORT)
    run(table, "--facts", str(path))
    data = json.loads((table.parent / "out" / "audit.json").read_text(encoding="utf-8"))
    Draft202012Validator(document.schema()).validate(data)
    kept = data["manifest"]["facts"]
    assert (kept["source"], kept["sha256"]) == (str(path), hashlib.sha256(SHORT.encode()).hexdigest())
    assert document.read(table.parent / "out").manifest.facts == facts.load(path)
    assert f"--facts {path}" in data["manifest"]["config"]["command"]


def test_without_facts_all_of_them_are_missing_in_the_document(table: Path) -> None:
    run(table)
    assert document.read(table.parent / "out").manifest.facts == Facts()
    assert len(Facts().missing) == 18


def test_wrong_facts_stop_a_run_before_it_begins(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(table, "--facts", str(as_file(table.parent, SHORT.replace("intended", "intendet")))) == 2
    assert "did you mean 'intended'?" in capsys.readouterr().err
    assert not (table.parent / "out" / "audit.json").exists()


def test_a_settings_file_names_facts_beside_itself(tmp_path: Path) -> None:
    file = tmp_path / "fairwitness.toml"
    file.write_text('model = "x"\nfacts = "facts.toml"\n', encoding="utf-8")
    assert settings(file, {}, {}).facts == tmp_path / "facts.toml"
    assert settings(None, {"model": "x"}, {"FAIRWITNESS_FACTS": "f.toml"}).facts == Path("f.toml")


@pytest.mark.slow
def test_python_takes_a_file_a_text_and_a_mapping(table: Path) -> None:
    path = as_file(table.parent, SHORT)
    given = ({"version": 1, "use": {"intended": "Orders loans"}}, SHORT, path, str(path))
    for value in given:
        report = fairwitness.run(
            f"predictions:{table}",
            prediction="granted",
            group="sex",
            favourable="yes",
            probes="representation",
            facts=value,
            quiet=True,
        )
        kept = report.audit.manifest.facts
        assert kept.given[0].text == "Orders loans"
        assert kept.source == (str(path) if value in (path, str(path)) else "given in Python")
        assert len(kept.sha256) == 64
    with pytest.raises(BadOption, match="facts: give a file"):
        fairwitness.run(f"predictions:{table}", facts=7)  # type: ignore[arg-type]
