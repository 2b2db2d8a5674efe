"""What a policy and its waivers may not say, and patterns that took longer than anybody waits."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwitness.audit import policy
from fairwitness.audit.errors import BadPolicy
from fairwitness.audit.policy.rules import fingerprint
from fairwitness.audit.policy.selectors import glob
from fairwitness.audit.records import metric_key

TODAY = date(2026, 11, 29)
RULE = 'version = 1\n[[rules]]\nid = "a"\nselect = "group_fairness/accuracy[]"\nop = ">="\nvalue = 0.1\n'
WAIVER = {
    "reason": '"few people"',
    "owner": '"risk"',
    "select": '"group_fairness/*"',
    "created": "2026-11-01",
    "expires": "2027-01-01",
}


def loaded(folder: Path, **changes: str) -> policy.Policy:
    lines = [f"{key} = {value}" for key, value in {**WAIVER, **changes}.items()]
    path = folder / "policy.toml"
    path.write_text(RULE + "[[waivers]]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return policy.load(path, TODAY)[0]


def test_a_good_waiver_is_read(tmp_path: Path) -> None:
    (waiver,) = loaded(tmp_path).waivers
    assert waiver.expires == date(2027, 1, 1)
    assert loaded(tmp_path, expires='"2027-01-01"').waivers == (waiver,)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": '" "'}, r"policy.toml:8: 'reason': it must say something"),
        ({"reason": '"\\u200b\\u00a0"'}, "'reason': it must say something"),
        ({"owner": '"..."'}, "'owner': it must say something"),
        ({"owner": '""'}, "'owner'"),
        ({"expires": "0"}, r"policy.toml:12: 'expires': a date is written as 2026-12-31, got 0"),
        ({"expires": '"0"'}, "'expires': a date is written as"),
        ({"expires": "true"}, "'expires': a date is written as"),
        ({"expires": "2027-01-01T00:00:00Z"}, "'expires': a date is written as"),
        ({"created": "1.5"}, "'created': a date is written as"),
        ({"expires": "1970-01-01", "created": "1969-01-01"}, "a waiver cannot expire in 1970"),
        ({"created": "2098-01-01", "expires": "2099-01-01"}, r"policy.toml:11: .*which is yet to come"),
    ],
)
def test_a_waiver_that_says_nothing_or_was_made_in_no_time_is_refused(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(BadPolicy, match=message):
        loaded(tmp_path, **changes)


def test_a_waiver_that_was_made_on_the_other_side_of_the_date_line_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path, created="2026-11-30").waivers


def refused_at_once(tmp_path: Path, text: str, why: str) -> None:
    """A policy of this text is refused for this reason within two seconds."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    begun = time.perf_counter()
    with pytest.raises(BadPolicy, match=re.escape(why)):
        policy.load(path)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize("text", ["[[" * 100_000, "a = " + "[" * 100_000, "a = " + "9" * 5000, "[" + " " * 100_000])
def test_toml_that_nests_or_counts_without_end_is_refused_at_once(tmp_path: Path, text: str) -> None:
    refused_at_once(tmp_path, text, "policy.toml is no valid TOML")


KEY = "a" + ".a" * 50_000


@pytest.mark.parametrize("text", [f"{KEY} = 1", f"[{KEY}]", f"x = {{{KEY} = 1}}", KEY.replace("a", '"a"') + " = 1"])
def test_a_key_of_parts_without_end_is_refused_at_once(tmp_path: Path, text: str) -> None:
    refused_at_once(tmp_path, text, "policy.toml is no valid TOML: a key has more than 64 parts")


def test_points_in_a_reason_are_no_parts_of_a_key(tmp_path: Path) -> None:
    assert loaded(tmp_path, reason='"few people ' + "." * 500 + " 1.2.3" + '"').waivers


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="is a folder: name a file"):
        policy.load(tmp_path)


def test_many_stars_take_no_time() -> None:
    begun = time.perf_counter()
    assert not glob("*" * 5000 + "x", "a" * 5000)
    assert not glob("a*" * 60 + "b", "a" * 3000)
    assert glob("a*" * 60, "a" * 3000)
    assert time.perf_counter() - begun < 2


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.text("ab*?", max_size=8), st.text("ab\n*", max_size=8))
def test_a_pattern_means_what_it_meant(pattern: str, text: str) -> None:
    import re

    parts = [".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern]
    assert glob(pattern, text) == (re.fullmatch("".join(parts), text, re.DOTALL) is not None)


def test_half_a_character_in_a_group_has_a_fingerprint() -> None:
    one, other = (fingerprint("p", metric_key("m", {"sex": name}), "Bert") for name in ("f\ud800", "f\ud801"))
    assert one != other
