"""The cache on the disk: whose files it lists and deletes, who may read them, and what of a text stands in them."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairwitness.audit import cache, cli, codec
from fairwitness.audit.cache import AnswerCache
from fairwitness.audit.engine import Engine
from fairwitness.audit.records import Look, SubjectInfo
from fairwitness.audit.requests import (
    Answer,
    AnswerQuestion,
    Attend,
    Attention,
    Attribute,
    Attribution,
    Classify,
    ClassScores,
    ForClass,
    Generate,
    Generated,
    Request,
    SpanAnswer,
)
from fairwitness.audit.veil import unveiled, veiled
from tiny_models import build

MARK = "a" * 32
SENTENCE = "Quartermain keeps the password zanzibar in the cellar"
FOLDER = "0123456789abcdef" * 2 + "-1"


def test_prune_deletes_what_the_cache_wrote_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with AnswerCache(tmp_path, MARK) as kept:
        kept.put(b"k" * 32, [ClassScores(("a",), (0.5,))])
    (tmp_path / "models" / FOLDER).mkdir(parents=True)
    (tmp_path / "models" / ".converting-ab12cd34").mkdir()
    mine = (
        tmp_path / "models" / "my-precious-model" / "weights.bin",
        tmp_path / "models" / "0123456789abcdef-old" / "weights.bin",
        tmp_path / "answers" / "diary.sqlite",
        tmp_path / "answers" / "empty.sqlite",
        tmp_path / "notes.txt",
    )
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    database = sqlite3.connect(mine[2])
    database.execute("CREATE TABLE days (text TEXT)")
    database.close()
    (tmp_path / "models" / (FOLDER[:-1] + "2")).symlink_to(mine[0].parent)
    assert {entry.name for entry in cache.info(tmp_path)} == {MARK, FOLDER, ".converting-ab12cd34"}
    monkeypatch.setenv("FAIRWITNESS_CACHE_DIR", str(tmp_path))
    assert cli.invoke(["cache", "prune"]) == 0
    assert cache.info(tmp_path) == []
    assert all(path.is_file() for path in mine)
    assert not (tmp_path / "answers" / f"{MARK}.sqlite").exists()


def test_only_its_owner_reads_the_cache(tmp_path: Path) -> None:
    (tmp_path / "cache" / "answers").mkdir(parents=True)  # of an older make, open to all
    (tmp_path / "cache" / "answers" / f"{MARK}.sqlite").touch(0o644)
    with AnswerCache(tmp_path / "cache", MARK) as kept:
        kept.put(b"k" * 32, [ClassScores(("a",), (0.5,))])
        files = list((tmp_path / "cache" / "answers").iterdir())
        assert len(files) == 3  # the database, its log and what several readers share
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "cache" / "answers").stat().st_mode) == 0o700
    with AnswerCache(tmp_path / "fresh" / "cache", MARK):
        for folder in (tmp_path / "fresh", tmp_path / "fresh" / "cache"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_text_in_answers_is_deflated() -> None:
    blob = codec.encode([Generated(SENTENCE, 5)])
    assert SENTENCE.encode() not in blob
    assert codec.decode(blob) == [Generated(SENTENCE, 5)]


@dataclass
class Speller:
    """A subject that answers by a list and knows its tokens: each word is one, its id its place in `words`."""

    answers: list[Answer]
    words: tuple[str, ...] = tuple(SENTENCE.split())
    asked: int = 0
    info: SubjectInfo = field(
        default_factory=lambda: SubjectInfo(
            spec="s",
            fingerprint="0" * 32,
            kind="causal_lm",
            architecture="S",
            parameters=1,
            dtype="float32",
            capabilities=("Generate", "Attend"),
        )
    )

    def _next(self, batch: Sequence[Request]) -> list[Any]:
        self.asked += len(batch)
        return self.answers[: len(batch)]

    generate = attend = _next

    def decode(self, request: Generate, ids: Sequence[int]) -> str:
        return " ".join(self.words[one] for one in ids)

    def token_texts(self, text: str) -> tuple[str, ...]:
        return tuple(text.split())


CONTEXT = f"He said: {SENTENCE}."
MAPS = np.full((1, 1, 8, 8), 0.125, dtype=np.float32)
CASES: list[tuple[Request, Answer]] = [
    (Generate("Say it", 8), Generated(SENTENCE, 8, tuple(range(8)))),
    (Attend(SENTENCE), Attention(tuple(SENTENCE.split()), tuple(range(8)), (False,) * 8, MAPS)),
    (
        AnswerQuestion("Who?", CONTEXT),
        SpanAnswer(SENTENCE, CONTEXT.index(SENTENCE), CONTEXT.index(SENTENCE) + len(SENTENCE), -0.5),
    ),
    (
        Attribute(SENTENCE, ForClass("a"), "shap"),
        Attribution(("Quartermain", "zanzibar"), (0, SENTENCE.index("zanzibar")), (1.0, 2.0), 0.0, 3.0, 0.0, 9),
    ),
]


@pytest.mark.parametrize(("request_", "answer"), CASES, ids=lambda one: type(one).__name__)
def test_texts_are_kept_as_tokens_and_places_and_come_back(request_: Request, answer: Answer) -> None:
    subject = Speller([answer])
    (hidden,) = veiled([request_], [answer], subject)
    assert not any(word in repr(hidden) for word in ("Quartermain", "zanzibar"))
    (stored,) = codec.decode(codec.encode([hidden]))
    shown = unveiled([request_], [stored], subject)
    assert shown is not None
    assert repr(shown[0]) == repr(answer)


def test_a_text_that_its_tokens_do_not_give_back_stays() -> None:
    answer = Generated("another text", 2, (0, 1))
    assert veiled([Generate("Say it", 8)], [answer], Speller([answer])) == [answer]
    assert veiled([Classify("x")], [ClassScores(("a",), (1.0,))], Speller([])) == [ClassScores(("a",), (1.0,))]


def test_what_the_subject_cannot_read_any_more_is_asked_again(tmp_path: Path) -> None:
    request, answer = CASES[0]
    subject = Speller([answer])
    with AnswerCache(tmp_path, MARK) as kept:
        assert Engine(subject, cache=kept).answer([request]) == [answer]
        assert Engine(subject, cache=kept).answer([request]) == [answer]
        assert subject.asked == 1
        wordless = Mute([answer])
        assert Engine(wordless, cache=kept).answer([request]) == [answer]
        assert wordless.asked == 1


@dataclass
class Mute:
    """The same subject when it knows no tokens."""

    answers: list[Answer]
    asked: int = 0
    info: SubjectInfo = field(
        default_factory=lambda: SubjectInfo(
            spec="s",
            fingerprint="0" * 32,
            kind="causal_lm",
            architecture="S",
            parameters=1,
            dtype="float32",
            capabilities=("Generate",),
        )
    )

    def generate(self, batch: Sequence[Request]) -> list[Any]:
        self.asked += len(batch)
        return self.answers[: len(batch)]


@pytest.mark.arithmetic
@pytest.mark.parametrize("name", ["causal:gpt2", "causal:llama", "classifier:bert", "masked:bert"])
def test_a_real_tokenizer_gives_texts_back(tmp_path: Path, name: str) -> None:
    from fairwitness.audit.huggingface import Loading, load

    subject = load(Loading(str(build(name, tmp_path / "model")), offline=True, cache_dir=tmp_path, threads=1))
    asked: list[Request] = [Attend("The nurse said that she was tired.")]
    if name.startswith("causal"):
        asked += [Generate("The nurse said", 6), Generate("The doctor", 5, temperature=1.0, seed=3)]
    with AnswerCache(tmp_path, MARK) as kept:
        first = Engine(subject, cache=kept).answer(asked)
        again = Engine(subject, cache=kept)
        second = again.answer(asked)
        assert again.model_calls == 0
        rows = kept._database.execute("SELECT answers FROM batches").fetchall()
    assert [repr(one) for one in second] == [repr(one) for one in first]
    stored = [one for (blob,) in rows for one in codec.decode(blob)]
    assert all(one.text == "" for one in stored if isinstance(one, Generated))
    assert all(one.tokens == () for one in stored if isinstance(one, Attention))


@pytest.mark.parametrize("spoilt", [b"CREATE TABLE b\xff\xfe\xfdhes", b"CR\xffATE TABLE batches"])
def test_a_schema_that_is_no_text_is_replaced(tmp_path: Path, spoilt: bytes) -> None:
    with AnswerCache(tmp_path, MARK) as kept:
        path = kept.path
    content = path.read_bytes()
    assert content.count(b"CREATE TABLE batches") == 1
    path.write_bytes(content.replace(b"CREATE TABLE batches", spoilt))
    with AnswerCache(tmp_path, MARK) as kept:
        kept.put(b"k" * 32, [ClassScores(("a",), (0.5,))])
        assert kept.get(b"k" * 32, 1) == [ClassScores(("a",), (0.5,))]


def test_what_is_no_text_among_what_was_asked_is_replaced(tmp_path: Path) -> None:
    look = Look("gender", "", None, 0)
    with AnswerCache(tmp_path, MARK) as kept:
        kept._database.execute("INSERT INTO looks VALUES (CAST(x'ff' AS TEXT), '', 1, 1)")
    with AnswerCache(tmp_path, MARK) as kept:
        assert kept.remember([look]) == [look]
        assert kept.remember([]) == []
        assert kept.remember([look]) == kept.remember([]) == [look]
