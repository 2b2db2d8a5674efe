"""The answer cache: what goes in comes out to the last bit, and damage is never fatal."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fairwitness.audit import codec
from fairwitness.audit.cache import AnswerCache, cache_of, info, prune
from fairwitness.audit.errors import CannotWrite
from fairwitness.audit.requests import (
    Answer,
    Attention,
    Attribution,
    ClassScores,
    Filled,
    Generated,
    Prediction,
    SpanAnswer,
    TokenScores,
    Unanswered,
)

KEY = b"k" * 32
CONVERTED = "0123456789abcdef" * 2 + "-1"
LETTERS = np.random.default_rng(0).bytes(200_000).hex()
MARK = "a" * 32
ANSWERS: list[Answer] = [
    Filled((-0.1, -1e-30), (1, 2), (("é", -0.5), ("女", -2.5))),
    TokenScores((-1.5, -0.25), (True, False), (0, 4)),
    Generated("a\u2028b\0", 2),
    ClassScores(("a", "b"), (0.1 + 0.2, -0.0), multi_label=True),
    SpanAnswer("Ann", 0, 3, -0.1, (-0.3,), (1 / 3,), (1,), -2.5),
    SpanAnswer("Ann", 0, 3, -0.1),
    Attribution(("w",), (0,), (1 / 3,), 0.0, 1 / 3, 0.0, 7, (0.5,), "note"),
    Prediction("1", None),
    Unanswered("too long"),
]


def test_answers_come_back_equal() -> None:
    assert codec.decode(codec.encode(ANSWERS)) == ANSWERS


def test_arrays_come_back_equal() -> None:
    weights = np.random.default_rng(0).random((2, 3, 4, 4), dtype=np.float32)
    maps = [Attention(("a", "b"), (0, -1), (False, True), weights), Attention((), (), (), weights[:, :1])]
    first, second = codec.decode(codec.encode(maps))
    assert isinstance(first, Attention)
    assert isinstance(second, Attention)
    assert (first.tokens, first.starts, first.special) == (("a", "b"), (0, -1), (False, True))
    assert np.array_equal(first.weights, weights)
    assert first.weights.dtype == np.float32
    assert np.array_equal(second.weights, weights[:, :1])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not"):
        codec.encode([ClassScores(("a",), (value,))])
    with pytest.raises(ValueError, match="not finite"):
        codec.encode([Attention((), (), (), np.full((1, 1, 1, 1), value, dtype=np.float32))])


def test_what_was_stored_is_there_in_the_next_run(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.get(KEY, len(ANSWERS)) is None
        cache.put(KEY, ANSWERS)
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS
        assert cache.get(b"other", len(ANSWERS)) is None
    with AnswerCache(tmp_path, "b" * 32) as other:
        assert other.get(KEY, len(ANSWERS)) is None


def test_a_subject_without_a_fingerprint_has_no_answers_kept(tmp_path: Path) -> None:
    with cache_of(tmp_path, "") as kept, cache_of(tmp_path, MARK, wanted=False) as unwanted:
        assert kept is None
        assert unwanted is None
    with pytest.raises(ValueError, match="without a fingerprint"):
        AnswerCache(tmp_path, "")
    assert not list(tmp_path.iterdir())
    with cache_of(tmp_path, MARK) as cache:
        assert cache is not None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE batches SET answers = substr(answers, 1, 20)",
        "UPDATE batches SET answers = 'text'",
        "UPDATE batches SET digest = x'00'",
    ],
)
def test_a_damaged_row_is_dropped(tmp_path: Path, change: str) -> None:
    with AnswerCache(tmp_path, MARK) as cache:
        cache.put(KEY, ANSWERS)
        path = cache.path
    database = sqlite3.connect(path)
    with database:
        database.execute(change)
    database.close()
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.get(KEY, len(ANSWERS)) is None
        cache.put(KEY, ANSWERS)
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS


def test_a_file_that_is_no_database_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "answers" / f"{MARK}.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, and long enough to be read as one" * 100)
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.path == path
        cache.put(KEY, ANSWERS)
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS


def test_a_file_damaged_in_its_middle_is_replaced(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, MARK) as cache:
        for number in range(200):
            cache.put(b"%032d" % number, ANSWERS)
        path = cache.path
    content = bytearray(path.read_bytes())
    content[4096:-4096] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with AnswerCache(tmp_path, MARK) as cache:
        found = [cache.get(b"%032d" % number, len(ANSWERS)) for number in range(200)]
        assert all(one in (None, ANSWERS) for one in found)
        cache.put(KEY, ANSWERS)
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS


def test_a_table_of_another_make_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "answers" / f"{MARK}.sqlite"
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE batches (something TEXT)")
    database.close()
    with AnswerCache(tmp_path, MARK) as cache:
        cache.put(KEY, ANSWERS)
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match=r"answer cache .*file"):
        AnswerCache(tmp_path / "file", MARK)


FILL = """
import resource, sys
from pathlib import Path
import numpy as np
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.errors import CannotWrite
from fairwitness.audit.requests import Generated
LETTERS = np.random.default_rng(0).bytes(200_000).hex()
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
try:
    with AnswerCache(Path(sys.argv[1]), sys.argv[2]) as cache:
        for number in range(100):
            cache.put(b"%032d" % number, [Generated(LETTERS, 1)])
except CannotWrite as error:
    sys.exit(f"said: {error}")
"""


@pytest.mark.slow
def test_a_full_disk_is_named_and_what_was_stored_stays(tmp_path: Path) -> None:
    """No file of the process may grow beyond 1 MiB, which a full disk looks like."""
    done = subprocess.run([sys.executable, "-c", FILL, tmp_path, MARK], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("said: cannot write the answer cache ")
    assert f"{MARK}.sqlite" in done.stderr
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.get(b"%032d" % 0, 1) == [Generated(LETTERS, 1)]


WRITE = """
import sys
from pathlib import Path
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.requests import Prediction
with AnswerCache(Path(sys.argv[1]), sys.argv[2]) as cache:
    for number in range(50):
        cache.put(b"%016d%016d" % (int(sys.argv[3]), number), [Prediction(str(number))])
        cache.put(b"%032d" % number, [Prediction(str(number))])
"""


@pytest.mark.slow
def test_runs_beside_each_other_share_one_file(tmp_path: Path) -> None:
    children = [subprocess.Popen([sys.executable, "-c", WRITE, tmp_path, MARK, str(name)]) for name in range(1, 4)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    with AnswerCache(tmp_path, MARK) as cache:
        found = [cache.get(b"%016d%016d" % (name, number), 1) for name in range(4) for number in range(50)]
    assert found == [[Prediction(str(number))] for _ in range(4) for number in range(50)]


def test_info_and_prune(tmp_path: Path) -> None:
    assert info(tmp_path) == []
    for mark in (MARK, "b" * 32):
        with AnswerCache(tmp_path, mark) as cache:
            cache.put(KEY, ANSWERS)
    (tmp_path / "kept.txt").write_text("not ours")
    old = tmp_path / "answers" / f"{MARK}.sqlite"
    week = time.time() - 7 * 86400
    os.utime(old, (week, week))
    first, second = info(tmp_path)
    assert (first.name, second.name) == (MARK, "b" * 32)
    assert first.size > 0
    assert first.age_days == pytest.approx(7, abs=0.1)
    assert second.age_days == pytest.approx(0, abs=0.1)
    assert [entry.name for entry in prune(tmp_path, older_than=3)] == [MARK]
    assert not old.exists()
    assert [entry.name for entry in prune(tmp_path)] == ["b" * 32]
    assert info(tmp_path) == []
    assert (tmp_path / "kept.txt").exists()


def test_converted_models_are_listed_and_pruned_too(tmp_path: Path) -> None:
    (tmp_path / "models" / CONVERTED).mkdir(parents=True)
    (tmp_path / "models" / CONVERTED / "weights").write_bytes(b"12345")
    [entry] = info(tmp_path)
    assert (entry.folder, entry.name, entry.size) == ("models", CONVERTED, 5)
    assert prune(tmp_path, older_than=1) == []
    assert [gone.path for gone in prune(tmp_path)] == [entry.path]
    assert list((tmp_path / "models").iterdir()) == []


def test_reading_counts_as_use(tmp_path: Path) -> None:
    with AnswerCache(tmp_path, MARK) as cache:
        cache.put(KEY, ANSWERS)
    week = time.time() - 7 * 86400
    os.utime(cache.path, (week, week))
    with AnswerCache(tmp_path, MARK) as cache:
        assert cache.get(KEY, len(ANSWERS)) == ANSWERS
    [entry] = info(tmp_path)
    assert entry.age_days < 1
