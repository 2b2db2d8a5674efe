"""The key file of canaries: what is written is read back, and one that was changed or is another's is refused."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fairwitness.audit.canaries import FORMATS, Plan, load, make, write
from fairwitness.audit.canaries.make import rows
from fairwitness.audit.cli import invoke
from fairwitness.audit.datasets.sets import READERS
from fairwitness.audit.errors import BadData, BadOption, CannotWrite

PLAN = Plan(coins=30, per_dose=2, doses=(2, 4))


def test_a_key_is_read_back_and_its_files_are_of_the_owner_alone(tmp_path: Path) -> None:
    key = make(PLAN, seed=1)
    paths = write(key, tmp_path / "new")
    assert load(paths[0]) == key
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths[0].parent.stat().st_mode) == 0o700
    assert paths[1].read_text("utf-8").count("\n") == len(rows(key)) == sum(c.repeats for c in key.planted)
    with pytest.raises(CannotWrite, match="is there already"):
        write(key, tmp_path / "new")


@pytest.mark.slow
def test_every_changed_byte_is_refused_and_the_message_holds_no_secret(tmp_path: Path) -> None:
    key = make(Plan(coins=4, per_dose=0, formats=("key", "words")), seed=1)
    path = write(key, tmp_path)[0]
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(BadData) as refused:
            READERS["canaries"](path)
        assert not any(canary.secret in str(refused.value) for canary in key.canaries)
    for cut in (b"", content[:-1], content + b" ", content.replace(b"\n", b"\r\n")):
        path.write_bytes(cut)
        with pytest.raises(BadData):
            load(path)


def test_another_file_is_named_as_none(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("text\nhello\n")
    with pytest.raises(BadData, match="is no key file of canaries"):
        load(tmp_path / "texts.csv")
    (tmp_path / "receipt.json").write_text("{}")
    with pytest.raises(BadData, match="is no receipt of canaries"):
        READERS["canary_receipt"](tmp_path / "receipt.json")


def test_coins_are_fair_and_doses_are_all_in() -> None:
    key = make(Plan(coins=4_000, per_dose=20, formats=("hex",)), seed=2)
    coins = [canary.planted for canary in key.canaries if canary.repeats == 1]
    assert abs(sum(coins) - 2_000) < 4 * 31.6
    assert all(canary.planted for canary in key.canaries if canary.repeats > 1)
    assert len({canary.prefix for canary in key.canaries}) == len(key.canaries)


def test_without_a_seed_no_two_sets_are_alike() -> None:
    first, second = make(PLAN), make(PLAN)
    assert first.name != second.name
    assert make(PLAN, seed=3) == make(PLAN, seed=3)


@pytest.mark.parametrize("kind", FORMATS.values(), ids=lambda kind: kind.name)
def test_secrets_of_a_format_are_numbered(kind: object) -> None:
    form = FORMATS[str(getattr(kind, "name", ""))]
    ends = [form.secret(0), form.secret(form.size - 1)]
    assert all(form.holds(secret) for secret in ends)
    assert ends[0] != ends[1]
    assert not form.holds(ends[0] + "x")
    with pytest.raises(ValueError, match="has the secrets"):
        form.secret(form.size)
    if form.size <= 1_000:
        assert len({form.secret(number) for number in range(form.size)}) == form.size


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--formats", "hexx"], "did you mean 'hex'?"),
        (["--doses", "2,x"], "give whole numbers between commas"),
        (["--doses", "1,2"], "doses are 2 or more"),
        (["--coins", "0", "--per-dose", "0"], "no canary is left"),
        (["--coins", "2000000"], "take fewer"),
    ],
)
def test_a_plan_that_cannot_be_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["canary", "make", str(tmp_path / "new"), *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_the_command_prints_no_secret_and_says_what_is_too_few(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["canary", "make", str(tmp_path), "--coins", "40", "--per-dose", "3", "--doses", "2"]) == 0
    told = capsys.readouterr()
    key = load(tmp_path / "canaries.key")
    said = told.out + told.err
    assert key.name in told.out
    assert "40 canaries of one repeat: a bound on epsilon needs 100" in said
    assert "3 canaries of 2 repeats: a mean of them needs 20" in said
    assert not any(canary.secret in said for canary in key.canaries if canary.format != "code")


def test_a_bad_option_of_python_is_refused() -> None:
    with pytest.raises(BadOption, match="each once"):
        Plan(doses=(2, 2))
