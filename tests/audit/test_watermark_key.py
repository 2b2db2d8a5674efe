"""The key file of a watermark: what it may say, and that no message, table name or hash gives the key away."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from transformers import WatermarkingConfig

from fairwitness.audit.datasets import find
from fairwitness.audit.datasets.sets.watermark_key import fingerprint, read
from fairwitness.audit.errors import BadData
from fairwitness.probes.memorization.watermark.probe import PROBE

KEY = 4_611_686_018_427_388_039
NEED = next(need for need in PROBE.spec.data if need.name == "watermark_key")


def written(folder: Path, text: str, name: str = "key.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_transformers_writes_is_read_as_it_is(tmp_path: Path) -> None:
    made = WatermarkingConfig(
        greenlist_ratio=0.5, bias=1.5, hashing_key=KEY, seeding_scheme="selfhash", context_width=3
    )
    made.to_json_file(tmp_path / "key.json")
    assert read(tmp_path / "key.json") == {
        "key": (str(KEY),),
        "called": (fingerprint(KEY)[:16],),
        "greenlist_ratio": (0.5,),
        "bias": (1.5,),
        "seeding_scheme": ("selfhash",),
        "context_width": (3,),
        "device": ("cpu",),
    }


def test_what_is_not_said_is_as_in_transformers(tmp_path: Path) -> None:
    row = {name: cells[0] for name, cells in read(written(tmp_path, f"hashing_key = {KEY}")).items()}
    usual = WatermarkingConfig()
    assert {name: row[name] for name in ("greenlist_ratio", "bias", "seeding_scheme", "context_width")} == {
        "greenlist_ratio": usual.greenlist_ratio,
        "bias": usual.bias,
        "seeding_scheme": usual.seeding_scheme,
        "context_width": usual.context_width,
    }


def test_the_key_may_stand_in_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 'hashing_key_variable = "MARK_KEY"')
    with pytest.raises(BadData, match="the environment variable MARK_KEY is not set"):
        read(path)
    monkeypatch.setenv("MARK_KEY", f" {KEY}\n")
    assert read(path)["key"] == (str(KEY),)
    assert find(NEED, given=path).source.sha256 == fingerprint(KEY)


def test_the_hash_is_that_of_the_key_and_not_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, f"hashing_key = {KEY}\n")
    kept = find(NEED, given=path).source.sha256
    assert len(kept) == 64
    quick = {hashlib.sha256(said).hexdigest() for said in (path.read_bytes(), str(KEY).encode())}
    assert kept not in quick
    assert kept == fingerprint(KEY) != fingerprint(KEY + 1)
    other = written(tmp_path, f"bias = 3.0\nhashing_key = {KEY}\n", "other.toml")
    assert find(NEED, given=other).source.sha256 == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must say either hashing_key or hashing_key_variable"),
        (f'hashing_key = {KEY}\nhashing_key_variable = "A"', "must say either"),
        (f"hashing_key = {KEY}9999", "a whole number from 1 to 2\\*\\*63 - 1, got 23 digits"),
        ("hashing_key = 9223372036854775808", "got 19 digits"),
        ("hashing_key = 0", "got 1 digits"),
        ("hashing_key = -15", "got 3 characters that are no such number"),
        ("hashing_key = 15.5", "got 4 characters"),
        ("hashing_key = true", "got 4 characters"),
        ("hashing_key = nan", "got 3 characters"),
        ('hashing_key = "s3cret-phrase"', "got 13 characters"),
        (f"hashing_key = {KEY}\nhashing_kee = 1", "says nothing of 'hashing_kee'; did you mean 'hashing_key'"),
        (f"hashing_key = {KEY}\ngreenlist_ratio = 1.0", "a share above 0 and below 1"),
        (f"hashing_key = {KEY}\ngreenlist_ratio = nan", "a share above 0 and below 1"),
        (f"hashing_key = {KEY}\nbias = inf", "bias is a number"),
        (f"hashing_key = {KEY}\ncontext_width = 0", "from 1 to 64"),
        (f"hashing_key = {KEY}\ncontext_width = 1.5", "from 1 to 64"),
        (f'hashing_key = {KEY}\nseeding_scheme = "lefthsh"', "lefthash or selfhash; did you mean 'lefthash'"),
        (f'hashing_key = {KEY}\ndevice = "tpu"', "device must be cpu or cuda"),
        (f"hashing_key = {KEY} and more", "is no TOML file"),
    ],
)
def test_a_file_that_is_no_key_is_refused_without_quoting_it(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadData, match=why) as refusal:
        read(written(tmp_path, text))
    assert str(KEY)[:10] not in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_a_list_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="holds no names and values"):
        read(written(tmp_path, json.dumps([KEY]), "key.json"))
