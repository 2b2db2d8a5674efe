"""The JSON Schemas for editors: current, valid themselves, and of one mind with the code that reads the files."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fairwitness.audit import cli, config, policy
from fairwitness.audit.errors import UsageError
from fairwitness.audit.policy import Selector

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs"))
from make_toml_schemas import files as made  # noqa: E402
from make_toml_schemas import selector_pattern  # noqa: E402

RULE = {"id": "a", "select": "group_fairness/accuracy", "op": ">=", "value": 0.1}
WAIVER = {"select": "group_fairness/accuracy", "reason": "few", "owner": "risk", "expires": "2027-01-01"}


def schema(name: str) -> Mapping[str, Any]:
    folder, file = {"policy": ("policy", "policy.schema.json"), "settings": ("", "fairwitness.schema.json")}[name]
    found: Mapping[str, Any] = json.loads((files("fairwitness.audit") / folder / file).read_text(encoding="utf-8"))
    return found


def problems(name: str, tables: Mapping[str, Any]) -> list[str]:
    """What the schema finds in a TOML file's tables; editors hand dates over as texts."""
    plain = json.loads(
        json.dumps(tables, default=lambda value: value.isoformat() if isinstance(value, date) else str(value))
    )
    checker = jsonschema.Draft7Validator(schema(name), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    return [error.message for error in checker.iter_errors(plain)]


def test_the_files_are_what_the_code_gives() -> None:
    for path, content in made().items():
        assert path.read_text(encoding="utf-8") == content, "run python docs/make_toml_schemas.py"
        jsonschema.Draft7Validator.check_schema(json.loads(content))


def test_every_key_is_described() -> None:
    tree = schema("policy")
    for part in (tree, *tree["definitions"].values()):
        assert all(inner.get("description") for inner in part["properties"].values())
    assert all(inner.get("description") for inner in schema("settings")["properties"].values())


def test_what_the_package_ships_and_the_pages_show_is_valid() -> None:
    shipped = ROOT / "audit" / "policy" / "default_policy.toml"
    assert problems("policy", tomllib.loads(shipped.read_text(encoding="utf-8"))) == []
    shown = 0
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            tables = tomllib.loads(block)
            kind = "policy" if "rules" in tables else "settings" if "model" in tables or "suite" in tables else ""
            if kind:
                shown += 1
                assert problems(kind, tables) == [], (page.name, kind)
    assert shown >= 2


@pytest.mark.parametrize(
    ("rule", "waiver"),
    [
        ({"op": "=>"}, {}),
        ({"value": "0.8"}, {}),
        ({"valeu": 0.8}, {}),
        ({"value": None}, {}),
        ({"op": "within", "value": -0.8}, {}),
        ({"select": "accuracy"}, {}),
        ({"select": "role:bad"}, {}),
        ({"severity": "fatal"}, {}),
        ({"min_n": 0}, {}),
        ({"fail_alpha": 0.06}, {}),
        ({"reason": {"zh": "因为"}}, {}),
        ({"source": 3}, {}),
        ({"id": None}, {}),
        ({}, {"expires": None}),
        ({}, {"expires": "soon"}),
        ({}, {"expires": "2027-02-30"}),
        ({}, {"owner": ""}),
        ({}, {"select": None}),
        ({}, {"fingerprint": "0123456789ab"}),
        ({}, {"select": None, "fingerprint": "xyz"}),
        ({}, {"covers": ["everything"]}),
        ({}, {"max_value": "0.6"}),
        ({}, {"until": "2027-01-01"}),
    ],
)
def test_mistakes_in_a_policy_are_found_by_the_schema_as_by_the_code(
    rule: dict[str, Any], waiver: dict[str, Any]
) -> None:
    tables = {
        "version": 1,
        "rules": [{key: value for key, value in {**RULE, **rule}.items() if value is not None}],
        "waivers": [{key: value for key, value in {**WAIVER, **waiver}.items() if value is not None}],
    }
    assert problems("policy", {"version": 1, "rules": [RULE], "waivers": [WAIVER]}) == []
    assert problems("policy", tables)
    with pytest.raises(UsageError):
        policy.given(tables)


@pytest.mark.parametrize(
    "tables",
    [
        {"limmit": 3},
        {"limit": 0},
        {"seed": -1},
        {"suite": "defalt"},
        {"suite": "bias", "probes": ["gender"]},
        {"probes": "gender"},
        {"group": "sex"},
        {"probe": {"group_fairness": {"min_roes": 3}}},
        {"offline": "yes please"},
        {"unit": "x" * 81},
    ],
)
def test_mistakes_in_settings_are_found(tables: dict[str, Any], tmp_path: Path) -> None:
    assert problems("settings", {"model": "m", "suite": "bias", "limit": 3, "probe": {"mine": {"depth": 3}}}) == []
    assert problems("settings", tables)


def test_settings_that_the_code_refuses_are_no_others(tmp_path: Path) -> None:
    path = tmp_path / "fairwitness.toml"
    for text in ("limmit = 3", "limit = 0", "suite = 'bias'\nprobes = ['gender']", "probes = 3"):
        path.write_text(text)
        with pytest.raises(UsageError):
            config.load(path, {})


@pytest.mark.parametrize(
    "select",
    [
        "gender/gap",
        "weat|seat/association",
        'a/b[sex=F, race="a, b"]',
        "a/b[]",
        "a/b[*]",
        "tag:own_data",
        "tag:a role:bias",
        "a/b scope:detail",
        "scope:detail a/b",
        "ratio",
        "a b/c",
        "",
        "tag:",
        "a/b role:bad",
        "scope:all",
        "a/b c/d",
    ],
)
def test_the_pattern_of_selectors_takes_what_is_one(select: str) -> None:
    try:
        Selector.from_text(select)
        read = True
    except ValueError:
        read = False
    assert bool(re.search(selector_pattern(), select)) == read


def test_the_command_prints_and_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(["schema", "policy", "-o", str(tmp_path / "policy.json")]) == 0
    assert json.loads((tmp_path / "policy.json").read_text(encoding="utf-8")) == schema("policy")
    assert str(tmp_path / "policy.json") in capsys.readouterr().out
    for name, key in (("policy", "rules"), ("settings", "suite"), ("audit", "verdicts")):
        assert cli.invoke(["schema", name]) == 0
        assert key in json.loads(capsys.readouterr().out)["properties"]
    assert cli.invoke(["schema", "polcy"]) == 2
    assert "did you mean 'policy'?" in capsys.readouterr().err
