"""Logs of inspect_ai, archives and JSON: what is read, its own numbers and those by hand, what is refused."""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from logs import (
    INSPECT,
    INSPECT_BROKEN,
    INSPECT_EPOCHS,
    INSPECT_OTHER,
    LOGS,
    change_json,
    estimate,
    imported,
    inspect_log,
    measured,
    table,
)

from fairwitness.audit.errors import BadData
from fairwitness.audit.imported.archive import Archive
from fairwitness.audit.imported.formats import read_log
from fairwitness.audit.records import Failed

pytestmark = pytest.mark.slow  # reads whole logs of the other tool

LETTERS = [["C"], ["C"], ["C"], ["I"], ["C"], ["I"], ["I"], ["C"], ["C"], ["C"]]


@pytest.mark.parametrize(("log", "task", "held"), [(INSPECT, "fw_plain", 10), (INSPECT_EPOCHS, "fw_epochs", 20)])
def test_an_archive_is_read_as_it_was_written(log: Path, task: str, held: int) -> None:
    run = read_log(log)
    assert (run.tool, run.version, run.model) == ("inspect_ai", "0.3.285", "mockllm/model")
    [read] = run.tasks
    assert (read.name, len(read.samples), read.expected, read.stopped) == (task, held, held, "")
    assert {sample.cluster for sample in read.samples} == {"oldmere", "kite", "ferry", "clock", "goat"}
    assert {sample.category for sample in read.samples} == {"places", "things"}
    kite = next(sample for sample in read.samples if sample.item == "kite-1")
    assert (kite.answered, kite.target, kite.scores["match"], kite.scores["length"]) == ("yellow", "yellow", 1.0, 6.0)
    assert "What colour is the kite?" in kite.asked


def test_archive_and_json_hold_the_same_items() -> None:
    first, second = read_log(INSPECT).tasks[0], read_log(INSPECT_OTHER).tasks[0]
    named = [{(sample.item, sample.content, sample.asked) for sample in task.samples} for task in (first, second)]
    assert named[0] == named[1]


@pytest.mark.slow
@pytest.mark.parametrize("log", [INSPECT, INSPECT_OTHER, INSPECT_EPOCHS])
def test_its_own_values_and_standard_errors_come_out_again(tmp_path: Path, log: Path) -> None:
    """The oracle: unclustered and over epochs averaged, what inspect_ai computed is what we make of its samples."""
    rows = table(imported(log, tmp_path / "run"), "checks")
    assert [row["metric"] for row in rows] == ["match", "length"]
    for row in rows:
        assert row["from the samples"] == pytest.approx(row["in the log"], rel=1e-12)
        assert row["standard error from the samples"] == pytest.approx(row["standard error in the log"], rel=1e-9)
        assert row["differs"] is False


def test_letters_by_hand(tmp_path: Path) -> None:
    """7 of 10 with Wilson's interval, as in the other harness."""
    found = estimate(imported(inspect_log(tmp_path / "log.json", LETTERS), tmp_path / "run"), "match", task="cards")
    assert (found.value, found.low, found.high) == pytest.approx((0.7, 0.39678, 0.89221), abs=1e-5)


def test_partly_correct_is_a_half(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "log.json", [["C"], ["P"], ["N"], ["I"]])
    assert estimate(imported(log, tmp_path / "run"), "match", task="cards").value == pytest.approx(1.5 / 4)


@pytest.mark.parametrize(("values", "number"), [(["yes", "no"], 0.5), ([True, False], 0.5), (["2", "4"], 3.0)])
def test_other_values_are_read_as_the_harness_reads_them(tmp_path: Path, values: list[Any], number: float) -> None:
    log = inspect_log(tmp_path / "log.json", [[value] for value in values])
    assert estimate(imported(log, tmp_path / "run"), "match", task="cards").value == pytest.approx(number)


def test_a_scorer_of_several_numbers_gives_a_metric_for_each(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "log.json", [[{"tone": 1, "fact": 0}], [{"tone": 0, "fact": 0}]])
    audit = imported(log, tmp_path / "run")
    assert estimate(audit, "match.tone", task="cards").value == 0.5
    assert estimate(audit, "match.fact", task="cards").value == 0.0


@pytest.mark.slow
def test_epochs_of_an_item_are_one_unit(tmp_path: Path) -> None:
    """Ten epochs that agree are no more evidence than one: as many units, and no narrower interval."""
    once = imported(inspect_log(tmp_path / "one.json", LETTERS), tmp_path / "r1")
    often = imported(inspect_log(tmp_path / "ten.json", [values * 10 for values in LETTERS]), tmp_path / "r10")
    alone, repeated = (estimate(audit, "match", task="cards") for audit in (once, often))
    assert alone.value == repeated.value == pytest.approx(0.7)
    assert repeated.n == alone.n == 10
    assert repeated.high - repeated.low >= alone.high - alone.low
    assert any("100 answers to 10 items" in note for note in measured(often).notes)


def test_epochs_that_differ_count_by_item(tmp_path: Path) -> None:
    """Items of 1, ½, ½ and 0 have the mean ½; the three epochs of one item weigh no more than those of another."""
    log = inspect_log(tmp_path / "log.json", [["C", "C"], ["C", "I"], ["I", "C"], ["I", "I"]])
    assert estimate(imported(log, tmp_path / "run"), "match", task="cards").value == pytest.approx(0.5)


def test_unscored_samples_of_the_harness_are_unanswered(tmp_path: Path) -> None:
    """It writes NaN for a sample that it could not score: that is no number, and no zero."""
    log = inspect_log(tmp_path / "log.json", [[math.nan], *([1.0] for _ in range(39))])
    audit = imported(log, tmp_path / "run")
    assert (measured(audit).requests, measured(audit).unanswered) == (40, 1)
    assert estimate(audit, "match", task="cards").if_answered == pytest.approx((39 / 40, 1.0))


def test_a_sample_that_broke_is_no_good_result(tmp_path: Path) -> None:
    """One of ten has an error and no score; inspect_ai itself averages the other nine."""
    audit = imported(INSPECT_BROKEN, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    [result] = audit.results
    assert isinstance(result, Failed)
    assert result.code == "unanswered"


@pytest.mark.parametrize("status", ["started", "cancelled", "error"])
def test_a_run_that_did_not_end_is_incomplete(tmp_path: Path, status: str) -> None:
    log = inspect_log(tmp_path / "log.json", LETTERS, status=status)
    audit = imported(log, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    assert status in audit.results[0].reason  # type: ignore[union-attr]


def test_an_invalidated_log_is_incomplete(tmp_path: Path) -> None:
    audit = imported(inspect_log(tmp_path / "log.json", LETTERS, invalidated=True), tmp_path / "run")
    assert audit.exit_code == 3


def test_a_log_that_lacks_samples_is_incomplete(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "log.json", LETTERS)
    change_json(log, lambda tree: tree["samples"].pop())
    audit = imported(log, tmp_path / "run")
    assert (audit.outcome, audit.exit_code) == ("incomplete", 3)
    change_json(log, lambda tree: tree.pop("results"))  # then the head says how many there are
    assert read_log(log).tasks[0].missing == 1


def repacked(source: Path, target: Path, *, without: tuple[str, ...]) -> Path:
    """The archive without some of its members, in the form that every Python writes."""
    with Archive(source) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in archive.names:
            if not name.startswith(without):
                packed.writestr(name, archive.text(name))
    return target


def test_an_archive_without_its_header_was_never_finished(tmp_path: Path) -> None:
    cut = repacked(INSPECT, tmp_path / "cut.eval", without=("header.json",))
    [task] = read_log(cut).tasks
    assert (task.stopped, len(task.samples), task.missing) == ("started", 10, 0)
    fewer = repacked(INSPECT, tmp_path / "fewer.eval", without=("header.json", "samples/kite"))
    [task] = read_log(fewer).tasks
    assert (task.stopped, task.missing) == ("started", 2)
    lost = repacked(INSPECT, tmp_path / "lost.eval", without=("samples/kite",))
    assert imported(lost, tmp_path / "run").exit_code == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 and no more", "is no whole zip archive; the log may be cut off"),
        (INSPECT.read_bytes()[:-200], "is no whole zip archive; the log may be cut off"),
    ],
)
def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(content)
    with pytest.raises(BadData, match=said):
        read_log(path)


def test_damage_within_an_archive_is_seen(tmp_path: Path) -> None:
    whole = bytearray(INSPECT.read_bytes())
    with zipfile.ZipFile(INSPECT) as archive:
        entry = archive.getinfo("header.json")
    middle = entry.header_offset + 30 + len("header.json") + entry.compress_size // 2
    whole[middle : middle + 40] = bytes(40)
    path = tmp_path / "log.eval"
    path.write_bytes(bytes(whole))
    with pytest.raises(BadData, match=r"header.json: it cannot be unpacked; the log may be damaged"):
        read_log(path)


def test_content_that_is_not_what_the_archive_says_is_seen(tmp_path: Path) -> None:
    whole = bytearray(INSPECT.read_bytes())
    entry = whole.index(b"header.json", whole.index(b"PK\x01\x02")) - 46
    whole[entry + 16] ^= 1  # its checksum in the list of members
    path = tmp_path / "log.eval"
    path.write_bytes(bytes(whole))
    with pytest.raises(BadData, match=r"header.json: it cannot be unpacked"):
        read_log(path)


def test_another_archive_is_no_log(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "nothing")
    with pytest.raises(BadData, match="is a zip archive, and no log of inspect_ai"):
        read_log(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 1}, "logs of inspect_ai of format 2 are read; this one says 1"),
        ({"version": 3}, "logs of inspect_ai of format 2 are read; this one says 3"),
        ({"samples": []}, "the log holds no samples"),
        ({"samples": None}, "the log holds no samples"),
        ({"samples": [3]}, "a sample of inspect_ai is an object"),
        ({"samples": [{"id": "a"}]}, "has an id and an epoch"),
        ({"samples": [{"id": "a", "epoch": 1, "scores": None}]}, "no sample has a score"),
        ({"samples": [{"id": "a", "epoch": 1}, {"id": "a", "epoch": 1}]}, "the sample 'a' stands there 2 times"),
        ({"eval": {"model": "m"}}, "'task' should be a text, got nothing"),
    ],
)
def test_a_log_that_is_none_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadData, match=said):
        read_log(inspect_log(tmp_path / "log.json", LETTERS, **changes))


def test_texts_moved_to_the_attachments_are_put_back(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "log.json", LETTERS)

    def move(tree: dict[str, Any]) -> None:
        tree["samples"][0]["input"] = "attachment://abc"
        tree["samples"][0]["attachments"] = {"abc": "What is written on card 0?"}
        tree["samples"][1]["input"] = [{"role": "user", "content": [{"type": "text", "text": "Read the card."}]}]

    change_json(log, move)
    asked = [sample.asked for sample in read_log(log).tasks[0].samples]
    assert asked[:2] == ["What is written on card 0?", "user: Read the card."]


def test_the_logs_here_tell_nothing_of_a_machine() -> None:
    """Also within archives: no path of the machine that made them."""
    texts = {path: path.read_text("utf-8") for path in sorted(LOGS.rglob("*.json*"))}
    for path in sorted(LOGS.rglob("*.eval")):
        with Archive(path) as archive:
            texts |= {path / name: archive.text(name) for name in archive.names}
    assert len(texts) > 20
    for path, text in texts.items():
        for private in ("/home/", "/root", "/work/", "/usr/", "logs-tools"):
            assert private not in text, path
    logs = [
        path for tool in ("lm_eval", "inspect_ai", "garak") for path in (LOGS / tool).rglob("*.*") if path.is_file()
    ]
    assert sum(path.stat().st_size for path in logs) < 200_000


def test_json_numbers_that_are_none_stay_out_of_the_document(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "log.json", [[math.inf], *([1.0] for _ in range(39))])
    imported(log, tmp_path / "run")
    json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"), parse_constant=lambda name: pytest.fail(name))


def announced(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["eval"]["dataset"].update(changes)


def configured(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["eval"]["config"].update(changes)


def counted(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda tree: tree["results"].update(changes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (announced(samples=100), 100),
        (announced(sample_ids=list(range(100))), 100),
        (counted(total_samples=4, completed_samples=30), 30),
        (counted(total_samples=None), 10),
        (configured(epochs=3), 30),
        (configured(limit=4), 10),
        (configured(limit=[2, 5]), 10),
        (configured(sample_id=["item-1"]), 10),
    ],
)
def test_the_largest_count_of_samples_counts(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], expected: int
) -> None:
    log = inspect_log(tmp_path / "a.json", [["C"]] * 10)
    change_json(log, change)
    assert read_log(log).tasks[0].expected == expected


@pytest.mark.parametrize(("completed", "broken", "code"), [(7, 0, 3), (9, 0, 3), (10, 0, 0), (39, 1, 0), (38, 1, 3)])
def test_what_was_not_completed_by_the_logs_own_count_is_no_result(
    tmp_path: Path, completed: int, broken: int, code: int
) -> None:
    """One of forty that broke says so, and is counted as unanswered; the others stand there with scores."""
    log = inspect_log(tmp_path / "a.json", [["C"]] * (40 if broken else 10))
    change_json(log, counted(total_samples=40 if broken else 10, completed_samples=completed))

    def break_first(tree: dict[str, Any]) -> None:
        for sample in tree["samples"][:broken]:
            sample |= {"error": {"message": "timed out"}, "scores": {}}

    change_json(log, break_first)
    audit = imported(log, tmp_path / "run")
    assert audit.exit_code == code
    assert isinstance(audit.results[0], Failed) == bool(code)


@pytest.mark.parametrize("epoch", [0, -1])
def test_an_epoch_is_a_number_from_1(tmp_path: Path, epoch: int) -> None:
    log = inspect_log(tmp_path / "a.json", [["C"]] * 10)
    change_json(log, lambda tree: tree["samples"][0].update(epoch=epoch))
    with pytest.raises(BadData, match="an epoch from 1 on"):
        read_log(log)


def test_a_limit_says_how_many_of_the_data_were_asked(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "a.json", [["C"]] * 10)
    change_json(log, announced(samples=100))
    change_json(log, configured(limit=10))
    assert read_log(log).tasks[0].expected == 10


@pytest.mark.parametrize(
    "change",
    [
        counted(total_samples="10"),
        counted(completed_samples=-1),
        announced(samples=2.5),
        configured(epochs="1"),
        configured(limit="10"),
    ],
)
def test_what_is_no_count_is_refused(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    log = inspect_log(tmp_path / "a.json", [["C"]] * 10)
    change_json(log, change)
    with pytest.raises(BadData, match="should be a whole number from 0, got"):
        read_log(log)


def test_a_number_too_long_to_calculate_with_is_refused(tmp_path: Path) -> None:
    log = inspect_log(tmp_path / "a.json", [[10**400]])
    with pytest.raises(BadData, match="a whole number of 401 digits is neither a score nor a count"):
        read_log(log)
