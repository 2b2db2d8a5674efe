"""Every mistake in a policy file is told with its line and the nearest valid name."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from fairwitness.audit import policy
from fairwitness.audit.errors import BadPolicy

GOOD = """version = 1

[[rules]]
id = "selection"
select = "decisions/ratio"
op = ">="
value = 0.8
"""

WAIVER = """
[[waivers]]
select = "decisions/ratio[race=Asian]"
reason = "few people"
owner = "risk"
"""


def load(tmp_path: Path, text: str) -> policy.Policy:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    return policy.load(file)[0]


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    read = load(
        tmp_path, GOOD + "min_n = 30\n[defaults]\non_inconclusive = 'ignore'\n" + WAIVER + "expires = 2027-01-31"
    )
    (rule,) = read.rules
    assert (rule.id, rule.op, rule.value, rule.min_n) == ("selection", ">=", 0.8, 30)
    assert (read.defaults.on_not_measured, read.defaults.on_inconclusive) == ("fail", "ignore")
    assert read.waivers[0].expires == date(2027, 1, 31)


def test_the_line_of_each_rule_is_known_where_the_policy_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(GOOD + GOOD.partition("\n\n")[2].replace('"selection"', '"again"'))
    assert policy.load(file)[1].lines == {"selection": 4, "again": 9}
    assert policy.load(None)[1].lines == {}
    assert policy.given(GOOD)[1].lines == {}


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(GOOD)
    _, info = policy.load(file)
    assert info.path == str(file)
    assert info.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (GOOD + 'on_not_mesured = "fail"', 8, "unknown key 'on_not_mesured'; did you mean 'on_not_measured'?"),
        (GOOD.replace("value", "valeu"), 7, "unknown key 'valeu'; did you mean 'value'?"),
        (GOOD + "[default]\nmin_n = 3", 8, "unknown key 'default'; did you mean 'defaults'?"),
        (GOOD + "[defaults]\nmin_N = 3", 9, "unknown key 'min_N'; did you mean 'min_n'?"),
        ("verzion = 1\n" + GOOD, 1, "unknown key 'verzion'; did you mean 'version'?"),
        (GOOD + GOOD.split("\n\n")[1] + "colour = 1\n", 13, "unknown key 'colour' (known: id, select"),
        (GOOD + WAIVER, 9, "[[waivers]] number 1 lacks 'expires'"),
        (GOOD + WAIVER + "expires = 'soon'", 13, "'expires'"),
        (GOOD + WAIVER + "expires = 2026-01-01\ncreated = 2026-02-01", 9, "cannot expire on 2026-01-01"),
        (GOOD + WAIVER.replace("select", "# select") + "expires = 2027-01-01", 9, "either 'select' or 'fingerprint'"),
        (GOOD + WAIVER + "expires = 2027-01-01\nfingerprint = '0123456789ab'", 9, "either 'select' or 'fingerprint'"),
        (GOOD.replace(">=", "=>"), 6, "'op': input should be '<=', '>=' or 'within', got '=>'"),
        (GOOD.replace("0.8", "'0.8'"), 7, "'value': input should be a valid number"),
        (GOOD.replace("0.8", "true"), 7, "'value': input should be a valid number"),
        (GOOD.replace("0.8", "nan"), 7, "'value': input should be a finite number"),
        (GOOD.replace("decisions/ratio", "ratio"), 3, "neither 'probe/metric'"),
        (GOOD.replace(">=", "within").replace("0.8", "-0.8"), 3, "needs a distance of 0 or more"),
        (GOOD + 'relative_to = "main"', 8, "'relative_to': input should be 'baseline', got 'main'"),
        (GOOD.replace("version = 1", "version = 2"), 1, "'version': input should be 1, got 2"),
        (GOOD + "min_n = 0", 8, "greater than or equal to 1"),
        (GOOD + "severity = 'fatal'", 8, "'severity': input should be 'error' or 'warn', got 'fatal'"),
        ("version = 1\nrules = []", 2, "'rules' must not be empty"),
        ("version = 1\nrules = [{id = 'a', selekt = 'a/b', op = '<=', value = 1}]", 2, "did you mean 'select'?"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(BadPolicy) as mistake:
        load(tmp_path, text)
    told = str(mistake.value)
    assert told.startswith(f"{tmp_path / 'policy.toml'}:{line}: ")
    assert message in told
    assert "\n" not in told


def test_a_missing_part_a_double_id_and_what_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="the file lacks 'rules'"):
        load(tmp_path, "version = 1")
    with pytest.raises(BadPolicy, match="two rules have the id 'selection'"):
        load(tmp_path, GOOD + GOOD.split("\n\n")[1])
    with pytest.raises(BadPolicy, match=r"is no valid TOML: .*line 1"):
        load(tmp_path, "version = \n")
    with pytest.raises(BadPolicy, match="no file"):
        policy.load(tmp_path / "absent.toml")
    with pytest.raises(BadPolicy, match="is a folder: name a file"):
        policy.load(tmp_path)
    (tmp_path / "policy.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPolicy, match="not UTF-8"):
        policy.load(tmp_path / "policy.toml")


def test_coverage_tells_rules_by_probe_and_waivers_by_day(tmp_path: Path) -> None:
    more = WAIVER + "expires = 2026-12-01\n" + WAIVER + "expires = 2026-11-01\n"
    found = policy.coverage(load(tmp_path, GOOD + more), ["decisions", "texts"], date(2026, 11, 22))
    assert [(rule.id, probes) for rule, probes in found.rules] == [("selection", ("decisions",))]
    assert found.ungated == ("texts",)
    assert [days for _, days in found.live] == [9]
    assert [waiver.expires.day for waiver in found.expired] == [1]
